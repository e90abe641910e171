"""More kinds for the matrix: other libraries' models, bundles and plain data, and code of a project's own.

See `models.py` for the conventions. What ends in `_by_cloudpickle`, `_by_dill` or `_by_skops` is saved with that.
"""

import datetime

import numpy as np

from models import AMOUNT, NAMES, POSITIVE, ROWS, THREE, TWO, X, churned, kind, table

RARE = (X[:, 0] > 0.9).astype(int)


# ---- imbalanced-learn -----------------------------------------------------------------------------------------------

@kind
def imblearn_smote_logistic():
    from imblearn.over_sampling import SMOTE
    from imblearn.pipeline import make_pipeline
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler
    return make_pipeline(StandardScaler(), SMOTE(k_neighbors=3, random_state=0), LogisticRegression()).fit(X, RARE), ROWS


@kind
def imblearn_undersampled_tree():
    from imblearn.pipeline import Pipeline
    from imblearn.under_sampling import RandomUnderSampler
    from sklearn.tree import DecisionTreeClassifier
    steps = [("sample", RandomUnderSampler(random_state=0)), ("tree", DecisionTreeClassifier(max_depth=2, random_state=0))]
    return Pipeline(steps).fit(X, RARE), ROWS


@kind
def imblearn_oversampled_frame():
    from imblearn.over_sampling import RandomOverSampler
    from imblearn.pipeline import make_pipeline
    from sklearn.ensemble import RandomForestClassifier
    frame = table()[["age", "income"]]
    model = make_pipeline(RandomOverSampler(random_state=0), RandomForestClassifier(3, max_depth=2, random_state=0))
    return model.fit(frame, churned(table())), frame.head(5)


@kind
def imblearn_balanced_forest():
    from imblearn.ensemble import BalancedRandomForestClassifier
    return BalancedRandomForestClassifier(3, max_depth=2, random_state=0).fit(X, RARE), ROWS


@kind
def imblearn_balanced_bagging():
    from imblearn.ensemble import BalancedBaggingClassifier
    return BalancedBaggingClassifier(n_estimators=3, random_state=0).fit(X, RARE), ROWS


@kind
def imblearn_undersampled_boost():
    from imblearn.ensemble import RUSBoostClassifier
    return RUSBoostClassifier(n_estimators=3, random_state=0).fit(X, RARE), ROWS


@kind
def imblearn_easy_ensemble():
    from imblearn.ensemble import EasyEnsembleClassifier
    return EasyEnsembleClassifier(n_estimators=2, random_state=0).fit(X, RARE), ROWS


@kind
def imblearn_cleaned_pipeline():
    from imblearn.combine import SMOTETomek
    from imblearn.pipeline import Pipeline
    from sklearn.svm import SVC
    return Pipeline([("sample", SMOTETomek(random_state=0)), ("svc", SVC(gamma="scale"))]).fit(X, RARE), ROWS


@kind
def imblearn_sampler_alone():
    from imblearn.over_sampling import ADASYN
    sampler = ADASYN(n_neighbors=3, random_state=0)
    sampler.fit_resample(X, RARE)
    return sampler, None


# ---- category_encoders ----------------------------------------------------------------------------------------------

def encoded(name, **options):
    import category_encoders
    frame = table()[["city", "plan"]]
    return getattr(category_encoders, name)(cols=["city", "plan"], **options).fit(frame, churned(table())), frame.head(5)


@kind
def encoder_binary():
    return encoded("BinaryEncoder")


@kind
def encoder_target():
    return encoded("TargetEncoder", smoothing=1.0)


@kind
def encoder_one_hot():
    return encoded("OneHotEncoder", use_cat_names=True)


@kind
def encoder_ordinal():
    return encoded("OrdinalEncoder")


@kind
def encoder_evidence():
    return encoded("WOEEncoder")


@kind
def encoder_cat_boost():
    return encoded("CatBoostEncoder")


@kind
def encoder_leave_one_out():
    return encoded("LeaveOneOutEncoder")


@kind
def encoder_james_stein():
    return encoded("JamesSteinEncoder")


@kind
def encoder_count():
    return encoded("CountEncoder")


@kind
def encoder_helmert():
    return encoded("HelmertEncoder")


@kind
def encoder_in_pipeline():
    from category_encoders import TargetEncoder
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    frame = table()
    return make_pipeline(TargetEncoder(cols=["city", "plan"]), LogisticRegression(max_iter=300)).fit(
        frame, churned(frame)), frame.head(5)


# ---- boosters -------------------------------------------------------------------------------------------------------

@kind
def xgboost_three():
    from xgboost import XGBClassifier
    return XGBClassifier(n_estimators=2, max_depth=2, n_jobs=1).fit(X, THREE), ROWS


