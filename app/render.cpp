// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/render.h"

#include <QApplication>
#include <QDockWidget>
#include <QEventLoop>
#include <QFile>
#include <QFontDatabase>
#include <QLocale>
#include <QProxyStyle>
#include <QSettings>
#include <QStackedWidget>
#include <QTemporaryDir>

#include "app/figure.h"
#include "app/mainwindow.h"
#include "app/plurals.h"
#include "app/theme.h"
#include "base/text.h"
#include "items/session.h"
#include "layout/slicesyntax.h"
#include "widgets/offsetmap.h"

#include <cstdlib>

extern char** environ; // POSIX

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

constexpr int heatControls = 120; // pixels of the pane around the picture
constexpr double fontSize = 9.5; // points

// Nothing of the desktop that happens to be there: the figure is the same everywhere.
void detach()
{
    QByteArrayList names;
    for (char** variable = environ; variable && *variable; ++variable)
        names << QByteArray(*variable).split('=').first();
    for (const QByteArray& name : names)
        if (name.startsWith("QT_") && name != "QT_PLUGIN_PATH" && name != "QT_QPA_PLATFORM_PLUGIN_PATH" && name != "QT_QPA_FONTDIR")
            qunsetenv(name.constData());
    qputenv("QT_QPA_PLATFORM", "offscreen");
    qInstallMessageHandler([](QtMsgType type, const QMessageLogContext&, const QString& text) {
        if (type == QtCriticalMsg || type == QtFatalMsg)
            std::fprintf(stderr, "ravel: %s\n", qPrintable(text));
    });
    QLocale::setDefault(QLocale::c());
    QHashSeed::setDeterministicGlobalSeed(); // a PDF lists its parts in the order of a hash table
}

QFont figureFont()
{
    const QStringList there = QFontDatabase::families();
    QStringList wanted;
    for (const QString& family : { u"DejaVu Sans"_s, u"Noto Sans"_s, u"Liberation Sans"_s })
        if (there.contains(family))
            wanted << family;
    QFont font;
    if (!wanted.isEmpty())
        font.setFamilies(wanted);
    font.setPointSizeF(fontSize);
    font.setHintingPreference(QFont::PreferNoHinting);
    return font;
}

// Nothing moves in a figure: no fading, no blinking.
class StillStyle : public QProxyStyle {
public:
    using QProxyStyle::QProxyStyle;
    int styleHint(StyleHint hint, const QStyleOption* option, const QWidget* widget, QStyleHintReturn* data) const override
    {
        return hint == SH_Widget_Animation_Duration ? 0 : QProxyStyle::styleHint(hint, option, widget, data);
    }
};

// Runs the event loop until `done` says so.
void waitUntil(const std::function<bool()>& done)
{
    while (!done())
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents | QEventLoop::AllEvents);
}

// As the command line says it.
Result<> failed(QString sentence)
{
    while (sentence.endsWith(u'.'))
        sentence.chop(1);
    return fail(ErrorCode::Format, sentence.toStdString());
}

// `trouble`: what the session has said since it was connected.
Result<> openIn(MainWindow& window, const RenderRequest& request, const QString& trouble)
{
    window.session().open(QFile::decodeName(request.file.c_str()), request.layout);
    waitUntil([&] { return window.session().document() || !trouble.isEmpty(); });
    return window.session().document() ? Result<>() : failed(trouble);
}

Result<> arrange(MainWindow& window, const RenderRequest& request)
{
    Session& session = window.session();
    const FlatLayout& layout = *session.document()->layout();
    if (!request.select.empty()) {
        const auto selection = parseSelection(layout, request.select);
        if (!selection)
            return fail(ErrorCode::Usage, "'" + escaped(request.select, 100) + "': " + selection.error().message);
        session.selection()->select(*selection);
    }
    if (request.what == FigureKind::HeatMap && request.select.empty()) {
        if (layout.placed().size() != 1)
            return fail(ErrorCode::Usage, "a heat map is of one tensor: --tensor or --select says of which");
        session.selection()->select(wholeSelection(layout));
    }
    if (request.view) {
        if (request.view->end > FlatIndex(layout.numel().value))
            return fail(ErrorCode::Usage, "--view ends at " + std::to_string(request.view->end.value) + ", the vector at "
                    + std::to_string(layout.numel().value));
        window.panes().map->showRange(*request.view);
    }
    return {};
}

} // namespace

Result<> renderFigure(const RenderRequest& request)
{
    detach();
    QTemporaryDir settings; // the user's are neither read nor written
    QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, settings.path());
    if (!qEnvironmentVariableIsSet("XDG_RUNTIME_DIR"))
        qputenv("XDG_RUNTIME_DIR", QFile::encodeName(settings.path()));
    QCoreApplication::setOrganizationName(u"ravel"_s);
    QCoreApplication::setApplicationName(u"ravel-render"_s);
    static char name[] = "ravel";
    static char* arguments[] { name, nullptr };
    static int count = 1;
    QApplication application(count, arguments);
    if (QFontDatabase::families().isEmpty())
        return fail(ErrorCode::Unsupported, "there are no fonts on this machine to write a figure's text with (Debian: fonts-dejavu-core)");
    Plurals plurals;
    QCoreApplication::installTranslator(&plurals);
    QApplication::setStyle(new StillStyle(u"fusion"_s));
    QApplication::setCursorFlashTime(0);
    applyTheme(request.dark ? Theme::Dark : Theme::Light);
    QApplication::setFont(figureFont());
    const QSize size(request.size.width, request.size.height);
    QString trouble; // heard of until the window is gone
    MainWindow window;
    QObject::connect(&window.session(), &Session::failed, &window, [&trouble](const QString& sentence) { trouble = sentence; });
    window.setWindowState(Qt::WindowNoState); // the offscreen platform's screen is a small one
    if (request.what == FigureKind::Window)
        window.setFixedSize(size);
    else
        window.resize(1600, 1000);
    window.show();
    RAVEL_TRY(openIn(window, request, trouble));
    RAVEL_TRY(arrange(window, request));
    if (request.what == FigureKind::HeatMap) { // it reads a block a pixel: as many as the figure has
        window.panes().heatDock->setFloating(true);
        window.panes().heatDock->resize(size + QSize(0, heatControls));
    }
    Figure figure(window, { request.what, *formatOf(request.output), size, request.scale, request.dark, request.transparent });
    bool settled = false;
    figure.whenSettled([&settled] { settled = true; });
    waitUntil([&settled] { return settled; });
    if (trouble.isEmpty())
        trouble = figure.trouble();
    if (!trouble.isEmpty())
        return failed(trouble); // what it would show is not all of it
    return Figure::write(QFile::decodeName(request.output.c_str()), figure.bytes());
}

} // namespace ravel
