// SPDX-License-Identifier: GPL-3.0-or-later
// The program as a desktop starts and stops it.

#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

namespace {

QString source(const char* file) { return qEnvironmentVariable("RAVEL_SOURCE") + u'/' + QString::fromLatin1(file); }

} // namespace

class TestStart : public QObject {
    Q_OBJECT

    QTemporaryDir m_home;

    QProcessEnvironment environment() const
    {
        QProcessEnvironment made = QProcessEnvironment::systemEnvironment();
        made.insert(QStringLiteral("RAVEL_TRACE"), QStringLiteral("1"));
        made.insert(QStringLiteral("RAVEL_PLUGIN_PATH"), QStringLiteral("/nonexistent")); // LibTorch is not what is tried here
        for (const char* name : { "HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "XDG_CACHE_HOME" })
            made.insert(QString::fromLatin1(name), m_home.path());
        return made;
    }

private Q_SLOTS:
    void opensAndEndsOnSigterm_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::newRow("a file") << QStringList { source("resources/samples/small-cnn.pt") };
        QTest::newRow("two files") << QStringList { source("resources/samples/small-cnn.pt"), source("resources/samples/counting.pt") };
        QTest::newRow("a sample") << QStringList { QStringLiteral("--sample"), QStringLiteral("counting") };
        QTest::newRow("a file that is called as a command") << QStringList { QStringLiteral("--"), source("resources/samples/counting.pt") };
    }
    void opensAndEndsOnSigterm()
    {
        QFETCH(QStringList, arguments);
        QProcess ravel;
        ravel.setProcessEnvironment(environment());
        ravel.setProcessChannelMode(QProcess::MergedChannels);
        ravel.start(qEnvironmentVariable("RAVEL_BIN"), arguments);
        QByteArray said;
        while (!said.contains("map painted")) {
            QVERIFY2(ravel.waitForReadyRead(20000), said.constData());
            said += ravel.readAll();
        }
        ravel.terminate();
        QVERIFY(ravel.waitForFinished(20000));
        QCOMPARE(ravel.exitStatus(), QProcess::NormalExit);
        QCOMPARE(ravel.exitCode(), 0);
    }

    void withoutADisplayItIsASentence()
    {
        QProcessEnvironment none = environment();
        for (const char* name : { "DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM" })
            none.remove(QString::fromLatin1(name));
        QProcess ravel;
        ravel.setProcessEnvironment(none);
        ravel.start(qEnvironmentVariable("RAVEL_BIN"), { source("resources/samples/counting.pt") });
        QVERIFY(ravel.waitForFinished(20000));
        QCOMPARE(ravel.exitStatus(), QProcess::NormalExit);
        QCOMPARE(ravel.exitCode(), 1);
        QVERIFY(ravel.readAllStandardError().startsWith("ravel: "));
    }

    void anUnknownSampleIsNamed()
    {
        QProcess ravel;
        ravel.setProcessEnvironment(environment());
        ravel.start(qEnvironmentVariable("RAVEL_BIN"), { QStringLiteral("--sample"), QStringLiteral("nope") });
        QVERIFY(ravel.waitForFinished(20000));
        QCOMPARE(ravel.exitCode(), 2);
        QVERIFY(ravel.readAllStandardError().contains("nope"));
    }
};

QTEST_GUILESS_MAIN(TestStart)
#include "tst_start.moc"
