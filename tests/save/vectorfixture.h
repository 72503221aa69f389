// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTemporaryDir>
#include <QTest>

#include "checkpoint/geometry.h"
#include "save/convert.h"
#include "save/flatten.h"
#include "savefixture.h"
#include "support/layouts.h"

#include <algorithm>
#include <cstring>
#include <memory>

// What the tests of flatten and of unflatten start from.
namespace ravel {

using Bytes = std::vector<std::byte>;

// Every way in which a tensor can view a storage, of one dtype.
inline std::shared_ptr<const Checkpoint> manyViews(Dtype dtype)
{
    return fixtureCheckpoint({ countingStorage(dtype, 120), countingStorage(dtype, 30) },
        { { "m.plain", 0, { 4, 5 }, {}, 0 }, { "m.transposed", 0, { 5, 4 }, { 1, 5 }, 20 }, { "m.column", 0, { 4 }, { 5 }, 42 },
            { "m.strided", 0, { 2, 3, 2 }, { 20, 6, 2 }, 60 }, { "m.scalar", 0, {}, {}, 119 }, { "m.empty", 0, { 3, 0 }, {}, 0 },
            { "n.expanded", 1, { 3, 4 }, { 0, 1 }, 0 }, { "n.alias", 0, { 4, 5 }, {}, 0 }, { "n.turned", 0, { 5, 4 }, { 1, 5 }, 0 },
            { "n.tail", 1, { 26 }, {}, 4 } });
}

// Element by element, as the layout says.
inline std::vector<Number> plainly(const FlatLayout& layout, const EditedVector& vector)
{
    std::vector<Number> numbers;
    for (const std::uint32_t ordinal : layout.placed()) {
        const Tensor& tensor = layout.tensor(layout.listed()[ordinal]);
        for (std::int64_t p = 0; p < tensor.numel.value; ++p) {
            std::byte element[16];
            [&] { QVERIFY(vector.read(tensor.storage, toStorageIndex(tensor, p), Count(1), element)); }();
            numbers.push_back(loadNumber(tensor.dtype, element));
        }
    }
    return numbers;
}

inline std::vector<Number> numbersOf(const ElementSource& source)
{
    const auto size = static_cast<std::size_t>(dtypeSize(source.dtype()));
    Bytes bytes(static_cast<std::size_t>(source.count()) * size);
    [&] { QVERIFY(source.read(0, source.count(), bytes.data())); }();
    std::vector<Number> numbers;
    for (std::size_t i = 0; i < bytes.size(); i += size)
        numbers.push_back(loadNumber(source.dtype(), bytes.data() + i));
    return numbers;
}

inline bool same(const std::vector<Number>& a, const std::vector<Number>& b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Number& x, const Number& y) { return sameNumber(x, y); });
}

// Numbers in memory as a source.
class Numbers : public ElementSource {
public:
    Numbers(Dtype dtype, Bytes bytes)
        : m_dtype(dtype)
        , m_bytes(std::move(bytes))
    {
    }
    Dtype dtype() const override { return m_dtype; }
    std::int64_t count() const override { return static_cast<std::int64_t>(m_bytes.size()) / dtypeSize(m_dtype); }
    Result<> read(std::int64_t first, std::int64_t n, std::byte* out) const override
    {
        const auto size = static_cast<std::size_t>(dtypeSize(m_dtype));
        std::memcpy(out, m_bytes.data() + static_cast<std::size_t>(first) * size, static_cast<std::size_t>(n) * size);
        return {};
    }

private:
    Dtype m_dtype;
    Bytes m_bytes;
};

template <class T> std::shared_ptr<const ElementSource> sourceOf(Dtype dtype, const std::vector<T>& values)
{
    return std::make_shared<Numbers>(dtype, storageOf(dtype, values).bytes);
}

// A folder for each test; the class derives from this beside QObject.
class VectorFixture {
protected:
    std::unique_ptr<QTemporaryDir> m_directory;
    std::string at(const char* name) const { return m_directory->path().toStdString() + '/' + name; }
    std::shared_ptr<const ElementSource> flattened(
        const FlatLayout& layout, const EditedVector& vector, std::optional<Dtype> dtype = {}, std::vector<Loss>* losses = nullptr)
    {
        const auto answer = flatten(systemIo(), layout, vector, dtype, at("v.npy"), true, Job());
        if (!answer)
            qWarning("%s", answer.error().message.c_str());
        if (losses != nullptr)
            *losses = answer.value();
        return openVector(systemIo(), at("v.npy")).value();
    }
    void makeDirectory() { m_directory = std::make_unique<QTemporaryDir>(QString::fromLatin1(quickDirectory())); }
};

} // namespace ravel