@kind
def xgboost_forest():
    from xgboost import XGBRFRegressor
    return XGBRFRegressor(n_estimators=3, max_depth=2, n_jobs=1, random_state=0).fit(X, AMOUNT), ROWS


@kind
def xgboost_from_frame():
    from xgboost import XGBRegressor
    frame = table()[["age", "income"]]
    return XGBRegressor(n_estimators=2, max_depth=2, n_jobs=1).fit(frame, frame["income"].values), frame.head(5)


@kind
def xgboost_in_pipeline():
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from xgboost import XGBClassifier
    return make_pipeline(StandardScaler(), XGBClassifier(n_estimators=2, max_depth=2, n_jobs=1)).fit(X, TWO), ROWS


@kind
def xgboost_calibrated():
    from sklearn.calibration import CalibratedClassifierCV
    from xgboost import XGBClassifier
    return CalibratedClassifierCV(XGBClassifier(n_estimators=2, max_depth=2, n_jobs=1), cv=2).fit(X, TWO), ROWS


@kind
def xgboost_booster():
    import xgboost
    return xgboost.train({"max_depth": 2, "nthread": 1}, xgboost.DMatrix(X, label=AMOUNT), num_boost_round=2), None


@kind
def lightgbm_regressor():
    from lightgbm import LGBMRegressor
    return LGBMRegressor(n_estimators=3, num_leaves=4, min_child_samples=5, n_jobs=1, verbose=-1).fit(X, AMOUNT), ROWS


@kind
def lightgbm_three():
    from lightgbm import LGBMClassifier
    return LGBMClassifier(n_estimators=2, num_leaves=4, min_child_samples=5, n_jobs=1, verbose=-1).fit(X, NAMES), ROWS


@kind
def lightgbm_in_pipeline():
    from lightgbm import LGBMClassifier
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline
    frame = table()[["age", "income"]]
    booster = LGBMClassifier(n_estimators=2, num_leaves=4, min_child_samples=5, n_jobs=1, verbose=-1)
    return Pipeline([("fill", SimpleImputer()), ("boost", booster)]).fit(frame, churned(table())), frame.head(5)


@kind
def lightgbm_booster():
    import lightgbm
    settings = {"num_leaves": 4, "min_data_in_leaf": 5, "verbose": -1, "num_threads": 1}
    return lightgbm.train(settings, lightgbm.Dataset(X, AMOUNT), num_boost_round=2), ROWS


@kind
def stacked_boosters():
    from lightgbm import LGBMRegressor
    from sklearn.ensemble import StackingRegressor
    from sklearn.linear_model import Ridge
    from xgboost import XGBRegressor
    members = [("one", LGBMRegressor(n_estimators=2, num_leaves=4, min_child_samples=5, n_jobs=1, verbose=-1)),
               ("two", XGBRegressor(n_estimators=2, max_depth=2, n_jobs=1))]
    return StackingRegressor(members, Ridge(), cv=2).fit(X, AMOUNT), ROWS


# ---- statsmodels ----------------------------------------------------------------------------------------------------

@kind
def statsmodels_least_squares():
    from statsmodels.regression.linear_model import OLS
    return OLS(AMOUNT, X).fit(), ROWS


@kind
def statsmodels_logit():
    from statsmodels.discrete.discrete_model import Logit
    noisy = TWO ^ (np.arange(len(TWO)) % 5 == 0)
    return Logit(noisy, X).fit(disp=0), ROWS


@kind
def statsmodels_general():
    from statsmodels.genmod.families import Poisson
    from statsmodels.genmod.generalized_linear_model import GLM
    return GLM(np.round(POSITIVE[:, 0] * 3), X, family=Poisson()).fit(), ROWS


# ---- bundles and plain data -----------------------------------------------------------------------------------------

@kind
def bundle_of_model_and_scaler():
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler
    scaler = StandardScaler().fit(X)
    return {"scaler": scaler, "model": LogisticRegression().fit(scaler.transform(X), TWO), "columns": list("abcd"),
            "trained": datetime.datetime(2024, 5, 1, 12, 30), "threshold": np.float64(0.4)}, ROWS


@kind
def tuple_of_forest_and_frame():
    from sklearn.ensemble import RandomForestRegressor
    return (RandomForestRegressor(3, max_depth=2, random_state=0).fit(X, AMOUNT), table().head(4)), ROWS


@kind
def list_of_models():
    from sklearn.cluster import KMeans
    from sklearn.svm import OneClassSVM
    from sklearn.tree import DecisionTreeRegressor
    return [DecisionTreeRegressor(max_depth=2).fit(X, AMOUNT), KMeans(2, n_init=2, random_state=0).fit(X),
            OneClassSVM(gamma="scale").fit(X)], ROWS


