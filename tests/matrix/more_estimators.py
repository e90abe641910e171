"""More kinds for the matrix: what scikit-learn has to predict with. See `models.py` for the conventions."""

import numpy as np

from models import AMOUNT, HOLED, HOLED_ROWS, LABELS, NAMES, POSITIVE, ROWS, TEXTS, THREE, TWO, X, histograms, kind

BOTH = np.column_stack([AMOUNT, X[:, 2] - X[:, 3]])
FLAGS = np.column_stack([TWO, (X[:, 2] > 0).astype(int)])
COUNTS = np.round(POSITIVE * 3).astype(int)
HALF_KNOWN = np.where(np.arange(len(TWO)) % 3 == 0, -1, TWO)
CODES = np.column_stack([np.arange(60) % 3, X[:, 0], X[:, 1]])


# ---- linear models --------------------------------------------------------------------------------------------------

@kind
def ridge_classifier():
    from sklearn.linear_model import RidgeClassifier
    return RidgeClassifier().fit(X, NAMES), ROWS


@kind
def ridge_cv():
    from sklearn.linear_model import RidgeCV
    return RidgeCV(alphas=[0.1, 1.0, 10.0]).fit(X, AMOUNT), ROWS


@kind
def ridge_classifier_cv():
    from sklearn.linear_model import RidgeClassifierCV
    return RidgeClassifierCV(alphas=[0.1, 1.0]).fit(X, TWO), ROWS


@kind
def lars():
    from sklearn.linear_model import Lars
    return Lars(n_nonzero_coefs=2).fit(X, AMOUNT), ROWS


@kind
def lasso_lars_information():
    from sklearn.linear_model import LassoLarsIC
    return LassoLarsIC().fit(X, AMOUNT), ROWS


@kind
def elastic_net_cv():
    from sklearn.linear_model import ElasticNetCV
    return ElasticNetCV(cv=3, l1_ratio=[0.2, 0.8]).fit(X, AMOUNT), ROWS


@kind
def multi_task_lasso():
    from sklearn.linear_model import MultiTaskLasso
    return MultiTaskLasso(alpha=0.01).fit(X, BOTH), ROWS


@kind
def matching_pursuit():
    from sklearn.linear_model import OrthogonalMatchingPursuit
    return OrthogonalMatchingPursuit(n_nonzero_coefs=2).fit(X, AMOUNT), ROWS


@kind
def relevance_determination():
    from sklearn.linear_model import ARDRegression
    return ARDRegression().fit(X, AMOUNT), ROWS


@kind
def passive_aggressive():
    from sklearn.linear_model import PassiveAggressiveClassifier
    return PassiveAggressiveClassifier(random_state=0, max_iter=50, tol=1e-3).fit(X, TWO), ROWS


@kind
def sgd_regressor_epsilon():
    from sklearn.linear_model import SGDRegressor
    return SGDRegressor(loss="epsilon_insensitive", random_state=0, max_iter=50, tol=1e-3).fit(X, AMOUNT), ROWS


@kind
def sgd_regressor_huber():
    from sklearn.linear_model import SGDRegressor
    return SGDRegressor(loss="huber", random_state=0, max_iter=50, tol=1e-3).fit(X, AMOUNT), ROWS


@kind
def sgd_modified_huber():
    from sklearn.linear_model import SGDClassifier
    return SGDClassifier(loss="modified_huber", random_state=0, max_iter=50, tol=1e-3).fit(X, NAMES), ROWS


@kind
def sgd_squared_hinge():
    from sklearn.linear_model import SGDClassifier
    return SGDClassifier(loss="squared_hinge", penalty="l1", random_state=0, max_iter=50, tol=1e-3).fit(X, TWO), ROWS


@kind
def sgd_one_class():
    from sklearn.linear_model import SGDOneClassSVM
    return SGDOneClassSVM(random_state=0).fit(X), ROWS


@kind
def theil_sen():
    from sklearn.linear_model import TheilSenRegressor
    return TheilSenRegressor(random_state=0, max_subpopulation=100).fit(X, AMOUNT), ROWS


@kind
def ransac():
    from sklearn.linear_model import RANSACRegressor
    return RANSACRegressor(random_state=0, min_samples=20).fit(X, AMOUNT), ROWS


@kind
def gamma_regressor():
    from sklearn.linear_model import GammaRegressor
    return GammaRegressor().fit(X, POSITIVE[:, 0] + 0.1), ROWS


