// SPDX-License-Identifier: GPL-3.0-or-later
// benchstats FILE: measures everything in a checkpoint as `ravel stats` does and prints it, for run.py.

#include "checkpoint/checkpoint.h"
#include "layout/flatlayout.h"
#include "stats/measure.h"

#include <cstdio>

using namespace ravel;

namespace {

Result<Measurement> measured(const char* path)
{
    RAVEL_ASSIGN(const auto checkpoint, openCheckpoint(path));
    RAVEL_ASSIGN(const auto layout, FlatLayout::make(checkpoint, {}));
    return measure(EditedVector(checkpoint), wholeSelection(*layout), {}, {});
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 2) {
        std::fprintf(stderr, "usage: benchstats FILE\n");
        return 2;
    }
    const auto m = measured(argv[1]);
    if (!m) {
        std::fprintf(stderr, "%s\n", m.error().message.c_str());
        return 1;
    }
    std::printf("{\"count\": %lld, \"min\": %.9g, \"max\": %.9g, \"mean\": %.17g, \"std\": %.17g, \"histogram\": {\"counts\": [",
        static_cast<long long>(m->summary.count), m->summary.min, m->summary.max, m->summary.mean, m->summary.std());
    for (std::size_t i = 0; i < m->histogram.counts.size(); ++i)
        std::printf("%s%lld", i > 0 ? ", " : "", static_cast<long long>(m->histogram.counts[i]));
    std::printf("]}}\n");
    return 0;
}
