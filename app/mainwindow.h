// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMainWindow>

#include "app/panes.h"
#include "app/samples.h"
#include "items/recentfiles.h"

#include <optional>

class QMenu;

namespace ravel {

class Actions;
class Banners;
class SaveFlow;
class Session;
class TorchInfo;

// One window with one checkpoint. Only puts the parts together: panes.h, commands.h, menus.h, saveflow.h, banners.h, statusline.h.
class MainWindow : public QMainWindow {
    Q_OBJECT
public:
    explicit MainWindow(QWidget* parent = nullptr);
    ~MainWindow() override;

    Session& session() const { return *m_session; }
    Actions& actions() const { return *m_actions; }
    const Panes& panes() const { return m_panes; }
    RecentFiles& recent() const { return *m_recent; }
    SaveFlow& saveFlow() const { return *m_saveFlow; }
    Banners& banners() const { return *m_banners; }
    TorchInfo& torch() const { return *m_torch; }

    void open(const QString& path);                 // asks first where edits would be lost
    void openSample(const QString& resource, const QString& title);
    void askForFile();
    void arrange();                                 // the docks, as they were meant

Q_SIGNALS:
    void closed();                                  // it is going away, and nothing is left to ask
    void mapPainted();                              // once for each document: the first time

protected:
    void closeEvent(QCloseEvent*) override;
    void changeEvent(QEvent*) override;
    void dragEnterEvent(QDragEnterEvent*) override;
    void dropEvent(QDropEvent*) override;
    bool eventFilter(QObject*, QEvent*) override;

private:
    void placeWindow();
    void showDocument();   // after opened()
    void showTitle();
    void keepLayout();

    Session* m_session;
    RecentFiles* m_recent;
    Actions* m_actions;
    Panes m_panes;
    SaveFlow* m_saveFlow;
    Banners* m_banners;
    TorchInfo* m_torch;
    std::optional<SampleCopy> m_sample, m_openingSample;
    bool m_arranged = false, m_closing = false, m_awaitingPaint = false;
};

} // namespace ravel
