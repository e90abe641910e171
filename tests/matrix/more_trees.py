"""More kinds for the matrix, of the last draw (`halves.py`): trees, forests, boosting, networks, mixtures, outliers.

See `models.py` for the conventions.
"""

import numpy as np
from scipy import sparse

from models import AMOUNT, HOLED, HOLED_ROWS, NAMES, POSITIVE, ROWS, THREE, TWO, X, churned, histograms, kind, table

SINGLE = X.astype(np.float32)
TRUTHS = TWO.astype(bool)
SCATTERED = sparse.csr_matrix(np.where(np.abs(X) > 0.5, X, 0))
BOTH = np.column_stack([AMOUNT, X[:, 2] - X[:, 3]])
COUNTS = np.round(POSITIVE * 3).astype(int)


@kind
def tree_entropy_of_words():
    from sklearn.tree import DecisionTreeClassifier
    return DecisionTreeClassifier(criterion="entropy", splitter="random", min_samples_leaf=3, random_state=0).fit(
        X, NAMES), ROWS


@kind
def tree_of_truth_values():
    from sklearn.tree import DecisionTreeClassifier
    return DecisionTreeClassifier(max_leaf_nodes=5, class_weight={False: 1, True: 3}, random_state=0).fit(
        X, TRUTHS), ROWS


@kind
def tree_pruned_absolute():
    from sklearn import __version__
    from sklearn.tree import DecisionTreeRegressor
    newer = tuple(map(int, __version__.split(".")[:2])) >= (1, 0)
    return DecisionTreeRegressor(criterion="absolute_error" if newer else "mae", max_depth=4, random_state=0).fit(
        X, AMOUNT), ROWS


@kind
def tree_friedman_pruned():
    from sklearn.tree import DecisionTreeRegressor
    return DecisionTreeRegressor(criterion="friedman_mse", ccp_alpha=0.05, random_state=0).fit(X, AMOUNT), ROWS


@kind
def tree_scattered():
    from sklearn.tree import DecisionTreeClassifier
    return DecisionTreeClassifier(max_depth=4, random_state=0).fit(SCATTERED, THREE), ROWS.astype(np.float32)


@kind
def tree_monotone():
    from sklearn.tree import DecisionTreeClassifier
    return DecisionTreeClassifier(max_depth=3, monotonic_cst=[1, 0, 0, 0], random_state=0).fit(X, TWO), ROWS


@kind
def extra_tree_of_words():
    from sklearn.tree import ExtraTreeClassifier
    return ExtraTreeClassifier(max_depth=4, random_state=0).fit(X, NAMES), ROWS


@kind
def forest_of_truth_values():
    from sklearn.ensemble import RandomForestClassifier
    return RandomForestClassifier(4, max_depth=3, criterion="entropy", bootstrap=False, random_state=0).fit(
        SINGLE, TRUTHS), ROWS


@kind
def forest_many_labels():
    from sklearn.ensemble import RandomForestClassifier
    return RandomForestClassifier(4, max_depth=3, max_samples=0.7, random_state=0).fit(
        X, np.column_stack([TWO, THREE])), ROWS


@kind
def forest_warm():
    from sklearn.ensemble import RandomForestRegressor
    model = RandomForestRegressor(2, max_depth=3, warm_start=True, random_state=0).fit(X, AMOUNT)
    return model.set_params(n_estimators=4).fit(X, AMOUNT), ROWS


@kind
def forest_of_frame():
    from sklearn.ensemble import RandomForestClassifier
    frame = table()[["age", "income"]]
    return RandomForestClassifier(4, max_depth=3, max_features=None, random_state=0).fit(
        frame, np.where(churned(table()) == 1, "gone", "stays")), frame.head(5)


@kind
def forest_of_absolute_error():
    from sklearn import __version__
    from sklearn.ensemble import RandomForestRegressor
    newer = tuple(map(int, __version__.split(".")[:2])) >= (1, 0)
    return RandomForestRegressor(3, criterion="absolute_error" if newer else "mae", max_depth=3, oob_score=False,
                                 random_state=0).fit(X, BOTH), ROWS


