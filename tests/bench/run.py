"""Speed and memory of reading, as ratios against something that anyone can run: `python tests/bench/run.py`.

Builds the release program, makes its inputs under `target/bench/` once (they take about 3 GB), and prints a table:

    shelf    250 small pickles and joblib streams (copies of the fixtures, 3-4 MB): `shelflife show --format json`
             on the folder against `picklescan` and `modelscan` on the same folder
    check    what `check` costs against an environment with scikit-learn: the first artifact, which reads the environment's
             sources; each further one of the same process; a shelf of 250. With the time that processors spent on it, which
             a busy machine changes least. `python tests/bench/run.py --only check [--env PREFIX]`
    forest   a forest of about 1 GB as a plain joblib stream and as a plain pickle: time and memory of the manifest
    zlib     a forest of about 300 MB, compressed with zlib: against only decompressing it with Python's zlib
    tree     100,000 files with 5,000 models among them: everything read, by `show` and on the screen of the terminal
             program in a real pty of 80 by 24 (terminal.py): seconds from exec to the first frame, to the first rows
             with names, until all is read; peak memory, bytes written, and key-to-frame times while it streams in
    models   100,000 small pickles, all of them rows: the same

Needs `uv` for the scanners and for the scikit-learn that makes the forests. Times are the best of several runs, process
start included, with warm caches; memory is the peak resident set as the kernel counts it.
"""

import argparse
import os
import pickle
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

import terminal

REPOSITORY = Path(__file__).resolve().parents[2]
FIXTURES = REPOSITORY / "tests" / "fixtures" / "native"
BINARY = REPOSITORY / "target" / "release" / "shelflife"

FOREST = """
import sys, pickle, joblib, numpy as np
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.tree._tree import Tree
folder, trees, nodes = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
X, y = make_classification(400, 20, random_state=0)
forest = RandomForestClassifier(trees, random_state=0).fit(X, y)
for estimator in forest.estimators_:
    tree = estimator.tree_
    state = tree.__getstate__()
    repeat = -(-nodes // state["node_count"])
    state["nodes"] = np.tile(state["nodes"], repeat)
    state["values"] = np.tile(state["values"], (repeat, 1, 1))
    # Real thresholds and impurities do not repeat, and so do not compress.
    noise = np.random.default_rng(0)
    for field in ("threshold", "impurity"):
        state["nodes"][field] = noise.random(len(state["nodes"]))
    state["values"][:] = noise.random(state["values"].shape)
    state["node_count"] = len(state["nodes"])
    # A tree that has nodes keeps their space, so the new ones need a tree of their own.
    estimator.tree_ = Tree(20, np.array([2]), 1)
    estimator.tree_.__setstate__(state)
for kind in sys.argv[4:]:
    if kind == "joblib":
        joblib.dump(forest, folder + "/forest.joblib")
    elif kind == "pickle":
        pickle.dump(forest, open(folder + "/forest.pkl", "wb"), protocol=5)
    elif kind == "zlib":
        joblib.dump(forest, folder + "/forest.joblib.z", compress=("zlib", 3))
"""


def environment(folder, *packages):
    """A uv environment with these packages; its interpreter."""
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run(["uv", "venv", "-q", "--python", sys.executable, str(folder)], check=True)
        subprocess.run(["uv", "pip", "install", "-q", "--python", str(python), *packages], check=True)
    return python


def measure(command, runs=5):
    """The best wall-clock seconds and the peak memory in MiB of a command."""
    best, peak, _ = spent(command, runs)
    return best, peak


def spent(command, runs=5):
    """Like `measure`, with the fewest seconds that processors spent on the command."""
    best, peak, least = None, 0, None
    for _ in range(runs):
        reader, writer = os.pipe()
        start = time.perf_counter()
        child = os.fork()
        if child == 0:
            os.close(reader)
            program = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            usage = resource.getrusage(resource.RUSAGE_CHILDREN)
            os.write(writer, f"{usage.ru_maxrss} {usage.ru_utime + usage.ru_stime}".encode())
            os._exit(0)
        os.close(writer)
        os.waitpid(child, 0)
        seconds = time.perf_counter() - start
        memory, busy = os.read(reader, 100).decode().split()
        os.close(reader)
        best = seconds if best is None else min(best, seconds)
        least = float(busy) if least is None else min(least, float(busy))
        peak = max(peak, int(memory) / 1024)
    return best, peak, least


def small_shelf(folder):
    if folder.exists():
        return
    folder.mkdir(parents=True)
    models = sorted(p for p in FIXTURES.rglob("*") if p.suffix in (".pkl", ".joblib"))
    models = sorted(models, key=lambda p: -p.stat().st_size)[:125]
    for index in range(250):
        model = models[index % len(models)]
        shutil.copy(model, folder / f"{index:03}-{model.name}")


# Kinds of models that a check walks through different code for.
TYPICAL = ["forest_classifier", "columns_forest", "boosting_three_classes", "imputer_mean", "logistic_binary"]


def checks(work, prefix):
    """The first check of a process, each further one, and a shelf of 250."""
    command = [str(BINARY), "check", "--env", str(prefix), "--format", "json", "--fail-on", "never"]
    for name in TYPICAL:
        [model] = [path for path in (FIXTURES / "1.5").glob(f"{name}.*") if path.suffix != ".json"]
        seconds, memory, busy = spent([*command, str(model)], 10)
        row(f"check: the first, {name}", seconds, memory, f"{busy * 1000:.0f} ms of processor")
        copies = work / "copies" / name
        if not copies.exists():
            copies.mkdir(parents=True)
            for index in range(50):
                shutil.copy(model, copies / f"{index:02}{model.suffix}")
        many, memory, more = spent([*command, str(copies)], 5)
        row(f"check: each further, {name}", (many - seconds) / 49, memory, f"{(more - busy) / 49 * 1000:.1f} ms of processor")
    shelf = work / "shelf"
    small_shelf(shelf)
    seconds, memory, busy = spent([*command, str(shelf)], 5)
    row("check: a shelf of 250", seconds, memory, f"{busy * 1000:.0f} ms of processor")


