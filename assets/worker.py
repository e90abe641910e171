"""One trial prediction, inside the Python of the environment that is asked about.

Started by `shelflife` as `python -I -B worker.py` in a session of its own, with a cleared
environment, limits, and a sandbox where the system has one. The arguments are the file with the
JSON request, the artifact, and the folders to import from besides the environment's own; the open
artifact is standard input (unless it is a folder). It loads the artifact, feeds it the sample rows
and reports each step as one framed JSON line. It needs nothing but the standard library of Python
3.6 or newer; pandas, numpy, joblib, skops, onnxruntime and mlflow are used when the environment has
them and the artifact asks for them.

Loading a pickle runs whatever the pickle holds. That is the point of a trial, and the reason why
it happens here, in a process that can be killed, and only after somebody agreed to it.
"""

import io
import os
import sys

# First of all: what the model prints must never reach the channel of the replies. The replies keep
# a private copy of standard output; file descriptor 1 itself joins standard error, which the parent
# collects as "printed". Code in C that writes to descriptor 1 is covered too.
REPLIES = os.dup(1)
os.dup2(2, 1)
# A model that reads standard input gets its end, not its own file or a place to wait.
ARTIFACT = os.dup(0)
nothing = os.open(os.devnull, os.O_RDONLY)
os.dup2(nothing, 0)
os.close(nothing)


def unbuffered(number):
    """A text stream that keeps nothing back: a crash loses no words, and their order is true."""
    raw = os.fdopen(number, "wb", 0, closefd=False)
    return io.TextIOWrapper(raw, encoding="utf-8", errors="backslashreplace", write_through=True)


sys.stdout = sys.__stdout__ = unbuffered(1)
sys.stderr = sys.__stderr__ = unbuffered(2)

import json
import math
import signal
import time
import traceback
import types
import warnings

MARKER = "shelflife-trial-1 "
METHODS = ("predict", "predict_proba", "decision_function", "transform")
MAX_ROWS = 1000
MAX_COLUMNS = 512
MAX_CELLS = 50000
MAX_TEXT = 2000
MAX_TRACEBACK = 30000
MAX_WARNINGS = 50
MAX_CHARACTERS = 2000000
INT64 = 2 ** 63
STAGE = ["import"]


class Trouble(Exception):
    """Something that this worker, not the model, has to say."""


def send(event, **fields):
    """Writes one framed reply: the marker, one line of ASCII JSON, a line feed.

    The line feed before it ends whatever a model may have written to the same place.
    """
    if event == "stage":
        STAGE[0] = fields["stage"]
    fields["event"] = event
    data = ("\n" + MARKER + json.dumps(fields, allow_nan=False) + "\n").encode("ascii")
    while data:
        data = data[os.write(REPLIES, data):]


def decode_cell(cell):
    """A request's cell: floats that JSON cannot hold arrive as {"f": "nan"}."""
    if isinstance(cell, dict):
        return float(cell["f"])
    return cell


def encode_cell(value):
    """A reply's cell: null, a truth value, a 64-bit integer, a float or text."""
    if hasattr(value, "item") and getattr(value, "ndim", 0) == 0:
        try:
            value = value.item()
        except Exception:
            return text(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value) if -INT64 <= value < INT64 else str(int(value))
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else {"f": repr(float(value))}
    if type(value).__name__ in ("NAType", "NaTType"):
        return None
    return text(value)


def text(value, limit=MAX_TEXT):
    """`str(value)`, whatever `__str__` does, and never longer than `limit`."""
    try:
        found = value if type(value) is str else str(value)
    except Exception as error:
        found = "<%s whose __str__ raised %s>" % (type(value).__name__, type(error).__name__)
    return found if len(found) <= limit else found[: limit - 1] + "\u2026"


def open_artifact(request):
    """The open file that was hashed and handed over, under the name that it has on disk.

    joblib up to 0.9 looks for arrays in files beside that name.
    """
    return open(request["path"], "rb", opener=lambda name, flags: ARTIFACT)


