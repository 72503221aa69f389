// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#define RAVEL_INLINE __attribute__((always_inline))

#if defined(__x86_64__)
#define RAVEL_AVX2 __attribute__((target("avx2")))
#define RAVEL_AVX512 __attribute__((target("avx2,avx512f,avx512bw,avx512dq,avx512vl")))
#else
#define RAVEL_AVX2
#define RAVEL_AVX512
#endif

namespace ravel {

// Instruction sets that a kernel is compiled for. Multiplications and additions are never fused (-ffp-contract=off), so every
// clone gives the same bits.
enum class Isa : std::uint8_t { Baseline, Avx2, Avx512 };
Isa bestIsa();        // of this processor
Isa usedIsa();        // what multiversion() takes: bestIsa() unless a test limited it
void limitIsa(Isa);   // for tests that compare the clones: at most this, and at most bestIsa()

// By value: bytes that a kernel writes cannot alias its own captures then, which vectorising needs to know.
template <class Kernel> RAVEL_AVX2 void callAvx2(Kernel kernel) { kernel(); }
template <class Kernel> RAVEL_AVX512 void callAvx512(Kernel kernel) { kernel(); }

// Calls a kernel in the clone for this processor. Write it as a lambda that is RAVEL_INLINE after its parameter list, so that it
// is compiled anew inside each clone, and captures by value: multiversion([=, &sum]() RAVEL_INLINE { ... }).
template <class Kernel> void multiversion(Kernel kernel)
{
    switch (usedIsa()) {
    case Isa::Avx512: callAvx512(kernel); break;
    case Isa::Avx2: callAvx2(kernel); break;
    case Isa::Baseline: kernel(); break;
    }
}

} // namespace ravel
