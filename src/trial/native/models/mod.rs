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
mod mixture;
mod mlp;
mod neighbors;
mod platt;
mod pls;
mod special;
mod svm;
pub mod tree;

use crate::trial::native::table::{Entry, Role};

const LINEAR: Role = Role::Model(linear::regression);
const LINEAR_CLASSES: Role = Role::Model(linear::classification);
const GENERALIZED: Role = Role::Model(glm::regression);
const PARTIAL: Role = Role::Both(pls::regression, pls::project);

/// Rows of the table of estimators.
#[rustfmt::skip]
pub const MODELS: &[Entry] = &[
    ("LinearRegression", "linear_model", LINEAR),
    ("Ridge", "linear_model", LINEAR),
    ("RidgeCV", "linear_model", LINEAR),
    ("Lasso", "linear_model", LINEAR),
    ("LassoCV", "linear_model", LINEAR),
    ("ElasticNet", "linear_model", LINEAR),
    ("ElasticNetCV", "linear_model", LINEAR),
    ("BayesianRidge", "linear_model", LINEAR),
    ("HuberRegressor", "linear_model", LINEAR),
    ("SGDRegressor", "linear_model", LINEAR),
    ("LinearSVR", "svm", LINEAR),
    ("RidgeClassifier", "linear_model", LINEAR_CLASSES),
    ("SGDClassifier", "linear_model", LINEAR_CLASSES),
    ("Perceptron", "linear_model", LINEAR_CLASSES),
    ("PassiveAggressiveClassifier", "linear_model", LINEAR_CLASSES),
    ("LinearSVC", "svm", LINEAR_CLASSES),
    ("LogisticRegression", "linear_model", Role::Model(logistic::classification)),
    ("LogisticRegressionCV", "linear_model", Role::Model(logistic::classification)),
    ("DecisionTreeClassifier", "tree", Role::Model(tree::classification)),
    ("ExtraTreeClassifier", "tree", Role::Model(tree::classification)),
    ("DecisionTreeRegressor", "tree", Role::Model(tree::regression)),
    ("ExtraTreeRegressor", "tree", Role::Model(tree::regression)),
    ("RandomForestClassifier", "ensemble", Role::Model(forest::classification)),
    ("ExtraTreesClassifier", "ensemble", Role::Model(forest::classification)),
    ("RandomForestRegressor", "ensemble", Role::Model(forest::regression)),
    ("ExtraTreesRegressor", "ensemble", Role::Model(forest::regression)),
    ("GradientBoostingClassifier", "ensemble", Role::Meta(boosting::classification)),
    ("GradientBoostingRegressor", "ensemble", Role::Meta(boosting::regression)),
    ("HistGradientBoostingClassifier", "ensemble", Role::Meta(histogram::classification)),
    ("HistGradientBoostingRegressor", "ensemble", Role::Meta(histogram::regression)),
    ("IsolationForest", "ensemble", Role::Model(isolation::forest)),
    ("RandomTreesEmbedding", "ensemble", Role::Transformer(forest::embedding)),
    ("BalancedRandomForestClassifier", "imblearn.ensemble", Role::Model(forest::classification)),
    ("SVC", "svm", Role::Model(svm::classification)),
    ("NuSVC", "svm", Role::Model(svm::classification)),
    ("SVR", "svm", Role::Model(svm::regression)),
    ("NuSVR", "svm", Role::Model(svm::regression)),
    ("GaussianNB", "naive_bayes", Role::Model(bayes::gaussian)),
    ("Lars", "linear_model", LINEAR),
    ("LarsCV", "linear_model", LINEAR),
    ("LassoLars", "linear_model", LINEAR),
    ("LassoLarsCV", "linear_model", LINEAR),
    ("LassoLarsIC", "linear_model", LINEAR),
    ("OrthogonalMatchingPursuit", "linear_model", LINEAR),
    ("OrthogonalMatchingPursuitCV", "linear_model", LINEAR),
    ("ARDRegression", "linear_model", LINEAR),
    ("TheilSenRegressor", "linear_model", LINEAR),
    ("MultiTaskLasso", "linear_model", LINEAR),
    ("MultiTaskLassoCV", "linear_model", LINEAR),
    ("MultiTaskElasticNet", "linear_model", LINEAR),
    ("MultiTaskElasticNetCV", "linear_model", LINEAR),
    ("QuantileRegressor", "linear_model", LINEAR),
    ("PassiveAggressiveRegressor", "linear_model", LINEAR),
    ("RANSACRegressor", "linear_model", Role::Wrapper(linear::consensus)),
    ("SGDOneClassSVM", "linear_model", Role::Model(linear::one_class)),
    ("RidgeClassifierCV", "linear_model", LINEAR_CLASSES),
    ("PoissonRegressor", "linear_model", GENERALIZED),
    ("GammaRegressor", "linear_model", GENERALIZED),
    ("TweedieRegressor", "linear_model", GENERALIZED),
    ("LinearDiscriminantAnalysis", "discriminant_analysis", Role::Both(discriminant::linear, discriminant::project)),
    ("QuadraticDiscriminantAnalysis", "discriminant_analysis", Role::Model(discriminant::quadratic)),
    ("OneClassSVM", "svm", Role::Model(svm::one_class)),
    ("MultinomialNB", "naive_bayes", Role::Model(discrete_bayes::multinomial)),
    ("ComplementNB", "naive_bayes", Role::Model(discrete_bayes::complement)),
    ("BernoulliNB", "naive_bayes", Role::Model(discrete_bayes::bernoulli)),
    ("CategoricalNB", "naive_bayes", Role::Model(discrete_bayes::categorical)),
    ("MLPClassifier", "neural_network", Role::Model(mlp::classification)),
    ("MLPRegressor", "neural_network", Role::Model(mlp::regression)),
    ("GaussianMixture", "mixture", Role::Model(mixture::gaussian)),
    ("BayesianGaussianMixture", "mixture", Role::Model(mixture::bayesian)),
    ("KMeans", "cluster", Role::Both(clusters::k_means, clusters::transform)),
    ("MiniBatchKMeans", "cluster", Role::Both(clusters::k_means, clusters::transform)),
    ("BisectingKMeans", "cluster", Role::Both(clusters::bisecting, clusters::transform)),
    ("Birch", "cluster", Role::Both(clusters::birch, clusters::transform)),
    ("AffinityPropagation", "cluster", Role::Model(clusters::centres_only)),
    ("MeanShift", "cluster", Role::Model(clusters::centres_only)),
    ("PLSRegression", "cross_decomposition", PARTIAL),
    ("PLSCanonical", "cross_decomposition", PARTIAL),
    ("CCA", "cross_decomposition", PARTIAL),
    ("PLSSVD", "cross_decomposition", Role::Transformer(pls::project)),
    ("IsotonicRegression", "isotonic", Role::Model(isotonic::regression)),
    ("DummyClassifier", "dummy", Role::Model(dummy::classification)),
    ("DummyRegressor", "dummy", Role::Model(dummy::regression)),
    ("KernelRidge", "kernel_ridge", Role::Model(kernel_ridge::ridge)),
    ("LabelPropagation", "semi_supervised", Role::Model(kernel_ridge::labels)),
    ("LabelSpreading", "semi_supervised", Role::Model(kernel_ridge::labels)),
    ("EllipticEnvelope", "covariance", Role::Model(envelope::elliptic)),
    ("NearestCentroid", "neighbors", Role::Model(envelope::centroid)),
    ("KNeighborsClassifier", "neighbors", Role::Model(knn::classification)),
    ("KNeighborsRegressor", "neighbors", Role::Model(knn::regression)),
    ("RadiusNeighborsClassifier", "neighbors", Role::Model(knn::radius_classification)),
    ("RadiusNeighborsRegressor", "neighbors", Role::Model(knn::radius_regression)),
    ("KernelDensity", "neighbors", Role::Model(density::log_density)),
    ("LocalOutlierFactor", "neighbors", Role::Model(knn::local_outliers)),
    ("GaussianProcessRegressor", "gaussian_process", Role::Model(gaussian_process::regression)),
    ("GaussianProcessClassifier", "gaussian_process", Role::Model(gaussian_process::classification)),
];
