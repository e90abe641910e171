"""The kinds of model that the matrix saves: name -> function that returns (fitted model, rows to try it with).

The first of them; the `more_*.py` files add to KINDS. Rows are None where there is nothing to ask: it only has to load.
Of a bundle, every fitted part is asked.

Runs on Python 3.6 and newer under any scikit-learn from 0.20 on. A kind whose classes or options a release does not have
raises ImportError, TypeError or ValueError, and the saver leaves it out.
"""

import numpy as np

try:
    import pandas as pd
except ImportError:
    pd = None

KINDS = {}


def kind(make):
    KINDS[make.__name__] = make
    return make


# ---- data -----------------------------------------------------------------------------------------------------------

def numbers(rows=60, columns=4):
    return np.random.RandomState(0).normal(size=(rows, columns)).round(4)


X = numbers()
ROWS = np.vstack([X[:4], [[0, 0, 0, 0], [5, -5, 5, -5], [0.1, 0.2, 0.3, 0.4]]])
TWO = (X[:, 0] + X[:, 1] > 0).astype(int)
THREE = (X[:, 0] > -0.4).astype(int) + (X[:, 1] > 0.5).astype(int)
NAMES = np.array(["low", "middle", "high"])[THREE]
AMOUNT = 3 * X[:, 0] - X[:, 1] ** 2 + 0.1 * X[:, 2]
HOLED = np.where(np.arange(X.size).reshape(X.shape) % 7 == 0, np.nan, X)
HOLED_ROWS = np.vstack([HOLED[:5], [[np.nan, 0, np.nan, 1]]])
POSITIVE = np.abs(X)
TEXTS = ["free prize now", "meeting on monday", "win a prize", "minutes of the meeting", "free cash now", "lunch monday"]
LABELS = ["spam", "ham", "spam", "ham", "spam", "ham"]


def table(rows=60):
    if pd is None:
        raise ImportError("No module named 'pandas'")
    random = np.random.RandomState(1)
    return pd.DataFrame({"age": random.randint(18, 80, rows).astype(float), "income": random.uniform(1, 9, rows).round(3),
                         "city": random.choice(["Lyon", "Oslo", "Porto"], rows).astype(object),
                         "plan": random.choice(["basic", "plus"], rows).astype(object)},
                        columns=["age", "income", "city", "plan"])


def churned(frame):
    return ((frame["age"] > 45) ^ (frame["plan"] == "plus")).astype(int).values


# ---- linear models --------------------------------------------------------------------------------------------------

@kind
def linear_regression():
    from sklearn.linear_model import LinearRegression
    return LinearRegression().fit(X, AMOUNT), ROWS


@kind
def ridge():
    from sklearn.linear_model import Ridge
    return Ridge().fit(X, AMOUNT), ROWS


@kind
def lasso_cv():
    from sklearn.linear_model import LassoCV
    return LassoCV(cv=3).fit(X, AMOUNT), ROWS


@kind
def elastic_net():
    from sklearn.linear_model import ElasticNet
    return ElasticNet(alpha=0.01).fit(X, AMOUNT), ROWS


@kind
def bayesian_ridge():
    from sklearn.linear_model import BayesianRidge
    return BayesianRidge().fit(X, AMOUNT), ROWS


@kind
def huber():
    from sklearn.linear_model import HuberRegressor
    return HuberRegressor().fit(X, AMOUNT), ROWS


@kind
def poisson_regressor():
    from sklearn.linear_model import PoissonRegressor
    return PoissonRegressor().fit(X, TWO), ROWS


@kind
def logistic_two():
    from sklearn.linear_model import LogisticRegression
    return LogisticRegression(solver="lbfgs").fit(X, TWO), ROWS


@kind
def logistic_three():
    from sklearn.linear_model import LogisticRegression
    return LogisticRegression(solver="lbfgs", max_iter=300).fit(X, NAMES), ROWS


@kind
def logistic_multinomial():
    from sklearn.linear_model import LogisticRegression
    return LogisticRegression(solver="lbfgs", multi_class="multinomial").fit(X, NAMES), ROWS


