// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/valuepane.h"

#include <QComboBox>
#include <QFontDatabase>
#include <QEvent>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QSpinBox>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>

#include "checkpoint/geometry.h"
#include "items/qtext.h"
#include "items/session.h"
#include "items/stepselect.h"
#include "layout/slicesyntax.h"
#include "widgets/tones.h"
#include "widgets/valuedelegate.h"

#include <climits>

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

constexpr std::size_t offeredParts = 500;
constexpr int selectedRanges = 64;

QToolButton* arrow(Qt::ArrowType type, const QString& name, QWidget* parent)
{
    auto* button = new QToolButton(parent);
    button->setArrowType(type);
    button->setAutoRaise(true);
    button->setToolTip(name);
    button->setAccessibleName(name);
    return button;
}

QLabel* plainLabel(QWidget* parent)
{
    auto* label = new QLabel(parent);
    label->setTextFormat(Qt::PlainText);
    return label;
}

} // namespace

ValuePane::ValuePane(Session& session, QWidget* parent)
    : QWidget(parent)
    , m_session(session)
    , m_model(new ValueModel(session, this))
    , m_table(new QTableView(this))
    , m_part(new QComboBox(this))
    , m_title(plainLabel(this))
    , m_message(plainLabel(this))
    , m_rowsText(plainLabel(this))
    , m_columnsText(plainLabel(this))
    , m_up(arrow(Qt::UpArrow, tr("Earlier rows"), this))
    , m_down(arrow(Qt::DownArrow, tr("Later rows"), this))
    , m_left(arrow(Qt::LeftArrow, tr("Earlier columns"), this))
    , m_right(arrow(Qt::RightArrow, tr("Later columns"), this))
    , m_spinRow(new QHBoxLayout)
{
    auto* top = new QHBoxLayout;
    top->setContentsMargins(4, 2, 4, 2);
    top->setSpacing(8);
    // The pane is as narrow as its table may be: these two give way.
    top->addWidget(m_part, 3);
    top->addWidget(m_title, 1);
    top->addLayout(m_spinRow);
    m_part->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    m_title->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    for (QWidget* each : std::initializer_list<QWidget*> { m_rowsText, m_up, m_down, m_columnsText, m_left, m_right })
        top->addWidget(each);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addLayout(top);
    column->addWidget(m_table, 1);
    column->addWidget(m_message);
    m_message->setWordWrap(true);
    m_message->setContentsMargins(6, 3, 6, 3);
    m_message->hide();
    m_part->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_part->setMinimumContentsLength(8);
    m_part->setAccessibleName(tr("Part of the selection"));
    m_part->hide();

    m_table->setModel(m_model);
    m_table->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    m_table->setItemDelegate(new ValueDelegate(m_table));
    m_table->setAccessibleName(tr("Values"));
    m_table->setMouseTracking(true);
    m_table->setWordWrap(false);
    m_table->setEditTriggers(QAbstractItemView::DoubleClicked | QAbstractItemView::AnyKeyPressed | QAbstractItemView::EditKeyPressed);
    m_table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    m_table->verticalHeader()->setDefaultSectionSize(m_table->fontMetrics().height() + 6);
    m_table->horizontalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    m_table->setCornerButtonEnabled(false);

    connect(m_part, &QComboBox::activated, this, &ValuePane::showPart);
    const auto turn = [this](int rows, int columns) {
        if (ValuePage page = *m_model->page(); page.turn(rows, columns))
            m_model->setPage(page);
    };
    connect(m_up, &QToolButton::clicked, this, [turn] { turn(-1, 0); });
    connect(m_down, &QToolButton::clicked, this, [turn] { turn(1, 0); });
    connect(m_left, &QToolButton::clicked, this, [turn] { turn(0, -1); });
    connect(m_right, &QToolButton::clicked, this, [turn] { turn(0, 1); });
    connect(m_model, &ValueModel::pageChanged, this, &ValuePane::showPlace);
    connect(m_model, &ValueModel::pageLoaded, this, &ValuePane::fitColumns);
    connect(m_model, &ValueModel::refused, this, &ValuePane::say);
    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this, &ValuePane::selectCells);
    connect(m_table, &QTableView::entered, this, &ValuePane::hover);
    connect(session.selection(), &SelectionModel::changed, this, &ValuePane::follow);
    connect(&session, &Session::layoutChanged, this, &ValuePane::follow);
    connect(&session, &Session::editsChanged, this, [this] { say({}); });
    showPlace();
}

QSize ValuePane::sizeHint() const { return { 420, 260 }; }
QString ValuePane::message() const { return m_message->isHidden() ? QString() : m_message->text(); }

void ValuePane::follow()
{
    if (m_selecting)
        return;
    m_parts = m_session.selection()->selection().boxes;
    say({});
    m_part->clear();
    m_part->setVisible(m_parts.size() > 1);
    if (m_parts.size() > 1) {
        const FlatLayout& layout = *m_session.document()->layout();
        for (std::size_t i = 0; i < std::min(m_parts.size(), offeredParts); ++i)
            m_part->addItem(shown(boxText(layout, m_parts[i]), 80));
        if (m_parts.size() > offeredParts)
            m_part->addItem(tr("… and %1 more").arg(countText(static_cast<std::int64_t>(m_parts.size() - offeredParts))));
    }
    showPart(0);
}

void ValuePane::showPart(int part)
{
    if (part < 0 || static_cast<std::size_t>(part) >= m_parts.size() || static_cast<std::size_t>(part) >= offeredParts) {
        m_model->setBox(std::nullopt);
        return;
    }
    const Box& box = m_parts[static_cast<std::size_t>(part)];
    if (!m_session.document()->checkpoint().tensors[box.tensor].readable)
        m_model->setBox(std::nullopt);
    else
        m_model->setBox(box);
    makeSpins();
}

