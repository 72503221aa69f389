#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the fuzz targets one after the other, each until it has made its number of runs without a finding.

campaign.py --build build/fuzz [--runs 1000000] [--slice 240] [--lock FILE] [TARGET...]

A target runs in slices of --slice seconds, so that it can be stopped and taken up again: the corpus and the count of runs stay in
BUILD/campaign/TARGET. A finding ends the target and is left there as crash-*, timeout-* or oom-*. --lock: held during a slice (flock).
Exit code 0: every target has its runs and no finding.
"""
import argparse
import fcntl
import json
import os
import pathlib
import re
import subprocess
import sys

SOURCE = pathlib.Path(__file__).resolve().parent
# What was freed is kept for a while, to tell a use after it; by default so much of it that the limit of memory would mean nothing.
ENVIRONMENT = dict(os.environ, ASAN_OPTIONS="quarantine_size_mb=64")
LENGTH = {"slice": 300, "recipe": 1500, "pickle": 2048, "npy": 1024, "index": 800}


def dictionary(target):
    for name in (target, {"legacy": "pickle", "dcp": "pickle", "roundtrip": "zip"}.get(target, target)):
        path = SOURCE / "dictionaries" / (name + ".dict")
        if path.exists():
            return ["-dict=%s" % path]
    return []


def one_slice(program, folder, seeds, target, runs, seconds):
    """Runs made, and whether it ended well."""
    command = [str(program), str(folder / "corpus"), str(seeds), str(SOURCE / "regressions" / target), "-runs=%d" % runs, "-timeout=2",
               "-rss_limit_mb=512", "-max_total_time=%d" % seconds, "-max_len=%d" % LENGTH.get(target, 4096), "-print_final_stats=1",
               "-artifact_prefix=%s/" % folder] + dictionary(target)
    with open(folder / "log", "w") as log:
        code = subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, env=ENVIRONMENT).returncode
    text = (folder / "log").read_text(errors="replace")
    made = re.findall(r"number_of_executed_units:\s*(\d+)", text) or re.findall(r"^#(\d+)", text, re.MULTILINE) or ["0"]
    return int(made[-1]), code == 0


def run(target, options):
    folder = pathlib.Path(options.build) / "campaign" / target
    (folder / "corpus").mkdir(parents=True, exist_ok=True)
    seeds = pathlib.Path(options.build) / "campaign" / "seeds"
    subprocess.run([options.build + "/bin/makeseeds", str(seeds)], check=True)
    state = folder / "runs.json"
    done = json.loads(state.read_text()) if state.exists() else 0
    while done < options.runs:
        lock = open(options.lock, "w") if options.lock else None
        if lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
        made, well = one_slice(pathlib.Path(options.build) / "fuzz" / ("fuzz_" + target), folder, seeds / target, target,
                               options.runs - done, options.slice)
        if lock:
            lock.close()
        if not well:
            state.write_text("0")  # what is mended counts anew
            print("%-12s a finding after %d runs: see %s" % (target, done + made, folder))
            return False
        done += made
        state.write_text(str(done))
        print("%-12s %d runs, no finding" % (target, done), flush=True)
    return True


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--runs", type=int, default=1000000)
    parser.add_argument("--slice", type=int, default=240)
    parser.add_argument("--lock")
    parser.add_argument("targets", nargs="*")
    options = parser.parse_args()
    options.build = str(pathlib.Path(options.build).resolve())
    targets = options.targets or sorted(p.name[5:] for p in (pathlib.Path(options.build) / "fuzz").glob("fuzz_*"))
    results = [run(target, options) for target in targets]
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
