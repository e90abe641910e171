"""Which kinds of the matrix a writer of rules may look at.

The matrix has two halves. The seen half is for finding out what the program gets wrong; of the unseen half only counts
are printed, so that these say how well the rules do on models nobody had in mind. Whole kinds are in one half or the
other, with every environment they were saved and loaded in.

Chosen before the kinds were written, and not to be changed afterwards: a kind that was in the matrix when the rules were
first written is seen; of all others, those whose name has a SHA-256 that ends in an odd hexadecimal digit are unseen.
"""

import hashlib

# The kinds the first rules were written with.
FIRST = set("""
ada_boost_classifier ada_boost_regressor bagging bayesian_ridge bernoulli_nb calibrated columns_passthrough
columns_remainder_passthrough data_frame dummy elastic_net extra_trees feature_union forest_classifier
forest_regressor function_of_local_module function_of_main function_transformer_numpy gaussian_mixture gaussian_nb
gaussian_process gradient_boosting_classifier gradient_boosting_regressor grid_search grid_search_logistic
hist_boosting_classifier hist_boosting_regressor huber isolation_forest iterative_imputer k_bins k_means knn_brute
knn_classifier knn_imputer knn_regressor lambda_by_cloudpickle lasso_cv lightgbm_classifier linear_discriminant
linear_regression linear_svc local_outlier_factor logistic_cv logistic_multinomial logistic_one_vs_rest
logistic_three logistic_two min_max_scaler mini_batch_k_means mlp_classifier mlp_regressor multinomial_nb nmf
nystroem one_class_svm one_hot_encoder one_vs_rest ordinal_encoder pca perceptron pipeline_columns_forest
pipeline_columns_logistic pipeline_imputed_logistic pipeline_tfidf_logistic plain_bundle pls_regression
poisson_regressor polynomial_features power_transformer quantile_transformer random_state ridge robust_scaler
select_k_best sgd_hinge sgd_log simple_imputer stacking standard_scaler svc svc_probability svr target_encoder
tfidf_vectorizer transformed_target tree_classifier tree_regressor truncated_svd voting xgboost_classifier
xgboost_regressor
""".split())


def is_unseen(kind):
    if kind in FIRST:
        return False
    return int(hashlib.sha256(kind.encode()).hexdigest()[-1], 16) % 2 == 1
