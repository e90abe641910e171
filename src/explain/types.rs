//! A traceback as it was understood, and what the files of a shelf have to do with it.

use std::path::PathBuf;

use serde::Serialize;

use crate::compat::Verdict;
use crate::manifest::Evidence;

/// What a text with a traceback (or a bare message) says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// Every exception in it, in the order of the text; the last one is what ended the program.
    pub raised: Vec<Raised>,
    /// File names that occur outside of frames, the first mention first.
    pub files: Vec<String>,
    /// The Python that the frames come from.
    pub origin: Option<Origin>,
    /// Whether only the end of the text was read, because it is longer than the budget.
    pub cut: bool,
}

/// One exception or warning.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Raised {
    /// The class as it is written, with its module when that is: `_pickle.UnpicklingError`; empty
    /// for a message whose class is not given.
    pub exception: String,
    /// The message, its lines as they are; notes that were added to it are its last lines.
    pub message: String,
    /// The frames above it, outermost first.
    pub frames: Vec<Frame>,
    /// How it follows the exception before it.
    pub link: Link,
    /// Whether it is a warning that was only printed.
    pub warning: bool,
}

/// How an exception follows the one before it in the text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Link {
    /// It does not: it is the first, or of another traceback.
    #[default]
    None,
    /// It was raised while the one before was handled.
    During,
    /// The one before is its cause (`raise … from …`).
    From,
    /// It is a member of a group.
    Member,
}

/// One frame of a traceback.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Frame {
    /// The file as it is written; `<frozen …>` and notebook cells too.
    pub file: String,
    /// The line, from 1.
    pub line: Option<u32>,
    /// The function; empty when it is not given.
    pub function: String,
}

/// A Python, as paths name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Origin {
    /// The prefix whose `site-packages` the frames lie in; `None` when only the version shows.
    pub prefix: Option<PathBuf>,
    /// Major and minor version.
    pub python: Option<(u8, u8)>,
}

/// How far a file explains an exception, from least to most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It cannot: it lacks what the message is about, or its bytes say another one.
    Excluded,
    /// Nothing in it points there.
    Unrelated,
    /// It holds what the message is about.
    Possible,
    /// The same exception with other values is foretold for it.
    Kin,
    /// It gives this, but something else before it.
    Later,
    /// It gives exactly this.
    Exact,
}

/// One artifact with its part in an exception.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The artifact.
    pub path: PathBuf,
    /// How far it explains the exception.
    pub standing: Standing,
    /// How many of its path's last components occur in the text, one after the other.
    pub named: usize,
    /// Which exception of the trace it is about.
    pub raised: usize,
    /// The rule or the known cause behind it; empty when there is none.
    pub rule: String,
    /// Why, one clause for people.
    pub reason: String,
    /// The proof, in the artifact and in the environment.
    pub evidence: Vec<Evidence>,
    /// What to do, one clause.
    pub fix: Option<String>,
    /// A command to copy.
    pub command: Option<String>,
    /// What happens with this file here, whatever the traceback says.
    pub verdict: Verdict,
    /// The same as one sentence.
    pub summary: String,
}

/// What a message says by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// The id of the known cause.
    pub id: String,
    /// Which exception of the trace it is about.
    pub raised: usize,
    /// What is behind it, one clause.
    pub text: String,
    /// What to look at, one clause.
    pub look: String,
    /// What to do, one clause.
    pub fix: String,
    /// Whether files have no part in it.
    pub innocent: bool,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// What was read.
    pub trace: Trace,
    /// Which of its exceptions the answer is about.
    pub about: usize,
    /// What the message says by itself, when its cause is known.
    pub cause: Option<Cause>,
    /// The artifacts that may be behind it or that the text names, the most likely first.
    pub candidates: Vec<Candidate>,
    /// How many artifacts were looked at.
    pub weighed: usize,
    /// The prefix of the environment that they were compared with.
    pub prefix: Option<PathBuf>,
    /// What to know about that environment, one clause each.
    pub notes: Vec<String>,
}

impl Raised {
    /// The class without its module.
    pub fn class(&self) -> &str {
        self.exception.rsplit('.').next().unwrap_or_default()
    }

    /// The message's first line.
    pub fn first_line(&self) -> &str {
        self.message.lines().next().unwrap_or_default()
    }

    /// `KeyError: 118`, on one line.
    pub fn headline(&self) -> String {
        match (self.exception.as_str(), self.first_line()) {
            ("", message) => message.to_owned(),
            (class, "") => class.to_owned(),
            (class, message) => format!("{class}: {message}"),
        }
    }
}

impl Standing {
    /// The words for people.
    pub fn phrase(self) -> &'static str {
        match self {
            Standing::Exact => "gives exactly this",
            Standing::Later => "gives this, after something else",
            Standing::Kin => "gives this with other values",
            Standing::Possible => "could be",
            Standing::Unrelated => "gives something else",
            Standing::Excluded => "cannot be",
        }
    }

    /// Whether the file may be behind the exception.
    pub fn explains(self) -> bool {
        self >= Standing::Possible
    }
}

impl Explanation {
    /// The exception that the answer is about.
    pub fn raised(&self) -> Option<&Raised> {
        self.trace.raised.get(self.about)
    }

    /// Whether there is an answer: an artifact that may be behind it or, when there are none to
    /// look at (or files have no part in it), a known cause.
    pub fn explains(&self) -> bool {
        let by_file = self.candidates.iter().any(|c| c.standing.explains());
        let alone = self.weighed == 0 || self.cause.as_ref().is_some_and(|cause| cause.innocent);
        by_file || (alone && self.cause.is_some())
    }
}