void ValuePane::makeSpins()
{
    for (QSpinBox* spin : m_spins)
        delete spin;
    m_spins.clear();
    if (!m_model->page())
        return;
    for (const int dim : m_model->page()->otherDims()) {
        auto* spin = new QSpinBox(this);
        const Slice& slice = m_model->page()->box.slices[static_cast<std::size_t>(dim)];
        spin->setRange(0, static_cast<int>(std::min<std::int64_t>(slice.count - 1, INT_MAX)));
        spin->setPrefix(tr("dim %1: ").arg(dim));
        spin->setWrapping(true);
        spin->setAccessibleName(tr("Place in dimension %1").arg(dim));
        if (slice.step != 1 || slice.start != 0)
            spin->setToolTip(tr("Counted from %1 in steps of %2").arg(slice.start).arg(slice.step));
        connect(spin, &QSpinBox::valueChanged, this, [this, dim](int value) {
            ValuePage page = *m_model->page();
            page.at[static_cast<std::size_t>(dim)] = value;
            m_model->setPage(page);
        });
        m_spinRow->addWidget(spin);
        m_spins.push_back(spin);
    }
}

void ValuePane::showPlace()
{
    const auto& page = m_model->page();
    const bool paged = page && page->allRows() > page->rowsPerPage(), wide = page && page->allColumns() > page->columnsPerPage();
    for (QWidget* each : std::initializer_list<QWidget*> { m_rowsText, m_up, m_down })
        each->setVisible(paged);
    for (QWidget* each : std::initializer_list<QWidget*> { m_columnsText, m_left, m_right })
        each->setVisible(wide);
    m_title->setWordWrap(!page); // a sentence may, a name has no place to
    if (!page) {
        m_title->setText(m_session.document() ? tr("Select a tensor, or a part of one, to see its numbers.") : QString());
        m_table->setEnabled(false);
        return;
    }
    m_table->setEnabled(true);
    const Tensor& tensor = m_session.document()->checkpoint().tensors[page->box.tensor];
    const QString name = m_parts.size() > 1 ? QString() : shown(boxText(*m_session.document()->layout(), page->box), 60) + u"  "_s;
    const QString reason = m_model->readOnlyReason();
    m_title->setText(name + toQt(dtypeName(tensor.dtype)) + (reason.isEmpty() ? QString() : u"  "_s + tr("read-only")));
    m_title->setToolTip(reason.isEmpty() ? m_title->text() : reason);
    const std::int64_t scale = page->wrapped ? ValuePage::wrap : 1;
    const std::int64_t all = page->wrapped ? page->box.numel().value : page->allRows();
    m_rowsText->setText(tr("%1 %2–%3 of %4")
                            .arg(page->wrapped ? tr("elements") : tr("rows"), countText(page->firstRow * scale),
                                countText(std::min((page->firstRow + page->rows()) * scale, all) - 1), countText(all)));
    m_columnsText->setText(tr("columns %1–%2 of %3")
                               .arg(countText(page->firstColumn), countText(page->firstColumn + page->columns() - 1), countText(page->allColumns())));
    m_up->setEnabled(page->firstRow > 0);
    m_down->setEnabled(page->firstRow + page->rows() < page->allRows());
    m_left->setEnabled(page->firstColumn > 0);
    m_right->setEnabled(page->firstColumn + page->columns() < page->allColumns());
}

// As wide as the widest of what is read first; all columns alike, so that numbers can be compared across.
void ValuePane::fitColumns()
{
    const QFontMetrics metrics(m_table->font());
    int width = metrics.horizontalAdvance(u"-0.0000"_s);
    for (int row = 0; row < std::min(m_model->rowCount(), 40); ++row)
        for (int column = 0; column < std::min(m_model->columnCount(), 40); ++column)
            width = std::max(width, metrics.horizontalAdvance(m_model->index(row, column).data().toString()));
    m_table->horizontalHeader()->setDefaultSectionSize(std::min(width + 18, 320));
}

void ValuePane::selectCells()
{
    const QItemSelection cells = m_table->selectionModel()->selection();
    if (!m_model->page() || cells.isEmpty() || cells.size() > selectedRanges)
        return;
    Selection selection;
    for (const QItemSelectionRange& range : cells)
        for (Box& box : m_model->page()->cells(range.top(), range.left(), range.bottom(), range.right()))
            selection.boxes.push_back(std::move(box));
    m_selecting = true;
    m_session.selection()->select(selection);
    m_selecting = false;
}

void ValuePane::hover(const QModelIndex& index)
{
    const Document* document = m_session.document();
    if (!document || !m_model->page() || !m_model->page()->ordinal(index.row(), index.column()))
        return;
    const TensorOrdinal tensor = m_model->page()->box.tensor;
    const auto listed = document->layout()->segmentOf(tensor);
    if (!listed)
        return;
    const auto coordinates = m_model->page()->coordinates(index.row(), index.column());
    const std::int64_t position = toPosition(document->checkpoint().tensors[tensor], coordinates);
    m_session.selection()->hover(document->layout()->listed()[*listed].offset + Count(position));
}

void ValuePane::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::PaletteChange)
        say(m_message->text());
    QWidget::changeEvent(event);
}

void ValuePane::say(const QString& sentence)
{
    m_message->setVisible(!sentence.isEmpty());
    m_message->setText(sentence);
    QPalette tones = palette();
    tones.setColor(QPalette::WindowText, troubleText(palette()));
    m_message->setPalette(tones);
}

} // namespace ravel
