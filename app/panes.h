// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>

class QDockWidget;
class QMainWindow;
class QStackedWidget;
class QUndoView;

namespace ravel {

class Actions;
class AnomalyPane;
class BookmarkPane;
class Comparison;
class ComparisonPane;
class EditPanel;
class HeatPane;
class HistogramView;
class LayoutBar;
class LessonPane;
class MessageBar;
class OffsetMap;
class Session;
class SliceBox;
class StartPage;
class TreePane;
class ValuePane;

// The panes of the window and the docks they stand in (interface.md's drawing). They meet in the session and its selection only.
struct Panes {
    QStackedWidget* pages = nullptr; // start page, map
    StartPage* start = nullptr;
    MessageBar* messages = nullptr;
    LayoutBar* layoutBar = nullptr;
    OffsetMap* map = nullptr;
    SliceBox* slice = nullptr;
    TreePane* tree = nullptr;
    HistogramView* histogram = nullptr;
    ValuePane* values = nullptr;
    HeatPane* heat = nullptr;
    LessonPane* lesson = nullptr;
    AnomalyPane* anomalies = nullptr;
    BookmarkPane* bookmarks = nullptr;
    Comparison* comparison = nullptr;
    ComparisonPane* comparisonPane = nullptr;
    EditPanel* edit = nullptr;
    QUndoView* history = nullptr;
    QDockWidget *treeDock = nullptr, *histogramDock = nullptr, *valuesDock = nullptr, *heatDock = nullptr, *lessonDock = nullptr, *editDock = nullptr, *historyDock = nullptr,
                *anomaliesDock = nullptr, *bookmarksDock = nullptr, *comparisonDock = nullptr;

    QList<QDockWidget*> docks() const
    {
        return { treeDock, anomaliesDock, bookmarksDock, histogramDock, valuesDock, heatDock, lessonDock, comparisonDock, editDock, historyDock };
    }
};

Panes makePanes(QMainWindow&, Session&);
// As interface.md draws them, in proportions for the window's size.
void arrangeDocks(QMainWindow&, const Panes&);
void connectPanes(Session&, const Panes&);

} // namespace ravel
