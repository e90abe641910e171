//! What transforms: scalers, encoders, imputers, choices of columns. Adding one is a file and a line here.

mod bins;
mod categories;
pub mod category_encoders;
mod codes;
mod columns;
mod factors;
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
pub mod solve;
mod spline;
mod target;
mod text;

use crate::trial::native::table::{Entry, Role, entry};

/// Rows of the table of estimators.
#[rustfmt::skip]
pub const TRANSFORMERS: &[Entry] = &[
    entry("StandardScaler", "preprocessing", Role::Transformer(scale::standard)),
    entry("MinMaxScaler", "preprocessing", Role::Transformer(scale::min_max)),
    entry("RobustScaler", "preprocessing", Role::Transformer(scale::robust)),
    entry("MaxAbsScaler", "preprocessing", Role::Transformer(scale::max_abs)).by_rows(),
    entry("Normalizer", "preprocessing", Role::Transformer(scale::normalizer)).by_rows(),
    entry("OneHotEncoder", "preprocessing", Role::Transformer(one_hot::transform)),
    entry("OrdinalEncoder", "preprocessing", Role::Transformer(ordinal::transform)),
    entry("TargetEncoder", "preprocessing", Role::Transformer(target::transform)),
    entry("LabelEncoder", "preprocessing", Role::Transformer(labels::encoder)).sequences(),
    entry("LabelBinarizer", "preprocessing", Role::Transformer(labels::binarizer)).sequences(),
    entry("MultiLabelBinarizer", "preprocessing", Role::Transformer(labels::sets)),
    entry("PowerTransformer", "preprocessing", Role::Transformer(power::transform)),
    entry("QuantileTransformer", "preprocessing", Role::Transformer(quantile::transform)),
    entry("PolynomialFeatures", "preprocessing", Role::Transformer(polynomial::transform)),
    entry("SplineTransformer", "preprocessing", Role::Transformer(spline::transform)),
    entry("KBinsDiscretizer", "preprocessing", Role::Transformer(bins::discretizer)),
    entry("Binarizer", "preprocessing", Role::Transformer(bins::binarizer)),
    entry("KernelCenterer", "preprocessing", Role::Transformer(bins::centerer)),
    entry("FunctionTransformer", "preprocessing", Role::Transformer(function::transform)).by_rows().sequences(),
    entry("SelectKBest", "feature_selection", Role::Transformer(select::univariate)).by_rows(),
    entry("SelectPercentile", "feature_selection", Role::Transformer(select::univariate)).by_rows(),
    entry("SelectFpr", "feature_selection", Role::Transformer(select::univariate)).by_rows(),
    entry("SelectFdr", "feature_selection", Role::Transformer(select::univariate)).by_rows(),
    entry("SelectFwe", "feature_selection", Role::Transformer(select::univariate)).by_rows(),
    entry("GenericUnivariateSelect", "feature_selection", Role::Transformer(select::univariate)).by_rows(),
    entry("VarianceThreshold", "feature_selection", Role::Transformer(select::variance)).by_rows(),
    entry("SequentialFeatureSelector", "feature_selection", Role::Transformer(select::sequential)),
    entry("PCA", "decomposition", Role::Transformer(project::pca)),
    entry("IncrementalPCA", "decomposition", Role::Transformer(project::pca)),
    entry("TruncatedSVD", "decomposition", Role::Transformer(project::svd)).by_rows(),
    entry("SparsePCA", "decomposition", Role::Transformer(project::sparse_pca)),
    entry("MiniBatchSparsePCA", "decomposition", Role::Transformer(project::sparse_pca)),
    entry("FastICA", "decomposition", Role::Transformer(project::ica)),
    entry("NMF", "decomposition", Role::Transformer(factors::nmf)),
    entry("MiniBatchNMF", "decomposition", Role::Transformer(factors::mini_batch_nmf)),
    entry("LatentDirichletAllocation", "decomposition", Role::Transformer(factors::topics)),
    entry("DictionaryLearning", "decomposition", Role::Transformer(codes::code)),
    entry("MiniBatchDictionaryLearning", "decomposition", Role::Transformer(codes::code)),
    entry("SparseCoder", "decomposition", Role::Transformer(codes::code)),
    entry("NeighborhoodComponentsAnalysis", "neighbors", Role::Transformer(project::neighborhood)),
    entry("FactorAnalysis", "decomposition", Role::Transformer(project::factors)),
    entry("KernelPCA", "decomposition", Role::Transformer(kernels::pca)),
    entry("Nystroem", "kernel_approximation", Role::Transformer(kernels::nystroem)),
    entry("RBFSampler", "kernel_approximation", Role::Transformer(kernels::cosines)),
    entry("SkewedChi2Sampler", "kernel_approximation", Role::Transformer(kernels::cosines)),
    entry("AdditiveChi2Sampler", "kernel_approximation", Role::Transformer(kernels::additive_chi2)),
    entry("PolynomialCountSketch", "kernel_approximation", Role::Transformer(kernels::count_sketch)),
    entry("GaussianRandomProjection", "random_projection", Role::Transformer(project::random)).by_rows(),
    entry("SparseRandomProjection", "random_projection", Role::Transformer(project::random)).by_rows(),
    entry("FeatureAgglomeration", "cluster", Role::Transformer(project::agglomeration)),
    entry("BernoulliRBM", "neural_network", Role::Transformer(project::boltzmann)),
    entry("KNNImputer", "impute", Role::Transformer(neighbours::transform)),
    entry("IterativeImputer", "impute", Role::Transformer(iterative::transform)),
    entry("MissingIndicator", "impute", Role::Transformer(impute::missing_indicator)),
    entry("SimpleImputer", "impute", Role::Transformer(impute::simple)),
    entry("CountVectorizer", "feature_extraction", Role::Transformer(text::count::count)).sequences(),
    entry("TfidfVectorizer", "feature_extraction", Role::Transformer(text::count::tfidf)).sequences(),
    entry("TfidfTransformer", "feature_extraction", Role::Transformer(text::tfidf::transform)).by_rows(),
    entry("HashingVectorizer", "feature_extraction", Role::Transformer(text::hash::texts)).sequences(),
    entry("FeatureHasher", "feature_extraction", Role::Transformer(text::hash::records)),
    entry("DictVectorizer", "feature_extraction", Role::Transformer(text::hash::dicts)),
    entry("ColumnTransformer", "compose", Role::Transformer(columns::transform)).by_rows(),
];
