// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window.h"

#include <QApplication>
#include <QPointer>
#include <QTimer>

#include "app/comparecommands.h"
#include "app/mainwindow.h"
#include "app/plurals.h"
#include "app/samples.h"
#include "app/sessionstate.h"
#include "app/startup.h"
#include "app/theme.h"
#include "app/torchinfo.h"
#include "base/heap.h"
#include "base/pool.h"
#include "items/comparison.h"
#include "items/session.h"

#include <cstdio>
#include <optional>

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

const QString stateObject = u"sessionState"_s;
constexpr int torchAfter = 400; // ms after the first paint: what a user does first comes first

MainWindow* makeWindow()
{
    auto* window = new MainWindow;
    window->setAttribute(Qt::WA_DeleteOnClose);
    auto* state = new SessionState(*window, SessionState::usualFolder());
    state->setObjectName(stateObject);
    if (tracing()) {
        QObject::connect(&window->session(), &Session::opened, window, [window] { trace(("opened " + window->session().title().toUtf8()).constData()); });
        QObject::connect(window->panes().comparison, &Comparison::opened, window, [window] { trace(("compared with " + window->panes().comparison->title().toUtf8()).constData()); });
    }
    QObject::connect(window, &MainWindow::mapPainted, window, [window] {
        trace("map painted");
        QTimer::singleShot(torchAfter, &window->torch(), &TorchInfo::load);
    });
    return window;
}

// The files of `--compare A B` or `A --compare B`, whatever their number; none where that option is not there.
std::optional<QStringList> compared(const QStringList& arguments)
{
    const qsizetype at = arguments.indexOf(u"--compare"_s), end = arguments.indexOf(u"--"_s);
    if (at < 0 || at > 1 || (end >= 0 && end < at))
        return std::nullopt;
    QStringList files = arguments;
    files.removeAt(at);
    files.removeOne(u"--"_s);
    return files;
}

} // namespace

int runWindow(int argc, char** argv)
{
    if (const char* reason = noDisplayReason()) {
        std::fprintf(stderr, "ravel: %s\n", reason);
        return 1;
    }
    QCoreApplication::setOrganizationName(QStringLiteral("ravel"));
    QCoreApplication::setApplicationName(QStringLiteral("ravel"));
    QCoreApplication::setApplicationVersion(QStringLiteral(RAVEL_VERSION));
    QGuiApplication::setApplicationDisplayName(QString());
    keepHeapSmall();
    letPoolsGiveWay();
    QApplication application(argc, argv);
    QGuiApplication::setDesktopFileName(QStringLiteral("ravel"));
    trace("application made");
    quitOnSignals(application);
    applyTheme(storedTheme());
    Plurals plurals;
    QCoreApplication::installTranslator(&plurals);
    QStringList files = application.arguments().mid(1);
    std::optional<StartPage::Sample> sample;
    std::optional<QString> other; // to compare the first with
    if (files.value(0) == u"--sample") {
        sample = sampleNamed(files.value(1));
        if (!sample) {
            std::fprintf(stderr, "ravel: there is no sample '%s'; there are: %s\n", qPrintable(files.value(1)), qPrintable(sampleNames().join(u", "_s)));
            return 2;
        }
        files.clear();
    } else if (const auto both = compared(files)) {
        if (both->size() != 2) {
            std::fprintf(stderr, "ravel: --compare takes two files: ravel --compare A B, or ravel A --compare B\n");
            return 2;
        }
        files = *both;
        other = files.takeLast();
    } else if (files.value(0) == u"--") // what follows are files, whatever they are called
        files.removeFirst();
    MainWindow* first = makeWindow();
    trace("window made");
    const QString asked = files.value(0);
    if (sample)
        first->openSample(sample->resource, sample->title);
    else if (other)
        openAndCompare(*first, asked, *other);
    else if (!files.isEmpty())
        first->open(asked);
    else
        QTimer::singleShot(torchAfter, &first->torch(), &TorchInfo::load);
    if (!sample)
        first->findChild<SessionState*>(stateObject)->start(asked);
    first->show();
    for (const QString& file : files.mid(1)) {
        MainWindow* window = makeWindow();
        window->open(file);
        window->show();
    }
    const int code = QApplication::exec();
    // After a signal the windows are still there. Each takes others of the list along (its menus and dialogs), so they are found first.
    QList<QPointer<MainWindow>> windows;
    for (QWidget* widget : QApplication::topLevelWidgets())
        if (auto* window = qobject_cast<MainWindow*>(widget))
            windows << window;
    for (const QPointer<MainWindow>& window : windows)
        delete window;
    return code;
}

} // namespace ravel
