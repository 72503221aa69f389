// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/kernels.h"

#include "base/multiversion.h"

namespace ravel::kernels {

const Table& current()
{
#if defined(__x86_64__)
    switch (usedIsa()) {
    case Isa::Avx512: return avx512();
    case Isa::Avx2: return avx2();
    case Isa::Baseline: break;
    }
#endif
    return baseline();
}

} // namespace ravel::kernels
