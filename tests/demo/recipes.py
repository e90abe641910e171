"""The models of the demo shelf, one function per file or group of files: `recipes.py RECIPE SHELF ANSWERS`.

Runs inside the environment that `make.py` names for the recipe. The model goes to the shelf; the rows to try it with and
what it answers here go to ANSWERS, as the yardstick for later loads.
"""

import json
import os
import pickle
import shutil
import sys
import uuid
import warnings

import joblib
import numpy as np
import pandas as pd

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "matrix"))
import answers  # noqa: E402

warnings.simplefilter("ignore")

SHELF = sys.argv[2]
ANSWERS = sys.argv[3]


def target(name):
    path = os.path.join(SHELF, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    return path


def save(name, value, X=None, model=None, member=None, **options):
    """Write by the ending of the name: joblib for .joblib and .xz, pickle for the rest."""
    if ".joblib" in name:
        joblib.dump(value, target(name), **options)
    else:
        with open(target(name), "wb") as file:
            pickle.dump(value, file, **options)
    note(name, X, model if model is not None else value, member)


def note(name, X, model, member=None, opener=None):
    """Keep what the model answers here. A file without rows is only loaded, never asked."""
    described = {"path": name, "opener": opener or ("joblib" if ".joblib" in name else "pickle"), "member": member}
    if X is not None:
        described.update(input=answers.input_to_json(X), outputs=answers.outputs(model, X))
    with open(os.path.join(ANSWERS, name.replace("/", "__") + ".json"), "w") as file:
        json.dump(described, file)


# ---- data -----------------------------------------------------------------------------------------------------------

def subscribers(rows=60, missing=False):
    random = np.random.RandomState(3)
    table = pd.DataFrame({"tenure_months": random.randint(1, 72, rows).astype(float),
                          "monthly_fee": random.uniform(10, 90, rows).round(2),
                          "support_calls": random.poisson(2, rows).astype(float)})
    left = (table["support_calls"] * 8 > table["tenure_months"]).astype(int)
    if missing:
        table.loc[::6, "monthly_fee"] = np.nan
    return table, left


def flowers():
    from sklearn.datasets import load_iris
    data = load_iris()
    names = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
    return pd.DataFrame(data.data, columns=names), data.target_names[data.target], data.data, data.target


def houses():
    random = np.random.RandomState(11)
    table = pd.DataFrame({"area": random.uniform(30, 200, 60).round(1), "rooms": random.randint(1, 7, 60),
                          "year": random.randint(1900, 2024, 60)})
    return table, (table["area"] * 2800 + table["rooms"] * 9000 + (table["year"] - 1900) * 400).astype(float)


# ---- churn: from three rows to a whole project ----------------------------------------------------------------------

def churn_three_rows():
    from sklearn.linear_model import LogisticRegression
    table = pd.DataFrame({"tenure_months": [1.0, 24.0, 60.0], "monthly_fee": [79.5, 45.0, 20.0],
                          "support_calls": [5.0, 2.0, 0.0]})
    model = LogisticRegression().fit(table, [1, 0, 0])
    save("churn/churn_logreg.joblib", model, table)
    sample = subscribers()[0].head(5)
    sample.to_csv(target("churn/sample.csv"), index=False)


def churn_imputed():
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import StandardScaler
    table, left = subscribers(missing=True)
    model = Pipeline([("impute", SimpleImputer(strategy="median")), ("scale", StandardScaler()),
                      ("model", LogisticRegression())]).fit(table, left)
    save("churn/churn_pipeline.joblib", model, table.head(8))


def churn_separate():
    """Model, scaler and column names as three files, the way half of all projects keep them."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.preprocessing import StandardScaler
    table, left = subscribers()
    scaler = StandardScaler().fit(table)
    scaled = scaler.transform(table)
    model = RandomForestClassifier(5, max_depth=4, random_state=0).fit(scaled, left)
    save("churn/v2/scaler.pkl", scaler, table.head(8))
    save("churn/v2/model.pkl", model, scaled[:8])
    save("churn/v2/feature_columns.pkl", list(table.columns))


# ---- iris: the same flowers through the years -----------------------------------------------------------------------

def iris_old_forest():
    from sklearn.ensemble import RandomForestClassifier
    table, labels, _, _ = flowers()
    model = RandomForestClassifier(8, max_depth=4, random_state=0).fit(table, labels)
    save("iris/iris_forest_2022.pkl", model, table.iloc[::30])


def iris_tree():
    from sklearn.tree import DecisionTreeClassifier
    table, labels, _, _ = flowers()
    model = DecisionTreeClassifier(max_depth=3, random_state=0).fit(table, labels)
    save("iris/iris_tree.joblib", model, table.iloc[::30])


def iris_scaled_svc():
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC
    table, labels, _, _ = flowers()
    save("iris/iris_svc.sav", make_pipeline(StandardScaler(), SVC()).fit(table, labels), table.iloc[::30])


def iris_skops():
    import skops.io
    from sklearn.linear_model import LogisticRegression
    table, labels, _, _ = flowers()
    model = LogisticRegression(max_iter=500).fit(table, labels)
    skops.io.dump(model, target("iris/iris.skops"))
    note("iris/iris.skops", table.iloc[::30], model, opener="skops")


def iris_onnx():
    from skl2onnx import to_onnx
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    _, _, X, y = flowers()
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500)).fit(X, y)
    converted = to_onnx(model, X[:1].astype(np.float32), options={"zipmap": False}, target_opset=17)
    with open(target("iris/iris.onnx"), "wb") as file:
        file.write(converted.SerializeToString())


# ---- credit: functions that are not in the file ---------------------------------------------------------------------

def credit_local_module():
    """The pipeline names a function of `feature_tools`, which no shelf carries."""
    sys.path.insert(0, os.path.join(HERE, "local"))
    import feature_tools
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer
    random = np.random.RandomState(5)
    X = pd.DataFrame({"income": random.lognormal(10, 0.4, 50).round(2), "debt": random.uniform(0, 9000, 50).round(2)})
    model = make_pipeline(FunctionTransformer(feature_tools.debt_ratio), Ridge()).fit(X, X["income"] * 0.3 - X["debt"])
    save("credit/credit_limit.joblib", model, X.head(6))


def credit_training_script():
    """Run the shelf's own train.py as the program, so that its function belongs to `__main__` in the file."""
    script = os.path.join(HERE, "shelf", "credit", "train.py")
    sys.argv = [script, target("credit/credit_scoring.pkl")]
    with open(script) as file:
        exec(compile(file.read(), script, "exec"), globals())
    note("credit/credit_scoring.pkl", globals()["table"].head(6), globals()["model"])


def credit_bundle():
    """One dictionary with everything: a quarter of all saved objects are such bundles."""
    from sklearn.ensemble import GradientBoostingClassifier
    from sklearn.preprocessing import StandardScaler
    table, left = subscribers()
    table.columns = ["months_on_book", "utilisation", "late_payments"]
    scaler = StandardScaler().fit(table)
    model = GradientBoostingClassifier(n_estimators=6, max_depth=2, random_state=0).fit(scaler.transform(table), left)
    bundle = {"model": model, "scaler": scaler, "feature_names": list(table.columns),
              "metadata": {"trained_on": "2025-03-14", "rows": len(table), "metrics": {"auc": 0.94}}}
    save("credit/bundle.joblib", bundle, scaler.transform(table)[:6], model=model, member="model",
         compress=("zlib", 6))


# ---- text -----------------------------------------------------------------------------------------------------------

LETTERS = ["free prize claim now", "meeting moved to monday", "win cash now", "lunch on friday?", "claim your free cash",
           "minutes of the meeting", "prize draw winner", "see you at lunch"]


def text_spam():
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline
    from sklearn.naive_bayes import MultinomialNB
    labels = ["spam", "ham"] * 4
    model = make_pipeline(TfidfVectorizer(), MultinomialNB()).fit(LETTERS, labels)
    save("text/spam_filter.joblib.xz", model, LETTERS[:4] + ["free lunch"], compress=("xz", 6))


def text_tickets():
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import SGDClassifier
    from sklearn.pipeline import make_pipeline
    model = make_pipeline(TfidfVectorizer(), SGDClassifier(random_state=0)).fit(LETTERS, ["sales", "office"] * 4)
    save("text/ticket_router.pkl", model, LETTERS[:4] + ["free lunch"])


# ---- prices ---------------------------------------------------------------------------------------------------------

def price_forest():
    from sklearn.ensemble import RandomForestRegressor
    table, price = houses()
    model = RandomForestRegressor(6, max_depth=5, random_state=0).fit(table, price)
    save("price/house_price.joblib", model, table.head(6), compress=("lz4", 3))


def price_truncated():
    """A copy that stopped half way."""
    from sklearn.ensemble import RandomForestRegressor
    table, price = houses()
    model = RandomForestRegressor(6, max_depth=5, random_state=0).fit(table, price)
    save("price/house_price_backup.joblib", model, table.head(6))
    path = target("price/house_price_backup.joblib")
    with open(path, "r+b") as file:
        file.truncate(os.path.getsize(path) * 2 // 3)


def price_mlflow():
    """A folder as MLflow writes it, with its unique and dated values made constant."""
    import mlflow.sklearn
    from mlflow.models import infer_signature
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    table, price = houses()
    table["rooms"], table["year"] = table["rooms"].astype(float), table["year"].astype(float)
    model = make_pipeline(StandardScaler(), Ridge()).fit(table, price)
    folder = target("price/price_mlflow")
    shutil.rmtree(folder, ignore_errors=True)
    uuid.uuid4 = lambda: uuid.UUID(int=0x5AFE0000000040008000000000000001)
    mlflow.sklearn.save_model(model, folder, signature=infer_signature(table, model.predict(table)),
                              input_example=table.head(3), serialization_format="pickle")
    manifest = os.path.join(folder, "MLmodel")
    with open(manifest) as file:
        lines = file.read().splitlines()
    lines = ["utc_time_created: '2025-11-20 09:30:00.000000'" if line.startswith("utc_time_created") else line
             for line in lines]
    with open(manifest, "w") as file:
        file.write("\n".join(lines) + "\n")
    note("price/price_mlflow/model.pkl", table.head(3), model)


# ---- archive --------------------------------------------------------------------------------------------------------

def archive_scoring():
    """From the days when the modules of scikit-learn had other names."""
    from sklearn.linear_model import LogisticRegression
    table, left = subscribers()
    save("archive/scoring_2019.pkl", LogisticRegression(solver="liblinear").fit(table.values, left), table.values[:6])


def archive_pointer():
    """What lies in a clone where the large files were never fetched."""
    with open(target("archive/demand_forecast.pkl"), "w") as file:
        file.write("version https://git-lfs.github.com/spec/v1\n"
                   "oid sha256:3b7a1f0c9d5e2846a1c0f7be9d2438e65f10ab7cc4d92e83716f5a0b9c8d7e61\nsize 18342911\n")
    note("archive/demand_forecast.pkl", None, None)


if __name__ == "__main__" and len(sys.argv) == 4:
    globals()[sys.argv[1]]()
