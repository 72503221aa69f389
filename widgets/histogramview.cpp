// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/histogramview.h"

#include <QCheckBox>
#include <QComboBox>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QPointer>
#include <QSignalBlocker>
#include <QVBoxLayout>

#include "items/histogramloader.h"
#include "items/qtext.h"
#include "widgets/histogramplot.h"

#include <cmath>

namespace ravel {

namespace {

constexpr double cuts[] = { HistogramRequest::typical, 0, 1, 5, 25 };

QString cutText(double cut)
{
    if (cut == HistogramRequest::typical)
        return HistogramView::tr("Typical values");
    return cut == 0 ? HistogramView::tr("All values") : HistogramView::tr("%1 to %2 %").arg(cut).arg(100 - cut);
}

// As many as few numbers can fill, in powers of two; all of them from 16,000 numbers on.
int binsFor(std::int64_t numbers)
{
    int bins = 16;
    while (bins < 256 && bins < 2 * std::sqrt(static_cast<double>(numbers)))
        bins *= 2;
    return bins;
}

QString shortNumber(double value)
{
    return std::isfinite(value) ? QLocale().toString(value, 'g', 4) : QStringLiteral("–");
}

// One line of the table of statistics.
struct Row {
    explicit Row(QWidget* parent, QGridLayout* grid, int line)
    {
        for (int i = 0; i < 6; ++i) {
            cells[i] = new QLabel(parent);
            cells[i]->setTextFormat(Qt::PlainText);
            cells[i]->setTextInteractionFlags(Qt::TextSelectableByMouse);
            cells[i]->setAlignment(i == 0 ? Qt::AlignLeft : Qt::AlignRight);
            grid->addWidget(cells[i], line, i);
            grid->setColumnStretch(i, 1);
        }
    }
    void set(const QStringList& texts)
    {
        for (int i = 0; i < 6; ++i)
            cells[i]->setText(texts.value(i));
    }
    void set(const QString& which, const Measurement& measured, bool exact)
    {
        const Summary& s = measured.summary;
        const QString about = exact ? QString() : QStringLiteral("≈ ");
        const bool finite = s.finite() > 0;
        const double none = std::nan("");
        set({ which, shortCountText(s.count), about + shortNumber(finite ? s.mean : none), about + shortNumber(s.std()),
            about + shortNumber(finite ? s.min : none), about + shortNumber(finite ? s.max : none) });
        cells[1]->setToolTip(countText(s.count));
    }
    QLabel* cells[6];
};

QString faultText(const HistogramAnswer& answer)
{
    const Summary& s = answer.before.summary;
    QString text;
    if (s.nan > 0)
        text += HistogramView::tr("NaN: %1  ").arg(countText(s.nan));
    if (s.inf() > 0)
        text += HistogramView::tr("Inf: %1  ").arg(countText(s.inf()));
    return text;
}

} // namespace

struct HistogramView::Private {
    explicit Private(HistogramView*);
    void ask();
    void show(const HistogramAnswer&);
    Selection boxes() const; // what is measured
    QString rangeText(const HistogramAnswer&) const;

