"""Load artifacts in the environment that runs this, and say what happened: `load_worker.py JOBS RESULTS [FILE]`.

JOBS is JSON Lines: {"path", "opener": "joblib", "pickle", "dill" or "skops", "input", "outputs", "tolerance", "member",
"modules"}. RESULTS gets one line per job: {"path", "truth", ...} where truth is `ready`, `differs`, `fails-predict`,
`fails-load` or `crash` (with the stage). Jobs run in forked children, so that one that kills its process costs
nothing. This file is `__main__` while models are loaded, and it defines nothing that a model could be looking for but
what FILE, if given, defines.
"""

import json
import os
import signal
import sys
import warnings

HERE = sys.path.pop(0)  # a model must not find this folder's modules
WORKER_PATIENCE = 120  # seconds for one job
WORKER_TOGETHER = 12  # plain models in one child

# Imported once before forking, which makes a child cheap. Nothing that registers modules a model may look for: importing
# the losses of scikit-learn, say, makes a bare `_loss` importable in some releases.
WORKER_FIRST = ["numpy", "pandas", "joblib", "scipy.sparse.linalg", "scipy.stats", "scipy.optimize", "scipy.spatial",
                "scipy.interpolate", "sklearn.utils", "sklearn.base"]

# Imported later, for the models that name only modules with these tops: nothing they look for can come of it.
WORKER_SECOND = ["sklearn." + name for name in (
    "calibration", "cluster", "compose", "covariance", "cross_decomposition", "decomposition", "discriminant_analysis",
    "dummy", "ensemble", "feature_extraction.text", "feature_selection", "gaussian_process", "impute", "isotonic",
    "kernel_approximation", "linear_model", "manifold", "mixture", "model_selection", "multiclass", "multioutput",
    "naive_bayes", "neighbors", "neural_network", "pipeline", "preprocessing", "random_projection", "semi_supervised",
    "svm", "tree")]
WORKER_PACKAGES = {"sklearn", "numpy", "scipy", "joblib", "pandas", "imblearn", "category_encoders", "statsmodels", "xgboost",
                   "lightgbm", "builtins", "__builtin__", "exceptions", "copyreg", "copy_reg", "_codecs", "collections",
                   "datetime", "functools"}


def worker_run(job, loaded_signal):
    """The outcome of one job, in the child. The signal is given between loading and predicting."""
    warnings.simplefilter("ignore")
    try:
        loaded = worker_open(job["path"], job["opener"])
    except BaseException as error:
        return worker_failure("fails-load", error)
    loaded_signal()
    try:
        before = job.get("outputs", {})
        model = loaded if job.get("member") is None else loaded[job["member"]]
        now = answers.outputs(model, answers.input_from_json(job["input"]), sorted(before)) if before else {}
    except BaseException as error:
        return worker_failure("fails-predict", error)
    for method in sorted(before):
        parted = answers.difference(before[method], now[method], job.get("tolerance", 1e-8))
        if parted:
            return {"truth": "differs", "method": method, "difference": parted}
    return {"truth": "ready"}


def worker_open(path, opener):
    if opener == "joblib":
        import joblib
        return joblib.load(path)
    if opener == "skops":
        import skops.io
        return skops.io.load(path, trusted=skops.io.get_untrusted_types(file=path))
    pickle = __import__(opener)
    with open(path, "rb") as file:
        return pickle.load(file)


def worker_failure(truth, error):
    """Where this file lies is nobody's business: `<module '__main__' from '…'>` becomes `<module '__main__'>`."""
    message = str(error).replace(" from '%s'" % os.path.abspath(__file__), "").replace(" from '%s'" % __file__, "")
    return {"truth": truth, "exception": type(error).__name__, "message": message}


def worker_forked(jobs):
    """Run some jobs in a child, one after the other: the outcomes of those it came to. A child that dies is a crash of
    the job it was at, with the signal's number."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        devnull = os.open(os.devnull, os.O_WRONLY)
        os.dup2(devnull, 1)
        os.dup2(devnull, 2)
        for job in jobs:
            signal.alarm(WORKER_PATIENCE)
            outcome = worker_run(job, lambda: os.write(writing, b"loaded\n"))
            worker_write(writing, json.dumps(outcome).encode() + b"\n")
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as result:
        text = result.read().decode()
    status = os.waitpid(child, 0)[1]
    told = text.splitlines()
    outcomes = [json.loads(line) for line in told if line.startswith("{")]
    if len(outcomes) < len(jobs):
        stage = "predict" if told and told[-1] == "loaded" else "load"
        number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else None
        outcomes.append({"truth": "crash", "stage": stage, "signal": number})
    return outcomes


def worker_write(writing, text):
    while text:
        text = text[os.write(writing, text):]


def worker_import(names):
    for name in names:
        try:
            __import__(name)
        except Exception:  # absent or broken: the models will tell
            pass


def worker_is_plain(job):
    return all(module.split(".")[0] in WORKER_PACKAGES for module in job.get("modules") or ["?"])


def worker_main(jobs, results, definitions=None):
    if definitions:
        with open(definitions) as source:
            exec(source.read(), globals())
    with open(jobs) as lines:
        jobs = [json.loads(line) for line in lines]
    with open(results, "w") as out:
        for names, plain in ((WORKER_FIRST, False), (WORKER_SECOND, True)):
            worker_import(names)
            left = [job for job in jobs if worker_is_plain(job) == plain]
            while left:
                for outcome in worker_forked(left[:WORKER_TOGETHER if plain else 1]):
                    outcome["path"] = left.pop(0)["path"]
                    out.write(json.dumps(outcome) + "\n")
                out.flush()  # before the next fork, or its child would write it too


if __name__ == "__main__":
    sys.path.insert(0, HERE)
    import answers
    sys.path.pop(0)
    worker_main(*sys.argv[1:])