@kind
def tweedie_regressor():
    from sklearn.linear_model import TweedieRegressor
    return TweedieRegressor(power=1.5, link="log").fit(X, POSITIVE[:, 0]), ROWS


@kind
def quantile_regressor():
    from sklearn.linear_model import QuantileRegressor
    return QuantileRegressor(quantile=0.4, alpha=0.01, solver="highs").fit(X, AMOUNT), ROWS


@kind
def logistic_elastic_net():
    from sklearn.linear_model import LogisticRegression
    return LogisticRegression(penalty="elasticnet", solver="saga", l1_ratio=0.5, max_iter=200,
                              random_state=0).fit(X, TWO), ROWS


@kind
def logistic_l1():
    from sklearn.linear_model import LogisticRegression
    return LogisticRegression(penalty="l1", solver="liblinear").fit(X, TWO), ROWS


@kind
def logistic_cv_three():
    from sklearn.linear_model import LogisticRegressionCV
    return LogisticRegressionCV(cv=3, Cs=2, solver="lbfgs", max_iter=300).fit(X, NAMES), ROWS


@kind
def kernel_ridge():
    from sklearn.kernel_ridge import KernelRidge
    return KernelRidge(kernel="rbf", gamma=0.3).fit(X, AMOUNT), ROWS


@kind
def quadratic_discriminant():
    from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis
    return QuadraticDiscriminantAnalysis().fit(X, TWO), ROWS


@kind
def discriminant_shrunk():
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    return LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto").fit(X, NAMES), ROWS


@kind
def isotonic_regression():
    from sklearn.isotonic import IsotonicRegression
    return IsotonicRegression(out_of_bounds="clip").fit(X[:, 0], AMOUNT), ROWS[:, :1]


@kind
def dummy_regressor():
    from sklearn.dummy import DummyRegressor
    return DummyRegressor(strategy="quantile", quantile=0.3).fit(X, AMOUNT), ROWS


# ---- vectors, neighbours, Bayes, processes --------------------------------------------------------------------------

@kind
def nu_svc():
    from sklearn.svm import NuSVC
    return NuSVC(nu=0.3, gamma="scale").fit(X, TWO), ROWS


@kind
def nu_svr():
    from sklearn.svm import NuSVR
    return NuSVR(gamma="scale", kernel="sigmoid").fit(X, AMOUNT), ROWS


@kind
def linear_svr():
    from sklearn.svm import LinearSVR
    return LinearSVR(random_state=0, max_iter=5000).fit(X, AMOUNT), ROWS


@kind
def svc_polynomial():
    from sklearn.svm import SVC
    return SVC(kernel="poly", degree=2, gamma="auto", class_weight="balanced",
               decision_function_shape="ovo").fit(X, NAMES), ROWS


@kind
def svc_callable_kernel():
    from sklearn.metrics.pairwise import chi2_kernel
    from sklearn.svm import SVC
    return SVC(kernel=chi2_kernel).fit(POSITIVE, TWO), np.abs(ROWS)


@kind
def knn_ball_tree():
    from sklearn.neighbors import KNeighborsClassifier
    return KNeighborsClassifier(3, algorithm="ball_tree", metric="manhattan", weights="distance").fit(X, NAMES), ROWS


@kind
def knn_minkowski_three():
    from sklearn.neighbors import KNeighborsRegressor
    return KNeighborsRegressor(3, algorithm="kd_tree", p=3, weights="distance").fit(X, AMOUNT), ROWS


@kind
def knn_cosine():
    from sklearn.neighbors import KNeighborsClassifier
    return KNeighborsClassifier(3, metric="cosine").fit(X, TWO), ROWS


@kind
def knn_chebyshev_tree():
    from sklearn.neighbors import KNeighborsClassifier
    return KNeighborsClassifier(4, algorithm="kd_tree", metric="chebyshev").fit(X, TWO), ROWS


@kind
def radius_neighbors():
    from sklearn.neighbors import RadiusNeighborsRegressor
    return RadiusNeighborsRegressor(radius=50.0, algorithm="ball_tree").fit(X, AMOUNT), ROWS


@kind
def radius_neighbors_classifier():
    from sklearn.neighbors import RadiusNeighborsClassifier
    return RadiusNeighborsClassifier(radius=50.0).fit(X, TWO), ROWS


@kind
def nearest_centroid():
    from sklearn.neighbors import NearestCentroid
    return NearestCentroid().fit(X, NAMES), ROWS


