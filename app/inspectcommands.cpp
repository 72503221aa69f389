// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/inspectcommands.h"

#include <QDockWidget>
#include <QMenu>

#include "app/actions.h"
#include "app/mainwindow.h"
#include "items/session.h"
#include "stats/siblings.h"
#include "widgets/heatpane.h"
#include "widgets/heatplot.h"
#include "widgets/heatrange.h"
#include "widgets/histogramview.h"

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

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
    a.beginGroup(MainWindow::tr("Heat map"));
    a.add(u"heat.swap"_s, MainWindow::tr("&Swap Rows and Columns"), {}, inHeat(w, [](HeatPane& heat) { heat.swapAxes(); }));
    a.add(u"heat.kernels"_s, MainWindow::tr("&Kernels as a Grid"), {}, inHeat(w, [](HeatPane& heat) { heat.setKernels(!heat.view() || !heat.view()->kernels()); }));
    a.add(u"heat.profiles"_s, MainWindow::tr("&Profiles of Rows and Columns"), {}, inHeat(w, [](HeatPane& heat) { heat.setProfiles(!heat.profiles()); }));
    for (const ColorMap::Name name : ColorMap::all)
        a.add(u"heat.colors."_s + ColorMap::id(name), MainWindow::tr("Colour Map: %1").arg(ColorMap::title(name)), {},
            inHeat(w, [name](HeatPane& heat) { heat.setColors(name); }));
    const struct {
        QString id, text;
        double cut;
    } ranges[] { { u"heat.range.full"_s, MainWindow::tr("Colours over the &Full Range"), 0 }, { u"heat.range.percentile01"_s, MainWindow::tr("Colours from 0.1 to 99.9 %"), 0.1 },
        { u"heat.range.percentile1"_s, MainWindow::tr("Colours from 1 to 99 %"), 1 }, { u"heat.range.percentile5"_s, MainWindow::tr("Colours from 5 to 95 %"), 5 } };
    for (const auto& range : ranges)
        a.add(range.id, range.text, {}, inHeat(w, [cut = range.cut](HeatPane& heat) { heat.range()->setCut(cut); }));
    a.add(u"heat.range.symmetric"_s, MainWindow::tr("Colours &Symmetric About Zero"), {},
        inHeat(w, [](HeatPane& heat) { heat.range()->setSymmetric(!heat.range()->symmetric()); }));
    a.add(u"heat.extreme"_s, MainWindow::tr("Blocks Show Their &Extreme"), {}, inHeat(w, [](HeatPane& heat) { heat.setReduction(HeatReduction::Extreme); }));
    a.add(u"heat.mean"_s, MainWindow::tr("Blocks Show Their &Mean"), {}, inHeat(w, [](HeatPane& heat) { heat.setReduction(HeatReduction::Mean); }));

    HeatPlot* plot = w.panes().heat->plot();
    a.beginGroup(MainWindow::tr("Heat map (while it has the focus)"), plot);
    a.add(u"heat.zoomIn"_s, MainWindow::tr("Zoom In"), { QKeySequence(Qt::Key_W), QKeySequence(Qt::Key_Plus) }, [plot] { plot->zoomIn(); });
    a.add(u"heat.zoomOut"_s, MainWindow::tr("Zoom Out"), { QKeySequence(Qt::Key_S), QKeySequence(Qt::Key_Minus) }, [plot] { plot->zoomOut(); });
    a.add(u"heat.fit"_s, MainWindow::tr("Show All of It"), { QKeySequence(Qt::Key_F) }, [plot] { plot->fit(); });
    const struct {
        QString id, text;
        Qt::Key key, other;
        double across, down;
    } pans[] { { u"heat.left"_s, MainWindow::tr("Pan Left"), Qt::Key_Left, Qt::Key_A, -0.25, 0 }, { u"heat.right"_s, MainWindow::tr("Pan Right"), Qt::Key_Right, Qt::Key_D, 0.25, 0 },
        { u"heat.up"_s, MainWindow::tr("Pan Up"), Qt::Key_Up, Qt::Key_PageUp, 0, -0.25 }, { u"heat.down"_s, MainWindow::tr("Pan Down"), Qt::Key_Down, Qt::Key_PageDown, 0, 0.25 } };
    for (const auto& pan : pans)
        a.add(pan.id, pan.text, { QKeySequence(pan.key), QKeySequence(pan.other) },
            [plot, across = pan.across, down = pan.down] { plot->pan(across, down); });
    a.add(u"heat.giveUp"_s, MainWindow::tr("Give Up the Drag, the Zoom or the Selection"), { QKeySequence(Qt::Key_Escape) }, [plot] { plot->giveUp(); });
}

// The same tensor in all layers, whole: that one alone where its name has no number.
Selection siblings(const FlatLayout& layout, TensorOrdinal tensor)
{
    const std::string wanted = siblingPattern(layout.nameOf(tensor));
    Selection found;
    for (const Segment& segment : layout.listed())
        if (segment.tensor == tensor || (!wanted.empty() && siblingPattern(segment.name) == wanted))
            found.boxes.push_back(wholeBox(layout.checkpoint(), segment.tensor));
    return found;
}

