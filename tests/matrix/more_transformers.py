"""More kinds for the matrix: what scikit-learn has to transform, cluster and select with, and pipelines of it.

See `models.py` for the conventions.
"""

import numpy as np

from models import AMOUNT, HOLED, HOLED_ROWS, LABELS, NAMES, POSITIVE, ROWS, TEXTS, THREE, TWO, X, churned, kind, table

WORDS = np.array([["a", "x"], ["b", "y"], ["a", "y"], ["c", "x"], ["a", "x"], ["b", "z"]], dtype=object)
RECORDS = [{"city": "Oslo", "age": 3.0}, {"city": "Lyon", "age": 5.0}, {"city": "Oslo", "age": 1.0}]


def words_table():
    return table()[["city", "plan"]]


# ---- scaling, binning, filling --------------------------------------------------------------------------------------

@kind
def max_abs_scaler():
    from sklearn.preprocessing import MaxAbsScaler
    return MaxAbsScaler().fit(X), ROWS


@kind
def normalizer():
    from sklearn.preprocessing import Normalizer
    return Normalizer("l1").fit(X), ROWS


@kind
def binarizer():
    from sklearn.preprocessing import Binarizer
    return Binarizer(threshold=0.2).fit(X), ROWS


@kind
def label_encoder():
    from sklearn.preprocessing import LabelEncoder
    return LabelEncoder().fit(LABELS), ["ham", "spam", "ham"]


@kind
def label_binarizer():
    from sklearn.preprocessing import LabelBinarizer
    return LabelBinarizer().fit(NAMES), ["low", "high", "middle"]


@kind
def multi_label_binarizer():
    from sklearn.preprocessing import MultiLabelBinarizer
    return MultiLabelBinarizer().fit([["red"], ["red", "blue"], ["green"]]), [["blue", "red"], []]


@kind
def k_bins_one_hot():
    from sklearn.preprocessing import KBinsDiscretizer
    return KBinsDiscretizer(n_bins=3, encode="onehot-dense", strategy="kmeans").fit(X), ROWS


@kind
def k_bins_quantile():
    from sklearn.preprocessing import KBinsDiscretizer
    return KBinsDiscretizer(n_bins=4, encode="ordinal", strategy="quantile").fit(X), ROWS


@kind
def spline_features():
    from sklearn.preprocessing import SplineTransformer
    return SplineTransformer(n_knots=4, extrapolation="linear").fit(X), ROWS


@kind
def power_box_cox():
    from sklearn.preprocessing import PowerTransformer
    return PowerTransformer(method="box-cox").fit(POSITIVE + 0.5), np.abs(ROWS) + 0.5


@kind
def quantile_to_normal():
    from sklearn.preprocessing import QuantileTransformer
    return QuantileTransformer(n_quantiles=12, output_distribution="normal", random_state=0).fit(X), ROWS


@kind
def polynomial_interactions():
    from sklearn.preprocessing import PolynomialFeatures
    return PolynomialFeatures(3, interaction_only=True, include_bias=False).fit(X), ROWS


@kind
def simple_imputer_words():
    from sklearn.impute import SimpleImputer
    return SimpleImputer(strategy="most_frequent").fit(words_table()), words_table().head(4)


@kind
def simple_imputer_indicator():
    from sklearn.impute import SimpleImputer
    return SimpleImputer(strategy="median", add_indicator=True).fit(HOLED), HOLED_ROWS


@kind
def simple_imputer_constant():
    from sklearn.impute import SimpleImputer
    return SimpleImputer(strategy="constant", fill_value=-1.5).fit(HOLED), HOLED_ROWS


@kind
def missing_indicator():
    from sklearn.impute import MissingIndicator
    return MissingIndicator(features="all").fit(HOLED), HOLED_ROWS


@kind
def iterative_imputer_forest():
    from sklearn.ensemble import ExtraTreesRegressor
    from sklearn.experimental import enable_iterative_imputer  # noqa: F401
    from sklearn.impute import IterativeImputer
    return IterativeImputer(ExtraTreesRegressor(3, max_depth=3, random_state=0), max_iter=2,
                            random_state=0).fit(HOLED), HOLED_ROWS


@kind
def knn_imputer_distance():
    from sklearn.impute import KNNImputer
    return KNNImputer(n_neighbors=4, weights="distance", add_indicator=True).fit(HOLED), HOLED_ROWS


