// SPDX-License-Identifier: GPL-3.0-or-later
#include "save/templatefaults.h"

#include "base/text.h"
#include "checkpoint/geometry.h"

#include <algorithm>
#include <utility>

namespace ravel {

namespace {

using Json = nlohmann::ordered_json;

bool hasNumbers(const Tensor& tensor) { return tensor.readable && tensor.storage != noOrdinal && tensor.numel.value > 0; }

// The tensor that a tensor is shown with: of an alias its original, else the next one with numbers, else the last before it.
std::optional<TensorOrdinal> neighbourOf(const FlatLayout& layout, std::uint32_t ordinal)
{
    const std::vector<Segment>& listed = layout.listed();
    if (listed[ordinal].aliasOf != noOrdinal)
        return listed[listed[ordinal].aliasOf].tensor;
    const auto fits = [&](std::size_t i) { return listed[i].aliasOf == noOrdinal && hasNumbers(layout.tensor(listed[i])); };
    for (std::size_t i = ordinal + 1; i < listed.size(); ++i)
        if (fits(i))
            return listed[i].tensor;
    for (std::size_t i = ordinal; i-- > 0;)
        if (fits(i))
            return listed[i].tensor;
    return std::nullopt;
}

// A filter that lets through the tensor of this name alone.
std::string filterFor(std::string_view name)
{
    const bool reads = name.starts_with("re:") || name.starts_with("dtype:") || name.starts_with("kind:");
    std::string glob;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const bool literal = name[i] != '*' && name[i] != '?' && name[i] != '[' && !(i == 0 && reads);
        glob += literal ? std::string(1, name[i]) : std::string { '[', name[i], ']' };
    }
    return glob;
}

bool inside(const std::vector<std::int64_t>& at, const std::vector<std::int64_t>& shape)
{
    return std::equal(at.begin(), at.end(), shape.begin(), shape.end(), [](std::int64_t i, std::int64_t size) { return i >= 0 && i < size; });
}

std::string valueText(const Json& value)
{
    if (value.is_array())
        return listText(value.get<std::vector<std::int64_t>>());
    return escaped(value.dump(), 60);
}

// The template as JSON, and the sentence that says what was changed in it.
class Breaking {
public:
    explicit Breaking(const TemplatePair& pair)
        : m_pair(pair)
        , m_json(toJson(pair.made))
    {
    }

    Json& head() { return m_json; }
    Json& segment(std::size_t i) { return m_json["segments"][i]; }
    void set(const char* key, Json value) { change(m_json, '"' + std::string(key) + '"', key, std::move(value)); }
    void set(std::size_t i, const char* key, Json value) { change(segment(i), of(i, key), key, std::move(value)); }
    void say(const std::string& words) { m_change += (m_change.empty() ? "" : "; ") + words; }
    std::string of(std::size_t i, const char* key) const
    {
        return '"' + std::string(key) + "\" of " + nameInWords(m_pair.made.segments[i].name, 60);
    }
    BrokenTemplate done() const { return { m_json.dump(), m_change, {} }; }

private:
    void change(Json& object, const std::string& what, const char* key, Json value)
    {
        say(what + ": " + valueText(object[key]) + " became " + valueText(value));
        object[key] = std::move(value);
    }

