// SPDX-License-Identifier: GPL-3.0-or-later
#include "save/comparison.h"

#include "base/crc32.h"
#include "base/number.h"
#include "base/pool.h"

#include <algorithm>
#include <cstring>

namespace ravel {

namespace {

using Bytes = std::vector<std::byte>;

struct PieceSums {
    std::uint32_t region = 0;
    ByteCount size;
    RegionSums sums;
};

struct Buffers {
    Bytes before, after;
};

// Elements of a big-endian file are measured in a swapped copy.
void tell(const Checkpoint& checkpoint, const FilePlan& plan, const FilePiece& piece,
    std::span<const std::byte> before, std::span<const std::byte> after, TensorChanges& changes)
{
    for (const StorageOrdinal ordinal : plan.storagesOf(piece.region)) {
        const Storage& storage = checkpoint.storages[ordinal];
        const std::int64_t size = dtypeSize(storage.dtype);
        const StorageIndex first((piece.range.begin - plan.range(piece.region).begin).value / size);
        const Count n(piece.range.count().value / size);
        if (!storage.bigEndian) {
            changes.add(ordinal, first, n, before.data(), after.data());
            continue;
        }
        Bytes a(before.begin(), before.end()), b(after.begin(), after.end());
        swapBytes(storage.dtype, a.data(), static_cast<std::size_t>(n.value));
        swapBytes(storage.dtype, b.data(), static_cast<std::size_t>(n.value));
        changes.add(ordinal, first, n, a.data(), b.data());
    }
}

PieceSums sumsOf(
    const FilePiece& piece, std::span<const std::byte> before, std::span<const std::byte> after)
{
    PieceSums found { piece.region, piece.range.count(), {} };
    found.sums.before = found.sums.after = crc32Of(before);
    if (std::memcmp(before.data(), after.data(), before.size()) == 0)
        return found;
    found.sums.after = crc32Of(after);
    const auto place = std::mismatch(before.begin(), before.end(), after.begin()).first;
    found.sums.differs = piece.range.begin + ByteCount(place - before.begin());
    return found;
}

void join(RegionSums& sums, const RegionSums& next, ByteCount size)
{
    sums.before = crc32Joined(sums.before, next.before, size);
    sums.after = crc32Joined(sums.after, next.after, size);
    if (!sums.differs)
        sums.differs = next.differs;
}

} // namespace

Result<Comparison> Comparison::make(const Checkpoint& checkpoint, const FilePlan& plan,
    File& before, File& after, TensorChanges& changes, const Inspect& inspect, const Job& job,
    const std::function<void(ByteCount)>& progress)
{
    Pool& pool = computePool();
    std::vector<Buffers> buffers(static_cast<std::size_t>(pool.threads()) + 1);
    std::vector<std::vector<PieceSums>> byUnit(plan.units());
    const auto compareUnit = [&](std::int64_t index, int worker) -> Result<> {
        const ByteRange unit = plan.unit(static_cast<std::size_t>(index));
        const auto size = static_cast<std::size_t>(unit.count().value);
        Buffers& buffer = buffers[static_cast<std::size_t>(worker)];
        buffer.before.resize(size);
        buffer.after.resize(size);
        RAVEL_TRY(before.readAt(unit.begin, buffer.before));
        RAVEL_TRY(after.readAt(unit.begin, buffer.after));
        for (const FilePiece& piece : plan.pieces(unit)) {
            const auto skip = static_cast<std::size_t>((piece.range.begin - unit.begin).value);
            const auto n = static_cast<std::size_t>(piece.range.count().value);
            const auto a = std::span<const std::byte>(buffer.before).subspan(skip, n);
            const auto b = std::span<const std::byte>(buffer.after).subspan(skip, n);
            const PieceSums& sums
                = byUnit[static_cast<std::size_t>(index)].emplace_back(sumsOf(piece, a, b));
            if (!sums.sums.differs)
                continue;
            if (inspect)
                RAVEL_TRY(inspect(piece, a, b));
            tell(checkpoint, plan, piece, a, b, changes);
        }
        if (progress)
            progress(unit.count());
        return {};
    };
    RAVEL_TRY(pool.forEach(static_cast<std::int64_t>(plan.units()), job, compareUnit));

    Comparison made;
    made.regions.resize(plan.regions().size());
    for (const auto& unit : byUnit)
        for (const PieceSums& piece : unit)
            join(made.regions[piece.region], piece.sums, piece.size);
    return made;
}

RegionSums Comparison::joined(const FilePlan& plan, std::uint32_t first, std::uint32_t last) const
{
    RegionSums sums;
    for (std::uint32_t i = first; i < last; ++i)
        join(sums, regions[i], plan.range(i).count());
    return sums;
}

RegionSums Comparison::whole(const FilePlan& plan) const
{
    return joined(plan, 0, static_cast<std::uint32_t>(regions.size()));
}

RegionSums Comparison::others(const FilePlan& plan) const
{
    RegionSums sums;
    for (std::uint32_t i = 0; i < regions.size(); ++i)
        if (plan.regions()[i].kind == FileRegion::Kind::Other)
            join(sums, regions[i], plan.range(i).count());
    return sums;
}

ByteCount Comparison::otherSize(const FilePlan& plan)
{
    ByteCount size;
    for (std::uint32_t i = 0; i < plan.regions().size(); ++i)
        if (plan.regions()[i].kind == FileRegion::Kind::Other)
            size += plan.range(i).count();
    return size;
}

} // namespace ravel