def import_joblib():
    """joblib, or the copy that scikit-learn carried until 0.22."""
    try:
        import joblib
    except ImportError:
        from sklearn.externals import joblib
    return joblib


def load(request):
    """The object in the artifact, and the function that feeds it (None for the usual methods)."""
    kind = request["format"]
    if kind == "mlflow":
        import mlflow.pyfunc

        send("stage", stage="load")
        return mlflow.pyfunc.load_model(request["path"])
    if kind == "pickle":
        import pickle as loader
    elif kind == "joblib":
        loader = import_joblib()
    elif kind == "skops":
        import skops.io as loader
    elif kind == "onnx":
        import onnxruntime as loader
    else:
        raise Trouble("this worker cannot load the format %s" % kind)
    send("stage", stage="load")
    with open_artifact(request) as stream:
        if kind == "skops":
            data = stream.read()
            # The types were shown when the trial was agreed to, so that all of them are trusted.
            return loader.loads(data, trusted=loader.get_untrusted_types(data=data))
        if kind == "onnx":
            return loader.InferenceSession(stream.read(), providers=["CPUExecutionProvider"])
        return loader.load(stream)


def members(bundle):
    """The parts of a dict, list or tuple, each with the words that name it."""
    if isinstance(bundle, dict):
        return [("[%s]" % text(repr(key), 60), part) for key, part in list(bundle.items())[:1000]]
    return [("[%d]" % index, part) for index, part in enumerate(bundle[:1000])]


def choose(loaded):
    """The object to run: the artifact itself, or the only runnable part of a bundle.

    Answers the object and a sentence about the choice (None when there was nothing to choose).
    """
    if can(loaded, "predict") or can(loaded, "transform"):
        return loaded, None
    if not isinstance(loaded, (dict, list, tuple)):
        raise Trouble("a %s has neither predict nor transform" % class_name(loaded))
    parts = members(loaded)
    inside = ", ".join("%s %s" % (name, class_name(part)) for name, part in parts[:12])
    for method in ("predict", "transform"):
        found = [(name, part) for name, part in parts if can(part, method)]
        if len(found) == 1:
            name, part = found[0]
            others = [n for n, p in parts if p is not part and (can(p, "predict") or can(p, "transform"))]
            said = "the artifact is a %s; %s (%s) was run" % (class_name(loaded), name, class_name(part))
            if others:
                said += "; not applied: " + ", ".join(others[:12])
            return part, said
        if found:
            raise Trouble(
                "the artifact is a %s with %d objects that have %s, so that none can be chosen: %s"
                % (class_name(loaded), len(found), method, inside)
            )
    raise Trouble("the artifact is a %s without anything to run: %s" % (class_name(loaded), inside or "it is empty"))


def can(thing, method):
    """Whether `thing` is an instance with this method; a class does not count."""
    if isinstance(thing, type):
        return False
    try:
        return callable(getattr(thing, method, None))
    except Exception:
        return False


def class_name(thing):
    """The class with its module, as a traceback would show it."""
    kind = type(thing)
    return kind.__name__ if kind.__module__ == "builtins" else "%s.%s" % (kind.__module__, kind.__name__)


def installed(name):
    """The module, or None when the environment does not have it (or it does not import)."""
    try:
        return __import__(name)
    except Exception:
        return None


def column_values(cells):
    """One column as `pandas.read_csv` would type it: bool, int, float with NaN, or objects."""
    if not any(isinstance(cell, str) for cell in cells):
        kinds = {type(cell) for cell in cells}
        if kinds <= {bool} or kinds <= {int}:
            return cells
        if bool not in kinds:
            return [math.nan if cell is None else float(cell) for cell in cells]
    return [math.nan if cell is None else cell for cell in cells]


