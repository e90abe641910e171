//! Texts and records to numbers: vectorizers, hashing, tf-idf.

mod analyze;
pub mod count;
pub mod hash;
mod letters;
mod pattern;
pub mod tfidf;
