// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "checkpoint/checkpoint.h"

namespace ravel {

// What the trees of the checkpoints that make up one (members of an archive, shards of a set, objects of a distributed
// checkpoint, what a script has beside its constants) may take in memory together: half as much as that of a single pickle,
// Limits::pickleMemory, since they are there twice while they are put together; and 1 KiB more for each record.
class TreeBudget {
public:
    explicit TreeBudget(const Limits& limits)
        : m_limits(limits)
    {
        m_limits.pickleMemory /= 2;
    }
    const Limits& limits() const { return m_limits; } // for the next one: with the memory that is left, 64 KiB at least
    void take(const Checkpoint&);
    // One was not opened.
    void failed(const Error&);
    // Limit where several took more than was left: the next ones are not tried, each would be read as far as the memory goes.
    Result<> check() const;

    static constexpr std::int64_t bytesOfRecord = 1024;

private:
    Limits m_limits;
    int m_refused = 0;
};

} // namespace ravel
