"""More kinds for the matrix, of the last draw (`halves.py`): linear models, vectors and neighbours with other solvers,
losses, kernels, metrics, labels and dtypes. See `models.py` for the conventions.
"""

import numpy as np
from scipy import sparse

from models import AMOUNT, NAMES, POSITIVE, ROWS, THREE, TWO, X, churned, kind, table

SINGLE = X.astype(np.float32)
TRUTHS = TWO.astype(bool)
SCATTERED = sparse.csr_matrix(np.where(np.abs(X) > 0.5, X, 0))
BOTH = np.column_stack([AMOUNT, X[:, 2] - X[:, 3]])
COUNTS = np.round(POSITIVE * 3).astype(int)
WEIGHTS = 1.0 + (np.arange(len(TWO)) % 3)


@kind
def logistic_newton_of_words():
    from sklearn.linear_model import LogisticRegression
    return LogisticRegression(solver="newton-cg", C=0.3, class_weight="balanced").fit(X, NAMES), ROWS


@kind
def logistic_sag_single_precision():
    from sklearn.linear_model import LogisticRegression
    return LogisticRegression(solver="sag", max_iter=400, random_state=0).fit(SINGLE, TWO), ROWS.astype(np.float32)


@kind
def logistic_of_truth_values():
    from sklearn.linear_model import LogisticRegression
    return LogisticRegression(solver="lbfgs", fit_intercept=False).fit(X, TRUTHS), ROWS


@kind
def logistic_liblinear_dual():
    from sklearn.linear_model import LogisticRegression
    return LogisticRegression(solver="liblinear", dual=True, intercept_scaling=2.0, random_state=0).fit(X, TWO), ROWS


@kind
def logistic_of_scattered_cells():
    from sklearn.linear_model import LogisticRegression
    return LogisticRegression(solver="saga", max_iter=300, random_state=0).fit(SCATTERED, TWO), ROWS


@kind
def logistic_made_sparse():
    from sklearn.linear_model import LogisticRegression
    return LogisticRegression(solver="liblinear", penalty="l1", C=0.2).fit(X, TWO).sparsify(), ROWS


@kind
def logistic_cv_one_against_rest():
    from sklearn.linear_model import LogisticRegressionCV
    return LogisticRegressionCV(cv=3, Cs=[0.1, 1.0], solver="liblinear", multi_class="ovr").fit(X, NAMES), ROWS


@kind
def logistic_cv_elastic():
    from sklearn.linear_model import LogisticRegressionCV
    return LogisticRegressionCV(cv=3, Cs=2, penalty="elasticnet", solver="saga", l1_ratios=[0.2, 0.8], max_iter=300,
                                random_state=0).fit(X, TWO), ROWS


@kind
def logistic_cv_scored_by_loss():
    from sklearn.linear_model import LogisticRegressionCV
    return LogisticRegressionCV(cv=3, Cs=3, scoring="neg_log_loss", refit=False, max_iter=300).fit(X, THREE), ROWS


@kind
def logistic_of_frame():
    from sklearn.linear_model import LogisticRegression
    frame = table()[["age", "income"]]
    return LogisticRegression(solver="lbfgs", C=10.0).fit(frame, churned(table())), frame.head(5)


@kind
def logistic_multinomial_sag():
    from sklearn.linear_model import LogisticRegression
    return LogisticRegression(solver="sag", multi_class="multinomial", max_iter=300, random_state=0).fit(X, THREE), ROWS


@kind
def ridge_several_penalties():
    from sklearn.linear_model import Ridge
    return Ridge(alpha=np.array([0.5, 2.0]), solver="cholesky").fit(X, BOTH), ROWS


@kind
def ridge_positive():
    from sklearn.linear_model import Ridge
    return Ridge(positive=True).fit(X, AMOUNT), ROWS


@kind
def ridge_single_precision():
    from sklearn.linear_model import Ridge
    return Ridge(solver="lsqr", alpha=0.2).fit(SINGLE, AMOUNT.astype(np.float32)), ROWS.astype(np.float32)


@kind
def ridge_cv_many_targets():
    from sklearn.linear_model import RidgeCV
    return RidgeCV(alphas=(0.1, 1.0, 10.0), gcv_mode="svd").fit(X, BOTH), ROWS


@kind
def ridge_cv_folded():
    from sklearn.linear_model import RidgeCV
    return RidgeCV(alphas=[0.1, 5.0], cv=3, scoring="neg_mean_squared_error").fit(X, AMOUNT), ROWS


@kind
def ridge_classifier_many_labels():
    from sklearn.linear_model import RidgeClassifier
    return RidgeClassifier(alpha=2.0, class_weight="balanced").fit(X, np.column_stack([TWO, THREE > 0])), ROWS