@kind
def kernel_density():
    from sklearn.neighbors import KernelDensity
    return KernelDensity(bandwidth=0.7).fit(X), ROWS


@kind
def bare_kd_tree():
    from sklearn.neighbors import KDTree
    return KDTree(X, leaf_size=5), None


@kind
def bare_ball_tree():
    from sklearn.neighbors import BallTree
    return {"tree": BallTree(np.radians(X[:, :2]), metric="haversine"), "names": list(NAMES)}, None


@kind
def categorical_nb():
    from sklearn.naive_bayes import CategoricalNB
    return CategoricalNB(min_categories=40).fit(COUNTS, TWO), np.abs(ROWS).astype(int)


@kind
def complement_nb():
    from sklearn.naive_bayes import ComplementNB
    return ComplementNB().fit(POSITIVE, NAMES), np.abs(ROWS)


@kind
def gaussian_process_classifier():
    from sklearn.gaussian_process import GaussianProcessClassifier
    from sklearn.gaussian_process.kernels import RBF
    return GaussianProcessClassifier(1.0 * RBF(1.0), random_state=0).fit(X[:25], TWO[:25]), ROWS


@kind
def gaussian_process_matern():
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import ConstantKernel, DotProduct, Matern, RationalQuadratic
    kernel = ConstantKernel() * Matern(nu=1.5) + DotProduct() + RationalQuadratic()
    return GaussianProcessRegressor(kernel, optimizer=None, normalize_y=True).fit(X[:20], AMOUNT[:20]), ROWS


@kind
def gaussian_process_two_outputs():
    from sklearn.gaussian_process import GaussianProcessRegressor
    return GaussianProcessRegressor(optimizer=None, alpha=1e-3).fit(X[:20], BOTH[:20]), ROWS


@kind
def label_propagation():
    from sklearn.semi_supervised import LabelPropagation
    return LabelPropagation().fit(X, HALF_KNOWN), ROWS


@kind
def label_spreading():
    from sklearn.semi_supervised import LabelSpreading
    return LabelSpreading(kernel="knn", n_neighbors=5).fit(X, HALF_KNOWN), ROWS


@kind
def self_training():
    from sklearn.linear_model import LogisticRegression
    from sklearn.semi_supervised import SelfTrainingClassifier
    return SelfTrainingClassifier(LogisticRegression()).fit(X, HALF_KNOWN), ROWS


# ---- several outputs, several models --------------------------------------------------------------------------------

@kind
def multi_output_regressor():
    from sklearn.ensemble import GradientBoostingRegressor
    from sklearn.multioutput import MultiOutputRegressor
    return MultiOutputRegressor(GradientBoostingRegressor(n_estimators=3, random_state=0)).fit(X, BOTH), ROWS


@kind
def multi_output_classifier():
    from sklearn.linear_model import LogisticRegression
    from sklearn.multioutput import MultiOutputClassifier
    return MultiOutputClassifier(LogisticRegression(solver="lbfgs")).fit(X, FLAGS), ROWS


@kind
def classifier_chain():
    from sklearn.linear_model import LogisticRegression
    from sklearn.multioutput import ClassifierChain
    return ClassifierChain(LogisticRegression(solver="lbfgs"), random_state=0).fit(X, FLAGS), ROWS


@kind
def regressor_chain():
    from sklearn.linear_model import Ridge
    from sklearn.multioutput import RegressorChain
    return RegressorChain(Ridge()).fit(X, BOTH), ROWS


@kind
def one_vs_one():
    from sklearn.multiclass import OneVsOneClassifier
    from sklearn.svm import LinearSVC
    return OneVsOneClassifier(LinearSVC(random_state=0)).fit(X, NAMES), ROWS


@kind
def output_code():
    from sklearn.multiclass import OutputCodeClassifier
    from sklearn.tree import DecisionTreeClassifier
    return OutputCodeClassifier(DecisionTreeClassifier(max_depth=2, random_state=0), random_state=0).fit(X, NAMES), ROWS


@kind
def calibrated_isotonic():
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.naive_bayes import GaussianNB
    return CalibratedClassifierCV(GaussianNB(), cv=3, method="isotonic").fit(X, NAMES), ROWS


@kind
def calibrated_forest():
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.ensemble import RandomForestClassifier
    return CalibratedClassifierCV(RandomForestClassifier(3, max_depth=2, random_state=0), cv=2).fit(X, TWO), ROWS


