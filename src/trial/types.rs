//! Sample input and what came out of a trial.

use serde::Serialize;

use super::Sandbox;

/// Rows of input for a model.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Sample {
    /// Column names, when the sample has a header.
    pub columns: Option<Vec<String>>,
    /// The rows; all of one width, unless they are lists of labels (see [`Sample::ragged`]).
    pub rows: Vec<Vec<Cell>>,
    /// Where the rows come from, for people: `--input rows.csv`, `generated from scaler means`.
    pub source: String,
    /// Whether each row is one plain text (text vectorizers) and not a list of cells.
    pub texts: bool,
}

impl Sample {
    /// The first row that has another length than the first one, counted from 1, and its length:
    /// lists of labels, which only few models take.
    pub fn ragged(&self) -> Option<(usize, usize)> {
        let first = self.rows.first().map_or(0, Vec::len);
        let other = self.rows.iter().position(|row| row.len() != first)?;
        Some((other + 1, self.rows[other].len()))
    }

    /// An error when the rows are not of one width.
    pub fn table(&self) -> Result<(), TrialError> {
        let Some((row, found)) = self.ragged() else {
            return Ok(());
        };
        let source = if self.source.is_empty() {
            "the sample"
        } else {
            &self.source
        };
        let first = self.rows.first().map_or(0, Vec::len);
        Err(TrialError::Sample(format!(
            "row {row} of {source} has {found} cells, not {first}; the model takes a table, with \
             rows of one length"
        )))
    }
}

/// One cell of a sample or of an output.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Cell {
    /// Missing: `None`, empty, NaN in a text column.
    Missing,
    /// A truth value.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A float; NaN and infinities allowed.
    Float(f64),
    /// Text.
    Text(String),
}

/// Which engine ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// Our own arithmetic on the parsed numbers.
    Native,
    /// A child Python of the environment.
    Python,
}

/// What came out of a trial.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// Which engine ran.
    pub engine: Engine,
    /// Where the rows came from.
    pub input_source: String,
    /// Each method that ran, in the order `predict`, `predict_proba`, `decision_function`, `transform`.
    pub outputs: Vec<Output>,
    /// Warnings, each one line.
    pub warnings: Vec<String>,
    /// How it ended.
    pub outcome: Outcome,
    /// What the model printed, cleaned; empty for native trials.
    pub printed: String,
    /// Wall-clock seconds.
    pub seconds: f64,
    /// How the live trial ran; `None` for native ones.
    pub run: Option<Box<Run>>,
    /// The answers against those that a stamp beside the artifact recorded for the same rows;
    /// `None` when there are none.
    pub recorded: Option<Box<Recorded>>,
}

/// A trial held against recorded answers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Recorded {
    /// The stamp, for people.
    pub file: String,
    /// Whether all answers came and none is further away than single precision rounds (1e-6 of
    /// the larger number).
    pub agrees: bool,
    /// How far the two numbers are apart whose difference is the largest share of the larger one.
    pub largest: f64,
    /// Rows, summed over the methods, that differ by more.
    pub changed: usize,
    /// Rows, summed over the methods, that were compared.
    pub rows: usize,
    /// All that in one sentence.
    pub words: String,
}

/// How a trial in a child Python ran.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Run {
    /// The interpreter, for people.
    pub interpreter: String,
    /// The version that it said it has.
    pub python: String,
    /// SHA-256 of the bytes that were loaded, in hexadecimal; `None` for a folder.
    pub sha256: Option<String>,
    /// What held it back.
    pub sandbox: Sandbox,
    /// The most memory that was resident at a time, in bytes.
    pub peak_memory: Option<u64>,
    /// What each method returned, in the order of the outputs.
    pub returned: Vec<Returned>,
}

/// What a method returned, besides its numbers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Returned {
    /// The method.
    pub method: String,
    /// The class: `numpy.ndarray`, `pandas.core.frame.DataFrame`, `list`.
    pub class: String,
    /// `float64`, `<U5`; of a table the columns' types; `None` when it has none.
    pub dtype: Option<String>,
    /// Rows, columns, …; `None` when it has none.
    pub shape: Option<Vec<u64>>,
    /// Seconds that the call took.
    pub seconds: f64,
}

/// The output of one method.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// `predict`, `predict_proba`, `decision_function`, `transform`, `score_samples`.
    pub method: String,
    /// Column titles (class labels, feature names out); empty when unknown.
    pub columns: Vec<String>,
    /// One entry a row of the sample; a single cell for one-dimensional outputs.
    pub rows: Vec<Vec<Cell>>,
    /// Whether the output is one-dimensional (`predict` of one target).
    pub flat: bool,
}

/// How a trial ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// All methods ran.
    Finished,
    /// Python raised.
    Raised {
        /// `load` or the method that raised.
        stage: String,
        /// The exception class, without its module.
        exception: String,
        /// The message.
        message: String,
        /// The traceback text.
        traceback: String,
    },
    /// The child was killed by a signal (its name: `SIGSEGV`).
    Signal(String),
    /// The time limit passed; seconds.
    TimedOut(f64),
    /// The user stopped it.
    Cancelled,
}

impl Outcome {
    /// Why there are no answers, one clause; `None` when all methods ran.
    pub fn failure(&self) -> Option<String> {
        Some(match self {
            Outcome::Finished => return None,
            Outcome::Raised {
                stage,
                exception,
                message,
                ..
            } => format!("raised at {stage}: {exception}: {message}"),
            Outcome::Signal(signal) => format!("the interpreter was killed by {signal}"),
            Outcome::TimedOut(seconds) => format!("stopped after {seconds} s"),
            Outcome::Cancelled => "stopped".to_owned(),
        })
    }
}

/// Why no trial ran.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TrialError {
    /// The native engine does not evaluate this estimator (or this configuration of it).
    #[error("{class} is not evaluated natively: {reason}")]
    Refused {
        /// The class or format.
        class: String,
        /// Why, one clause.
        reason: String,
    },
    /// The sample does not fit the model.
    #[error("{0}")]
    Sample(String),
    /// The artifact or the environment cannot be used.
    #[error("{0}")]
    Unusable(String),
    /// Running Python was not allowed.
    #[error("{0}")]
    NotAllowed(String),
}
