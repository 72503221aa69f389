// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/heatpane.h"

#include <QCheckBox>
#include <QComboBox>
#include <QEvent>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QSettings>
#include <QSignalBlocker>
#include <QSlider>
#include <QSpinBox>
#include <QTimer>
#include <QToolButton>
#include <QVBoxLayout>

#include "base/number.h"
#include "checkpoint/geometry.h"
#include "items/heatloader.h"
#include "items/qtext.h"
#include "items/session.h"
#include "layout/slicesyntax.h"
#include "widgets/elidedlabel.h"
#include "widgets/heatplot.h"
#include "widgets/heatrange.h"

#include <algorithm>
#include <climits>

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

constexpr std::size_t offeredTensors = 500, mostOutlines = 2'000;
constexpr int settle = 40;                                   // ms after the last change of the view

QLabel* plainLabel(QWidget* parent)
{
    auto* label = new QLabel(parent);
    label->setTextFormat(Qt::PlainText);
    label->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    return label;
}

QComboBox* chooser(QWidget* parent, const QString& name, const QString& tip)
{
    auto* box = new QComboBox(parent);
    box->setAccessibleName(name);
    box->setToolTip(tip);
    return box;
}

} // namespace

HeatPane::HeatPane(Session& session, QWidget* parent)
    : QWidget(parent)
    , m_session(session)
    , m_plot(new HeatPlot(this))
    , m_loader(new HeatLoader(*session.tasks(), this))
    , m_range(new HeatRange(this))
    , m_timer(new QTimer(this))
    , m_title(new ElidedLabel(Qt::ElideLeft, this)) // the end of a name and the shape say more than its beginning
    , m_message(plainLabel(this))
    , m_readout(plainLabel(this))
    , m_sliders(new QWidget(this))
    , m_sliderGrid(new QGridLayout(m_sliders))
{
    setAccessibleName(tr("Heat map of a tensor"));
    m_title->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_plot->setAccessibleName(tr("Heat map"));
    m_readout->setAccessibleName(tr("Element under the pointer"));
    m_readout->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_message->setAlignment(Qt::AlignCenter);
    m_message->setWordWrap(true);
    m_message->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_sliderGrid->setContentsMargins(0, 0, 0, 0);
    m_sliderGrid->setVerticalSpacing(1);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(4, 2, 4, 2);
    column->setSpacing(2);
    column->addWidget(makeAxes());
    column->addWidget(m_sliders);
    column->addWidget(m_plot, 1);
    column->addWidget(m_message, 1);
    column->addWidget(m_readout);
    column->addWidget(makeColors());
    m_timer->setSingleShot(true);
    connect(m_timer, &QTimer::timeout, this, &HeatPane::read);
    connect(m_plot, &HeatPlot::viewChanged, this, [this] {
        readSoon();
        showReadout();
    });
    connect(m_plot, &HeatPlot::chosen, this, &HeatPane::choose);
    connect(m_plot, &HeatPlot::choiceDropped, this, [this] { m_session.selection()->select({}); });
    connect(m_plot, &HeatPlot::pointed, this, &HeatPane::point);
    connect(m_loader, &HeatLoader::arrived, this, &HeatPane::take);
    connect(m_loader, &HeatLoader::failed, this, [this](const QString& sentence) { say(sentence); });
    connect(m_loader, &HeatLoader::stopped, this, [this] {
        m_stopped = true;
        showReadout();
    });
    connect(m_range, &HeatRange::changed, this, &HeatPane::rescale);
    connect(session.selection(), &SelectionModel::changed, this, &HeatPane::follow);
    connect(&session, &Session::opened, this, [this] {
        m_view.reset();
        m_numbers.reset();
        m_numbersName.clear();
        m_tensors.clear(); // of another file
        m_part->clear();
    });
    connect(&session, &Session::layoutChanged, this, &HeatPane::follow);
    connect(&session, &Session::editsChanged, this, &HeatPane::outdate);
    setColors(ColorMap::named(QSettings().value("heat/colors"_L1).toString()));
    follow();
}

// Once the view stands still.
void HeatPane::readSoon() { m_timer->start(settle); }

HeatPane::~HeatPane()
{
    if (m_valueJob)
        m_valueJob->cancel();
}

