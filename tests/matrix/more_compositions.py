"""More kinds for the matrix, of the last draw (`halves.py`): preparation with other options, compositions several deep,
other libraries inside pipelines, bundles, other serialisers. See `models.py` for the conventions.
"""

import numpy as np
from scipy import sparse

from models import (AMOUNT, HOLED, HOLED_ROWS, LABELS, NAMES, POSITIVE, ROWS, TEXTS, THREE, TWO, X, churned, histograms, kind,
                    table)

RARE = (X[:, 0] > 0.9).astype(int)
SCATTERED = sparse.csr_matrix(np.where(np.abs(X) > 0.5, X, 0))
GROUPS = np.column_stack([np.arange(60) % 3, np.arange(60) % 5])


# ---- preparation ----------------------------------------------------------------------------------------------------

@kind
def scaler_scattered():
    from sklearn.preprocessing import StandardScaler
    return StandardScaler(with_mean=False).fit(SCATTERED), ROWS


@kind
def scaler_with_holes_single_precision():
    from sklearn.preprocessing import StandardScaler
    return StandardScaler(with_std=False).fit(HOLED.astype(np.float32)), HOLED_ROWS.astype(np.float32)


@kind
def min_max_wide_clipped():
    from sklearn.preprocessing import MinMaxScaler
    return MinMaxScaler(feature_range=(-1, 2), clip=True).fit(X), ROWS


@kind
def robust_unit_variance():
    from sklearn.preprocessing import RobustScaler
    return RobustScaler(quantile_range=(10.0, 90.0), unit_variance=True).fit(X), ROWS


@kind
def power_without_standardising():
    from sklearn.preprocessing import PowerTransformer
    return PowerTransformer(standardize=False).fit(X), ROWS


@kind
def quantile_scattered():
    from sklearn.preprocessing import QuantileTransformer
    model = QuantileTransformer(n_quantiles=10, ignore_implicit_zeros=False, random_state=0)
    return model.fit(np.abs(SCATTERED).tocsc()), np.abs(ROWS)


@kind
def bins_by_k_means():
    from sklearn.preprocessing import KBinsDiscretizer
    return KBinsDiscretizer(n_bins=[2, 3, 4, 5], encode="onehot-dense", strategy="kmeans").fit(X), ROWS


@kind
def splines_periodic():
    from sklearn.preprocessing import SplineTransformer
    return SplineTransformer(n_knots=5, degree=2, extrapolation="periodic", include_bias=False).fit(X), ROWS


@kind
def polynomials_from_two():
    from sklearn.preprocessing import PolynomialFeatures
    return PolynomialFeatures(degree=(2, 3)).fit(X), ROWS


@kind
def function_with_inverse_and_options():
    from sklearn.preprocessing import FunctionTransformer
    model = FunctionTransformer(np.log1p, inverse_func=np.expm1, check_inverse=False, validate=True)
    return model.fit(POSITIVE), np.abs(ROWS)


@kind
def function_with_arguments():
    from sklearn.preprocessing import FunctionTransformer
    return FunctionTransformer(np.clip, kw_args={"a_min": -1, "a_max": 1}, validate=False).fit(X), ROWS


@kind
def imputer_of_words_constant():
    from sklearn.impute import SimpleImputer
    frame = table()[["city", "plan"]]
    frame.iloc[3, 0] = np.nan
    return SimpleImputer(strategy="constant", fill_value="nowhere").fit(frame), frame.head(5)


@kind
def imputer_of_whole_numbers():
    from sklearn.impute import SimpleImputer
    return SimpleImputer(missing_values=-1, strategy="most_frequent").fit(GROUPS - 1), GROUPS[:6] - 1


@kind
def imputer_keeping_empty():
    from sklearn.impute import SimpleImputer
    empty = HOLED.copy()
    empty[:, 2] = np.nan
    return SimpleImputer(keep_empty_features=True).fit(empty), HOLED_ROWS


@kind
def imputer_dropping_empty():
    from sklearn.impute import SimpleImputer
    empty = HOLED.copy()
    empty[:, 2] = np.nan
    return SimpleImputer(strategy="median").fit(empty), HOLED_ROWS


@kind
def iterative_imputer_bounded():
    from sklearn.experimental import enable_iterative_imputer  # noqa: F401
    from sklearn.impute import IterativeImputer
    return IterativeImputer(max_iter=3, initial_strategy="median", min_value=-2, max_value=2, add_indicator=True,
                            random_state=0).fit(HOLED), HOLED_ROWS


