//! The verdict of one artifact in one environment: the worst thing that will happen.

use serde::Serialize;

/// What happens when the artifact is loaded and used, from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Loads, and predicts what it predicted where it was saved.
    Ready,
    /// Not enough is known to say; the reason says what is missing.
    Unknown,
    /// Loads and predicts, but the numbers may not be the ones it was saved with.
    Differs,
    /// Loads, then raises at predict or transform.
    FailsPredict,
    /// Raises, or kills the process, at load.
    FailsLoad,
    /// Not a model, damaged, a pointer, empty.
    Unreadable,
}

impl Verdict {
    /// Every verdict, best first.
    pub const ALL: [Verdict; 6] = [
        Verdict::Ready,
        Verdict::Unknown,
        Verdict::Differs,
        Verdict::FailsPredict,
        Verdict::FailsLoad,
        Verdict::Unreadable,
    ];

    /// The word of the machine-readable contract: `fails-load`.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Ready => "ready",
            Verdict::Unknown => "unknown",
            Verdict::Differs => "differs",
            Verdict::FailsPredict => "fails-predict",
            Verdict::FailsLoad => "fails-load",
            Verdict::Unreadable => "unreadable",
        }
    }

    /// The words for people, at most 16 columns: `fails to load`.
    pub fn phrase(self) -> &'static str {
        match self {
            Verdict::Ready => "ready",
            Verdict::Unknown => "unknown",
            Verdict::Differs => "values differ",
            Verdict::FailsPredict => "fails at predict",
            Verdict::FailsLoad => "fails to load",
            Verdict::Unreadable => "unreadable",
        }
    }
}