@kind
def logistic_one_vs_rest():
    from sklearn.linear_model import LogisticRegression
    return LogisticRegression(solver="liblinear", multi_class="ovr").fit(X, NAMES), ROWS


@kind
def logistic_cv():
    from sklearn.linear_model import LogisticRegressionCV
    return LogisticRegressionCV(cv=3, Cs=3, solver="lbfgs").fit(X, TWO), ROWS


@kind
def sgd_log():
    from sklearn.linear_model import SGDClassifier
    from sklearn import __version__
    newer = tuple(map(int, __version__.split(".")[:2])) >= (1, 1)
    return SGDClassifier(loss="log_loss" if newer else "log", random_state=0, max_iter=50, tol=1e-3).fit(X, TWO), ROWS


@kind
def sgd_hinge():
    from sklearn.linear_model import SGDClassifier
    return SGDClassifier(random_state=0, max_iter=50, tol=1e-3).fit(X, NAMES), ROWS


@kind
def perceptron():
    from sklearn.linear_model import Perceptron
    return Perceptron(random_state=0, max_iter=50, tol=1e-3).fit(X, TWO), ROWS


@kind
def linear_discriminant():
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    return LinearDiscriminantAnalysis().fit(X, THREE), ROWS


# ---- neighbours, vectors, Bayes -------------------------------------------------------------------------------------

@kind
def svc():
    from sklearn.svm import SVC
    return SVC(gamma="scale").fit(X, NAMES), ROWS


@kind
def svc_probability():
    from sklearn.svm import SVC
    return SVC(gamma="scale", probability=True, random_state=0).fit(X, TWO), ROWS


@kind
def svr():
    from sklearn.svm import SVR
    return SVR(gamma="scale").fit(X, AMOUNT), ROWS


@kind
def linear_svc():
    from sklearn.svm import LinearSVC
    return LinearSVC(random_state=0).fit(X, TWO), ROWS


@kind
def one_class_svm():
    from sklearn.svm import OneClassSVM
    return OneClassSVM(gamma="scale").fit(X), ROWS


@kind
def knn_classifier():
    from sklearn.neighbors import KNeighborsClassifier
    return KNeighborsClassifier(3, algorithm="kd_tree").fit(X, NAMES), ROWS


@kind
def knn_brute():
    from sklearn.neighbors import KNeighborsClassifier
    return KNeighborsClassifier(3, algorithm="brute").fit(X, TWO), ROWS


@kind
def knn_regressor():
    from sklearn.neighbors import KNeighborsRegressor
    return KNeighborsRegressor(3).fit(X, AMOUNT), ROWS


@kind
def local_outlier_factor():
    from sklearn.neighbors import LocalOutlierFactor
    return LocalOutlierFactor(5, novelty=True, contamination=0.1).fit(X), ROWS


@kind
def gaussian_nb():
    from sklearn.naive_bayes import GaussianNB
    return GaussianNB().fit(X, THREE), ROWS


@kind
def multinomial_nb():
    from sklearn.naive_bayes import MultinomialNB
    return MultinomialNB().fit(POSITIVE, TWO), np.abs(ROWS)


@kind
def bernoulli_nb():
    from sklearn.naive_bayes import BernoulliNB
    return BernoulliNB().fit(X, TWO), ROWS


@kind
def gaussian_process():
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, WhiteKernel
    return GaussianProcessRegressor(RBF() + WhiteKernel(), random_state=0).fit(X[:20], AMOUNT[:20]), ROWS


# ---- trees and ensembles --------------------------------------------------------------------------------------------

@kind
def tree_classifier():
    from sklearn.tree import DecisionTreeClassifier
    return DecisionTreeClassifier(max_depth=3, random_state=0).fit(X, NAMES), ROWS


@kind
def tree_regressor():
    from sklearn.tree import DecisionTreeRegressor
    return DecisionTreeRegressor(max_depth=3, random_state=0).fit(X, AMOUNT), ROWS


