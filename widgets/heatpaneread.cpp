// SPDX-License-Identifier: GPL-3.0-or-later
// What the heat map pane reads, and what it says of the element under the pointer.
#include "widgets/heatpane.h"

#include <QComboBox>
#include <QEvent>
#include <QLabel>
#include <QSettings>
#include <QSignalBlocker>
#include <QTimer>
#include <QCheckBox>

#include "base/number.h"
#include "checkpoint/geometry.h"
#include "items/heatloader.h"
#include "items/qtext.h"
#include "items/session.h"
#include "layout/slicesyntax.h"
#include "widgets/heatplot.h"
#include "widgets/heatrange.h"

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

constexpr int roomForRange = 600; // pixels of width, below which the ends of the range have no fields
constexpr std::int64_t mostBlocks = 4096, fewestBlocks = 64; // of a picture, across or down

// The text of one element.
Result<QString> readElement(const EditedVector& numbers, const Box& box)
{
    std::vector<std::byte> bytes;
    RAVEL_TRY(numbers.readBox(box, bytes));
    return toQt(elementText(numbers.checkpoint().tensors[box.tensor].dtype, bytes.data()));
}

Box cellBox(TensorOrdinal tensor, const std::vector<std::int64_t>& coordinates)
{
    Box box { tensor, {} };
    for (const std::int64_t at : coordinates)
        box.slices.push_back({ at, 1, 1, true });
    return box;
}

} // namespace

void HeatPane::sayNumber()
{
    say(u"…"_s, true);
    if (m_valueJob)
        m_valueJob->cancel();
    m_valueJob = m_session.tasks()->run<Result<QString>>(
        QString(), [from = numbers(), box = cellBox(m_view->tensor, {})](const Job&) { return readElement(from, box); },
        [this, wanted = m_wanted](Result<QString> text) {
            if (wanted == m_wanted)
                say(text ? *text : sentenceOf(text.error()), text.has_value());
        });
}

void HeatPane::outdate()
{
    m_loader->cancel(); // it reads what no longer holds
    ++m_wanted;
    if (m_view && m_view->shape.empty())
        sayNumber();
    else
        readSoon();
    if (m_view && !m_pointedText.isEmpty())
        point(); // it holds another value
}

void HeatPane::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    readSoon();
}

void HeatPane::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    m_range->setCompact(width() < roomForRange);
}

void HeatPane::read()
{
    if (!m_view || !m_session.document() || !isVisible() || m_plot->isHidden())
        return; // shown again, it asks again
    m_stopped = false;
    const CellRect all = m_view->whole(), seen = m_plot->visible();
    const double ratio = devicePixelRatioF();
    const auto pixels = [ratio](int length) { return std::clamp(static_cast<std::int64_t>(length * ratio), fewestBlocks, mostBlocks); };
    HeatRequest request { numbers(), *m_view, all, pixels(m_plot->mapRect().height()), pixels(m_plot->mapRect().width()),
        static_cast<HeatReduction>(m_reduction->currentData().toInt()), false };
    const auto whole = m_plot->wholePicture(), now = m_plot->picture();
    const bool haveWhole = whole && whole->complete && m_baseIs == m_wanted;
    const auto coarse = [&](const HeatPicture& p) { // more than two blocks a pixel short
        return p.blockRows * request.mostRows > 2 * std::max<std::int64_t>(seen.rows(), 1) + request.mostRows
            || p.blockColumns * request.mostColumns > 2 * std::max<std::int64_t>(seen.columns(), 1) + request.mostColumns;
    };
    if (!m_plot->fits() && (!whole || coarse(*whole))) {
        const bool covered = m_detailIs == m_wanted && now && now != whole && now->complete && now->window.cut(seen) == seen && !coarse(*now);
        if (!covered) {
            const std::int64_t down = seen.rows() / 8, across = seen.columns() / 8;
            request.window = CellRect { seen.top - down, seen.left - across, seen.bottom + down, seen.right + across }.cut(all);
            m_loader->request(request);
            return;
        }
    }
    if (haveWhole && !(m_plot->fits() && whole->blocks() && coarse(*whole))) {
        if (!m_loader->busy())
            Q_EMIT changed();
        return;
    }
    request.sample = !whole || m_baseIs != m_wanted;
    m_loader->request(request);
}