@kind
def stacking_regressor():
    from sklearn.ensemble import GradientBoostingRegressor, StackingRegressor
    from sklearn.linear_model import RidgeCV
    from sklearn.neighbors import KNeighborsRegressor
    members = [("near", KNeighborsRegressor(3)), ("boost", GradientBoostingRegressor(n_estimators=3, random_state=0))]
    return StackingRegressor(members, RidgeCV(), cv=3, passthrough=True).fit(X, AMOUNT), ROWS


@kind
def voting_regressor():
    from sklearn.ensemble import VotingRegressor
    from sklearn.linear_model import LinearRegression
    from sklearn.svm import SVR
    from sklearn.tree import DecisionTreeRegressor
    members = [("line", LinearRegression()), ("tree", DecisionTreeRegressor(max_depth=2)), ("svr", SVR(gamma="scale"))]
    return VotingRegressor(members).fit(X, AMOUNT), ROWS


@kind
def voting_hard():
    from sklearn.ensemble import VotingClassifier
    from sklearn.naive_bayes import GaussianNB
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.tree import DecisionTreeClassifier
    members = [("bayes", GaussianNB()), ("near", KNeighborsClassifier(3)), ("tree", DecisionTreeClassifier(max_depth=2))]
    return VotingClassifier(members, voting="hard").fit(X, TWO), ROWS


@kind
def bagged_neighbors():
    from sklearn.ensemble import BaggingRegressor
    from sklearn.neighbors import KNeighborsRegressor
    return BaggingRegressor(KNeighborsRegressor(2), n_estimators=3, max_features=0.5, random_state=0).fit(X, AMOUNT), ROWS


@kind
def bagged_logistic():
    from sklearn.ensemble import BaggingClassifier
    from sklearn.linear_model import LogisticRegression
    return BaggingClassifier(LogisticRegression(solver="lbfgs"), n_estimators=3, random_state=0).fit(X, TWO), ROWS


# ---- trees ----------------------------------------------------------------------------------------------------------

@kind
def extra_tree_alone():
    from sklearn.tree import ExtraTreeRegressor
    return ExtraTreeRegressor(max_depth=3, random_state=0).fit(X, AMOUNT), ROWS


@kind
def tree_two_outputs():
    from sklearn.tree import DecisionTreeClassifier
    return DecisionTreeClassifier(max_depth=3, random_state=0).fit(X, FLAGS), ROWS


@kind
def extra_trees_regressor():
    from sklearn.ensemble import ExtraTreesRegressor
    return ExtraTreesRegressor(3, max_depth=3, random_state=0).fit(X, BOTH), ROWS


@kind
def forest_out_of_bag():
    from sklearn.ensemble import RandomForestClassifier
    return RandomForestClassifier(30, max_depth=2, oob_score=True, class_weight="balanced", max_features=2,
                                  bootstrap=True, random_state=0).fit(X, NAMES), ROWS


@kind
def forest_poisson():
    from sklearn.ensemble import RandomForestRegressor
    return RandomForestRegressor(3, max_depth=3, criterion="poisson", random_state=0).fit(X, COUNTS[:, 0]), ROWS


@kind
def forest_with_holes():
    from sklearn.ensemble import RandomForestClassifier
    return RandomForestClassifier(3, max_depth=3, random_state=0).fit(HOLED, TWO), HOLED_ROWS


@kind
def trees_embedding():
    from sklearn.ensemble import RandomTreesEmbedding
    return RandomTreesEmbedding(3, max_depth=2, random_state=0).fit(X), ROWS


@kind
def gradient_boosting_three():
    from sklearn.ensemble import GradientBoostingClassifier
    return GradientBoostingClassifier(n_estimators=3, subsample=0.8, random_state=0).fit(X, NAMES), ROWS


@kind
def gradient_boosting_huber():
    from sklearn.ensemble import GradientBoostingRegressor
    return GradientBoostingRegressor(loss="huber", n_estimators=3, random_state=0).fit(X, AMOUNT), ROWS


@kind
def gradient_boosting_quantile():
    from sklearn.ensemble import GradientBoostingRegressor
    return GradientBoostingRegressor(loss="quantile", alpha=0.8, n_estimators=3, random_state=0).fit(X, AMOUNT), ROWS


@kind
def gradient_boosting_exponential():
    from sklearn.ensemble import GradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression
    return GradientBoostingClassifier(loss="exponential", n_estimators=3, init=LogisticRegression(solver="lbfgs"),
                                      random_state=0).fit(X, TWO), ROWS


