//! shelflife tells whether a saved machine-learning model is still good before anyone loads it.
//!
//! The map of the program, in dependency order: a module uses only modules that stand above it
//! in this list (`tests/layers.rs` reads every `use crate::…` and fails otherwise).
//!
//! | module | what it is for |
//! |---|---|
//! | [`text`] | strings from strangers' files made harmless before anyone shows them |
//! | [`source`] | bounded bytes: probe, decompress, seek past what nobody needs |
//! | [`pickle`] | bytes to an object graph; executes nothing, imports nothing, knows no file format |
//! | [`package`] | the vocabulary of Python packaging: names, versions, requirements, import names |
//! | [`artifact`] | a file to its facts, one file per format |
//! | [`shelf`] | walk a tree, claim directories, relate siblings |
//! | [`manifest`] | what an artifact needs, and how we know |
//! | [`environment`] | which Pythons are there and which modules and names they define; never starts one |
//! | [`trust`] | what a file would call when loaded, against a list of known names |
//! | [`compat`] | manifest against environment: rows, findings, verdict, fix |
//! | [`explain`] | an exception that somebody met, against what the files of a shelf would raise |
//! | [`trial`] | a prediction on sample input, by our own arithmetic or in a killable child Python |
//! | [`engine`] | the only place with threads: jobs, priorities, cancellation, batching |
//! | [`report`] | the same findings as JSON and as tables |
//! | [`tui`] | the terminal program |
//! | [`cli`] | one file per subcommand |

pub mod text;

pub mod source;

pub mod pickle;

pub mod package;

pub mod artifact;

pub mod shelf;

pub mod manifest;

pub mod environment;

pub mod trust;

pub mod compat;

pub mod explain;

pub mod trial;

pub mod engine;

pub mod report;

pub mod tui;

pub mod cli;
