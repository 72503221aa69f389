// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/mapmenu.h"

#include <QMenu>

#include "widgets/maplanes.h"
#include "widgets/offsetmap.h"

#include <algorithm>

namespace ravel {

namespace {

template <class Set> void addToggle(QMenu& menu, const QString& text, bool on, Set set)
{
    QAction* action = menu.addAction(text);
    action->setCheckable(true);
    action->setChecked(on);
    QObject::connect(action, &QAction::toggled, &menu, set);
}

} // namespace

void showMapMenu(OffsetMap& map, QPoint globalPos)
{
    QMenu menu(&map);
    menu.addAction(OffsetMap::tr("Zoom to Selection"), &map, &OffsetMap::fitSelection)->setEnabled(map.hasSelection());
    menu.addAction(OffsetMap::tr("Show All"), &map, &OffsetMap::fitAll);
    menu.addSeparator();
    addToggle(menu, OffsetMap::tr("Logarithmic Values"), map.valueScale() == ValueScale::SymmetricLog,
        [&map](bool on) { map.setValueScale(on ? ValueScale::SymmetricLog : ValueScale::Linear); });
    addToggle(menu, OffsetMap::tr("Show Outliers in Full"), map.valueExtent() == ValueExtent::Full,
        [&map](bool on) { map.setValueExtent(on ? ValueExtent::Full : ValueExtent::Typical); });
    addToggle(menu, OffsetMap::tr("Wheel Scrolls"), map.wheelScrolls(), [&map](bool on) { map.setWheelScrolls(on); });
    menu.addSeparator();
    QMenu* lanes = menu.addMenu(OffsetMap::tr("Lanes"));
    for (const MapLanes::Entry& entry : map.lanes().all())
        lanes->addAction(entry.action);
    menu.exec(globalPos);
}

void showLaneMenu(OffsetMap& map, MapLane* lane, QPoint globalPos)
{
    QMenu menu(&map);
    MapLanes& lanes = map.lanes();
    const auto entry = std::find_if(lanes.all().begin(), lanes.all().end(), [lane](const auto& e) { return e.lane == lane; });
    if (lane && entry != lanes.all().end()) {
        lane->addTo(menu);
        if (!menu.isEmpty())
            menu.addSeparator();
        const QString id = entry->id;
        menu.addAction(OffsetMap::tr("Hide %1").arg(lane->name()), &menu, [&lanes, id] { lanes.setShown(id, false); });
        menu.addAction(OffsetMap::tr("Usual Height"), &menu, [&lanes, id] { lanes.setHeight(id, 0); })->setEnabled(entry->height > 0);
        menu.addSeparator();
    }
    for (const MapLanes::Entry& each : lanes.all())
        menu.addAction(each.action);
    menu.addSeparator();
    menu.addAction(OffsetMap::tr("All Lanes as at First"), &lanes, &MapLanes::reset);
    menu.exec(globalPos);
}

} // namespace ravel
