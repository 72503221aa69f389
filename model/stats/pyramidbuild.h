// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job.h"
#include "base/pool.h"
#include "edit/editedvector.h"
#include "stats/chunk.h"
#include "stats/pyramidstate.h"
#include "stats/scan.h"
#include "stats/sketch.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace ravel {

// One build of a pyramid: a sample first where there is much to read, then every record that is not known.
class PyramidBuild {
public:
    PyramidBuild(Pyramid::State&, const EditedVector&, const Job&, Pool&);
    Result<> run();

private:
    // What one thread works with.
    struct Worker {
        std::vector<std::byte> window;
        std::vector<std::byte> gathered;
        Chunk chunk;
        SketchBuilder sketch;
        std::vector<std::int64_t> counts; // of a cell
    };
    // Records that follow each other, taken by one thread at a time; or one segment that is not contiguous.
    struct Item {
        std::vector<std::uint32_t> records;
        enum Kind : std::uint8_t { Contiguous, Strided, Thin } kind = Contiguous;
    };
    void plan();
    const Tensor& tensorOf(std::uint32_t placed) const;
    std::int64_t bytesOf(std::uint32_t record) const;
    void told(std::int64_t bytes);

    // The last block of a cell has been read, and all of it went to the worker's builder.
    void endBlock(std::int64_t block, Worker&);
    // A failure to read some bytes is none to read the others: it is kept, and told at the end; what is left of that segment is not tried.
    Result<> orGoOn(std::uint32_t record, Result<>);
    bool hasFailed(std::uint32_t placed);
    Result<> sample();
    Result<> sampleBlock(std::int64_t block, Worker&);
    Result<> readItem(const Item&, Worker&);
    Result<> readRecord(std::uint32_t record, Worker&);
    Result<> readBlocks(std::uint32_t placed, std::int64_t first, std::int64_t end, Worker&);
    void add(Dtype, const std::byte*, std::size_t n, std::int64_t weight, Worker&, Summary&, Sketch& repeated) const;
    void summarise(Dtype, const std::byte*, std::size_t n, Worker&, Summary&) const;

    // Strided segments: windows of their storage are read in turn, and each block takes out what it has in it.
    struct Strided {
        std::uint32_t placed = 0;
        StorageOrdinal storage = noOrdinal;
        StorageIndex begin, end;            // hull
        std::vector<Summary> summaries;     // by block of the segment
    };
    Strided stridedOf(std::uint32_t placed) const;
    Result<> readThin(std::uint32_t record, Worker&);
    Result<> readStrided(const std::vector<std::uint32_t>& records, Worker&);
    Result<> readLargeStrided(const std::vector<std::uint32_t>& records);
    Result<Sketch> gatherRecord(Strided&, std::uint32_t record, StorageRange window, const std::byte* bytes, Worker&);

    Pyramid::State& m_state;
    const PyramidPlan& m_plan;
    const EditedVector& m_vector;
    const Job& m_job;
    Pool& m_pool;
    std::uint64_t m_begun = 0;
    std::vector<std::unique_ptr<Worker>> m_workers;
    std::vector<Item> m_items;
    std::vector<Item> m_large; // strided, too large for one thread's memory
    std::int64_t m_total = 0;
    std::atomic<std::int64_t> m_done = 0;
    std::mutex m_troubled; // of what follows
    std::optional<std::pair<std::uint32_t, Error>> m_trouble; // that of the lowest record
    std::set<std::uint32_t> m_failed;
};

} // namespace ravel