# ---- encoders, words ------------------------------------------------------------------------------------------------

@kind
def one_hot_rare():
    from sklearn.preprocessing import OneHotEncoder
    return OneHotEncoder(min_frequency=2, handle_unknown="infrequent_if_exist").fit(WORDS), words_rows()


def words_rows():
    return [["a", "y"], ["c", "z"], ["never", "x"]]


@kind
def one_hot_dropped():
    from sklearn.preprocessing import OneHotEncoder
    return OneHotEncoder(drop="first").fit(WORDS), [["a", "y"], ["c", "z"]]


@kind
def ordinal_unknown():
    from sklearn.preprocessing import OrdinalEncoder
    return OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1).fit(WORDS), words_rows()


@kind
def ordinal_given():
    from sklearn.preprocessing import OrdinalEncoder
    return OrdinalEncoder(categories=[["a", "b", "c"], ["x", "y", "z"]]).fit(WORDS), [["a", "y"], ["c", "z"]]


@kind
def target_encoder_three():
    from sklearn.preprocessing import TargetEncoder
    return TargetEncoder(random_state=0).fit(words_table(), THREE), words_table().head(5)


@kind
def count_vectorizer():
    from sklearn.feature_extraction.text import CountVectorizer
    return CountVectorizer(ngram_range=(1, 2), stop_words="english").fit(TEXTS), TEXTS[:3]


@kind
def hashing_vectorizer():
    from sklearn.feature_extraction.text import HashingVectorizer
    return HashingVectorizer(n_features=32).fit(TEXTS), TEXTS[:3]


@kind
def tfidf_letters():
    from sklearn.feature_extraction.text import TfidfVectorizer
    return TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 3), sublinear_tf=True).fit(TEXTS), TEXTS[:3]


@kind
def tfidf_transformer():
    from sklearn.feature_extraction.text import TfidfTransformer
    return TfidfTransformer().fit(POSITIVE), np.abs(ROWS)


@kind
def dict_vectorizer():
    from sklearn.feature_extraction import DictVectorizer
    return DictVectorizer().fit(RECORDS), RECORDS[:2]


@kind
def feature_hasher():
    from sklearn.feature_extraction import FeatureHasher
    return FeatureHasher(n_features=16).fit(RECORDS), RECORDS[:2]


# ---- decomposition, kernels, projections ----------------------------------------------------------------------------

@kind
def kernel_pca():
    from sklearn.decomposition import KernelPCA
    return KernelPCA(2, kernel="rbf", gamma=0.4, random_state=0).fit(X), ROWS


@kind
def incremental_pca():
    from sklearn.decomposition import IncrementalPCA
    return IncrementalPCA(2, batch_size=20).fit(X), ROWS


@kind
def sparse_pca():
    from sklearn.decomposition import SparsePCA
    return SparsePCA(2, max_iter=20, random_state=0).fit(X), ROWS


@kind
def fast_ica():
    from sklearn.decomposition import FastICA
    return FastICA(2, random_state=0, max_iter=100).fit(X), ROWS


@kind
def factor_analysis():
    from sklearn.decomposition import FactorAnalysis
    return FactorAnalysis(2, random_state=0).fit(X), ROWS


@kind
def dictionary_learning():
    from sklearn.decomposition import DictionaryLearning
    return DictionaryLearning(3, max_iter=5, random_state=0).fit(X), ROWS


@kind
def mini_batch_dictionary():
    from sklearn.decomposition import MiniBatchDictionaryLearning
    return MiniBatchDictionaryLearning(3, random_state=0).fit(X), ROWS


@kind
def sparse_coder():
    from sklearn.decomposition import SparseCoder
    return SparseCoder(np.eye(4), transform_n_nonzero_coefs=2).fit(X), ROWS


@kind
def latent_topics():
    from sklearn.decomposition import LatentDirichletAllocation
    return LatentDirichletAllocation(2, max_iter=5, random_state=0).fit(POSITIVE), np.abs(ROWS)


@kind
def mini_batch_nmf():
    from sklearn.decomposition import MiniBatchNMF
    return MiniBatchNMF(2, init="nndsvda", random_state=0, max_iter=20).fit(POSITIVE), np.abs(ROWS)


