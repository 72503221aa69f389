# SPDX-License-Identifier: GPL-3.0-or-later
"""Summaries of a 100 GB checkpoint for the map: 2,000 columns of 10,000 tensors at every zoom, also while they are computed."""

import json
import statistics

import datafiles
from measuring import Row


def run(bench):
    runs = []
    for _ in range(bench.runs):
        run = bench.time([bench.program("benchpyramid"), datafiles.sparse(bench), "3"])
        runs.append((json.loads(run.output), run.peak))
    of = lambda key: statistics.median(r[key] for r, _ in runs)
    return [
        Row("100 GB: open and lay out", of("open_ms"), "ms", 100),
        Row("  make the pyramid", of("make_ms"), "ms"),
        Row("  first picture, an estimate", of("first_picture_ms"), "ms", 200),
        Row("  2,000 columns, median", of("query_median_ms"), "ms", 1),
        Row("  2,000 columns during the analysis, median", of("during_median_ms"), "ms", 1),
        Row("  cancel", of("cancel_ms"), "ms", 100),
        Row("  peak memory", max(peak for _, peak in runs), "MB", 150),
    ]
