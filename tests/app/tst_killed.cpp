// SPDX-License-Identifier: GPL-3.0-or-later
// What is left when the program is killed outright (SIGKILL): the next start offers the file, and the edits that were not saved.
#include "app/mainwindow.h"
#include "app/sessionstate.h"
#include "support/session.h"

#include <QApplication>
#include <QDir>
#include <QProcess>
#include <QSettings>
#include <QTimer>

#include <cstdio>
#include <memory>

using namespace ravel;
using namespace Qt::StringLiterals;

namespace {

// The other process: the real window with an edit that is not saved, until it is killed. Says so once its state is on disk.
int hold(QApplication& application, const QString& path)
{
    MainWindow window;
    SessionState state(window, SessionState::usualFolder());
    window.show();
    QObject::connect(&window.session(), &Session::layoutChanged, &window, [&window] {
        Step step;
        step.operation = Operation::Multiply;
        step.value = Number::ofReal(3);
        step.select = { { "counting", false } };
        window.session().apply(step);
    }, Qt::SingleShotConnection);
    QTimer look;
    QObject::connect(&look, &QTimer::timeout, &window, [&] {
        QFile file(state.file());
        if (!file.open(QIODevice::ReadOnly))
            return;
        const auto written = windowStateFrom(file.readAll());
        if (!written || written->recipe.steps.empty())
            return;
        look.stop();
        std::puts("held");
        std::fflush(stdout);
    });
    look.start(20);
    window.open(path);
    return application.exec();
}

} // namespace

class TestKilled : public QObject {
    Q_OBJECT
    std::unique_ptr<QTemporaryDir> m_home;
    QString m_path;

    QProcessEnvironment environment() const
    {
        QProcessEnvironment made = QProcessEnvironment::systemEnvironment();
        made.insert(u"RAVEL_TRACE"_s, u"1"_s);
        made.insert(u"RAVEL_PLUGIN_PATH"_s, u"/nonexistent"_s); // LibTorch is not what is tried here
        made.insert(u"QT_QPA_PLATFORM"_s, u"offscreen"_s);
        for (const char* name : { "HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "XDG_CACHE_HOME" })
            made.insert(QString::fromLatin1(name), m_home->path());
        return made;
    }
    std::unique_ptr<QProcess> start(const QString& program, const QStringList& arguments)
    {
        auto process = std::make_unique<QProcess>();
        process->setProcessEnvironment(environment());
        process->setProcessChannelMode(QProcess::MergedChannels);
        process->start(program, arguments);
        return process;
    }
    std::unique_ptr<QProcess> ravel(const QStringList& arguments) { return start(qEnvironmentVariable("RAVEL_BIN"), arguments); }
    // All it said until it said this; empty where it never did.
    static QByteArray saidUntil(QProcess& process, const char* what)
    {
        QByteArray said;
        while (!said.contains(what)) {
            if (!process.waitForReadyRead(20000))
                return {};
            said += process.readAll();
        }
        while (!said.endsWith('\n') && process.waitForReadyRead(20000)) // the line to its end
            said += process.readAll();
        return said;
    }
    static bool kill(QProcess& process) // SIGKILL
    {
        process.kill();
        return process.waitForFinished(20000) && process.exitStatus() == QProcess::CrashExit;
    }
    QStringList states() const { return QDir(m_home->filePath(u"ravel/ravel/windows"_s)).entryList({ u"*.json"_s }, QDir::Files); }

private Q_SLOTS:
    void init()
    {
        m_home = std::make_unique<QTemporaryDir>();
        m_path = writeSample(*m_home);
    }

    void theFileIsOffered()
    {
        auto first = ravel({ m_path });
        QVERIFY(!saidUntil(*first, "map painted").isEmpty());
        // Opened, painted and written down: not "while it was opening".
        const auto written = [this] {
            const QStringList files = states();
            QFile file(m_home->filePath(u"ravel/ravel/windows/"_s + files.value(0)));
            const auto state = files.size() == 1 && file.open(QIODevice::ReadOnly) ? windowStateFrom(file.readAll()) : std::nullopt;
            return state && !state->opening;
        };
        QTRY_VERIFY_WITH_TIMEOUT(written(), 20000);
        QVERIFY(kill(*first));

        auto second = ravel({});
        const QByteArray said = saidUntil(*second, "offered: ");
        QVERIFY2(said.contains("Ravel ended unexpectedly while sample.safetensors was open."), said.constData());
        QVERIFY2(!said.contains("edit"), said.constData());
        QVERIFY(!said.contains("map painted")); // not opened unasked
        QVERIFY(kill(*second));
    }

    void theEditsAreOffered_data()
    {
        QTest::addColumn<bool>("withFile");
        QTest::newRow("started without a file") << false;
        QTest::newRow("started with the same file") << true;
    }
    void theEditsAreOffered()
    {
        QFETCH(bool, withFile);
        auto first = start(QCoreApplication::applicationFilePath(), { u"--hold"_s, m_path });
        QVERIFY(!saidUntil(*first, "held").isEmpty());
        QVERIFY(kill(*first));
        QCOMPARE(states().size(), qsizetype(1));

        auto second = ravel(withFile ? QStringList { m_path } : QStringList());
        const QByteArray said = saidUntil(*second, "offered: ");
        QVERIFY2(said.contains("Ravel ended unexpectedly while sample.safetensors was open. 1 edit had not been saved."), said.constData());
        QVERIFY(kill(*second));

        // Killed with the question unanswered: it is asked again.
        auto third = ravel({});
        QVERIFY(saidUntil(*third, "offered: ").contains("1 edit had not been saved."));
        QVERIFY(kill(*third));
    }

    // What was open last is for a start without files.
    void aComparisonIsOfTheFilesThatAreNamed()
    {
        WindowState last;
        last.path = writeSample(*m_home, u"last.safetensors"_s);
        {
            QSettings settings(m_home->filePath(u"ravel/ravel.conf"_s), QSettings::NativeFormat);
            settings.setValue("session/last", QString::fromUtf8(toJson(last)));
        }
        auto without = ravel({});
        QVERIFY(saidUntil(*without, "map painted").contains("opened last.safetensors"));
        without->terminate();
        QVERIFY(without->waitForFinished(20000));
        auto compared = ravel({ u"--compare"_s, m_path, writeSample(*m_home, u"b.safetensors"_s) });
        const QByteArray said = saidUntil(*compared, "compared with b.safetensors");
        QVERIFY2(said.contains("opened sample.safetensors") && !said.contains("opened last.safetensors"), said.constData());
        QVERIFY(kill(*compared));
    }

    void anotherThatLivesIsLeftAlone()
    {
        auto first = start(QCoreApplication::applicationFilePath(), { u"--hold"_s, m_path });
        QVERIFY(!saidUntil(*first, "held").isEmpty());
        auto second = ravel({ m_path });
        const QByteArray said = saidUntil(*second, "map painted");
        QVERIFY2(!said.isEmpty() && !said.contains("offered: "), said.constData());
        QVERIFY(kill(*second));
        QVERIFY(kill(*first));
    }
};

int main(int argc, char** argv)
{
    QApplication application(argc, argv);
    QCoreApplication::setOrganizationName(u"ravel"_s); // as the program's: they share a folder
    QCoreApplication::setApplicationName(u"ravel"_s);
    if (argc == 3 && qstrcmp(argv[1], "--hold") == 0)
        return hold(application, QString::fromLocal8Bit(argv[2]));
    TestKilled test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_killed.moc"