@kind
def ada_boost_linear():
    from sklearn.ensemble import AdaBoostClassifier
    from sklearn.linear_model import LogisticRegression
    return AdaBoostClassifier(LogisticRegression(solver="lbfgs"), n_estimators=3, random_state=0).fit(X, TWO), ROWS


@kind
def isolation_forest_auto():
    from sklearn.ensemble import IsolationForest
    return IsolationForest(n_estimators=4, max_features=2, random_state=0).fit(X), ROWS


@kind
def hist_boosting_three():
    return histograms()[0](max_iter=3, random_state=0).fit(X, NAMES), ROWS


@kind
def hist_boosting_categories():
    return histograms()[1](max_iter=3, categorical_features=[0], random_state=0).fit(CODES, AMOUNT), CODES[:6]


@kind
def hist_boosting_poisson():
    return histograms()[1](loss="poisson", max_iter=3, random_state=0).fit(X, COUNTS[:, 0]), ROWS


@kind
def hist_boosting_stopped():
    return histograms()[0](max_iter=5, scoring="accuracy", validation_fraction=0.3, n_iter_no_change=2,
                           tol=0.0, random_state=0).fit(X, TWO), ROWS


@kind
def hist_boosting_monotone():
    return histograms()[1](max_iter=3, monotonic_cst=[1, 0, 0, -1], random_state=0).fit(HOLED, AMOUNT), HOLED_ROWS


# ---- searches, networks, outliers, thresholds -----------------------------------------------------------------------

@kind
def randomized_search():
    from scipy.stats import uniform
    from sklearn.linear_model import Ridge
    from sklearn.model_selection import RandomizedSearchCV
    return RandomizedSearchCV(Ridge(), {"alpha": uniform(0.1, 2)}, n_iter=3, cv=3, random_state=0).fit(X, AMOUNT), ROWS


@kind
def halving_search():
    from sklearn.experimental import enable_halving_search_cv  # noqa: F401
    from sklearn.model_selection import HalvingGridSearchCV
    from sklearn.tree import DecisionTreeClassifier
    return HalvingGridSearchCV(DecisionTreeClassifier(random_state=0), {"max_depth": [1, 2, 3]}, cv=3,
                               random_state=0).fit(X, TWO), ROWS


@kind
def search_over_pipeline():
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.model_selection import GridSearchCV, StratifiedKFold
    from sklearn.naive_bayes import MultinomialNB
    from sklearn.pipeline import Pipeline
    steps = Pipeline([("words", CountVectorizer()), ("bayes", MultinomialNB())])
    return GridSearchCV(steps, {"bayes__alpha": [0.5, 1.0]}, cv=StratifiedKFold(3)).fit(TEXTS * 3, LABELS * 3), TEXTS[:3]


@kind
def search_with_scorer():
    from sklearn.metrics import make_scorer, mean_absolute_error
    from sklearn.model_selection import GridSearchCV, KFold
    from sklearn.svm import SVR
    return GridSearchCV(SVR(gamma="scale"), {"C": [1, 10]}, cv=KFold(3),
                        scoring=make_scorer(mean_absolute_error, greater_is_better=False)).fit(X, AMOUNT), ROWS


@kind
def tuned_threshold():
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import TunedThresholdClassifierCV
    return TunedThresholdClassifierCV(LogisticRegression(), cv=3, thresholds=10).fit(X, TWO), ROWS


@kind
def mlp_two_flags():
    from sklearn.neural_network import MLPClassifier
    return MLPClassifier((3,), activation="tanh", max_iter=20, early_stopping=True, random_state=0).fit(X, FLAGS), ROWS


@kind
def elliptic_envelope():
    from sklearn.covariance import EllipticEnvelope
    return EllipticEnvelope(contamination=0.1, random_state=0).fit(X), ROWS


@kind
def ledoit_wolf():
    from sklearn.covariance import LedoitWolf
    return LedoitWolf().fit(X), None


@kind
def bayesian_mixture():
    from sklearn.mixture import BayesianGaussianMixture
    return BayesianGaussianMixture(n_components=2, random_state=0, max_iter=20).fit(X), ROWS


@kind
def mixture_tied():
    from sklearn.mixture import GaussianMixture
    return GaussianMixture(2, covariance_type="tied", random_state=0).fit(X), ROWS
