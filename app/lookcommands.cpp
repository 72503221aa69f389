// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/lookcommands.h"

#include <QActionGroup>
#include <QMenu>

#include "app/actions.h"
#include "app/mainwindow.h"
#include "app/preferences.h"
#include "app/theme.h"

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

const struct {
    Theme theme;
    const char *id, *text;
} themes[] { { Theme::System, "theme.system", QT_TRANSLATE_NOOP("ravel::MainWindow", "Theme: &System") },
    { Theme::Light, "theme.light", QT_TRANSLATE_NOOP("ravel::MainWindow", "Theme: &Light") },
    { Theme::Dark, "theme.dark", QT_TRANSLATE_NOOP("ravel::MainWindow", "Theme: &Dark") } };

} // namespace

void registerLookCommands(MainWindow& w)
{
    Actions& a = w.actions();
    a.beginGroup(MainWindow::tr("Looks"));
    auto* group = new QActionGroup(&w);
    for (const auto& each : themes)
        group->addAction(a.addCheckable(QString::fromLatin1(each.id), MainWindow::tr(each.text), {}, storedTheme() == each.theme, [theme = each.theme](bool on) {
            if (on && theme != storedTheme()) {
                storeTheme(theme);
                applyTheme(theme);
            }
        }));
    a.add(u"tools.preferences"_s, MainWindow::tr("&Preferences…"), { QKeySequence(Qt::CTRL | Qt::Key_Comma) }, [&w] { showPreferences(w); });
}

void fillThemeMenu(QMenu& menu, MainWindow& w)
{
    for (const auto& each : themes)
        menu.addAction(w.actions()[QString::fromLatin1(each.id)]);
}

} // namespace ravel
