// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/figurecommands.h"

#include <QAbstractItemView>
#include <QClipboard>
#include <QFile>
#include <QFileInfo>
#include <QGuiApplication>
#include <QMimeData>
#include <QPointer>
#include <QTimer>

#include "app/actions.h"
#include "app/figuredialog.h"
#include "app/mainwindow.h"
#include "items/qtext.h"
#include "items/session.h"
#include "widgets/heatpane.h"
#include "widgets/histogramview.h"
#include "widgets/messagebar.h"
#include "widgets/offsetmap.h"
#include "widgets/tabletext.h"

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

const QString key = u"figure"_s;
constexpr int patience = 300; // ms before a wait is spoken of
constexpr double copiedScale = 2;

void say(MainWindow& w, Tone tone, const QString& text) { w.panes().messages->tell(key, { tone, text, {}, {} }); }

// Runs `then` once the figure shows all there is to show; a document that goes away takes it along.
void whenSettled(MainWindow& w, const FigureSpec& spec, std::function<void(Figure&)> then)
{
    w.panes().messages->withdraw(key);
    auto* figure = new Figure(w, spec, &w);
    const QString waits = u"figure/%1"_s.arg(reinterpret_cast<quintptr>(figure)); // several may wait
    QObject::connect(figure, &QObject::destroyed, w.panes().messages, [messages = w.panes().messages, waits] { messages->withdraw(waits); });
    QObject::connect(&w.session(), &Session::layoutChanged, figure, [figure, &w] {
        figure->deleteLater();
        say(w, Tone::Warning, MainWindow::tr("The figure was given up: another file or another order of its tensors is shown now."));
    });
    QTimer::singleShot(patience, figure, [figure, &w, waits] {
        Message waiting { Tone::Information, MainWindow::tr("The figure waits until what it shows has been read."), {}, {} };
        waiting.answers.push_back({ MainWindow::tr("Cancel"), [figure = QPointer(figure)] { delete figure; } });
        waiting.closable = false;
        w.panes().messages->tell(waits, waiting);
    });
    figure->whenSettled([figure, then = std::move(then)] {
        then(*figure);
        figure->deleteLater();
    });
}

bool within(const QWidget* pane, const QWidget* focus) { return pane && focus && (pane == focus || pane->isAncestorOf(focus)); }

FigureKind kindInFocus(const MainWindow& w)
{
    return within(w.panes().histogram, w.focusWidget()) ? FigureKind::Histogram
        : within(w.panes().heat, w.focusWidget())       ? FigureKind::HeatMap
                                                        : FigureKind::Map;
}

// As large as the pane is.
FigureSpec specOf(const MainWindow& w, FigureKind kind)
{
    FigureSpec spec;
    spec.kind = kind;
    spec.scale = copiedScale;
    const QWidget* pane = w.panes().map;
    if (kind != FigureKind::Map)
        pane = kind == FigureKind::Histogram ? static_cast<QWidget*>(w.panes().histogram) : w.panes().heat;
    spec.size = kind == FigureKind::Window ? w.size() : pane->size().expandedTo({ 320, 240 });
    return spec;
}

// The table in the pane that has the focus; of the histogram the table of its statistics.
void copyTable(MainWindow& w)
{
    const QWidget* focus = w.focusWidget();
    const Result<QString> text = within(w.panes().histogram, focus) ? Result<QString>(w.panes().histogram->statisticsText()) : tableText(tableIn(w, focus));
    if (!text) {
        say(w, Tone::Warning, sentenceOf(text.error()));
        return;
    }
    QGuiApplication::clipboard()->setText(*text);
}

void update(MainWindow& w)
{
    Actions& a = w.actions();
    const bool open = w.session().document() != nullptr;
    for (const auto& id : { u"figure.export"_s, u"figure.copy"_s, u"figure.copyMap"_s, u"figure.copyHistogram"_s, u"edit.copyTable"_s })
        a.setEnabled(id, open, MainWindow::tr("nothing is open"));
    const QString reason = Figure::unavailable(w, FigureKind::HeatMap);
    a.setEnabled(u"figure.copyHeat"_s, reason.isEmpty(), reason);
}

} // namespace