@kind
def linear_without_intercept():
    from sklearn.linear_model import LinearRegression
    return LinearRegression(fit_intercept=False).fit(X, BOTH, sample_weight=WEIGHTS), ROWS


@kind
def linear_positive():
    from sklearn.linear_model import LinearRegression
    return LinearRegression(positive=True).fit(X, AMOUNT), ROWS


@kind
def lasso_plain():
    from sklearn.linear_model import Lasso
    return Lasso(alpha=0.05, selection="random", random_state=0, warm_start=True).fit(X, AMOUNT), ROWS


@kind
def lasso_of_scattered_cells():
    from sklearn.linear_model import Lasso
    return Lasso(alpha=0.02).fit(SCATTERED.tocsc(), AMOUNT), ROWS


@kind
def lasso_lars_plain():
    from sklearn.linear_model import LassoLars
    return LassoLars(alpha=0.01).fit(X, AMOUNT), ROWS


@kind
def lars_cv():
    from sklearn.linear_model import LarsCV
    return LarsCV(cv=3).fit(X, AMOUNT), ROWS


@kind
def lasso_lars_cv():
    from sklearn.linear_model import LassoLarsCV
    return LassoLarsCV(cv=3, positive=True).fit(X, AMOUNT), ROWS


@kind
def multi_task_elastic_net_cv():
    from sklearn.linear_model import MultiTaskElasticNetCV
    return MultiTaskElasticNetCV(cv=3, l1_ratio=[0.5]).fit(X, BOTH), ROWS


@kind
def matching_pursuit_cv():
    from sklearn.linear_model import OrthogonalMatchingPursuitCV
    return OrthogonalMatchingPursuitCV(cv=3).fit(X, AMOUNT), ROWS


@kind
def bayesian_ridge_scored():
    from sklearn.linear_model import BayesianRidge
    return BayesianRidge(compute_score=True, alpha_1=1e-5).fit(X, AMOUNT), ROWS


@kind
def sgd_perceptron_averaged():
    from sklearn.linear_model import SGDClassifier
    return SGDClassifier(loss="perceptron", average=True, learning_rate="constant", eta0=0.1, random_state=0,
                         max_iter=30, tol=1e-3).fit(X, TWO), ROWS


@kind
def sgd_log_of_words_stopped():
    from sklearn import __version__
    from sklearn.linear_model import SGDClassifier
    newer = tuple(map(int, __version__.split(".")[:2])) >= (1, 1)
    return SGDClassifier(loss="log_loss" if newer else "log", early_stopping=True, random_state=0, max_iter=30,
                         tol=1e-3, class_weight="balanced").fit(X, NAMES), ROWS


@kind
def sgd_regressor_squared():
    from sklearn import __version__
    from sklearn.linear_model import SGDRegressor
    newer = tuple(map(int, __version__.split(".")[:2])) >= (1, 0)
    return SGDRegressor(loss="squared_error" if newer else "squared_loss", penalty="elasticnet", average=10,
                        random_state=0, max_iter=50, tol=1e-3).fit(X, AMOUNT), ROWS


@kind
def sgd_regressor_insensitive_squared():
    from sklearn.linear_model import SGDRegressor
    return SGDRegressor(loss="squared_epsilon_insensitive", epsilon=0.2, random_state=0, max_iter=50,
                        tol=1e-3).fit(X, AMOUNT), ROWS


@kind
def passive_aggressive_regressor():
    from sklearn.linear_model import PassiveAggressiveRegressor
    return PassiveAggressiveRegressor(random_state=0, max_iter=50, tol=1e-3, epsilon=0.05).fit(X, AMOUNT), ROWS


@kind
def perceptron_of_words():
    from sklearn.linear_model import Perceptron
    return Perceptron(penalty="l1", alpha=1e-3, random_state=0, max_iter=50, tol=1e-3).fit(X, NAMES), ROWS


@kind
def huber_scattered():
    from sklearn.linear_model import HuberRegressor
    return HuberRegressor(epsilon=1.8, alpha=0.01, fit_intercept=False).fit(SCATTERED, AMOUNT), ROWS


@kind
def poisson_newton():
    from sklearn.linear_model import PoissonRegressor
    return PoissonRegressor(solver="newton-cholesky", alpha=0.2).fit(X, COUNTS[:, 0]), ROWS


@kind
def tweedie_of_identity():
    from sklearn.linear_model import TweedieRegressor
    return TweedieRegressor(power=0, alpha=0.5).fit(X, AMOUNT), ROWS


@kind
def tweedie_inverse():
    from sklearn.linear_model import TweedieRegressor
    return TweedieRegressor(power=3, link="log", alpha=0.5).fit(X, POSITIVE[:, 0] + 0.2), ROWS


