//! What transforms: scalers, encoders, imputers, choices of columns. Adding one is a file and a line here.

mod categories;
mod columns;
mod impute;
mod one_hot;
mod ordinal;
mod scale;
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
    ("SimpleImputer", "impute", Role::Transformer(impute::simple)),
    ("CountVectorizer", "feature_extraction", Role::Transformer(text::count::count)),
    ("TfidfVectorizer", "feature_extraction", Role::Transformer(text::count::tfidf)),
    ("TfidfTransformer", "feature_extraction", Role::Transformer(text::tfidf::transform)),
    ("HashingVectorizer", "feature_extraction", Role::Transformer(text::hash::texts)),
    ("FeatureHasher", "feature_extraction", Role::Transformer(text::hash::records)),
    ("DictVectorizer", "feature_extraction", Role::Transformer(text::hash::dicts)),
    ("ColumnTransformer", "compose", Role::Transformer(columns::transform)),
];
