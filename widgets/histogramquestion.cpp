// SPDX-License-Identifier: GPL-3.0-or-later
// What a histogram is asked for: which numbers of which boxes, beside which others.
#include <QComboBox>
#include <QToolButton>

#include "items/qtext.h"
#include "items/stepselect.h"
#include "layout/slicesyntax.h"
#include "widgets/histogramviewprivate.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace ravel {

namespace {

// As many as few numbers can fill, in powers of two; all of them from 16,000 numbers on.
int binsFor(std::int64_t numbers)
{
    int bins = 16;
    while (bins < 256 && bins < 2 * std::sqrt(static_cast<double>(numbers)))
        bins *= 2;
    return bins;
}

// The segments that boxes are, each whole; none where one is something else.
std::vector<std::uint32_t> wholeSegments(const FlatLayout& layout, const std::vector<Box>& boxes)
{
    std::vector<std::uint32_t> placed;
    for (const Box& box : boxes) {
        const auto listed = layout.segmentOf(box.tensor);
        if (!listed || layout.listed()[*listed].aliasOf != noOrdinal || box.numel() != layout.listed()[*listed].numel)
            return {};
        const auto at = std::lower_bound(layout.placed().begin(), layout.placed().end(), layout.listed()[*listed].offset,
            [&layout](std::uint32_t s, FlatIndex offset) { return layout.listed()[s].offset < offset; });
        auto found = at;
        while (found != layout.placed().end() && *found != *listed && layout.listed()[*found].offset == layout.listed()[*listed].offset)
            ++found; // empty ones stand before it
        if (found == layout.placed().end() || *found != *listed)
            return {};
        placed.push_back(static_cast<std::uint32_t>(found - layout.placed().begin()));
    }
    std::vector<std::uint32_t> sorted = placed;
    std::sort(sorted.begin(), sorted.end());
    return std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end() ? placed : std::vector<std::uint32_t>();
}

} // namespace

std::optional<std::vector<Box>> HistogramView::Private::boxes() const
{
    if (selection && !selection->selection().boxes.empty())
        return selection->selection().boxes;
    return std::nullopt;
}

QString HistogramView::Private::selectionTitle() const
{
    if (!selection || selection->selection().boxes.empty())
        return tr("everything");
    return selectionName(*layout, { selection->selection().boxes, std::nullopt });
}

HistogramSeries HistogramView::Private::series(
    const QString& name, EditedVector from, std::optional<std::vector<Box>> of, std::uint64_t number, bool asAnalysed) const
{
    HistogramSeries made { name, std::move(from), {}, number, nullptr, {}, of ? nullptr : layout };
    if (of)
        made.selection.boxes = std::move(*of);
    if (asAnalysed && pyramid) {
        if (made.whole) {
            made.placed.resize(layout->placed().size());
            std::iota(made.placed.begin(), made.placed.end(), 0u);
        } else {
            made.placed = wholeSegments(*layout, made.selection.boxes);
        }
        if (!made.placed.empty())
            made.pyramid = pyramid;
    }
    return made;
}

void HistogramView::Private::addRidges(HistogramRequest& request, const std::vector<Box>& of, bool asAnalysed) const
{
    const EditedVector& from = source ? *source : preview ? *preview : *after;
    for (const Box& box : of)
        if (request.series.size() < mostRidges && from.checkpoint().tensors[box.tensor].readable)
            request.series.push_back(series(shown(boxText(*layout, box), 90), from, std::vector { box }, state, asAnalysed && !preview));
}

HistogramRequest HistogramView::Private::question()
{
    HistogramRequest request;
    request.cut = cut == typed ? 0 : cut;
    if (cut == typed)
        request.range = range;
    request.scale = scale();
    const std::optional<std::vector<Box>> all = boxes();
    asked = selection ? selection->selection().boxes : std::vector<Box>();
    look = {};
    const bool edited = !after->steps().empty();
    look.ridge = bar->ridge->isChecked() && boxCount() > 1;
    if (look.ridge) {
        addRidges(request, all ? *all : wholeSelection(*layout).boxes, !source);
    } else if (source) {
        request.series.push_back(series(sourceName, *source, all, state, false));
    } else {
        const bool both = preview || edited;
        request.series.push_back(series(both ? tr("before") : tr("values"), *before, all, 0, !edited));
        if (both)
            request.series.push_back(series(preview ? tr("preview") : tr("after"), preview ? *preview : *after, all, state, !preview));
        look.after = both;
        look.preview = preview.has_value();
    }
    if (!look.ridge && kept)
        request.series.push_back(*kept);
    std::int64_t most = 0;
    for (const HistogramSeries& one : request.series) {
        look.names << one.name;
        most = std::max(most, one.numel().value);
    }
    request.bins = binsFor(most);
    return request;
}

} // namespace ravel
