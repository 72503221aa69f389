// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/lanecommands.h"

#include <QActionGroup>
#include <QInputDialog>
#include <QMenu>
#include <QSettings>

#include "app/actions.h"
#include "app/mainwindow.h"
#include "widgets/maplanes.h"
#include "widgets/offsetmap.h"
#include "widgets/shardlist.h"
#include "widgets/shardslane.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

constexpr int step = 8; // pixels that a key makes a lane higher

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

struct Style {
    const char* id;
    ShardStyle style;
};
constexpr Style styles[] { { "shards.equal", ShardStyle::Equal }, { "shards.fsdp", ShardStyle::Fsdp }, { "shards.zero", ShardStyle::Zero },
    { "shards.zero3", ShardStyle::Zero3 } };

void askForParts(OffsetMap& map, QWidget* window)
{
    auto* dialog = new QInputDialog(window);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setObjectName(u"shardParts"_s);
    dialog->setWindowTitle(MainWindow::tr("Number of Ranks"));
    dialog->setLabelText(MainWindow::tr("Ranks that the vector is parted among:"));
    dialog->setInputMode(QInputDialog::IntInput);
    dialog->setIntRange(1, ShardSpec::most);
    dialog->setIntValue(map.shardSpec().parts);
    QObject::connect(dialog, &QInputDialog::intValueSelected, &map, [&map](int parts) { map.setShardSpec({ map.shardSpec().style, parts }); });
    dialog->open();
}

void showShardList(OffsetMap& map, QWidget* window)
{
    map.lanes().setShown(u"shards"_s, true);
    auto* list = window->findChild<ShardList*>(u"shardList"_s);
    if (!list)
        list = new ShardList(map, window);
    list->show();
    list->raise();
}

// Of the shards lane. Its menu finds them by their ids.
void registerShardCommands(MainWindow& w, Actions& a)
{
    OffsetMap* map = w.panes().map;
    QSettings settings;
    const int style = std::clamp(settings.value("map/shards/style"_L1, int(ShardStyle::Fsdp)).toInt(), 0, int(ShardStyle::Zero3));
    map->setShardSpec({ static_cast<ShardStyle>(style), settings.value("map/shards/parts"_L1, 8).toInt() });
    auto* group = new QActionGroup(&w);
    for (const Style& each : styles)
        group->addAction(a.addCheckable(QString::fromLatin1(each.id), MainWindow::tr("Shards: %1").arg(shardStyleName(each.style)), {}, map->shardSpec().style == each.style,
            [map, style = each.style](bool on) {
                if (on)
                    map->setShardSpec({ style, map->shardSpec().parts });
            }));
    a.add(u"shards.parts"_s, MainWindow::tr("Shards: Number of &Ranks…"), {}, [map, &w] { askForParts(*map, &w); });
    a.add(u"shards.more"_s, MainWindow::tr("Shards: Twice as Many Ranks"), {}, [map] { map->setShardSpec({ map->shardSpec().style, map->shardSpec().parts * 2 }); });
    a.add(u"shards.fewer"_s, MainWindow::tr("Shards: Half as Many Ranks"), {}, [map] { map->setShardSpec({ map->shardSpec().style, map->shardSpec().parts / 2 }); });
    a.add(u"shards.list"_s, MainWindow::tr("Shards: &List Tensors on More Than One Rank"), {}, [map, &w] { showShardList(*map, &w); });
    const auto update = [map, &a] {
        const bool open = map->layoutShown() != nullptr;
        a.setEnabled(u"shards.list"_s, open, MainWindow::tr("nothing is open"));
        for (const Style& each : styles)
            a[QString::fromLatin1(each.id)]->setChecked(map->shardSpec().style == each.style);
        QSettings kept;
        kept.setValue("map/shards/style"_L1, int(map->shardSpec().style));
        kept.setValue("map/shards/parts"_L1, map->shardSpec().parts);
    };
    QObject::connect(map, &OffsetMap::shardsChanged, &w, update);
    update();
}

// The map's own menu changes these, too.
void keepScaleChecked(MainWindow& w, Actions& a)
{
    OffsetMap* map = w.panes().map;
    QObject::connect(map, &OffsetMap::scaleChanged, &w, [map, &a] {
        a[u"view.fullRange"_s]->setChecked(map->valueExtent() == ValueExtent::Full);
        a[u"view.logValues"_s]->setChecked(map->valueScale() == ValueScale::SymmetricLog);
        a[u"view.wheelScrolls"_s]->setChecked(map->wheelScrolls());
    });
}

} // namespace

void registerLaneCommands(MainWindow& w)
{
    Actions& a = w.actions();
    OffsetMap* map = w.panes().map;
    MapLanes* lanes = &map->lanes();
    restore(*lanes);
    QObject::connect(lanes, &MapLanes::changed, &w, [lanes] { keep(*lanes); });
    a.beginGroup(MainWindow::tr("Lanes of the offset map (while it has the focus)"), map);
    for (const MapLanes::Entry& entry : lanes->all())
        a.adopt(u"lane."_s + entry.id, entry.action, {});
    a.add(u"lane.next"_s, MainWindow::tr("&Next Lane"), { QKeySequence(Qt::CTRL | Qt::Key_Down) }, [lanes] { lanes->step(1); });
    a.add(u"lane.previous"_s, MainWindow::tr("&Previous Lane"), { QKeySequence(Qt::CTRL | Qt::Key_Up) }, [lanes] { lanes->step(-1); });
    a.add(u"lane.higher"_s, MainWindow::tr("Make Lane &Higher"), { QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Down) }, [lanes] { lanes->growCurrent(step); });
    a.add(u"lane.lower"_s, MainWindow::tr("Make Lane &Lower"), { QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Up) }, [lanes] { lanes->growCurrent(-step); });
    a.add(u"lane.hide"_s, MainWindow::tr("H&ide Lane"), { QKeySequence(Qt::CTRL | Qt::Key_Backspace) }, [lanes] { lanes->hideCurrent(); });
    a.add(u"lane.reset"_s, MainWindow::tr("All Lanes as at &First"), {}, [lanes] { lanes->reset(); });
    registerShardCommands(w, a);
    keepScaleChecked(w, a);
    const auto update = [lanes, &a] {
        for (const auto& id : { u"lane.higher"_s, u"lane.lower"_s, u"lane.hide"_s })
            a.setEnabled(id, !lanes->current().isEmpty(), MainWindow::tr("no lane is chosen: Next Lane chooses one"));
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
    QMenu* shards = menu.addMenu(MainWindow::tr("&Shards"));
    shards->setToolTipsVisible(true);
    for (const Actions::Command& command : a.all())
        if (command.id.startsWith(u"shards."_s))
            shards->addAction(command.action);
    menu.addAction(a[u"lane.reset"_s]);
}

} // namespace ravel
