// SPDX-License-Identifier: GPL-3.0-or-later
#if defined(__x86_64__)
#include "stats/kernels.h"

#include <immintrin.h> // always inlined, so that nothing of it leaks

namespace ravel::kernels {

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized" // of what GCC's own header leaves undefined (bug 105593)
#endif
namespace {
#include "stats/kernels_body.h"
} // namespace

const Table& avx512()
{
    static constexpr Table table = tableOf("avx512");
    return table;
}

} // namespace ravel::kernels
#endif