@kind
def one_hot_of_numbers_binary():
    from sklearn.preprocessing import OneHotEncoder
    return OneHotEncoder(drop="if_binary", dtype=np.float32).fit(GROUPS % 2), GROUPS[:4] % 2


@kind
def one_hot_limited():
    from sklearn.preprocessing import OneHotEncoder
    return OneHotEncoder(max_categories=2, handle_unknown="infrequent_if_exist").fit(table()[["city", "plan"]]), \
        table()[["city", "plan"]].head(5)


@kind
def one_hot_ignoring_dense():
    from sklearn import __version__
    from sklearn.preprocessing import OneHotEncoder
    newer = tuple(map(int, __version__.split(".")[:2])) >= (1, 2)
    dense = {"sparse_output" if newer else "sparse": False}
    return OneHotEncoder(handle_unknown="ignore", **dense).fit(GROUPS), np.array([[0, 4], [7, 1]])


@kind
def ordinal_of_floats_with_holes():
    from sklearn.preprocessing import OrdinalEncoder
    values = np.where(GROUPS == 2, np.nan, GROUPS.astype(float))
    return OrdinalEncoder(encoded_missing_value=-5, handle_unknown="use_encoded_value", unknown_value=-9).fit(values), \
        np.array([[0.0, 9.0], [np.nan, 1.0]])


@kind
def target_encoder_of_amount():
    from sklearn.preprocessing import TargetEncoder
    return TargetEncoder(target_type="continuous", smooth=3.0, cv=3, random_state=0).fit(GROUPS, AMOUNT), GROUPS[:6]


@kind
def label_binarizer_signed():
    from sklearn.preprocessing import LabelBinarizer
    return LabelBinarizer(neg_label=-2, pos_label=3).fit(THREE), np.array([0, 2, 1])[:, None].ravel().tolist()


@kind
def vectorizer_of_given_words():
    from sklearn.feature_extraction.text import CountVectorizer
    return CountVectorizer(vocabulary=["free", "prize", "monday"], binary=True).fit(TEXTS), TEXTS[:4]


@kind
def tfidf_without_norm():
    from sklearn.feature_extraction.text import TfidfVectorizer
    return TfidfVectorizer(norm=None, smooth_idf=False, min_df=1, max_df=0.9, max_features=6).fit(TEXTS), TEXTS[:4]


@kind
def tfidf_without_idf():
    from sklearn.feature_extraction.text import TfidfVectorizer
    return TfidfVectorizer(use_idf=False, norm="l1", dtype=np.float32).fit(TEXTS), TEXTS[:4]


@kind
def pca_whitened_share():
    from sklearn.decomposition import PCA
    return PCA(n_components=0.8, whiten=True, svd_solver="full").fit(X), ROWS


@kind
def pca_arpack():
    from sklearn.decomposition import PCA
    return PCA(2, svd_solver="arpack", random_state=0).fit(X.astype(np.float32)), ROWS


@kind
def svd_arpack_scattered():
    from sklearn.decomposition import TruncatedSVD
    return TruncatedSVD(2, algorithm="arpack", random_state=0).fit(SCATTERED), ROWS


@kind
def nmf_kullback():
    from sklearn.decomposition import NMF
    return NMF(2, solver="mu", beta_loss="kullback-leibler", init="nndsvda", max_iter=60, random_state=0).fit(
        POSITIVE), np.abs(ROWS)


@kind
def kernel_pca_polynomial_inverse():
    from sklearn.decomposition import KernelPCA
    return KernelPCA(3, kernel="poly", degree=2, fit_inverse_transform=True, alpha=0.5, random_state=0).fit(X), ROWS


@kind
def ica_parallel_cube():
    from sklearn.decomposition import FastICA
    return FastICA(3, fun="cube", algorithm="deflation", random_state=0, max_iter=100).fit(X), ROWS


@kind
def topics_online():
    from sklearn.decomposition import LatentDirichletAllocation
    return LatentDirichletAllocation(3, learning_method="online", max_iter=3, doc_topic_prior=0.4, random_state=0).fit(
        POSITIVE), np.abs(ROWS)


@kind
def pls_several_targets():
    from sklearn.cross_decomposition import PLSRegression
    return PLSRegression(2).fit(X, np.column_stack([AMOUNT, X[:, 3], X[:, 0]])), ROWS