@kind
def extra_trees_balanced():
    from sklearn.ensemble import ExtraTreesClassifier
    return ExtraTreesClassifier(5, max_depth=3, class_weight="balanced_subsample", bootstrap=True, random_state=0).fit(
        X, NAMES), ROWS


@kind
def boosting_of_truth_values():
    from sklearn.ensemble import GradientBoostingClassifier
    return GradientBoostingClassifier(n_estimators=4, max_depth=2, init="zero", random_state=0).fit(X, TRUTHS), ROWS


@kind
def boosting_stopped():
    from sklearn.ensemble import GradientBoostingClassifier
    return GradientBoostingClassifier(n_estimators=10, n_iter_no_change=2, validation_fraction=0.2, max_features="sqrt",
                                      random_state=0).fit(X, NAMES), ROWS


@kind
def boosting_absolute():
    from sklearn import __version__
    from sklearn.ensemble import GradientBoostingRegressor
    newer = tuple(map(int, __version__.split(".")[:2])) >= (1, 0)
    return GradientBoostingRegressor(loss="absolute_error" if newer else "lad", n_estimators=4, max_leaf_nodes=4,
                                     random_state=0).fit(X, AMOUNT), ROWS


@kind
def boosting_started_by_ridge():
    from sklearn.ensemble import GradientBoostingRegressor
    from sklearn.linear_model import Ridge
    return GradientBoostingRegressor(n_estimators=3, init=Ridge(), subsample=0.7, random_state=0).fit(X, AMOUNT), ROWS


@kind
def hist_boosting_absolute():
    from sklearn import __version__
    newer = tuple(map(int, __version__.split(".")[:2])) >= (1, 0)
    return histograms()[1](loss="absolute_error" if newer else "least_absolute_deviation", max_iter=4,
                           random_state=0).fit(X, AMOUNT), ROWS


@kind
def hist_boosting_quantile():
    return histograms()[1](loss="quantile", quantile=0.8, max_iter=4, max_leaf_nodes=5, random_state=0).fit(
        X, AMOUNT), ROWS


@kind
def hist_boosting_gamma():
    return histograms()[1](loss="gamma", max_iter=4, random_state=0).fit(X, POSITIVE[:, 0] + 0.1), ROWS


@kind
def hist_boosting_truths_weighted():
    return histograms()[0](max_iter=4, l2_regularization=0.5, class_weight="balanced", random_state=0).fit(
        X, TRUTHS), ROWS


@kind
def hist_boosting_interacting():
    return histograms()[0](max_iter=4, interaction_cst=[{0, 1}, {2, 3}], random_state=0).fit(HOLED, NAMES), HOLED_ROWS


@kind
def hist_boosting_sampled_columns():
    return histograms()[1](max_iter=4, max_features=0.5, random_state=0).fit(X, AMOUNT), ROWS


@kind
def hist_boosting_categories_by_dtype():
    frame = table()
    frame["city"] = frame["city"].astype("category")
    frame = frame[["age", "city"]]
    return histograms()[0](max_iter=3, categorical_features="from_dtype", random_state=0).fit(
        frame, churned(table())), None


@kind
def ada_boost_of_words():
    from sklearn.ensemble import AdaBoostClassifier
    from sklearn.tree import DecisionTreeClassifier
    return AdaBoostClassifier(DecisionTreeClassifier(max_depth=2), n_estimators=4, learning_rate=0.5,
                              random_state=0).fit(X, NAMES), ROWS


@kind
def ada_boost_discrete():
    from sklearn.ensemble import AdaBoostClassifier
    return AdaBoostClassifier(n_estimators=4, algorithm="SAMME", random_state=0).fit(X, TWO), ROWS


@kind
def ada_boost_regressor_exponential():
    from sklearn.ensemble import AdaBoostRegressor
    from sklearn.linear_model import Ridge
    return AdaBoostRegressor(Ridge(), n_estimators=4, loss="exponential", random_state=0).fit(X, AMOUNT), ROWS


@kind
def bagging_of_svc():
    from sklearn.ensemble import BaggingClassifier
    from sklearn.svm import SVC
    return BaggingClassifier(SVC(gamma="scale"), n_estimators=3, max_samples=0.6, bootstrap_features=True,
                             random_state=0).fit(X, NAMES), ROWS