def build_input(request, model):
    """The sample as the model most likely wants it, and a note about a choice made here."""
    rows = [[decode_cell(cell) for cell in row] for row in request["rows"]]
    if not rows:
        raise Trouble("the sample has no rows")
    if request["texts"]:
        return [str(row[0]) if row and row[0] is not None else "" for row in rows], None
    width = len(rows[0])
    columns = [column_values([row[index] for row in rows]) for index in range(width)]
    names = request.get("columns")
    note = None
    if names is None:
        known = getattr(model, "feature_names_in_", None)
        if known is not None and len(known) == width:
            names = [str(name) for name in known]
            note = "the sample has no header; its columns were named by feature_names_in_"
    pandas = installed("pandas") if names is not None else None
    if pandas is not None:
        # Column by column: a name may occur twice, which a dict of columns would lose.
        frame = pandas.concat([pandas.Series(column) for column in columns], axis=1)
        frame.columns = names
        return frame, note
    numpy = installed("numpy")
    if numpy is None:
        return [list(row) for row in zip(*columns)], None
    if any(isinstance(cell, str) for column in columns for cell in column):
        grid = numpy.empty((len(rows), width), dtype=object)
        for index, column in enumerate(columns):
            for at, cell in enumerate(column):
                grid[at, index] = cell
        return grid, None
    return numpy.array([list(row) for row in zip(*columns)]), None


def as_rows(value):
    """`(rows, flat, note)` of whatever a method returned."""
    note = None
    total = value.shape[0] if getattr(value, "shape", None) else None
    if hasattr(value, "toarray") and total is not None:
        value = value[:MAX_ROWS]
        width = int(value.shape[1]) if len(value.shape) > 1 else 1
        if width > MAX_COLUMNS:
            # Cut before it becomes dense: a vocabulary can have millions of words.
            value = value.tocsc()[:, :MAX_COLUMNS]
            note = "%d of %d columns shown" % (MAX_COLUMNS, width)
        value = value.toarray()
    elif hasattr(value, "iloc") and hasattr(value, "to_numpy"):
        value = value.iloc[:MAX_ROWS].to_numpy()
    elif hasattr(value, "iloc"):
        value = value.iloc[:MAX_ROWS].values
    if hasattr(value, "ndim") and value.ndim > 2:
        value = value.reshape(value.shape[0], -1)
    if not hasattr(value, "__len__") or isinstance(value, (str, bytes, dict)):
        value = [value]
    total = len(value) if total is None else total
    rows, flat, cells, characters = [], True, 0, 0
    for row in value[:MAX_ROWS]:
        if hasattr(row, "__len__") and not isinstance(row, (str, bytes, dict)) and getattr(row, "ndim", 1) > 0:
            flat = False
            rows.append([encode_cell(cell) for cell in row[:MAX_COLUMNS]])
            if len(row) > MAX_COLUMNS:
                note = "%d of %d columns shown" % (MAX_COLUMNS, len(row))
        else:
            rows.append([encode_cell(row)])
        cells += len(rows[-1])
        characters += sum(len(cell) for cell in rows[-1] if isinstance(cell, str))
        if cells > MAX_CELLS or characters > MAX_CHARACTERS:
            break
    if len(rows) < total:
        note = "%d of %d rows shown" % (len(rows), total) + (", " + note if note else "")
    return rows, flat, note


def many_outputs(value):
    """The arrays of a multi-output `predict_proba` side by side, or None."""
    if not isinstance(value, list) or not value or not all(getattr(part, "ndim", 0) == 2 for part in value):
        return None
    return [[cell for part in parts for cell in part] for parts in zip(*value)]


