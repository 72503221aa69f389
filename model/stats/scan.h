// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job.h"
#include "edit/editedvector.h"
#include "layout/selection.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace ravel {

// Elements of one dtype that a scan came upon, packed, in native byte order; each stands for `weight` places of the selection (stride 0).
struct Found {
    Dtype dtype = Dtype::Float32;
    const std::byte* elements = nullptr;
    std::size_t n = 0;
    std::int64_t weight = 1;
};

// The region of a box without regard to the order of its elements: dimensions that continue each other in storage are merged.
struct WeightedRegion {
    Region region;
    std::int64_t weight = 1;
    Dtype dtype = Dtype::Float32;
    bool contiguous() const { return region.dims.empty() || (region.dims.size() == 1 && region.dims[0].stride == 1); }
};
std::optional<WeightedRegion> toWeightedRegion(const Checkpoint&, const Box&);

// Memory that one worker reads through.
struct ScanBuffers {
    std::vector<std::byte> window;
    std::vector<std::byte> gathered;
};

// A selection as pieces of storage to be read in their order, cut into items of about a megabyte that several threads can take. What is cut how
// depends on the selection alone. Immutable.
class SelectionScan {
public:
    SelectionScan(const Checkpoint&, const Selection&);

    std::int64_t items() const { return static_cast<std::int64_t>(m_items.size()) - 1; }
    std::int64_t bytes() const { return m_bytes; }           // that are read in all, about
    std::int64_t bytes(std::int64_t item) const;
    bool anyWide() const { return m_anyWide; }               // numbers that are no float32
    // Numbers, where there are no repeats and no more than `most`; else none.
    std::optional<std::int64_t> few(std::int64_t most) const;

    // Visits what an item holds, 256 KiB at a time at most. Checks the job in between.
    using Visit = std::function<void(const Found&)>;
    Result<> read(const EditedVector&, std::int64_t item, ScanBuffers&, const Job&, const Visit&) const;

private:
    struct Piece {
        std::size_t region;
        StorageIndex begin, end; // of the storage
        std::int64_t cost;       // bytes
    };
    void cut(std::size_t region, std::int64_t target, std::int64_t& inItem);
    Result<> readPiece(const EditedVector&, const Piece&, ScanBuffers&, const Job&, const Visit&) const;
    Result<> readSparse(const EditedVector&, const Piece&, ScanBuffers&, const Job&, const Visit&) const;
    void deliver(Found, ScanBuffers&, const Visit&) const;

    std::vector<WeightedRegion> m_regions;
    std::optional<Predicate> m_where;
    std::vector<Piece> m_pieces;
    std::vector<std::size_t> m_items; // first piece of each, and one past the last
    std::int64_t m_bytes = 0;
    bool m_anyWide = false;
};

// Keeps the elements that match, in place; the real part counts. Returns how many.
std::size_t keepMatching(Dtype, std::byte* elements, std::size_t n, const Predicate&);

// Copies the places of a region that lie in [begin, end) of its storage out of a window that starts at `begin`; packed, returns how many.
std::size_t gather(const Region&, StorageIndex begin, StorageIndex end, std::size_t elementSize, const std::byte* window,
    std::vector<std::byte>& out);

} // namespace ravel
