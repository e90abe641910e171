"""Pickled pandas objects in many releases of pandas: what really happens, and what shelflife says.

    python tests/matrix/pandas_pairs.py save  FOLDER PYTHON…    each PYTHON saves every kind of object it can make
    python tests/matrix/pandas_pairs.py load  FOLDER PYTHON…    each PYTHON loads what all have saved; the truth
    python tests/matrix/pandas_pairs.py table FOLDER            the truth: one line per kind, saved × loaded
    python tests/matrix/pandas_pairs.py check FOLDER BINARY     the truth against `BINARY check`

PYTHON is the interpreter of a virtual environment; the environment's folder name stands for it. FOLDER keeps
`models/NAME/*.pkl`, `shown/NAME.json` (what each object showed where it was saved) and `truth/SAVED--LOADED.json`.
An object that loads is shown: its types, labels and values. `ready` shows the same, `differs` something else,
`fails-use` cannot be shown.
"""

import json
import os
import pickle
import subprocess
import sys
import warnings


def kinds():
    """Name -> a function that makes the object; those that a release does not know raise."""
    import numpy as np
    import pandas as pd

    def frame():
        return pd.DataFrame({"a": [1, 2, 3], "b": [0.5, 1.5, 2.5], "c": ["x", "y", None], "d": [True, False, True]})

    def multi():
        index = pd.MultiIndex.from_tuples([("x", 1), ("x", 2), ("y", 1)], names=["k", "n"])
        return pd.DataFrame({"a": [1.0, 2.0, 3.0]}, index=index)

    def dates(zone=None):
        return pd.DataFrame({"t": pd.date_range("2020-01-01", periods=3, tz=zone), "v": [1, 2, 3]})

    def holding():
        class_ = pd.api.types.CategoricalDtype
        return {"columns": frame().columns, "levels": class_(["x", "y"], ordered=True), "means": frame().mean(numeric_only=True)}

    return {
        "frame_mixed": frame,
        "frame_floats": lambda: pd.DataFrame(np.arange(6.0).reshape(3, 2), columns=["a", "b"]),
        "frame_sliced": lambda: frame()[::2][["a", "b"]],
        "frame_indexed": lambda: frame().set_index("a"),
        "frame_categories": lambda: pd.DataFrame({"k": pd.Categorical(["x", "y", "x"]), "v": [1, 2, 3]}),
        "frame_dates": dates,
        "frame_zoned": lambda: dates("Europe/Paris"),
        "frame_utc": lambda: dates("UTC"),
        "frame_multi": multi,
        "frame_strings": lambda: pd.DataFrame({"s": pd.array(["x", None, "y"], dtype="string")}),
        "frame_nullable": lambda: pd.DataFrame({"i": pd.array([1, None, 3], dtype="Int64")}),
        "frame_boolean": lambda: pd.DataFrame({"i": pd.array([True, None], dtype="boolean")}),
        "frame_sparse": lambda: pd.DataFrame({"s": pd.arrays.SparseArray([0, 0, 1])}),
        "frame_arrow": lambda: pd.DataFrame({"s": pd.array([1, None], dtype="int64[pyarrow]")}),
        "series_floats": lambda: pd.Series([1.0, 2.0], index=[3, 4], name="s"),
        "series_texts": lambda: pd.Series(["x", "y"], name="s"),
        "index_ints": lambda: pd.Index([1, 5, 9]),
        "index_floats": lambda: pd.Index([0.5, 1.5]),
        "index_unsigned": lambda: pd.Index(np.array([1, 2], dtype="uint64")),
        "index_range": lambda: pd.RangeIndex(4),
        "index_texts": lambda: pd.Index(["x", "y"]),
        "index_dates": lambda: pd.date_range("2020-01-01", periods=3, freq="D"),
        "index_months": lambda: pd.date_range("2020-01-31", periods=3, freq="M"),
        "index_periods": lambda: pd.period_range("2020-01", periods=3, freq="M"),
        "index_intervals": lambda: pd.interval_range(0, 3),
        "index_categories": lambda: pd.CategoricalIndex(["x", "y"]),
        "index_multi": lambda: multi().index,
        "index_spans": lambda: pd.timedelta_range("1 day", periods=3),
        "categorical": lambda: pd.Categorical(["x", "y", "x"], ordered=True),
        "categories": lambda: pd.api.types.CategoricalDtype(["x", "y"]),
        "intervals": lambda: pd.cut([1, 2, 3], 3),
        "stamp": lambda: pd.Timestamp("2020-01-01 12:00"),
        "stamp_zoned": lambda: pd.Timestamp("2020-01-01 12:00", tz="Europe/Paris"),
        "span": lambda: pd.Timedelta("1 days 2 hours"),
        "period": lambda: pd.Period("2020-01", "M"),
        "offset_days": lambda: pd.offsets.Day(2),
        "offset_business": lambda: pd.offsets.BusinessDay(2),
        "offset_months": lambda: pd.offsets.MonthEnd(),
        "not_available": lambda: pd.NA,
        "not_a_time": lambda: pd.NaT,
        "bundle": holding,
    }


def shown(thing):
    """Types, labels and values, as JSON and so that releases can be compared."""
    import pandas as pd
    if isinstance(thing, pd.DataFrame):
        columns = [[str(name), shown(thing[name])] for name in thing.columns]
        return ["DataFrame", shown(thing.index), columns]
    if isinstance(thing, pd.Series):
        return ["Series", str(thing.dtype), str(thing.name), shown(thing.index), [str(value) for value in thing]]
    if isinstance(thing, pd.Index):
        return ["Index", str(thing.dtype), str(thing.name), [str(value) for value in thing]]
    if isinstance(thing, dict):
        return [[key, shown(value)] for key, value in thing.items()]
    return [type(thing).__name__, str(thing).replace("'", "").replace('"', "")]