def titles(model, method, value, joined):
    """Column titles: class labels for scores, names for transformed columns."""
    try:
        if method in ("predict_proba", "decision_function"):
            classes = list(model.classes_)
            if joined is not None:
                return ["%d:%s" % (at, label) for at, labels in enumerate(classes) for label in labels][:MAX_COLUMNS]
            return [text(label, 200) for label in classes[:MAX_COLUMNS]]
        if method == "transform":
            if hasattr(value, "columns"):
                return [text(name, 200) for name in list(value.columns)[:MAX_COLUMNS]]
            if hasattr(model, "get_feature_names_out"):
                return [text(name, 200) for name in model.get_feature_names_out()[:MAX_COLUMNS]]
            if hasattr(model, "get_feature_names"):
                return [text(name, 200) for name in model.get_feature_names()[:MAX_COLUMNS]]
    except Exception:
        pass
    return []


def description(value):
    """Class, dtype and shape of what a method returned, as far as it has them."""
    try:
        dtype = getattr(value, "dtype", None)
        if dtype is None and hasattr(value, "dtypes"):
            dtype = ", ".join(dict.fromkeys(str(one) for one in value.dtypes))
        shape = getattr(value, "shape", None)
        if shape is None and isinstance(value, (list, tuple)):
            shape = (len(value),)
        return {
            "class": text(class_name(value), 200),
            "dtype": None if dtype is None else text(dtype, 200),
            "shape": None if shape is None else [int(side) for side in shape][:32],
        }
    except Exception:
        return {"class": "", "dtype": None, "shape": None}


def send_output(model, method, value, seconds):
    about = description(value)
    joined = many_outputs(value)
    rows, flat, note = as_rows(joined if joined is not None else value)
    columns = titles(model, method, value, joined)
    if rows and len(columns) != len(rows[0]):
        columns = []
    send("output", method=method, columns=columns, rows=rows, flat=flat, seconds=seconds, **about)
    if note:
        warn("%s: %s" % (method, note))


def feed(model, method, data):
    """Calls the method; a bare XGBoost booster wants its own container."""
    kind = type(model)
    if kind.__name__ == "Booster" and kind.__module__.split(".")[0] == "xgboost":
        import xgboost

        data = xgboost.DMatrix(data)
    return getattr(model, method)(data)


def run_onnx(session, request):
    """Feeds an ONNX session: one matrix, or one column for each input."""
    import numpy

    kinds = {
        "tensor(float)": "float32", "tensor(double)": "float64", "tensor(int64)": "int64",
        "tensor(int32)": "int32", "tensor(bool)": "bool", "tensor(string)": "object",
    }

    def array(rows, wanted):
        if wanted not in kinds:
            raise Trouble("an input of type %s cannot be made from a table" % wanted)
        if wanted == "tensor(string)":
            rows = [["" if cell is None else str(cell) for cell in row] for row in rows]
        elif wanted in ("tensor(float)", "tensor(double)"):
            rows = [[math.nan if cell is None else cell for cell in row] for row in rows]
        return numpy.array(rows, dtype=kinds[wanted])

    rows = [[decode_cell(cell) for cell in row] for row in request["rows"]]
    wanted = session.get_inputs()
    if len(wanted) == 1:
        grid = array(rows, wanted[0].type)
        feeds = {wanted[0].name: grid if len(wanted[0].shape or [0, 0]) != 1 else grid[:, 0]}
    else:
        names = request.get("columns") or []
        width = len(rows[0]) if rows else 0
        if width != len(wanted):
            raise Trouble("the model has %d inputs and the sample has %d columns" % (len(wanted), width))
        places = {name: index for index, name in enumerate(names)}
        feeds = {}
        for index, one in enumerate(wanted):
            at = places.get(one.name, index)
            feeds[one.name] = array([[row[at]] for row in rows], one.type)
    said = {"output_label": "predict", "label": "predict", "variable": "predict",
            "output_probability": "predict_proba", "probabilities": "predict_proba"}
    started = time.time()
    answers = session.run(None, feeds)
    seconds = time.time() - started
    for place, value in zip(session.get_outputs(), answers):
        columns = []
        about = description(value)
        if isinstance(value, list) and value and isinstance(value[0], dict):
            columns = [text(key, 200) for key in value[0]]
            value = [list(row.values()) for row in value]
        rows, flat, note = as_rows(value)
        if flat is False and rows and all(len(row) == 1 for row in rows):
            flat = True
        send("output", method=said.get(place.name, text(place.name, 100)), columns=columns, rows=rows, flat=flat,
             seconds=seconds, **about)
        if note:
            warn("%s: %s" % (place.name, note))


