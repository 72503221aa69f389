// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include "support/fixtures.h"
#include "support/torchzip.h"

namespace ravel {

// What one run of the program left.
struct Ran {
    int code = -1;
    QByteArray out, err;
    QJsonObject json() const
    {
        QJsonParseError error;
        const QJsonDocument document = QJsonDocument::fromJson(out, &error);
        if (error.error != QJsonParseError::NoError)
            qWarning("not JSON: %s", out.left(300).constData());
        return document.object();
    }
};

// The real program in a folder of its own.
class CliRunner {
public:
    QString path(const QString& name) const { return m_folder.filePath(name); }
    Ran run(const QStringList& arguments, const QByteArray& input = {}) const
    {
        QProcess process;
        process.setWorkingDirectory(m_folder.path());
        process.start(qEnvironmentVariable("RAVEL_BIN"), arguments);
        process.write(input);
        process.closeWriteChannel();
        return ended(process);
    }
    // Waits for a process that was started, and tells how it ended.
    static Ran ended(QProcess& process)
    {
        Ran ran;
        if (!process.waitForFinished(60'000) || process.exitStatus() != QProcess::NormalExit)
            return ran;
        ran.code = process.exitCode();
        ran.out = process.readAllStandardOutput();
        ran.err = process.readAllStandardError();
        return ran;
    }
    void write(const QString& name, const std::vector<std::byte>& bytes) const { writeBytes(path(name).toStdString(), bytes); }
    void write(const QString& name, const QByteArray& bytes) const
    {
        QFile file(path(name));
        if (file.open(QIODevice::WriteOnly))
            file.write(bytes);
    }
    QByteArray read(const QString& name) const
    {
        QFile file(path(name));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    QStringList files() const { return QDir(m_folder.path()).entryList(QDir::Files | QDir::Hidden, QDir::Name); }

private:
    QTemporaryDir m_folder;
};

// What every failure looks like: one line on standard error, nothing on standard output.
inline bool isFailure(const Ran& ran, int code)
{
    const bool looksRight = ran.code == code && ran.out.isEmpty() && ran.err.startsWith("ravel: ") && ran.err.endsWith('\n')
        && ran.err.count('\n') == 1;
    if (!looksRight)
        qWarning("code %d, out \"%s\", err \"%s\"", ran.code, ran.out.left(200).constData(), ran.err.left(400).constData());
    return looksRight;
}

// A small net with a tied tensor, a transposed one, a buffer, a half and a hostile name.
inline std::vector<FixtureStorage> netStorages()
{
    return { countingStorage(Dtype::Float32, 20), storageOf<float>(Dtype::Float32, { 1, -2, 0.1f }), countingStorage(Dtype::Int64, 1),
        countingStorage(Dtype::Float16, 2), countingStorage(Dtype::Float32, 6) };
}
inline std::vector<FixtureTensor> netTensors()
{
    return {
        { "fc.weight", 0, { 4, 5 }, {}, 0 },
        { "fc.bias", 1, { 3 }, {}, 0 },
        { "bn.num_batches_tracked", 2, {}, {}, 0 },
        { "head.weight", 0, { 4, 5 }, {}, 0 },
        { "turned", 4, { 3, 2 }, { 1, 3 }, 0 },
        { "half[0]", 3, { 2 }, {}, 0 },
    };
}
inline std::vector<std::byte> netBytes() { return torchZipBytes(netStorages(), netTensors()); }

} // namespace ravel
