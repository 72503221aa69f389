// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/histogramview.h"

#include <QClipboard>
#include <QComboBox>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QSettings>
#include <QSignalBlocker>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>

#include "widgets/histogramviewprivate.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

constexpr int narrowestPlot = 150; // pixels, beside the statistics
constexpr int roomForNote = 260;   // pixels of height, below which it has one line and a tool tip

} // namespace

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

void HistogramView::Private::ask()
{
    if (!layout || !before || !after)
        return;
    exact = wasStopped = refused = false;
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
    showBand();
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

// What is selected by value is so by the document's: among other numbers the same two ends would mark something else.
void HistogramView::Private::showBand() { plot->setBand(selection && !source ? selection->selection().where : std::nullopt); }

void HistogramView::Private::choose(const Predicate& where)
{
    if (!selection)
        return;
    if (!source)
        return selection->select({ boxes().value_or(wholeSelection(*layout).boxes), where });
    refused = true;
    showBand();
    showNote();
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
    connect(d->plot, &HistogramPlot::binsChosen, this, [this](const Predicate& where) { d->choose(where); });
    connect(d->plot, &HistogramPlot::choiceDropped, this, [this] {
        if (d->selection && !d->source)
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
                d->showBand();
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
bool HistogramView::waiting() const { return d->loader.waiting(); }
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
