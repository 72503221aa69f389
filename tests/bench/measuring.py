# SPDX-License-Identifier: GPL-3.0-or-later
"""What all benchmarks share: whole processes timed, pairs of them compared, data files made once."""

import dataclasses
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

PYTHON = "/usr/bin/python3"


@dataclasses.dataclass
class Run:
    wall: float     # seconds
    cpu: float      # user and system
    peak: float     # MB
    output: str


@dataclasses.dataclass
class Row:
    what: str
    value: float
    unit: str
    target: float = None    # none: for information
    at_least: bool = False  # else at most
    note: str = ""
    met: bool = None

    def __post_init__(self):
        if self.target is not None:
            self.met = self.value >= self.target if self.at_least else self.value <= self.target


class Bench:
    def __init__(self, build, data, runs):
        self.build, self.data, self.runs = build, data, runs
        self.ravel = str(build / "bin" / "ravel")

    def program(self, name):
        return str(self.build / "bench" / name)

    def time(self, command, env=None):
        """One process, to its end. Fails loudly when it does."""
        with tempfile.TemporaryFile() as out:
            start = time.perf_counter()
            process = subprocess.Popen(command, stdout=out, stderr=subprocess.PIPE, env={**os.environ, **(env or {})})
            errors = process.stderr.read()
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.perf_counter() - start
            process.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            text = out.read().decode(errors="replace")
        if process.returncode != 0:
            sys.exit(f"{' '.join(map(str, command))}: exit code {process.returncode}\n{errors.decode(errors='replace')}")
        return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, text)

    def alone(self, command, prepare=None, env=None):
        """Counted runs after one that warms up; the median by wall time comes first."""
        runs = []
        for i in range(self.runs + 1):
            if prepare:
                prepare()
            run = self.time(command, env)
            if i > 0:
                runs.append(run)
        return sorted(runs, key=lambda r: r.wall)[len(runs) // 2], runs

    def pairs(self, first, second, prepare_first=None, prepare_second=None):
        """A B A B ...: the lists of their runs, and the median of the ratios second / first by wall time."""
        ours, theirs = [], []
        for i in range(self.runs + 1):
            for command, prepare, into in ((first, prepare_first, ours), (second, prepare_second, theirs)):
                if prepare:
                    prepare()
                run = self.time(command)
                if i > 0:
                    into.append(run)
        return ours, theirs, statistics.median(b.wall / a.wall for a, b in zip(ours, theirs))

    def file(self, name, make):
        """A data file, made by make(path) unless it is there."""
        path = self.data / name
        if not path.exists():
            print(f"  making {path}", file=sys.stderr, flush=True)
            partial = path.with_suffix(path.suffix + ".part")
            make(partial)
            partial.rename(path)
        return str(path)

    def has_torch(self):
        return subprocess.run([PYTHON, "-c", "import torch"], capture_output=True).returncode == 0

    def room(self, size):
        return shutil.disk_usage(self.data).free > size


def median(runs, of):
    return statistics.median(getattr(run, of) for run in runs)


def table(rows):
    lines = [("what", "measured", "target", "")]
    for row in rows:
        target = "" if row.target is None else ("at least " if row.at_least else "at most ") + f"{row.target:g} {row.unit}"
        verdict = "" if row.met is None else "met" if row.met else "MISSED"
        lines.append((row.what + (f" ({row.note})" if row.note else ""), f"{row.value:.3g} {row.unit}", target, verdict))
    widths = [max(len(line[i]) for line in lines) for i in range(4)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines)
