// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panes.h"

#include <QDockWidget>
#include <QMainWindow>
#include <QStackedWidget>
#include <QTimer>
#include <QUndoView>
#include <QVBoxLayout>

#include "app/samples.h"
#include "items/comparison.h"
#include "items/session.h"
#include "widgets/anomalypane.h"
#include "widgets/bookmarkpane.h"
#include "widgets/comparisonpane.h"
#include "widgets/editpanel.h"
#include "widgets/heatpane.h"
#include "widgets/histogramview.h"
#include "widgets/layoutbar.h"
#include "widgets/lessonpane.h"
#include "widgets/messagebar.h"
#include "widgets/offsetmap.h"
#include "widgets/slicebox.h"
#include "widgets/startpage.h"
#include "widgets/treepane.h"
#include "widgets/valuepane.h"

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

constexpr int roomForAllDocks = 860; // pixels of window height below which Edit and History share a place

QDockWidget* dock(QMainWindow& window, const QString& name, const QString& title, QWidget* content)
{
    auto* made = new QDockWidget(title, &window);
    made->setObjectName(name);
    made->setWidget(content);
    return made;
}

void shareRoom(QMainWindow& window, const Panes& panes)
{
    const int width = window.width(), height = window.height(), bottom = height >= roomForAllDocks ? height * 2 / 5 : height * 35 / 100;
    window.resizeDocks({ panes.treeDock }, { std::max(380, width * 30 / 100) }, Qt::Horizontal);
    window.resizeDocks({ panes.histogramDock, panes.valuesDock, panes.editDock },
        { width * 33 / 100, width * 40 / 100, width * 27 / 100 }, Qt::Horizontal);
    window.resizeDocks({ panes.histogramDock }, { bottom }, Qt::Vertical);
    if (height >= roomForAllDocks)
        window.resizeDocks({ panes.editDock, panes.historyDock }, { 270, bottom - 270 }, Qt::Vertical);
}

QWidget* central(QMainWindow& window, const Panes& panes)
{
    auto* page = new QWidget(&window);
    auto* mapColumn = new QVBoxLayout(page);
    mapColumn->setContentsMargins(0, 0, 0, 0);
    mapColumn->setSpacing(0);
    mapColumn->addWidget(panes.layoutBar);
    mapColumn->addWidget(panes.map, 1);
    panes.pages->addWidget(panes.start);
    panes.pages->addWidget(page);
    auto* all = new QWidget(&window);
    auto* column = new QVBoxLayout(all);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(panes.messages);
    column->addWidget(panes.pages, 1);
    return all;
}

} // namespace

Panes makePanes(QMainWindow& window, Session& session)
{
    Panes panes;
    panes.pages = new QStackedWidget(&window);
    panes.start = new StartPage(samples(), &window);
    panes.messages = new MessageBar(&window);
    panes.layoutBar = new LayoutBar(session, &window);
    panes.map = new OffsetMap(&window);
    panes.map->setAccessibleName(QMainWindow::tr("Offset map"));
    panes.slice = new SliceBox(session, &window);
    panes.tree = new TreePane(session, &window);
    panes.histogram = new HistogramView(&window);
    panes.values = new ValuePane(session, &window);
    panes.heat = new HeatPane(session, &window);
    panes.lesson = new LessonPane(session, &window);
    panes.anomalies = new AnomalyPane(session, &window);
    panes.bookmarks = new BookmarkPane(session, &window);
    panes.comparison = new Comparison(session, &window);
    panes.comparisonPane = new ComparisonPane(session, *panes.comparison, &window);
    panes.edit = new EditPanel(session, &window);
    panes.history = new QUndoView(session.undoStack(), &window);
    panes.history->setEmptyLabel(QMainWindow::tr("As in the file"));
    panes.history->setAccessibleName(QMainWindow::tr("History"));
    panes.history->setFrameShape(QFrame::NoFrame);
    panes.treeDock = dock(window, u"parameters"_s, QMainWindow::tr("Parameters"), panes.tree);
    panes.histogramDock = dock(window, u"histogram"_s, QMainWindow::tr("Histogram"), panes.histogram);
    panes.valuesDock = dock(window, u"values"_s, QMainWindow::tr("Values"), panes.values);
    panes.heatDock = dock(window, u"heatmap"_s, QMainWindow::tr("Heat Map"), panes.heat);
    panes.lessonDock = dock(window, u"lesson"_s, QMainWindow::tr("Lesson"), panes.lesson);
    panes.anomaliesDock = dock(window, u"anomalies"_s, QMainWindow::tr("Anomalies"), panes.anomalies);
    panes.bookmarksDock = dock(window, u"bookmarks"_s, QMainWindow::tr("Bookmarks"), panes.bookmarks);
    panes.comparisonDock = dock(window, u"comparison"_s, QMainWindow::tr("Comparison"), panes.comparisonPane);
    panes.editDock = dock(window, u"edit"_s, QMainWindow::tr("Edit"), panes.edit);
    panes.historyDock = dock(window, u"history"_s, QMainWindow::tr("History"), panes.history);
    window.setCentralWidget(central(window, panes));
    return panes;
}

