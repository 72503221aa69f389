// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/theme.h"

#include <QApplication>
#include <QSettings>
#include <QStyle>
#include <QToolTip>

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

struct Tones {
    QRgb window, base, alternate, text, button, line, link, visited, highlight, tip, tipText;
};

constexpr Tones light { 0xfff0f1f3, 0xffffffff, 0xfff6f7f9, 0xff1b1e22, 0xffe9ebee, 0xffb4b9c0, 0xff0b57b0, 0xff6b3fa0, 0xff1f66c1, 0xfffffbe6, 0xff1b1e22 };
constexpr Tones dark { 0xff2a2d31, 0xff1c1e21, 0xff232629, 0xffe7e9ec, 0xff363a3f, 0xff5a6068, 0xff7db4f5, 0xffc3a6f0, 0xff3a76c4, 0xff3b3f45, 0xffe7e9ec };

QColor between(const QColor& a, const QColor& b, double share)
{
    const auto part = [share](float x, float y) { return static_cast<float>(x + (y - x) * share); };
    return QColor::fromRgbF(part(a.redF(), b.redF()), part(a.greenF(), b.greenF()), part(a.blueF(), b.blueF()));
}

QPalette made(const Tones& t, bool isDark)
{
    const QColor window(t.window), base(t.base), text(t.text), button(t.button), line(t.line);
    QPalette palette(text, button, isDark ? line.lighter(120) : QColor(Qt::white), line.darker(isDark ? 220 : 130), line, text, Qt::white, base, window);
    palette.setColor(QPalette::Midlight, between(button, Qt::white, isDark ? 0.08 : 0.5));
    palette.setColor(QPalette::Shadow, isDark ? QColor(Qt::black) : line.darker(180));
    palette.setColor(QPalette::AlternateBase, QColor(t.alternate));
    palette.setColor(QPalette::Highlight, QColor(t.highlight));
    palette.setColor(QPalette::HighlightedText, Qt::white);
    palette.setColor(QPalette::Link, QColor(t.link));
    palette.setColor(QPalette::LinkVisited, QColor(t.visited));
    palette.setColor(QPalette::ToolTipBase, QColor(t.tip));
    palette.setColor(QPalette::ToolTipText, QColor(t.tipText));
    palette.setColor(QPalette::PlaceholderText, between(text, base, 0.35));
    const QColor off = between(text, window, 0.5);
    for (const QPalette::ColorRole role : { QPalette::WindowText, QPalette::Text, QPalette::ButtonText })
        palette.setColor(QPalette::Disabled, role, off);
    palette.setColor(QPalette::Disabled, QPalette::Base, between(base, window, 0.6));
    palette.setColor(QPalette::Disabled, QPalette::Highlight, between(QColor(t.highlight), window, 0.6));
    palette.setColor(QPalette::Disabled, QPalette::HighlightedText, off);
    palette.setColor(QPalette::Inactive, QPalette::Highlight, between(QColor(t.highlight), window, 0.08));
    return palette;
}

// What the desktop chose, before any theme of ours took its place.
QString& systemStyle()
{
    static QString name = QApplication::style()->name();
    return name;
}

} // namespace

QPalette lightPalette() { return made(light, false); }
QPalette darkPalette() { return made(dark, true); }
QPalette paletteOf(bool isDark) { return isDark ? darkPalette() : lightPalette(); }

bool isDark(const QPalette& palette) { return palette.color(QPalette::Window).lightness() < palette.color(QPalette::WindowText).lightness(); }

QString themeName(Theme theme) { return theme == Theme::Light ? u"light"_s : theme == Theme::Dark ? u"dark"_s : u"system"_s; }

Theme storedTheme()
{
    const QString name = QSettings().value("view/theme"_L1).toString();
    for (const Theme theme : { Theme::Light, Theme::Dark })
        if (name == themeName(theme))
            return theme;
    return Theme::System;
}

void storeTheme(Theme theme) { QSettings().setValue("view/theme"_L1, themeName(theme)); }

void applyTheme(Theme theme)
{
    const QString style = theme == Theme::System ? systemStyle() : u"fusion"_s;
    systemStyle(); // asked before the first change
    if (QApplication::style()->name().compare(style, Qt::CaseInsensitive) != 0)
        QApplication::setStyle(style);
    if (theme == Theme::System) {
        QApplication::setPalette(QPalette()); // the platform's own again
        QToolTip::setPalette(QApplication::style()->standardPalette());
    } else {
        QApplication::setPalette(paletteOf(theme == Theme::Dark));
        QToolTip::setPalette(QApplication::palette());
    }
}

} // namespace ravel
