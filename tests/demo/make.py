"""Write the demo shelf again: `python tests/demo/make.py`.

`assets/demo/` gets real models saved by several releases of scikit-learn, together with the files that lie beside
models in real projects. Afterwards every file is really loaded in a few environments: what happened is written to
`tests/demo/truth.json` and, in words, to the shelf's README. Environments: see `tests/matrix/environments.py`.

Two runs write the same bytes, but for the skops file (it holds dates and addresses) and the two text models (a word
splitter remembers the address of its stop words).
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
SHELF = REPOSITORY / "assets" / "demo"
TRUTH = HERE / "truth.json"

sys.path.insert(0, str(HERE.parent / "matrix"))
import environments  # noqa: E402

# recipe -> environment that saves it
SAVED_BY = {
    "churn_three_rows": "py313-sklearn1.9",
    "churn_imputed": "py39-sklearn1.2",
    "churn_separate": "py311-sklearn1.5",
    "iris_old_forest": "py39-sklearn1.2",
    "iris_tree": "py310-sklearn1.3",
    "iris_scaled_svc": "py312-sklearn1.7",
    "iris_skops": "py313-sklearn1.9",
    "iris_onnx": "py313-sklearn1.8",
    "credit_local_module": "py313-sklearn1.9",
    "credit_training_script": "py313-sklearn1.8",
    "credit_bundle": "py312-sklearn1.7",
    "text_spam": "py311-sklearn1.5",
    "text_tickets": "py310-sklearn1.3",
    "price_forest": "py312-sklearn1.6",
    "price_truncated": "py313-sklearn1.8",
    "price_mlflow": "py312-mlflow",
    "archive_scoring": "py36-sklearn0.20",
    "archive_pointer": "py313-sklearn1.9",
}

LOADED_BY = ["py313-sklearn1.9", "py313-sklearn1.8", "py312-sklearn1.7", "py311-sklearn1.5", "py39-sklearn1.2",
             "py312-numpy2.3"]

# file -> (saved with, what it is there to show), in the order of the README
FILES = {
    "churn/churn_logreg.joblib": ("1.9", "a logistic regression fitted on three named rows; nothing is wrong with it"),
    "churn/churn_pipeline.joblib": ("1.2", "imputer, scaler, model; newer imputers look for a value that it never had"),
    "churn/v2/model.pkl": ("1.5", "a forest that wants scaled columns; the scaler is another file"),
    "churn/v2/scaler.pkl": ("1.5", "the scaler that comes first"),
    "churn/v2/feature_columns.pkl": ("", "a plain list of the column names"),
    "iris/iris_forest_2022.pkl": ("1.2", "a forest whose tree nodes have fewer fields than today's"),
    "iris/iris_tree.joblib": ("1.3", "a tree that keeps counts where newer releases expect fractions"),
    "iris/iris_svc.sav": ("1.7", "a scaled support vector machine under an old-fashioned ending"),
    "iris/iris.skops": ("1.9", "the same flowers in a format that cannot execute"),
    "iris/iris.onnx": ("1.8", "scaler and classifier converted by skl2onnx"),
    "credit/credit_scoring.pkl": ("1.8", "needs a function that `train.py` defined in `__main__`"),
    "credit/credit_limit.joblib": ("1.9", "needs the module `feature_tools`, which is not here"),
    "credit/bundle.joblib": ("1.7", "a dictionary of model, scaler, names and notes, compressed with zlib"),
    "text/spam_filter.joblib.xz": ("1.5", "words to naive Bayes, compressed with xz"),
    "text/ticket_router.pkl": ("1.3", "words to a linear classifier; newer releases do not find its word weights"),
    "price/house_price.joblib": ("1.6", "a regression forest, compressed with lz4"),
    "price/house_price_backup.joblib": ("1.8", "a copy that stopped two thirds of the way"),
    "price/price_mlflow/model.pkl": ("1.7", "a folder as MLflow writes it: manifest, requirements, input example"),
    "archive/scoring_2019.pkl": ("0.20", "a class that lives under another module name today"),
    "archive/demand_forecast.pkl": ("", "a Git LFS pointer: the model itself was never fetched"),
}

BESIDE = {
    "churn/requirements.txt": "pins a release that most files of the folder were not saved with",
    "churn/sample.csv": "rows to try the churn models with",
    "credit/train.py": "the script that defined the missing function",
}

CLEAN = {"PATH": "/usr/bin:/bin", "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONNOUSERSITE": "1",
         "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "LC_ALL": "C.UTF-8", "HOME": tempfile.gettempdir()}


def run(environment, script, *arguments):
    environments.require(environment)
    command = [environments.python_of(environment), script, *arguments]
    subprocess.run([str(part) for part in command], check=True, env=CLEAN, stderr=subprocess.PIPE)


def make_shelf(answers):
    shutil.rmtree(SHELF, ignore_errors=True)
    shutil.copytree(HERE / "shelf", SHELF)
    for recipe, environment in SAVED_BY.items():
        print(recipe, environment, flush=True)
        run(environment, HERE / "recipes.py", recipe, SHELF, answers)


def load_everywhere(answers, scratch):
    """path -> environment -> outcome, from really loading each file and asking it what it answered when saved."""
    notes = [json.loads(note.read_text()) for note in sorted(answers.iterdir())]
    truth = {note["path"]: {} for note in notes}
    jobs, results = scratch / "jobs", scratch / "results"
    jobs.write_text("".join(json.dumps({**note, "path": str(SHELF / note["path"])}) + "\n" for note in notes))
    for environment in LOADED_BY:
        print("load", environment, flush=True)
        run(environment, HERE.parent / "matrix" / "load_worker.py", jobs, results)
        for line in results.read_text().splitlines():
            outcome = json.loads(line)
            path = Path(outcome.pop("path")).relative_to(SHELF).as_posix()
            truth[path][environment] = outcome
    return truth


def release(environment):
    return environment.split("-sklearn")[-1] if "sklearn" in environment else "none"


def readme(truth):
    columns = [name for name in LOADED_BY if "sklearn" in name]
    lines = ["# The demo shelf", "",
             "Small real models, saved by several releases of scikit-learn, as they lie in real projects. Written by",
             "`tests/demo/make.py`. The last columns are what really happened when each was loaded under that release and",
             "asked for the answers that it gave when it was saved.", "",
             "| file | saved by | what it shows | " + " | ".join(map(release, columns)) + " |",
             "|---|---|---|" + "---|" * len(columns)]
    for path, (saved, words) in FILES.items():
        outcomes = [truth.get(path, {}).get(name, {}).get("truth", "–") for name in columns]
        lines.append(f"| `{path}` | {saved or '–'} | {words} | " + " | ".join(outcomes) + " |")
    lines += ["", "Beside them:", ""] + [f"- `{path}`: {words}" for path, words in BESIDE.items()]
    (SHELF / "README.md").write_text("\n".join(lines) + "\n")


def main():
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        answers = scratch / "answers"
        answers.mkdir()
        make_shelf(answers)
        truth = load_everywhere(answers, scratch)
    truth = {path: truth[path] for path in FILES if path in truth}
    TRUTH.write_text(json.dumps(truth, indent=1, ensure_ascii=False).replace(str(SHELF) + "/", "") + "\n")
    readme(truth)
    size = sum(file.stat().st_size for file in SHELF.rglob("*") if file.is_file())
    print(f"{len(FILES)} artifacts, {size} bytes")


if __name__ == "__main__":
    main()