QWidget* HeatPane::makeAxes()
{
    auto* bar = new QWidget(this);
    m_part = chooser(bar, tr("Tensor"), tr("Which tensor of the selection is shown"));
    m_part->setObjectName(u"heatTensor"_s);
    m_part->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    m_rows = chooser(bar, tr("Dimension down"), tr("The dimension that runs down"));
    m_columns = chooser(bar, tr("Dimension across"), tr("The dimension that runs across"));
    m_swap = new QToolButton(bar);
    m_swap->setText(u"⇄"_s);
    m_swap->setAutoRaise(true);
    m_swap->setToolTip(tr("Swap the two dimensions"));
    m_swap->setAccessibleName(tr("Swap the two dimensions"));
    m_kernels = new QCheckBox(tr("Kernels"), bar);
    m_kernels->setToolTip(tr("The kernels of a convolution as a grid: the first two other dimensions down and across"));
    auto* row = new QHBoxLayout(bar);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(4);
    row->addWidget(m_part, 3);
    row->addWidget(m_title, 2);
    for (QWidget* each : std::initializer_list<QWidget*> { m_rows, m_swap, m_columns, m_kernels })
        row->addWidget(each);
    connect(m_part, &QComboBox::activated, this, [this](int i) { showTensor(m_tensors[static_cast<std::size_t>(i)]); });
    const auto axes = [this](QComboBox* changed, QComboBox* other) {
        const int one = changed->currentData().toInt(), two = other->currentData().toInt();
        const int old = changed == m_rows ? m_view->rowDim : m_view->columnDim;
        const int rest = one == two ? old : two; // the same twice: they change places
        changed == m_rows ? setAxes(one, rest) : setAxes(rest, one);
    };
    connect(m_rows, &QComboBox::activated, this, [this, axes] { axes(m_rows, m_columns); });
    connect(m_columns, &QComboBox::activated, this, [this, axes] { axes(m_columns, m_rows); });
    connect(m_swap, &QToolButton::clicked, this, &HeatPane::swapAxes);
    connect(m_kernels, &QCheckBox::toggled, this, &HeatPane::setKernels);
    return bar;
}

QWidget* HeatPane::makeColors()
{
    auto* bar = new QWidget(this);
    m_colors = chooser(bar, tr("Colour map"), tr("Colour map; blue–white–orange has white at zero"));
    for (const ColorMap::Name name : ColorMap::all)
        m_colors->addItem(ColorMap::title(name), name);
    m_reduction = chooser(bar, tr("Reduction"), tr("What stands for a block, where there are more elements than pixels"));
    m_reduction->addItem(tr("extreme"), static_cast<int>(HeatReduction::Extreme));
    m_reduction->addItem(tr("mean"), static_cast<int>(HeatReduction::Mean));
    m_profiles = new QCheckBox(tr("Profiles"), bar);
    m_profiles->setChecked(QSettings().value("heat/profiles"_L1, true).toBool());
    m_profiles->setToolTip(tr("Mean, minimum and maximum of each row and column in view"));
    m_plot->setProfiles(m_profiles->isChecked());
    auto* row = new QHBoxLayout(bar);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(6);
    row->addWidget(m_colors);
    row->addWidget(m_range);
    row->addStretch(1);
    row->addWidget(m_reduction);
    row->addWidget(m_profiles);
    connect(m_colors, &QComboBox::currentIndexChanged, this, [this] { setColors(static_cast<ColorMap::Name>(m_colors->currentData().toInt())); });
    connect(m_reduction, &QComboBox::currentIndexChanged, this, [this] { outdate(); });
    connect(m_profiles, &QCheckBox::toggled, this, [this](bool on) {
        QSettings().setValue("heat/profiles"_L1, on);
        m_plot->setProfiles(on);
        readSoon();
    });
    return bar;
}

QSize HeatPane::sizeHint() const { return { 420, 300 }; }
QSize HeatPane::minimumSizeHint() const { return { 200, 160 }; }
QString HeatPane::message() const { return m_message->isHidden() ? QString() : m_message->text(); }
QString HeatPane::readout() const { return m_readout->text(); }

bool HeatPane::complete() const
{
    return m_view && !m_timer->isActive() && !m_loader->busy() && m_plot->picture() && m_plot->picture()->complete && m_baseIs == m_wanted;
}

QString HeatPane::nameOf(TensorOrdinal tensor) const { return shown(m_session.document()->layout()->nameOf(tensor), 80); }

EditedVector HeatPane::numbers() const { return m_numbers ? *m_numbers : m_session.document()->edited(); }

void HeatPane::setNumbers(std::optional<EditedVector> numbers, const QString& name)
{
    m_numbers = std::move(numbers);
    m_numbersName = name;
    if (m_view) {
        const TensorOrdinal tensor = m_view->tensor;
        const HeatView same = *m_view;
        m_view.reset();
        showTensor(tensor);
        if (m_view && m_view->shape == same.shape)
            setView(same);
    } else {
        follow(); // what the last numbers did not have, these may
    }
}

