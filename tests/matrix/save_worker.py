"""Save every kind that this environment can make: `save_worker.py FOLDER ANSWERS`.

Models go to FOLDER, as joblib and pickle files by turns. ANSWERS gets one JSON line per model with the rows to try and
what the model answers here. Two kinds are made in this file because they belong to `__main__`.
"""

import json
import os
import pickle
import sys
import warnings
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(1, os.path.join(HERE, "local"))

import answers  # noqa: E402
import models  # noqa: E402


def halve(X):
    """Lives in `__main__`, as a notebook's function does."""
    return X / 2


def function_of_main():
    from sklearn.preprocessing import FunctionTransformer
    return FunctionTransformer(halve, validate=False).fit(models.X), models.ROWS


def lambda_by_cloudpickle():
    from sklearn.preprocessing import FunctionTransformer
    return FunctionTransformer(lambda X: X * 3, validate=False).fit(models.X), models.ROWS


def save(name, model, folder):
    """The file and how it must be opened."""
    if name.endswith("_by_cloudpickle"):
        import cloudpickle
        path, opener, writer = name + ".pkl", "pickle", cloudpickle.dump
    elif zlib.crc32(name.encode()) % 2:
        path, opener, writer = name + ".pkl", "pickle", pickle.dump
    else:
        import joblib
        path, opener, writer = name + ".joblib", "joblib", joblib.dump
    with open(os.path.join(folder, path), "wb") as file:
        writer(model, file)
    return path, opener


def is_single_precision(model):
    """Boosters of other libraries compute in 32 bits; their answers are compared less strictly."""
    return type(model).__module__.split(".")[0] in ("xgboost", "lightgbm")


def main(folder, notes):
    warnings.simplefilter("ignore")
    kinds = dict(models.KINDS, function_of_main=function_of_main, lambda_by_cloudpickle=lambda_by_cloudpickle)
    with open(notes, "w") as out:
        for name in sorted(kinds):
            try:
                model, rows = kinds[name]()
                job = {"kind": name}
                if rows is not None:
                    job["input"] = answers.input_to_json(rows)
                    # From JSON and back, so that every environment is asked exactly the same.
                    job["outputs"] = answers.outputs(model, answers.input_from_json(job["input"]))
                job["path"], job["opener"] = save(name, model, folder)
            except (ImportError, TypeError, ValueError, AttributeError) as error:
                print("%s: %s: %s" % (name, type(error).__name__, error))
                continue
            job["tolerance"] = 1e-5 if is_single_precision(model) else 1e-8
            out.write(json.dumps(job) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
