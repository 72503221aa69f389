// SPDX-License-Identifier: GPL-3.0-or-later
// What a histogram says below itself: what it is an estimate of, what the range leaves out, how much is selected; and its legend.
#include <QLabel>
#include <QLocale>

#include "items/qtext.h"
#include "items/stepselect.h"
#include "widgets/histogramviewprivate.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

QString percentText(std::int64_t part, std::int64_t all)
{
    const double percent = all > 0 ? 100.0 * static_cast<double>(part) / static_cast<double>(all) : 0;
    if (part > 0 && percent < 0.01)
        return HistogramView::tr("< %1 %").arg(QLocale().toString(0.01));
    return HistogramView::tr("%1 %").arg(QLocale().toString(percent, 'g', 2));
}

constexpr std::int64_t mostDivided = 20; // an estimate has one part in as many, at most, in bins that are divided

struct BinsTaken {
    std::int64_t whole = 0;   // numbers in bins that lie in the predicate
    std::int64_t divided = 0; // in bins of which a part does, and beyond the axis where it reaches beyond
};

// A bin holds its lower edge and not its upper one; the last holds both.
BinsTaken binsTaken(const Histogram& h, const Predicate& where)
{
    BinsTaken taken;
    const int last = h.spec.bins - 1;
    for (int i = 0; i <= last; ++i) {
        const double low = h.spec.edge(i), edge = h.spec.edge(i + 1);
        const double high = i < last ? std::max(low, std::nextafter(edge, -std::numeric_limits<double>::infinity())) : edge; // the bin's greatest number
        if (high < where.low || low > where.high)
            continue;
        (low >= where.low && high <= where.high ? taken.whole : taken.divided) += h.counts[static_cast<std::size_t>(i)];
    }
    if (where.low < h.spec.edge(0))
        taken.divided += h.below;
    if (where.high > h.spec.edge(h.spec.bins))
        taken.divided += h.above;
    return taken;
}

} // namespace

// What the range leaves out, in numbers of the first series.
QString HistogramView::Private::rangeText(const HistogramAnswer& answer) const
{
    if (answer.nothing)
        return scale() == BinScale::Log ? tr("No positive number to show") : tr("No finite number to show");
    const Histogram& h = answer.first().histogram;
    const std::int64_t all = answer.first().summary.count - answer.first().summary.nan;
    QString text;
    if (cut > 0)
        text = tr("%1 % cut off at each end: ").arg(cut);
    else if (cut == HistogramRequest::typical && h.below + h.above > 0 && scale() != BinScale::Log)
        text = tr("outliers cut off: ");
    else if (scale() == BinScale::Log)
        text = tr("positive values only: ");
    if (h.below + h.above > 0 && answer.basis == HistogramAnswer::Sample)
        text += tr("%1 left of, %2 right of the range").arg(percentText(h.below, all), percentText(h.above, all));
    else if (!text.isEmpty() || h.below + h.above > 0)
        text += tr("%1 left of, %2 right of the range (%3 below, %4 above)")
                    .arg(percentText(h.below, all), percentText(h.above, all), countText(h.below), countText(h.above));
    return text;
}

// How many numbers the predicate of the selection takes, of the values as they are now: none where the bins of what is shown do not say. Exact where no bin
// that an end of the predicate divides holds a number, as when its ends are edges of bins.
std::optional<SelectionModel::Taken> HistogramView::Private::taken() const
{
    const auto where = selection ? selection->selection().where : std::nullopt;
    if (!where || source || look.ridge || !plot->answer() || plot->answer()->nothing)
        return std::nullopt;
    if (look.preview && !after->steps().empty()) // the file's numbers and the preview's: neither are those that are selected
        return std::nullopt;
    const HistogramAnswer& answer = *plot->answer();
    const Histogram& h = answer.series[look.after && !look.preview ? 1 : 0].histogram;
    const BinsTaken bins = binsTaken(h, *where);
    if (bins.divided > bins.whole / mostDivided)
        return std::nullopt;
    if (answer.exact && bins.divided == 0)
        return SelectionModel::Taken { bins.whole, true };
    const double all = static_cast<double>(std::max<std::int64_t>(1, answer.first().summary.count));
    const double share = (static_cast<double>(bins.whole) + static_cast<double>(bins.divided) / 2) / all;
    return SelectionModel::Taken { std::llround(share * static_cast<double>(selection->selection().numel().value)), false };
}

QString HistogramView::Private::selectedText(const HistogramAnswer& answer) const
{
    const auto n = taken();
    if (!n)
        return {};
    const QString share = percentText(n->elements, n->exact ? answer.first().summary.count : selection->selection().numel().value);
    return tr("%1: %2 selected").arg(predicateText(*selection->selection().where), n->exact ? tr("%1 (%2)").arg(countText(n->elements), share) : tr("≈ %1").arg(share));
}

void HistogramView::Private::showNote()
{
    if (!plot->answer())
        return;
    const HistogramAnswer& answer = *plot->answer();
    if (selection && !source)
        selection->setTaken(taken());
    QStringList parts;
    if (!answer.exact) {
        QString basis = answer.basis == HistogramAnswer::Sketches ? tr("≈ estimated from the analysis") : tr("≈ estimated from a sample");
        if (wasStopped)
            basis += tr(", counting was cancelled");
        parts << basis;
    }
    if (const Summary& s = answer.first().summary; !look.ridge && (s.nan > 0 || s.inf() > 0))
        parts << (s.nan > 0 ? tr("NaN: %1").arg(countText(s.nan)) : QString()) + (s.nan > 0 && s.inf() > 0 ? u"  "_s : QString()) + (s.inf() > 0 ? tr("Inf: %1").arg(countText(s.inf())) : QString());
    parts << rangeText(answer) << selectedText(answer);
    if (refused)
        parts << tr("Bins of %1 select nothing: a selection by value goes by the values of the file that is open").arg(sourceName);
    if (look.ridge && boxCount() > mostRidges)
        parts << tr("the first %1 of %2").arg(mostRidges).arg(countText(static_cast<std::int64_t>(boxCount())));
    parts.removeAll(QString());
    note->setText(parts.join(u"; "_s));
    note->setToolTip(note->text());
    QStringList lines;
    const char16_t* marks[] = { u"■", u"▭", u"┅" };
    for (int i = 0; i < look.names.size() && !look.ridge && look.names.size() > 1; ++i)
        lines << u"<span style='color:%1'>%2</span> %3"_s.arg(plot->seriesColor(i).name(), QString::fromUtf16(marks[i == 0 ? 0 : i == 1 && look.after && !look.preview ? 1 : 2]),
            look.names[i].toHtmlEscaped()) + (i > (look.after ? 1 : 0) ? u" "_s + tr("(scaled to as many)") : QString());
    legend->setText(lines.join(u"&nbsp;&nbsp; "_s));
    legend->setVisible(!lines.isEmpty());
}

} // namespace ravel
