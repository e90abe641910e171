"""Speed of native predictions as ratios against scikit-learn on one thread: `PYTHON tests/bench/predict.py`.

PYTHON is one with scikit-learn, such as that of any environment of the matrix. Builds the release program, makes models
under `target/bench/predict/` once, and prints for each model, after it is read, how long one row takes, and how long
100,000 rows take (of some models one row only): `predict` and `predict_proba` together, in both programs. Times are the
best of several runs; those of the native engine are what `predict --format json` reports as `seconds`, which counts no
reading of files.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import joblib
import numpy as np
from sklearn.datasets import make_classification
from sklearn.ensemble import (AdaBoostClassifier, BaggingClassifier, GradientBoostingClassifier,
                              HistGradientBoostingClassifier, RandomForestClassifier, RandomForestRegressor)
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVC

REPOSITORY = Path(__file__).resolve().parents[2]
BINARY = REPOSITORY / "target" / "release" / "shelflife"
ROWS = 100_000
MODELS = {
    "forest of 100 trees": RandomForestClassifier(100, random_state=0, n_jobs=1),
    "forest of 100 regression trees": RandomForestRegressor(100, random_state=0, n_jobs=1),
    "shallow forest of 100 trees": RandomForestClassifier(100, max_depth=6, random_state=0, n_jobs=1),
    "gradient boosting of 100 stages": GradientBoostingClassifier(random_state=0),
    "histogram boosting of 100 iterations": HistGradientBoostingClassifier(random_state=0),
}


# Many rows of these take either program minutes or no time worth measuring: one row each.
ONE_ROW = {
    "AdaBoost of 100 trees": AdaBoostClassifier(n_estimators=100, random_state=0),
    "bagging of 100 trees": BaggingClassifier(n_estimators=100, random_state=0),
    "neighbours in 5,000 rows": KNeighborsClassifier(),
    "neighbours without a tree": KNeighborsClassifier(algorithm="brute"),
    "support vector machine": SVC(),
    "network of two layers of 100": MLPClassifier((100, 100), max_iter=20, random_state=0),
    "Gaussian process on 5,000 rows": GaussianProcessRegressor(optimizer=None),
}


def native(model, rows, runs):
    """The best seconds that the program reports."""
    best = None
    for _ in range(runs):
        done = subprocess.run([str(BINARY), "predict", str(model), "--input", str(rows), "--format", "json"],
                              capture_output=True, check=True)
        answer = json.loads(done.stdout)
        best = min(best or answer["seconds"], answer["seconds"])
    return best, answer["outputs"]


def python(model, X, runs):
    best = None
    for _ in range(runs):
        start = time.perf_counter()
        labels = model.predict(X)
        if hasattr(model, "predict_proba"):
            model.predict_proba(X)
        seconds = time.perf_counter() - start
        best = min(best or seconds, seconds)
    return best, labels


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--no-build", action="store_true", help="measure the release program that is there")
    options = parser.parse_args()
    if not options.no_build:
        subprocess.run(["cargo", "build", "--release", "--quiet"], check=True, cwd=REPOSITORY)
    folder = REPOSITORY / "target" / "bench" / "predict"
    folder.mkdir(parents=True, exist_ok=True)
    X, y = make_classification(5000 + ROWS, 20, n_informative=8, random_state=0)
    many, one = folder / "many.npy", folder / "one.npy"
    np.save(many, X[5000:])
    np.save(one, X[5000:5001])
    print("%-38s %12s %14s %14s %7s" % ("model", "one row", "100,000 rows", "scikit-learn", "ratio"))
    for name, model in MODELS.items():
        path = folder / (name.replace(" ", "-") + ".joblib")
        model.fit(X[:5000], y[:5000])
        joblib.dump(model, path)
        single, _ = native(path, one, options.runs * 3)
        here, outputs = native(path, many, options.runs)
        there, labels = python(model, X[5000:], options.runs)
        if not np.allclose(outputs["predict"], labels, rtol=1e-9):
            sys.exit("%s: the answers differ" % name)
        print("%-38s %9.2f ms %12.2f s %12.2f s %7.2f" % (name, single * 1e3, here, there, here / there), flush=True)
    for name, model in ONE_ROW.items():
        path = folder / (name.replace(" ", "-") + ".joblib")
        model.fit(X[:5000], y[:5000])
        joblib.dump(model, path)
        single, outputs = native(path, one, options.runs * 3)
        there, labels = python(model, X[5000:5001], options.runs * 3)
        if not np.allclose(outputs["predict"], labels, rtol=1e-9):
            sys.exit("%s: the answers differ" % name)
        print("%-38s %9.2f ms %14s %9.2f ms for one row" % (name, single * 1e3, "", there * 1e3), flush=True)


if __name__ == "__main__":
    main()
