// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFont>
#include <QImage>
#include <QObject>
#include <QPalette>
#include <QSize>

#include "app/figurekind.h"

#include <functional>
#include <memory>
#include <optional>

class QCPPainter;
class QTimer;

namespace ravel {

class MainWindow;

struct FigureSpec {
    FigureKind kind = FigureKind::Map;
    FigureFormat format = FigureFormat::Png;
    QSize size;                // pixels at scale 1; of the whole window it is the window's own
    double scale = 1;          // of a PNG
    std::optional<bool> dark;  // none: as in the window
    bool transparent = false;  // no ground: not for the whole window
};

// What a figure is of: one pane, or the whole window.
class FigurePart {
public:
    virtual ~FigurePart() = default;
    virtual bool settled() = 0;                     // all that it draws is known
    virtual void paint(QCPPainter&, const QRect&) = 0;
    virtual QString heading() const { return {}; }  // one line above it
    virtual QString trouble() const { return {}; }  // why there is nothing to see; once it is settled
};

// A picture of a pane or of the window, drawn anew in a size and palette of its own, with a heading that says of what. Waits until all that it shows has been
// read. GUI thread only; the window has to outlive it.
class Figure : public QObject {
    Q_OBJECT
public:
    Figure(MainWindow&, const FigureSpec&, QObject* parent = nullptr);
    ~Figure() override;

    // Why there is nothing to draw; empty where there is.
    static QString unavailable(const MainWindow&, FigureKind);
    bool settled();
    void whenSettled(std::function<void()>); // called once, soon; never where this dies before
    QString trouble() const;                 // a sentence: what was to be drawn cannot be; empty: it can. Once it is settled
    QImage image();
    QByteArray bytes();                      // the file; the same bytes for the same figure
    static QByteArray pngOf(const QImage&);  // in any thread: of a large one this takes seconds
    static Result<> write(const QString& path, const QByteArray&); // whole or not at all

private:
    void paint(QCPPainter&);
    QByteArray svg();
    QByteArray pdf();
    QRect body() const;

    MainWindow& m_window;
    FigureSpec m_spec;
    QPalette m_palette;
    QFont m_font;
    int m_dpi;
    std::unique_ptr<FigurePart> m_part;
    QTimer* m_timer;
    int m_calm = 0; // times in a row that all was there
    std::function<void()> m_then;
};

} // namespace ravel