@kind
def rbf_sampler():
    from sklearn.kernel_approximation import RBFSampler
    return RBFSampler(gamma=0.5, n_components=5, random_state=0).fit(X), ROWS


@kind
def additive_chi_squared():
    from sklearn.kernel_approximation import AdditiveChi2Sampler
    return AdditiveChi2Sampler(sample_steps=2).fit(POSITIVE), np.abs(ROWS)


@kind
def polynomial_sketch():
    from sklearn.kernel_approximation import PolynomialCountSketch
    return PolynomialCountSketch(n_components=6, random_state=0).fit(X), ROWS


@kind
def gaussian_projection():
    from sklearn.random_projection import GaussianRandomProjection
    return GaussianRandomProjection(3, random_state=0).fit(X), ROWS


@kind
def sparse_projection():
    from sklearn.random_projection import SparseRandomProjection
    return SparseRandomProjection(3, random_state=0).fit(X), ROWS


@kind
def boltzmann_machine():
    from sklearn.neural_network import BernoulliRBM
    return BernoulliRBM(3, n_iter=2, random_state=0).fit((X > 0).astype(float)), (ROWS > 0).astype(float)


@kind
def isomap():
    from sklearn.manifold import Isomap
    return Isomap(n_neighbors=12, n_components=2).fit(X), ROWS


@kind
def locally_linear():
    from sklearn.manifold import LocallyLinearEmbedding
    return LocallyLinearEmbedding(n_neighbors=12, n_components=2, eigen_solver="dense", random_state=0).fit(X), ROWS


@kind
def canonical_correlation():
    from sklearn.cross_decomposition import CCA
    return CCA(1).fit(X, np.column_stack([AMOUNT, X[:, 3]])), ROWS


@kind
def pls_canonical():
    from sklearn.cross_decomposition import PLSCanonical
    return PLSCanonical(1).fit(X, np.column_stack([AMOUNT, X[:, 3]])), ROWS


@kind
def neighborhood_components():
    from sklearn.neighbors import NeighborhoodComponentsAnalysis
    return NeighborhoodComponentsAnalysis(2, random_state=0, max_iter=5).fit(X, NAMES), ROWS


@kind
def neighbors_transformer():
    from sklearn.neighbors import KNeighborsTransformer
    return KNeighborsTransformer(n_neighbors=3, algorithm="ball_tree").fit(X), ROWS


# ---- selection, clusters --------------------------------------------------------------------------------------------

@kind
def recursive_elimination():
    from sklearn.feature_selection import RFE
    from sklearn.linear_model import LinearRegression
    return RFE(LinearRegression(), n_features_to_select=2).fit(X, AMOUNT), ROWS


@kind
def recursive_elimination_cv():
    from sklearn.feature_selection import RFECV
    from sklearn.tree import DecisionTreeClassifier
    return RFECV(DecisionTreeClassifier(max_depth=2, random_state=0), cv=3).fit(X, TWO), ROWS


@kind
def select_from_forest():
    from sklearn.ensemble import ExtraTreesClassifier
    from sklearn.feature_selection import SelectFromModel
    return SelectFromModel(ExtraTreesClassifier(4, random_state=0)).fit(X, TWO), ROWS


@kind
def sequential_selector():
    from sklearn.feature_selection import SequentialFeatureSelector
    from sklearn.linear_model import Ridge
    return SequentialFeatureSelector(Ridge(), n_features_to_select=2, cv=2).fit(X, AMOUNT), ROWS


@kind
def select_percentile():
    from sklearn.feature_selection import SelectPercentile, mutual_info_classif
    return SelectPercentile(mutual_info_classif, percentile=50).fit(X, TWO), ROWS


@kind
def variance_threshold():
    from sklearn.feature_selection import VarianceThreshold
    return VarianceThreshold(threshold=0.1).fit(X), ROWS


@kind
def birch():
    from sklearn.cluster import Birch
    return Birch(n_clusters=3, threshold=0.8).fit(X), ROWS


@kind
def affinity_propagation():
    from sklearn.cluster import AffinityPropagation
    return AffinityPropagation(damping=0.8).fit(X), ROWS


@kind
def mean_shift():
    from sklearn.cluster import MeanShift
    return MeanShift(bandwidth=2.0).fit(X), ROWS


