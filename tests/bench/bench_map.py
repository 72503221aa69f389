# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames of the offset map over 10,000 tensors and 25e9 elements, 1600 pixels wide, while nothing else runs and while the analysis does."""

import json
import os

from measuring import Row


def run(bench):
    program = bench.program("benchmap")
    if not os.path.exists(program):
        print("  benchmap is not built (RAVEL_GUI=OFF): left out")
        return []
    told = json.loads(bench.time([program, "--json"], env={"QT_QPA_PLATFORM": "offscreen"}).output)
    rows = []
    for phase in told["phases"]:
        idle = phase["what"] == "analysis over"
        busy = phase["what"] == "while the analysis runs"
        lane = phase["what"].startswith("lane ") or phase["what"] == "all lanes"
        if lane:
            rows.append(Row("frame of the map, " + phase["what"] + ": median", phase["frame"], "ms", 8,
                            note=f"99 of 100 within {phase['frame99']:.1f} ms"))
            continue
        rows.append(Row("frame of the map, " + phase["what"] + ": median", phase["frame"], "ms", 8 if idle or busy else None,
                        note=f"99 of 100 within {phase['frame99']:.1f} ms; {phase['frames']} frames"))
        rows.append(Row("  longest event of the GUI thread", phase["event"], "ms", 16 if busy else None,
                        note=f"its processor time: {phase['eventCpu']:.1f} ms"))
    return rows
