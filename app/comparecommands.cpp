// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/comparecommands.h"

#include <QBoxLayout>
#include <QDockWidget>
#include <QFileDialog>
#include <QFileInfo>
#include <QMenu>
#include <QStatusBar>

#include "app/actions.h"
#include "app/banners.h"
#include "app/mainwindow.h"
#include "app/saveflow.h"
#include "items/comparison.h"
#include "items/qtext.h"
#include "items/session.h"
#include "widgets/comparisonpane.h"
#include "widgets/heatpane.h"
#include "widgets/histogramview.h"
#include "widgets/layoutbar.h"
#include "widgets/maplanes.h"
#include "widgets/messagebar.h"
#include "widgets/offsetmap.h"
#include "widgets/sideselector.h"

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

constexpr int messageTime = 8000; // ms

void askForOther(MainWindow& w)
{
    auto* dialog = new QFileDialog(&w, MainWindow::tr("Compare With a Checkpoint"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    dialog->setNameFilters({ MainWindow::tr("Checkpoints (*.pt *.pth *.ckpt *.bin *.safetensors *.npy *.npz *.json)"), MainWindow::tr("All files (*)") });
    if (!w.session().untitled())
        dialog->setDirectory(QFileInfo(w.session().path()).absolutePath());
    QObject::connect(dialog, &QFileDialog::fileSelected, &w, [&w](const QString& path) { w.panes().comparison->open(path); });
    dialog->open();
}

void showPane(MainWindow& w)
{
    w.panes().comparisonDock->show();
    w.panes().comparisonDock->raise();
}

void goToDifference(MainWindow& w, int by)
{
    Comparison& comparison = *w.panes().comparison;
    const FlatLayout& layout = *w.session().document()->layout();
    std::optional<FlatIndex> from;
    const FlatCover cover = flatCover(layout, w.session().selection()->selection(), 16);
    if (!cover.ranges.empty())
        from = cover.ranges.front().begin;
    const auto step = comparison.stepFrom(from, by);
    if (!step) {
        w.statusBar()->showMessage(comparison.comparing() ? MainWindow::tr("No difference so far.") : MainWindow::tr("No tensor differs."), messageTime);
        return;
    }
    const TensorDiff& diff = comparison.tensors()[step->pair];
    const FlatRange place = *comparison.placeOf(step->pair, false);
    if (const auto selection = selectRange(layout, place))
        w.session().selection()->select(*selection);
    w.panes().map->zoomTo(place);
    w.panes().comparisonPane->showRow(step->pair);
    QString what = diff.compared ? MainWindow::tr("%1: %2 of %3 differ, at most by %4").arg(shown(diff.name), countText(diff.different), countText(diff.elements), numberText(diff.maxAbs))
                                 : MainWindow::tr("%1: shapes %2").arg(shown(diff.name), shown(diff.detail));
    if (step->round)
        what += by > 0 ? MainWindow::tr(" (from the beginning again)") : MainWindow::tr(" (from the end again)");
    w.statusBar()->showMessage(what, messageTime);
}

void update(MainWindow& w)
{
    Actions& a = w.actions();
    const Comparison& comparison = *w.panes().comparison;
    const Document* document = w.session().document();
    const QString nothing = MainWindow::tr("nothing is open"), alone = MainWindow::tr("nothing is compared: Compare With opens a second file");
    for (const auto& id : { u"compare.open"_s, u"compare.saved"_s, u"pane.comparison"_s })
        a.setEnabled(id, document, nothing);
    for (const auto& id : { u"compare.close"_s, u"compare.reload"_s, u"compare.a"_s, u"compare.b"_s, u"compare.difference"_s, u"compare.next"_s,
             u"compare.previous"_s, u"compare.match"_s, u"compare.copy"_s })
        a.setEnabled(id, document && comparison.isOpen(), document ? alone : nothing);
    a[u"compare.a"_s]->setChecked(comparison.shown() == Side::A);
    a[u"compare.b"_s]->setChecked(comparison.shown() == Side::B);
    a[u"compare.difference"_s]->setChecked(comparison.shown() == Side::Difference);
}

std::optional<MapNumbers> mapNumbers(const Comparison& comparison, Side side)
{
    const SideNumbers& numbers = comparison.numbers(side);
    if (!numbers.numbers() || !numbers.pyramid())
        return std::nullopt;
    return MapNumbers { numbers.numbers()->layout, numbers.pyramid(), numbers.numbers()->vector, numbers.numbers()->absent, sideTitle(side) };
}

// The panes show the side that was chosen, once its numbers are there.
void showSide(MainWindow& w)
{
    const Comparison& comparison = *w.panes().comparison;
    const Side side = comparison.shown();
    const auto numbers = side == Side::A ? std::nullopt : mapNumbers(comparison, side);
    w.panes().map->setNumbers(numbers);
    const auto vector = numbers ? std::optional(numbers->vector) : std::nullopt;
    const QString title = numbers ? numbers->title : QString();
    w.panes().histogram->setNumbers(vector, title);
    w.panes().heat->setNumbers(vector, title);
}

void connectComparison(MainWindow& w)
{
    Comparison& comparison = *w.panes().comparison;
    OffsetMap* map = w.panes().map;
    const auto again = [&w] { update(w); };
    QObject::connect(&comparison, &Comparison::shownChanged, &w, [&w] {
        showSide(w);
        update(w);
    });
    QObject::connect(&comparison, &Comparison::numbersChanged, &w, [&w, &comparison, map](Side side) {
        if (side == comparison.shown())
            showSide(w);
        if (side == Side::Difference)
            map->setDifference(mapNumbers(comparison, Side::Difference));
    });
    QObject::connect(&comparison, &Comparison::statisticsChanged, map, &OffsetMap::refresh);
    const auto wantLane = [&comparison, map] {
        if (map->lanes().isShown(u"difference"_s))
            comparison.want(Side::Difference);
    };
    QObject::connect(&map->lanes(), &MapLanes::changed, &comparison, wantLane);
    QObject::connect(&comparison, &Comparison::matched, map, wantLane);
    QObject::connect(&w.session(), &Session::layoutChanged, map, wantLane); // after the comparison forgot the old ones
    QObject::connect(&comparison, &Comparison::opened, &w, [&w, &comparison, map] {
        map->lanes().setShown(u"difference"_s, true);
        showPane(w);
        QStringList lines;
        for (const std::string& message : comparison.other()->messages)
            lines << sentenceOf({ ErrorCode::Format, message });
        w.panes().messages->withdraw(u"compare"_s);
        if (lines.size() == 1 && !comparison.withSaved())
            w.panes().messages->tell(u"compare"_s, { Tone::Warning, MainWindow::tr("B: %1").arg(lines.front()), {}, {} });
        else if (!lines.isEmpty() && !comparison.withSaved())
            w.panes().messages->tell(u"compare"_s,
                { Tone::Warning, MainWindow::tr("%Ln warning(s) about %1.", nullptr, static_cast<int>(lines.size())).arg(comparison.title()), lines.mid(0, 2000).join(u'\n'), {} });
    });
    QObject::connect(&comparison, &Comparison::closed, &w, [&w, map] {
        map->lanes().setShown(u"difference"_s, false);
        w.panes().messages->withdraw(u"compare"_s);
    });
    QObject::connect(&comparison, &Comparison::failed, &w,
        [&w](const QString& sentence) { w.panes().messages->tell(u"compare"_s, { Tone::Trouble, sentence, {}, {} }); });
    for (auto signal : { &Comparison::opened, &Comparison::closed })
        QObject::connect(&comparison, signal, &w, again);
    QObject::connect(&w.session(), &Session::layoutChanged, &w, again);
}

void connectPane(MainWindow& w)
{
    ComparisonPane* pane = w.panes().comparisonPane;
    QObject::connect(pane, &ComparisonPane::compareWanted, &w, [&w] { askForOther(w); });
    QObject::connect(pane, &ComparisonPane::compareSavedWanted, &w, [&w] { w.panes().comparison->openSaved(); });
    QObject::connect(pane, &ComparisonPane::showWanted, w.panes().map, &OffsetMap::zoomTo);
    QObject::connect(&w.banners(), &Banners::compareWanted, &w, [&w] { w.panes().comparison->open(w.session().path()); });
    if (auto* row = qobject_cast<QBoxLayout*>(w.panes().layoutBar->layout()))
        row->insertWidget(row->count() - 1, new SideSelector(*w.panes().comparison, w.panes().layoutBar));
}

} // namespace

void registerCompareCommands(MainWindow& w)
{
    Actions& a = w.actions();
    Comparison& comparison = *w.panes().comparison;
    a.beginGroup(MainWindow::tr("Comparison"));
    a.add(u"compare.open"_s, MainWindow::tr("&Compare With…"), { QKeySequence(Qt::CTRL | Qt::Key_D) }, [&w] { askForOther(w); });
    a.add(u"compare.saved"_s, MainWindow::tr("Compare With the File as Sa&ved"), { QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_D) }, [&comparison] { comparison.openSaved(); });
    a.add(u"compare.next"_s, MainWindow::tr("&Next Difference"), { QKeySequence(Qt::ALT | Qt::Key_Down) }, [&w] { goToDifference(w, 1); });
    a.add(u"compare.previous"_s, MainWindow::tr("Pre&vious Difference"), { QKeySequence(Qt::ALT | Qt::Key_Up) }, [&w] { goToDifference(w, -1); });
    const struct {
        QString id, text;
        Qt::Key key;
        Side side;
    } sides[] { { u"compare.a"_s, MainWindow::tr("Show the Numbers of &A"), Qt::Key_A, Side::A }, { u"compare.b"_s, MainWindow::tr("Show the Numbers of &B"), Qt::Key_B, Side::B },
        { u"compare.difference"_s, MainWindow::tr("Show the &Difference A−B"), Qt::Key_D, Side::Difference } };
    for (const auto& side : sides)
        a.addCheckable(side.id, side.text, { QKeySequence(Qt::ALT | Qt::SHIFT | side.key) }, side.side == Side::A,
            [&w, &comparison, which = side.side](bool on) {
                if (on)
                    comparison.setShown(which);
                update(w); // an exclusive choice: what was chosen stays checked
            });
    a.add(u"compare.match"_s, MainWindow::tr("&Match Tensors…"), {}, [&w] {
        showPane(w);
        w.panes().comparisonPane->editMatching();
    });
    a.add(u"compare.copy"_s, MainWindow::tr("Copy the Comparison as &TSV"), {}, [&w] { w.panes().comparisonPane->copyTable(); });
    a.add(u"compare.reload"_s, MainWindow::tr("&Reload the Second File"), {}, [&comparison] { comparison.reload(); });
    a.add(u"compare.close"_s, MainWindow::tr("C&lose the Comparison"), {}, [&comparison] { comparison.close(); });
    w.panes().map->lanes().setShown(u"difference"_s, false); // whatever was last: there is no comparison at first
    connectPane(w);
    connectComparison(w);
    update(w);
}