@kind
def forest_classifier():
    from sklearn.ensemble import RandomForestClassifier
    return RandomForestClassifier(4, max_depth=3, random_state=0).fit(X, TWO), ROWS


@kind
def forest_regressor():
    from sklearn.ensemble import RandomForestRegressor
    return RandomForestRegressor(4, max_depth=3, random_state=0).fit(X, AMOUNT), ROWS


@kind
def extra_trees():
    from sklearn.ensemble import ExtraTreesClassifier
    return ExtraTreesClassifier(4, max_depth=3, random_state=0).fit(X, NAMES), ROWS


@kind
def gradient_boosting_classifier():
    from sklearn.ensemble import GradientBoostingClassifier
    return GradientBoostingClassifier(n_estimators=4, random_state=0).fit(X, TWO), ROWS


@kind
def gradient_boosting_regressor():
    from sklearn.ensemble import GradientBoostingRegressor
    return GradientBoostingRegressor(n_estimators=4, random_state=0).fit(X, AMOUNT), ROWS


def histograms():
    """Experimental until 1.0."""
    try:
        from sklearn.experimental import enable_hist_gradient_boosting  # noqa: F401
    except ImportError:
        pass
    from sklearn import ensemble
    return ensemble.HistGradientBoostingClassifier, ensemble.HistGradientBoostingRegressor


@kind
def hist_boosting_classifier():
    return histograms()[0](max_iter=4, random_state=0).fit(HOLED, TWO), HOLED_ROWS


@kind
def hist_boosting_regressor():
    return histograms()[1](max_iter=4, random_state=0).fit(X, AMOUNT), ROWS


@kind
def ada_boost_classifier():
    from sklearn.ensemble import AdaBoostClassifier
    return AdaBoostClassifier(n_estimators=5, random_state=0).fit(X, NAMES), ROWS


@kind
def ada_boost_regressor():
    from sklearn.ensemble import AdaBoostRegressor
    return AdaBoostRegressor(n_estimators=4, random_state=0).fit(X, AMOUNT), ROWS


@kind
def bagging():
    from sklearn.ensemble import BaggingClassifier
    return BaggingClassifier(n_estimators=4, random_state=0).fit(X, TWO), ROWS


@kind
def isolation_forest():
    from sklearn.ensemble import IsolationForest
    return IsolationForest(n_estimators=5, contamination=0.1, random_state=0).fit(X), ROWS


@kind
def voting():
    from sklearn.ensemble import VotingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.naive_bayes import GaussianNB
    members = [("linear", LogisticRegression(solver="lbfgs")), ("bayes", GaussianNB())]
    return VotingClassifier(members, voting="soft").fit(X, NAMES), ROWS


@kind
def stacking():
    from sklearn.ensemble import StackingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.tree import DecisionTreeClassifier
    members = [("linear", LogisticRegression()), ("tree", DecisionTreeClassifier(max_depth=2, random_state=0))]
    return StackingClassifier(members, cv=3).fit(X, TWO), ROWS


@kind
def one_vs_rest():
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier
    return OneVsRestClassifier(LogisticRegression(solver="lbfgs")).fit(X, NAMES), ROWS


@kind
def calibrated():
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.svm import LinearSVC
    return CalibratedClassifierCV(LinearSVC(random_state=0), cv=3).fit(X, TWO), ROWS


@kind
def grid_search():
    from sklearn.model_selection import GridSearchCV
    from sklearn.tree import DecisionTreeClassifier
    return GridSearchCV(DecisionTreeClassifier(random_state=0), {"max_depth": [1, 2]}, cv=3).fit(X, TWO), ROWS


@kind
def grid_search_logistic():
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV
    return GridSearchCV(LogisticRegression(solver="lbfgs"), {"C": [0.1, 1]}, cv=3, scoring="roc_auc").fit(X, TWO), ROWS


@kind
def mlp_classifier():
    from sklearn.neural_network import MLPClassifier
    return MLPClassifier(hidden_layer_sizes=(4,), max_iter=30, random_state=0).fit(X, NAMES), ROWS


