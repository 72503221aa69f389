// SPDX-License-Identifier: GPL-3.0-or-later
#include "document/document.h"
#include "items/histogramloader.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QEventLoop>

#include <cstdio>

using namespace ravel;

namespace {

double since(const QElapsedTimer& timer) { return static_cast<double>(timer.nsecsElapsed()) / 1e6; }

// From the question to each of its answers, as the window gets them.
void ask(HistogramLoader& loader, const HistogramRequest& request, const char* what, bool wait)
{
    QElapsedTimer timer;
    QEventLoop loop;
    const auto connection = QObject::connect(&loader, &HistogramLoader::arrived, &loop, [&](const HistogramAnswer& answer) {
        const char* basis = answer.exact ? "exact" : answer.basis == HistogramAnswer::Sketches ? "from sketches" : "estimate";
        std::printf("%-32s %-14s %9.1f ms\n", what, basis, since(timer));
        if (answer.exact || !wait)
            loop.quit();
    });
    timer.start();
    loader.request(request);
    loop.exec();
    QObject::disconnect(connection);
    timer.restart();
    loader.cancel();
    std::printf("%-32s %-14s %9.3f ms\n", what, "cancel, here", since(timer));
}

} // namespace

// benchhistogram FILE [estimate]: a selection of everything, fresh and analysed; `estimate`: the first answers alone (a file larger than one's patience).
int main(int argc, char** argv)
{
    const QCoreApplication app(argc, argv);
    if (argc < 2) {
        std::fprintf(stderr, "usage: benchhistogram FILE [estimate]\n");
        return 2;
    }
    const bool estimate = argc > 2;
    QElapsedTimer timer;
    timer.start();
    auto document = Document::open(argv[1]);
    if (!document) {
        std::fprintf(stderr, "%s\n", document.error().message.c_str());
        return 1;
    }
    Document& d = **document;
    std::printf("%-32s %-14s %9.1f ms  (%lld elements, %zu tensors)\n", "open", "", since(timer), static_cast<long long>(d.layout()->numel().value),
        d.layout()->placed().size());
    HistogramRequest request;
    request.series.push_back({ QStringLiteral("all"), d.edited(), {}, 1, nullptr, {}, d.layout() });
    HistogramLoader fresh;
    ask(fresh, request, "everything, fresh", !estimate);
    if (!estimate) {
        // What a cancelled count still does.
        Job job;
        Pool pool(1);
        std::atomic<bool> started = false, ended = false;
        QElapsedTimer stopped;
        pool.post([&] {
            started = true;
            static_cast<void>(answer(request, HistogramAnswer::Counted, job));
            ended = true;
        });
        while (!started) { }
        timer.restart();
        while (since(timer) < 50) { }
        stopped.start();
        job.cancel();
        while (!ended) { }
        std::printf("%-32s %-14s %9.1f ms\n", "everything, counting", "cancel, there", since(stopped));
        timer.restart();
        if (!d.pyramid()->build(d.edited(), Job()))
            return 1;
        std::printf("%-32s %-14s %9.1f ms\n", "analysis", "", since(timer));
        request.series[0].pyramid = d.pyramid();
        for (std::uint32_t i = 0; i < d.layout()->placed().size(); ++i)
            request.series[0].placed.push_back(i);
        HistogramLoader analysed;
        ask(analysed, request, "everything, analysed", false);
        ask(analysed, request, "everything, analysed, again", true);
        ask(analysed, request, "everything, kept answer", true);
    }
    return 0;
}
