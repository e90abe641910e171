#!/usr/bin/env python3
"""Measures shelflife on the files of make.py: python3 run.py FOLDER --shelflife BIN [--env ENV].

Runs show, check and a native predict on every case and prints the slowest and the largest. Fails
when a run takes more than 2 s for each 10 MB of file (and more than 2 s), or more than 256 MB, or
ends by a signal or a panic. A last round reads several cases of one folder at once, as the screen
does. A native predict may hold the numbers of the model itself: 256 MB and 16 bytes for each byte
of file. Standard library only.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SECONDS = 2.0
MEGABYTES = 256
PATIENCE = 30


def measure(command, patience=PATIENCE):
    """Seconds (wall or processor time, the smaller), peak memory in MB, and how it ended."""
    with tempfile.TemporaryFile() as errors, tempfile.TemporaryFile() as output:
        start = time.monotonic()
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors)
        status = usage = None
        pause = 0.001
        while True:
            pid, status, usage = os.wait4(child.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() - start > patience:
                child.kill()
                _, status, usage = os.wait4(child.pid, 0)
                break
            time.sleep(pause)
            pause = min(pause * 1.3, 0.02)
        child.returncode = 0
        took = time.monotonic() - start
        if os.WIFEXITED(status):
            # Others may use the machine: time that was only waited for does not count.
            took = min(took, usage.ru_utime + usage.ru_stime)
        errors.seek(0)
        output.seek(0)
        words = errors.read(1 << 20) + output.read(1 << 20)
    end = "ok"
    if os.WIFSIGNALED(status):
        end = f"killed by signal {os.WTERMSIG(status)}"
    elif b"panicked at" in words or b"gave up on this file" in words:
        end = "panicked"
    elif os.WEXITSTATUS(status) not in (0, 1, 2):
        end = f"ended with {os.WEXITSTATUS(status)}"
    return took, usage.ru_maxrss / 1024, end


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--shelflife", required=True)
    parser.add_argument("--env", help="a Python environment to check against")
    parser.add_argument("--only", default="")
    parser.add_argument("--commands", default="show,check,predict,together")
    parser.add_argument("--shown", type=int, default=25)
    args = parser.parse_args()
    wanted = args.commands.split(",")
    rows = []

    def run(name, what, size, command, sizes=None):
        took, peak, end = measure([args.shelflife, *command], PATIENCE * len(sizes or [size]))
        allowed = sum(max(SECONDS, SECONDS * one / (10 << 20)) for one in sizes or [size])
        memory = MEGABYTES + (16 * size / (1 << 20) if what == "predict" else 0)
        bad = end != "ok" or took > allowed or peak > memory
        rows.append((took, peak, end, what, name, size, bad))
        if bad:
            print(f"TOO MUCH {what:8} {took:7.2f} s {peak:7.0f} MB {size / 1e6:7.2f} MB {end} {name}", flush=True)

    env = ["--env", args.env] if args.env else []
    cases = sorted(path for path in args.folder.iterdir() if args.only in path.name)
    for case in cases:
        files = sorted(path for path in case.iterdir() if path.is_file())
        size = sum(path.stat().st_size for path in files)
        model = case / "model.pkl" if (case / "model.pkl").exists() else files[0]
        shown = case if len(files) > 1 else files[0]
        if "show" in wanted:
            run(case.name, "show", size, ["show", "--format", "json", str(shown)])
        if "check" in wanted:
            run(case.name, "check", size, ["check", "--format", "json", *env, str(shown)])
        if "predict" in wanted:
            run(case.name, "predict", size, ["predict", "--format", "json", str(model)])
    if "together" in wanted:
        # Read in parallel, eight at a time: what the memory of all of them is together.
        for start in range(0, len(cases), 8):
            group = cases[start : start + 8]
            sizes = [sum(file.stat().st_size for file in case.iterdir()) for case in group]
            command = ["show", "--format", "json", *map(str, group)]
            run(f"{group[0].name} and {len(group) - 1} more", "together", sum(sizes), command, sizes)

    for title, key in (("slowest", 0), ("largest", 1)):
        print(f"\n{title}\n{'command':9} {'seconds':>8} {'peak MB':>8} {'file MB':>8}  case")
        for row in sorted(rows, key=lambda row: -row[key])[: args.shown]:
            took, peak, end, what, name, size, _ = row
            print(f"{what:9} {took:8.2f} {peak:8.0f} {size / 1e6:8.2f}  {name} {'' if end == 'ok' else end}")
    bad = sum(row[-1] for row in rows)
    print(f"\n{len(rows)} runs on {len(cases)} cases, {bad} beyond the budget")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