@kind
def pls_unscaled():
    from sklearn.cross_decomposition import PLSRegression
    return PLSRegression(2, scale=False).fit(10 * X, AMOUNT), ROWS


@kind
def nystroem_polynomial():
    from sklearn.kernel_approximation import Nystroem
    return Nystroem(kernel="polynomial", degree=2, coef0=1.0, gamma=0.5, n_components=10, random_state=0).fit(X), ROWS


@kind
def chi_squared_skewed():
    from sklearn.kernel_approximation import SkewedChi2Sampler
    return SkewedChi2Sampler(n_components=6, random_state=0).fit(POSITIVE), np.abs(ROWS)


@kind
def selection_by_false_discovery():
    from sklearn.feature_selection import SelectFdr, f_regression
    return SelectFdr(f_regression, alpha=0.2).fit(X, AMOUNT), ROWS


@kind
def selection_generic_chi_squared():
    from sklearn.feature_selection import GenericUnivariateSelect, chi2
    return GenericUnivariateSelect(chi2, mode="k_best", param=2).fit(POSITIVE, THREE), np.abs(ROWS)


@kind
def selection_by_lasso_prefit():
    from sklearn.feature_selection import SelectFromModel
    from sklearn.linear_model import Lasso
    return SelectFromModel(Lasso(alpha=0.1), threshold="0.5*mean", max_features=3).fit(X, AMOUNT), ROWS


@kind
def k_means_elkan_weighted():
    from sklearn.cluster import KMeans
    return KMeans(3, algorithm="elkan", init="random", n_init=2, random_state=0).fit(X.astype(np.float32)), \
        ROWS.astype(np.float32)


@kind
def k_means_mini_batch_started():
    from sklearn.cluster import MiniBatchKMeans
    return MiniBatchKMeans(3, init=X[:3], n_init=1, batch_size=20, random_state=0).fit(X), ROWS


@kind
def birch_without_final_step():
    from sklearn.cluster import Birch
    return Birch(n_clusters=None, threshold=1.0, branching_factor=10).fit(X), ROWS


# ---- compositions ---------------------------------------------------------------------------------------------------

@kind
def frame_union_in_columns():
    from sklearn.compose import ColumnTransformer
    from sklearn.decomposition import PCA
    from sklearn.ensemble import ExtraTreesClassifier
    from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
    from sklearn.preprocessing import OneHotEncoder, RobustScaler, StandardScaler
    frame = table()
    both = FeatureUnion([("scaled", RobustScaler()), ("main", make_pipeline(StandardScaler(), PCA(1)))],
                        transformer_weights={"main": 0.5})
    parts = ColumnTransformer([("both", both, ["age", "income"]),
                               ("words", OneHotEncoder(handle_unknown="ignore"), ["city", "plan"])], sparse_threshold=0)
    model = Pipeline([("parts", parts), ("trees", ExtraTreesClassifier(4, max_depth=3, random_state=0))])
    return model.fit(frame, np.where(churned(frame) == 1, "gone", "stays")), frame.head(6)


@kind
def columns_with_remainder_estimator():
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import MinMaxScaler, OrdinalEncoder
    frame = table()
    parts = make_column_transformer((OrdinalEncoder(), ["city", "plan"]), (SimpleImputer(strategy="median"), ["age"]),
                                    remainder=MinMaxScaler())
    return make_pipeline(parts, Ridge()).fit(frame, frame["income"].values), frame.head(5)


@kind
def columns_dropped_and_passed():
    from sklearn.compose import ColumnTransformer
    from sklearn.preprocessing import StandardScaler
    return ColumnTransformer([("scaled", StandardScaler(), [0]), ("gone", "drop", [1]), ("same", "passthrough", [3])],
                             remainder="passthrough").fit(X), ROWS


@kind
def columns_by_mask():
    from sklearn.compose import ColumnTransformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import PowerTransformer
    parts = ColumnTransformer([("power", PowerTransformer(), [True, False, True, False])], remainder="passthrough")
    return make_pipeline(parts, LogisticRegression(solver="lbfgs")).fit(X, NAMES), ROWS


@kind
def columns_of_words_by_name():
    from sklearn.compose import ColumnTransformer
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    frame = table()
    parts = ColumnTransformer([("city", TfidfVectorizer(), "city"), ("rest", "passthrough", ["age", "income"])])
    return make_pipeline(parts, LogisticRegression(solver="liblinear")).fit(frame, churned(frame)), frame.head(5)


