//! A manifest against an environment: rows, findings, verdict, fix.
//!
//! A rule is one file here (or an entry in `assets/knowledge`) and one line in [`rule::RULES`].
//! A version that differs without a consequence is a row, never a worse verdict.

mod archive;
mod bit_generator;
mod booster_notation;
mod bytecode;
mod call_arity;
mod codec;
mod compare;
mod containers;
mod cython_checksum;
mod elsewhere;
mod fix;
mod history;
mod import_chain;
mod joblib_padding;
mod loader;
mod names;
pub mod pages;
mod pandas_blocks;
mod protocol;
mod python2_text;
mod rows;
pub mod rule;
pub mod shelf;
mod side_files;
mod state;
mod supposed;
mod tree_nodes;
mod types;
mod values;
mod verdict;

use crate::manifest::Evidence;
pub use compare::compare;
pub use history::{CodeStatus, History};
pub use joblib_padding::first_byte_behind_padding;
pub use types::{Comparison, Elsewhere, Finding, Fix, Moved, Row, RowStatus, Shift, Stage, short};
pub use values::change_of;
pub use verdict::Verdict;
