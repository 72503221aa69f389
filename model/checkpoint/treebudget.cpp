// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint/treebudget.h"

#include <algorithm>

namespace ravel {

void TreeBudget::take(const Checkpoint& checkpoint)
{
    constexpr std::int64_t least = 64 << 10;
    constexpr std::size_t tensorBytes = sizeof(Tensor) + 256; // with shape, stride and name
    std::size_t bytes = checkpoint.entries.size() * sizeof(Entry) + checkpoint.tensors.size() * tensorBytes;
    for (const Entry& entry : checkpoint.entries)
        bytes += entry.key.text.size() + entry.value.size();
    const auto allowed = static_cast<std::int64_t>(checkpoint.records.size()) * bytesOfRecord;
    const std::int64_t spent = std::max<std::int64_t>(static_cast<std::int64_t>(bytes) - allowed, 0);
    m_limits.pickleMemory = std::max(m_limits.pickleMemory - spent, least);
}

void TreeBudget::failed(const Error& error) { m_refused += error.code == ErrorCode::Limit; }

Result<> TreeBudget::check() const
{
    constexpr int most = 3;
    if (m_refused < most)
        return {};
    return fail(ErrorCode::Limit, "it was not read, as several before it took more memory than the limit of all of them together");
}

} // namespace ravel