void histogramCommands(MainWindow& w, Actions& a)
{
    const auto in = [&w](auto run) {
        return [&w, run] {
            w.panes().histogramDock->show();
            w.panes().histogramDock->raise();
            run(*w.panes().histogram);
        };
    };
    a.beginGroup(MainWindow::tr("Histogram"));
    a.add(u"histogram.keep"_s, MainWindow::tr("&Keep for Comparison"), {}, in([](HistogramView& h) { h.setKept(!h.keeps()); }));
    a.add(u"histogram.ridge"_s, MainWindow::tr("&Ridge of the Selection's Parts"), {}, in([](HistogramView& h) { h.setRidge(!h.ridge()); }));
    a.add(u"histogram.siblings"_s, MainWindow::tr("Ridge of the Same Tensor in &Other Layers"), {}, in([&w](HistogramView& h) {
        const auto& boxes = w.session().selection()->selection().boxes;
        if (boxes.empty())
            return;
        h.setRidge(true);
        w.session().selection()->select(siblings(*w.session().document()->layout(), boxes.front().tensor));
    }));
    a.add(u"histogram.statistics"_s, MainWindow::tr("&Statistics Beside the Histogram"), {}, in([](HistogramView& h) { h.setStatisticsShown(!h.showsStatistics()); }));
    a.add(u"histogram.copy"_s, MainWindow::tr("&Copy Statistics"), {}, in([](HistogramView& h) { h.copyStatistics(); }));
    const struct {
        QString id, text;
        CountScale scale;
    } counts[] { { u"histogram.counts.linear"_s, MainWindow::tr("Counts: Linear"), CountScale::Linear }, { u"histogram.counts.log"_s, MainWindow::tr("Counts: Log"), CountScale::Log },
        { u"histogram.counts.symlog"_s, MainWindow::tr("Counts: Symlog"), CountScale::Symlog } };
    for (const auto& one : counts)
        a.add(one.id, one.text, {}, in([scale = one.scale](HistogramView& h) { h.setCountScale(scale); }));
    const struct {
        QString id, text;
        BinScale scale;
    } values[] { { u"histogram.values.linear"_s, MainWindow::tr("Values: Linear"), BinScale::Linear }, { u"histogram.values.log"_s, MainWindow::tr("Values: Log (Positive Ones)"), BinScale::Log },
        { u"histogram.values.symlog"_s, MainWindow::tr("Values: Symlog"), BinScale::Symlog } };
    for (const auto& one : values)
        a.add(one.id, one.text, {}, in([scale = one.scale](HistogramView& h) { h.setValueScale(scale); }));
    const struct {
        QString id, text;
        double cut;
    } ranges[] { { u"histogram.range.typical"_s, MainWindow::tr("Range: Typical Values"), HistogramRequest::typical }, { u"histogram.range.all"_s, MainWindow::tr("Range: All Values"), 0 },
        { u"histogram.range.percentile1"_s, MainWindow::tr("Range: 1 to 99 %"), 1 }, { u"histogram.range.percentile5"_s, MainWindow::tr("Range: 5 to 95 %"), 5 },
        { u"histogram.range.percentile25"_s, MainWindow::tr("Range: 25 to 75 %"), 25 }, { u"histogram.range.typed"_s, MainWindow::tr("Range: As Typed"), HistogramView::typed } };
    for (const auto& one : ranges)
        a.add(one.id, one.text, {}, in([cut = one.cut](HistogramView& h) { h.setCut(cut); }));
}

void update(MainWindow& w)
{
    for (const Actions::Command& command : w.actions().all())
        if (command.id.startsWith(u"heat."_s) || command.id.startsWith(u"histogram."_s))
            w.actions().setEnabled(command.id, w.session().document(), MainWindow::tr("nothing is open"));
    const bool selected = w.session().document() && !w.session().selection()->selection().boxes.empty();
    w.actions().setEnabled(u"histogram.siblings"_s, selected, w.session().document() ? MainWindow::tr("nothing is selected") : MainWindow::tr("nothing is open"));
}

} // namespace

void registerInspectCommands(MainWindow& w)
{
    heatCommands(w, w.actions());
    histogramCommands(w, w.actions());
    QObject::connect(w.session().selection(), &SelectionModel::changed, &w, [&w] { update(w); });
    QObject::connect(&w.session(), &Session::layoutChanged, &w, [&w] { update(w); });
    update(w);
}

void fillInspectMenus(QMenu& heat, QMenu& histogram, MainWindow& w)
{
    const auto fill = [&w](QMenu& menu, const QString& prefix, const QStringList& lines) {
        menu.setToolTipsVisible(true);
        for (const QString& line : lines)
            if (line.isEmpty())
                menu.addSeparator();
            else
                menu.addAction(w.actions()[prefix + line]);
    };
    fill(heat, u"heat."_s,
        { u"swap"_s, u"kernels"_s, u"profiles"_s, {}, u"colors.viridis"_s, u"colors.cividis"_s, u"colors.blue-white-orange"_s, {}, u"range.full"_s,
            u"range.percentile01"_s, u"range.percentile1"_s, u"range.percentile5"_s, u"range.symmetric"_s, {}, u"extreme"_s, u"mean"_s, {}, u"zoomIn"_s,
            u"zoomOut"_s, u"fit"_s });
    fill(histogram, u"histogram."_s,
        { u"keep"_s, u"ridge"_s, u"siblings"_s, {}, u"counts.linear"_s, u"counts.log"_s, u"counts.symlog"_s, {}, u"values.linear"_s, u"values.log"_s,
            u"values.symlog"_s, {}, u"range.typical"_s, u"range.all"_s, u"range.percentile1"_s, u"range.percentile5"_s, u"range.percentile25"_s,
            u"range.typed"_s, {}, u"statistics"_s, u"copy"_s });
}

} // namespace ravel
