// SPDX-License-Identifier: GPL-3.0-or-later
#include "save/flatten.h"

#include "base/pool.h"
#include "base/posixfile.h"
#include "base/text.h"
#include "checkpoint/geometry.h"
#include "checkpoint/npy.h"
#include "save/atomicfile.h"
#include "save/losses.h"

#include <algorithm>
#include <atomic>
#include <span>
#include <unordered_map>

namespace ravel {

namespace {

constexpr std::int64_t chunkElements = 1 << 17;

// Elements [first, first + n) of a placed segment, row-major, in its own dtype.
Result<> readSegment(const FlatLayout& layout, const EditedVector& vector, const Segment& segment,
    std::int64_t first, std::int64_t n, std::byte* out)
{
    const Tensor& tensor = layout.tensor(segment);
    if (isContiguous(tensor))
        return vector.read(tensor.storage, tensor.storageOffset + Count(first), Count(n), out);
    const FlatIndex begin = segment.offset + Count(first);
    RAVEL_ASSIGN(const Selection selection, selectRange(layout, { begin, begin + Count(n) }));
    std::vector<std::byte> part;
    for (const Box& box : selection.boxes) {
        RAVEL_TRY(vector.readBox(box, part));
        out = std::copy(part.begin(), part.end(), out);
    }
    return {};
}

// Converts one run of the flat vector after another into a file.
class Flattening {
public:
    Flattening(const FlatLayout& layout, const EditedVector& vector, Dtype dtype, const Job& job)
        : m_layout(layout)
        , m_vector(vector)
        , m_dtype(dtype)
        , m_job(job)
    {
    }

    Result<> write(File& file, ByteOffset data)
    {
        const std::int64_t total = m_layout.numel().value;
        const std::int64_t chunks = total / chunkElements + (total % chunkElements != 0);
        std::atomic<std::int64_t> done = 0;
        return computePool().forEach(chunks, m_job, [&](std::int64_t chunk, int) -> Result<> {
            const FlatRange range { FlatIndex(chunk * chunkElements),
                FlatIndex(std::min(total, (chunk + 1) * chunkElements)) };
            RAVEL_ASSIGN(const std::vector<std::byte> bytes, converted(range));
            const ByteOffset at = data + ByteCount(range.begin.value * dtypeSize(m_dtype));
            RAVEL_TRY(file.writeAt(at, bytes));
            file.startWriting({ at, at + ByteCount(static_cast<std::int64_t>(bytes.size())) });
            m_job.progress(done += range.count().value, total);
            return {};
        });
    }
    std::vector<Loss> losses() const { return m_losses.result(); }

private:
    Result<std::vector<std::byte>> converted(FlatRange range)
    {
        std::vector<std::byte> bytes(static_cast<std::size_t>(range.count().value * dtypeSize(m_dtype))), own;
        std::byte* out = bytes.data();
        const auto [first, last] = m_layout.placedIn(range);
        for (std::uint32_t p = first; p < last; ++p) {
            const std::uint32_t ordinal = m_layout.placed()[p];
            const Segment& segment = m_layout.listed()[ordinal];
            const Tensor& tensor = m_layout.tensor(segment);
            const std::int64_t from = std::max<std::int64_t>(0, (range.begin - segment.offset).value);
            const std::int64_t n = std::min(segment.numel.value, (range.end - segment.offset).value) - from;
            if (n <= 0)
                continue;
            own.resize(static_cast<std::size_t>(n * dtypeSize(tensor.dtype)));
            RAVEL_TRY(readSegment(m_layout, m_vector, segment, from, n, own.data()));
            RAVEL_TRY(m_losses.convert({ ordinal, segment.name, tensor.shape, from }, tensor.dtype, own.data(),
                static_cast<std::size_t>(n), m_dtype, out));
            out += n * dtypeSize(m_dtype);
        }
        return bytes;
    }

