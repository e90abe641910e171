//! What front ends ask of the engine and what it tells them.

use std::path::PathBuf;
use std::sync::Arc;

use super::work::Trust;
use crate::artifact::Artifact;
use crate::compat::shelf::Wish;
use crate::compat::{Comparison, Verdict};
use crate::environment::Environment;
use crate::explain::Explanation;
use crate::manifest::Manifest;
use crate::trial::figures::Figure;
use crate::trial::{Cell, Engine, Prediction, Sample, Sandbox, TrialError};

/// What the engine tells. Rows are numbered in the order they were found, from 0.
#[derive(Clone, Debug)]
pub enum Event {
    /// A walk begins: row numbers start again from 0 and everything told of rows before is void.
    Started,
    /// More candidates, in order; the first has number `first`.
    Found {
        /// The number of the first.
        first: usize,
        /// Their paths, as given and joined below.
        paths: Vec<PathBuf>,
    },
    /// Something in the tree could not be looked at (an unreadable folder); one sentence.
    Trouble(String),
    /// The walk ended; `total` rows were found.
    Walked {
        /// How many rows there are.
        total: usize,
    },
    /// One row was read.
    Read {
        /// Its number.
        row: usize,
        /// What the file says.
        artifact: Arc<Artifact>,
        /// What it needs.
        manifest: Arc<Manifest>,
        /// How it compares with the environment of the moment (or with none).
        comparison: Arc<Comparison>,
        /// What it wants of distributions there.
        wishes: Vec<Wish>,
        /// What loading it would run, when somebody looked.
        trust: Option<Arc<Trust>>,
    },
    /// One row was compared again, after the environment changed.
    Compared {
        /// Its number.
        row: usize,
        /// The new comparison.
        comparison: Arc<Comparison>,
        /// What it wants of distributions there.
        wishes: Vec<Wish>,
    },
    /// The environment that rows are compared with; `None` when there is none.
    Environment(Option<Arc<Environment>>),
    /// The environment asked for cannot be used; the earlier one stays. One sentence.
    EnvironmentFailed(String),
    /// Environments on this host, the chosen one first when there is one.
    Environments(Vec<Arc<Environment>>),
    /// One row was compared with every environment of the last [`Event::Environments`].
    Surveyed {
        /// Its number.
        row: usize,
        /// The verdicts, in the order of the environments.
        verdicts: Vec<Verdict>,
    },
    /// A sample was prepared for a trial of `row` (or could not be).
    Sample {
        /// Its number.
        row: usize,
        /// The files that its rows are to pass through.
        steps: Vec<PathBuf>,
        /// The sample, or why there is none.
        sample: Result<Sample, TrialError>,
    },
    /// The categories that the inputs of a row can have.
    Known {
        /// Its number.
        row: usize,
        /// The files that the rows are to pass through.
        steps: Vec<PathBuf>,
        /// For each column its name, where that is recorded, and its categories.
        known: Vec<(Option<String>, Vec<Cell>)>,
    },
    /// The numbers of `row` that are worth a picture.
    Figures {
        /// Its number.
        row: usize,
        /// The pictures; none when there are none.
        figures: Vec<Figure>,
    },
    /// The digest of the file of `row`, for the question before a Python trial.
    Digest {
        /// Its number.
        row: usize,
        /// SHA-256 of the file in hexadecimal; `None` when it cannot be read (or is a folder).
        sha256: Option<String>,
        /// What the trial may do and what holds it back.
        sandbox: Option<Box<Sandbox>>,
    },
    /// How the work goes, several times a second while anything is under way. All is told that
    /// is under way: what an earlier pulse told and a later one does not is over.
    Pulse(Pulse),
    /// What is known of a row whose reading goes on. It is a part: no verdict follows from it.
    SoFar {
        /// Its number.
        row: usize,
        /// What the part that was read says.
        manifest: Arc<Manifest>,
    },
    /// The work was stopped (`true`) or goes on.
    Stopped(bool),
    /// The watched tree is not as it was.
    Changed {
        /// Rows whose file is another one now.
        rows: Vec<usize>,
        /// Whether something came or went: only a walk tells what.
        folders: bool,
    },
    /// A traceback was weighed against every row.
    Explained {
        /// The number of the question.
        number: u64,
        /// The answer.
        answer: Arc<Explanation>,
    },
    /// A trial of `row` ended.
    Trial {
        /// Its number.
        row: usize,
        /// What was run with.
        engine: Engine,
        /// The files that the rows passed through before the model.
        steps: Vec<PathBuf>,
        /// What came out, or why nothing did.
        result: Result<Prediction, TrialError>,
    },
}

/// How the work goes at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pulse {
    /// Rows read in the last second; 0 when it is not known yet.
    pub rate: usize,
    /// What keeps others waiting, the longest first.
    pub slow: Vec<Slow>,
    /// Files that take a while: row, bytes read, bytes there.
    pub reading: Vec<(usize, u64, u64)>,
}

/// Something that does not answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slow {
    /// The folder, file or environment.
    pub path: PathBuf,
    /// For how many seconds.
    pub seconds: u64,
}

/// What a front end asks.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// Read these rows before the others (they are on screen).
    Prefer(Vec<usize>),
    /// Read this row again, whose details the front end let go.
    Detail(usize),
    /// Read these rows again from their files, whatever is known of them.
    Again(Vec<usize>),
    /// Look at the tree now and then and tell what changes, or do not any more.
    Watch(bool),
    /// Stop walking and reading, keep what is known.
    Stop,
    /// Go on where it was stopped.
    Resume,
    /// Compare every row with this environment from now on.
    UseEnvironment(PathBuf),
    /// List the environments of this host.
    ListEnvironments,
    /// Compare these rows with every environment that was listed, in this order, while there is
    /// nothing else to do. Takes the place of the rows that were asked for before; none stops it.
    Survey(Vec<usize>),
    /// Prepare a sample for a trial of a row.
    MakeSample {
        /// The row.
        row: usize,
        /// The files that the rows will pass through before the model, in order; none for a trial
        /// of the model alone.
        steps: Vec<PathBuf>,
    },
    /// Look for the categories that the inputs of a row can have.
    Known {
        /// The row.
        row: usize,
        /// The files that the rows will pass through before the model, in order.
        steps: Vec<PathBuf>,
    },
    /// Look for numbers of this row that are worth a picture.
    Figures(usize),
    /// Compute the digest of the file of this row.
    Digest(usize),
    /// Run a trial. The Python engine is only asked for after the user's consent.
    Run {
        /// The row.
        row: usize,
        /// Which engine.
        engine: Engine,
        /// The rows to predict.
        sample: Sample,
        /// The files that they pass through before the model, in order, with our own arithmetic.
        steps: Vec<PathBuf>,
        /// The prefix of the environment that the consent named; a Python trial in any other is
        /// refused.
        environment: Option<PathBuf>,
        /// The digest that the consent named; a Python trial of a file that has another one now is
        /// refused. `None` when the consent named none.
        sha256: Option<String>,
    },
    /// Weigh a traceback against every row found so far; an earlier question is dropped.
    Explain {
        /// The number of the question, for its answer.
        number: u64,
        /// The traceback with whatever stands around it, or a bare message.
        text: String,
    },
    /// Stop the running trial.
    CancelTrial,
    /// Walk and read everything again.
    Rescan,
    /// Stop everything and end.
    Quit,
}
