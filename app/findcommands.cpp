// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/findcommands.h"

#include <QDockWidget>
#include <QMenu>
#include <QPointer>
#include <QStatusBar>
#include <QTreeView>

#include "app/actions.h"
#include "app/mainwindow.h"
#include "items/qtext.h"
#include "items/session.h"
#include "widgets/anomalypane.h"
#include "widgets/bookmarkpane.h"
#include "widgets/offsetmap.h"
#include "widgets/slicebox.h"
#include "widgets/treepane.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

constexpr int saidFor = 8000; // milliseconds

MapAnomaly::Kind markOf(AnomalyKind kind)
{
    switch (kind) {
    case AnomalyKind::Nan: return MapAnomaly::Nan;
    case AnomalyKind::Inf: return MapAnomaly::Inf;
    case AnomalyKind::AllZero: return MapAnomaly::AllZero;
    case AnomalyKind::DeadRows:
    case AnomalyKind::DeadColumns: return MapAnomaly::Dead;
    case AnomalyKind::Outlier: return MapAnomaly::Outlier;
    case AnomalyKind::Duplicate: return MapAnomaly::Duplicate;
    case AnomalyKind::FarFromSiblings: return MapAnomaly::Unusual;
    }
    return MapAnomaly::Unusual;
}

std::vector<MapAnomaly> marksOf(const AnomalyModel& model)
{
    std::vector<MapAnomaly> marks;
    marks.reserve(model.places().size());
    for (const AnomalyModel::Place& place : model.places())
        marks.push_back({ place.range, markOf(model.all()[place.anomaly].kind), place.anomaly });
    return marks;
}

QString wordsOf(const AnomalyModel& model, std::size_t finding)
{
    if (finding >= model.all().size())
        return {};
    const Anomaly& anomaly = model.all()[finding];
    return toQt(anomalyPlace(*model.layout(), anomaly)) + u": "_s + AnomalyModel::words(*model.layout(), anomaly);
}

std::vector<std::pair<FlatRange, QString>> flagsOf(const Session& session, const Bookmarks& bookmarks)
{
    std::vector<std::pair<FlatRange, QString>> flags;
    for (int row = 0; row < bookmarks.rowCount(); ++row) {
        const auto selection = bookmarks.selection(row);
        const FlatCover cover = selection ? flatCover(*session.document()->layout(), *selection, 64) : FlatCover();
        if (!cover.ranges.empty())
            flags.push_back({ cover.ranges.front(), bookmarks.index(row, 0).data(Qt::ToolTipRole).toString() });
    }
    std::sort(flags.begin(), flags.end(), [](const auto& a, const auto& b) { return a.first.begin < b.first.begin; });
    return flags;
}

void connectPanes(MainWindow& w)
{
    const Panes& p = w.panes();
    AnomalyPane* anomalies = p.anomalies;
    OffsetMap* map = p.map;
    QObject::connect(anomalies, &AnomalyPane::found, map, [anomalies, map] {
        map->setAnomalies(marksOf(*anomalies->model()), [model = QPointer(anomalies->model())](std::size_t finding) { return model ? wordsOf(*model, finding) : QString(); });
    });
    QObject::connect(anomalies, &AnomalyPane::placeWanted, map, &OffsetMap::zoomTo);
    QObject::connect(p.bookmarks, &BookmarkPane::placeWanted, map, &OffsetMap::zoomTo);
    const Bookmarks* bookmarks = p.bookmarks->model();
    QObject::connect(bookmarks, &Bookmarks::changed, map, [&w, bookmarks, map] { map->setBookmarks(flagsOf(w.session(), *bookmarks)); });
    QObject::connect(p.slice, &SliceBox::placeWanted, map, &OffsetMap::zoomTo);
    const auto say = [&w](const QString& text) { w.statusBar()->showMessage(text, saidFor); };
    QObject::connect(anomalies, &AnomalyPane::said, &w, say);
    QObject::connect(p.bookmarks, &BookmarkPane::said, &w, say);
}

