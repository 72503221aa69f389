# SPDX-License-Identifier: GPL-3.0-or-later
"""All statistics of 1 GiB of float32 against torch doing parameters_to_vector, min, max, mean, std and histc."""

import json
import subprocess

import datafiles
from measuring import PYTHON, Row, median

_TORCH = """
import json, sys, torch
from torch.nn.utils import parameters_to_vector
with torch.no_grad():
    state = torch.load(sys.argv[1])
    vector = parameters_to_vector(state.values())
    print(json.dumps({'min': vector.min().item(), 'max': vector.max().item(), 'mean': vector.mean().item(),
                      'std': vector.std().item(), 'histogram': {'counts': torch.histc(vector, 256).tolist()}}))
"""


def _command(bench, path):
    """`ravel stats`, or the same call without the command line where that is not built."""
    ravel = [bench.ravel, "stats", path, "--json"]
    small = bench.file("tiny.safetensors", lambda p: p.write_bytes(
        b"\x40\0\0\0\0\0\0\0" + b'{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'.ljust(64) + b"\0\0\0\0"))
    try:
        asked = subprocess.run([bench.ravel, "stats", small, "--json"], capture_output=True, timeout=20)
        if asked.returncode == 0 and b"histogram" in asked.stdout:
            return ravel, "ravel stats"
    except (OSError, subprocess.TimeoutExpired):
        pass
    return [bench.program("benchstats"), path], "benchstats"


def _agree(ours, theirs):
    """Both saw the same numbers: equal extremes, and moments to float32's precision."""
    for key in ("min", "max"):
        assert abs(ours[key] - theirs[key]) <= 1e-6 * abs(theirs[key]), key
    assert abs(ours["mean"] - theirs["mean"]) < 1e-7 and abs(ours["std"] - theirs["std"]) < 1e-6
    assert sum(ours["histogram"]["counts"]) == 1 << 28


def run(bench):
    if not bench.has_torch():
        print("  no torch for " + PYTHON + ": left out")
        return []
    path = datafiles.model_pt(bench)
    command, name = _command(bench, path)
    ours, theirs, ratio = bench.pairs(command, [PYTHON, "-c", _TORCH, path])
    _agree(json.loads(ours[0].output), json.loads(theirs[0].output))
    return [
        Row("statistics of 1 GiB float32, torch / " + name, ratio, "times as fast", 8, True),
        Row("  wall", median(ours, "wall"), "s", note=f"torch {median(theirs, 'wall'):.2f} s"),
        Row("  processor time", median(ours, "cpu"), "s", note=f"torch {median(theirs, 'cpu'):.2f} s"),
        Row("  peak memory", max(r.peak for r in ours), "MB", 150, note=f"torch {median(theirs, 'peak'):.0f} MB"),
    ]
