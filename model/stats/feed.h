// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "stats/numbersource.h"
#include "stats/scan.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace ravel {

// The numbers of a selection in items of about a megabyte, for passes by several threads. What is cut how depends on the selection alone.
class NumberFeed {
public:
    using Visit = SelectionScan::Visit;
    virtual ~NumberFeed() = default;
    virtual std::int64_t items() const = 0;
    virtual std::int64_t bytes() const = 0;             // that are read in all, about
    virtual std::int64_t bytes(std::int64_t item) const = 0;
    virtual bool anyWide() const = 0;                   // numbers that are no float32
    virtual std::optional<std::int64_t> few(std::int64_t most) const = 0; // numbers, where there are no repeats and no more than `most`
    virtual Result<> read(std::int64_t item, ScanBuffers&, const Job&, const Visit&) const = 0;
};

// Of a checkpoint through its edits; in the order of the storage.
class EditedFeed : public NumberFeed {
public:
    EditedFeed(const EditedVector& vector, const Selection& selection)
        : m_vector(vector)
        , m_scan(vector.checkpoint(), selection)
    {
    }
    std::int64_t items() const override { return m_scan.items(); }
    std::int64_t bytes() const override { return m_scan.bytes(); }
    std::int64_t bytes(std::int64_t item) const override { return m_scan.bytes(item); }
    bool anyWide() const override { return m_scan.anyWide(); }
    std::optional<std::int64_t> few(std::int64_t most) const override { return m_scan.few(most); }
    Result<> read(std::int64_t item, ScanBuffers& buffers, const Job& job, const Visit& visit) const override
    {
        return m_scan.read(m_vector, item, buffers, job, visit);
    }

private:
    const EditedVector& m_vector;
    SelectionScan m_scan;
};

// Of any source, box by box; tensors that it does not have are left out. The source has to outlive this.
class SourceFeed : public NumberFeed {
public:
    SourceFeed(const NumberSource&, const Selection&);
    std::int64_t items() const override { return static_cast<std::int64_t>(m_pieces.size()); }
    std::int64_t bytes() const override { return m_bytes; }
    std::int64_t bytes(std::int64_t item) const override;
    bool anyWide() const override { return m_anyWide; }
    std::optional<std::int64_t> few(std::int64_t most) const override;
    Result<> read(std::int64_t item, ScanBuffers&, const Job&, const Visit&) const override;

private:
    const NumberSource& m_source;
    std::optional<Predicate> m_where;
    std::vector<Box> m_pieces;
    std::int64_t m_bytes = 0, m_numbers = 0;
    bool m_anyWide = false;
};

} // namespace ravel