@kind
def target_logged_by_function():
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.ensemble import RandomForestRegressor
    return TransformedTargetRegressor(RandomForestRegressor(3, max_depth=2, random_state=0), func=np.log1p,
                                      inverse_func=np.expm1).fit(X, POSITIVE[:, 0]), ROWS


@kind
def target_in_quantiles():
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import QuantileTransformer, StandardScaler
    return TransformedTargetRegressor(make_pipeline(StandardScaler(), Ridge()), transformer=QuantileTransformer(
        n_quantiles=10, output_distribution="normal", random_state=0)).fit(X, AMOUNT), ROWS


@kind
def search_of_forest_in_pipeline():
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import StandardScaler
    steps = Pipeline([("scale", StandardScaler()), ("trees", RandomForestClassifier(3, random_state=0))])
    return GridSearchCV(steps, {"trees__max_depth": [2, 3]}, cv=3, scoring="f1_macro").fit(X, NAMES), ROWS


@kind
def search_several_scores():
    from sklearn.model_selection import GridSearchCV
    from sklearn.svm import SVC
    return GridSearchCV(SVC(gamma="scale"), {"C": [0.5, 2.0]}, cv=3, scoring=["accuracy", "roc_auc"],
                        refit="roc_auc").fit(X, TWO), ROWS


@kind
def search_random_of_boosting():
    from sklearn.ensemble import GradientBoostingRegressor
    from sklearn.model_selection import RandomizedSearchCV
    from scipy.stats import randint
    return RandomizedSearchCV(GradientBoostingRegressor(n_estimators=3, random_state=0), {"max_depth": randint(1, 4)},
                              n_iter=2, cv=2, random_state=np.random.RandomState(0)).fit(X, AMOUNT), ROWS


@kind
def pipeline_with_memory_off_and_selection():
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.feature_selection import SelectFromModel
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline
    steps = [("select", SelectFromModel(RandomForestClassifier(4, random_state=0))), ("nothing", "passthrough"),
             ("line", LogisticRegression(solver="newton-cg"))]
    return Pipeline(steps).fit(X, THREE), ROWS


@kind
def pipeline_of_kernel_features():
    from sklearn.kernel_approximation import RBFSampler
    from sklearn.linear_model import SGDRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import MaxAbsScaler
    return make_pipeline(MaxAbsScaler(), RBFSampler(n_components=8, random_state=0),
                         SGDRegressor(random_state=0, max_iter=30, tol=1e-3)).fit(X, AMOUNT), ROWS


@kind
def pipeline_of_clusters():
    from sklearn.cluster import KMeans
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    return make_pipeline(KMeans(4, n_init=2, random_state=0), LogisticRegression(solver="lbfgs")).fit(X, TWO), ROWS


@kind
def pipeline_of_imputed_neighbors():
    from sklearn.impute import KNNImputer
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import RobustScaler
    return make_pipeline(KNNImputer(n_neighbors=2), RobustScaler(), KNeighborsClassifier(3)).fit(
        HOLED, NAMES), HOLED_ROWS


@kind
def pipeline_of_projected_svr():
    from sklearn.decomposition import PCA
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import PolynomialFeatures, StandardScaler
    from sklearn.svm import NuSVR
    return make_pipeline(StandardScaler(), PolynomialFeatures(2), PCA(3, random_state=0), NuSVR(gamma="scale")).fit(
        X, AMOUNT), ROWS


@kind
def pipeline_words_naive_calibrated():
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.naive_bayes import ComplementNB
    from sklearn.pipeline import make_pipeline
    return make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), CalibratedClassifierCV(ComplementNB(), cv=2)).fit(
        TEXTS * 2, LABELS * 2), TEXTS[:4]


@kind
def pipeline_words_to_topics():
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import LinearSVC
    return make_pipeline(HashingVectorizer(n_features=64, alternate_sign=False), TfidfTransformer(sublinear_tf=True),
                         TruncatedSVD(2, random_state=0), LinearSVC(random_state=0)).fit(TEXTS, LABELS), TEXTS[:4]


@kind
def pipeline_histograms_of_encoded():
    from sklearn.compose import make_column_transformer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OrdinalEncoder
    frame = table()
    parts = make_column_transformer((OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
                                     ["city", "plan"]), remainder="passthrough")
    return make_pipeline(parts, histograms()[0](max_iter=3, random_state=0)).fit(frame, churned(frame)), frame.head(5)