void HeatPane::follow()
{
    if (!m_session.document()) {
        say({});
        return;
    }
    const auto& boxes = m_session.selection()->selection().boxes;
    if (boxes.empty()) { // nothing is selected: what was shown stays, where it still is
        outline();
        if (!m_view)
            say(tr("Select a tensor, or a part of one, to see its heat map."));
        return;
    }
    m_tensors.clear();
    for (const Box& box : boxes) {
        if (m_tensors.size() < offeredTensors && std::find(m_tensors.begin(), m_tensors.end(), box.tensor) == m_tensors.end())
            m_tensors.push_back(box.tensor);
    }
    m_part->clear();
    m_part->setVisible(m_tensors.size() > 1);
    if (m_tensors.size() > 1)
        for (const TensorOrdinal tensor : m_tensors)
            m_part->addItem(nameOf(tensor));
    if (m_view && m_choosing)
        outline();
    else
        showTensor(m_tensors.front());
}

void HeatPane::showTensor(TensorOrdinal t)
{
    const Tensor& tensor = m_session.document()->checkpoint().tensors[t];
    const EditedVector from = numbers();
    const Tensor& there = from.checkpoint().tensors[t];
    m_title->setText((m_tensors.size() > 1 ? QString() : nameOf(t) + u"  "_s) + (m_numbersName.isEmpty() ? QString() : m_numbersName + u"  "_s)
        + toQt(dtypeName(there.dtype)) + u' ' + shapeText(tensor.shape));
    m_title->setToolTip(m_title->text());
    if (!there.readable) {
        m_view.reset();
        say(!tensor.readable ? sentenceOf({ ErrorCode::Refused, tensor.reason }) : tr("%1 has no such tensor.").arg(m_numbersName));
        return;
    }
    HeatView view = m_view && m_view->tensor == t ? *m_view : HeatView::of(t, tensor.shape);
    // The selected place is to be seen.
    for (const Box& box : m_session.selection()->selection().boxes)
        if (box.tensor == t && view.outlines(box, 1).empty() && box.numel().value > 0) {
            for (const int d : view.otherDims())
                view.at[static_cast<std::size_t>(d)] = box.slices[static_cast<std::size_t>(d)].start;
            break;
        }
    if (!m_view || view != *m_view)
        setView(view);
    else
        outline();
}

void HeatPane::setView(const HeatView& view)
{
    const bool sameShape = m_view && m_view->tensor == view.tensor && m_view->rowDim == view.rowDim && m_view->columnDim == view.columnDim
        && m_view->gridRow == view.gridRow && m_plot->isVisibleTo(this);
    m_view = view;
    m_loader->cancel();
    ++m_wanted;
    if (m_valueJob)
        m_valueJob->cancel();
    m_valueJob.reset();
    m_pointedText.clear();
    fillControls();
    if (view.shape.empty())
        return sayNumber();
    if (view.rows() == 0 || view.columns() == 0)
        return say(tr("This tensor has no elements."));
    m_message->hide();
    m_plot->show();
    const QRectF cells = m_plot->visible().empty() ? QRectF() : m_plot->geometry().view;
    const bool zoomed = sameShape && !m_plot->fits();
    m_plot->setView(view);
    if (zoomed) // another slice of the same: the same place of it
        m_plot->showCells(cells);
    outline();
    m_timer->start(0);
}

void HeatPane::fillControls()
{
    m_filling = true;
    const bool matrix = m_view->rowDim >= 0;
    for (QWidget* each : std::initializer_list<QWidget*> { m_rows, m_columns, m_swap })
        each->setVisible(matrix);
    m_kernels->setVisible(m_view->canShowKernels());
    m_kernels->setChecked(m_view->kernels());
    for (QComboBox* box : { m_rows, m_columns }) {
        box->clear();
        for (int d = 0; d < static_cast<int>(m_view->shape.size()); ++d)
            box->addItem((box == m_rows ? tr("↓ dim %1") : tr("→ dim %1")).arg(d), d);
        box->setCurrentIndex(box == m_rows ? m_view->rowDim : m_view->columnDim);
    }
    makeSliders();
    m_filling = false;
}