    const TemplatePair& m_pair;
    Json m_json;
    std::string m_change;
};

BrokenTemplate impossible(const std::string& why) { return { {}, {}, why }; }
std::string subjectName(const TemplatePair& pair) { return nameInWords(pair.segment().name); }

// A name that nothing in the checkpoint has.
std::string strangeName(const TemplatePair& pair)
{
    std::string name = pair.segment().name;
    do
        name += "_old";
    while (pair.layout->tensorNamed(name));
    return name;
}

BrokenTemplate breakShapeProduct(const TemplatePair& pair)
{
    const TemplateSegment& segment = pair.segment();
    for (std::size_t d = segment.shape.size(); d-- > 0;) {
        std::vector<std::int64_t> shape = segment.shape;
        ++shape[d];
        if (checkedNumel(shape, segment.dtype).value_or(segment.numel) == segment.numel)
            continue;
        Breaking broken(pair);
        broken.set(pair.subject, "shape", shape);
        return broken.done();
    }
    return impossible(subjectName(pair) + (segment.shape.empty() ? " has no dimensions, and so no size that could be wrong"
                                                                  : " keeps its product, whichever of its sizes is wrong"));
}

// The second segment, or the only one, moved by one place.
BrokenTemplate breakOffset(const TemplatePair& pair, std::int64_t by)
{
    const std::size_t moved = pair.made.segments.size() - 1;
    const std::int64_t offset = pair.made.segments[moved].offset.value;
    if (by < 0 && moved == 0)
        return impossible("no other tensor of the layout holds numbers: there is nothing that " + subjectName(pair) + " could overlap");
    if (offset + by < 0 && !pair.made.segments[moved].aliasOf)
        return impossible(nameInWords(pair.made.segments[0].name) + " holds no numbers that could be overlapped");
    Breaking broken(pair);
    broken.set(moved, "offset", offset + by < 0 ? offset + 1 : offset + by); // an alias at the beginning is moved the other way
    return broken.done();
}

BrokenTemplate breakName(const TemplatePair& pair)
{
    Breaking broken(pair);
    const std::string name = escapedWhole(pair.segment().name);
    if (pair.other) {
        broken.set(*pair.other, "name", name);
        return broken.done();
    }
    Json again = broken.segment(pair.subject);
    again["offset"] = pair.made.numel.value;
    broken.head()["segments"].push_back(std::move(again));
    broken.head()["numel"] = pair.made.numel.value + pair.segment().numel.value;
    broken.say("a second segment " + subjectName(pair) + " was added");
    return broken.done();
}

BrokenTemplate leaveOut(const TemplatePair& pair)
{
    Breaking broken(pair);
    const bool placed = !pair.segment().aliasOf;
    broken.say(subjectName(pair) + " was left out");
    if (placed && pair.other)
        broken.set(*pair.other, "offset", 0);
    if (placed)
        broken.set("numel", pair.made.numel.value - pair.segment().numel.value);
    broken.head()["segments"].erase(pair.subject);
    return broken.done();
}

// Two dimensions of different sizes, both above 1: the last such ones.
std::optional<std::pair<std::size_t, std::size_t>> unequalDims(const std::vector<std::int64_t>& shape)
{
    for (std::size_t b = shape.size(); b-- > 1;)
        for (std::size_t a = b; a-- > 0;)
            if (shape[a] != shape[b] && shape[a] > 1 && shape[b] > 1)
                return std::pair(a, b);
    return std::nullopt;
}

BrokenTemplate swapDims(const TemplatePair& pair)
{
    const TemplateSegment& segment = pair.segment();
    if (segment.aliasOf)
        return impossible(subjectName(pair) + " repeats " + nameInWords(*segment.aliasOf) + ": its numbers stand there in the vector");
    const auto dims = unequalDims(segment.shape);
    if (!dims || segment.numel.value == 0)
        return impossible(subjectName(pair) + " has the shape " + tupleText(segment.shape) + ": no two of its sizes can be exchanged so that it shows");
    std::vector<std::int64_t> shape = segment.shape;
    std::swap(shape[dims->first], shape[dims->second]);
    Breaking broken(pair);
    broken.set(pair.subject, "shape", shape);
    broken.set(pair.subject, "stride", contiguousStride(shape));
    return broken.done();
}

BrokenTemplate giveOtherShape(const TemplatePair& pair)
{
    BrokenTemplate swapped = swapDims(pair);
    if (swapped.impossible.empty())
        return swapped;
    std::vector<std::int64_t> shape = pair.segment().shape, stride = pair.segment().stride;
    shape.push_back(1);
    stride.push_back(1);
    Breaking broken(pair);
    broken.set(pair.subject, "shape", shape);
    broken.set(pair.subject, "stride", stride);
    return broken.done();
}

BrokenTemplate swapOrder(const TemplatePair& pair)
{
    if (!pair.other)
        return impossible("no other tensor of the layout holds numbers: there is only one order");
    if (pair.segment().numel.value == 0)
        return impossible(subjectName(pair) + " holds no numbers: the other order moves none");
    Breaking broken(pair);
    broken.say(nameInWords(pair.made.segments[1].name, 60) + " was put before " + nameInWords(pair.made.segments[0].name, 60));
    if (!pair.segment().aliasOf) {
        broken.set(1, "offset", 0);
        broken.set(0, "offset", pair.made.segments[1].numel.value);
    }
    std::swap(broken.segment(0), broken.segment(1));
    return broken.done();
}

BrokenTemplate breakOneKey(const TemplatePair& pair, TemplateFault fault)
{
    Breaking broken(pair);
    const std::size_t subject = pair.subject;
    std::vector<std::int64_t> stride = pair.segment().stride;
    switch (fault) {
    case TemplateFault::TotalNumel: broken.set("numel", pair.made.numel.value + 1); break;
    case TemplateFault::StrideCount:
        stride.push_back(1);
        broken.set(subject, "stride", stride);
        break;
    case TemplateFault::MissingKey:
        broken.say(broken.of(subject, "shape") + " was left out");
        broken.segment(subject).erase("shape");
        break;
    case TemplateFault::UnknownKey:
        broken.say(broken.of(subject, "strides") + " was added");
        broken.segment(subject)["strides"] = stride;
        break;
    case TemplateFault::UnknownDtype: broken.set(subject, "dtype", "float31"); break;
    case TemplateFault::WrongAlias: broken.set(subject, "alias_of", escapedWhole(strangeName(pair))); break;
    case TemplateFault::MissingTensor: broken.set(subject, "name", escapedWhole(strangeName(pair))); break;
    default: break;
    }
    return broken.done();
}

} // namespace

