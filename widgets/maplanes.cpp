// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/maplanes.h"

#include "widgets/aliaseslane.h"
#include "widgets/densitylane.h"
#include "widgets/differencelane.h"
#include "widgets/editslane.h"
#include "widgets/markslane.h"
#include "widgets/moduleslane.h"
#include "widgets/overviewlane.h"
#include "widgets/rulerlane.h"
#include "widgets/shardslane.h"
#include "widgets/tensorslane.h"
#include "widgets/valueslane.h"

#include <algorithm>
#include <utility>

namespace ravel {

namespace {

constexpr int highest = 1200; // pixels

template <class Lane> MapLane* make(QCPAxisRect* rect, const MapScene& scene) { return new Lane(rect, scene); }

} // namespace

const std::vector<MapLaneKind>& mapLaneKinds()
{
    static const std::vector<MapLaneKind> kinds {
        { "overview", true, make<OverviewLane> },
        { "offset", true, make<RulerLane> },
        { "modules", true, make<ModulesLane> },
        { "tensors", true, make<TensorsLane> },
        { "edits", true, make<EditsLane> },
        { "marks", true, make<MarksLane> },
        { "density", true, make<DensityLane> },
        { "values", true, make<ValuesLane> },
        { "aliases", false, make<AliasesLane> },
        { "shards", false, make<ShardsLane> },
        { "difference", false, make<DifferenceLane> },
    };
    return kinds;
}

MapLanes::MapLanes(QCustomPlot* plot, const MapScene& scene, QObject* parent)
    : QObject(parent)
{
    for (const MapLaneKind& kind : mapLaneKinds()) {
        Entry entry { QString::fromLatin1(kind.id), kind.make(MapLane::makeRect(plot), scene), nullptr, kind.shownAtFirst, 0 };
        const QString title = entry.lane->name();
        entry.action = new QAction(tr("Lane: %1").arg(title.left(1).toUpper() + title.mid(1)), this);
        entry.action->setCheckable(true);
        entry.action->setChecked(kind.shownAtFirst);
        connect(entry.action, &QAction::toggled, this, [this, id = entry.id](bool on) {
            if (!on && id == m_current)
                setCurrent({});
            if (!m_quiet)
                Q_EMIT changed();
        });
        m_entries.push_back(entry);
    }
}

MapLanes::Entry* MapLanes::entry(const QString& id)
{
    const auto found = std::find_if(m_entries.begin(), m_entries.end(), [&](const Entry& e) { return e.id == id; });
    return found == m_entries.end() ? nullptr : &*found;
}

const MapLanes::Entry* MapLanes::find(const QString& id) const { return const_cast<MapLanes*>(this)->entry(id); }

std::vector<const MapLanes::Entry*> MapLanes::shown() const
{
    std::vector<const Entry*> result;
    for (const Entry& e : m_entries)
        if (e.shown())
            result.push_back(&e);
    return result;
}

bool MapLanes::isShown(const QString& id) const
{
    const Entry* e = find(id);
    return e && e->shown();
}

void MapLanes::setShown(const QString& id, bool on)
{
    if (Entry* e = entry(id))
        e->action->setChecked(on);
}

void MapLanes::setHeight(const QString& id, int pixels)
{
    Entry* e = entry(id);
    pixels = std::clamp(pixels, 0, highest);
    if (!e || e->height == pixels)
        return;
    e->height = pixels;
    if (!m_quiet)
        Q_EMIT changed();
}

void MapLanes::reset()
{
    QVariantMap atFirst;
    for (const Entry& e : m_entries)
        atFirst.insert(e.id, QVariantMap { { QStringLiteral("shown"), e.shownAtFirst }, { QStringLiteral("height"), 0 } });
    setState(atFirst);
}

void MapLanes::setCurrent(const QString& id)
{
    if (id == m_current)
        return;
    m_current = id;
    for (const Entry& e : m_entries)
        e.lane->setCurrent(e.id == id);
    Q_EMIT currentChanged();
}

void MapLanes::step(int by)
{
    const auto lanes = shown();
    if (lanes.empty())
        return;
    const auto at = std::find_if(lanes.begin(), lanes.end(), [this](const Entry* e) { return e->id == m_current; });
    if (at == lanes.end())
        return setCurrent((by > 0 ? lanes.front() : lanes.back())->id);
    const auto count = static_cast<std::ptrdiff_t>(lanes.size());
    setCurrent(lanes[static_cast<std::size_t>(((at - lanes.begin()) + by + count) % count)]->id);
}

void MapLanes::growCurrent(int pixels)
{
    if (const Entry* e = find(m_current))
        setHeight(m_current, std::max(1, e->lane->axisRect()->outerRect().height() + pixels));
}

void MapLanes::hideCurrent()
{
    const QString hidden = m_current;
    step(1);
    if (m_current == hidden)
        setCurrent({});
    setShown(hidden, false);
}

QVariantMap MapLanes::state() const
{
    QVariantMap all;
    for (const Entry& e : m_entries)
        all.insert(e.id, QVariantMap { { QStringLiteral("shown"), e.shown() }, { QStringLiteral("height"), e.height } });
    return all;
}

void MapLanes::setState(const QVariantMap& state)
{
    const QVariantMap before = this->state();
    m_quiet = true;
    for (Entry& e : m_entries) {
        if (!state.contains(e.id))
            continue;
        const QVariantMap one = state.value(e.id).toMap();
        setShown(e.id, one.value(QStringLiteral("shown"), e.shown()).toBool());
        setHeight(e.id, one.value(QStringLiteral("height"), e.height).toInt());
    }
    m_quiet = false;
    if (this->state() != before)
        Q_EMIT changed();
}

} // namespace ravel
