// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/lanecommands.h"

#include <QMenu>
#include <QSettings>

#include "app/actions.h"
#include "app/mainwindow.h"
#include "widgets/maplanes.h"
#include "widgets/offsetmap.h"

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

constexpr int step = 8; // pixels that a key makes a lane higher

QString tr(const char* text) { return MainWindow::tr(text); }

void restore(MapLanes& lanes)
{
    QSettings settings;
    QVariantMap state;
    for (const MapLanes::Entry& entry : lanes.all()) {
        const QString key = u"map/lanes/"_s + entry.id;
        if (settings.contains(key + u"/shown"_s))
            state.insert(entry.id, QVariantMap { { u"shown"_s, settings.value(key + u"/shown"_s) }, { u"height"_s, settings.value(key + u"/height"_s) } });
    }
    lanes.setState(state);
}

void keep(const MapLanes& lanes)
{
    QSettings settings;
    for (const MapLanes::Entry& entry : lanes.all()) {
        settings.setValue(u"map/lanes/"_s + entry.id + u"/shown"_s, entry.shown());
        settings.setValue(u"map/lanes/"_s + entry.id + u"/height"_s, entry.height);
    }
}

} // namespace

void registerLaneCommands(MainWindow& w)
{
    Actions& a = w.actions();
    OffsetMap* map = w.panes().map;
    MapLanes* lanes = &map->lanes();
    restore(*lanes);
    QObject::connect(lanes, &MapLanes::changed, &w, [lanes] { keep(*lanes); });
    a.beginGroup(tr("Lanes of the offset map (while it has the focus)"), map);
    for (const MapLanes::Entry& entry : lanes->all())
        a.adopt(u"lane."_s + entry.id, entry.action, {});
    a.add(u"lane.next"_s, tr("&Next Lane"), { QKeySequence(Qt::CTRL | Qt::Key_Down) }, [lanes] { lanes->step(1); });
    a.add(u"lane.previous"_s, tr("&Previous Lane"), { QKeySequence(Qt::CTRL | Qt::Key_Up) }, [lanes] { lanes->step(-1); });
    a.add(u"lane.higher"_s, tr("Make Lane &Higher"), { QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Down) }, [lanes] { lanes->growCurrent(step); });
    a.add(u"lane.lower"_s, tr("Make Lane &Lower"), { QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Up) }, [lanes] { lanes->growCurrent(-step); });
    a.add(u"lane.hide"_s, tr("H&ide Lane"), { QKeySequence(Qt::CTRL | Qt::Key_Backspace) }, [lanes] { lanes->hideCurrent(); });
    a.add(u"lane.reset"_s, tr("All Lanes as at &First"), {}, [lanes] { lanes->reset(); });
    const auto update = [lanes, &a] {
        for (const auto& id : { u"lane.higher"_s, u"lane.lower"_s, u"lane.hide"_s })
            a.setEnabled(id, !lanes->current().isEmpty(), tr("no lane is chosen: Next Lane chooses one"));
    };
    QObject::connect(lanes, &MapLanes::currentChanged, &w, update);
    update();
}

void fillLaneMenu(QMenu& menu, MainWindow& w)
{
    const Actions& a = w.actions();
    menu.setToolTipsVisible(true);
    for (const MapLanes::Entry& entry : w.panes().map->lanes().all())
        menu.addAction(entry.action);
    menu.addSeparator();
    for (const auto& id : { u"lane.next"_s, u"lane.previous"_s, u"lane.higher"_s, u"lane.lower"_s, u"lane.hide"_s })
        menu.addAction(a[id]);
    menu.addSeparator();
    menu.addAction(a[u"lane.reset"_s]);
}

} // namespace ravel