void HeatPane::take(std::shared_ptr<const HeatPicture> picture)
{
    if (!m_view)
        return;
    const bool whole = picture->window == m_view->whole();
    (whole ? m_baseIs : m_detailIs) = m_wanted;
    const bool complete = picture->complete, first = !m_plot->picture();
    m_plot->setPicture(std::move(picture));
    if (whole || first)
        rescale();
    showReadout();
    m_message->hide();
    if (complete)
        m_timer->start(0); // what else is missing, or nothing
}

void HeatPane::rescale()
{
    const auto picture = m_plot->wholePicture() ? m_plot->wholePicture() : m_plot->picture();
    if (!picture)
        return;
    const auto [low, high] = m_range->of(*picture);
    m_plot->setScale({ static_cast<ColorMap::Name>(m_colors->currentData().toInt()), low, high });
}

void HeatPane::setColors(ColorMap::Name name)
{
    const QSignalBlocker quiet(m_colors);
    m_colors->setCurrentIndex(m_colors->findData(name));
    QSettings().setValue("heat/colors"_L1, ColorMap::id(name));
    m_range->setDiverging(ColorMap::of(name).diverging());
    HeatScale scale = m_plot->scale();
    scale.map = name;
    m_plot->setScale(scale);
    rescale();
}

void HeatPane::setReduction(HeatReduction reduction) { m_reduction->setCurrentIndex(m_reduction->findData(static_cast<int>(reduction))); }
void HeatPane::setProfiles(bool on) { m_profiles->setChecked(on); }
bool HeatPane::profiles() const { return m_profiles->isChecked(); }

void HeatPane::choose(const CellRect& cells)
{
    m_choosing = true;
    m_session.selection()->select({ m_view->boxes(cells), std::nullopt });
    m_choosing = false;
}

void HeatPane::point()
{
    if (m_valueJob)
        m_valueJob->cancel();
    m_valueJob.reset();
    m_pointedText.clear();
    const auto cell = m_plot->pointedCell();
    const auto coordinates = cell && m_view ? m_view->coordinates(cell->first, cell->second) : std::nullopt;
    if (!coordinates || !m_session.document()) {
        m_session.selection()->hover(std::nullopt);
        showReadout();
        return;
    }
    const FlatLayout& layout = *m_session.document()->layout();
    const Box box = cellBox(m_view->tensor, *coordinates);
    if (const auto listed = layout.segmentOf(m_view->tensor)) {
        const std::int64_t position = toPosition(layout.checkpoint().tensors[m_view->tensor], *coordinates);
        m_session.selection()->hover(layout.listed()[*listed].offset + Count(position));
    }
    m_pointedText = shown(boxText(layout, box), 100);
    m_valueJob = m_session.tasks()->run<Result<QString>>(
        QString(), [from = numbers(), box](const Job&) { return readElement(from, box); },
        [this, place = m_pointedText](Result<QString> text) {
            m_valueJob.reset();
            m_pointedText = place + u" = "_s + (text ? *text : sentenceOf(text.error()));
            showReadout();
        });
    showReadout();
}

void HeatPane::showReadout()
{
    QString text = m_pointedText;
    const auto picture = m_plot->picture();
    if (text.isEmpty() && picture && picture->blocks()) {
        const QString size = u"%1 × %2"_s.arg(countText(picture->blockRows), countText(picture->blockColumns));
        text = m_reduction->currentData().toInt() == static_cast<int>(HeatReduction::Mean)
            ? tr("A dot is the mean of %1 elements.").arg(size)
            : tr("A dot is the element of the largest magnitude of %1.").arg(size);
        if (!picture->complete)
            text = picture->sampled ? tr("≈ from one row of each block") : m_stopped ? tr("Reading was cancelled; zooming or panning goes on with it.") : tr("Reading…");
    }
    m_readout->setText(text);
    m_readout->setToolTip(text);
}

void HeatPane::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange)
        m_plot->setTheme(MapTheme::of(palette()));
    QWidget::changeEvent(event);
}

} // namespace ravel
