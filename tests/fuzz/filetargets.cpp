// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz/invariants.h"
#include "fuzz/targets.h"
#include "support/dcpwriter.h"
#include "support/memoryio.h"
#include "support/torchzip.h"
#include "support/zipwriter.h"

namespace ravel {

namespace {

std::vector<std::byte> bytesOf(const std::uint8_t* data, std::size_t size)
{
    const auto* first = reinterpret_cast<const std::byte*>(data);
    return { first, first + size };
}

void openAndCheck(std::vector<std::byte> bytes)
{
    const auto opened = openBytes(std::move(bytes), "net.pt", fuzzLimits());
    if (opened)
        checkInvariants(**opened);
    else
        checkError(opened.error(), "net.pt");
}

} // namespace

void fuzzFile(const std::uint8_t* data, std::size_t size) { openAndCheck(bytesOf(data, size)); }

// The fuzzer need not find its way through a directory first. Storages 0 to 3 have 64 bytes.
void fuzzPickle(const std::uint8_t* data, std::size_t size)
{
    ZipEntryOptions plain;
    plain.checksum = false;
    ZipWriter zip;
    zip.add("a/data.pkl", bytesOf(data, size), plain);
    for (const char* name : { "a/data/0", "a/data/1", "a/data/2", "a/data/3" })
        zip.add(name, std::vector<std::byte>(64), plain);
    zip.addText("a/version", "3", plain);
    openAndCheck(zip.finish());
}

void fuzzDcp(const std::uint8_t* data, std::size_t size)
{
    MemoryIo io;
    for (auto& [path, bytes] : sampleDcp().folder("set"))
        io.files[path] = bytes;
    io.files["set/.metadata"] = bytesOf(data, size);
    const auto opened = openCheckpoint("set", io, fuzzLimits());
    if (opened)
        checkInvariants(**opened);
    else
        checkError(opened.error(), {}); // it begins with .metadata or with the folder
}

void fuzzIndex(const std::uint8_t* data, std::size_t size)
{
    MemoryIo io;
    const std::string index = "set/model.safetensors.index.json";
    io.files[index] = bytesOf(data, size);
    const std::vector<FixtureStorage> storages { countingStorage(Dtype::Float32, 6), countingStorage(Dtype::Int64, 3) };
    io.files["set/a.safetensors"] = safetensorsBytes(storages, { { "a.w", 0, { 2, 3 }, {}, 0 }, { "a.n", 1, { 3 }, {}, 0 } });
    io.files["set/b.bin"] = torchZipBytes(storages, { { "b.w", 0, { 6 }, {}, 0 }, { "b.t", 0, { 3, 2 }, { 1, 3 }, 0 } });
    const auto opened = openCheckpoint(index, io, fuzzLimits());
    if (opened)
        checkInvariants(**opened);
    else
        checkError(opened.error(), {}); // it begins with the index or with one of the shards
}

} // namespace ravel
