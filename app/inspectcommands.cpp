// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/inspectcommands.h"

#include <QDockWidget>

#include "app/actions.h"
#include "app/mainwindow.h"
#include "items/session.h"
#include "widgets/heatpane.h"
#include "widgets/heatplot.h"
#include "widgets/heatrange.h"

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

QString tr(const char* text) { return MainWindow::tr(text); }

// Raises the pane that a command speaks of, so that what it does is seen.
template <class Run> auto inHeat(MainWindow& w, Run run)
{
    return [&w, run] {
        w.panes().heatDock->show();
        w.panes().heatDock->raise();
        run(*w.panes().heat);
    };
}

void heatCommands(MainWindow& w, Actions& a)
{
    a.beginGroup(tr("Heat map"));
    a.add(u"heat.swap"_s, tr("&Swap Rows and Columns"), {}, inHeat(w, [](HeatPane& heat) { heat.swapAxes(); }));
    a.add(u"heat.kernels"_s, tr("&Kernels as a Grid"), {}, inHeat(w, [](HeatPane& heat) { heat.setKernels(!heat.view() || !heat.view()->kernels()); }));
    a.add(u"heat.profiles"_s, tr("&Profiles of Rows and Columns"), {}, inHeat(w, [](HeatPane& heat) { heat.setProfiles(!heat.profiles()); }));
    for (const ColorMap::Name name : ColorMap::all)
        a.add(u"heat.colors."_s + ColorMap::id(name), tr("Colour Map: %1").arg(ColorMap::title(name)), {},
            inHeat(w, [name](HeatPane& heat) { heat.setColors(name); }));
    const struct {
        const char *id, *text;
        double cut;
    } ranges[] { { "heat.range.full", "Colours over the &Full Range", 0 }, { "heat.range.percentile01", "Colours from 0.1 to 99.9 %", 0.1 },
        { "heat.range.percentile1", "Colours from 1 to 99 %", 1 }, { "heat.range.percentile5", "Colours from 5 to 95 %", 5 } };
    for (const auto& range : ranges)
        a.add(QString::fromLatin1(range.id), tr(range.text), {}, inHeat(w, [cut = range.cut](HeatPane& heat) { heat.range()->setCut(cut); }));
    a.add(u"heat.range.symmetric"_s, tr("Colours &Symmetric About Zero"), {},
        inHeat(w, [](HeatPane& heat) { heat.range()->setSymmetric(!heat.range()->symmetric()); }));
    a.add(u"heat.extreme"_s, tr("Blocks Show Their &Extreme"), {}, inHeat(w, [](HeatPane& heat) { heat.setReduction(HeatReduction::Extreme); }));
    a.add(u"heat.mean"_s, tr("Blocks Show Their &Mean"), {}, inHeat(w, [](HeatPane& heat) { heat.setReduction(HeatReduction::Mean); }));

    HeatPlot* plot = w.panes().heat->plot();
    a.beginGroup(tr("Heat map (while it has the focus)"), plot);
    a.add(u"heat.zoomIn"_s, tr("Zoom In"), { QKeySequence(Qt::Key_W), QKeySequence(Qt::Key_Plus) }, [plot] { plot->zoomIn(); });
    a.add(u"heat.zoomOut"_s, tr("Zoom Out"), { QKeySequence(Qt::Key_S), QKeySequence(Qt::Key_Minus) }, [plot] { plot->zoomOut(); });
    a.add(u"heat.fit"_s, tr("Show All of It"), { QKeySequence(Qt::Key_F) }, [plot] { plot->fit(); });
    const struct {
        const char *id, *text;
        Qt::Key key, other;
        double across, down;
    } pans[] { { "heat.left", "Pan Left", Qt::Key_Left, Qt::Key_A, -0.25, 0 }, { "heat.right", "Pan Right", Qt::Key_Right, Qt::Key_D, 0.25, 0 },
        { "heat.up", "Pan Up", Qt::Key_Up, Qt::Key_PageUp, 0, -0.25 }, { "heat.down", "Pan Down", Qt::Key_Down, Qt::Key_PageDown, 0, 0.25 } };
    for (const auto& pan : pans)
        a.add(QString::fromLatin1(pan.id), tr(pan.text), { QKeySequence(pan.key), QKeySequence(pan.other) },
            [plot, across = pan.across, down = pan.down] { plot->pan(across, down); });
    a.add(u"heat.giveUp"_s, tr("Give Up the Drag, the Zoom or the Selection"), { QKeySequence(Qt::Key_Escape) }, [plot] { plot->giveUp(); });
}

void update(MainWindow& w)
{
    for (const Actions::Command& command : w.actions().all())
        if (command.id.startsWith(u"heat."_s))
            w.actions().setEnabled(command.id, w.session().document(), tr("nothing is open"));
}

} // namespace

void registerInspectCommands(MainWindow& w)
{
    heatCommands(w, w.actions());
    QObject::connect(&w.session(), &Session::layoutChanged, &w, [&w] { update(w); });
    update(w);
}

} // namespace ravel
