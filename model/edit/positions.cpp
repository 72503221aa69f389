// SPDX-License-Identifier: GPL-3.0-or-later
#include "edit/positions.h"

#include "checkpoint/geometry.h"
#include "layout/positions.h"

#include <cstring>

namespace ravel {

Result<> readPositions(const EditedVector& vector, TensorOrdinal ordinal, std::int64_t first, Count n, std::byte* out)
{
    const Tensor& tensor = vector.checkpoint().tensors[ordinal];
    if (!tensor.readable)
        return fail(ErrorCode::Unsupported, tensor.reason);
    if (isContiguous(tensor))
        return vector.read(tensor.storage, tensor.storageOffset + Count(first), n, out);
    std::vector<std::byte> part;
    for (const Box& box : positionBoxes(vector.checkpoint(), ordinal, first, n)) {
        RAVEL_TRY(vector.readBox(box, part));
        std::memcpy(out, part.data(), part.size());
        out += part.size();
    }
    return {};
}

} // namespace ravel
