//! What transforms: scalers, encoders, imputers, choices of columns. Adding one is a file and a line here.

mod bins;
mod categories;
mod columns;
pub mod function;
mod impute;
mod iterative;
mod kernels;
mod labels;
mod neighbours;
mod one_hot;
mod ordinal;
mod polynomial;
mod power;
mod project;
mod quantile;
mod scale;
mod select;
mod solve;
mod spline;
mod target;
mod text;

use crate::trial::native::table::{Entry, Role};

/// Rows of the table of estimators.
#[rustfmt::skip]
pub const TRANSFORMERS: &[Entry] = &[
    ("StandardScaler", "preprocessing", Role::Transformer(scale::standard)),
    ("MinMaxScaler", "preprocessing", Role::Transformer(scale::min_max)),
    ("RobustScaler", "preprocessing", Role::Transformer(scale::robust)),
    ("MaxAbsScaler", "preprocessing", Role::Transformer(scale::max_abs)),
    ("Normalizer", "preprocessing", Role::Transformer(scale::normalizer)),
    ("OneHotEncoder", "preprocessing", Role::Transformer(one_hot::transform)),
    ("OrdinalEncoder", "preprocessing", Role::Transformer(ordinal::transform)),
    ("TargetEncoder", "preprocessing", Role::Transformer(target::transform)),
    ("LabelEncoder", "preprocessing", Role::Transformer(labels::encoder)),
    ("LabelBinarizer", "preprocessing", Role::Transformer(labels::binarizer)),
    ("MultiLabelBinarizer", "preprocessing", Role::Transformer(labels::sets)),
    ("PowerTransformer", "preprocessing", Role::Transformer(power::transform)),
    ("QuantileTransformer", "preprocessing", Role::Transformer(quantile::transform)),
    ("PolynomialFeatures", "preprocessing", Role::Transformer(polynomial::transform)),
    ("SplineTransformer", "preprocessing", Role::Transformer(spline::transform)),
    ("KBinsDiscretizer", "preprocessing", Role::Transformer(bins::discretizer)),
    ("Binarizer", "preprocessing", Role::Transformer(bins::binarizer)),
    ("KernelCenterer", "preprocessing", Role::Transformer(bins::centerer)),
    ("FunctionTransformer", "preprocessing", Role::Transformer(function::transform)),
    ("SelectKBest", "feature_selection", Role::Transformer(select::univariate)),
    ("SelectPercentile", "feature_selection", Role::Transformer(select::univariate)),
    ("SelectFpr", "feature_selection", Role::Transformer(select::univariate)),
    ("SelectFdr", "feature_selection", Role::Transformer(select::univariate)),
    ("SelectFwe", "feature_selection", Role::Transformer(select::univariate)),
    ("GenericUnivariateSelect", "feature_selection", Role::Transformer(select::univariate)),
    ("VarianceThreshold", "feature_selection", Role::Transformer(select::variance)),
    ("SequentialFeatureSelector", "feature_selection", Role::Transformer(select::sequential)),
    ("PCA", "decomposition", Role::Transformer(project::pca)),
    ("IncrementalPCA", "decomposition", Role::Transformer(project::pca)),
    ("TruncatedSVD", "decomposition", Role::Transformer(project::svd)),
    ("SparsePCA", "decomposition", Role::Transformer(project::sparse_pca)),
    ("MiniBatchSparsePCA", "decomposition", Role::Transformer(project::sparse_pca)),
    ("FastICA", "decomposition", Role::Transformer(project::ica)),
    ("FactorAnalysis", "decomposition", Role::Transformer(project::factors)),
    ("KernelPCA", "decomposition", Role::Transformer(kernels::pca)),
    ("Nystroem", "kernel_approximation", Role::Transformer(kernels::nystroem)),
    ("RBFSampler", "kernel_approximation", Role::Transformer(kernels::cosines)),
    ("SkewedChi2Sampler", "kernel_approximation", Role::Transformer(kernels::cosines)),
    ("AdditiveChi2Sampler", "kernel_approximation", Role::Transformer(kernels::additive_chi2)),
    ("PolynomialCountSketch", "kernel_approximation", Role::Transformer(kernels::count_sketch)),
    ("GaussianRandomProjection", "random_projection", Role::Transformer(project::random)),
    ("SparseRandomProjection", "random_projection", Role::Transformer(project::random)),
    ("FeatureAgglomeration", "cluster", Role::Transformer(project::agglomeration)),
    ("BernoulliRBM", "neural_network", Role::Transformer(project::boltzmann)),
    ("KNNImputer", "impute", Role::Transformer(neighbours::transform)),
    ("IterativeImputer", "impute", Role::Transformer(iterative::transform)),
    ("MissingIndicator", "impute", Role::Transformer(impute::missing_indicator)),
    ("SimpleImputer", "impute", Role::Transformer(impute::simple)),
    ("CountVectorizer", "feature_extraction", Role::Transformer(text::count::count)),
    ("TfidfVectorizer", "feature_extraction", Role::Transformer(text::count::tfidf)),
    ("TfidfTransformer", "feature_extraction", Role::Transformer(text::tfidf::transform)),
    ("HashingVectorizer", "feature_extraction", Role::Transformer(text::hash::texts)),
    ("FeatureHasher", "feature_extraction", Role::Transformer(text::hash::records)),
    ("DictVectorizer", "feature_extraction", Role::Transformer(text::hash::dicts)),
    ("ColumnTransformer", "compose", Role::Transformer(columns::transform)),
];
