// SPDX-License-Identifier: GPL-3.0-or-later
// Opens any bytes as a file.
#include "fuzz/invariants.h"
#include "support/memoryio.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace ravel;
    const auto* first = reinterpret_cast<const std::byte*>(data);
    if (const auto opened = openBytes({ first, first + size }, "input", fuzzLimits()))
        checkInvariants(**opened, static_cast<std::int64_t>(size));
    return 0;
}
