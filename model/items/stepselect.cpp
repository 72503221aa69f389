// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/stepselect.h"

#include <QCoreApplication>

#include "base/text.h"
#include "items/qtext.h"
#include "layout/slicesyntax.h"

#include <algorithm>

namespace ravel {

namespace {

// The glob that names exactly the tensors of the selection, or nothing.
std::string globOf(const FlatLayout& layout, const Selection& selection)
{
    const Checkpoint& checkpoint = layout.checkpoint();
    if (selection.boxes.size() < 2 || selection.boxes.size() > checkpoint.tensors.size())
        return {};
    std::vector<bool> in(checkpoint.tensors.size());
    std::string prefix = layout.nameOf(selection.boxes.front().tensor);
    for (const Box& box : selection.boxes) {
        if (box != wholeBox(checkpoint, box.tensor))
            return {};
        in[box.tensor] = true;
        const std::string name = layout.nameOf(box.tensor);
        const auto [end, other] = std::mismatch(prefix.begin(), prefix.end(), name.begin(), name.end());
        prefix.erase(end, prefix.end());
    }
    const std::size_t dot = prefix.rfind('.');
    prefix.resize(dot == std::string::npos ? 0 : dot + 1);
    if (prefix.find_first_of("*?[]{}\\") != std::string::npos)
        return {};
    const std::string scope = layout.spec().scope.value_or("");
    for (TensorOrdinal t = 0; t < checkpoint.tensors.size(); ++t) {
        const Tensor& tensor = checkpoint.tensors[t];
        if (in[t] || !tensor.readable || !(scope.empty() || tensor.name.starts_with(scope + '.')))
            continue;
        // An alias that its original brings in is the same elements.
        const auto listed = layout.segmentOf(t);
        const std::uint32_t original = listed ? layout.listed()[*listed].aliasOf : noOrdinal;
        if (original != noOrdinal && in[layout.listed()[original].tensor])
            continue;
        if (layout.nameOf(t).starts_with(prefix))
            return {};
    }
    return prefix + '*';
}

} // namespace

std::vector<SelectItem> selectItems(const FlatLayout& layout, const Selection& selection)
{
    if (const std::string glob = globOf(layout, selection); !glob.empty())
        return { { glob, false } };
    std::vector<SelectItem> items;
    for (const Box& box : selection.boxes)
        items.push_back({ boxText(layout, box), false });
    return items;
}

std::string selectionAsTyped(const FlatLayout& layout, const Selection& selection)
{
    if (selection.boxes.size() == 1)
        return boxText(layout, selection.boxes.front());
    if (const std::string glob = globOf(layout, selection); !glob.empty())
        return glob;
    const FlatCover cover = flatCover(layout, selection, 2);
    if (cover.complete && cover.ranges.size() == 1)
        return '#' + std::to_string(cover.ranges[0].begin.value) + ':' + std::to_string(cover.ranges[0].end.value);
    return {};
}

QString extentText(const Selection& selection)
{
    if (selection.boxes.size() == 1)
        return shapeText(selection.boxes.front().shape());
    return QCoreApplication::translate("Selection", "%1 parts, %2 elements")
        .arg(countText(static_cast<std::int64_t>(selection.boxes.size())), countText(selection.numel().value));
}

namespace {

struct Stretch {
    StorageOrdinal storage;
    StorageIndex begin, end;
};

// What the range is in storage; of a tensor that does not lie in one piece the hull of each box.
std::vector<Stretch> stretchesOf(const FlatLayout& layout, FlatRange range)
{
    std::vector<Stretch> stretches;
    const auto selection = selectRange(layout, range);
    if (!selection)
        return stretches;
    for (const Box& box : selection->boxes)
        if (const auto region = toRegion(layout.checkpoint(), box))
            stretches.push_back({ region->storage, region->start, region->end() });
    return stretches;
}

bool covers(const AppliedStep& step, const Stretch& stretch)
{
    for (const AppliedStep::Piece& piece : step.in(stretch.storage)) {
        if (piece.end <= stretch.begin || stretch.end <= piece.begin)
            continue;
        bool any = false;
        forEachRun(piece.region, stretch.begin, stretch.end, [&any](const Run&) {
            any = true;
            return false;
        });
        if (any)
            return true;
    }
    return false;
}

} // namespace

bool covers(const AppliedStep& step, const FlatLayout& layout, FlatRange range)
{
    const std::vector<Stretch> stretches = stretchesOf(layout, range);
    return std::any_of(stretches.begin(), stretches.end(), [&step](const Stretch& s) { return covers(step, s); });
}

std::vector<std::shared_ptr<const AppliedStep>> changedSteps(const EditedVector& was, const EditedVector& is)
{
    const auto &before = was.steps(), &after = is.steps();
    const auto [end, other] = std::mismatch(before.begin(), before.end(), after.begin(), after.end());
    std::vector<std::shared_ptr<const AppliedStep>> changed(end, before.end());
    changed.insert(changed.end(), other, after.end());
    return changed;
}

std::vector<std::shared_ptr<const AppliedStep>> stepsOver(const FlatLayout& layout, const EditedVector& edited, FlatRange range)
{
    std::vector<std::shared_ptr<const AppliedStep>> over;
    if (edited.steps().empty())
        return over;
    const std::vector<Stretch> stretches = stretchesOf(layout, range);
    for (const auto& step : edited.steps())
        if (std::any_of(stretches.begin(), stretches.end(), [&step](const Stretch& s) { return covers(*step, s); }))
            over.push_back(step);
    return over;
}

QString predicateText(const Predicate& where)
{
    constexpr int digits = 6;
    const auto shownAs = [](double x) { return QString::number(x, 'g', digits).toDouble(); };
    const QString below = shownAs(where.low) < where.low ? QStringLiteral("%1 < x") : QStringLiteral("%1 ≤ x");
    const QString above = shownAs(where.high) > where.high ? QStringLiteral(" < %1") : QStringLiteral(" ≤ %1");
    return below.arg(numberText(where.low, digits)) + above.arg(numberText(where.high, digits));
}

QString takenText(const SelectionModel& selection)
{
    if (!selection.taken())
        return {};
    return (selection.taken()->exact ? QString() : QStringLiteral("≈ ")) + countText(selection.taken()->elements);
}

QString selectionName(const FlatLayout& layout, const Selection& selection)
{
    const std::string typed = selectionAsTyped(layout, selection);
    return shown(typed.empty() ? selectionText(layout, selection) : typed, 120);
}

} // namespace ravel
