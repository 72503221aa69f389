// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include "items/session.h"
#include "support/fixtures.h"

#include <cstring>
#include <string>
#include <vector>

namespace ravel {

// A small safetensors file for whatever needs a file on disk: names with dots, several dtypes, 1-d to 3-d.
//   counting (2, 3, 4) float32 0..23 | encoder.layers.0.weight (4, 5) float32 0..19 | encoder.layers.0.bias (5,) float32
//   | encoder.layers.1.weight (4, 5) float32 | step () int64 | half (3,) float16
inline std::vector<std::byte> sampleBytes()
{
    const std::vector<FixtureStorage> storages { countingStorage(Dtype::Float32, 24), countingStorage(Dtype::Float32, 20),
        countingStorage(Dtype::Float32, 5), countingStorage(Dtype::Float32, 20), storageOf<std::int64_t>(Dtype::Int64, { 7 }),
        countingStorage(Dtype::Float16, 3) };
    return safetensorsBytes(storages,
        { { "counting", 0, { 2, 3, 4 }, {} }, { "encoder.layers.0.weight", 1, { 4, 5 }, {} }, { "encoder.layers.0.bias", 2, { 5 }, {} },
            { "encoder.layers.1.weight", 3, { 4, 5 }, {} }, { "step", 4, {}, {} }, { "half", 5, { 3 }, {} } });
}

inline QString writeSample(const QTemporaryDir& folder, const QString& name = QStringLiteral("sample.safetensors"))
{
    const QString path = folder.filePath(name);
    writeBytes(path.toStdString(), sampleBytes());
    return path;
}

// Opens and waits; false where it failed.
inline bool openNow(Session& session, const QString& path)
{
    QSignalSpy opened(&session, &Session::layoutChanged), failed(&session, &Session::failed);
    session.open(path);
    return QTest::qWaitFor([&] { return opened.count() + failed.count() > 0; }, 20000) && opened.count() == 1;
}

inline bool waitFor(QSignalSpy& spy) { return spy.count() > 0 || spy.wait(20000); }

inline std::vector<float> floatsIn(const EditedVector& vector, const std::string& name)
{
    const Checkpoint& checkpoint = vector.checkpoint();
    for (TensorOrdinal t = 0; t < checkpoint.tensors.size(); ++t) {
        std::vector<std::byte> bytes;
        if (checkpoint.tensors[t].name != name || !vector.readBox(wholeBox(checkpoint, t), bytes))
            continue;
        std::vector<float> values(bytes.size() / 4);
        std::memcpy(values.data(), bytes.data(), bytes.size());
        return values;
    }
    return {};
}

} // namespace ravel
