// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/layouts.h"

#include <QDataStream>
#include <QDockWidget>
#include <QInputDialog>
#include <QMenu>
#include <QSettings>
#include <QTimer>

#include "app/actions.h"
#include "app/mainwindow.h"
#include "items/session.h"
#include "widgets/messagebar.h"

#include <algorithm>
#include <array>

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

constexpr int layoutVersion = 1;
constexpr int stateVersion = 3; // of the state of the last window
const QString stateKey = u"window/state"_s;

QString settingOf(const QString& name) { return u"layouts/"_s + QString::fromLatin1(name.toUtf8().toPercentEncoding()); }

// Names stand in a state as QDataStream writes a QString: its length in bytes, then UTF-16, both big-endian.
bool isNamedIn(const QByteArray& state, const QString& name)
{
    QByteArray written;
    QDataStream stream(&written, QIODevice::WriteOnly);
    stream << name;
    return state.contains(written);
}

// Panes that the state does not name were added since it was kept: they stay where they are, or come to the place they have by default.
bool restorePanes(MainWindow& w, const QByteArray& state, int version)
{
    struct Added {
        QDockWidget* dock;
        bool shown;
    };
    QList<Added> added;
    bool placed = true;
    for (QDockWidget* dock : w.panes().docks())
        if (!isNamedIn(state, dock->objectName())) {
            added << Added { dock, !dock->isHidden() };
            placed = placed && w.dockWidgetArea(dock) != Qt::NoDockWidgetArea;
        }
    if (state.isEmpty() || added.isEmpty())
        return !state.isEmpty() && w.restoreState(state, version);
    if (!placed)
        w.arrange();
    if (!w.restoreState(state, version))
        return false;
    for (const Added& each : added)
        each.dock->setVisible(each.shown || !placed);
    return true;
}

// The tree with its lists at the left, two docks side by side below the map, the others behind the first of them. A dock that is one of
// several tabs cannot be split any more: the two first, then the tabs.
void place(MainWindow& w, QDockWidget* first, QDockWidget* second)
{
    const Panes& p = w.panes();
    w.setCorner(Qt::BottomLeftCorner, Qt::BottomDockWidgetArea);
    w.setCorner(Qt::BottomRightCorner, Qt::BottomDockWidgetArea);
    for (QDockWidget* each : p.docks()) {
        w.removeDockWidget(each);
        each->setFloating(false);
    }
    w.addDockWidget(Qt::LeftDockWidgetArea, p.treeDock);
    w.tabifyDockWidget(p.treeDock, p.anomaliesDock);
    w.tabifyDockWidget(p.anomaliesDock, p.bookmarksDock);
    w.addDockWidget(Qt::BottomDockWidgetArea, first);
    w.splitDockWidget(first, second, Qt::Horizontal);
    for (QDockWidget* each : p.docks())
        if (!QList { p.treeDock, p.anomaliesDock, p.bookmarksDock, first, second }.contains(each))
            w.tabifyDockWidget(each == p.heatDock && second == p.valuesDock ? second : first, each); // a table and its picture belong together
}

// How the panes stand in a layout. Left and right are a stack of tabs each: the rest of the panes comes behind the first pane at the left.
struct Arrangement {
    std::array<QDockWidget*, 2> sides;  // the first panes of the two stacks below the map
    std::array<QDockWidget*, 2> raised; // what is seen of them
    QList<QDockWidget*> shown;
    std::array<int, 2> widths;          // percent of the window's width, of the two stacks
    int treeWidth, bottomHeight;        // percent of the window's width and height
};

Arrangement inspecting(const Panes& p)
{
    return { .sides = { p.valuesDock, p.histogramDock },
        .raised = { p.heatDock, p.histogramDock },
        .shown = { p.treeDock, p.anomaliesDock, p.bookmarksDock, p.valuesDock, p.heatDock, p.comparisonDock, p.histogramDock },
        .widths = { 60, 40 },
        .treeWidth = 26,
        .bottomHeight = 46 };
}

Arrangement teaching(const Panes& p)
{
    return { .sides = { p.lessonDock, p.valuesDock },
        .raised = { p.lessonDock, p.heatDock },
        .shown = { p.treeDock, p.lessonDock, p.valuesDock, p.heatDock },
        .widths = { 60, 40 },
        .treeWidth = 24,
        .bottomHeight = 50 };
}

void share(MainWindow& w, const Arrangement& how)
{
    w.resizeDocks({ w.panes().treeDock }, { std::max(280, w.width() * how.treeWidth / 100) }, Qt::Horizontal);
    w.resizeDocks({ how.raised[0], how.raised[1] }, { w.width() * how.widths[0] / 100, w.width() * how.widths[1] / 100 }, Qt::Horizontal);
    w.resizeDocks({ how.raised[0] }, { w.height() * how.bottomHeight / 100 }, Qt::Vertical);
}

void arrangeAs(MainWindow& w, const Arrangement& how)
{
    place(w, how.sides[0], how.sides[1]);
    for (QDockWidget* each : w.panes().docks())
        each->setVisible(how.shown.contains(each));
    for (QDockWidget* each : { w.panes().treeDock, how.raised[0], how.raised[1] })
        each->raise();
    share(w, how);
    QTimer::singleShot(0, &w, [&w, how] { share(w, how); }); // the docks have their real sizes only then
}

void askForName(MainWindow& w)
{
    auto* dialog = new QInputDialog(&w);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setObjectName(u"layoutName"_s);
    dialog->setWindowTitle(MainWindow::tr("Save Layout"));
    dialog->setLabelText(MainWindow::tr("Name of the layout (one that is there already is replaced):"));
    dialog->setComboBoxItems(QStringList { QString() } + savedLayouts());
    dialog->setComboBoxEditable(true);
    QObject::connect(dialog, &QInputDialog::textValueSelected, &w, [&w](const QString& name) {
        if (!name.trimmed().isEmpty())
            saveLayout(w, name.trimmed());
    });
    dialog->open();
}

