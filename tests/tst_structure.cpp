// SPDX-License-Identifier: GPL-3.0-or-later
// The rules of the house that a compiler does not see: who may include whom, and what stands where.

#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QMap>
#include <QRegularExpression>
#include <QSet>
#include <QTest>

namespace {

QString source() { return qEnvironmentVariable("RAVEL_SOURCE"); }

QStringList filesIn(const QString& folder, const QStringList& filters)
{
    QStringList files;
    QDirIterator it(source() + u'/' + folder, filters, QDir::Files, QDirIterator::Subdirectories);
    while (it.hasNext())
        files << it.next();
    files.sort();
    return files;
}

QString textOf(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
}

struct Include {
    QString path;
    bool quoted;
};

QList<Include> includesOf(const QString& path)
{
    static const QRegularExpression pattern(
        QStringLiteral("^\\s*#\\s*include\\s*([<\"])([^>\"]+)[>\"]"), QRegularExpression::MultilineOption);
    QList<Include> includes;
    auto it = pattern.globalMatch(textOf(path));
    while (it.hasNext()) {
        const auto match = it.next();
        includes << Include { match.captured(2), match.captured(1) == QLatin1String("\"") };
    }
    return includes;
}

// Each folder and the folders whose headers it may include: the arrows of architecture.md, section 3.
const QMap<QString, QStringList>& arrows()
{
    static const QMap<QString, QStringList> allowed = [] {
        QMap<QString, QStringList> map;
        QStringList below;
        const auto add = [&](const char* folder, const QStringList& extra = {}) {
            const QString name = QString::fromLatin1(folder);
            map[name] = below + extra + QStringList { name };
        };
        for (const char* folder : { "base", "checkpoint", "layout", "edit" }) {
            add(folder);
            below << QString::fromLatin1(folder);
        }
        add("stats");
        add("save");
        below << QStringLiteral("stats") << QStringLiteral("save");
        add("torch");
        for (const char* folder : { "document", "items", "widgets", "app" }) {
            add(folder);
            below << QString::fromLatin1(folder);
        }
        return map;
    }();
    return allowed;
}

QString placeOf(const QString& folder)
{
    return folder == u"widgets" || folder == u"app" ? folder : QStringLiteral("model/") + folder;
}

} // namespace