void columnCommands(MainWindow& w, Actions& a)
{
    TreePane* tree = w.panes().tree;
    a.beginGroup(MainWindow::tr("Parameters"));
    QAction* flat = a.addCheckable(u"tree.list"_s, MainWindow::tr("Parameters as One &List"), {}, false, [tree](bool on) { tree->setFlat(on); });
    QObject::connect(tree, &TreePane::flatChanged, flat, &QAction::setChecked);
    for (int column = TreeModel::Distribution; column < TreeModel::ColumnCount; ++column) {
        QAction* action = a.addCheckable(u"tree.column."_s + TreePane::columnId(column), MainWindow::tr("Column: %1").arg(TreePane::columnTitle(column)), {},
            tree->isColumnShown(column), [tree, column](bool on) { tree->showColumn(column, on); });
        QObject::connect(tree, &TreePane::columnsChanged, action, [tree, column, action] { action->setChecked(tree->isColumnShown(column)); });
    }
}

} // namespace

void registerFindCommands(MainWindow& w)
{
    Actions& a = w.actions();
    const Panes& p = w.panes();
    columnCommands(w, a);
    a.beginGroup(MainWindow::tr("Offset map (while it has the focus)"), p.map);
    a.add(u"anomaly.next"_s, MainWindow::tr("Next &Anomaly"), { QKeySequence(Qt::Key_N) }, [p] { p.anomalies->next(); });
    a.add(u"anomaly.previous"_s, MainWindow::tr("Previous A&nomaly"), { QKeySequence(Qt::SHIFT | Qt::Key_N) }, [p] { p.anomalies->previous(); });
    a.add(u"bookmark.add"_s, MainWindow::tr("Add &Bookmark"), { QKeySequence(Qt::Key_M) }, [p] { p.bookmarks->add(); });
    a.beginGroup(MainWindow::tr("Bookmarks and anomalies"));
    a.add(u"bookmark.note"_s, MainWindow::tr("Edit Bookmark's N&ote"), {}, [p] {
        p.bookmarksDock->show();
        p.bookmarksDock->raise();
        p.bookmarks->editNote();
    });
    a.add(u"bookmark.delete"_s, MainWindow::tr("&Delete Bookmark"), {}, [p] { p.bookmarks->removeCurrent(); });
    a.add(u"anomaly.copy"_s, MainWindow::tr("&Copy Anomalies as TSV"), {}, [p] { p.anomalies->copy(); });
    connectPanes(w);
    const auto refresh = [&w] { updateFindCommands(w); };
    QObject::connect(p.anomalies, &AnomalyPane::found, &w, refresh);
    QObject::connect(p.bookmarks->model(), &Bookmarks::changed, &w, refresh);
    QObject::connect(p.bookmarks->view()->selectionModel(), &QItemSelectionModel::currentChanged, &w, refresh);
    QObject::connect(w.session().selection(), &SelectionModel::hoveredChanged, &w, refresh);
}

void updateFindCommands(MainWindow& w)
{
    Actions& a = w.actions();
    const bool open = w.session().document() != nullptr;
    const QString nothing = MainWindow::tr("nothing is open");
    const bool any = open && !w.panes().anomalies->model()->all().empty();
    for (const auto& id : { u"anomaly.next"_s, u"anomaly.previous"_s, u"anomaly.copy"_s })
        a.setEnabled(id, any, open ? MainWindow::tr("no anomalies were found") : nothing);
    const SelectionModel& selection = *w.session().selection();
    a.setEnabled(u"bookmark.add"_s, open && (!selection.selection().empty() || selection.hovered()), open ? MainWindow::tr("nothing is selected") : nothing);
    const bool current = open && w.panes().bookmarks->view()->currentIndex().isValid();
    for (const auto& id : { u"bookmark.note"_s, u"bookmark.delete"_s })
        a.setEnabled(id, current, open ? MainWindow::tr("no bookmark is marked in the list") : nothing);
}

void fillFindMenu(MainWindow& w, QMenu* menu)
{
    menu->addSeparator();
    for (const auto& id : { u"anomaly.next"_s, u"anomaly.previous"_s })
        menu->addAction(w.actions()[id]);
    menu->addSeparator();
    for (const auto& id : { u"bookmark.add"_s, u"bookmark.note"_s, u"bookmark.delete"_s })
        menu->addAction(w.actions()[id]);
}

void fillColumnMenu(MainWindow& w, QMenu* view)
{
    QMenu* menu = view->addMenu(MainWindow::tr("Parameter &Columns"));
    menu->addAction(w.actions()[u"tree.list"_s]);
    menu->addSeparator();
    for (const Actions::Command& command : w.actions().all())
        if (command.id.startsWith(u"tree.column."_s))
            menu->addAction(command.action);
}

} // namespace ravel