void offerDropped(MainWindow& w, const QStringList& files, const QPoint& at)
{
    auto* menu = new QMenu(&w);
    menu->setObjectName(u"dropMenu"_s);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    const QString name = QFileInfo(files.first()).fileName().replace(u'&', u"&&"_s);
    menu->addAction(MainWindow::tr("&Open %1").arg(name), &w, [&w, file = files.first()] { w.open(file); });
    menu->addAction(MainWindow::tr("&Compare With %1").arg(name), &w, [&w, file = files.first()] { w.panes().comparison->open(file); });
    menu->addSeparator();
    menu->addAction(MainWindow::tr("&Neither"));
    menu->popup(at);
}

void openAndCompare(MainWindow& w, const QString& a, const QString& b)
{
    w.saveFlow().beforeLosingEdits([&w, a, b] {
        w.session().open(a);
        if (!w.session().opening())
            return;
        auto* once = new QObject(&w);
        QObject::connect(&w.session(), &Session::layoutChanged, once, [&w, b, once] {
            if (w.session().opening())
                return; // the file of before, laid out anew
            delete once;
            w.panes().comparison->open(b);
        });
        // Where A could not be opened, or another file is opened in its place, there is nothing to compare.
        const auto forget = [once] { delete once; };
        QObject::connect(&w.session(), &Session::failed, once, [&w, forget] {
            if (!w.session().opening())
                forget();
        });
        QObject::connect(&w.session(), &Session::openingCancelled, once, forget);
        QObject::connect(&w.session(), &Session::openingStarted, once, forget);
    });
}

} // namespace ravel
