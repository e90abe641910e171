//! `booster-notation`: the live release of a booster library cannot read the notation in which the
//! artifact holds its model, or reads it and then misses an attribute.
//!
//! Each row was tried with real releases of both libraries; releases between those that were tried
//! and a boundary that no changelog names give a doubt, not a verdict.

use super::rule::{Context, in_file};
use super::{Finding, Stage};
use crate::artifact::Notation;
use crate::package;

/// What happens to a notation in a range of releases.
struct Trouble {
    library: &'static str,
    notation: &'static str,
    /// Inside pickles, in files of its own, or (`None`) in both.
    pickled: Option<bool>,
    /// Releases that wrote it so; empty for all.
    saved: &'static str,
    live: &'static str,
    stage: Stage,
    certain: bool,
    exception: Option<&'static str>,
    message: &'static str,
    /// What opens it.
    wanted: &'static str,
}

const XGBOOST: Trouble = Trouble {
    library: "xgboost",
    notation: "",
    pickled: None,
    saved: "",
    live: "",
    stage: Stage::Load,
    certain: true,
    exception: Some("XGBoostError"),
    message: "",
    wanted: "",
};

const TROUBLES: &[Trouble] = &[
    Trouble {
        notation: "binary",
        pickled: Some(true),
        live: ">=1.0",
        message: "a booster pickled before 1.0 has no serialization header",
        wanted: "<1.0",
        ..XGBOOST
    },
    Trouble {
        notation: "binary",
        pickled: Some(false),
        live: ">=3.1",
        message: "the binary format has been removed in 3.1",
        wanted: "<3.1",
        ..XGBOOST
    },
    Trouble {
        notation: "binary",
        pickled: Some(false),
        saved: ">=1.0",
        live: "<1.0",
        stage: Stage::Values,
        exception: None,
        message: "releases before 1.0 find no outputs in the model and predict an empty array",
        wanted: ">=1.0,<3.1",
        ..XGBOOST
    },
    Trouble {
        notation: "binary with configuration",
        live: ">=3.1",
        message: "Invalid serialization file: 3.1 reads pickled boosters only as UBJSON",
        wanted: ">=1.0,<3.1",
        ..XGBOOST
    },
    Trouble {
        notation: "binary with configuration",
        live: "<1.0",
        exception: None,
        message: "releases before 1.0 take the serialization header for a model",
        wanted: ">=1.0,<3.1",
        ..XGBOOST
    },
    Trouble {
        notation: "JSON",
        pickled: Some(true),
        live: ">=3.1",
        message: "Invalid serialization file: 3.1 reads pickled boosters only as UBJSON",
        wanted: ">=1.3,<3.1",
        ..XGBOOST
    },
    Trouble {
        notation: "JSON",
        live: "<1.0",
        message: "releases before 1.0 read only the binary format",
        wanted: ">=1.0",
        ..XGBOOST
    },
    Trouble {
        notation: "JSON",
        saved: ">=1.6",
        live: ">=1.0,<1.6",
        message: "1.6 changed the types of values in JSON models",
        wanted: ">=1.6",
        ..XGBOOST
    },
    Trouble {
        notation: "JSON",
        saved: ">=1.1,<1.6",
        live: ">=1.0,<1.1",
        certain: false,
        message: "JSON models of later releases may lack values that 1.0 reads",
        wanted: ">=1.1",
        ..XGBOOST
    },
    Trouble {
        notation: "UBJSON",
        live: "<1.6",
        message: "releases before 1.6 do not know UBJSON",
        wanted: ">=1.6",
        ..XGBOOST
    },
    Trouble {
        notation: "UBJSON",
        saved: ">=3.1",
        live: ">=1.6,<3.1",
        stage: Stage::Values,
        exception: None,
        message: "releases before 3.1 do not understand the intercept (base_score), which is a list since 3.1",
        wanted: ">=3.1",
        ..XGBOOST
    },
    Trouble {
        library: "lightgbm",
        notation: "_handle",
        pickled: Some(true),
        live: "<4.0",
        stage: Stage::Predict,
        exception: Some("AttributeError"),
        message: "'Booster' object has no attribute 'handle'",
        wanted: ">=4.0",
        ..XGBOOST
    },
];

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let Ok(facts) = &context.artifact.facts else {
        return;
    };
    let mut told: Vec<&Trouble> = Vec::new();
    for notation in &facts.notations {
        for trouble in TROUBLES {
            if trouble.fits(notation, context)
                && !told.iter().any(|old| std::ptr::eq(*old, trouble))
            {
                told.push(trouble);
                findings.push(trouble.finding(notation, context));
            }
        }
    }
}

impl Trouble {
    fn fits(&self, notation: &Notation, context: &Context<'_>) -> bool {
        let saved = || {
            let stamps = context.manifest.saved_with.iter();
            stamps
                .filter(|stamp| stamp.subject == self.library)
                .find_map(|stamp| stamp.wanted.strip_prefix("=="))
                // Binary models name only the minor release: `==1.7.*`.
                .map(|version| version.trim_end_matches(".*"))
        };
        self.library == notation.library
            && self.notation == notation.name
            && self
                .pickled
                .is_none_or(|pickled| pickled == notation.inside.is_some())
            && context.live_in(self.library, self.live) == Some(true)
            && (self.saved.is_empty()
                || saved().and_then(|version| package::satisfies(version, self.saved))
                    == Some(true))
    }

    fn finding(&self, notation: &Notation, context: &Context<'_>) -> Finding {
        let place = notation.inside.unwrap_or(0);
        let mut evidence = vec![in_file(
            place,
            format!("{} model, {}", self.library, self.notation),
        )];
        evidence.extend(context.live_evidence(self.library));
        let remedy = format!("install {}{}", self.library, self.wanted);
        // A file of its own can be written again by any release that reads it.
        let fix = match self.pickled {
            Some(true) => format!("{remedy}, or save it there with save_model and load that"),
            _ => remedy,
        };
        // With most pickles of later releases, those before 1.0 end the process instead of raising.
        let ends = self.library == "xgboost"
            && notation.inside.is_some()
            && context.live_in("xgboost", "<1.0") == Some(true);
        Finding {
            rule: "booster-notation",
            stage: self.stage,
            subject: self.library.into(),
            distribution: Some(self.library.into()),
            wanted: self.wanted.into(),
            found: context.live(self.library).unwrap_or_default().into(),
            exception: self.exception.filter(|_| !ends).map(Into::into),
            message: self.message.into(),
            certain: self.certain,
            evidence,
            fix: Some(fix),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_specifiers_and_what_opens_is_outside_the_trouble() {
        for trouble in TROUBLES {
            for range in [trouble.saved, trouble.live, trouble.wanted] {
                assert!(
                    range.is_empty() || range.parse::<pep440_rs::VersionSpecifiers>().is_ok(),
                    "{range}"
                );
            }
            for release in [
                "0.90", "1.0.2", "1.3.3", "1.5.2", "1.6.2", "2.1.4", "3.0.2", "3.1.1", "4.6.0",
            ] {
                let both = package::satisfies(release, trouble.live) == Some(true)
                    && package::satisfies(release, trouble.wanted) == Some(true);
                assert!(
                    !both,
                    "{release} of {}: {}",
                    trouble.library, trouble.message
                );
            }
        }
    }
}
