// SPDX-License-Identifier: GPL-3.0-or-later
#include "document/difference.h"

#include "base/number.h"
#include "checkpoint/geometry.h"
#include "checkpoint/storagepieces.h"
#include "edit/positions.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace ravel {

namespace {

constexpr std::int64_t chunk = 1 << 15; // elements

// One tensor of A and what it was matched to.
struct Matched {
    std::shared_ptr<const EditedVector> a, b;
    TensorOrdinal inA = noOrdinal, inB = noOrdinal; // the latter noOrdinal: not compared

    const Tensor& left() const { return a->checkpoint().tensors[inA]; }
    const Tensor& right() const { return b->checkpoint().tensors[inB]; }
    // The same stored elements, as the file has them.
    bool untouched() const
    {
        return sameStored() && a->hulls(left().storage).empty() && b->hulls(left().storage).empty();
    }
    bool untouched(StorageIndex first, Count n) const
    {
        const StorageIndex begin = left().storageOffset + Count(first.value);
        return sameStored() && isContiguous(left()) && !a->touches(left().storage, begin, begin + n) && !b->touches(left().storage, begin, begin + n);
    }

private:
    bool sameStored() const { return a->checkpointPtr() == b->checkpointPtr() && inA == inB; }
};

bool comparable(const Tensor& a, const Tensor& b)
{
    return a.readable && b.readable && a.shape == b.shape && (a.dtype == b.dtype || (a.dtype != Dtype::Opaque && b.dtype != Dtype::Opaque));
}

void widen(Dtype dtype, bool complex, const std::byte* elements, std::size_t n, double* out)
{
    toDoubles(dtype, elements, n, out);
    if (complex && !isComplex(dtype))
        for (std::size_t i = n; i-- > 0;) {
            out[2 * i] = out[i];
            out[2 * i + 1] = 0;
        }
}

double minus(double a, double b)
{
    const double difference = a - b;
    if (!std::isnan(difference))
        return difference;
    return a == b || (std::isnan(a) && std::isnan(b)) ? 0 : difference;
}

Result<> readDifference(const Matched& pair, StorageIndex first, Count n, std::byte* out)
{
    const Dtype a = pair.left().dtype, b = pair.right().dtype;
    const bool complex = isComplex(a) || isComplex(b);
    const std::size_t parts = complex ? 2 : 1;
    std::vector<std::byte> bytesA, bytesB;
    std::vector<double> left, right;
    for (std::int64_t at = 0; at < n.value; at += chunk) {
        const Count part(std::min(chunk, n.value - at));
        const auto count = static_cast<std::size_t>(part.value);
        std::byte* to = out + static_cast<std::size_t>(at) * parts * sizeof(double);
        if (pair.untouched(first + Count(at), part)) {
            std::memset(to, 0, count * parts * sizeof(double));
            continue;
        }
        bytesA.resize(count * static_cast<std::size_t>(dtypeSize(a)));
        bytesB.resize(count * static_cast<std::size_t>(dtypeSize(b)));
        RAVEL_TRY(readPositions(*pair.a, pair.inA, first.value + at, part, bytesA.data()));
        RAVEL_TRY(readPositions(*pair.b, pair.inB, first.value + at, part, bytesB.data()));
        if (a == b && bytesA == bytesB) {
            std::memset(to, 0, count * parts * sizeof(double));
            continue;
        }
        left.resize(count * parts);
        right.resize(count * parts);
        widen(a, complex, bytesA.data(), count, left.data());
        widen(b, complex, bytesB.data(), count, right.data());
        for (std::size_t i = 0; i < left.size(); ++i)
            left[i] = minus(left[i], right[i]);
        std::memcpy(to, left.data(), left.size() * sizeof(double));
    }
    return {};
}

std::shared_ptr<const StoragePieces> numbersOf(Side side, const Matched& pair)
{
    auto pieces = std::make_shared<StoragePieces>(StoragePieces { *Mosaic::make({ 0 }, {}), {}, {} });
    if (side == Side::B)
        pieces->compute = [pair](StorageIndex first, Count n, std::byte* out) { return readPositions(*pair.b, pair.inB, first.value, n, out); };
    else if (pair.untouched())
        pieces->compute = [size = isComplex(pair.left().dtype) ? 16 : 8](StorageIndex, Count n, std::byte* out) -> Result<> {
            std::memset(out, 0, static_cast<std::size_t>(n.value * size));
            return {};
        };
    else
        pieces->compute = [pair](StorageIndex first, Count n, std::byte* out) { return readDifference(pair, first, n, out); };
    return pieces;
}

Dtype dtypeOf(Side side, const Matched& pair)
{
    if (side == Side::B)
        return pair.right().dtype;
    return isComplex(pair.left().dtype) || isComplex(pair.right().dtype) ? Dtype::Complex128 : Dtype::Float64;
}

// What both have in common but for the numbers.
std::shared_ptr<Checkpoint> skeletonOf(const Checkpoint& a)
{
    auto checkpoint = std::make_shared<Checkpoint>();
    checkpoint->path = a.path;
    checkpoint->container = a.container;
    checkpoint->entries = a.entries;
    checkpoint->tensors = a.tensors;
    checkpoint->writable = false;
    checkpoint->readOnlyReason = "these numbers are computed";
    return checkpoint;
}

void fill(Side side, const Matched& pair, const std::string& why, Checkpoint& out)
{
    Tensor& tensor = out.tensors[pair.inA];
    tensor.editable = false;
    tensor.stride = contiguousStride(tensor.shape);
    tensor.storageOffset = StorageIndex(0);
    tensor.storage = noOrdinal;
    tensor.readable = pair.inB != noOrdinal;
    tensor.reason = why;
    if (!tensor.readable)
        return;
    tensor.reason = out.readOnlyReason;
    tensor.dtype = dtypeOf(side, pair);
    tensor.storage = static_cast<StorageOrdinal>(out.storages.size());
    Storage storage;
    storage.id.key = std::to_string(pair.inA);
    storage.dtype = tensor.dtype;
    storage.numel = tensor.numel;
    storage.editable = false;
    storage.reason = out.readOnlyReason;
    storage.pieces = numbersOf(side, pair);
    out.storages.push_back(std::move(storage));
}

} // namespace

