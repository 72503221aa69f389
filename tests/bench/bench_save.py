# SPDX-License-Identifier: GPL-3.0-or-later
"""Saving 1 GiB of float32: one edited row against cp and sync, noise over everything against torch's load, add_(randn), save. Verification and
fsync are part of every save."""

import json
import os
import pathlib
import statistics

import datafiles
from measuring import PYTHON, Row, median

_TORCH = """
import sys, torch
state = torch.load(sys.argv[1])
torch.manual_seed(7)
for tensor in state.values():
    tensor.add_(torch.randn(tensor.shape), alpha=0.01)
torch.save(state, sys.argv[2])
"""

_ROW = [{"op": "multiply", "select": "layer03.weight[100, :]", "factor": 0.5}]
_NOISE = [{"op": "noise", "select": "*", "scale": 0.01, "seed": 7}]


def _recipe(bench, name, steps):
    path = bench.data / name
    path.write_text(json.dumps({"format": "ravel.recipe/1", "steps": steps}))
    return str(path)


def _fresh(path):
    """Each run begins without the last one's output, and with a disk that has nothing left to write."""

    def prepare():
        pathlib.Path(path).unlink(missing_ok=True)
        os.sync()

    return prepare


def _check(bench, recipe, source, output):
    """The file that was timed is the one that a receipt proves."""
    receipt = str(bench.data / "receipt.json")
    bench.time([bench.ravel, "apply", recipe, source, "-o", output, "--force", "--receipt", receipt])
    bench.time([bench.ravel, "verify", source, output, "--receipt", receipt])


def _row(bench, source, output):
    recipe, copy = _recipe(bench, "row.json", _ROW), str(bench.data / "copied.pt")
    ours, theirs, _ = bench.pairs([bench.ravel, "apply", recipe, source, "-o", output], ["sh", "-c", 'cp "$1" "$2" && sync', "sh", source, copy],
                                  _fresh(output), _fresh(copy))
    _check(bench, recipe, source, output)
    pathlib.Path(copy).unlink()
    ratio = statistics.median(a.wall / b.wall for a, b in zip(ours, theirs))
    return [
        Row("one row of 1 GiB saved, ravel apply / cp and sync", ratio, "times the time", 1.25),
        Row("  wall", median(ours, "wall"), "s", note=f"cp and sync {median(theirs, 'wall'):.2f} s"),
        Row("  peak memory", max(r.peak for r in ours), "MB", 200),
    ]


def _noise(bench, source, output):
    if not bench.has_torch():
        print("  no torch for " + PYTHON + ": left out")
        return []
    recipe, other = _recipe(bench, "noise.json", _NOISE), str(bench.data / "noisy-torch.pt")
    ours, theirs, ratio = bench.pairs([bench.ravel, "apply", recipe, source, "-o", output], [PYTHON, "-c", _TORCH, source, other],
                                      _fresh(output), _fresh(other))
    _check(bench, recipe, source, output)
    pathlib.Path(other).unlink()
    return [
        Row("noise over 1 GiB saved, torch load, add_(randn), save / ravel apply", ratio, "times as fast", 4, True),
        Row("  wall", median(ours, "wall"), "s", note=f"torch {median(theirs, 'wall'):.2f} s"),
        Row("  processor time", median(ours, "cpu"), "s", note=f"torch {median(theirs, 'cpu'):.2f} s"),
        Row("  peak memory", max(r.peak for r in ours), "MB", 200, note=f"torch {median(theirs, 'peak'):.0f} MB"),
    ]


def run(bench):
    if not bench.room(6 << 30):
        print("  less than 6 GB free: left out")
        return []
    source, output = datafiles.model_pt(bench), str(bench.data / "saved.pt")
    rows = _row(bench, source, output) + _noise(bench, source, output)
    pathlib.Path(output).unlink()
    return rows
