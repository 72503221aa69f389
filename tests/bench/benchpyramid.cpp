// SPDX-License-Identifier: GPL-3.0-or-later
// benchpyramid FILE [SECONDS]: builds the pyramid of a checkpoint for that long at most while another thread asks for 2,000 columns at a time at
// every zoom, and prints what a query cost, for run.py.

#include "checkpoint/checkpoint.h"
#include "layout/flatlayout.h"
#include "stats/pyramid.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

using namespace ravel;

namespace {

using Clock = std::chrono::steady_clock;

double milliseconds(Clock::time_point from) { return std::chrono::duration<double, std::milli>(Clock::now() - from).count(); }

struct Times {
    std::vector<double> all;
    double at(double q)
    {
        std::sort(all.begin(), all.end());
        return all.empty() ? 0 : all[static_cast<std::size_t>(q * static_cast<double>(all.size() - 1))];
    }
};

// One query at each of 30 zooms, round and round, until told to stop.
void ask(const Pyramid& pyramid, double numel, int queries, Times& times)
{
    std::vector<Column> columns(2000);
    for (int i = 0; i < queries; ++i) {
        const double width = numel / static_cast<double>(std::int64_t(1) << (i % 20));
        const double begin = (numel - width) * ((i * 37) % 101) / 101;
        const auto start = Clock::now();
        pyramid.columns(begin, begin + width, columns);
        times.all.push_back(milliseconds(start));
    }
}

} // namespace

int main(int argc, char** argv)
{
    if (argc < 2) {
        std::fprintf(stderr, "usage: benchpyramid FILE [SECONDS]\n");
        return 2;
    }
    const auto opening = Clock::now();
    const auto checkpoint = openCheckpoint(argv[1]);
    if (!checkpoint) {
        std::fprintf(stderr, "%s\n", checkpoint.error().message.c_str());
        return 1;
    }
    const auto layout = FlatLayout::make(*checkpoint, {});
    if (!layout) {
        std::fprintf(stderr, "%s\n", layout.error().message.c_str());
        return 1;
    }
    const double opened = milliseconds(opening);
    const auto making = Clock::now();
    Pyramid pyramid(*layout);
    const double made = milliseconds(making);
    const auto numel = static_cast<double>((*layout)->numel().value);

    const Job job;
    const double seconds = argc > 2 ? std::atof(argv[2]) : 1e9;
    const auto building = Clock::now();
    double built = 0;
    std::thread builder([&] {
        static_cast<void>(pyramid.build(EditedVector(*checkpoint), job));
        built = milliseconds(building);
    });
    Times during;
    double firstPicture = 0;
    while (pyramid.knownBlocks() < pyramid.blockCount() && milliseconds(building) < seconds * 1000) {
        ask(pyramid, numel, 20, during);
        std::vector<Column> columns(100);
        pyramid.columns(0, numel, columns);
        if (firstPicture == 0 && std::all_of(columns.begin(), columns.end(), [](const Column& c) { return c.flags != 0; }))
            firstPicture = milliseconds(building);
        std::this_thread::sleep_for(std::chrono::milliseconds(8));
    }
    const auto cancelling = Clock::now();
    job.cancel();
    builder.join();
    const double cancelled = milliseconds(cancelling);
    Times after;
    ask(pyramid, numel, 2000, after);
    std::printf("{\"open_ms\": %.3f, \"make_ms\": %.3f, \"blocks\": %lld, \"known\": %lld, \"build_ms\": %.1f, \"first_picture_ms\": %.1f, "
                "\"cancel_ms\": %.2f, \"query_median_ms\": %.4f, \"query_max_ms\": %.4f, \"during_median_ms\": %.4f, \"during_p99_ms\": %.4f}\n",
        opened, made, static_cast<long long>(pyramid.blockCount()), static_cast<long long>(pyramid.knownBlocks()), built,
        firstPicture, cancelled, after.at(0.5), after.at(1), during.at(0.5), during.at(0.99));
    return 0;
}
