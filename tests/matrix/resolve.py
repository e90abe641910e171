"""Whether the fixes that `shelflife check` foretells can be installed as printed.

    python tests/matrix/resolve.py --shelflife BINARY [--saved ENV,…] [--loaded ENV,…] [--tsv FILE] [--most N]

For every foretold failure of the matrix it takes the fix's commands as they are printed, and asks `uv` to resolve them
with wheels only and to install nothing: the change in place with `uv pip install --dry-run`, the throw-away line with
`uv pip compile` for its Python. Commands that say the same are asked once. Prints how many of each kind can be
installed, and what uv says about the others; exits with 1 when there are some.
"""

import argparse
import collections
import concurrent.futures
import json
import shlex
import subprocess
import sys
from pathlib import Path

import environments
import run

FAILING = {"differs", "fails-predict", "fails-load"}


def fixes(options):
    """(command without the model's own path) -> how many foretold failures it is the fix of, and one of them."""
    found = {}
    failures = without = 0
    for saved in options.saved:
        for loaded in options.loaded:
            for name, answer in run.ask(options.shelflife, run.root() / "models" / saved, loaded).items():
                if answer["verdict"] not in FAILING:
                    continue
                failures += 1
                fix = answer["fix"] or {}
                if not fix.get("command"):
                    without += 1
                for kind in ("command", "throw_away"):
                    if fix.get(kind):
                        words = tuple(shlex.split(fix[kind]))
                        key = requirements(words)
                        count, example = found.get(key, (0, (saved, loaded, name, kind)))
                        found[key] = (count + 1, example)
    return failures, without, found


def requirements(words):
    """("in place", interpreter, requirements) or ("throw away", Python's version, requirements)."""
    python = words[words.index("--python") + 1]
    if words[1] == "run":
        wanted = [words[at + 1] for at, word in enumerate(words) if word == "--with"]
        return "throw away", python, tuple(wanted)
    return "in place", python, tuple(word for word in words[words.index("--python") + 2:] if not word.startswith("-"))


def resolves(key):
    """What uv says against it; nothing when it can be installed."""
    kind, python, wanted = key
    if kind == "in place":
        command = ["uv", "pip", "install", "--dry-run", "--only-binary", ":all:", "--python", python, *wanted]
        done = subprocess.run(command, capture_output=True, text=True)
    else:
        command = ["uv", "pip", "compile", "-q", "--only-binary", ":all:", "--python-version", python,
                   "--python-platform", "x86_64-manylinux_2_28", "-"]
        done = subprocess.run(command, input="\n".join(wanted), capture_output=True, text=True)
    return "" if done.returncode == 0 else " ".join(done.stderr.split())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shelflife", required=True, help="the program to ask")
    parser.add_argument("--saved", help="environments that saved, separated by commas")
    parser.add_argument("--loaded", help="environments to load in, separated by commas")
    parser.add_argument("--tsv", help="where every command and uv's answer is written")
    parser.add_argument("--most", type=int, default=100000, help="how many commands to ask at most, the most frequent first")
    parser.add_argument("--jobs", type=int, default=4, help="how many commands to ask at once")
    options = parser.parse_args()
    options.saved = options.saved.split(",") if options.saved else environments.matrix_names()
    options.loaded = options.loaded.split(",") if options.loaded else run.LOADED
    options.saved = [name for name in options.saved if (run.root() / "models" / name).is_dir()]
    failures, without, found = fixes(options)
    print(f"{failures} foretold failures, {without} of them without a command, {len(found)} commands that differ")
    ordered = sorted(found.items(), key=lambda item: -item[1][0])[:options.most]
    counts = collections.Counter()
    lines = []
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        answers = list(pool.map(lambda item: resolves(item[0]), ordered))
    for (key, (count, example)), said in zip(ordered, answers):
        counts[key[0], not said] += 1
        counts[key[0], "fixes", not said] += count
        lines.append([key[0], key[1], " ".join(key[2]), str(count), " ".join(example), said])
        if said:
            print(f"cannot: {key[0]} {key[1]} {' '.join(key[2])}  ({count} x, {' '.join(example)})\n    {said[:300]}", flush=True)
    if options.tsv:
        Path(options.tsv).write_text("".join("\t".join(line) + "\n" for line in lines))
    for kind in ("in place", "throw away"):
        good, bad = counts[kind, True], counts[kind, False]
        fixed, unfixed = counts[kind, "fixes", True], counts[kind, "fixes", False]
        print(f"{kind}: {good} of {good + bad} commands can be installed, for {fixed} of {fixed + unfixed} foretold failures")
    sys.exit(1 if counts["in place", False] + counts["throw away", False] else 0)


if __name__ == "__main__":
    main()
