//! What holds a live trial back on this system, and what does not: said before it runs and beside
//! its result. Words only; `python` enforces.

use std::time::Duration;

use serde::Serialize;

/// The terms of one live trial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sandbox {
    /// The Landlock ABI whose rights are enforced on files (1, 2, 3, 4, 5, 6, 9); `None`: files are
    /// not guarded.
    pub landlock: Option<u32>,
    /// Whether system calls are filtered.
    pub seccomp: bool,
    /// Why a layer is missing; empty when none is.
    pub missing: Vec<String>,
    /// What may be read, for people; the system's libraries go without saying.
    pub reads: Vec<String>,
    /// Whether the file's bytes were hashed and sealed before they were handed over, so that
    /// nobody can change them between the question and the answer.
    pub sealed: bool,
    /// Wall-clock limit.
    pub seconds: u64,
    /// Memory limit in bytes.
    pub memory: u64,
}

impl Sandbox {
    /// `sandboxed`, `partly sandboxed` or `not sandboxed`.
    pub fn word(&self) -> &'static str {
        match (self.landlock.is_some(), self.seccomp) {
            (true, true) => "sandboxed",
            (false, false) => "not sandboxed",
            _ => "partly sandboxed",
        }
    }

    /// What the trial may do, one clause: `may read …; may write …; no network`.
    pub fn may(&self) -> String {
        let mut clauses = Vec::new();
        if self.landlock.is_some() {
            clauses.push(format!(
                "may read {} and the system's libraries",
                self.reads.join(", ")
            ));
            clauses.push("may write one scratch folder, removed afterwards".to_owned());
        } else {
            clauses.push("may read and write whatever you may".to_owned());
        }
        clauses.push(
            match (self.seccomp, self.landlock) {
                (true, _) => "no network, no other processes",
                (false, Some(4..)) => "no TCP, but UDP and other processes",
                (false, _) => "may use the network and start processes",
            }
            .to_owned(),
        );
        let time = Duration::from_secs(self.seconds);
        clauses.push(format!(
            "at most {} s and {}",
            time.as_secs(),
            crate::text::bytes(self.memory)
        ));
        clauses.join("; ")
    }

    /// The whole statement: the word, why it is not better, and what the trial may do.
    pub fn sentence(&self) -> String {
        let why = if self.missing.is_empty() {
            String::new()
        } else {
            format!(" ({})", self.missing.join("; "))
        };
        format!("{}{why}: {}", self.word(), self.may())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(landlock: Option<u32>, seccomp: bool, missing: &[&str]) -> String {
        Sandbox {
            landlock,
            seccomp,
            missing: missing.iter().map(|&why| why.to_owned()).collect(),
            reads: vec!["/srv/.venv".into(), "the file".into()],
            sealed: true,
            seconds: 30,
            memory: 2 << 30,
        }
        .sentence()
    }

    #[test]
    fn each_missing_layer_is_said_and_nothing_more_is_promised() {
        assert_eq!(
            terms(Some(6), true, &[]),
            "sandboxed: may read /srv/.venv, the file and the system's libraries; may write one \
             scratch folder, removed afterwards; no network, no other processes; at most 30 s and 2.0 GiB"
        );
        let half = terms(None, true, &["this kernel has no Landlock"]);
        assert!(
            half.starts_with("partly sandboxed (this kernel has no Landlock): may read and write whatever you may; no network"),
            "{half}"
        );
        let half = terms(Some(3), false, &["no filter"]);
        assert!(
            half.contains("may use the network and start processes"),
            "{half}"
        );
        let half = terms(Some(4), false, &["no filter"]);
        assert!(half.contains("no TCP, but UDP"), "{half}");
        let none = terms(None, false, &["asked for"]);
        assert!(none.starts_with("not sandboxed (asked for): may read and write whatever you may; may use the network"), "{none}");
    }
}
