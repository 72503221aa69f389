// SPDX-License-Identifier: GPL-3.0-or-later
// `ravel render` as a process, with nothing in its environment.

#include <QImage>
#include <QRegularExpression>
#include <QXmlStreamReader>

#include "clirunner.h"
#include "support/session.h"
#include "support/torchzip.h"

using namespace ravel;
using namespace Qt::StringLiterals;

namespace {

// The texts of an SVG; empty where it does not parse.
QStringList textsOf(const QByteArray& svg)
{
    QXmlStreamReader xml(svg);
    QStringList texts;
    while (!xml.atEnd())
        if (xml.readNext() == QXmlStreamReader::StartElement && xml.name() == u"text")
            texts << xml.readElementText();
    if (xml.hasError())
        qWarning("%s", qPrintable(xml.errorString()));
    return xml.hasError() ? QStringList() : texts;
}

bool isBluish(QRgb pixel) { return qBlue(pixel) > qRed(pixel) + 40; }

} // namespace

class TestRender : public QObject {
    Q_OBJECT
    CliRunner m_cli;

    Ran render(QStringList arguments, const QStringList& environment = {}) const
    {
        QProcess process;
        process.setWorkingDirectory(m_cli.path(QString()));
        if (environment.isEmpty())
            process.setProgram(u"/usr/bin/env"_s), arguments = QStringList { u"-i"_s, qEnvironmentVariable("RAVEL_BIN"), u"render"_s } + arguments;
        else
            process.setProgram(u"/usr/bin/env"_s), arguments = QStringList { u"-i"_s } + environment + QStringList { qEnvironmentVariable("RAVEL_BIN"), u"render"_s } + arguments;
        process.setArguments(arguments);
        process.start();
        return CliRunner::ended(process);
    }
    bool made(const QStringList& arguments, const QStringList& environment = {}) const
    {
        const Ran ran = render(arguments, environment);
        if (ran.code != 0 || !ran.out.isEmpty() || !ran.err.isEmpty())
            qWarning("code %d, out \"%s\", err \"%s\"", ran.code, ran.out.constData(), ran.err.constData());
        return ran.code == 0 && ran.out.isEmpty() && ran.err.isEmpty();
    }

private Q_SLOTS:
    void initTestCase()
    {
        m_cli.write(u"net.pt"_s, netBytes());
        m_cli.write(u"sample.safetensors"_s, sampleBytes());
        std::vector<float> ramp(40'000);
        for (std::size_t i = 0; i < ramp.size(); ++i)
            ramp[i] = static_cast<float>(i) / 40'000;
        m_cli.write(u"ramp.safetensors"_s, safetensorsBytes({ storageOf(Dtype::Float32, ramp) }, { { "the.ramp", 0, { 200, 200 }, {} } }));
        m_cli.write(u"torn.pt"_s, tornZipBytes());
    }

    // What is drawn is what the data say: a ramp rises, from the left edge of the values to the right one.
    void aRampRises()
    {
        QVERIFY(made({ "ramp.safetensors", "-o", "ramp.png", "--size", "900x600" }));
        const QImage image(m_cli.path("ramp.png"));
        QCOMPARE(image.size(), QSize(900, 600));
        QCOMPARE(image.pixelColor(2, 2), QColor(Qt::white));
        std::vector<int> heights; // of the band, below the other lanes
        for (int x = 200; x <= 850; x += 130) {
            int y = 599;
            while (y > 160 && !isBluish(image.pixel(x, y)))
                --y;
            QVERIFY2(y > 160, qPrintable(QString::number(x)));
            heights.push_back(y);
        }
        for (std::size_t i = 1; i < heights.size(); ++i)
            QVERIFY2(heights[i] < heights[i - 1], qPrintable(QString::number(heights[i])));
        const double first = heights[0] - heights[1], last = heights[heights.size() - 2] - heights.back();
        QVERIFY2(std::abs(first - last) <= 3, "not a straight line");
    }

    void aViewShowsThatPartAlone()
    {
        QVERIFY(made({ "ramp.safetensors", "-o", "part.svg", "--view", "10000:20000" }));
        const QStringList texts = textsOf(m_cli.read("part.svg"));
        QVERIFY2(texts.contains("offsets 10000 to 20000 of 40000"), qPrintable(texts.join(u'|')));
        QVERIFY(texts.contains("15K"));
        QVERIFY(!texts.contains("25K"));
    }

    void textStaysText_data()
    {
        QTest::addColumn<QStringList>("what");
        QTest::addColumn<QString>("text");
        QTest::newRow("map") << QStringList { "--what", "map", "--view", "0:24" } << QStringLiteral("counting");
        QTest::newRow("histogram") << QStringList { "--what", "histogram", "--tensor", "encoder.layers.0.weight" } << QStringLiteral("encoder.layers.0.weight");
        QTest::newRow("heat map") << QStringList { "--what", "heatmap", "--tensor", "encoder.layers.1.weight" } << QStringLiteral("encoder.layers.1.weight");
        QTest::newRow("window") << QStringList { "--what", "window", "--select", "counting[1]" } << QStringLiteral("counting[1, :, :]");
    }
    void textStaysText()
    {
        QFETCH(QStringList, what);
        QFETCH(QString, text);
        QVERIFY(made(QStringList { "sample.safetensors", "-o", "text.svg", "--force" } + what));
        const QByteArray svg = m_cli.read("text.svg");
        const QStringList texts = textsOf(svg);
        QVERIFY2(std::any_of(texts.begin(), texts.end(), [&](const QString& each) { return each.contains(text); }), qPrintable(texts.join(u'|')));
        QVERIFY(made(QStringList { "sample.safetensors", "-o", "text.pdf", "--force" } + what));
        const QByteArray pdf = m_cli.read("text.pdf");
        QVERIFY(pdf.startsWith("%PDF-1."));
        QVERIFY(pdf.trimmed().endsWith("%%EOF"));
        QVERIFY(pdf.contains("/Font"));
    }

    void theSameCallGivesTheSameBytes_data()
    {
        QTest::addColumn<QString>("what");
        QTest::addColumn<QString>("ending");
        for (const char* what : { "map", "histogram", "heatmap", "window" })
            for (const char* ending : { "png", "svg", "pdf" })
                QTest::addRow("%s as %s", what, ending) << QString::fromLatin1(what) << QString::fromLatin1(ending);
    }
    void theSameCallGivesTheSameBytes()
    {
        QFETCH(QString, what);
        QFETCH(QString, ending);
        const QString one = u"one."_s + ending, other = u"other."_s + ending;
        QVERIFY(made({ "net.pt", "-o", one, "--what", what, "--select", "fc.weight", "--force" }));
        // Another desktop, another language: the figure is the same.
        QVERIFY(made({ "net.pt", "-o", other, "--what", what, "--select", "fc.weight", "--force" },
            { "LC_ALL=C.UTF-8", "QT_SCALE_FACTOR=2", "QT_FONT_DPI=120", "DISPLAY=:4711", "QT_STYLE_OVERRIDE=windows" }));
        QVERIFY(!m_cli.read(one).isEmpty());
        QCOMPARE(m_cli.read(one), m_cli.read(other));
    }

    void themeScaleAndGround()
    {
        QVERIFY(made({ "net.pt", "-o", "dark.png", "--size", "400x300", "--scale", "2", "--theme", "dark" }));
        const QImage dark(m_cli.path("dark.png"));
        QCOMPARE(dark.size(), QSize(800, 600));
        QVERIFY(dark.pixelColor(4, 4).lightness() < 60);
        QVERIFY(made({ "net.pt", "-o", "clear.png", "--size", "400x300", "--transparent" }));
        const QImage clear(m_cli.path("clear.png"));
        QCOMPARE(qAlpha(clear.pixel(2, 2)), 0);
        int inked = 0;
        for (int y = 0; y < clear.height(); ++y)
            for (int x = 0; x < clear.width(); ++x)
                inked += qAlpha(clear.pixel(x, y)) > 200;
        QVERIFY(inked > 500);
    }

    void wrongCallsAreSentences_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<int>("code");
        QTest::addColumn<QByteArray>("word");
        QTest::newRow("ending") << QStringList { "net.pt", "-o", "map.gif" } << 2 << QByteArray(".png");
        QTest::newRow("no output") << QStringList { "net.pt" } << 2 << QByteArray("output");
        QTest::newRow("no such file") << QStringList { "nope.pt", "-o", "x.png" } << 1 << QByteArray("nope.pt");
        QTest::newRow("no such tensor") << QStringList { "net.pt", "-o", "x.png", "--select", "nope" } << 2 << QByteArray("nope");
        QTest::newRow("view") << QStringList { "net.pt", "-o", "x.png", "--view", "7" } << 2 << QByteArray("A:B");
        QTest::newRow("view turned") << QStringList { "net.pt", "-o", "x.png", "--view", "7:3" } << 2 << QByteArray("A:B");
        QTest::newRow("view beyond") << QStringList { "net.pt", "-o", "x.png", "--view", "0:1000" } << 2 << QByteArray("1000");
        QTest::newRow("size") << QStringList { "net.pt", "-o", "x.png", "--size", "12" } << 2 << QByteArray("WxH");
        QTest::newRow("too large") << QStringList { "net.pt", "-o", "x.png", "--size", "9000x9000", "--scale", "4" } << 2 << QByteArray("36000x36000");
        QTest::newRow("heat map of nothing") << QStringList { "net.pt", "-o", "x.png", "--what", "heatmap" } << 2 << QByteArray("--tensor");
        QTest::newRow("heat map of a number") << QStringList { "sample.safetensors", "-o", "x.png", "--what", "heatmap", "--select", "step" } << 1 << QByteArray("one number");
        QTest::newRow("numbers that cannot be read") << QStringList { "torn.pt", "-o", "x.png" } << 1 << QByteArray("data/1");
        QTest::newRow("no such folder") << QStringList { "net.pt", "-o", "nowhere/x.png" } << 1 << QByteArray("nowhere/x.png");
    }
    void wrongCallsAreSentences()
    {
        QFETCH(QStringList, arguments);
        QFETCH(int, code);
        QFETCH(QByteArray, word);
        const Ran ran = render(arguments);
        QVERIFY(isFailure(ran, code));
        QVERIFY2(ran.err.contains(word), ran.err.constData());
        QVERIFY(!m_cli.files().contains("x.png"));
    }

    void anExistingFigureIsKept()
    {
        m_cli.write(u"mine.png"_s, QByteArray("mine"));
        QVERIFY(isFailure(render({ "net.pt", "-o", "mine.png" }), 1));
        QCOMPARE(m_cli.read("mine.png"), QByteArray("mine"));
        QVERIFY(made({ "net.pt", "-o", "mine.png", "--force" }));
        QVERIFY(m_cli.read("mine.png").startsWith("\x89PNG"));
    }
};

QTEST_GUILESS_MAIN(TestRender)
#include "tst_render.moc"