SEEN = set()


def warn(message):
    """Reports a warning line once."""
    if message not in SEEN and len(SEEN) < MAX_WARNINGS:
        SEEN.add(message)
        send("warning", text=message)


def show_warning(message, category, filename, lineno, file=None, line=None):
    warn("%s: %s" % (category.__name__, text(" ".join(text(message).split()), 600)))


def report(stage, error):
    """Reports an exception with the frames of the model, not of this worker."""
    if isinstance(error, Trouble):
        send("raised", stage=stage, exception="", message=text(error), traceback="")
        return
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename == __file__:
        frames = frames.tb_next
    try:
        lines = own_frames(frames) + "".join(traceback.format_exception(type(error), error, frames))
    except Exception:
        lines = ""
    if len(lines) > MAX_TRACEBACK:
        lines = "\u2026" + lines[-MAX_TRACEBACK:]
    send("raised", stage=stage, exception=type(error).__name__, message=text(error), traceback=lines)


def own_frames(frames):
    """The frames that stand in the user's own code, to be read first; "" when all or none do."""
    libraries = [os.path.dirname(os.__file__), sys.prefix, sys.base_prefix]
    found = traceback.extract_tb(frames)

    def own(frame):
        name = frame[0]
        if name.startswith("<") or os.sep + "site-packages" + os.sep in name:
            return False
        return not any(name.startswith(os.path.join(folder, "")) for folder in libraries)

    mine = [frame for frame in found if own(frame)]
    if not mine or len(mine) == len(found):
        return ""
    return "In the model's own code:\n" + "".join(traceback.format_list(mine)) + "\n"


def peak_memory():
    """The most memory that was resident at a time, in bytes; None when nothing tells."""
    try:
        # Not `getrusage`: that counts what this process was before it became Python.
        with open("/proc/self/status") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
    except Exception:
        pass
    try:
        import resource

        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024
    except Exception:
        return None


def leave():
    """Ends at once: what libraries do at exit (threads, destructors) is nobody's result."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            pass
    os._exit(0)


def run(request):
    send("stage", stage="import")
    try:
        loaded = load(request)
        if request["format"] == "onnx":
            send("stage", stage="predict")
            run_onnx(loaded, request)
            return
        model, choice = choose(loaded)
        if choice:
            warn(choice)
        send("stage", stage="input")
        data, note = build_input(request, model)
        if note:
            warn(note)
    except BaseException as error:
        report(STAGE[0], error)
        return
    ran = False
    for method in METHODS:
        if not can(model, method):
            continue
        ran = True
        send("stage", stage=method)
        try:
            started = time.time()
            value = feed(model, method, data)
            send_output(model, method, value, time.time() - started)
        except BaseException as error:
            report(method, error)
    if not ran:
        report("load", Trouble("a %s has no method to run" % class_name(model)))


def main():
    with open(sys.argv[1], "rb") as stream:
        request = json.loads(stream.read().decode("utf-8"))
    request["path"] = sys.argv[2]
    # After the environment's own folders, so that a stray `numpy.py` beside a model shadows nothing.
    sys.path.extend(sys.argv[3:])
    sys.argv = [""]
    # Should the parent die, the default action of this alarm still ends the process.
    signal.alarm(request["seconds"])
    warnings.showwarning = show_warning
    send("hello", python="%d.%d.%d" % sys.version_info[:3])
    # A name pickled from somebody's script must be looked for in an empty `__main__`, not here.
    sys.modules["__worker__"] = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    run(request)
    send("end", peak_memory=peak_memory())
    leave()


if __name__ == "__main__":
    main()
