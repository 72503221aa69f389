// SPDX-License-Identifier: GPL-3.0-or-later
// Shows the offset map and the histogram of a file, or writes their picture: for looking at.
//   show_map FILE [--shot OUT.png] [--size WxH] [--dark] [--view A:B] [--select SLICE] [--log]
#include <QApplication>
#include <QCommandLineParser>
#include <QSplitter>
#include <QStyleFactory>
#include <QTimer>

#include <iostream>
#include <thread>

#include "layout/slicesyntax.h"
#include "stats/pyramid.h"
#include "widgets/histogramview.h"
#include "widgets/offsetmap.h"

using namespace ravel;

namespace {

QPalette darkPalette()
{
    QPalette dark;
    dark.setColor(QPalette::Window, QColor(0x2b, 0x2d, 0x30));
    dark.setColor(QPalette::Base, QColor(0x1e, 0x1f, 0x22));
    dark.setColor(QPalette::Text, QColor(0xdf, 0xe1, 0xe5));
    dark.setColor(QPalette::WindowText, QColor(0xdf, 0xe1, 0xe5));
    dark.setColor(QPalette::Button, QColor(0x39, 0x3b, 0x40));
    dark.setColor(QPalette::ButtonText, QColor(0xdf, 0xe1, 0xe5));
    dark.setColor(QPalette::Highlight, QColor(0x35, 0x74, 0xf0));
    return dark;
}

int fails(const std::string& message)
{
    std::cerr << message << '\n';
    return 1;
}

} // namespace

int main(int argc, char** argv)
{
    QApplication app(argc, argv);
    QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    QCommandLineParser parser;
    parser.addPositionalArgument(QStringLiteral("file"), QStringLiteral("a checkpoint"));
    parser.addOptions({ { QStringLiteral("shot"), {}, QStringLiteral("png") }, { QStringLiteral("size"), {}, QStringLiteral("WxH"), QStringLiteral("1400x640") },
        { QStringLiteral("view"), {}, QStringLiteral("A:B") }, { QStringLiteral("select"), {}, QStringLiteral("slice") },
        QCommandLineOption(QStringLiteral("dark")), QCommandLineOption(QStringLiteral("log")), QCommandLineOption(QStringLiteral("unread")) });
    parser.process(app);
    if (parser.isSet(QStringLiteral("dark")))
        QApplication::setPalette(darkPalette());
    const auto checkpoint = openCheckpoint(parser.positionalArguments().value(0).toStdString());
    if (!checkpoint)
        return fails(checkpoint.error().message);
    const auto layout = FlatLayout::make(*checkpoint, {});
    if (!layout)
        return fails(layout.error().message);
    const EditedVector edited(*checkpoint);
    auto pyramid = std::make_shared<Pyramid>(*layout);
    if (!parser.isSet(QStringLiteral("unread")))
        if (const auto built = pyramid->build(edited, Job()); !built)
            return fails(built.error().message);

    QSplitter window;
    SelectionModel selection;
    OffsetMap map;
    HistogramView histogram;
    window.addWidget(&map);
    window.addWidget(&histogram);
    window.setStretchFactor(0, 3);
    const QStringList size = parser.value(QStringLiteral("size")).split(u'x');
    window.resize(size.value(0).toInt(), size.value(1).toInt());
    window.show();
    map.setDocument(*layout, pyramid, edited, &selection);
    histogram.setDocument(*layout, edited, edited, &selection);
    if (parser.isSet(QStringLiteral("log")))
        map.setValueScale(ValueScale::SymmetricLog);
    const QStringList view = parser.value(QStringLiteral("view")).split(u':');
    if (view.size() == 2)
        map.zoomTo({ FlatIndex(view[0].toLongLong()), FlatIndex(view[1].toLongLong()) });
    if (parser.isSet(QStringLiteral("select")))
        if (const auto chosen = parseSelection(**layout, parser.value(QStringLiteral("select")).toStdString()))
            selection.select(*chosen);
    if (parser.isSet(QStringLiteral("shot")))
        QTimer::singleShot(1200, &app, [&] {
            window.grab().save(parser.value(QStringLiteral("shot")));
            QApplication::quit();
        });
    return QApplication::exec();
}