@kind
def pipeline_set_to_frames():
    from sklearn.compose import make_column_transformer
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OrdinalEncoder, StandardScaler
    frame = table()
    parts = make_column_transformer((StandardScaler(), ["age"]), (OrdinalEncoder(), ["city"]),
                                    verbose_feature_names_out=False).set_output(transform="pandas")
    return make_pipeline(parts, RandomForestRegressor(3, max_depth=2, random_state=0)).fit(
        frame, frame["income"].values), frame.head(5)


# ---- other libraries ------------------------------------------------------------------------------------------------

@kind
def imblearn_border_smote_forest():
    from imblearn.over_sampling import BorderlineSMOTE
    from imblearn.pipeline import make_pipeline
    from sklearn.ensemble import RandomForestClassifier
    return make_pipeline(BorderlineSMOTE(k_neighbors=2, random_state=0),
                         RandomForestClassifier(3, max_depth=2, random_state=0)).fit(X, RARE), ROWS


@kind
def imblearn_near_miss_naive():
    from imblearn.pipeline import make_pipeline
    from imblearn.under_sampling import NearMiss
    from sklearn.naive_bayes import GaussianNB
    from sklearn.preprocessing import MinMaxScaler
    return make_pipeline(MinMaxScaler(), NearMiss(version=1, n_neighbors=2), GaussianNB()).fit(X, RARE), ROWS


@kind
def imblearn_in_search():
    from imblearn.over_sampling import RandomOverSampler
    from imblearn.pipeline import Pipeline
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV
    steps = Pipeline([("more", RandomOverSampler(random_state=0)), ("line", LogisticRegression(solver="liblinear"))])
    return GridSearchCV(steps, {"line__C": [0.5, 1.0]}, cv=2).fit(X, RARE), ROWS


@kind
def imblearn_function_sampler_by_cloudpickle():
    from imblearn import FunctionSampler
    from imblearn.pipeline import make_pipeline
    from sklearn.tree import DecisionTreeClassifier
    return make_pipeline(FunctionSampler(func=lambda values, labels: (values[:40], labels[:40])),
                         DecisionTreeClassifier(max_depth=2, random_state=0)).fit(X, TWO), ROWS


@kind
def encoder_sum_of_frame():
    import category_encoders
    frame = table()[["city", "plan"]]
    return category_encoders.SumEncoder(cols=["city"]).fit(frame, churned(table())), frame.head(5)


@kind
def encoder_base_n():
    import category_encoders
    frame = table()[["city", "plan"]]
    return category_encoders.BaseNEncoder(cols=["city", "plan"], base=3).fit(frame), frame.head(5)


@kind
def encoder_m_estimate_and_forest():
    import category_encoders
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.pipeline import make_pipeline
    frame = table()
    return make_pipeline(category_encoders.MEstimateEncoder(cols=["city", "plan"], m=2.0),
                         RandomForestClassifier(3, max_depth=2, random_state=0)).fit(
                             frame, churned(frame)), frame.head(5)


@kind
def encoder_hashing_in_columns():
    import category_encoders
    from sklearn.compose import ColumnTransformer
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline
    frame = table()
    parts = ColumnTransformer([("words", category_encoders.OrdinalEncoder(cols=["city"]), ["city"]),
                               ("numbers", "passthrough", ["age"])])
    return make_pipeline(parts, Ridge()).fit(frame, frame["income"].values), frame.head(5)


@kind
def xgboost_ranked_dart():
    from xgboost import XGBRegressor
    return XGBRegressor(n_estimators=3, max_depth=2, booster="dart", n_jobs=1).fit(X, AMOUNT), ROWS


@kind
def xgboost_linear_booster():
    from xgboost import XGBRegressor
    return XGBRegressor(n_estimators=3, booster="gblinear", n_jobs=1).fit(X, AMOUNT), ROWS


@kind
def xgboost_in_search():
    from sklearn.model_selection import GridSearchCV
    from xgboost import XGBClassifier
    return GridSearchCV(XGBClassifier(n_estimators=2, n_jobs=1), {"max_depth": [1, 2]}, cv=2).fit(X, TWO), ROWS


@kind
def xgboost_in_columns_with_holes():
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from xgboost import XGBRegressor
    parts = make_column_transformer((SimpleImputer(), [0, 1]), remainder="passthrough")
    return make_pipeline(parts, XGBRegressor(n_estimators=2, max_depth=2, n_jobs=1)).fit(HOLED, AMOUNT), HOLED_ROWS


