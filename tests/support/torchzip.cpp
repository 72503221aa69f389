// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/torchzip.h"

#include "base/number.h"
#include "support/picklewriter.h"

#include <algorithm>
#include <cmath>

namespace ravel {

namespace {

std::vector<std::byte> inOrder(const FixtureStorage& storage, bool big)
{
    std::vector<std::byte> bytes = storage.bytes;
    if (big)
        swapBytes(storage.dtype, bytes.data(), bytes.size() / static_cast<std::size_t>(dtypeSize(storage.dtype)));
    return bytes;
}

void append(std::vector<std::byte>& to, const std::vector<std::byte>& part) { to.insert(to.end(), part.begin(), part.end()); }

} // namespace

std::vector<std::byte> torchZipBytes(const std::vector<FixtureStorage>& storages, const std::vector<FixtureTensor>& tensors,
    const TorchZipOptions& options, ZipWriter* writer)
{
    ZipWriter own;
    ZipWriter& zip = writer ? *writer : own;
    zip.add(options.root + "data.pkl", tensorPickle(storages, tensors), options.pickle);
    if (!options.byteorder.empty())
        zip.addText(options.root + "byteorder", options.byteorder);
    for (std::size_t i = 0; i < storages.size(); ++i) {
        ZipEntryOptions how = options.storages;
        how.descriptor = how.descriptor && !storages[i].bytes.empty(); // torch gives an empty record none
        zip.add(options.root + "data/" + std::to_string(i), inOrder(storages[i], options.byteorder == "big"), how);
    }
    if (!options.version.empty())
        zip.addText(options.root + "version", options.version);
    if (options.serializationId)
        zip.addText(options.root + ".data/serialization_id", "1234567890123456789012345678901234567890");
    return zip.finish(options.zip64End, options.comment);
}

std::vector<std::byte> tornZipBytes()
{
    std::vector<float> values(4000);
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = std::sin(static_cast<float>(i));
    const FixtureStorage whole = storageOf(Dtype::Float32, values);
    values[17] = std::nanf("");
    TorchZipOptions options;
    options.storages.deflated = true;
    std::vector<std::byte> bytes = torchZipBytes({ storageOf(Dtype::Float32, values), whole }, { { "sound", 0, { 4000 } }, { "torn", 1, { 4000 } } }, options);
    std::fill_n(bytes.end() - 5000, 64, std::byte(0xFF)); // within the second
    return bytes;
}

std::vector<std::byte> legacyBytes(
    const std::vector<FixtureStorage>& storages, const std::vector<FixtureTensor>& tensors, bool littleEndian)
{
    constexpr std::int64_t firstKey = 94000000000000; // keys were addresses
    std::vector<std::byte> bytes = PickleWriter().raw("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19").finish();
    append(bytes, PickleWriter().integer(1001).finish());
    append(bytes, PickleWriter().op('}').text("little_endian").op(littleEndian ? '\x88' : '\x89').op('s').finish());
    append(bytes, tensorPickle(storages, tensors, true, firstKey));
    PickleWriter keys;
    keys.op(']').op('(');
    for (std::size_t i = 0; i < storages.size(); ++i)
        keys.text(std::to_string(firstKey + static_cast<std::int64_t>(i)));
    append(bytes, keys.op('e').finish());
    for (const FixtureStorage& storage : storages) {
        const bool untyped = storageClassOf(storage.dtype) == "UntypedStorage";
        const std::size_t count = storage.bytes.size() / static_cast<std::size_t>(untyped ? 1 : dtypeSize(storage.dtype));
        for (int i = 0; i < 8; ++i)
            bytes.push_back(static_cast<std::byte>(count >> 8 * (littleEndian ? i : 7 - i) & 0xff));
        append(bytes, inOrder(storage, !littleEndian));
    }
    return bytes;
}

} // namespace ravel
