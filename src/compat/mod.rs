//! A manifest against an environment: rows, findings, verdict, fix.

mod types;
mod verdict;

pub use types::{Comparison, Finding, Fix, Row, RowStatus, Stage};
pub use verdict::Verdict;
