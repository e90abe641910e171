//! What published releases define, without having them: names, classes, and which code leads to
//! which, release by release, for the libraries in [`DISTRIBUTIONS`].
//!
//! The data is made from source archives by `tests/atlas/make.py` and holds facts alone: names of
//! modules, classes, functions and attributes, links between them, and numbers that stand for
//! digests of code (the same number is the same code, up to comments, docstrings, annotations and
//! the words of errors). It knows no environment and no artifact.
//!
//! Of numpy, scipy and pandas only modules and names are kept ([`Atlas::has_code`]): the modules of
//! each release, and in them the names of the newest patch release of its minor. A module some of
//! whose names are made when it is built or imported counts as lazy: what it is not known to have,
//! it may have.
//!
//! A library's data is unpacked when the first question comes, and only the part that the question
//! needs. What is damaged or not held is answered by `None`.

mod book;
mod bytes;
mod code;
mod modules;
mod reach;
mod releases;

#[cfg(test)]
mod tests;

use std::sync::LazyLock;

pub use book::Atlas;
pub use code::{Code, Kind, Thing};
pub use modules::{ModuleKind, Modules};
pub use reach::{Difference, Reached};
pub use releases::Releases;

/// The libraries that the atlas holds: normalised distribution name, import name, data.
const DISTRIBUTIONS: &[(&str, &str, &[u8])] = &[
    (
        "scikit-learn",
        "sklearn",
        include_bytes!("../../assets/atlas/scikit-learn.atlas"),
    ),
    (
        "imbalanced-learn",
        "imblearn",
        include_bytes!("../../assets/atlas/imbalanced-learn.atlas"),
    ),
    (
        "joblib",
        "joblib",
        include_bytes!("../../assets/atlas/joblib.atlas"),
    ),
    (
        "xgboost",
        "xgboost",
        include_bytes!("../../assets/atlas/xgboost.atlas"),
    ),
    (
        "lightgbm",
        "lightgbm",
        include_bytes!("../../assets/atlas/lightgbm.atlas"),
    ),
    (
        "category-encoders",
        "category_encoders",
        include_bytes!("../../assets/atlas/category-encoders.atlas"),
    ),
    (
        "numpy",
        "numpy",
        include_bytes!("../../assets/atlas/numpy.atlas"),
    ),
    (
        "scipy",
        "scipy",
        include_bytes!("../../assets/atlas/scipy.atlas"),
    ),
    (
        "pandas",
        "pandas",
        include_bytes!("../../assets/atlas/pandas.atlas"),
    ),
];

static ALL: LazyLock<Vec<Atlas>> = LazyLock::new(|| {
    let all = DISTRIBUTIONS.iter();
    all.filter_map(|(name, import, data)| Atlas::read(name, import, data))
        .collect()
});

/// What is known of a distribution, by its normalised name.
pub fn of(distribution: &str) -> Option<&'static Atlas> {
    ALL.iter().find(|atlas| atlas.distribution == distribution)
}

/// What is known of the distribution that a dotted module belongs to.
pub fn of_module(module: &str) -> Option<&'static Atlas> {
    let top = crate::package::top_of(module);
    ALL.iter().find(|atlas| atlas.import == top)
}

/// The normalised name of the distribution that a dotted module belongs to, if the atlas holds it.
/// Unlike [`of_module`] it unpacks nothing.
pub fn holds(module: &str) -> Option<&'static str> {
    let top = crate::package::top_of(module);
    let held = DISTRIBUTIONS.iter().find(|(_, import, _)| *import == top);
    held.map(|(name, ..)| *name)
}

/// The distributions that the atlas holds.
pub fn all() -> impl Iterator<Item = &'static Atlas> {
    ALL.iter()
}
