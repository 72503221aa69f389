// SPDX-License-Identifier: GPL-3.0-or-later
// One program for each target: RAVEL_FUZZ_TARGET is its name.
#include "fuzz/targets.h"

#include <cstdlib>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t*, std::size_t size, std::size_t most);

namespace {

const ravel::FuzzTarget& target()
{
    static const ravel::FuzzTarget& found = *ravel::fuzzTarget(RAVEL_FUZZ_TARGET);
    return found;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    ravel::runTarget(target(), data, size);
    return 0;
}

// Every other time the sizes that the mutation broke are mended.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed)
{
    const std::size_t now = LLVMFuzzerMutate(data, size, most);
    if (target().mend && seed % 2 == 0)
        target().mend(data, now);
    return now;
}
