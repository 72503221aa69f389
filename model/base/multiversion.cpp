// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/multiversion.h"

#include <algorithm>
#include <atomic>

namespace ravel {

namespace {

Isa detect()
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2"))
        return Isa::Baseline;
    const bool wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
        && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    return wide ? Isa::Avx512 : Isa::Avx2;
#else
    return Isa::Baseline;
#endif
}

std::atomic<Isa>& used()
{
    static std::atomic<Isa> isa(detect());
    return isa;
}

} // namespace

Isa bestIsa()
{
    static const Isa isa = detect();
    return isa;
}

Isa usedIsa() { return used().load(std::memory_order_relaxed); }
void limitIsa(Isa isa) { used().store(std::min(isa, bestIsa()), std::memory_order_relaxed); }

} // namespace ravel
