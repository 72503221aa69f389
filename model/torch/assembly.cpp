// SPDX-License-Identifier: GPL-3.0-or-later
#include "torch/assembly.h"

#include "base/number.h"
#include "base/text.h"
#include "checkpoint/geometry.h"
#include "save/losses.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <map>

namespace ravel {

namespace {

constexpr std::int64_t chunkElements = 1 << 16;

// Index of the last element that a view reaches, relative to its first; -1 for an empty one.
Result<std::int64_t> reach(const TemplateSegment& segment)
{
    std::int64_t last = 0;
    for (std::size_t d = 0; d < segment.shape.size(); ++d) {
        if (segment.shape[d] == 0)
            return -1;
        std::int64_t part = 0;
        if (segment.stride[d] < 0 || !checkedMultiply(segment.shape[d] - 1, segment.stride[d], part)
            || !checkedAdd(last, part, last))
            return fail(ErrorCode::Format,
                "segment " + escaped(segment.name) + " of the template has strides that no storage holds");
    }
    return last;
}

// Walks the storage indices of a segment in row-major order of its coordinates.
class Walk {
public:
    explicit Walk(const TemplateSegment& segment, std::int64_t offset)
        : m_segment(segment)
        , m_coordinates(segment.shape.size(), 0)
        , m_index(offset)
    {
    }
    std::int64_t index() const { return m_index; }
    const std::vector<std::int64_t>& coordinates() const { return m_coordinates; }
    void advance()
    {
        for (std::size_t d = m_coordinates.size(); d-- > 0;) {
            m_index += m_segment.stride[d];
            if (++m_coordinates[d] < m_segment.shape[d])
                return;
            m_index -= m_segment.stride[d] * m_segment.shape[d];
            m_coordinates[d] = 0;
        }
    }

private:
    const TemplateSegment& m_segment;
    std::vector<std::int64_t> m_coordinates;
    std::int64_t m_index;
};

std::string placeText(const TemplateSegment& segment, const std::vector<std::int64_t>& coordinates)
{
    std::string text = escaped(segment.name) + '[';
    for (std::size_t d = 0; d < coordinates.size(); ++d)
        text += (d ? ", " : "") + std::to_string(coordinates[d]);
    return text + ']';
}

// Whether two coordinates of a segment may be one stored element.
bool mayOverlapItself(const TemplateSegment& segment)
{
    std::vector<std::pair<std::int64_t, std::int64_t>> steps; // stride, size
    for (std::size_t d = 0; d < segment.shape.size(); ++d)
        if (segment.shape[d] > 1)
            steps.emplace_back(segment.stride[d], segment.shape[d]);
    std::sort(steps.begin(), steps.end());
    std::int64_t extent = 1; // cannot overflow: the reach of the segment was checked
    for (const auto& [stride, size] : steps) {
        if (stride < extent)
            return true;
        extent += (size - 1) * stride;
    }
    return false;
}

// The first place of a segment before `end`, in row-major order, that is the stored element.
std::string placeBefore(const TemplateSegment& segment, std::int64_t offset, std::int64_t end, std::int64_t element)
{
    std::string text;
    Walk walk(segment, offset);
    for (std::int64_t i = 0; i < end && text.empty(); ++i, walk.advance())
        if (walk.index() == element)
            text = placeText(segment, walk.coordinates());
    return text;
}

} // namespace

Result<Assembly> Assembly::make(const Template& made)
{
    Assembly assembly;
    assembly.m_template = &made;
    assembly.m_storageOf.resize(made.segments.size());
    std::map<std::string, std::size_t> byId;
    std::vector<std::int64_t> low, high;
    for (std::size_t i = 0; i < made.segments.size(); ++i) {
        const TemplateSegment& segment = made.segments[i];
        const auto [found, isNew] = byId.try_emplace(segment.storage, assembly.m_storages.size());
        if (isNew) {
            assembly.m_storages.push_back({ segment.dtype, Count(0), {}, StorageIndex(0) });
            low.push_back(std::numeric_limits<std::int64_t>::max());
            high.push_back(0);
        }
        const std::size_t s = found->second;
        assembly.m_storageOf[i] = s;
        assembly.m_storages[s].segments.push_back(i);
        if (assembly.m_storages[s].dtype != segment.dtype)
            return fail(ErrorCode::Format, "the template sees storage " + escaped(segment.storage) + " as "
                    + std::string(dtypeName(assembly.m_storages[s].dtype)) + " and, in "
                    + escaped(segment.name) + ", as " + std::string(dtypeName(segment.dtype)));
        RAVEL_ASSIGN(const std::int64_t last, reach(segment));
        std::int64_t end = 0;
        if (segment.storageOffset.value < 0 || !checkedAdd(segment.storageOffset.value, last + 1, end))
            return fail(ErrorCode::Format, "segment " + escaped(segment.name) + " has an impossible storage_offset");
        if (last >= 0) {
            low[s] = std::min(low[s], segment.storageOffset.value);
            high[s] = std::max(high[s], end);
        }
    }
    for (std::size_t s = 0; s < assembly.m_storages.size(); ++s) {
        if (low[s] > high[s])
            continue; // only empty tensors view it
        assembly.m_storages[s].first = StorageIndex(low[s]);
        assembly.m_storages[s].numel = Count(high[s] - low[s]);
    }
    return assembly;
}

std::int64_t Assembly::offsetOf(std::size_t segment) const
{
    const std::int64_t at = m_template->segments[segment].storageOffset.value;
    return std::max<std::int64_t>(0, at - m_storages[m_storageOf[segment]].first.value);
}

Result<std::vector<std::byte>> Assembly::bytes(
    std::size_t storage, const ElementSource& vector, std::vector<Loss>& losses, const Job& job) const
{
    const StorageShape& shape = m_storages[storage];
    const std::int64_t size = dtypeSize(shape.dtype);
    std::int64_t total = 0;
    if (!checkedMultiply(shape.numel.value, size, total))
        return fail(ErrorCode::Limit, "a storage of the template is larger than 2^63 bytes");
    std::vector<std::byte> bytes(static_cast<std::size_t>(total));
    const bool shared = shape.segments.size() > 1
        || (shape.segments.size() == 1 && mayOverlapItself(m_template->segments[shape.segments[0]]));
    std::vector<std::uint32_t> writer(shared ? bytes.size() / size : 0, noOrdinal);
    const std::int64_t from = dtypeSize(vector.dtype());
    std::vector<std::byte> part(static_cast<std::size_t>(chunkElements * from));
    const Rounding rounding { Overflow::Inf, Fraction::Nearest };

    for (const std::size_t s : shape.segments) {
        const TemplateSegment& segment = m_template->segments[s];
        if (segment.aliasOf)
            continue; // the segment that it repeats brings the numbers
        Loss loss { segment.name, 0, {} };
        Walk walk(segment, offsetOf(s));
        for (std::int64_t done = 0; done < segment.numel.value; done += chunkElements) {
            RAVEL_TRY(job.check());
            const std::int64_t n = std::min(chunkElements, segment.numel.value - done);
            RAVEL_TRY(vector.read(segment.offset.value + done, n, part.data()));
            for (std::int64_t i = 0; i < n; ++i, walk.advance()) {
                const Number number = loadNumber(vector.dtype(), part.data() + i * from);
                std::byte element[16];
                Fit fit;
                if (!storeNumber(shape.dtype, number, rounding, element, fit))
                    return fail(ErrorCode::Refused, placeText(segment, walk.coordinates()) + " = "
                            + elementText(vector.dtype(), part.data() + i * from) + " is no "
                            + std::string(dtypeName(shape.dtype)));
                if (vector.dtype() != shape.dtype && !sameNumber(loadNumber(shape.dtype, element), number)
                    && loss.numbers++ == 0)
                    loss.example = placeText(segment, walk.coordinates()) + " = "
                        + becameText(vector.dtype(), part.data() + i * from, shape.dtype, element);
                std::byte* place = bytes.data() + walk.index() * size;
                if (!writer.empty()) {
                    std::uint32_t& by = writer[static_cast<std::size_t>(walk.index())];
                    if (by == noOrdinal) {
                        by = static_cast<std::uint32_t>(s);
                    } else if (std::memcmp(place, element, static_cast<std::size_t>(size)) != 0) {
                        const TemplateSegment& first = m_template->segments[by];
                        return fail(ErrorCode::Refused, placeBefore(first, offsetOf(by), by == s ? done + i : first.numel.value, walk.index())
                                + " and " + placeText(segment, walk.coordinates())
                                + " are one stored element, and are given different numbers");
                    }
                }
                std::memcpy(place, element, static_cast<std::size_t>(size));
            }
        }
        if (loss.numbers > 0)
            losses.push_back(std::move(loss));
    }
    return bytes;
}

} // namespace ravel