@kind
def mlp_regressor():
    from sklearn.neural_network import MLPRegressor
    return MLPRegressor(hidden_layer_sizes=(4,), max_iter=30, random_state=0).fit(X, AMOUNT), ROWS


@kind
def dummy():
    from sklearn.dummy import DummyClassifier
    return DummyClassifier(strategy="prior").fit(X, TWO), ROWS


# ---- transformers ---------------------------------------------------------------------------------------------------

@kind
def standard_scaler():
    from sklearn.preprocessing import StandardScaler
    return StandardScaler().fit(X), ROWS


@kind
def min_max_scaler():
    from sklearn.preprocessing import MinMaxScaler
    return MinMaxScaler().fit(X), ROWS


@kind
def robust_scaler():
    from sklearn.preprocessing import RobustScaler
    return RobustScaler().fit(X), ROWS


@kind
def quantile_transformer():
    from sklearn.preprocessing import QuantileTransformer
    return QuantileTransformer(n_quantiles=10, random_state=0).fit(X), ROWS


@kind
def power_transformer():
    from sklearn.preprocessing import PowerTransformer
    return PowerTransformer().fit(X), ROWS


@kind
def k_bins():
    from sklearn.preprocessing import KBinsDiscretizer
    return KBinsDiscretizer(3, strategy="uniform").fit(X), ROWS


@kind
def polynomial_features():
    from sklearn.preprocessing import PolynomialFeatures
    return PolynomialFeatures(2).fit(X), ROWS


@kind
def simple_imputer():
    from sklearn.impute import SimpleImputer
    return SimpleImputer().fit(HOLED), HOLED_ROWS


@kind
def iterative_imputer():
    from sklearn.experimental import enable_iterative_imputer  # noqa: F401
    from sklearn.impute import IterativeImputer
    return IterativeImputer(max_iter=3, random_state=0).fit(HOLED), HOLED_ROWS


@kind
def knn_imputer():
    from sklearn.impute import KNNImputer
    return KNNImputer(n_neighbors=3).fit(HOLED), HOLED_ROWS


@kind
def one_hot_encoder():
    from sklearn.preprocessing import OneHotEncoder
    frame = table()[["city", "plan"]]
    return OneHotEncoder(handle_unknown="ignore").fit(frame), frame.head(5)


@kind
def ordinal_encoder():
    from sklearn.preprocessing import OrdinalEncoder
    frame = table()[["city", "plan"]]
    return OrdinalEncoder().fit(frame), frame.head(5)


@kind
def target_encoder():
    from sklearn.preprocessing import TargetEncoder
    frame = table()
    return TargetEncoder(random_state=0).fit(frame[["city", "plan"]], churned(frame)), frame[["city", "plan"]].head(5)


@kind
def pca():
    from sklearn.decomposition import PCA
    return PCA(2, random_state=0).fit(X), ROWS


@kind
def truncated_svd():
    from sklearn.decomposition import TruncatedSVD
    return TruncatedSVD(2, random_state=0).fit(X), ROWS


@kind
def nmf():
    from sklearn.decomposition import NMF
    return NMF(2, init="nndsvda", random_state=0, max_iter=400).fit(POSITIVE), np.abs(ROWS)


@kind
def nystroem():
    from sklearn.kernel_approximation import Nystroem
    return Nystroem(gamma=0.5, n_components=5, random_state=0).fit(X), ROWS


@kind
def select_k_best():
    from sklearn.feature_selection import SelectKBest, f_classif
    return SelectKBest(f_classif, k=2).fit(X, TWO), ROWS


@kind
def pls_regression():
    from sklearn.cross_decomposition import PLSRegression
    return PLSRegression(2).fit(X, AMOUNT), ROWS


@kind
def k_means():
    from sklearn.cluster import KMeans
    return KMeans(3, n_init=2, random_state=0).fit(X), ROWS


@kind
def mini_batch_k_means():
    from sklearn.cluster import MiniBatchKMeans
    return MiniBatchKMeans(3, n_init=2, random_state=0).fit(X), ROWS