std::string nameInWords(std::string_view name, std::size_t limit) { return name.empty() ? "the tensor" : escaped(name, limit); }

Result<TemplatePair> pairOf(const FlatLayout& layout, TensorOrdinal tensor, const std::vector<std::int64_t>& at)
{
    const Tensor& subject = layout.checkpoint().tensors[tensor];
    const std::string name = nameInWords(layout.nameOf(tensor));
    if (!subject.readable || subject.storage == noOrdinal)
        return fail(ErrorCode::Usage, name + " cannot be read, and so has no place in a template"
                + (subject.reason.empty() ? "" : ": " + escaped(subject.reason, 160)));
    const auto ordinal = layout.segmentOf(tensor);
    if (!ordinal)
        return fail(ErrorCode::Usage, name + " is not in the layout");
    LayoutSpec spec = layout.spec();
    spec.only = { filterFor(layout.nameOf(tensor)) };
    if (const auto neighbour = neighbourOf(layout, *ordinal))
        spec.only.push_back(filterFor(layout.nameOf(*neighbour)));
    TemplatePair pair;
    RAVEL_ASSIGN(pair.layout, FlatLayout::make(layout.checkpointPtr(), spec));
    pair.made = makeTemplate(*pair.layout);
    const auto there = pair.layout->segmentOf(tensor);
    if (!there)
        return fail(ErrorCode::Usage, name + " is not among the tensors that the layout's order takes");
    pair.subject = *there;
    if (pair.made.segments.size() > 1)
        pair.other = 1 - pair.subject;
    if (inside(at, subject.shape))
        pair.position = toPosition(subject, at);
    return pair;
}

BrokenTemplate breakTemplate(const TemplatePair& pair, TemplateFault fault)
{
    switch (fault) {
    case TemplateFault::ShapeProduct: return breakShapeProduct(pair);
    case TemplateFault::Overlap: return breakOffset(pair, -1);
    case TemplateFault::Gap: return breakOffset(pair, 1);
    case TemplateFault::SameNameTwice: return breakName(pair);
    case TemplateFault::LeftOutTensor: return leaveOut(pair);
    case TemplateFault::OtherShape: return giveOtherShape(pair);
    case TemplateFault::SwappedDims: return swapDims(pair);
    case TemplateFault::SwappedOrder: return swapOrder(pair);
    case TemplateFault::NotJson: {
        BrokenTemplate broken = Breaking(pair).done();
        broken.text.pop_back();
        broken.change = "the last brace was left out";
        return broken;
    }
    default: return breakOneKey(pair, fault);
    }
}

BrokenTemplate withDtype(const TemplatePair& pair, Dtype dtype)
{
    Breaking broken(pair);
    broken.set(pair.subject, "dtype", std::string(dtypeName(dtype)));
    return broken.done();
}

} // namespace ravel
