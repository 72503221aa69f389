// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/figureparts.h"

#include <QDockWidget>
#include <QLineEdit>
#include <QToolButton>

#include "app/mainwindow.h"
#include "items/qtext.h"
#include "items/session.h"
#include "layout/slicesyntax.h"
#include "widgets/heatpane.h"
#include "widgets/heatplot.h"
#include "widgets/histogramplot.h"
#include "widgets/histogramview.h"
#include "widgets/mapfigure.h"
#include "widgets/mapscene.h"
#include "widgets/offsetmap.h"

namespace ravel {

namespace {

QString selectionName(const Session& session)
{
    const Selection& selection = session.selection()->selection();
    return selection.empty() ? QString() : QString::fromStdString(selectionText(*session.document()->layout(), selection));
}

MapTheme themeOf(const QPalette& palette, bool transparent)
{
    MapTheme theme = MapTheme::of(palette);
    if (transparent) {
        theme.gutter.setAlpha(0);
        theme.background.setAlpha(0);
    }
    return theme;
}

void paintPlot(QCustomPlot& plot, QCPPainter& painter, const QRect& where)
{
    painter.save();
    painter.translate(where.topLeft());
    plot.toPainter(&painter, where.width(), where.height());
    painter.restore();
}

class MapPart : public FigurePart {
public:
    MapPart(MainWindow& window, QSize size, const QPalette& palette, double ratio, bool transparent)
        : m_window(window)
        , m_figure(*window.panes().map, size, palette, ratio, transparent)
    {
    }
    bool settled() override { return !m_window.session().busy() && m_figure.settled(); } // drawn from what the analysis has found: once is enough
    void paint(QCPPainter& painter, const QRect& where) override { m_figure.paint(painter, where.topLeft()); }
    QString heading() const override
    {
        const FlatRange visible = m_figure.visible();
        const Count all = m_window.session().document()->layout()->numel();
        return visible.count() == all
            ? Figure::tr("%1 elements").arg(countText(all.value))
            : Figure::tr("offsets %1 to %2 of %3").arg(countText(visible.begin.value), countText(visible.end.value), countText(all.value));
    }

private:
    MainWindow& m_window;
    MapFigure m_figure;
};

class HistogramPart : public FigurePart {
public:
    HistogramPart(MainWindow& window, const QPalette& palette, bool transparent)
        : m_window(window)
        , m_view(*window.panes().histogram)
        , m_plot(*m_view.findChild<HistogramPlot*>())
        , m_theme(themeOf(palette, transparent))
    {
    }
    bool settled() override { return !m_view.busy() && !(m_view.waiting() && m_window.session().busy()); }
    void paint(QCPPainter& painter, const QRect& where) override
    {
        m_plot.setTheme(m_theme);
        paintPlot(m_plot, painter, where);
        m_plot.setTheme(MapTheme::of(m_view.palette()));
    }
    QString heading() const override
    {
        const QString name = selectionName(m_window.session());
        return name.isEmpty() ? Figure::tr("all %1 elements").arg(countText(m_window.session().document()->layout()->numel().value)) : name;
    }

private:
    MainWindow& m_window;
    HistogramView& m_view;
    HistogramPlot& m_plot;
    MapTheme m_theme;
};

class HeatPart : public FigurePart {
public:
    HeatPart(MainWindow& window, const QPalette& palette, bool transparent)
        : m_window(window)
        , m_pane(*window.panes().heat)
        , m_theme(themeOf(palette, transparent))
    {
        window.panes().heatDock->show(); // a pane that nobody sees reads nothing
        window.panes().heatDock->raise();
    }
    bool settled() override { return m_pane.complete() || (!m_pane.message().isEmpty() && !m_window.session().busy()); }
    void paint(QCPPainter& painter, const QRect& where) override
    {
        m_pane.plot()->setTheme(m_theme);
        paintPlot(*m_pane.plot(), painter, where);
        m_pane.plot()->setTheme(MapTheme::of(m_pane.palette()));
    }
    QString heading() const override { return selectionName(m_window.session()); }
    QString trouble() const override
    {
        const bool isNumber = m_pane.view() && m_pane.view()->shape.empty();
        return isNumber ? Figure::tr("%1 is one number: there is no heat map of it.").arg(heading()) : m_pane.message();
    }

private:
    MainWindow& m_window;
    HeatPane& m_pane;
    MapTheme m_theme;
};

// The window as it stands. What a plot shows is drawn once more over its pixels, so that it is made of lines and text as the rest.
class WindowPart : public FigurePart {
public:
    explicit WindowPart(MainWindow& window)
        : m_window(window)
    {
    }
    bool settled() override
    {
        for (const QLineEdit* edit : m_window.findChildren<QLineEdit*>())
            for (const QToolButton* button : edit->findChildren<QToolButton*>()) // that clears it: it fades in and out
                if (const QVariant opacity = button->property("opacity"); opacity.isValid() && opacity.toDouble() != (edit->text().isEmpty() ? 0 : 1))
                    return false;
        const OffsetMap& map = *m_window.panes().map;
        return !m_window.session().busy() && !m_window.panes().histogram->busy() && !(map.scene().layout && map.scene().loader->busy());
    }
    void paint(QCPPainter& painter, const QRect&) override
    {
        const auto plots = m_window.findChildren<QCustomPlot*>();
        for (QCustomPlot* plot : plots)
            if (plot->isVisible())
                plot->replot(QCustomPlot::rpImmediateRefresh); // what is drawn soon is drawn now
        m_window.render(&painter, {}, {}, QWidget::DrawWindowBackground | QWidget::DrawChildren);
        if (!painter.modes().testFlag(QCPPainter::pmVectorized))
            return;
        for (QCustomPlot* plot : plots) {
            if (!plot->isVisible() || plot->visibleRegion().isEmpty())
                continue;
            painter.save();
            painter.translate(plot->mapTo(&m_window, QPoint()));
            painter.setClipRect(plot->rect());
            plot->toPainter(&painter, plot->width(), plot->height());
            painter.restore();
        }
    }

private:
    MainWindow& m_window;
};

} // namespace

std::unique_ptr<FigurePart> makeFigurePart(MainWindow& window, const FigureSpec& spec, QSize size, const QPalette& palette, double ratio)
{
    switch (spec.kind) {
    case FigureKind::Map: return std::make_unique<MapPart>(window, size, palette, ratio, spec.transparent);
    case FigureKind::Histogram: return std::make_unique<HistogramPart>(window, palette, spec.transparent);
    case FigureKind::HeatMap: return std::make_unique<HeatPart>(window, palette, spec.transparent);
    case FigureKind::Window: break;
    }
    return std::make_unique<WindowPart>(window);
}

} // namespace ravel
