// SPDX-License-Identifier: GPL-3.0-or-later
#include "document/diff.h"

#include "base/text.h"
#include "layout/flatlayout.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <unordered_map>
#include <unordered_set>

namespace ravel {

namespace {

constexpr std::int64_t chunkElements = 1 << 16;

// Boxes of at most chunkElements elements each that together are the tensor in row-major order.
class Chunks {
public:
    Chunks(const Checkpoint& checkpoint, TensorOrdinal tensor)
        : m_box(wholeBox(checkpoint, tensor))
        , m_shape(checkpoint.tensors[tensor].shape)
        , m_done(checkpoint.tensors[tensor].numel == Count(0))
    {
        std::int64_t inner = 1;
        m_split = m_shape.size();
        while (m_split > 0 && inner <= chunkElements / std::max<std::int64_t>(1, m_shape[m_split - 1]))
            inner *= m_shape[--m_split];
        m_rows = std::max<std::int64_t>(1, chunkElements / std::max<std::int64_t>(1, inner));
        for (std::size_t d = 0; d < m_split; ++d)
            m_box.slices[d].count = 1;
        cut();
    }
    bool done() const { return m_done; }
    const Box& box() const { return m_box; }
    void next()
    {
        if (m_split == 0) {
            m_done = true;
            return;
        }
        std::size_t d = m_split - 1;
        m_box.slices[d].start += m_box.slices[d].count;
        while (m_box.slices[d].start >= m_shape[d]) {
            m_box.slices[d].start = 0;
            if (d == 0) {
                m_done = true;
                return;
            }
            ++m_box.slices[--d].start;
        }
        cut();
    }

private:
    // The dimension before the inner ones advances by as many rows as fit.
    void cut()
    {
        if (m_split > 0) {
            Slice& slice = m_box.slices[m_split - 1];
            slice.count = std::min(m_rows, m_shape[m_split - 1] - slice.start);
        }
    }
    Box m_box;
    std::vector<std::int64_t> m_shape;
    std::size_t m_split = 0; // dimensions from here on are whole in every chunk
    std::int64_t m_rows = 1;
    bool m_done = false;
};

struct Comparison {
    const DiffOptions& options;
    TensorDiff& diff;
    double squares = 0;

