// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/kernels.h"

namespace ravel::kernels {

namespace {
#include "stats/kernels_body.h"
} // namespace

const Table& baseline()
{
    static constexpr Table table = tableOf("baseline");
    return table;
}

} // namespace ravel::kernels
