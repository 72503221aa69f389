// SPDX-License-Identifier: GPL-3.0-or-later
#include "save/templatefaults.h"

#include "base/text.h"
#include "checkpoint/geometry.h"
#include "save/losses.h"
#include "save/sharedelement.h"

#include <algorithm>
#include <cstring>

namespace ravel {

namespace {

constexpr std::int64_t mostLookedAt = 4096;

TemplateTrial impossible(TemplateFault fault, const std::string& why)
{
    TemplateTrial trial { fault };
    trial.possible = false;
    trial.words = why;
    return trial;
}

// Two numbers of one dtype, as a vector file would give them.
class TwoNumbers : public ElementSource {
public:
    TwoNumbers(Dtype dtype, std::vector<std::byte> elements)
        : m_dtype(dtype)
        , m_elements(std::move(elements))
    {
    }
    Dtype dtype() const override { return m_dtype; }
    std::int64_t count() const override { return 2; }
    Result<> read(std::int64_t first, std::int64_t n, std::byte* out) const override
    {
        const auto size = static_cast<std::size_t>(dtypeSize(m_dtype));
        std::memcpy(out, m_elements.data() + static_cast<std::size_t>(first) * size, static_cast<std::size_t>(n) * size);
        return {};
    }

private:
    Dtype m_dtype;
    std::vector<std::byte> m_elements;
};

// What the two places hold, and for the second one another number.
Result<std::vector<std::byte>> differing(const EditedVector& vector, const Tensor& tensor, StorageIndex element)
{
    const auto size = static_cast<std::size_t>(dtypeSize(tensor.dtype));
    std::vector<std::byte> two(2 * size);
    RAVEL_TRY(vector.read(tensor.storage, element, Count(1), two.data()));
    const Number there = loadNumber(tensor.dtype, two.data());
    const Number other = Number::ofInteger(there == Number::ofInteger(1) || there.toDouble() == 1.0 ? 0 : 1);
    Fit fit;
    storeNumber(tensor.dtype, other, {}, two.data() + size, fit); // 0 and 1 are numbers of every dtype that can be edited
    return two;
}

Box oneElement(const ElementPlace& place)
{
    Box box { place.tensor, {} };
    for (const std::int64_t coordinate : place.coordinates)
        box.slices.push_back({ coordinate, 1, 1, false });
    return box;
}

// Row-major elements [first, first + n) of the subject.
Result<std::vector<std::byte>> readAround(const EditedVector& vector, const TemplatePair& pair, std::int64_t first, std::int64_t n)
{
    const FlatIndex begin = pair.segment().offset + Count(first);
    RAVEL_ASSIGN(const Selection selection, selectRange(*pair.layout, { begin, begin + Count(n) }));
    std::vector<std::byte> elements, part;
    for (const Box& box : selection.boxes) {
        RAVEL_TRY(vector.readBox(box, part));
        elements.insert(elements.end(), part.begin(), part.end());
    }
    return elements;
}

// Dtypes that hold less than this one, the likeliest first.
std::vector<Dtype> narrower(Dtype own)
{
    std::vector<Dtype> dtypes;
    const auto take = [&](std::initializer_list<Dtype> candidates) {
        for (const Dtype dtype : candidates)
            if (dtype != own && dtypeSize(dtype) <= dtypeSize(own))
                dtypes.push_back(dtype);
    };
    if (isFloat(own))
        take({ Dtype::Float32, Dtype::Float16, Dtype::BFloat16, Dtype::Float8E4M3fn, Dtype::Float8E5M2 });
    else if (isComplex(own))
        take({ Dtype::Complex64, Dtype::Float32 });
    else if (isInteger(own))
        take({ Dtype::Int32, Dtype::Int16, Dtype::Int8, Dtype::UInt8, Dtype::Bool });
    return dtypes;
}

struct Sample {
    std::int64_t first = 0, n = 0;
    std::vector<std::byte> numbers; // in the vector's dtype
};

// Numbers around the element in view, as flatten writes them.
Result<Sample> sampleOf(const EditedVector& vector, const TemplatePair& pair, Dtype to)
{
    const TemplateSegment& segment = pair.segment();
    Sample sample;
    sample.n = std::min(mostLookedAt, segment.numel.value);
    sample.first = std::clamp<std::int64_t>(pair.position - sample.n / 2, 0, segment.numel.value - sample.n);
    RAVEL_ASSIGN(const std::vector<std::byte> own, readAround(vector, pair, sample.first, sample.n));
    sample.numbers.resize(static_cast<std::size_t>(sample.n * dtypeSize(to)));
    Losses flattening;
    RAVEL_TRY(flattening.convert({ 0, segment.name, segment.shape, sample.first }, segment.dtype, own.data(),
        static_cast<std::size_t>(sample.n), to, sample.numbers.data()));
    return sample;
}

// What the sample's numbers lose in a dtype, told by the element in view where that is among them.
Result<std::vector<Loss>> lossesOf(const Sample& sample, const TemplatePair& pair, Dtype from, Dtype to)
{
    const TemplateSegment& segment = pair.segment();
    std::vector<std::byte> out(static_cast<std::size_t>(sample.n * dtypeSize(to)));
    Losses all, inView;
    RAVEL_TRY(all.convert({ 0, segment.name, segment.shape, sample.first }, from, sample.numbers.data(), static_cast<std::size_t>(sample.n), to, out.data()));
    const std::byte* shown = sample.numbers.data() + (pair.position - sample.first) * dtypeSize(from);
    RAVEL_TRY(inView.convert({ 0, segment.name, segment.shape, pair.position }, from, shown, 1, to, out.data()));
    std::vector<Loss> losses = all.result();
    if (const std::vector<Loss> one = inView.result(); !one.empty())
        losses.front().example = one.front().example;
    return losses;
}

std::string lossText(const Loss& loss, const Sample& sample, std::int64_t numel, Dtype dtype)
{
    return loss.example + " (" + std::string(dtypeName(dtype)) + "); " + grouped(loss.numbers) + " of "
        + (sample.n < numel ? "the " + grouped(sample.n) + " numbers around it" : grouped(sample.n) + (sample.n == 1 ? " number" : " numbers"))
        + (loss.numbers == 1 ? " became another" : " became others");
}

} // namespace

Result<TemplateTrial> tryTiedNumbers(const FlatLayout& layout, const EditedVector& vector, const TemplatePair& pair, const Job& job)
{
    constexpr TemplateFault fault = TemplateFault::TiedDiffer;
    const std::string name = nameInWords(pair.segment().name);
    const Tensor& tensor = pair.tensor();
    const TensorOrdinal ordinal = pair.layout->listed()[pair.subject].tensor;
    if (tensor.numel.value == 0)
        return impossible(fault, name + " holds no numbers");
    const Storage& storage = layout.checkpoint().storages[tensor.storage];
    if (!tensor.editable || !isEditable(tensor.dtype) || !storage.editable || storage.dtype != tensor.dtype)
        return impossible(fault, name + " cannot be edited: unflatten leaves its numbers alone");
    const ElementPlace here { ordinal, toCoordinates(tensor, pair.position) };
    const auto there = sameElementElsewhere(layout, here);
    if (!there)
        return impossible(fault, name + " shares this element with no other place of the layout");
    auto numbers = differing(vector, tensor, toStorageIndex(tensor, here.coordinates));
    if (!numbers)
        return impossible(fault, numbers.error().message);

    TemplateTrial trial { fault };
    const Tensor& other = layout.checkpoint().tensors[there->tensor];
    const auto said = [&](const ElementPlace& place, const Tensor& at, std::size_t which) {
        return placeText(layout.nameOf(place.tensor), at.shape, toPosition(at, place.coordinates)) + " = "
            + elementText(tensor.dtype, numbers->data() + which * static_cast<std::size_t>(dtypeSize(tensor.dtype)));
    };
    // In the vector of a layout that counts an alias once, its numbers stand once: they differ only where each name has a place of its own.
    const auto isAlias = [&](TensorOrdinal t) {
        const auto segment = layout.segmentOf(t);
        return segment && layout.listed()[*segment].aliasOf != noOrdinal;
    };
    trial.change = std::string(isAlias(here.tensor) || isAlias(there->tensor) ? "with aliases repeated, " : "") + "the vector gives " + said(here, tensor, 0)
        + " and " + said(*there, other, 1);
    Step step;
    step.operation = Operation::Values;
    step.rounding = { Overflow::Inf, Fraction::Nearest };
    const auto bound = bindSource(step, { { oneElement(here), oneElement(*there) }, {} },
        std::make_shared<TwoNumbers>(tensor.dtype, std::move(*numbers)), layout, vector, job);
    if (!bound && bound.error().code == ErrorCode::Cancelled)
        return tl::unexpected(bound.error());
    trial.verdict = bound ? TrialVerdict::SilentlyWrong : TrialVerdict::Refused;
    trial.words = bound ? "one of the two numbers is lost" : bound.error().message;
    return trial;
}

Result<TemplateTrial> tryNarrowDtype(const EditedVector& vector, const TemplatePair& pair, const Job& job)
{
    constexpr TemplateFault fault = TemplateFault::NarrowDtype;
    const TemplateSegment& segment = pair.segment();
    const std::string name = nameInWords(segment.name);
    const std::vector<Dtype> candidates = narrower(segment.dtype);
    if (segment.numel.value == 0)
        return impossible(fault, name + " holds no numbers");
    if (candidates.empty())
        return impossible(fault, name + " is " + std::string(dtypeName(segment.dtype)) + ": no dtype is narrower");
    const Dtype between = promotedDtype(*pair.layout);
    std::optional<Sample> sample;
    for (const Dtype dtype : candidates) {
        RAVEL_TRY(job.check());
        const BrokenTemplate broken = withDtype(pair, dtype);
        TemplateTrial trial { fault };
        trial.change = broken.change;
        trial.verdict = TrialVerdict::Refused;
        if (const auto parsed = parseTemplate(broken.text, trialName); !parsed) {
            trial.words = parsed.error().message;
            return trial;
        }
        if (!sample) {
            auto read = sampleOf(vector, pair, between);
            if (!read)
                return impossible(fault, read.error().message);
            sample = std::move(*read);
        }
        const auto lost = lossesOf(*sample, pair, between, dtype);
        if (!lost) {
            trial.words = lost.error().message;
            return trial;
        }
        if (!lost->empty()) {
            trial.verdict = TrialVerdict::Losses;
            trial.words = lossText(lost->front(), *sample, segment.numel.value, dtype);
            return trial;
        }
    }
    return impossible(fault, "the numbers of " + name + " around this element fit into every narrower dtype");
}

} // namespace ravel