@kind
def bagging_of_pipelines():
    from sklearn.ensemble import BaggingRegressor
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import PolynomialFeatures
    return BaggingRegressor(make_pipeline(PolynomialFeatures(2), Ridge()), n_estimators=3, random_state=0).fit(
        X, AMOUNT), ROWS


@kind
def isolation_forest_contaminated():
    from sklearn.ensemble import IsolationForest
    return IsolationForest(n_estimators=5, contamination=0.2, max_samples=20, bootstrap=True,
                           random_state=0).fit(X), ROWS


@kind
def isolation_forest_of_frame():
    from sklearn.ensemble import IsolationForest
    frame = table()[["age", "income"]]
    return IsolationForest(n_estimators=3, random_state=0).fit(frame), frame.head(5)


@kind
def voting_soft_weighted():
    from sklearn.ensemble import RandomForestClassifier, VotingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.naive_bayes import GaussianNB
    members = [("line", LogisticRegression(solver="lbfgs")), ("bayes", GaussianNB()),
               ("trees", RandomForestClassifier(3, max_depth=2, random_state=0))]
    return VotingClassifier(members, voting="soft", weights=[2, 1, 1]).fit(X, NAMES), ROWS


@kind
def voting_with_dropped():
    from sklearn.ensemble import VotingRegressor
    from sklearn.linear_model import Ridge
    from sklearn.neighbors import KNeighborsRegressor
    model = VotingRegressor([("ridge", Ridge()), ("near", KNeighborsRegressor(3)), ("off", "drop")])
    return model.fit(X, AMOUNT), ROWS


@kind
def stacking_of_labels():
    from sklearn.ensemble import ExtraTreesClassifier, StackingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.svm import LinearSVC
    members = [("svc", LinearSVC(random_state=0)), ("trees", ExtraTreesClassifier(3, max_depth=2, random_state=0))]
    return StackingClassifier(members, LogisticRegression(solver="lbfgs"), cv=2, passthrough=True).fit(X, NAMES), ROWS


@kind
def stacking_by_predict():
    from sklearn.ensemble import StackingClassifier
    from sklearn.naive_bayes import GaussianNB
    from sklearn.tree import DecisionTreeClassifier
    return StackingClassifier([("bayes", GaussianNB()), ("tree", DecisionTreeClassifier(max_depth=2, random_state=0))],
                              DecisionTreeClassifier(max_depth=2, random_state=0), cv=3,
                              stack_method="predict").fit(X, TWO), ROWS


@kind
def stacking_regressor_of_forest():
    from sklearn.ensemble import RandomForestRegressor, StackingRegressor
    from sklearn.linear_model import LassoCV
    members = [("lasso", LassoCV(cv=2)), ("trees", RandomForestRegressor(3, max_depth=2, random_state=0))]
    return StackingRegressor(members, RandomForestRegressor(3, max_depth=2, random_state=1), cv=2).fit(X, AMOUNT), ROWS


@kind
def calibrated_svc_of_words():
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.svm import LinearSVC
    return CalibratedClassifierCV(LinearSVC(random_state=0), cv=3).fit(X, NAMES), ROWS


@kind
def calibrated_not_ensembled():
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.tree import DecisionTreeClassifier
    return CalibratedClassifierCV(DecisionTreeClassifier(max_depth=3, random_state=0), cv=3, ensemble=False,
                                  method="isotonic").fit(X, TWO), ROWS


@kind
def calibrated_by_temperature():
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.naive_bayes import GaussianNB
    return CalibratedClassifierCV(GaussianNB(), cv=3, method="temperature").fit(X, NAMES), ROWS


@kind
def one_against_rest_logistic():
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier
    return OneVsRestClassifier(LogisticRegression(solver="liblinear")).fit(X, np.column_stack([TWO, THREE > 1])), ROWS


@kind
def one_against_rest_forest():
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.multiclass import OneVsRestClassifier
    return OneVsRestClassifier(RandomForestClassifier(3, max_depth=2, random_state=0)).fit(X, NAMES), ROWS


@kind
def one_against_one_logistic():
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsOneClassifier
    return OneVsOneClassifier(LogisticRegression(solver="lbfgs")).fit(X, THREE), ROWS