class TestStructure : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY2(QDir(source() + QStringLiteral("/model")).exists(), "RAVEL_SOURCE names the source tree"); }

    void includesFollowTheArrows_data()
    {
        QTest::addColumn<QString>("folder");
        for (const QString& folder : arrows().keys())
            QTest::newRow(qPrintable(folder)) << folder;
    }
    void includesFollowTheArrows()
    {
        QFETCH(QString, folder);
        int seen = 0;
        for (const QString& file : filesIn(placeOf(folder), { QStringLiteral("*.h"), QStringLiteral("*.cpp") })) {
            for (const Include& include : includesOf(file)) {
                const QString from = include.path.section(u'/', 0, 0);
                if (!include.quoted || !include.path.contains(u'/'))
                    continue;
                ++seen;
                QVERIFY2(arrows().value(folder).contains(from),
                    qPrintable(file + QStringLiteral(" may not include ") + include.path));
            }
        }
        QVERIFY2(seen > 0 || folder == u"base", "the folder has includes to look at");
    }

    void theCoreKnowsNoQt()
    {
        static const QRegularExpression qt(QStringLiteral("^(Q[A-Z]|Qt|q[a-z]+\\.h$|qcustomplot)"));
        for (const QString& folder : QStringList { "base", "checkpoint", "layout", "edit", "stats", "save", "document", "torch" })
            for (const QString& file : filesIn(placeOf(folder), { QStringLiteral("*.h"), QStringLiteral("*.cpp") }))
                for (const Include& include : includesOf(file))
                    QVERIFY2(include.quoted || !qt.match(include.path).hasMatch(),
                        qPrintable(file + QStringLiteral(" includes ") + include.path));
    }

    void theModelKnowsNoColour()
    {
        static const QRegularExpression colour(QStringLiteral("^(QColor|QPalette|QPainter|QBrush|QPen|QIcon|QWidget)"));
        for (const QString& file : filesIn(QStringLiteral("model"), { QStringLiteral("*.h"), QStringLiteral("*.cpp") }))
            for (const Include& include : includesOf(file))
                QVERIFY2(!colour.match(include.path).hasMatch(),
                    qPrintable(file + QStringLiteral(" includes ") + include.path));
    }

    void onlyThePluginLinksLibTorch()
    {
        static const QRegularExpression torch(QStringLiteral("^(ATen|torch|caffe2)/"));
        for (const QString& top : QStringList { "app", "widgets", "model" })
            for (const QString& file : filesIn(top, { QStringLiteral("*.h"), QStringLiteral("*.cpp") })) {
                if (file.contains(QStringLiteral("/model/torch/")))
                    continue;
                for (const Include& include : includesOf(file))
                    QVERIFY2(include.quoted || !torch.match(include.path).hasMatch(),
                        qPrintable(file + QStringLiteral(" includes ") + include.path));
            }
    }

    void noFileHasBothQCustomPlotAndLibTorch()
    {
        for (const QString& top : QStringList { "app", "widgets", "model", "tests" })
            for (const QString& file : filesIn(top, { QStringLiteral("*.h"), QStringLiteral("*.cpp") })) {
                bool plot = false, torch = false;
                for (const Include& include : includesOf(file)) {
                    plot = plot || include.path.endsWith(u"qcp.h") || include.path == u"qcustomplot.h";
                    torch = torch || include.path.startsWith(u"torch/") || include.path.startsWith(u"ATen/");
                }
                QVERIFY2(!(plot && torch), qPrintable(file));
            }
    }

    void noUmbrellaHeaders()
    {
        static const QSet<QString> umbrellas { QStringLiteral("QtWidgets"), QStringLiteral("QtCore"),
            QStringLiteral("QtGui"), QStringLiteral("QtTest"), QStringLiteral("torch/torch.h") };
        for (const QString& top : QStringList { "app", "widgets", "model" })
            for (const QString& file : filesIn(top, { QStringLiteral("*.h"), QStringLiteral("*.cpp") }))
                for (const Include& include : includesOf(file))
                    QVERIFY2(!umbrellas.contains(include.path), qPrintable(file));
    }

    void everyFileSaysItsLicence()
    {
        for (const QString& top : QStringList { "app", "widgets", "model", "tests" })
            for (const QString& file : filesIn(top, { QStringLiteral("*.h"), QStringLiteral("*.cpp"), QStringLiteral("CMakeLists.txt"), QStringLiteral("*.py") }))
                QVERIFY2(textOf(file).section(u'\n', 0, 1).contains(QStringLiteral("SPDX-License-Identifier: GPL-3.0-or-later")),
                    qPrintable(file));
    }

    // A body begins and ends with a brace that stands alone in its line, as .clang-format has it.
    void functionsStaySmall()
    {
        static const QRegularExpression notOne(QStringLiteral("^\\s*(namespace|struct|class|enum|union)\\b"));
        for (const QString& top : QStringList { "app", "widgets", "model", "tests" })
            for (const QString& file : filesIn(top, { QStringLiteral("*.h"), QStringLiteral("*.cpp") })) {
                const QStringList lines = textOf(file).split(u'\n');
                for (qsizetype i = 1; i < lines.size(); ++i) {
                    if (lines[i].trimmed() != u"{" || notOne.match(lines[i - 1]).hasMatch())
                        continue;
                    const QString end = lines[i].chopped(1) + u'}';
                    qsizetype last = i + 1;
                    while (last < lines.size() && !lines[last].startsWith(end))
                        ++last;
                    QVERIFY2(last - i - 1 <= 80, qPrintable(QStringLiteral("%1: the function at line %2 has more than 80 lines").arg(file).arg(i)));
                }
            }
    }

    void filesStaySmall()
    {
        for (const QString& top : QStringList { "app", "widgets", "model", "tests" })
            for (const QString& file : filesIn(top, { QStringLiteral("*.h"), QStringLiteral("*.cpp") }))
                QVERIFY2(textOf(file).count(u'\n') <= 600, qPrintable(file + QStringLiteral(" has more than 600 lines")));
    }

    void theTopLevelHoldsTheFoldersOfTheDesign()
    {
        const QSet<QString> allowed { QStringLiteral("app"), QStringLiteral("widgets"), QStringLiteral("model"),
            QStringLiteral("resources"), QStringLiteral("tests"), QStringLiteral("packaging"), QStringLiteral("build") };
        for (const QString& folder : QDir(source()).entryList(QDir::Dirs | QDir::NoDotAndDotDot))
            QVERIFY2(allowed.contains(folder), qPrintable(folder));
    }
};

QTEST_GUILESS_MAIN(TestStructure)
#include "tst_structure.moc"