void HeatPane::makeSliders()
{
    const std::vector<int> dims = m_view->otherDims();
    QStringList names;
    for (const int dim : dims)
        names << u"%1/%2/%3"_s.arg(m_view->tensor).arg(dim).arg(m_view->shape[static_cast<std::size_t>(dim)]);
    if (m_sliders->property("dims").toStringList() == names) { // only moved
        for (const int dim : dims)
            if (auto* spin = m_sliders->findChild<QSpinBox*>(u"place%1"_s.arg(dim)))
                spin->setValue(static_cast<int>(m_view->at[static_cast<std::size_t>(dim)]));
        return;
    }
    qDeleteAll(m_sliders->findChildren<QWidget*>(Qt::FindDirectChildrenOnly));
    m_sliders->setProperty("dims", names);
    m_sliders->setVisible(!dims.empty());
    int line = 0;
    for (const int dim : dims) {
        const std::int64_t size = m_view->shape[static_cast<std::size_t>(dim)];
        const int last = static_cast<int>(std::min<std::int64_t>(size - 1, INT_MAX - 1)), at = static_cast<int>(m_view->at[static_cast<std::size_t>(dim)]);
        auto* slider = new QSlider(Qt::Horizontal, m_sliders);
        auto* spin = new QSpinBox(m_sliders);
        auto* text = new QLabel(tr("dim %1").arg(dim), m_sliders);
        spin->setObjectName(u"place%1"_s.arg(dim));
        slider->setObjectName(u"slider%1"_s.arg(dim));
        slider->setRange(0, last);
        spin->setRange(0, last);
        slider->setValue(at);
        spin->setValue(at);
        spin->setSuffix(tr(" of %1").arg(countText(size)));
        spin->setAccessibleName(tr("Place in dimension %1").arg(dim));
        slider->setAccessibleName(spin->accessibleName());
        connect(slider, &QSlider::valueChanged, spin, &QSpinBox::setValue);
        connect(spin, &QSpinBox::valueChanged, this, [this, dim, slider](int value) {
            const QSignalBlocker quiet(slider);
            slider->setValue(value);
            if (!m_filling)
                setPlace(dim, value);
        });
        m_sliderGrid->addWidget(text, line, 0);
        m_sliderGrid->addWidget(slider, line, 1);
        m_sliderGrid->addWidget(spin, line++, 2);
    }
    m_sliderGrid->setColumnStretch(1, 1);
}

void HeatPane::setKernels(bool on)
{
    if (!m_view || m_filling || m_view->kernels() == on)
        return;
    HeatView view = *m_view;
    view.setKernels(on);
    setView(view);
}

void HeatPane::setAxes(int row, int column)
{
    const int rank = m_view ? static_cast<int>(m_view->shape.size()) : 0;
    if (m_filling || row == column || row < 0 || column < 0 || row >= rank || column >= rank)
        return;
    HeatView view = *m_view;
    const bool kernels = view.kernels();
    view.setAxes(row, column);
    view.setKernels(kernels);
    setView(view);
}

void HeatPane::swapAxes()
{
    if (m_view && m_view->rowDim >= 0)
        setAxes(m_view->columnDim, m_view->rowDim);
}

void HeatPane::setPlace(int dim, std::int64_t at)
{
    if (!m_view || dim < 0 || static_cast<std::size_t>(dim) >= m_view->shape.size())
        return;
    HeatView view = *m_view;
    view.at[static_cast<std::size_t>(dim)] = std::clamp<std::int64_t>(at, 0, view.shape[static_cast<std::size_t>(dim)] - 1);
    if (view != *m_view)
        setView(view);
}

void HeatPane::outline()
{
    std::vector<CellRect> rects;
    if (m_view)
        for (const Box& box : m_session.selection()->selection().boxes) {
            if (box.tensor != m_view->tensor || rects.size() >= mostOutlines)
                continue;
            const auto more = m_view->outlines(box, mostOutlines);
            rects.insert(rects.end(), more.begin(), more.end());
        }
    // A frame around everything would say nothing.
    const auto& boxes = m_session.selection()->selection().boxes;
    const bool allOfIt = boxes.size() == 1 && m_session.document() && boxes.front().numel() == m_session.document()->checkpoint().tensors[boxes.front().tensor].numel;
    if (m_view && (allOfIt || (rects.size() == 1 && rects.front() == m_view->whole())))
        rects.clear();
    m_plot->setOutlines(std::move(rects));
}

void HeatPane::say(const QString& text, bool large)
{
    m_plot->hide();
    m_plot->clearView();
    QFont f = font();
    if (large)
        f.setPointSizeF(f.pointSizeF() * 2);
    m_message->setFont(f);
    m_message->setText(text);
    m_message->show();
    m_readout->clear();
    if (!m_view) {
        for (QWidget* each : std::initializer_list<QWidget*> { m_rows, m_columns, m_swap, m_kernels, m_sliders })
            each->hide();
        m_sliders->setProperty("dims", QStringList());
        if (!m_session.document() || m_session.selection()->selection().boxes.empty())
            m_title->clear();
        m_part->setVisible(m_tensors.size() > 1 && m_session.document());
    }
}

} // namespace ravel