@kind
def chain_of_forests():
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.multioutput import ClassifierChain
    return ClassifierChain(RandomForestClassifier(3, max_depth=2, random_state=0), order=[1, 0], cv=2,
                           random_state=0).fit(X, np.column_stack([TWO, (X[:, 2] > 0).astype(int)])), ROWS


@kind
def many_outputs_of_histograms():
    from sklearn.multioutput import MultiOutputRegressor
    return MultiOutputRegressor(histograms()[1](max_iter=3, random_state=0)).fit(X, BOTH), ROWS


@kind
def many_outputs_of_svc():
    from sklearn.multioutput import MultiOutputClassifier
    from sklearn.svm import SVC
    return MultiOutputClassifier(SVC(gamma="scale", probability=True, random_state=0)).fit(
        X, np.column_stack([TWO, THREE])), ROWS


@kind
def network_of_words_adam():
    from sklearn.neural_network import MLPClassifier
    return MLPClassifier((5, 3), activation="logistic", max_iter=30, random_state=0).fit(X, NAMES), ROWS


@kind
def network_lbfgs_two_outputs():
    from sklearn.neural_network import MLPRegressor
    return MLPRegressor(hidden_layer_sizes=(4,), solver="lbfgs", activation="identity", max_iter=50,
                        random_state=0).fit(X, BOTH), ROWS


@kind
def network_sgd_single_precision():
    from sklearn.neural_network import MLPRegressor
    return MLPRegressor(hidden_layer_sizes=(4,), solver="sgd", learning_rate="adaptive", max_iter=30, random_state=0).fit(
        SINGLE, AMOUNT.astype(np.float32)), ROWS.astype(np.float32)


@kind
def mixture_diagonal():
    from sklearn.mixture import GaussianMixture
    return GaussianMixture(3, covariance_type="diag", random_state=0, init_params="random").fit(X), ROWS


@kind
def mixture_spherical_warm():
    from sklearn.mixture import GaussianMixture
    return GaussianMixture(2, covariance_type="spherical", warm_start=True, n_init=2, random_state=0).fit(SINGLE), ROWS


@kind
def mixture_of_dirichlet():
    from sklearn.mixture import BayesianGaussianMixture
    return BayesianGaussianMixture(n_components=3, weight_concentration_prior_type="dirichlet_distribution",
                                   covariance_type="tied", max_iter=20, random_state=0).fit(X), ROWS


@kind
def dummy_stratified():
    from sklearn.dummy import DummyClassifier
    return DummyClassifier(strategy="most_frequent").fit(X, NAMES), ROWS


@kind
def dummy_constant_outputs():
    from sklearn.dummy import DummyRegressor
    return DummyRegressor(strategy="constant", constant=[1.5, -2.0]).fit(X, BOTH), ROWS


@kind
def dummy_prior_many_labels():
    from sklearn.dummy import DummyClassifier
    return DummyClassifier(strategy="prior").fit(X, np.column_stack([TWO, THREE])), ROWS


@kind
def isotonic_falling():
    from sklearn.isotonic import IsotonicRegression
    model = IsotonicRegression(increasing="auto", y_min=-2.0, y_max=2.0, out_of_bounds="nan")
    return model.fit(X[:, 1], -AMOUNT), ROWS[:, 1:2]


@kind
def covariance_of_minimum():
    from sklearn.covariance import MinCovDet
    return MinCovDet(random_state=0).fit(X), None


@kind
def covariance_by_graph():
    from sklearn.covariance import GraphicalLassoCV
    return GraphicalLassoCV(cv=3).fit(X), None


@kind
def covariance_shrunk():
    from sklearn.covariance import OAS, EmpiricalCovariance, ShrunkCovariance
    return [OAS().fit(X), EmpiricalCovariance(assume_centered=True).fit(X),
            ShrunkCovariance(shrinkage=0.2).fit(X)], None


@kind
def threshold_fixed():
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.model_selection import FixedThresholdClassifier
    return FixedThresholdClassifier(RandomForestClassifier(3, max_depth=2, random_state=0), threshold=0.3).fit(
        X, TWO), ROWS
