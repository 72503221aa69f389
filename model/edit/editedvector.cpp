// SPDX-License-Identifier: GPL-3.0-or-later
#include "edit/editedvector.h"

#include "checkpoint/geometry.h"

#include <cstring>

namespace ravel {

EditedVector::EditedVector(std::shared_ptr<const Checkpoint> checkpoint)
    : m_checkpoint(std::move(checkpoint))
{
}

EditedVector EditedVector::with(std::shared_ptr<const AppliedStep> step) const
{
    EditedVector next = *this;
    next.m_steps.push_back(std::move(step));
    return next;
}

EditedVector EditedVector::withoutLast() const
{
    EditedVector next = *this;
    if (!next.m_steps.empty())
        next.m_steps.pop_back();
    return next;
}

Result<> EditedVector::read(StorageOrdinal storage, StorageIndex first, Count n, std::byte* out, Fit*) const
{
    return m_checkpoint->read(storage, first, n, out);
}

Result<> EditedVector::readBox(const Box& box, std::vector<std::byte>& out) const
{
    const Tensor& tensor = m_checkpoint->tensors[box.tensor];
    const auto size = static_cast<std::size_t>(dtypeSize(tensor.dtype));
    const Count n = box.numel();
    out.resize(static_cast<std::size_t>(n.value) * size);
    const auto region = toRegion(*m_checkpoint, box);
    if (!region)
        return {};
    std::vector<std::int64_t> coordinates(box.slices.size());
    for (std::int64_t i = 0; i < n.value; ++i) {
        std::int64_t rest = i;
        for (std::size_t d = box.slices.size(); d-- > 0;) {
            coordinates[d] = box.slices[d].start + rest % box.slices[d].count * box.slices[d].step;
            rest /= box.slices[d].count;
        }
        RAVEL_TRY(read(tensor.storage, toStorageIndex(tensor, coordinates), Count(1),
            out.data() + static_cast<std::size_t>(i) * size));
    }
    return {};
}

bool EditedVector::touches(StorageOrdinal storage, StorageIndex begin, StorageIndex end) const
{
    for (const StorageRange& hull : hulls(storage))
        if (hull.begin < end && begin < hull.end)
            return true;
    return false;
}

std::vector<StorageRange> EditedVector::hulls(StorageOrdinal) const { return {}; }
std::vector<StorageOrdinal> EditedVector::editedStorages() const { return {}; }

} // namespace ravel