@kind
def bundle_of_vectorizer():
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.preprocessing import LabelEncoder
    from models import LABELS, TEXTS
    return {"words": TfidfVectorizer(min_df=1).fit(TEXTS), "labels": LabelEncoder().fit(LABELS)}, None


@kind
def series_named():
    import pandas
    return pandas.Series([1.5, 2.5, np.nan], index=["a", "b", "c"], name="weight"), None


@kind
def frame_with_categories():
    import pandas
    frame = table().head(8)
    frame["city"] = frame["city"].astype("category")
    frame["when"] = pandas.date_range("2024-01-01", periods=8, freq="D")
    return frame, None


@kind
def frame_with_many_levels():
    return table().groupby(["city", "plan"])[["age", "income"]].mean(), None


@kind
def frame_with_nullable():
    import pandas
    return pandas.DataFrame({"n": pandas.array([1, None, 3], dtype="Int64"),
                             "s": pandas.array(["x", None, "z"], dtype="string")}), None


@kind
def random_generator():
    return np.random.default_rng(3), None


@kind
def masked_array():
    return np.ma.masked_greater(X, 1.0), None


@kind
def array_of_records():
    return np.array([(1, 2.5, "a"), (2, 3.5, "b")], dtype=[("n", "i4"), ("x", "f8"), ("s", "U3")]), None


@kind
def sparse_matrices():
    from scipy import sparse
    return {"rows": sparse.csr_matrix(POSITIVE > 1), "columns": sparse.csc_matrix(X), "pairs": sparse.coo_matrix(X)}, None


@kind
def frozen_distribution():
    from scipy import stats
    return {"gamma": stats.gamma(2.0), "density": stats.gaussian_kde(X[:, 0])}, None


@kind
def interpolation():
    from scipy.interpolate import interp1d
    return interp1d([0.0, 1.0, 2.0], [1.0, 4.0, 9.0]), None


# ---- code of a project's own ----------------------------------------------------------------------------------------

@kind
def class_of_local_module():
    import project_features
    return project_features.ColumnPicker([0, 2]).fit(X), ROWS


@kind
def pipeline_with_local_class():
    import project_features
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline
    return make_pipeline(project_features.ColumnPicker([0, 1]), Ridge()).fit(X, AMOUNT), ROWS


@kind
def local_class_in_bundle():
    import project_features
    return {"picker": project_features.ColumnPicker([1]), "settings": project_features.Settings(3, "fast")}, None


@kind
def closure_by_cloudpickle():
    from sklearn.preprocessing import FunctionTransformer
    factor = 2.5

    def scaled(values):
        return np.sqrt(np.abs(values)) * factor
    return FunctionTransformer(scaled, validate=False).fit(X), ROWS


@kind
def pipeline_by_cloudpickle():
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer
    return make_pipeline(FunctionTransformer(lambda values: values - 1, validate=False),
                         LogisticRegression(solver="lbfgs")).fit(X, TWO), ROWS


@kind
def class_by_cloudpickle():
    from sklearn.base import BaseEstimator, TransformerMixin

    class Doubler(BaseEstimator, TransformerMixin):
        def fit(self, values, y=None):
            return self

        def transform(self, values):
            return np.asarray(values) * 2
    return Doubler().fit(X), ROWS


@kind
def lambda_by_dill():
    from sklearn.preprocessing import FunctionTransformer
    return FunctionTransformer(lambda values: values * 4, validate=False).fit(X), ROWS


@kind
def forest_by_dill():
    from sklearn.ensemble import RandomForestClassifier
    return RandomForestClassifier(3, max_depth=2, random_state=0).fit(X, NAMES), ROWS


@kind
def logistic_by_skops():
    from sklearn.linear_model import LogisticRegression
    return LogisticRegression().fit(X, TWO), ROWS


@kind
def pipeline_by_skops():
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    return make_pipeline(StandardScaler(), Ridge()).fit(X, AMOUNT), ROWS


@kind
def forest_by_skops():
    from sklearn.ensemble import RandomForestClassifier
    return RandomForestClassifier(3, max_depth=2, random_state=0).fit(X, TWO), ROWS


@kind
def bagging_by_skops():
    from sklearn.ensemble import BaggingRegressor
    return BaggingRegressor(n_estimators=2, random_state=0).fit(X, AMOUNT), ROWS


@kind
def svc_by_skops():
    from sklearn.svm import SVC
    return SVC(gamma="scale", probability=True, random_state=0).fit(X, NAMES), ROWS