@kind
def bisecting_k_means():
    from sklearn.cluster import BisectingKMeans
    return BisectingKMeans(3, random_state=0).fit(X), ROWS


@kind
def agglomerative():
    from sklearn.cluster import AgglomerativeClustering
    return AgglomerativeClustering(3).fit(X), None


@kind
def dbscan():
    from sklearn.cluster import DBSCAN
    return DBSCAN(eps=1.0).fit(X), None


@kind
def hdbscan():
    from sklearn.cluster import HDBSCAN
    return HDBSCAN(min_cluster_size=4).fit(X), None


@kind
def spectral_clustering():
    from sklearn.cluster import SpectralClustering
    return SpectralClustering(2, random_state=0).fit(X), None


@kind
def feature_agglomeration():
    from sklearn.cluster import FeatureAgglomeration
    return FeatureAgglomeration(2).fit(X), ROWS


# ---- pipelines ------------------------------------------------------------------------------------------------------

@kind
def pipeline_set_output():
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    frame = table()[["age", "income"]]
    model = make_pipeline(StandardScaler(), LogisticRegression()).set_output(transform="pandas")
    return model.fit(frame, churned(table())), frame.head(5)


@kind
def pipeline_column_selector():
    from sklearn.compose import ColumnTransformer, make_column_selector
    from sklearn.ensemble import GradientBoostingClassifier
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder
    frame = table()
    parts = ColumnTransformer([("numbers", SimpleImputer(), make_column_selector(dtype_include=np.number)),
                               ("words", OneHotEncoder(handle_unknown="ignore"), ["city", "plan"])])
    model = make_pipeline(parts, GradientBoostingClassifier(n_estimators=3, random_state=0))
    return model.fit(frame, churned(frame)), frame.head(5)


@kind
def pipeline_columns_by_number():
    from sklearn.compose import ColumnTransformer
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import MinMaxScaler, QuantileTransformer
    parts = ColumnTransformer([("scaled", MinMaxScaler(), [0, 1]),
                               ("spread", QuantileTransformer(n_quantiles=5, random_state=0), slice(2, 4))])
    return Pipeline([("parts", parts), ("ridge", Ridge())]).fit(X, AMOUNT), ROWS


@kind
def pipeline_union_svc():
    from sklearn.decomposition import PCA
    from sklearn.feature_selection import SelectKBest, f_classif
    from sklearn.pipeline import FeatureUnion, Pipeline
    from sklearn.svm import SVC
    both = FeatureUnion([("pca", PCA(2, random_state=0)), ("best", SelectKBest(f_classif, k=1))])
    return Pipeline([("both", both), ("svc", SVC(gamma="scale"))]).fit(X, NAMES), ROWS


@kind
def pipeline_words_sgd():
    from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
    from sklearn.linear_model import SGDClassifier
    from sklearn.pipeline import Pipeline
    steps = [("count", CountVectorizer()), ("weigh", TfidfTransformer()), ("select", "passthrough"),
             ("sgd", SGDClassifier(random_state=0, max_iter=20, tol=1e-3))]
    return Pipeline(steps).fit(TEXTS, LABELS), TEXTS[:3]


@kind
def pipeline_bins_naive():
    from sklearn.naive_bayes import GaussianNB
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import KBinsDiscretizer, PowerTransformer
    return make_pipeline(PowerTransformer(), KBinsDiscretizer(n_bins=3, encode="ordinal", strategy="uniform"),
                         GaussianNB()).fit(X, TWO), ROWS


@kind
def pipeline_hist_boosting_frame():
    from models import histograms
    frame = table()[["age", "income"]]
    return histograms()[0](max_iter=3, random_state=0).fit(frame, churned(table())), frame.head(5)


@kind
def nested_pipeline():
    from sklearn.compose import ColumnTransformer
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OrdinalEncoder, StandardScaler
    frame = table()
    inner = Pipeline([("fill", SimpleImputer()), ("scale", StandardScaler())])
    parts = ColumnTransformer([("numbers", inner, ["age"]), ("words", OrdinalEncoder(), ["city"])], remainder="drop")
    model = Pipeline([("parts", parts), ("forest", RandomForestRegressor(3, max_depth=3, random_state=0))])
    return model.fit(frame, frame["income"].values), frame.head(5)
