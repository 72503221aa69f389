// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace ravel {

// One reader under the fuzzer. `run` takes any bytes, and aborts where what has to hold of its answer does not. `mend`, where there is
// one, makes the sizes and offsets of bytes that were changed agree again, so that what lies behind them is reached; `data` has room for `size` bytes.
struct FuzzTarget {
    const char* name;
    void (*run)(const std::uint8_t* data, std::size_t size);
    void (*mend)(std::uint8_t* data, std::size_t size) = nullptr;
};
const std::vector<FuzzTarget>& fuzzTargets();
const FuzzTarget* fuzzTarget(const std::string& name);
void runTarget(const FuzzTarget&, const std::uint8_t* data, std::size_t size);

void fuzzFile(const std::uint8_t*, std::size_t);      // the bytes as a file of any container
void fuzzPickle(const std::uint8_t*, std::size_t);    // as data.pkl of a sound archive
void fuzzIndex(const std::uint8_t*, std::size_t);     // as the index beside two shards
void fuzzDcp(const std::uint8_t*, std::size_t);       // as the .metadata beside two files of chunks
void fuzzRecipe(const std::uint8_t*, std::size_t);
void fuzzSlice(const std::uint8_t*, std::size_t);
void fuzzRoundTrip(const std::uint8_t*, std::size_t); // eight bytes of seed, then a file

void mendZip(std::uint8_t*, std::size_t);
void mendSafetensors(std::uint8_t*, std::size_t);
void mendNpy(std::uint8_t*, std::size_t);
void mendRoundTrip(std::uint8_t*, std::size_t);

// Small files of our own writers to start from: name and bytes.
using Seed = std::pair<std::string, std::vector<std::byte>>;
std::vector<Seed> seedsOf(const std::string& target);

// Aborts with these words where it does not hold.
void require(bool holds, const char* what);

} // namespace ravel
