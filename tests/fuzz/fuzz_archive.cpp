// SPDX-License-Identifier: GPL-3.0-or-later
// Opens any bytes as the pickle of a sound archive, so that the fuzzer need not find its way through the directory first. Storages 0 to 3 have 64 bytes.
#include "fuzz/invariants.h"
#include "support/memoryio.h"
#include "support/zipwriter.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace ravel;
    const auto* first = reinterpret_cast<const std::byte*>(data);
    ZipEntryOptions plain;
    plain.checksum = false;
    ZipWriter zip;
    zip.add("a/data.pkl", { first, first + size }, plain);
    for (const char* name : { "a/data/0", "a/data/1", "a/data/2", "a/data/3" })
        zip.add(name, std::vector<std::byte>(64), plain);
    zip.addText("a/version", "3", plain);
    const auto bytes = zip.finish();
    if (const auto opened = openBytes(bytes, "input", fuzzLimits()))
        checkInvariants(**opened, static_cast<std::int64_t>(bytes.size()));
    return 0;
}