@kind
def ransac_of_trees():
    from sklearn.linear_model import RANSACRegressor
    from sklearn.tree import DecisionTreeRegressor
    return RANSACRegressor(DecisionTreeRegressor(max_depth=2, random_state=0), min_samples=20,
                           random_state=0).fit(X, AMOUNT), ROWS


@kind
def svc_linear_of_words():
    from sklearn.svm import SVC
    return SVC(kernel="linear", C=0.5, probability=True, random_state=0).fit(X, NAMES), ROWS


@kind
def svc_sigmoid_of_truth_values():
    from sklearn.svm import SVC
    return SVC(kernel="sigmoid", gamma=0.2, coef0=0.1, shrinking=False).fit(X, TRUTHS), ROWS


@kind
def svc_scattered():
    from sklearn.svm import SVC
    return SVC(gamma=0.5, break_ties=False).fit(SCATTERED, THREE), ROWS


@kind
def svc_precomputed():
    from sklearn.svm import SVC
    return SVC(kernel="precomputed").fit(X.dot(X.T), TWO), ROWS.dot(X.T)


@kind
def svr_precise():
    from sklearn.svm import SVR
    return SVR(kernel="poly", degree=2, gamma="scale", epsilon=0.01, C=2.0).fit(X, AMOUNT, sample_weight=WEIGHTS), ROWS


@kind
def nu_svc_with_probability():
    from sklearn.svm import NuSVC
    return NuSVC(nu=0.2, kernel="rbf", gamma="auto", probability=True, random_state=0).fit(X, THREE), ROWS


@kind
def linear_svc_l1():
    from sklearn.svm import LinearSVC
    return LinearSVC(penalty="l1", dual=False, multi_class="ovr", random_state=0).fit(X, NAMES), ROWS


@kind
def linear_svc_crammer_singer():
    from sklearn.svm import LinearSVC
    return LinearSVC(multi_class="crammer_singer", random_state=0, max_iter=3000).fit(X, THREE), ROWS


@kind
def linear_svr_squared():
    from sklearn.svm import LinearSVR
    return LinearSVR(loss="squared_epsilon_insensitive", dual=False, epsilon=0.1, random_state=0).fit(X, AMOUNT), ROWS


@kind
def one_class_linear():
    from sklearn.svm import OneClassSVM
    return OneClassSVM(kernel="linear", nu=0.2).fit(X), ROWS


@kind
def kernel_ridge_laplacian():
    from sklearn.kernel_ridge import KernelRidge
    return KernelRidge(kernel="laplacian", gamma=0.3, alpha=0.5).fit(X, BOTH), ROWS


@kind
def knn_weighted_by_function():
    from sklearn.neighbors import KNeighborsRegressor
    return KNeighborsRegressor(4, weights=np.exp, algorithm="brute").fit(X, BOTH), ROWS


@kind
def knn_manhattan_kd_words():
    from sklearn.neighbors import KNeighborsClassifier
    return KNeighborsClassifier(5, algorithm="kd_tree", p=1, leaf_size=5).fit(X, NAMES), ROWS


@kind
def knn_mahalanobis():
    from sklearn.neighbors import KNeighborsClassifier
    return KNeighborsClassifier(3, algorithm="brute", metric="mahalanobis",
                                metric_params={"VI": np.eye(4)}).fit(X, TWO), ROWS


@kind
def knn_weighted_euclidean():
    from sklearn.neighbors import KNeighborsRegressor
    return KNeighborsRegressor(3, algorithm="ball_tree", metric="seuclidean",
                               metric_params={"V": np.arange(1.0, 5.0)}).fit(X, AMOUNT), ROWS


@kind
def knn_scattered():
    from sklearn.neighbors import KNeighborsClassifier
    return KNeighborsClassifier(3).fit(SCATTERED, TRUTHS), ROWS


@kind
def knn_hamming_tree():
    from sklearn.neighbors import KNeighborsClassifier
    return KNeighborsClassifier(3, algorithm="ball_tree", metric="hamming").fit(COUNTS % 3, TWO), COUNTS[:6] % 3


@kind
def knn_many_outputs():
    from sklearn.neighbors import KNeighborsClassifier
    return KNeighborsClassifier(3, algorithm="kd_tree").fit(X, np.column_stack([TWO, THREE])), ROWS


@kind
def knn_single_precision():
    from sklearn.neighbors import KNeighborsRegressor
    return KNeighborsRegressor(2, algorithm="kd_tree").fit(SINGLE, AMOUNT), ROWS.astype(np.float32)


