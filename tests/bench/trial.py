"""What a live trial costs besides Python itself.

`python tests/bench/trial.py [--python PYTHON] [--rounds N]` builds the release binary and runs, one
after the other, the whole command `shelflife predict --engine python` on a small pickle and the
same loading and predicting as plain `python -I -B -c`, and prints medians in milliseconds. The
difference is the launcher, the sandbox, the worker's own imports, and the reading of the file and
of the environment; it must stay below 60 ms.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
MODULE = """
class Double:
    def predict(self, rows):
        return [row[0] * 2 for row in rows]
"""
PLAIN = "import sys; sys.path.append(%r); import pickle; print(pickle.load(open(%r, 'rb')).predict([[1.5]]))"
LIMIT = 60


def seconds(command):
    start = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--binary", help="instead of building one")
    options = parser.parse_args()
    binary = options.binary
    if binary is None:
        subprocess.run(["cargo", "build", "--release", "--quiet"], cwd=REPOSITORY, check=True)
        binary = REPOSITORY / "target/release/shelflife"
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "doubles.py").write_text(MODULE)
        (folder / "rows.csv").write_text("a\n1.5\n")
        model = folder / "model.pkl"
        make = "import sys, pickle; sys.path.append(%r); import doubles; pickle.dump(doubles.Double(), open(%r, 'wb'))"
        subprocess.run([options.python, "-B", "-c", make % (name, str(model))], check=True)
        plain = [options.python, "-I", "-B", "-c", PLAIN % (name, str(model))]
        trial = [str(binary), "predict", "--engine", "python", "--allow-execution", "--env", options.python,
                 "--path-entry", name, "--input", str(folder / "rows.csv"), str(model)]
        kinds = {"plain python": plain, "trial": trial, "trial without sandbox": [*trial, "--no-sandbox"]}
        times = {kind: [] for kind in kinds}
        for kind, command in kinds.items():
            seconds(command)
        for _ in range(options.rounds):
            for kind, command in kinds.items():
                times[kind].append(seconds(command) * 1000)
    medians = {kind: statistics.median(all_of_them) for kind, all_of_them in times.items()}
    for kind, median in medians.items():
        print("%-22s %7.1f ms" % (kind, median))
    overhead = medians["trial"] - medians["plain python"]
    print("%-22s %7.1f ms (limit %d)" % ("overhead", overhead, LIMIT))
    return 0 if overhead <= LIMIT else 1


if __name__ == "__main__":
    os.environ.pop("VIRTUAL_ENV", None)
    sys.exit(main())