@kind
def gaussian_mixture():
    from sklearn.mixture import GaussianMixture
    return GaussianMixture(2, random_state=0).fit(X), ROWS


@kind
def tfidf_vectorizer():
    from sklearn.feature_extraction.text import TfidfVectorizer
    return TfidfVectorizer().fit(TEXTS), TEXTS[:3]


# ---- pipelines ------------------------------------------------------------------------------------------------------

@kind
def pipeline_tfidf_logistic():
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    return make_pipeline(TfidfVectorizer(), LogisticRegression(solver="lbfgs")).fit(TEXTS, LABELS), TEXTS[:3]


@kind
def pipeline_imputed_logistic():
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    model = make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression(solver="lbfgs"))
    return model.fit(HOLED, TWO), HOLED_ROWS


def columns(**options):
    from sklearn.compose import ColumnTransformer
    from sklearn.preprocessing import OneHotEncoder, StandardScaler
    return ColumnTransformer([("numbers", StandardScaler(), ["age", "income"]),
                              ("words", OneHotEncoder(handle_unknown="ignore"), ["city"])], **options)


@kind
def pipeline_columns_logistic():
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    frame = table()
    model = make_pipeline(columns(), LogisticRegression(solver="lbfgs", max_iter=300))
    return model.fit(frame, churned(frame)), frame.head(6)


@kind
def pipeline_columns_forest():
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.pipeline import make_pipeline
    frame = table()
    model = make_pipeline(columns(), RandomForestClassifier(4, max_depth=3, random_state=0))
    return model.fit(frame, churned(frame)), frame.head(6)


@kind
def columns_passthrough():
    frame = table()[["age", "city", "income"]]
    return columns(remainder="passthrough").fit(frame), frame.head(6)


@kind
def columns_remainder_passthrough():
    from sklearn.compose import ColumnTransformer
    from sklearn.preprocessing import StandardScaler
    frame = table()[["age", "income"]]
    return ColumnTransformer([("age", StandardScaler(), ["age"])], remainder="passthrough").fit(frame), frame.head(6)


@kind
def feature_union():
    from sklearn.decomposition import PCA
    from sklearn.pipeline import make_union
    from sklearn.preprocessing import StandardScaler
    return make_union(StandardScaler(), PCA(2, random_state=0)).fit(X), ROWS


@kind
def function_transformer_numpy():
    from sklearn.preprocessing import FunctionTransformer
    return FunctionTransformer(np.log1p, validate=False).fit(POSITIVE), np.abs(ROWS)


@kind
def function_of_local_module():
    import project_features
    from sklearn.preprocessing import FunctionTransformer
    return FunctionTransformer(project_features.logarithm, validate=False).fit(X), ROWS


@kind
def transformed_target():
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.linear_model import Ridge
    return TransformedTargetRegressor(Ridge(), func=np.cbrt, inverse_func=np.exp, check_inverse=False).fit(X, AMOUNT), ROWS


# ---- other libraries ------------------------------------------------------------------------------------------------

@kind
def xgboost_classifier():
    from xgboost import XGBClassifier
    return XGBClassifier(n_estimators=3, max_depth=2, n_jobs=1).fit(X, TWO), ROWS


@kind
def xgboost_regressor():
    from xgboost import XGBRegressor
    return XGBRegressor(n_estimators=3, max_depth=2, n_jobs=1).fit(X, AMOUNT), ROWS


@kind
def lightgbm_classifier():
    from lightgbm import LGBMClassifier
    return LGBMClassifier(n_estimators=3, num_leaves=4, min_child_samples=5, n_jobs=1, verbose=-1).fit(X, TWO), ROWS


@kind
def plain_bundle():
    """A dictionary: nothing to ask it for, it only has to load."""
    from sklearn.preprocessing import StandardScaler
    return {"scaler": StandardScaler().fit(X), "columns": ["a", "b"], "frame": table().head(3)}, None


@kind
def data_frame():
    return table(), None


@kind
def random_state():
    return {"state": np.random.RandomState(0), "array": X}, None