# ---- inside of an environment ---------------------------------------------------------------------------------------

def save_here(folder, notes):
    os.makedirs(folder, exist_ok=True)
    kept = {}
    for name, make in kinds().items():
        try:
            thing = make()
            with open(os.path.join(folder, name + ".pkl"), "wb") as file:
                pickle.dump(thing, file, protocol=4)
            kept[name] = shown(thing)
        except Exception as error:
            print(name, type(error).__name__, error)
    with open(notes, "w") as file:
        json.dump(kept, file)


def load_here(folder, notes, results):
    with open(notes) as file:
        before = json.load(file)
    import pandas  # noqa: F401 - once, before forking
    found = {}
    for name in sorted(before):
        reading, writing = os.pipe()
        if os.fork() == 0:
            outcome = loaded(os.path.join(folder, name + ".pkl"), before[name])
            os.write(writing, json.dumps(outcome).encode())
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as answer:
            text = answer.read()
        os.wait()
        found[name] = json.loads(text) if text else {"truth": "crash"}
    with open(results, "w") as file:
        json.dump(found, file, indent=1, sort_keys=True)


def loaded(path, before):
    try:
        with open(path, "rb") as file:
            thing = pickle.load(file)
    except BaseException as error:
        return {"truth": "fails-load", "exception": type(error).__name__, "message": str(error)}
    try:
        now = shown(thing)
    except BaseException as error:
        return {"truth": "fails-use", "exception": type(error).__name__, "message": str(error)}
    same = json.loads(json.dumps(now)) == before
    return {"truth": "ready"} if same else {"truth": "differs", "was": before, "is": now}


# ---- outside --------------------------------------------------------------------------------------------------------

def name_of(python):
    return os.path.basename(os.path.dirname(os.path.dirname(os.path.abspath(python))))


def outside(step, folder, rest):
    places = [os.path.join(folder, part) for part in ("models", "shown", "truth")]
    models, notes, truth = places
    for place in places:
        os.makedirs(place, exist_ok=True)
    if step == "save":
        for python in rest:
            name = name_of(python)
            arguments = [os.path.join(models, name), os.path.join(notes, name + ".json")]
            subprocess.run([python, "-W", "ignore", __file__, "save-here"] + arguments, check=True)
    elif step == "load":
        for python in rest:
            for saved in sorted(os.listdir(models)):
                arguments = [os.path.join(models, saved), os.path.join(notes, saved + ".json"),
                             os.path.join(truth, saved + "--" + name_of(python) + ".json")]
                subprocess.run([python, "-W", "ignore", __file__, "load-here"] + arguments, check=True)
                with open(places[2] + "/" + saved + "--" + name_of(python) + ".python", "w") as file:
                    file.write(python)
    elif step == "table":
        table(outcomes(truth))
    else:
        check(outcomes(truth), models, truth, rest[0])


def outcomes(truth):
    """(saved, loaded) -> kind -> outcome."""
    found = {}
    for file in sorted(os.listdir(truth)):
        if file.endswith(".json"):
            with open(os.path.join(truth, file)) as opened:
                found[tuple(file[:-5].split("--"))] = json.load(opened)
    return found


def table(found):
    groups = {}
    for (saved, to), kept in found.items():
        for kind, outcome in kept.items():
            if outcome["truth"] != "ready":
                key = (outcome["truth"], outcome.get("exception", ""), outcome.get("message", "")[:150])
                groups.setdefault(key, []).append((saved, to, kind))
    for key, members in sorted(groups.items(), key=lambda group: -len(group[1])):
        print(len(members), *key, sep="\t")
        for pair in sorted({(saved, to) for saved, to, _ in members}):
            print("\t\t", pair[0], "->", pair[1], *[kind for saved, to, kind in members if (saved, to) == pair])


def check(found, models, truth, binary):
    """How often the verdict is right, and every pair where it is not."""
    counts, told = {}, [0, 0]
    for (saved, to), kept in found.items():
        with open(os.path.join(truth, saved + "--" + to + ".python")) as file:
            environment = os.path.dirname(os.path.dirname(file.read()))
        command = [binary, "check", os.path.join(models, saved), "--env", environment, "--format", "json"]
        done = subprocess.run(command, stdout=subprocess.PIPE)
        for line in done.stdout.decode().splitlines():
            answer = json.loads(line)
            kind = os.path.basename(answer.get("path", "")).replace(".pkl", "")
            if kind not in kept:
                continue
            outcome = kept[kind]
            counts[answer["verdict"], outcome["truth"]] = counts.get((answer["verdict"], outcome["truth"]), 0) + 1
            messages = [finding.get("message") for finding in answer.get("findings", [])]
            if outcome["truth"] == "fails-load":
                told[0] += outcome["message"] in messages
                told[1] += 1
            wrong = (outcome["truth"] == "fails-load") != (answer["verdict"] == "fails-load")
            if wrong or outcome["truth"] == "fails-load" and outcome["message"] not in messages:
                print(saved, to, kind, answer["verdict"], "is", outcome["truth"], outcome.get("exception", ""),
                      outcome.get("message", "")[:200], "| said:", *messages, sep="\t")
    for (verdict, outcome), count in sorted(counts.items()):
        print("%-14s is really %-12s %d" % (verdict, outcome, count))
    print("messages foretold word for word: %d of %d" % tuple(told))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    step, arguments = sys.argv[1], sys.argv[2:]
    if step == "save-here":
        save_here(*arguments)
    elif step == "load-here":
        load_here(*arguments)
    else:
        outside(step, arguments[0], arguments[1:])