void arrangeDocks(QMainWindow& window, const Panes& panes)
{
    window.setCorner(Qt::BottomLeftCorner, Qt::BottomDockWidgetArea);
    window.setCorner(Qt::BottomRightCorner, Qt::BottomDockWidgetArea);
    for (QDockWidget* each : panes.docks()) {
        window.removeDockWidget(each);
        each->setFloating(false);
    }
    window.addDockWidget(Qt::LeftDockWidgetArea, panes.treeDock);
    window.tabifyDockWidget(panes.treeDock, panes.anomaliesDock);
    window.tabifyDockWidget(panes.anomaliesDock, panes.bookmarksDock);
    window.addDockWidget(Qt::BottomDockWidgetArea, panes.histogramDock);
    window.splitDockWidget(panes.histogramDock, panes.valuesDock, Qt::Horizontal);
    window.splitDockWidget(panes.valuesDock, panes.editDock, Qt::Horizontal);
    window.tabifyDockWidget(panes.valuesDock, panes.heatDock);
    window.tabifyDockWidget(panes.heatDock, panes.lessonDock);
    window.tabifyDockWidget(panes.lessonDock, panes.comparisonDock);
    if (window.height() >= roomForAllDocks)
        window.splitDockWidget(panes.editDock, panes.historyDock, Qt::Vertical);
    else
        window.tabifyDockWidget(panes.editDock, panes.historyDock);
    for (QDockWidget* each : panes.docks())
        each->show();
    panes.treeDock->raise();
    panes.valuesDock->raise();
    panes.editDock->raise();
    shareRoom(window, panes);
    QTimer::singleShot(0, &window, [&window, panes] { shareRoom(window, panes); }); // once the window has its real size
}

void connectPanes(Session& session, const Panes& panes)
{
    const auto layOut = [&session, panes] {
        const Document& document = *session.document();
        panes.map->setDocument(document.layout(), document.pyramid(), document.edited(), session.selection());
        panes.histogram->setDocument(document.layout(), EditedVector(document.checkpointPtr()), document.edited(), session.selection(), document.pyramid());
    };
    QObject::connect(&session, &Session::layoutChanged, panes.map, layOut);
    QObject::connect(&session, &Session::statisticsChanged, panes.map, &OffsetMap::refresh);
    panes.histogram->setTasks(session.tasks());
    QObject::connect(&session, &Session::statisticsChanged, panes.histogram, [panes] { panes.histogram->analysed(false); });
    QObject::connect(&session, &Session::idle, panes.histogram, [panes] { panes.histogram->analysed(true); });
    QObject::connect(&session, &Session::editsChanged, panes.map, [&session, panes] {
        panes.map->setEdited(session.document()->edited());
        panes.histogram->setEdited(session.document()->edited());
    });
    QObject::connect(&session, &Session::previewed, panes.map, [&session, panes](const Preview& preview) {
        if (preview.effect || !preview.applied || !session.document())
            return; // the second word on the same step: it looks the same
        const EditedVector after = session.document()->edited().with(preview.applied);
        panes.map->setPreview(after);
        panes.histogram->setPreview(after);
    });
    QObject::connect(&session, &Session::previewCleared, panes.map, [panes] {
        panes.map->setPreview(std::nullopt);
        panes.histogram->setPreview(std::nullopt);
    });
    QObject::connect(panes.tree, &TreePane::scopeWanted, panes.layoutBar, &LayoutBar::setScope);
}

} // namespace ravel
