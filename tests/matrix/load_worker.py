"""Load artifacts in the environment that runs this, and say what happened: `load_worker.py JOBS RESULTS`.

JOBS is JSON Lines: {"path", "opener": "joblib", "pickle" or "skops", "input", "outputs", "tolerance", "member"}. RESULTS
gets one line per job: {"path", "truth", ...} where truth is `ready`, `differs`, `fails-predict`, `fails-load` or `crash`
(with the stage). Each job runs in a forked child, so that one that kills its process costs nothing. This file is
`__main__` while models are loaded, and it defines nothing that a model could be looking for.
"""

import json
import os
import sys
import warnings

HERE = sys.path.pop(0)  # a model must not find this folder's modules


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
    import pickle
    with open(path, "rb") as file:
        return pickle.load(file)


def worker_failure(truth, error):
    """Where this file lies is nobody's business: `<module '__main__' from '…'>` becomes `<module '__main__'>`."""
    message = str(error).replace(" from '%s'" % os.path.abspath(__file__), "").replace(" from '%s'" % __file__, "")
    return {"truth": truth, "exception": type(error).__name__, "message": message}


def worker_forked(job):
    """Run one job in a child; a child that dies is a crash, with the signal's number."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        devnull = os.open(os.devnull, os.O_WRONLY)
        os.dup2(devnull, 1)
        os.dup2(devnull, 2)
        outcome = worker_run(job, lambda: os.write(writing, b"loaded\n"))
        with os.fdopen(writing, "w") as out:
            out.write(json.dumps(outcome))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as result:
        text = result.read()
    status = os.waitpid(child, 0)[1]
    stage, text = ("predict", text[7:]) if text.startswith("loaded\n") else ("load", text)
    if os.WIFSIGNALED(status) or not text:
        return {"truth": "crash", "stage": stage, "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else None}
    return json.loads(text)


def worker_main(jobs, results):
    # Imported once before forking, which makes a child cheap. Nothing that registers modules a model may look for:
    # importing the losses of scikit-learn, say, makes a bare `_loss` importable in some releases.
    for name in ("numpy", "pandas", "joblib", "scipy.sparse.linalg", "scipy.stats", "scipy.optimize", "scipy.spatial",
                 "scipy.interpolate", "sklearn.utils", "sklearn.base"):
        try:
            __import__(name)
        except Exception:  # absent or broken: the models will tell
            pass
    with open(jobs) as lines, open(results, "w") as out:
        for line in lines:
            job = json.loads(line)
            outcome = worker_forked(job)
            outcome["path"] = job["path"]
            out.write(json.dumps(outcome) + "\n")


if __name__ == "__main__":
    sys.path.insert(0, HERE)
    import answers
    sys.path.pop(0)
    worker_main(*sys.argv[1:])
