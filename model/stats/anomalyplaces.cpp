// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/anomalysearch.h"

#include "base/number.h"

#include <algorithm>

namespace ravel {

namespace {

constexpr int mostBlocks = 512; // read for one tensor and kind: millions of places say no more than thousands

class Finder {
public:
    Finder(const AnomalySearch& search, std::uint32_t placed, const Sought& sought)
        : m_search(search)
        , m_sought(sought)
        , m_dtype(search.tensor(placed).dtype)
        , m_whole(search.rangeOf(placed))
        , m_block(search.pyramid.blockSize())
    {
    }

    // Blocks [first, last) of the tensor. False: enough.
    Result<bool> look(std::int64_t first, std::int64_t last)
    {
        RAVEL_TRY(m_search.job.check());
        const FlatRange range { m_whole.begin + Count(first * m_block), std::min(m_whole.end, m_whole.begin + Count(last * m_block)) };
        const Pyramid::RangeAnswer answer = m_search.pyramid.summaryOf(range);
        const bool known = answer.rest.empty();
        if (known && !m_sought.some(answer.summary))
            return true;
        if (known && m_sought.all(answer.summary))
            return add(range);
        if (last - first == 1)
            return read(range);
        const std::int64_t middle = first + (last - first) / 2;
        RAVEL_ASSIGN(const bool more, look(first, middle));
        return more ? look(middle, last) : Result<bool>(false);
    }
    std::int64_t blocks() const { return (m_whole.count().value + m_block - 1) / m_block; }
    Places take() { return std::move(m_places); }

private:
    Result<bool> add(FlatRange range)
    {
        auto& ranges = m_places.ranges;
        if (!ranges.empty() && ranges.back().end == range.begin) {
            ranges.back().end = range.end;
            return true;
        }
        if (ranges.size() >= m_search.options.places) {
            m_places.complete = false;
            return false;
        }
        ranges.push_back(range);
        return true;
    }

    Result<bool> read(FlatRange range)
    {
        if (++m_read > mostBlocks) {
            m_places.complete = false;
            return false;
        }
        RAVEL_ASSIGN(const Selection selection, selectRange(m_search.layout(), range));
        const auto parts = static_cast<std::size_t>(isComplex(m_dtype) ? 2 : 1);
        FlatIndex at = range.begin;
        for (const Box& box : selection.boxes) {
            RAVEL_TRY(m_search.vector.readBox(box, m_bytes));
            const std::size_t n = m_bytes.size() / static_cast<std::size_t>(dtypeSize(m_dtype));
            m_numbers.resize(n * parts);
            toDoubles(m_dtype, m_bytes.data(), n, m_numbers.data());
            for (std::size_t i = 0; i < n; ++i, at = at + Count(1)) {
                if (!m_sought.is(m_numbers[i * parts]) && !(parts == 2 && m_sought.is(m_numbers[i * parts + 1])))
                    continue;
                RAVEL_ASSIGN(const bool more, add({ at, at + Count(1) }));
                if (!more)
                    return false;
            }
        }
        return true;
    }

    const AnomalySearch& m_search;
    const Sought& m_sought;
    Dtype m_dtype;
    FlatRange m_whole;
    std::int64_t m_block;
    int m_read = 0;
    Places m_places;
    std::vector<std::byte> m_bytes;
    std::vector<double> m_numbers;
};

} // namespace

Result<Places> findPlaces(const AnomalySearch& search, std::uint32_t placed, const Sought& sought)
{
    Finder finder(search, placed, sought);
    RAVEL_TRY(finder.look(0, finder.blocks()));
    return finder.take();
}

} // namespace ravel
