// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/histogramview.h"

#include <QClipboard>
#include <QComboBox>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QPointer>
#include <QSettings>
#include <QSignalBlocker>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>

#include "items/histogramloader.h"
#include "items/qtext.h"
#include "items/statisticsmodel.h"
#include "items/stepselect.h"
#include "layout/slicesyntax.h"
#include "widgets/histogrambar.h"

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

constexpr std::size_t mostRidges = 100;
constexpr int narrowestPlot = 150; // pixels, beside the statistics
constexpr int roomForNote = 260;   // pixels of height, below which it has one line and a tool tip

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

QString percentText(std::int64_t part, std::int64_t all)
{
    const double percent = all > 0 ? 100.0 * static_cast<double>(part) / static_cast<double>(all) : 0;
    if (part > 0 && percent < 0.01)
        return HistogramView::tr("< %1 %").arg(QLocale().toString(0.01));
    return HistogramView::tr("%1 %").arg(QLocale().toString(percent, 'g', 2));
}

} // namespace

struct HistogramView::Private {
    explicit Private(HistogramView*);
    void connectBar();
    void ask();
    HistogramRequest question();
    HistogramSeries series(const QString& name, EditedVector, std::vector<Box>, std::uint64_t number, bool asAnalysed) const;
    void addRidges(HistogramRequest&, const std::vector<Box>&, bool asAnalysed) const;
    void show(const HistogramAnswer&);
    void showNote();
    void placeTable();
    std::vector<Box> boxes() const; // what is measured
    QString rangeText(const HistogramAnswer&) const;
    std::optional<SelectionModel::Taken> taken() const;
    QString selectedText(const HistogramAnswer&) const;
    QString selectionTitle() const;
    BinScale scale() const { return static_cast<BinScale>(bar->values->currentData().toInt()); }

    HistogramView* view;
    std::shared_ptr<const FlatLayout> layout;
    std::shared_ptr<const Pyramid> pyramid;
    std::optional<EditedVector> before, after, preview;
    std::optional<EditedVector> source; // of numbers in place of the document's
    QString sourceName;
    std::optional<HistogramSeries> kept;
    QPointer<SelectionModel> selection;
    std::vector<Box> asked; // boxes of the request under way or shown
    HistogramLook look;
    std::uint64_t state = 0; // rises with each change of the numbers
    std::pair<double, double> range { 0, 1 };
    double cut = HistogramRequest::typical;
    bool exact = false, wasStopped = false;
    HistogramLoader loader;
    HistogramPlot* plot;
    HistogramBar* bar;
    StatisticsModel* statistics;
    QTableView* table;
    QLabel *note, *legend;
};

HistogramView::Private::Private(HistogramView* v)
    : view(v)
    , plot(new HistogramPlot(v))
    , bar(new HistogramBar(v))
    , statistics(new StatisticsModel(v))
    , table(new QTableView(v))
    , note(new QLabel(v))
    , legend(new QLabel(v))
{
    plot->setAccessibleName(tr("Histogram"));
    note->setTextFormat(Qt::PlainText);
    note->setWordWrap(true);
    note->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    note->setTextInteractionFlags(Qt::TextSelectableByMouse);
    legend->setTextFormat(Qt::RichText);
    legend->setWordWrap(true);
    legend->hide();
    table->setModel(statistics);
    table->setAccessibleName(tr("Statistics"));
    table->setFrameShape(QFrame::NoFrame);
    table->setShowGrid(false);
    table->setAlternatingRowColors(true);
    table->setWordWrap(false);
    table->setSelectionMode(QAbstractItemView::ContiguousSelection);
    table->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    table->verticalHeader()->setDefaultSectionSize(table->fontMetrics().height() + 2);
    table->verticalHeader()->setTextElideMode(Qt::ElideLeft);
    table->horizontalHeader()->setHighlightSections(false);
    table->verticalHeader()->setHighlightSections(false);
    bar->statistics->setChecked(QSettings().value("histogram/statistics"_L1, true).toBool());
    table->setVisible(bar->statistics->isChecked());
}