QString figureName(FigureKind kind)
{
    switch (kind) {
    case FigureKind::Map: return MainWindow::tr("Offset map");
    case FigureKind::Histogram: return MainWindow::tr("Histogram");
    case FigureKind::HeatMap: return MainWindow::tr("Heat map");
    case FigureKind::Window: break;
    }
    return MainWindow::tr("Whole window");
}

void exportFigure(MainWindow& w, const FigureSpec& spec, const QString& path)
{
    const auto format = formatOf(QFile::encodeName(path).toStdString());
    if (!format) {
        say(w, Tone::Trouble, MainWindow::tr("%1 ends in none of .png, .svg and .pdf.").arg(QFileInfo(path).fileName()));
        return;
    }
    FigureSpec wanted = spec;
    wanted.format = *format;
    whenSettled(w, wanted, [&w, path, format = *format](Figure& figure) {
        if (const QString trouble = figure.trouble(); !trouble.isEmpty())
            return say(w, Tone::Trouble, MainWindow::tr("Not exported: %1").arg(trouble));
        const auto told = [&w, path](const Result<>& written) {
            say(w, written ? Tone::Information : Tone::Trouble,
                written ? MainWindow::tr("Exported %1.").arg(QFileInfo(path).fileName()) : MainWindow::tr("Not exported: %1").arg(sentenceOf(written.error())));
        };
        if (format != FigureFormat::Png)
            return told(Figure::write(path, figure.bytes()));
        w.session().tasks()->run<Result<>>(MainWindow::tr("Exporting %1").arg(QFileInfo(path).fileName()),
            [path, image = figure.image()](const Job&) { return Figure::write(path, Figure::pngOf(image)); }, told);
    });
}

void copyFigure(MainWindow& w, const FigureSpec& spec)
{
    whenSettled(w, spec, [&w](Figure& figure) {
        if (const QString trouble = figure.trouble(); !trouble.isEmpty())
            return say(w, Tone::Trouble, MainWindow::tr("Not copied: %1").arg(trouble));
        QGuiApplication::clipboard()->setImage(figure.image());
    });
}

void registerFigureCommands(MainWindow& w)
{
    Actions& a = w.actions();
    a.beginGroup(MainWindow::tr("Figures and tables"));
    a.add(u"figure.export"_s, MainWindow::tr("&Export Figure…"), { QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_E) },
        [&w] { (new FigureDialog(w, kindInFocus(w)))->open(); });
    a.add(u"figure.copy"_s, MainWindow::tr("Copy Pane as &Image"), { QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_I) },
        [&w] { copyFigure(w, specOf(w, kindInFocus(w))); });
    a.add(u"figure.copyMap"_s, MainWindow::tr("Copy Map as Image"), {}, [&w] { copyFigure(w, specOf(w, FigureKind::Map)); });
    a.add(u"figure.copyHistogram"_s, MainWindow::tr("Copy Histogram as Image"), {}, [&w] { copyFigure(w, specOf(w, FigureKind::Histogram)); });
    a.add(u"figure.copyHeat"_s, MainWindow::tr("Copy Heat Map as Image"), {}, [&w] { copyFigure(w, specOf(w, FigureKind::HeatMap)); });
    a.add(u"figure.copyWindow"_s, MainWindow::tr("Copy Window as Image"), {}, [&w] { copyFigure(w, specOf(w, FigureKind::Window)); });
    a.add(u"edit.copyTable"_s, MainWindow::tr("Copy &Table"), { QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_T) }, [&w] { copyTable(w); });
    QObject::connect(&w.session(), &Session::layoutChanged, &w, [&w] { update(w); });
    QObject::connect(w.session().selection(), &SelectionModel::changed, &w, [&w] { update(w); });
    update(w);
}

} // namespace ravel
