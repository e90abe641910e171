//! What a comparison says: the rows of the diff pane, the findings, the verdict, the fix.

use std::path::PathBuf;

use serde::Serialize;

use super::{History, Verdict};
use crate::manifest::Evidence;

/// The outcome of comparing one manifest with one environment (or with none).
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The worst finding's verdict.
    pub verdict: Verdict,
    /// One sentence without a full stop: what will happen and why.
    pub summary: String,
    /// Saved with, declared and live, side by side; the most consequential first.
    pub rows: Vec<Row>,
    /// What breaks or may break, the worst first.
    pub findings: Vec<Finding>,
    /// The smallest change that helps.
    pub fix: Option<Fix>,
    /// What published releases tell about the code that it runs: evidence, no verdict.
    pub history: Vec<History>,
    /// How far its numbers move, where both sides of a change can be computed.
    pub shift: Option<Shift>,
}

/// How far the answers of a model move between the release that saved it and the one that would
/// read it. Our own arithmetic computed both; nobody ran the model.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Shift {
    /// Where the rows come from, for people.
    pub input_source: String,
    /// How many rows were asked.
    pub rows: usize,
    /// Each method whose answers move on these rows.
    pub moved: Vec<Moved>,
    /// The methods whose answers stay the same on these rows.
    pub unmoved: Vec<String>,
}

/// How far the answers of one method move.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Moved {
    /// `predict_proba`.
    pub method: String,
    /// Rows whose answer is another one.
    pub rows: usize,
    /// The largest distance of two numbers; `None` where the answers are labels, or not finite.
    pub largest: Option<f64>,
    /// Of the largest distance, or of the first other label: as it was saved.
    pub saved: String,
    /// The same, as it would be read.
    pub live: String,
}

impl Shift {
    /// One sentence for people, without a full stop.
    pub fn sentence(&self) -> String {
        let rows = match self.rows {
            1 => "1 row".to_owned(),
            count => format!("{count} rows"),
        };
        let moved = self.moved.iter().map(|moved| {
            let how = match moved.largest {
                Some(largest) => format!("moves by up to {}", short(largest)),
                None => format!("gives another answer for {} of them", moved.rows),
            };
            format!(
                "{} {how} ({} became {})",
                moved.method, moved.saved, moved.live
            )
        });
        let still = self.unmoved.iter().map(|method| format!("{method} stays"));
        let all: Vec<String> = moved.chain(still).collect();
        format!("on {rows} ({}): {}", self.input_source, all.join(", "))
    }
}

/// A number with four digits that count.
pub fn short(number: f64) -> String {
    let rounded: f64 = format!("{number:.3e}").parse().unwrap_or(number);
    rounded.to_string()
}

/// One line of the diff pane.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// A distribution, `python`, a module or a name.
    pub subject: String,
    /// What it was saved with: a specifier or version; empty when unknown.
    pub saved: String,
    /// What files near it declare; empty when nothing does.
    pub declared: String,
    /// What the environment has; empty when it has none.
    pub live: String,
    /// How the two compare.
    pub status: RowStatus,
    /// What follows, for people, at most a short clause; empty when nothing does.
    pub consequence: String,
    /// The proof.
    pub evidence: Vec<Evidence>,
}

/// How a row's live side compares with what was saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RowStatus {
    /// A finding says that this breaks loading or predicting.
    Breaks,
    /// Not there at all, and needed.
    Missing,
    /// A finding says that numbers may differ.
    Differs,
    /// The live version is newer; nothing follows that is known.
    Newer,
    /// The live version is older; nothing follows that is known.
    Older,
    /// One side is not known.
    Unknown,
    /// The same, or within the wanted range.
    Same,
}

/// When trouble shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// While loading.
    Load,
    /// At the first predict or transform.
    Predict,
    /// In the numbers.
    Values,
    /// In what loading would run.
    Trust,
}

/// One thing that will or may go wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The stable id of the rule: `name-missing`.
    pub rule: &'static str,
    /// When it shows.
    pub stage: Stage,
    /// What it is about: a dotted name, a distribution, the file.
    pub subject: String,
    /// The distribution whose version decides it, when one does (normalised, or `python`).
    pub distribution: Option<String>,
    /// What the artifact wants.
    pub wanted: String,
    /// What the environment has.
    pub found: String,
    /// The exception class that Python would raise, when one is foretold.
    pub exception: Option<String>,
    /// Its message word for word where that can be known; else a clause for people.
    pub message: String,
    /// Whether the rule is sure. A finding that is not makes the verdict `unknown`, no worse.
    pub certain: bool,
    /// The proof: places in the artifact and in the environment.
    pub evidence: Vec<Evidence>,
    /// The remedy of this finding alone, one clause.
    pub fix: Option<String>,
}

/// The smallest change that helps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Fix {
    /// Requirement specifiers to install: `scikit-learn==1.2.2`. Empty when no pin helps.
    pub pins: Vec<String>,
    /// A command to copy; empty when none helps.
    pub command: String,
    /// What it does or what else to do, one clause for people.
    pub explanation: String,
    /// A command that opens the artifact in an environment made for it and thrown away; it runs
    /// what the file holds. `None` when one line cannot.
    pub throw_away: Option<String>,
    /// Another environment of this host in which it is ready, when somebody looked.
    pub elsewhere: Option<Elsewhere>,
    /// How to save or train it again, one clause, when no release helps.
    pub again: Option<String>,
}

impl Fix {
    /// Whether the command changes the environment that the artifact was compared with.
    pub fn in_place(&self) -> bool {
        self.command.starts_with("uv pip install")
    }
}

/// An environment of this host in which an artifact is ready.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Elsewhere {
    /// Its prefix.
    pub prefix: PathBuf,
    /// Its Python, when its files say.
    pub python: Option<String>,
    /// What it has of the distributions that matter: `scikit-learn 1.0.2`.
    pub has: Vec<String>,
}