void applyNamed(MainWindow& w, const QString& name)
{
    const QString key = u"layout"_s;
    w.panes().messages->withdraw(key);
    if (!applySavedLayout(w, name))
        w.panes().messages->tell(key, { Tone::Warning, MainWindow::tr("The layout “%1” can't be applied: what was saved of it is no arrangement of these panes.").arg(name), {}, {} });
}

void choose(MainWindow& w, const QString& label, void (*then)(MainWindow&, const QString&))
{
    auto* dialog = new QInputDialog(&w);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(MainWindow::tr("Saved Layouts"));
    dialog->setLabelText(label);
    dialog->setComboBoxItems(savedLayouts());
    QObject::connect(dialog, &QInputDialog::textValueSelected, &w, [&w, then](const QString& name) { then(w, name); });
    dialog->open();
}

void update(MainWindow& w)
{
    Actions& a = w.actions();
    const bool open = w.session().document() != nullptr;
    for (const auto& id : { u"layout.inspect"_s, u"layout.edit"_s, u"layout.teach"_s, u"layout.save"_s })
        a.setEnabled(id, open, MainWindow::tr("nothing is open"));
    const bool any = !savedLayouts().isEmpty();
    a.setEnabled(u"layout.apply"_s, open && any, any ? MainWindow::tr("nothing is open") : MainWindow::tr("no layout has been saved"));
    a.setEnabled(u"layout.remove"_s, any, MainWindow::tr("no layout has been saved"));
}

} // namespace

void applyLayout(MainWindow& w, PaneLayout layout)
{
    switch (layout) {
    case PaneLayout::Edit:
        return w.arrange();
    case PaneLayout::Inspect:
        return arrangeAs(w, inspecting(w.panes()));
    case PaneLayout::Teach:
        return arrangeAs(w, teaching(w.panes()));
    }
}

QStringList savedLayouts()
{
    QSettings settings;
    settings.beginGroup("layouts"_L1);
    QStringList names;
    for (const QString& key : settings.childKeys())
        names << QString::fromUtf8(QByteArray::fromPercentEncoding(key.toLatin1()));
    return names;
}

void saveLayout(const MainWindow& w, const QString& name)
{
    QSettings().setValue(settingOf(name), w.saveState(layoutVersion));
    update(const_cast<MainWindow&>(w));
}

bool applySavedLayout(MainWindow& w, const QString& name)
{
    const QByteArray state = QSettings().value(settingOf(name)).toByteArray();
    return restorePanes(w, state, layoutVersion);
}

void keepPanes(const MainWindow& w) { QSettings().setValue(stateKey, w.saveState(stateVersion)); }
bool restoreKeptPanes(MainWindow& w) { return restorePanes(w, QSettings().value(stateKey).toByteArray(), stateVersion); }

void removeLayout(const QString& name) { QSettings().remove(settingOf(name)); }

void registerLayoutCommands(MainWindow& w)
{
    Actions& a = w.actions();
    a.beginGroup(MainWindow::tr("Layouts of the panes"));
    a.add(u"layout.inspect"_s, MainWindow::tr("Layout: &Inspect"), { QKeySequence(Qt::CTRL | Qt::ALT | Qt::Key_1) }, [&w] { applyLayout(w, PaneLayout::Inspect); });
    a.add(u"layout.edit"_s, MainWindow::tr("Layout: &Edit"), { QKeySequence(Qt::CTRL | Qt::ALT | Qt::Key_2) }, [&w] { applyLayout(w, PaneLayout::Edit); });
    a.add(u"layout.teach"_s, MainWindow::tr("Layout: &Teach"), { QKeySequence(Qt::CTRL | Qt::ALT | Qt::Key_3) }, [&w] { applyLayout(w, PaneLayout::Teach); });
    a.add(u"layout.save"_s, MainWindow::tr("&Save Layout…"), {}, [&w] { askForName(w); });
    a.add(u"layout.apply"_s, MainWindow::tr("Sa&ved Layouts…"), {},
        [&w] { choose(w, MainWindow::tr("Arrange the panes as in:"), applyNamed); });
    a.add(u"layout.remove"_s, MainWindow::tr("&Remove a Layout…"), {}, [&w] {
        choose(w, MainWindow::tr("Layout to remove:"), [](MainWindow& window, const QString& name) {
            removeLayout(name);
            update(window);
        });
    });
    QObject::connect(&w.session(), &Session::layoutChanged, &w, [&w] { update(w); });
    update(w);
}

void fillLayoutMenu(QMenu& menu, MainWindow& w)
{
    menu.setToolTipsVisible(true);
    QObject::connect(&menu, &QMenu::aboutToShow, &w, [&menu, &w] {
        const Actions& a = w.actions();
        menu.clear();
        for (const auto& id : { u"layout.inspect"_s, u"layout.edit"_s, u"layout.teach"_s })
            menu.addAction(a[id]);
        menu.addSeparator();
        for (const QString& name : savedLayouts())
            menu.addAction(QString(name).replace(u'&', u"&&"_s), &w, [&w, name] { applyNamed(w, name); })->setEnabled(w.session().document());
        menu.addSeparator();
        menu.addAction(a[u"layout.save"_s]);
        menu.addAction(a[u"layout.remove"_s]);
        menu.addAction(a[u"view.arrange"_s]);
    });
}

} // namespace ravel
