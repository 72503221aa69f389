// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "checkpoint/checkpoint.h"

namespace ravel {

// What the trees of the checkpoints that make up one (members of an archive, shards of a set, objects of a distributed
// checkpoint) may take in memory together: as much as that of a single pickle, Limits::pickleMemory, and 1 KiB more for each record.
class TreeBudget {
public:
    explicit TreeBudget(const Limits& limits)
        : m_limits(limits)
    {
    }
    const Limits& limits() const { return m_limits; } // for the next one: with the memory that is left, 64 KiB at least
    void take(const Checkpoint&);

    static constexpr std::int64_t bytesOfRecord = 1024;

private:
    Limits m_limits;
};

} // namespace ravel