    HistogramView* view;
    std::shared_ptr<const FlatLayout> layout;
    std::optional<EditedVector> before, after, preview;
    QPointer<SelectionModel> selection;
    std::vector<Box> asked; // boxes of the request under way or shown
    double cut = HistogramRequest::typical;
    bool exact = false;
    HistogramLoader loader;
    HistogramPlot* plot;
    QCheckBox *logCounts, *logValues;
    QComboBox* range;
    QLabel* rangeNote;
    QGridLayout* table;
    Row head, beforeRow, afterRow;
};

HistogramView::Private::Private(HistogramView* v)
    : view(v)
    , plot(new HistogramPlot(v))
    , logCounts(new QCheckBox(tr("Log count"), v))
    , logValues(new QCheckBox(tr("Log value"), v))
    , range(new QComboBox(v))
    , rangeNote(new QLabel(v))
    , table(new QGridLayout)
    , head(v, table, 0)
    , beforeRow(v, table, 1)
    , afterRow(v, table, 2)
{
    for (const double c : cuts)
        range->addItem(cutText(c), c);
    range->setToolTip(tr("Range of the horizontal axis, by percentile"));
    range->setAccessibleName(tr("Range of values"));
    logValues->setToolTip(tr("Positive values only"));
    plot->setAccessibleName(tr("Histogram"));
    rangeNote->setTextFormat(Qt::PlainText);
    rangeNote->setWordWrap(true);
    rangeNote->setTextInteractionFlags(Qt::TextSelectableByMouse);
    table->setHorizontalSpacing(8);
    table->setVerticalSpacing(0);
    head.set({ QString(), tr("n"), tr("mean"), tr("std"), tr("min"), tr("max") });
}

Selection HistogramView::Private::boxes() const
{
    if (selection && !selection->selection().boxes.empty())
        return { selection->selection().boxes, std::nullopt };
    return wholeSelection(*layout);
}

void HistogramView::Private::ask()
{
    if (!layout || !before || !after)
        return;
    const EditedVector& other = preview ? *preview : *after;
    HistogramRequest request { *before, std::nullopt, boxes(), cut, logValues->isChecked() ? BinScale::Log : BinScale::Linear };
    if (preview || !other.steps().empty())
        request.after = other;
    request.bins = binsFor(request.selection.numel().value);
    asked = request.selection.boxes;
    exact = false;
    loader.request(request);
}

QString HistogramView::Private::rangeText(const HistogramAnswer& answer) const
{
    if (answer.nothing)
        return logValues->isChecked() ? tr("No positive number to show") : tr("No finite number to show");
    const Histogram& h = answer.before.histogram;
    QString text;
    if (cut > 0)
        text = tr("%1 % cut off at each end: ").arg(cut);
    else if (cut < 0 && h.below + h.above > 0 && !logValues->isChecked())
        text = tr("outliers cut off: ");
    else if (logValues->isChecked())
        text = tr("positive values only: ");
    if (!text.isEmpty() || h.below + h.above > 0)
        text += tr("%1 below, %2 above").arg(countText(h.below), countText(h.above));
    if (!answer.exact)
        text = text.isEmpty() ? tr("≈ estimated from a sample") : tr("≈ estimated from a sample; %1").arg(text);
    return text;
}

void HistogramView::Private::show(const HistogramAnswer& answer)
{
    exact = answer.exact;
    plot->show(answer, preview.has_value());
    plot->setBand(selection ? selection->selection().where : std::nullopt);
    beforeRow.set(answer.after ? tr("■ before") : tr("■ values"), answer.before, answer.exact);
    if (answer.after)
        afterRow.set(preview ? tr("┅ preview") : tr("□ after"), *answer.after, answer.exact);
    else
        afterRow.set({});
    rangeNote->setText(faultText(answer) + rangeText(answer));
    if (exact)
        Q_EMIT view->measured();
}

HistogramView::HistogramView(QWidget* parent)
    : QWidget(parent)
    , d(std::make_unique<Private>(this))
{
    setAccessibleName(tr("Histogram of the selection"));
    auto* controls = new QHBoxLayout;
    controls->addWidget(d->logCounts);
    controls->addWidget(d->logValues);
    controls->addStretch(1);
    controls->addWidget(d->range);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(4, 4, 4, 4);
    column->setSpacing(2);
    column->addWidget(d->plot, 1);
    column->addLayout(controls);
    column->addWidget(d->rangeNote);
    column->addLayout(d->table);

    connect(&d->loader, &HistogramLoader::arrived, this, [this](const HistogramAnswer& answer) { d->show(answer); });
    connect(&d->loader, &HistogramLoader::failed, this, [this](const QString& sentence) {
        d->plot->showNothing();
        d->rangeNote->setText(sentence);
    });
    connect(d->logCounts, &QCheckBox::toggled, d->plot, &HistogramPlot::setLogCounts);
    connect(d->logValues, &QCheckBox::toggled, this, [this] { d->ask(); });
    connect(d->range, &QComboBox::currentIndexChanged, this, [this](int i) { setCut(d->range->itemData(i).toDouble()); });
    connect(d->plot, &HistogramPlot::binsChosen, this, [this](const Predicate& where) {
        if (d->selection)
            d->selection->select({ d->boxes().boxes, where });
    });
    connect(d->plot, &HistogramPlot::choiceDropped, this, [this] {
        if (d->selection)
            d->selection->select({ d->selection->selection().boxes, std::nullopt });
    });
}

HistogramView::~HistogramView() = default;

void HistogramView::setDocument(
    std::shared_ptr<const FlatLayout> layout, EditedVector before, EditedVector after, SelectionModel* selection)
{
    clear();
    d->layout = std::move(layout);
    d->before = std::move(before);
    d->after = std::move(after);
    d->selection = selection;
    if (selection)
        connect(selection, &SelectionModel::changed, this, [this] {
            if (d->boxes().boxes == d->asked)
                d->plot->setBand(d->selection->selection().where);
            else
                d->ask();
        });
    d->ask();
}

void HistogramView::clear()
{
    if (d->selection)
        disconnect(d->selection, nullptr, this, nullptr);
    d->selection = nullptr;
    d->loader.cancel();
    d->layout.reset();
    d->before.reset();
    d->after.reset();
    d->preview.reset();
    d->asked.clear();
    d->exact = false;
    d->plot->showNothing();
    d->rangeNote->clear();
    d->beforeRow.set({});
    d->afterRow.set({});
}

void HistogramView::setEdited(EditedVector after)
{
    d->after = std::move(after);
    d->ask();
}

void HistogramView::setPreview(std::optional<EditedVector> preview)
{
    if (!preview && !d->preview)
        return;
    d->preview = std::move(preview);
    d->ask();
}

bool HistogramView::logCounts() const { return d->logCounts->isChecked(); }
bool HistogramView::logValues() const { return d->logValues->isChecked(); }
double HistogramView::cut() const { return d->cut; }
bool HistogramView::busy() const { return d->loader.busy(); }

QString HistogramView::statisticsText() const
{
    QString text;
    for (const Row* row : { &d->head, &d->beforeRow, &d->afterRow }) {
        QStringList cells;
        for (const QLabel* cell : row->cells)
            cells << cell->text();
        if (!cells.join(QString()).isEmpty())
            text += cells.join(QLatin1Char('\t')) + QLatin1Char('\n');
    }
    return text;
}

bool HistogramView::exact() const { return d->exact; }
QSize HistogramView::sizeHint() const { return { 360, 280 }; }
QSize HistogramView::minimumSizeHint() const { return { 220, 180 }; }
void HistogramView::setLogCounts(bool on) { d->logCounts->setChecked(on); }
void HistogramView::setLogValues(bool on) { d->logValues->setChecked(on); }

void HistogramView::setCut(double percent)
{
    const int i = d->range->findData(percent);
    if (i < 0 || percent == d->cut)
        return;
    d->cut = percent;
    const QSignalBlocker quiet(d->range);
    d->range->setCurrentIndex(i);
    d->ask();
}

void HistogramView::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange)
        d->plot->setTheme(MapTheme::of(palette()));
    QWidget::changeEvent(event);
}

} // namespace ravel