std::vector<Box> HistogramView::Private::boxes() const
{
    if (selection && !selection->selection().boxes.empty())
        return selection->selection().boxes;
    return wholeSelection(*layout).boxes;
}

QString HistogramView::Private::selectionTitle() const
{
    if (!selection || selection->selection().boxes.empty())
        return tr("everything");
    return selectionName(*layout, { selection->selection().boxes, std::nullopt });
}

HistogramSeries HistogramView::Private::series(
    const QString& name, EditedVector from, std::vector<Box> of, std::uint64_t number, bool asAnalysed) const
{
    HistogramSeries made { name, std::move(from), { std::move(of), std::nullopt }, number, nullptr, {} };
    if (asAnalysed && pyramid) {
        made.placed = wholeSegments(*layout, made.selection.boxes);
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
            request.series.push_back(series(shown(boxText(*layout, box), 90), from, { box }, state, asAnalysed && !preview));
}

HistogramRequest HistogramView::Private::question()
{
    HistogramRequest request;
    request.cut = cut == typed ? 0 : cut;
    if (cut == typed)
        request.range = range;
    request.scale = scale();
    const std::vector<Box> all = boxes();
    asked = selection ? selection->selection().boxes : std::vector<Box>();
    look = {};
    const bool edited = !after->steps().empty();
    look.ridge = bar->ridge->isChecked() && all.size() > 1;
    if (look.ridge) {
        addRidges(request, all, !source);
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
        most = std::max(most, one.selection.numel().value);
    }
    request.bins = binsFor(most);
    return request;
}

void HistogramView::Private::ask()
{
    if (!layout || !before || !after)
        return;
    exact = wasStopped = false;
    const HistogramRequest request = question();
    if (request.series.empty()) {
        loader.cancel();
        plot->showNothing();
        statistics->clear();
        note->setText(tr("There is nothing to count."));
        return;
    }
    loader.request(request);
}

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

// How many numbers the predicate of the selection takes, of the values as they are now: none where the bins of what is shown do not say.
std::optional<SelectionModel::Taken> HistogramView::Private::taken() const
{
    const auto where = selection ? selection->selection().where : std::nullopt;
    if (!where || !plot->answer() || plot->answer()->nothing || look.ridge)
        return std::nullopt;
    const HistogramAnswer& answer = *plot->answer();
    const Histogram& h = answer.series[look.after && !look.preview ? 1 : 0].histogram;
    std::int64_t n = 0;
    for (int i = 0; i < h.spec.bins; ++i)
        if (h.spec.edge(i) >= where->low && (h.spec.edge(i) < where->high || i == 0))
            n += h.counts[static_cast<std::size_t>(i)];
    if (answer.exact)
        return SelectionModel::Taken { n, true };
    const double all = static_cast<double>(std::max<std::int64_t>(1, answer.first().summary.count));
    return SelectionModel::Taken { std::llround(static_cast<double>(n) / all * static_cast<double>(selection->selection().numel().value)), false };
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
    if (look.ridge && boxes().size() > mostRidges)
        parts << tr("the first %1 of %2").arg(mostRidges).arg(countText(static_cast<std::int64_t>(boxes().size())));
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

void HistogramView::Private::placeTable()
{
    const bool shown = bar->statistics->isChecked() && view->width() >= narrowestPlot + 100;
    table->setVisible(shown);
    if (!shown)
        return;
    table->resizeColumnsToContents();
    const int widest = table->fontMetrics().horizontalAdvance(u"-0.000000000000"_s) + 12; // of a number; a long name gives way
    for (int i = 0; i < statistics->columnCount(); ++i)
        table->setColumnWidth(i, std::min(table->columnWidth(i), widest));
    int width = table->verticalHeader()->sizeHint().width() + table->horizontalHeader()->length() + 4;
    if (table->verticalHeader()->defaultSectionSize() * statistics->rowCount() + table->horizontalHeader()->height() > table->height())
        width += table->style()->pixelMetric(QStyle::PM_ScrollBarExtent);
    const int room = std::max(80, std::min(width, view->width() - std::max(narrowestPlot, view->width() / 2)));
    table->setFixedWidth(room);
    table->verticalHeader()->setMaximumWidth(room / 2); // long names leave the numbers their half; a tool tip has them whole
}

void HistogramView::Private::show(const HistogramAnswer& answer)
{
    exact = answer.exact;
    plot->show(answer, look);
    plot->setBand(selection ? selection->selection().where : std::nullopt);
    statistics->set(look.names, answer.series, look.ridge);
    if (!answer.nothing) {
        const BinSpec& spec = answer.first().histogram.spec;
        if (cut != typed)
            range = { spec.edge(0), spec.edge(spec.bins) };
    }
    showNote();
    placeTable();
    if (exact)
        Q_EMIT view->measured();
}

void HistogramView::Private::connectBar()
{
    connect(bar->counts, &QComboBox::currentIndexChanged, view, [this] { plot->setCountScale(static_cast<CountScale>(bar->counts->currentData().toInt())); });
    connect(bar->values, &QComboBox::currentIndexChanged, view, [this] { ask(); });
    connect(bar->range, &QComboBox::currentIndexChanged, view, [this](int i) { view->setCut(bar->range->itemData(i).toDouble()); });
    connect(bar, &HistogramBar::rangeTyped, view, &HistogramView::setRange);
    connect(bar->keep, &QToolButton::toggled, view, &HistogramView::setKept);
    connect(bar->ridge, &QToolButton::toggled, view, [this] { ask(); });
    connect(bar->statistics, &QToolButton::toggled, view, &HistogramView::setStatisticsShown);
    connect(bar->copy, &QToolButton::clicked, view, &HistogramView::copyStatistics);
}

HistogramView::HistogramView(QWidget* parent)
    : QWidget(parent)
    , d(std::make_unique<Private>(this))
{
    setAccessibleName(tr("Histogram of the selection"));
    auto* both = new QHBoxLayout;
    both->setSpacing(4);
    both->addWidget(d->plot, 1);
    both->addWidget(d->table);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(4, 4, 4, 4);
    column->setSpacing(2);
    column->addLayout(both, 1);
    column->addWidget(d->legend);
    column->addWidget(d->note);
    column->addWidget(d->bar);
    connect(&d->loader, &HistogramLoader::arrived, this, [this](const HistogramAnswer& answer) { d->show(answer); });
    connect(&d->loader, &HistogramLoader::failed, this, [this](const QString& sentence) {
        d->plot->showNothing();
        d->statistics->clear();
        d->note->setText(sentence);
    });
    connect(&d->loader, &HistogramLoader::stopped, this, [this] {
        d->wasStopped = true;
        d->showNote();
    });
    connect(d->plot, &HistogramPlot::binsChosen, this, [this](const Predicate& where) {
        if (d->selection)
            d->selection->select({ d->boxes(), where });
    });
    connect(d->plot, &HistogramPlot::choiceDropped, this, [this] {
        if (d->selection)
            d->selection->select({ d->selection->selection().boxes, std::nullopt });
    });
    connect(d->plot, &HistogramPlot::ridgeChosen, this, [this](int i) {
        if (d->selection && static_cast<std::size_t>(i) < d->asked.size())
            d->selection->select({ { d->asked[static_cast<std::size_t>(i)] }, std::nullopt });
    });
    d->connectBar();
}

HistogramView::~HistogramView() = default;

void HistogramView::setDocument(std::shared_ptr<const FlatLayout> layout, EditedVector before, EditedVector after, SelectionModel* selection,
    std::shared_ptr<const Pyramid> pyramid)
{
    clear();
    ++d->state;
    d->layout = std::move(layout);
    d->pyramid = std::move(pyramid);
    d->before = std::move(before);
    d->after = std::move(after);
    d->selection = selection;
    if (selection)
        connect(selection, &SelectionModel::changed, this, [this] {
            if (d->selection->selection().boxes == d->asked) {
                d->plot->setBand(d->selection->selection().where);
                d->showNote();
            } else {
                d->ask();
            }
        });
    d->ask();
}

void HistogramView::clear()
{
    if (d->selection)
        disconnect(d->selection, nullptr, this, nullptr);
    d->selection = nullptr;
    d->loader.cancel();
    d->loader.forget();
    d->layout.reset();
    d->pyramid.reset();
    d->before.reset();
    d->after.reset();
    d->preview.reset();
    d->source.reset();
    d->kept.reset();
    const QSignalBlocker quiet(d->bar->keep);
    d->bar->keep->setChecked(false);
    d->asked.clear();
    d->exact = false;
    d->plot->showNothing();
    d->note->clear();
    d->legend->hide();
    d->statistics->clear();
}

void HistogramView::setEdited(EditedVector after)
{
    d->after = std::move(after);
    ++d->state;
    d->ask();
}

void HistogramView::setPreview(std::optional<EditedVector> preview)
{
    if (!preview && !d->preview)
        return;
    d->preview = std::move(preview);
    ++d->state;
    d->ask();
}

void HistogramView::analysed(bool finished) { d->loader.analysed(finished); }
void HistogramView::setTasks(Tasks* tasks) { d->loader.setTasks(tasks); }

void HistogramView::setNumbers(std::optional<EditedVector> numbers, const QString& name)
{
    d->source = std::move(numbers);
    d->sourceName = name;
    ++d->state;
    d->ask();
}

CountScale HistogramView::countScale() const { return d->plot->countScale(); }
BinScale HistogramView::valueScale() const { return d->scale(); }
double HistogramView::cut() const { return d->cut; }
bool HistogramView::busy() const { return d->loader.busy(); }
QString HistogramView::statisticsText() const { return d->statistics->tsv(); }
bool HistogramView::exact() const { return d->exact; }
bool HistogramView::keeps() const { return d->kept.has_value(); }
bool HistogramView::ridge() const { return d->bar->ridge->isChecked(); }
bool HistogramView::showsStatistics() const { return d->bar->statistics->isChecked(); }
QString HistogramView::note() const { return d->note->text(); }
HistogramPlot* HistogramView::plot() const { return d->plot; }
const StatisticsModel* HistogramView::statistics() const { return d->statistics; }
QSize HistogramView::sizeHint() const { return { 360, 280 }; }
QSize HistogramView::minimumSizeHint() const { return { 220, 180 }; }
void HistogramView::setCountScale(CountScale scale) { d->bar->counts->setCurrentIndex(d->bar->counts->findData(static_cast<int>(scale))); }
void HistogramView::setValueScale(BinScale scale) { d->bar->values->setCurrentIndex(d->bar->values->findData(static_cast<int>(scale))); }
void HistogramView::setRidge(bool on) { d->bar->ridge->setChecked(on); }

void HistogramView::setCut(double percent)
{
    const int i = d->bar->range->findData(percent);
    if (i < 0 || percent == d->cut)
        return;
    d->cut = percent;
    const QSignalBlocker quiet(d->bar->range);
    d->bar->range->setCurrentIndex(i);
    percent == typed ? d->bar->showTyped(d->range) : d->bar->hideTyped();
    d->ask();
}

void HistogramView::setRange(double low, double high)
{
    d->range = { low, high };
    if (d->cut == typed)
        d->ask();
    else
        setCut(typed);
    d->bar->showTyped(d->range);
}

void HistogramView::setKept(bool on)
{
    const QSignalBlocker quiet(d->bar->keep);
    d->bar->keep->setChecked(on && d->layout);
    if (on == keeps() || !d->layout)
        return;
    d->kept.reset();
    if (on) {
        const EditedVector& from = d->source ? *d->source : *d->after;
        d->kept = d->series(tr("kept: %1").arg(d->selectionTitle()), from, d->boxes(), d->state, !d->source);
    }
    d->ask();
}

void HistogramView::setStatisticsShown(bool on)
{
    d->bar->statistics->setChecked(on);
    QSettings().setValue("histogram/statistics"_L1, on);
    d->placeTable();
}

void HistogramView::copyStatistics() { QGuiApplication::clipboard()->setText(d->statistics->tsv()); }

void HistogramView::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange)
        d->plot->setTheme(MapTheme::of(palette()));
    QWidget::changeEvent(event);
}

void HistogramView::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    d->note->setWordWrap(height() >= roomForNote);
    d->placeTable();
}

} // namespace ravel
