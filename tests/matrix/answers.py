"""Inputs and outputs of models as JSON, the same in every environment from Python 3.6 on. No state, only conversions.

An input is {"columns", "dtypes", "data"} (a table if it has columns, else an array) or {"texts"}, a list as it is. A
missing cell is null.
"""

import math

import numpy

# Of the first group that a model has any of, all it has.
METHODS = [["predict", "predict_proba", "decision_function"], ["transform"], ["score_samples"]]


def input_to_json(X):
    if hasattr(X, "dtypes"):
        return {"columns": [str(name) for name in X.columns], "dtypes": [str(kind) for kind in X.dtypes],
                "data": [[plain(cell) for cell in row] for row in X.values.tolist()]}
    if isinstance(X, list):
        return {"texts": X}
    return {"columns": None, "dtypes": [str(X.dtype)] * X.shape[1], "data": plain(X)}


def input_from_json(described):
    if "texts" in described:
        return described["texts"]
    cells = [[float("nan") if cell is None else cell for cell in row] for row in described["data"]]
    if described["columns"] is None:
        return numpy.array(cells, dtype=described["dtypes"][0])
    try:
        import pandas
    except ImportError:  # without pandas an array is all there is to give
        return numpy.array(cells, dtype=object if object in map(kind, described["dtypes"]) else float)
    table = pandas.DataFrame({index: pandas.Series([row[index] for row in cells], dtype=kind(name))
                              for index, name in enumerate(described["dtypes"])})
    table.columns = pandas.Index(described["columns"], dtype=object)
    return table


def kind(dtype):
    """Words are given as plain Python objects everywhere, whatever the pandas of the saving side called them."""
    return dtype if dtype.startswith(("float", "int", "bool", "uint")) else object


def methods_of(model):
    """The methods to compare: what it predicts, else what it transforms to, else how it scores samples.

    Of a bundle, those of every fitted part, as `part.method`.
    """
    if isinstance(model, (dict, list, tuple)):
        parts = model.items() if isinstance(model, dict) else enumerate(model)
        return ["%s.%s" % (name, method) for name, part in parts if hasattr(part, "fit") for method in methods_of(part)]
    for group in METHODS:
        present = [method for method in group if hasattr(model, method)]
        if present:
            return present
    return []


def outputs(model, X, methods=None):
    """What each method answers. Given the methods of the saving side, one that is gone raises what Python raises."""
    return {method: plain(bound(model, method)(X)) for method in methods or methods_of(model)}


def bound(model, method):
    part, _, method = method.rpartition(".")
    if part:
        model = model[part if isinstance(model, dict) else int(part)]
    return getattr(model, method)


def plain(value):
    if hasattr(value, "toarray"):
        value = value.toarray()
    if hasattr(value, "columns") and hasattr(value, "values"):
        value = value.values
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    if isinstance(value, numpy.ndarray):
        return [plain(part) for part in value] if value.ndim else plain(value[()])
    if isinstance(value, numpy.generic):
        value = value.item()
    return None if value is None or value != value else value


def difference(before, now, tolerance):
    """None if the same; else a sentence: the first place where they part, and for numbers the largest distance."""
    left, right = flat(before), flat(now)
    if len(left) != len(right):
        return "%d values became %d" % (len(left), len(right))
    worst, where = 0.0, None
    for index, (old, new) in enumerate(zip(left, right)):
        if is_number(old) and is_number(new) and old != new:
            if math.isinf(old) or math.isinf(new):
                return "%r became %r at position %d" % (old, new, index)
            distance = abs(old - new)
            if distance > 1e-10 + tolerance * abs(old) and distance > worst:
                worst, where = distance, "%r became %r" % (old, new)
        elif old != new:
            return "%r became %r at position %d" % (old, new, index)
    return where


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def flat(value):
    if isinstance(value, list):
        return [leaf for part in value for leaf in flat(part)]
    return [value]
