#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs Ravel's benchmarks and prints a table: what was measured, its target, met or missed. Ratios are taken pair by pair in one run (A B A B ...),
as medians; every figure is of a whole process as the operating system accounts for it. Python's standard library alone; torch runs in
processes of its own.

    tests/bench/run.py --build build/release [--data DIR] [--runs 5] [--json FILE] [NAME...]

To add a benchmark: a file bench_NAME.py beside this one with a function run(bench) that returns a list of Row.
"""

import argparse
import importlib
import json
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from measuring import Bench, table  # noqa: E402


def names():
    here = pathlib.Path(__file__).resolve().parent
    return sorted(path.stem[len("bench_"):] for path in here.glob("bench_*.py"))


def main():
    parser = argparse.ArgumentParser(description="Ravel's benchmarks")
    parser.add_argument("names", nargs="*", metavar="NAME", help="of " + ", ".join(names()))
    parser.add_argument("--build", default="build/release", help="build directory (default: %(default)s)")
    parser.add_argument("--data", help="where the data files are made (default: BUILD/../bench-data); some GB, kept for the next run")
    parser.add_argument("--runs", type=int, default=5, help="counted runs of each command, after one that warms up")
    parser.add_argument("--json", help="where the results are written (default: DATA/results.json)")
    args = parser.parse_args()

    build = pathlib.Path(args.build).resolve()
    data = pathlib.Path(args.data).resolve() if args.data else build.parent / "bench-data"
    data.mkdir(parents=True, exist_ok=True)
    unknown = set(args.names) - set(names())
    if unknown:
        parser.error("no such benchmark: " + ", ".join(sorted(unknown)))
    bench = Bench(build, data, args.runs)
    rows = []
    for name in args.names or names():
        print(f"{name} ...", file=sys.stderr, flush=True)
        rows += importlib.import_module("bench_" + name).run(bench)
    print(table(rows))
    target = pathlib.Path(args.json) if args.json else data / "results.json"
    target.write_text(json.dumps({"cpus": os.cpu_count(), "runs": args.runs, "rows": [row.__dict__ for row in rows]}, indent=1) + "\n")
    return 0 if all(row.met is not False for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
