"""Save every kind that this environment can make and has not made: `save_worker.py FOLDER ANSWERS NEW`.

Models go to FOLDER, in the serialisations that teams use, by turns. ANSWERS, if it is there, tells what exists. NEW gets
one JSON line per model with the rows to try, what the model answers here and the modules its pickle names. Kinds made in
this file belong to `__main__`.
"""

import json
import os
import pickle
import pickletools
import sys
import warnings
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(1, os.path.join(HERE, "local"))

import numpy as np  # noqa: E402

import answers  # noqa: E402
import models  # noqa: E402
import more_compositions  # noqa: E402, F401
import more_estimators  # noqa: E402, F401
import more_libraries  # noqa: E402, F401
import more_linear  # noqa: E402, F401
import more_transformers  # noqa: E402, F401
import more_trees  # noqa: E402, F401

SAVERS = ["cloudpickle", "dill", "skops"]

# What the kinds of `more_*.py` are saved with, by turns: a pickle's protocol or joblib's compression.
TURNS = [2, 3, 4, 5, "plain", "zlib", "gzip", "bz2", "lzma", "xz", "lz4", 4]


def halve(X):
    """Lives in `__main__`, as a notebook's function does."""
    return X / 2


def function_of_main():
    from sklearn.preprocessing import FunctionTransformer
    return FunctionTransformer(halve, validate=False).fit(models.X), models.ROWS


def lambda_by_cloudpickle():
    from sklearn.preprocessing import FunctionTransformer
    return FunctionTransformer(lambda X: X * 3, validate=False).fit(models.X), models.ROWS


def class_of_main():
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline
    return make_pipeline(Clipper(1.5), Ridge()).fit(models.X, models.AMOUNT), models.ROWS


def function_of_main_by_dill():
    from sklearn.preprocessing import FunctionTransformer
    return FunctionTransformer(halve, validate=False).fit(models.X), models.ROWS


class Clipper(object):
    """A transformer of `__main__` without any base."""

    def __init__(self, limit):
        self.limit = limit

    def get_params(self, deep=True):
        return {"limit": self.limit}

    def fit(self, X, y=None):
        return self

    def fit_transform(self, X, y=None):
        return self.transform(X)

    def transform(self, X):
        return X.clip(-self.limit, self.limit)


def save(name, make, model, folder):
    """The file and how it must be opened."""
    saver = next((saver for saver in SAVERS if name.endswith("_by_" + saver)), None)
    turn = zlib.crc32(name.encode())
    if saver == "skops":
        import skops.io
        skops.io.dump(model, os.path.join(folder, name + ".skops"))
        return name + ".skops", "skops"
    if saver:
        path = written(__import__(saver).dump, model, folder, name + ".pkl")
        return path, "dill" if names_dill(os.path.join(folder, path)) else "pickle"
    if not make.__module__.startswith("more_"):
        choice = "default" if turn % 2 else "plain"
    else:
        choice = TURNS[turn % len(TURNS)]
    if choice == "default":
        return written(pickle.dump, model, folder, name + ".pkl"), "pickle"
    if isinstance(choice, int):
        protocol = min(choice, pickle.HIGHEST_PROTOCOL)
        return written(lambda value, file: pickle.dump(value, file, protocol), model, folder, name + ".pkl"), "pickle"
    import joblib
    if choice == "lz4" and not has_lz4():
        choice = "zlib"
    compress = 0 if choice == "plain" else (choice, 3)
    joblib.dump(model, os.path.join(folder, name + ".joblib"), compress=compress)
    return name + ".joblib", "joblib"


def written(writer, model, folder, path):
    with open(os.path.join(folder, path), "wb") as file:
        writer(model, file)
    return path


def names_dill(path):
    """A pickle that names dill is for `dill.load`: `pickle.load` cannot resolve all that dill writes."""
    with open(path, "rb") as file:
        return b"dill._dill" in file.read()


def has_lz4():
    try:
        import lz4.frame  # noqa: F401
        return True
    except ImportError:
        return False


def modules_of(model):
    """The modules that a pickle of the model names, or None if plain pickle cannot write it."""
    try:
        text = pickle.dumps(model, 2)
    except Exception:
        return None
    return sorted({argument.split(" ")[0] for code, argument, _ in pickletools.genops(text) if code.name == "GLOBAL"})


def is_single_precision(model, rows):
    """Boosters of other libraries compute in 32 bits, and so does what was fitted on such numbers, is asked with them or
    answers with them: how they are rounded is up to the build of numpy. Their answers are compared less strictly."""
    inside = set(modules_of(model) or []) | {type(model).__module__}
    kept = list(vars(model).values()) if hasattr(model, "__dict__") else []
    kinds = [getattr(value, "dtype", None) for value in [rows, model] + kept]
    single = any(isinstance(kind, (np.dtype, type)) and kind == np.float32 for kind in kinds)
    return single or any(module.split(".")[0] in ("xgboost", "lightgbm") for module in inside)


def existing(notes):
    if not os.path.exists(notes):
        return set()
    with open(notes) as lines:
        return {json.loads(line)["kind"] for line in lines}


def main(folder, notes, new):
    warnings.simplefilter("ignore")
    here = [function_of_main, lambda_by_cloudpickle, class_of_main, function_of_main_by_dill]
    kinds = dict(models.KINDS, **{make.__name__: make for make in here})
    have = existing(notes)
    with open(new, "w") as out:
        for name in sorted(set(kinds) - have):
            try:
                model, rows = kinds[name]()
                job = {"kind": name}
                if rows is not None:
                    job["input"] = answers.input_to_json(rows)
                    # From JSON and back, so that every environment is asked exactly the same.
                    job["outputs"] = answers.outputs(model, answers.input_from_json(job["input"]))
                job["path"], job["opener"] = save(name, kinds[name], model, folder)
                job["modules"] = modules_of(model)
            except Exception as error:  # absent here, or this release cannot do it
                print("%s: %s: %s" % (name, type(error).__name__, error))
                continue
            job["tolerance"] = 1e-5 if is_single_precision(model, rows) else 1e-8
            out.write(json.dumps(job) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