    bool same(double a, double b) const
    {
        if (std::isnan(a) || std::isnan(b))
            return std::isnan(a) && std::isnan(b);
        if (a == b)
            return true;
        return std::isfinite(a) && std::isfinite(b) && std::abs(a - b) <= options.atol + options.rtol * std::abs(b);
    }
    // Adds one number; returns whether it counts as the same.
    bool add(double a, double b)
    {
        const double distance = std::abs(a - b);
        if (a == b || (std::isnan(a) && std::isnan(b)))
            return true;
        if (std::isfinite(distance))
            squares += distance * distance;
        if (!std::isnan(diff.maxAbs))
            diff.maxAbs = std::isnan(distance) ? distance : std::max(diff.maxAbs, distance);
        return same(a, b);
    }
};

void compareChunk(Dtype dtype, const std::vector<std::byte>& a, const std::vector<std::byte>& b, Comparison& comparison)
{
    const auto size = static_cast<std::size_t>(dtypeSize(dtype));
    const std::size_t n = a.size() / size;
    comparison.diff.elements += static_cast<std::int64_t>(n);
    if (std::memcmp(a.data(), b.data(), a.size()) == 0)
        return;
    const std::size_t parts = isComplex(dtype) ? 2 : 1;
    std::vector<double> left(n * parts), right(n * parts);
    toDoubles(dtype, a.data(), n, left.data());
    toDoubles(dtype, b.data(), n, right.data());
    const bool whole = isInteger(dtype) && size == 8; // beyond 2^53 doubles are not enough to tell them apart
    for (std::size_t i = 0; i < n; ++i) {
        bool same = true;
        for (std::size_t p = 0; p < parts; ++p)
            same = comparison.add(left[i * parts + p], right[i * parts + p]) && same;
        if (whole && same && comparison.options.atol == 0 && comparison.options.rtol == 0
            && std::memcmp(a.data() + i * size, b.data() + i * size, size) != 0) {
            same = false;
            const Int128 distance = loadNumber(dtype, a.data() + i * size).integer - loadNumber(dtype, b.data() + i * size).integer;
            comparison.diff.maxAbs = std::max(comparison.diff.maxAbs, std::abs(static_cast<double>(distance)));
        }
        comparison.diff.different += same ? 0 : 1;
    }
}

std::string shapeText(const Tensor& tensor)
{
    std::string text = "(";
    for (std::size_t d = 0; d < tensor.shape.size(); ++d)
        text += (d ? ", " : "") + std::to_string(tensor.shape[d]);
    return text + (tensor.shape.size() == 1 ? ",)" : ")");
}

Result<TensorDiff> compareTensors(const EditedVector& a, TensorOrdinal inA, const EditedVector& b, TensorOrdinal inB,
    const DiffOptions& options, const Job& job)
{
    const Tensor& left = a.checkpoint().tensors[inA];
    const Tensor& right = b.checkpoint().tensors[inB];
    TensorDiff diff;
    if (left.shape != right.shape) {
        diff.state = TensorDiff::State::Shape;
        diff.detail = shapeText(left) + " and " + shapeText(right);
        return diff;
    }
    if (left.dtype != right.dtype) {
        diff.state = TensorDiff::State::Dtype;
        diff.detail = std::string(dtypeName(left.dtype)) + " and " + std::string(dtypeName(right.dtype));
        return diff;
    }
    if (!left.readable || !right.readable) {
        diff.state = left.readable == right.readable ? TensorDiff::State::Same : TensorDiff::State::Unreadable;
        diff.detail = left.readable ? right.reason : left.reason;
        return diff;
    }
    Comparison comparison { options, diff };
    std::vector<std::byte> bytesA, bytesB;
    for (Chunks atA(a.checkpoint(), inA), atB(b.checkpoint(), inB); !atA.done(); atA.next(), atB.next()) {
        RAVEL_TRY(job.check());
        RAVEL_TRY(a.readBox(atA.box(), bytesA));
        RAVEL_TRY(b.readBox(atB.box(), bytesB));
        compareChunk(left.dtype, bytesA, bytesB, comparison);
    }
    diff.l2 = std::sqrt(comparison.squares);
    diff.state = diff.different > 0 ? TensorDiff::State::Values : TensorDiff::State::Same;
    return diff;
}

using Names = std::vector<std::pair<std::string, TensorOrdinal>>;

Names namesOf(const Checkpoint& checkpoint)
{
    Names names;
    for (TensorOrdinal t = 0; t < checkpoint.tensors.size(); ++t)
        names.emplace_back(checkpoint.tensors[t].name, t);
    return names;
}

Result<Names> namesBelowScope(const std::shared_ptr<const Checkpoint>& checkpoint)
{
    RAVEL_ASSIGN(const auto layout, FlatLayout::make(checkpoint, {}));
    Names names;
    for (const Segment& segment : layout->listed())
        names.emplace_back(segment.name, segment.tensor);
    return names;
}

bool share(const Names& a, const Names& b)
{
    std::unordered_set<std::string_view> seen;
    for (const auto& [name, tensor] : a)
        seen.insert(name);
    return std::any_of(b.begin(), b.end(), [&](const auto& one) { return seen.contains(one.first); });
}

bool isScalar(EntryKind kind)
{
    switch (kind) {
    case EntryKind::Dict:
    case EntryKind::OrderedDict:
    case EntryKind::List:
    case EntryKind::Tuple:
    case EntryKind::Set:
    case EntryKind::Tensor:
    case EntryKind::Reference: return false;
    default: return true;
    }
}

// `withMetadata`: also what a safetensors header says of itself, which other containers have no place for.
std::vector<std::pair<std::string, std::string>> scalarsOf(const Checkpoint& checkpoint, bool withMetadata)
{
    std::vector<std::pair<std::string, std::string>> scalars;
    for (EntryOrdinal e = 1; e < checkpoint.entries.size(); ++e) {
        const Entry& entry = checkpoint.entries[e];
        if (!isScalar(entry.kind))
            continue;
        std::string name = checkpoint.entryName(e);
        if (withMetadata || !name.starts_with("__metadata__."))
            scalars.emplace_back(std::move(name), entry.kind == EntryKind::None ? "None" : entry.value);
    }
    return scalars;
}

std::vector<EntryDiff> compareEntries(const Checkpoint& a, const Checkpoint& b)
{
    const bool sameContainer = a.container == b.container;
    std::unordered_map<std::string, std::string> inB;
    for (auto& [name, value] : scalarsOf(b, sameContainer))
        inB.emplace(name, value);
    std::vector<EntryDiff> diffs;
    std::unordered_set<std::string> inA;
    for (auto& [name, value] : scalarsOf(a, sameContainer)) {
        const auto found = inB.find(name);
        if (found == inB.end() || found->second != value)
            diffs.push_back({ name, value, found == inB.end() ? std::string() : found->second });
        inA.insert(name);
    }
    for (auto& [name, value] : scalarsOf(b, sameContainer))
        if (!inA.contains(name))
            diffs.push_back({ name, {}, value });
    return diffs;
}

} // namespace

std::string_view stateName(TensorDiff::State state)
{
    switch (state) {
    case TensorDiff::State::Same: return "same";
    case TensorDiff::State::Values: return "values";
    case TensorDiff::State::OnlyA: return "only in A";
    case TensorDiff::State::OnlyB: return "only in B";
    case TensorDiff::State::Shape: return "shape";
    case TensorDiff::State::Dtype: return "dtype";
    case TensorDiff::State::Unreadable: break;
    }
    return "unreadable";
}

bool CheckpointDiff::same() const
{
    return entries.empty() && std::all_of(tensors.begin(), tensors.end(), [](const TensorDiff& diff) { return diff.state == TensorDiff::State::Same; });
}

Result<CheckpointDiff> compare(const EditedVector& a, const EditedVector& b, const DiffOptions& options, const Job& job)
{
    CheckpointDiff result;
    Names inA = namesOf(a.checkpoint()), inB = namesOf(b.checkpoint());
    if (!inA.empty() && !inB.empty() && !share(inA, inB)) {
        RAVEL_ASSIGN(Names belowA, namesBelowScope(a.checkpointPtr()));
        RAVEL_ASSIGN(Names belowB, namesBelowScope(b.checkpointPtr()));
        if (share(belowA, belowB)) {
            result.belowScopes = true;
            inA = std::move(belowA);
            inB = std::move(belowB);
        }
    }
    std::unordered_map<std::string_view, TensorOrdinal> byName;
    for (const auto& [name, tensor] : inB)
        byName.emplace(name, tensor);
    std::unordered_set<std::string_view> seen;
    for (const auto& [name, tensor] : inA) {
        seen.insert(name);
        const auto found = byName.find(name);
        TensorDiff diff;
        if (found == byName.end()) {
            diff.state = TensorDiff::State::OnlyA;
            diff.detail = shapeText(a.checkpoint().tensors[tensor]);
        } else {
            RAVEL_ASSIGN(diff, compareTensors(a, tensor, b, found->second, options, job));
        }
        diff.name = name;
        result.tensors.push_back(std::move(diff));
        job.progress(static_cast<std::int64_t>(result.tensors.size()), static_cast<std::int64_t>(inA.size()));
    }
    for (const auto& [name, tensor] : inB) {
        if (seen.contains(name))
            continue;
        TensorDiff diff;
        diff.name = name;
        diff.state = TensorDiff::State::OnlyB;
        diff.detail = shapeText(b.checkpoint().tensors[tensor]);
        result.tensors.push_back(std::move(diff));
    }
    if (!result.belowScopes)
        result.entries = compareEntries(a.checkpoint(), b.checkpoint());
    return result;
}

} // namespace ravel
