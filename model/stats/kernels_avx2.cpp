// SPDX-License-Identifier: GPL-3.0-or-later
#if defined(__x86_64__)
#include "stats/kernels.h"

#include <immintrin.h> // always inlined, so that nothing of it leaks

namespace ravel::kernels {

namespace {
#include "stats/kernels_body.h"
} // namespace

const Table& avx2()
{
    static constexpr Table table = tableOf("avx2");
    return table;
}

} // namespace ravel::kernels
#endif
