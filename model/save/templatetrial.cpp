// SPDX-License-Identifier: GPL-3.0-or-later
#include "save/templatetrial.h"

#include "base/text.h"
#include "checkpoint/geometry.h"
#include "layout/places.h"
#include "save/losses.h"
#include "save/templatefaults.h"

namespace ravel {

namespace {

// A vector of a length alone: whoever asks for its numbers was not told that the length is wrong.
class LengthOnly : public ElementSource {
public:
    explicit LengthOnly(std::int64_t count)
        : m_count(count)
    {
    }
    Dtype dtype() const override { return Dtype::Float32; }
    std::int64_t count() const override { return m_count; }
    Result<> read(std::int64_t, std::int64_t, std::byte*) const override { return fail(ErrorCode::Usage, "the vector has no numbers"); }

private:
    std::int64_t m_count;
};

// Faults of which only a checkpoint that is there already can tell; the others are those of a fresh file, or of the text.
bool isForCheckpoint(TemplateFault fault) { return fault != TemplateFault::SwappedDims; }

// "fc.weight[1, 2]": what the template says a number of the vector is.
std::string placeIn(const Template& made, std::int64_t flat)
{
    for (const TemplateSegment& segment : made.segments)
        if (!segment.aliasOf && flat >= segment.offset.value && flat < segment.offset.value + segment.numel.value)
            return placeText(segment.name, segment.shape, flat - segment.offset.value);
    return "no tensor";
}

// Where the vector holds the element in view; none where the tensor holds no numbers.
std::optional<std::int64_t> flatOf(const TemplatePair& pair)
{
    const FlatLayout& layout = *pair.layout;
    const Segment& segment = layout.listed()[pair.subject];
    if (segment.numel.value == 0)
        return std::nullopt;
    if (segment.aliasOf == noOrdinal)
        return segment.offset.value + pair.position;
    const Tensor& owner = layout.tensor(layout.listed()[segment.aliasOf]);
    const auto there = firstCoordinates(owner, toStorageIndex(pair.tensor(), pair.position));
    return there ? std::optional(segment.offset.value + toPosition(owner, *there)) : std::nullopt;
}

// Numbers of the vector to follow: the one in view, and, as it may stand where it stood, one at each step of the tensor's new shape.
std::vector<std::int64_t> followed(const TemplatePair& pair, const Template& read, std::int64_t flat)
{
    std::vector<std::int64_t> places { flat };
    for (const TemplateSegment& segment : read.segments)
        if (segment.name == pair.segment().name)
            for (const std::int64_t step : contiguousStride(segment.shape))
                if (step < pair.segment().numel.value)
                    places.push_back(pair.segment().offset.value + step);
    return places;
}

void tellPlaces(const TemplatePair& pair, const Template& read, TemplateTrial& trial)
{
    const auto flat = flatOf(pair);
    if (!flat) {
        trial.words = nameInWords(pair.segment().name) + " holds no numbers: none is lost";
        return;
    }
    for (const std::int64_t place : followed(pair, read, *flat)) {
        const std::string before = placeIn(pair.made, place), now = placeIn(read, place);
        if (before == now)
            continue;
        trial.verdict = TrialVerdict::SilentlyWrong;
        trial.words = "what was " + before + " stands at " + now + " now";
        return;
    }
    trial.verdict = TrialVerdict::Right;
    trial.words = "what was " + placeIn(pair.made, *flat) + " stands there again";
}

// What the program says to a template and to a vector of this length for it: the template as it was read, where it takes both.
Result<Template> readBy(const TemplatePair& pair, const EditedVector& vector, const std::string& text, std::int64_t length,
    bool forCheckpoint, const Job& job)
{
    RAVEL_ASSIGN(Template read, parseTemplate(text, trialName));
    RAVEL_TRY(job.check());
    if (!forCheckpoint)
        return read;
    RAVEL_ASSIGN(const auto layout, layoutLike(pair.layout->checkpointPtr(), read));
    if (length != read.numel.value) {
        RAVEL_TRY(unflatten(*layout, vector, std::make_shared<LengthOnly>(length), job));
    }
    return read;
}

} // namespace

std::vector<TemplateFault> allTemplateFaults()
{
    using enum TemplateFault;
    return { None, VectorLength, TotalNumel, ShapeProduct, StrideCount, Overlap, Gap, NotJson, MissingKey, UnknownKey, UnknownDtype,
        SameNameTwice, WrongAlias, MissingTensor, LeftOutTensor, OtherShape, TiedDiffer, NarrowDtype, SwappedDims, SwappedOrder };
}

Result<TemplateTrial> tryTemplate(const FlatLayout& layout, const EditedVector& vector, TensorOrdinal tensor,
    const std::vector<std::int64_t>& at, TemplateFault fault, const Job& job)
{
    if (tensor >= layout.checkpoint().tensors.size())
        return fail(ErrorCode::Usage, "there is no tensor " + std::to_string(tensor));
    RAVEL_TRY(job.check());
    TemplateTrial trial { fault };
    const auto impossible = [&](const std::string& why) {
        trial.possible = false;
        trial.words = why;
        return trial;
    };
    const auto pair = pairOf(layout, tensor, at);
    if (!pair)
        return impossible(pair.error().message);
    if (fault == TemplateFault::TiedDiffer)
        return tryTiedNumbers(layout, vector, *pair, job);
    if (fault == TemplateFault::NarrowDtype)
        return tryNarrowDtype(vector, *pair, job);

    const std::int64_t numel = pair->made.numel.value;
    if (fault == TemplateFault::VectorLength && numel == 0)
        return impossible(nameInWords(pair->segment().name) + " holds no number that could be missing");
    BrokenTemplate broken = breakTemplate(*pair, fault);
    if (!broken.impossible.empty())
        return impossible(broken.impossible);
    trial.change = broken.change;
    if (fault == TemplateFault::VectorLength)
        trial.change = "the vector: " + grouped(numel) + " numbers became " + grouped(numel - 1);
    const std::int64_t length = fault == TemplateFault::VectorLength ? numel - 1 : numel;
    const auto read = readBy(*pair, vector, broken.text, length, isForCheckpoint(fault), job);
    if (!read && read.error().code == ErrorCode::Cancelled)
        return tl::unexpected(read.error());
    if (!read) {
        trial.verdict = TrialVerdict::Refused;
        trial.words = read.error().message;
        return trial;
    }
    tellPlaces(*pair, *read, trial);
    return trial;
}

} // namespace ravel