@kind
def lightgbm_random_forest():
    from lightgbm import LGBMClassifier
    return LGBMClassifier(boosting_type="rf", subsample=0.7, subsample_freq=1, n_estimators=3, num_leaves=4,
                          min_child_samples=5, n_jobs=1, verbose=-1).fit(X, TWO), ROWS


@kind
def lightgbm_calibrated_of_words():
    from lightgbm import LGBMClassifier
    from sklearn.calibration import CalibratedClassifierCV
    booster = LGBMClassifier(n_estimators=2, num_leaves=4, min_child_samples=5, n_jobs=1, verbose=-1)
    return CalibratedClassifierCV(booster, cv=2).fit(X, NAMES), ROWS


@kind
def lightgbm_many_outputs():
    from lightgbm import LGBMRegressor
    from sklearn.multioutput import MultiOutputRegressor
    booster = LGBMRegressor(n_estimators=2, num_leaves=4, min_child_samples=5, n_jobs=1, verbose=-1)
    return MultiOutputRegressor(booster).fit(
        X, np.column_stack([AMOUNT, X[:, 2]])), ROWS


# ---- bundles and other serialisers ----------------------------------------------------------------------------------

@kind
def bundle_with_encoder_and_names():
    from sklearn.ensemble import GradientBoostingClassifier
    from sklearn.preprocessing import LabelEncoder, MinMaxScaler
    labels = LabelEncoder().fit(NAMES)
    scaler = MinMaxScaler().fit(X)
    model = GradientBoostingClassifier(n_estimators=3, random_state=0).fit(scaler.transform(X), labels.transform(NAMES))
    return {"model": model, "scaler": scaler, "classes": labels.classes_.tolist(),
            "columns": np.array(list("abcd"))}, ROWS


@kind
def tuple_of_imputer_and_svm():
    from sklearn.impute import SimpleImputer
    from sklearn.svm import SVR
    return (SimpleImputer().fit(HOLED), SVR(gamma="scale").fit(X, AMOUNT)), ROWS


@kind
def dictionary_of_folds():
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import KFold
    return {"fold %d" % at: LogisticRegression(solver="lbfgs").fit(X[some], NAMES[some])
            for at, (some, _) in enumerate(KFold(3).split(X))}, ROWS


@kind
def boosting_by_cloudpickle():
    from sklearn.ensemble import GradientBoostingRegressor
    return GradientBoostingRegressor(n_estimators=3, learning_rate=0.3, random_state=0).fit(X, AMOUNT), ROWS


@kind
def columns_by_cloudpickle():
    from sklearn.compose import make_column_transformer
    from sklearn.preprocessing import FunctionTransformer, StandardScaler
    return make_column_transformer((StandardScaler(), [0, 1]),
                                   (FunctionTransformer(lambda part: part ** 2), [2])).fit(X), ROWS


@kind
def search_by_dill():
    from sklearn.model_selection import GridSearchCV
    from sklearn.neighbors import KNeighborsClassifier
    return GridSearchCV(KNeighborsClassifier(), {"n_neighbors": [2, 3]}, cv=3).fit(X, TWO), ROWS


@kind
def pipeline_by_dill():
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, StandardScaler
    from sklearn.svm import SVC
    return make_pipeline(FunctionTransformer(lambda values: values + 1, validate=False), StandardScaler(),
                         SVC(gamma="scale")).fit(X, NAMES), ROWS


@kind
def boosting_by_skops():
    from sklearn.ensemble import GradientBoostingClassifier
    return GradientBoostingClassifier(n_estimators=3, random_state=0).fit(X, NAMES), ROWS


@kind
def histograms_by_skops():
    return histograms()[0](max_iter=3, random_state=0).fit(X, TWO), ROWS


@kind
def columns_by_skops():
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder
    frame = table()
    parts = make_column_transformer((SimpleImputer(), ["age", "income"]), (OneHotEncoder(), ["city", "plan"]))
    return make_pipeline(parts, LogisticRegression(max_iter=300)).fit(frame, churned(frame)), frame.head(5)


@kind
def neighbors_by_skops():
    from sklearn.neighbors import KNeighborsClassifier
    return KNeighborsClassifier(3, algorithm="kd_tree").fit(X, NAMES), ROWS