    const FlatLayout& m_layout;
    const EditedVector& m_vector;
    Dtype m_dtype;
    const Job& m_job;
    Losses m_losses;
};

// The template's tensors as they are named in a layout of everything below its scope. `meant`: what its filters let through, all of
// which it must name; null where that is nothing.
Result<std::vector<FlatLayout::Listing>> listingOf(const FlatLayout& all, const FlatLayout* meant, const Template& like)
{
    const std::string file = shownPath(all.checkpoint().path);
    std::vector<FlatLayout::Listing> listing;
    std::unordered_map<std::string_view, std::uint32_t> ordinals;
    for (const TemplateSegment& segment : like.segments) {
        const auto found = all.find(segment.name);
        if (!found)
            return fail(ErrorCode::Usage, file + " has no tensor '" + escaped(segment.name, 100) + "', which the template names");
        const Segment& here = all.listed()[*found];
        if (all.tensor(here).shape != segment.shape)
            return fail(ErrorCode::Usage, escaped(segment.name, 100) + " has the shape "
                    + tupleText(all.tensor(here).shape) + ", the template says " + tupleText(segment.shape));
        FlatLayout::Listing item { here.tensor, noOrdinal };
        if (segment.aliasOf) {
            const auto original = ordinals.find(*segment.aliasOf);
            if (original == ordinals.end())
                return fail(ErrorCode::Usage, "the template has no " + escaped(*segment.aliasOf, 100) + " before "
                        + escaped(segment.name, 100) + ", which repeats it");
            item.aliasOf = original->second;
        }
        ordinals.emplace(segment.name, static_cast<std::uint32_t>(listing.size()));
        listing.push_back(item);
    }
    for (const Segment& here : meant ? std::span(meant->listed()) : std::span<const Segment>())
        if (!ordinals.contains(here.name))
            return fail(ErrorCode::Usage, file + " has the tensor '" + escaped(here.name, 100) + "', which the template does not name");
    return listing;
}

} // namespace

Result<std::vector<Loss>> flatten(Io& io, const FlatLayout& layout, const EditedVector& vector,
    std::optional<Dtype> dtype, const std::string& target, bool overwrite, const Job& job)
{
    const Dtype to = dtype ? *dtype : promotedDtype(layout);
    const std::vector<std::int64_t> shape { layout.numel().value };
    std::int64_t bytes = 0;
    if (!checkedMultiply(layout.numel().value, dtypeSize(to), bytes))
        return fail(ErrorCode::Limit, "the vector would have more than 2^63 bytes");
    const std::vector<std::byte> header = makeNpyHeader(to, shape);
    RAVEL_ASSIGN(AtomicFile output, AtomicFile::create(io, target, overwrite));
    RAVEL_ASSIGN(const ByteCount free, io.freeSpace(directoryOf(output.targetPath())));
    if (free.value < bytes)
        return fail(ErrorCode::Io, shownPath(directoryOf(output.targetPath())) + " has no room: the vector needs "
                + sizeText(bytes) + ", has " + sizeText(free.value));
    RAVEL_TRY(output.file().writeAt(ByteOffset(0), header));
    Flattening flattening(layout, vector, to, job);
    RAVEL_TRY(flattening.write(output.file(), ByteOffset(static_cast<std::int64_t>(header.size()))));
    RAVEL_TRY(job.check());
    RAVEL_TRY(output.commit());
    return flattening.losses();
}

Result<std::shared_ptr<const FlatLayout>> layoutLike(std::shared_ptr<const Checkpoint> checkpoint, const Template& like)
{
    LayoutSpec spec;
    spec.scope = like.scope;
    spec.order = like.order;
    spec.aliases = Aliases::Repeat;
    if (!findEntry(*checkpoint, like.scope))
        spec.scope.reset(); // the same names may stand in another home
    RAVEL_ASSIGN(const auto all, FlatLayout::make(checkpoint, spec));
    std::shared_ptr<const FlatLayout> meant = all;
    if (!like.only.empty()) {
        spec.only = like.only;
        meant = FlatLayout::make(checkpoint, spec).value_or(nullptr); // a filter that nothing here passes
    }
    RAVEL_ASSIGN(const std::vector<FlatLayout::Listing> listing, listingOf(*all, meant.get(), like));
    spec.scope = all->spec().scope;
    spec.aliases = like.aliases;
    return FlatLayout::makeListed(std::move(checkpoint), spec, listing);
}

} // namespace ravel
