//! What predicts: classifiers, regressors, clusterers, outlier detectors. Adding one is a file and a line
//! here.

mod bayes;
mod boosting;
mod clusters;
mod density;
mod discrete_bayes;
mod discriminant;
mod distances;
mod dummy;
mod envelope;
mod forest;
mod gaussian_kernels;
mod gaussian_process;
mod glm;
mod histogram;
mod index_tree;
mod isolation;
mod isotonic;
mod kernel_ridge;
mod knn;
mod linear;
mod logistic;
mod manifold;
mod mixture;
mod mlp;
mod neighbors;
mod platt;
mod pls;
mod special;
mod svm;
pub mod tree;

use crate::trial::native::table::{Entry, Role, entry};

const LINEAR: Role = Role::Model(linear::regression);
const LINEAR_CLASSES: Role = Role::Model(linear::classification);
const GENERALIZED: Role = Role::Model(glm::regression);
const PARTIAL: Role = Role::Both(pls::regression, pls::project);

/// Rows of the table of estimators.
#[rustfmt::skip]
pub const MODELS: &[Entry] = &[
    entry("LinearRegression", "linear_model", LINEAR).by_rows(),
    entry("Ridge", "linear_model", LINEAR).by_rows(),
    entry("RidgeCV", "linear_model", LINEAR),
    entry("Lasso", "linear_model", LINEAR).by_rows(),
    entry("LassoCV", "linear_model", LINEAR),
    entry("ElasticNet", "linear_model", LINEAR).by_rows(),
    entry("ElasticNetCV", "linear_model", LINEAR),
    entry("BayesianRidge", "linear_model", LINEAR),
    entry("HuberRegressor", "linear_model", LINEAR),
    entry("SGDRegressor", "linear_model", LINEAR).by_rows(),
    entry("LinearSVR", "svm", LINEAR).by_rows(),
    entry("RidgeClassifier", "linear_model", LINEAR_CLASSES).by_rows(),
    entry("SGDClassifier", "linear_model", LINEAR_CLASSES).by_rows(),
    entry("Perceptron", "linear_model", LINEAR_CLASSES).by_rows(),
    entry("PassiveAggressiveClassifier", "linear_model", LINEAR_CLASSES).by_rows(),
    entry("LinearSVC", "svm", LINEAR_CLASSES).by_rows(),
    entry("LogisticRegression", "linear_model", Role::Model(logistic::classification)).by_rows(),
    entry("LogisticRegressionCV", "linear_model", Role::Model(logistic::classification)).by_rows(),
    entry("DecisionTreeClassifier", "tree", Role::Model(tree::classification)),
    entry("ExtraTreeClassifier", "tree", Role::Model(tree::classification)),
    entry("DecisionTreeRegressor", "tree", Role::Model(tree::regression)),
    entry("ExtraTreeRegressor", "tree", Role::Model(tree::regression)),
    entry("RandomForestClassifier", "ensemble", Role::Model(forest::classification)),
    entry("ExtraTreesClassifier", "ensemble", Role::Model(forest::classification)),
    entry("RandomForestRegressor", "ensemble", Role::Model(forest::regression)),
    entry("ExtraTreesRegressor", "ensemble", Role::Model(forest::regression)),
    entry("GradientBoostingClassifier", "ensemble", Role::Meta(boosting::classification)),
    entry("GradientBoostingRegressor", "ensemble", Role::Meta(boosting::regression)),
    entry("HistGradientBoostingClassifier", "ensemble", Role::Meta(histogram::classification)),
    entry("HistGradientBoostingRegressor", "ensemble", Role::Meta(histogram::regression)),
    entry("IsolationForest", "ensemble", Role::Model(isolation::forest)),
    entry("RandomTreesEmbedding", "ensemble", Role::Transformer(forest::embedding)),
    entry("BalancedRandomForestClassifier", "imblearn.ensemble", Role::Model(forest::classification)),
    entry("SVC", "svm", Role::Model(svm::classification)),
    entry("NuSVC", "svm", Role::Model(svm::classification)),
    entry("SVR", "svm", Role::Model(svm::regression)),
    entry("NuSVR", "svm", Role::Model(svm::regression)),
    entry("GaussianNB", "naive_bayes", Role::Model(bayes::gaussian)),
    entry("Lars", "linear_model", LINEAR),
    entry("LarsCV", "linear_model", LINEAR),
    entry("LassoLars", "linear_model", LINEAR),
    entry("LassoLarsCV", "linear_model", LINEAR),
    entry("LassoLarsIC", "linear_model", LINEAR),
    entry("OrthogonalMatchingPursuit", "linear_model", LINEAR),
    entry("OrthogonalMatchingPursuitCV", "linear_model", LINEAR),
    entry("ARDRegression", "linear_model", LINEAR),
    entry("TheilSenRegressor", "linear_model", LINEAR),
    entry("MultiTaskLasso", "linear_model", LINEAR),
    entry("MultiTaskLassoCV", "linear_model", LINEAR),
    entry("MultiTaskElasticNet", "linear_model", LINEAR),
    entry("MultiTaskElasticNetCV", "linear_model", LINEAR),
    entry("QuantileRegressor", "linear_model", LINEAR),
    entry("PassiveAggressiveRegressor", "linear_model", LINEAR),
    entry("RANSACRegressor", "linear_model", Role::Wrapper(linear::consensus)),
    entry("SGDOneClassSVM", "linear_model", Role::Model(linear::one_class)),
    entry("RidgeClassifierCV", "linear_model", LINEAR_CLASSES),
    entry("PoissonRegressor", "linear_model", GENERALIZED),
    entry("GammaRegressor", "linear_model", GENERALIZED),
    entry("TweedieRegressor", "linear_model", GENERALIZED),
    entry("LinearDiscriminantAnalysis", "discriminant_analysis", Role::Both(discriminant::linear, discriminant::project)),
    entry("QuadraticDiscriminantAnalysis", "discriminant_analysis", Role::Model(discriminant::quadratic)),
    entry("OneClassSVM", "svm", Role::Model(svm::one_class)),
    entry("MultinomialNB", "naive_bayes", Role::Model(discrete_bayes::multinomial)),
    entry("ComplementNB", "naive_bayes", Role::Model(discrete_bayes::complement)),
    entry("BernoulliNB", "naive_bayes", Role::Model(discrete_bayes::bernoulli)),
    entry("CategoricalNB", "naive_bayes", Role::Model(discrete_bayes::categorical)),
    entry("MLPClassifier", "neural_network", Role::Model(mlp::classification)),
    entry("MLPRegressor", "neural_network", Role::Model(mlp::regression)),
    entry("GaussianMixture", "mixture", Role::Model(mixture::gaussian)),
    entry("BayesianGaussianMixture", "mixture", Role::Model(mixture::bayesian)),
    entry("KMeans", "cluster", Role::Both(clusters::k_means, clusters::transform)),
    entry("MiniBatchKMeans", "cluster", Role::Both(clusters::k_means, clusters::transform)),
    entry("BisectingKMeans", "cluster", Role::Both(clusters::bisecting, clusters::transform)),
    entry("Birch", "cluster", Role::Both(clusters::birch, clusters::transform)),
    entry("AffinityPropagation", "cluster", Role::Model(clusters::centres_only)),
    entry("MeanShift", "cluster", Role::Model(clusters::centres_only)),
    entry("PLSRegression", "cross_decomposition", PARTIAL),
    entry("PLSCanonical", "cross_decomposition", PARTIAL),
    entry("CCA", "cross_decomposition", PARTIAL),
    entry("PLSSVD", "cross_decomposition", Role::Transformer(pls::project)),
    entry("IsotonicRegression", "isotonic", Role::Model(isotonic::regression)),
    entry("DummyClassifier", "dummy", Role::Model(dummy::classification)),
    entry("DummyRegressor", "dummy", Role::Model(dummy::regression)),
    entry("KernelRidge", "kernel_ridge", Role::Model(kernel_ridge::ridge)),
    entry("LabelPropagation", "semi_supervised", Role::Model(kernel_ridge::labels)),
    entry("LabelSpreading", "semi_supervised", Role::Model(kernel_ridge::labels)),
    entry("EllipticEnvelope", "covariance", Role::Model(envelope::elliptic)),
    entry("NearestCentroid", "neighbors", Role::Model(envelope::centroid)),
    entry("KNeighborsClassifier", "neighbors", Role::Model(knn::classification)),
    entry("KNeighborsRegressor", "neighbors", Role::Model(knn::regression)),
    entry("RadiusNeighborsClassifier", "neighbors", Role::Model(knn::radius_classification)),
    entry("RadiusNeighborsRegressor", "neighbors", Role::Model(knn::radius_regression)),
    entry("KNeighborsTransformer", "neighbors", Role::Transformer(manifold::graph)),
    entry("Isomap", "manifold", Role::Transformer(manifold::isomap)),
    entry("LocallyLinearEmbedding", "manifold", Role::Transformer(manifold::locally_linear)),
    entry("KernelDensity", "neighbors", Role::Model(density::log_density)),
    entry("LocalOutlierFactor", "neighbors", Role::Model(knn::local_outliers)),
    entry("GaussianProcessRegressor", "gaussian_process", Role::Model(gaussian_process::regression)),
    entry("GaussianProcessClassifier", "gaussian_process", Role::Model(gaussian_process::classification)),
];