@kind
def nearest_centroid_manhattan():
    from sklearn.neighbors import NearestCentroid
    return NearestCentroid(metric="manhattan").fit(X, THREE), ROWS


@kind
def nearest_centroid_shrunk():
    from sklearn.neighbors import NearestCentroid
    return NearestCentroid(shrink_threshold=0.2).fit(X, TWO), ROWS


@kind
def outlier_factor_for_new():
    from sklearn.neighbors import LocalOutlierFactor
    return LocalOutlierFactor(8, algorithm="ball_tree", novelty=True, contamination=0.1,
                              metric="manhattan").fit(X), ROWS


@kind
def kernel_density_tophat():
    from sklearn.neighbors import KernelDensity
    return KernelDensity(bandwidth=2.5, kernel="epanechnikov", algorithm="ball_tree", metric="manhattan").fit(X), ROWS


@kind
def radius_neighbors_outlier_label():
    from sklearn.neighbors import RadiusNeighborsClassifier
    return RadiusNeighborsClassifier(radius=1.5, outlier_label=9, weights="distance").fit(X, THREE), ROWS


@kind
def nearest_neighbors_bare():
    from sklearn.neighbors import NearestNeighbors
    return NearestNeighbors(n_neighbors=3, algorithm="kd_tree", metric="chebyshev").fit(X), None


@kind
def discriminant_reduced():
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    return LinearDiscriminantAnalysis(n_components=1, store_covariance=True, priors=[0.2, 0.3, 0.5]).fit(X, THREE), ROWS


@kind
def discriminant_eigen():
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    return LinearDiscriminantAnalysis(solver="eigen", shrinkage=0.3).fit(X, TWO), ROWS


@kind
def quadratic_regularised():
    from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis
    return QuadraticDiscriminantAnalysis(reg_param=0.1, store_covariance=True).fit(X, NAMES), ROWS


@kind
def gaussian_nb_with_priors():
    from sklearn.naive_bayes import GaussianNB
    return GaussianNB(priors=[0.1, 0.6, 0.3], var_smoothing=1e-6).fit(X, NAMES), ROWS


@kind
def gaussian_nb_in_parts():
    from sklearn.naive_bayes import GaussianNB
    return GaussianNB().partial_fit(X[:30], TWO[:30], classes=[0, 1]).partial_fit(X[30:], TWO[30:]), ROWS


@kind
def bernoulli_nb_unbinarised():
    from sklearn.naive_bayes import BernoulliNB
    model = BernoulliNB(alpha=0.5, binarize=None, fit_prior=False)
    return model.fit((X > 0).astype(int), TRUTHS), (ROWS > 0).astype(int)


@kind
def multinomial_nb_of_words():
    from sklearn.naive_bayes import MultinomialNB
    return MultinomialNB(alpha=0.1, fit_prior=False).fit(COUNTS, NAMES), np.abs(ROWS).round()


@kind
def complement_nb_normed():
    from sklearn.naive_bayes import ComplementNB
    # Rows of equal cells have equal chances when the weights are normed: rounding would decide.
    return ComplementNB(norm=True, alpha=2.0).fit(sparse.csr_matrix(COUNTS), TWO), np.abs(ROWS).round()[:4]


@kind
def categorical_nb_words():
    from sklearn.naive_bayes import CategoricalNB
    return CategoricalNB(alpha=0.7, fit_prior=False).fit(COUNTS % 3, NAMES), COUNTS[:6] % 3


@kind
def gaussian_process_periodic():
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import ExpSineSquared, WhiteKernel
    return GaussianProcessRegressor(ExpSineSquared(1.0, 3.0) + WhiteKernel(0.1), alpha=0.01, optimizer=None).fit(
        X[:20], AMOUNT[:20]), ROWS


@kind
def gaussian_process_classifier_three():
    from sklearn.gaussian_process import GaussianProcessClassifier
    from sklearn.gaussian_process.kernels import DotProduct, Matern
    return GaussianProcessClassifier(Matern(nu=2.5) + DotProduct(), optimizer=None, multi_class="one_vs_rest").fit(
        X[:30], NAMES[:30]), ROWS


@kind
def label_spreading_of_radial_kernel():
    from sklearn.semi_supervised import LabelSpreading
    return LabelSpreading(gamma=2, alpha=0.3).fit(X, np.where(np.arange(60) % 4 == 0, -1, THREE)), ROWS


@kind
def self_training_k_best():
    from sklearn.naive_bayes import GaussianNB
    from sklearn.semi_supervised import SelfTrainingClassifier
    return SelfTrainingClassifier(GaussianNB(), criterion="k_best", k_best=5).fit(
        X, np.where(np.arange(60) % 4 == 0, -1, TWO)), ROWS