def wide_tree(folder):
    if folder.exists():
        return
    models = sorted(p for p in FIXTURES.rglob("*") if p.suffix in (".pkl", ".joblib"))
    for index in range(100_000):
        place = folder / f"d{index // 1000:03}" / f"e{index // 100 % 10}"
        if index % 100 == 0:
            place.mkdir(parents=True)
        if index % 20 == 0:
            model = models[index // 20 % len(models)]
            shutil.copyfile(model, place / f"{index}{model.suffix}")
        else:
            (place / f"{index}.txt").write_text("x")


def many_models(folder):
    if folder.exists():
        return
    for index in range(100_000):
        place = folder / f"d{index // 1000:03}"
        if index % 1000 == 0:
            place.mkdir(parents=True)
        with open(place / f"{index}.pkl", "wb") as file:
            pickle.dump({"index": index, "weights": [0.5, index / 7], "kind": "tiny"}, file)


def on_screen(name, folder, runs=3):
    """The terminal program on `folder`: the best of several runs, the most memory."""
    runs = [terminal.session(BINARY, folder) for _ in range(runs)]
    memory = max(run["memory"] for run in runs)
    for what in ("first frame", "first rows", "all read", "left after"):
        row(f"{name} on screen: {what}", min(run[what] for run in runs), memory)
    last = runs[-1]
    print(f"{name} on screen: {last['frames']} frames, {last['written']} bytes written")
    times = terminal.keys(BINARY, folder)
    for part in (0.5, 0.99):
        row(f"{name} on screen: key to frame, p{part * 100:.0f} of {len(times)}", terminal.share(times, part), memory)


def forests(folder, python):
    if (folder / "forest.joblib").exists() and (folder / "small" / "forest.joblib.z").exists():
        return
    (folder / "small").mkdir(parents=True, exist_ok=True)
    # One node takes 64 bytes and its two class fractions 16.
    subprocess.run([python, "-c", FOREST, str(folder), "10", "1300000", "joblib", "pickle"], check=True)
    subprocess.run([python, "-c", FOREST, str(folder / "small"), "10", "1000000", "zlib"], check=True)


def row(name, seconds, memory, note=""):
    print(f"{name:<44} {seconds * 1000:>9.1f} ms  {memory:>7.1f} MiB  {note}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, default=REPOSITORY / "target" / "bench")
    parser.add_argument("--only", nargs="*", default=["shelf", "check", "forest", "zlib", "tree", "models"])
    parser.add_argument("--env", type=Path, help="the environment of `check`; else one with scikit-learn is made")
    parser.add_argument("--no-build", action="store_true", help="the release program is there already")
    options = parser.parse_args()
    if not options.no_build:
        subprocess.run(["cargo", "build", "--release", "--quiet"], cwd=REPOSITORY, check=True)
    options.work.mkdir(parents=True, exist_ok=True)
    show = [str(BINARY), "show", "--format", "json"]
    if "shelf" in options.only:
        shelf = options.work / "shelf"
        small_shelf(shelf)
        scanners = environment(options.work / "scanners", "picklescan", "modelscan")
        ours, memory = measure([*show, str(shelf)], 20)
        row("shelf: shelflife show", ours, memory)
        for scanner, arguments in (("picklescan", ["-p"]), ("modelscan", ["-p"])):
            seconds, memory = measure([str(scanners.parent / scanner), *arguments, str(shelf)], 3)
            row(f"shelf: {scanner}", seconds, memory, f"{seconds / ours:.0f} times as long")
    if "check" in options.only:
        prefix = options.env or environment(options.work / "checked", "scikit-learn==1.7.2", "pandas").parents[1]
        checks(options.work, prefix)
    if "forest" in options.only or "zlib" in options.only:
        python = environment(options.work / "learn", "scikit-learn==1.7.2")
        forests(options.work / "forests", python)
    if "forest" in options.only:
        for name in ("forest.joblib", "forest.pkl"):
            path = options.work / "forests" / name
            seconds, memory = measure([*show, str(path)])
            row(f"{name}, {path.stat().st_size / 1e9:.2f} GB: shelflife show", seconds, memory)
    if "zlib" in options.only:
        path = options.work / "forests" / "small" / "forest.joblib.z"
        unpack = ("import sys, zlib\nd = zlib.decompressobj()\nf = open(sys.argv[1], 'rb')\n"
                  "while block := f.read(1 << 18):\n  d.decompress(block)")
        alone, _ = measure([sys.executable, "-c", unpack, str(path)], 2)
        seconds, memory = measure([*show, str(path)], 2)
        row(f"forest.joblib.z, {path.stat().st_size / 1e6:.0f} MB: shelflife show", seconds, memory,
            f"{seconds / alone:.2f} times decompressing it")
    if "tree" in options.only:
        tree = options.work / "tree"
        wide_tree(tree)
        seconds, memory = measure([*show, str(tree)], 3)
        row("tree of 100,000 files, 5,000 models: show", seconds, memory)
        on_screen("tree", tree)
    if "models" in options.only:
        models = options.work / "models"
        many_models(models)
        on_screen("models", models)


if __name__ == "__main__":
    main()