Result<DerivedNumbers> derive(Side side, const FlatLayout& ofA, const EditedVector& a, const EditedVector& b, const std::vector<Matching::Pair>& pairs)
{
    auto checkpoint = skeletonOf(a.checkpoint());
    const auto inA = std::make_shared<const EditedVector>(a), inB = std::make_shared<const EditedVector>(b);
    std::vector<TensorOrdinal> partner(checkpoint->tensors.size(), noOrdinal);
    for (const Matching::Pair& pair : pairs)
        if (pair.a != noOrdinal)
            partner[pair.a] = pair.b;
    for (TensorOrdinal t = 0; t < checkpoint->tensors.size(); ++t) {
        std::string why = "the other checkpoint does not have it";
        if (partner[t] != noOrdinal && !comparable(a.checkpoint().tensors[t], b.checkpoint().tensors[partner[t]])) {
            const Tensor& other = b.checkpoint().tensors[partner[t]];
            why = !other.readable ? other.reason : "the other checkpoint has it in another shape";
            partner[t] = noOrdinal;
        }
        fill(side, { inA, inB, t, partner[t] }, why, *checkpoint);
    }
    DerivedNumbers derived { nullptr, EditedVector(checkpoint), {} };
    std::vector<FlatLayout::Listing> listing;
    for (const std::uint32_t ordinal : ofA.placed()) {
        const Segment& segment = ofA.listed()[ordinal];
        const bool absent = partner[segment.tensor] == noOrdinal;
        listing.push_back({ segment.tensor, noOrdinal, absent });
        if (!absent || segment.numel.value == 0)
            continue;
        const FlatRange range { segment.offset, segment.offset + segment.numel };
        if (!derived.absent.empty() && derived.absent.back().end == range.begin)
            derived.absent.back().end = range.end;
        else
            derived.absent.push_back(range);
    }
    RAVEL_ASSIGN(derived.layout, FlatLayout::makeListed(checkpoint, ofA.spec(), listing));
    return derived;
}

} // namespace ravel
