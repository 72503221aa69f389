// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/text.h"
#include "layout/slicesyntax.h"

#include <algorithm>
#include <set>

namespace ravel {

namespace {

bool isWhole(const Slice& slice, std::int64_t size)
{
    return !slice.single && slice.start == 0 && slice.count == size && (slice.step == 1 || size <= 1);
}

std::string sliceText(const Slice& slice, std::int64_t size)
{
    if (slice.single)
        return std::to_string(slice.start);
    if (isWhole(slice, size))
        return ":";
    if (slice.count == 0)
        return "0:0";
    const std::int64_t last = slice.start + (slice.count - 1) * slice.step;
    const std::int64_t step = slice.count == 1 ? 1 : slice.step;
    if (step > 0) {
        std::string text = slice.start == 0 ? "" : std::to_string(slice.start);
        text += ':';
        if (last + step < size)
            text += std::to_string(last + 1);
        return step == 1 ? text : text + ':' + std::to_string(step);
    }
    std::string text = slice.start == size - 1 ? "" : std::to_string(slice.start);
    text += ':';
    if (last + step >= 0)
        text += std::to_string(last - 1);
    return text + ':' + std::to_string(step);
}

std::string slicesText(const Tensor& tensor, const Box& box)
{
    std::string text;
    for (std::size_t d = 0; d < box.slices.size(); ++d)
        text += (d == 0 ? "" : ", ") + sliceText(box.slices[d], tensor.shape[d]);
    return text;
}

bool isWholeBox(const Tensor& tensor, const Box& box)
{
    for (std::size_t d = 0; d < box.slices.size(); ++d)
        if (!isWhole(box.slices[d], tensor.shape[d]))
            return false;
    return true;
}

// A key as Python writes it: quotes and backslashes escaped, what is not printable as \x.. or \u....
std::string pythonString(std::string_view bytes)
{
    std::string guarded;
    for (const char c : bytes) {
        if (c == '"' || c == '\\')
            guarded += '\\';
        guarded += c;
    }
    return '"' + escapedWhole(guarded) + '"';
}

} // namespace

std::string boxText(const FlatLayout& layout, const Box& box)
{
    const Tensor& tensor = layout.checkpoint().tensors[box.tensor];
    const std::string name = quotedName(layout.nameOf(box.tensor));
    return isWholeBox(tensor, box) ? name : name + '[' + slicesText(tensor, box) + ']';
}

std::string selectionText(const FlatLayout& layout, const Selection& selection)
{
    const auto& boxes = selection.boxes;
    if (boxes.empty())
        return "nothing";
    std::string text;
    std::set<TensorOrdinal> tensors;
    bool allWhole = true;
    for (const Box& box : boxes) {
        tensors.insert(box.tensor);
        allWhole = allWhole && isWholeBox(layout.checkpoint().tensors[box.tensor], box);
    }
    if (boxes.size() == 1) {
        text = boxText(layout, boxes[0]);
    } else if (allWhole && tensors.size() == boxes.size()) {
        text = grouped(static_cast<std::int64_t>(tensors.size())) + " tensors";
    } else {
        const FlatCover cover = flatCover(layout, selection, 1);
        if (cover.complete && cover.ranges.size() == 1 && cover.ranges[0].count() == selection.numel())
            text = '#' + std::to_string(cover.ranges[0].begin.value) + ':' + std::to_string(cover.ranges[0].end.value);
        else
            text = grouped(static_cast<std::int64_t>(boxes.size())) + " parts of "
                + (tensors.size() == 1 ? quotedName(layout.nameOf(*tensors.begin()))
                                       : grouped(static_cast<std::int64_t>(tensors.size())) + " tensors");
    }
    if (selection.where)
        text += " where " + shortest(selection.where->low) + " <= x <= " + shortest(selection.where->high);
    return text;
}

std::string pythonText(const FlatLayout& layout, const Box& box)
{
    const Tensor& tensor = layout.checkpoint().tensors[box.tensor];
    std::string text = "sd";
    const std::size_t from = layout.inScope(box.tensor) ? layout.scopeDepth() : 0;
    const Path path = layout.checkpoint().entryPath(tensor.entry);
    for (std::size_t i = from; i < path.size(); ++i) {
        const PathKey& key = path[i];
        if (key.kind == PathKey::Kind::String)
            text += '[' + pythonString(key.text) + ']';
        else if (key.kind == PathKey::Kind::Attribute)
            text += '.' + escapedWhole(key.text);
        else
            text += '[' + escapedWhole(key.text) + ']';
    }
    return isWholeBox(tensor, box) ? text : text + '[' + slicesText(tensor, box) + ']';
}

} // namespace ravel
