//! An exception that somebody met, against what the files of a shelf would raise: which file, which
//! cause, what proof, which fix.
//!
//! Nothing is guessed: a file that does not hold what a message is about says so, and a message that
//! nothing explains stays unexplained.
//!
//! | file | what it is for |
//! |---|---|
//! | `tidy` | logs, escapes, colours and boxes taken away from around a traceback |
//! | `parse` | tidy lines to exceptions and frames |
//! | `place` | which Python the frames come from |
//! | `mention` | file names that occur in the text, and whether one is an artifact's |
//! | `words` | foretold and given messages compared; patterns with captures |
//! | `knowledge` | known causes, from `assets/knowledge/explain.toml` |
//! | `named` | the names that a message is about, looked up in a file |
//! | `look` | what a known cause says of a file, checked in that file |
//! | `weigh` | one artifact against one traceback |
//! | `types` | what comes out |

mod knowledge;
mod look;
mod mention;
mod named;
mod parse;
mod place;
mod tidy;
mod types;
mod weigh;
mod words;

#[cfg(test)]
mod tests;

pub use parse::{parse, reads_like_one};
pub use place::on_this_host;
pub use tidy::LONGEST;
pub use types::{Candidate, Cause, Explanation, Frame, Link, Origin, Raised, Standing, Trace};
pub use weigh::{Case, conclude, weigh};
