//! The rows of the diff: saved with, declared and live, side by side, most consequential first.

use std::collections::BTreeSet;

use super::{Finding, Row, RowStatus, Stage};
use crate::environment::Environment;
use crate::manifest::{Basis, Evidence, Manifest, Prepared, Requirement};
use crate::package;

/// The subjects that are shown even when nothing is known about them.
const ALWAYS: [&str; 1] = ["python"];

/// One row a distribution that the artifact needs or was saved with, and one a missing name.
pub fn rows(
    manifest: &Manifest,
    environment: Option<&Environment>,
    findings: &[Finding],
) -> Vec<Row> {
    let mut subjects: BTreeSet<String> = BTreeSet::new();
    for subject in ALWAYS {
        subjects.insert(subject.into());
    }
    for requirement in &manifest.saved_with {
        subjects.insert(requirement.subject.clone());
    }
    for needed in &manifest.names {
        let top = crate::package::top_of(&needed.module);
        if let Some(distribution) = needed_distribution(environment, top) {
            subjects.insert(distribution);
        }
    }
    for finding in findings {
        if let Some(distribution) = &finding.distribution {
            subjects.insert(distribution.clone());
        }
    }
    let mut rows: Vec<Row> = subjects
        .iter()
        .map(|subject| row(subject, manifest, environment, findings))
        .collect();
    rows.extend(
        findings
            .iter()
            .filter(|f| f.distribution.is_none())
            .filter_map(name_row),
    );
    rows.extend(manifest.prepared.as_ref().map(prepared_row));
    rows.sort_by(|a, b| {
        (a.status, rank(&a.subject), &a.subject).cmp(&(b.status, rank(&b.subject), &b.subject))
    });
    rows
}

/// Python first, then the libraries whose versions matter most.
fn rank(subject: &str) -> usize {
    [
        "python",
        "scikit-learn",
        "numpy",
        "scipy",
        "pandas",
        "joblib",
    ]
    .iter()
    .position(|known| *known == subject)
    .unwrap_or(usize::MAX)
}

fn needed_distribution(environment: Option<&Environment>, top: &str) -> Option<String> {
    if matches!(top, "" | "__main__" | "__mp_main__") {
        return None;
    }
    let owner = environment.and_then(|e| e.distribution_of_module(top));
    match owner {
        Some(owner) => Some(owner.name.clone()),
        None => package::distribution_of(top).map(str::to_owned),
    }
}

fn row(
    subject: &str,
    manifest: &Manifest,
    environment: Option<&Environment>,
    findings: &[Finding],
) -> Row {
    let saved = saved(manifest, subject);
    let declared: Vec<&Requirement> = manifest
        .declared
        .iter()
        .filter(|r| r.subject == subject)
        .collect();
    let live = environment.and_then(|environment| live(environment, subject));
    let about: Vec<&Finding> = findings
        .iter()
        .filter(|f| f.distribution.as_deref() == Some(subject))
        .collect();
    let status = status(
        subject,
        &saved,
        live.as_deref(),
        environment,
        &about,
        manifest,
    );
    let mut evidence: Vec<Evidence> = manifest
        .saved_with
        .iter()
        .filter(|r| r.subject == subject)
        .flat_map(|r| r.evidence.iter().take(1).cloned())
        .collect();
    evidence.extend(
        declared
            .iter()
            .flat_map(|r| r.evidence.iter().take(1).cloned()),
    );
    if let Some(found) = environment.and_then(|e| e.distribution(subject)) {
        evidence.push(Evidence {
            kind: "live",
            file: Some(found.metadata.clone()),
            line: None,
            offset: None,
            text: format!("{} {}", found.name, found.version),
        });
    }
    Row {
        subject: subject.to_owned(),
        consequence: consequence(&about, &declared, &saved, status),
        declared: declared
            .first()
            .map_or_else(String::new, |r| shown(&r.wanted, "any")),
        live: live.unwrap_or_default(),
        saved: saved.shown,
        status,
        evidence,
    }
}

/// What is known about the version of a subject where the artifact was saved.
struct Saved {
    /// For people: `1.2.2`, `>=1.24,<2`.
    shown: String,
    /// All of it as one specifier.
    specifier: String,
    /// The exact version, when stamped.
    exact: Option<String>,
}

fn saved(manifest: &Manifest, subject: &str) -> Saved {
    let known: Vec<&Requirement> = manifest
        .saved_with
        .iter()
        .filter(|r| r.subject == subject)
        .collect();
    let stamped: Vec<&str> = known
        .iter()
        .filter(|r| r.basis == Basis::Stamped)
        .filter_map(|r| r.wanted.strip_prefix("=="))
        .collect();
    if let [first, rest @ ..] = stamped.as_slice() {
        let mut all = vec![*first];
        all.extend(rest);
        return Saved {
            shown: all.join(" and "),
            specifier: format!("=={first}"),
            exact: rest.is_empty().then(|| (*first).to_owned()),
        };
    }
    let specifier = package::intersect(known.iter().map(|r| r.wanted.as_str()));
    Saved {
        shown: specifier.clone(),
        specifier,
        exact: None,
    }
}

fn live(environment: &Environment, subject: &str) -> Option<String> {
    if subject == "python" {
        return environment.python.map(|python| python.to_string());
    }
    environment
        .distribution(&package::normalize(subject))
        .map(|d| d.version.clone())
}

fn status(
    subject: &str,
    saved: &Saved,
    live: Option<&str>,
    environment: Option<&Environment>,
    about: &[&Finding],
    manifest: &Manifest,
) -> RowStatus {
    let certain = |stages: &[Stage]| about.iter().any(|f| f.certain && stages.contains(&f.stage));
    let Some(live) = live else {
        let needed = about.iter().any(|f| f.certain && f.stage == Stage::Load);
        return match environment {
            Some(_) if needed => RowStatus::Missing,
            _ => RowStatus::Unknown,
        };
    };
    if certain(&[Stage::Load, Stage::Predict]) {
        return RowStatus::Breaks;
    }
    if certain(&[Stage::Values]) {
        return RowStatus::Differs;
    }
    if let Some(exact) = &saved.exact {
        return match package::compare(live, exact) {
            Some(std::cmp::Ordering::Greater) => RowStatus::Newer,
            Some(std::cmp::Ordering::Less) => RowStatus::Older,
            Some(std::cmp::Ordering::Equal) => RowStatus::Same,
            None => RowStatus::Unknown,
        };
    }
    if saved.specifier.is_empty() {
        // Nothing says which version saved it; that it is there is all that can be asked.
        let needed = manifest.names.iter().any(|needed| {
            let top = crate::package::top_of(&needed.module);
            needed_distribution(environment, top).as_deref() == Some(subject)
        });
        return if needed {
            RowStatus::Same
        } else {
            RowStatus::Unknown
        };
    }
    match package::satisfies(live, &saved.specifier) {
        Some(true) => RowStatus::Same,
        Some(false) if package::is_above(live, &saved.specifier) => RowStatus::Newer,
        Some(false) => RowStatus::Older,
        None => RowStatus::Unknown,
    }
}

fn consequence(
    about: &[&Finding],
    declared: &[&Requirement],
    saved: &Saved,
    status: RowStatus,
) -> String {
    if let Some(finding) = about.first() {
        return crate::text::short(finding.message.lines().next().unwrap_or_default(), 120);
    }
    let contradicts = saved.exact.as_deref().and_then(|exact| {
        declared
            .iter()
            .find(|r| !r.wanted.is_empty() && package::satisfies(exact, &r.wanted) == Some(false))
    });
    if let Some(declaration) = contradicts {
        let file = declaration.evidence.first().and_then(|e| e.file.as_ref());
        let file = file
            .and_then(|f| f.file_name())
            .map(|f| f.to_string_lossy().into_owned());
        return format!(
            "{} asks for {}, which is not what saved it",
            file.unwrap_or_else(|| "a file near it".into()),
            declaration.wanted
        );
    }
    match status {
        RowStatus::Newer | RowStatus::Older => "no known consequence".into(),
        _ => String::new(),
    }
}

fn name_row(finding: &Finding) -> Option<Row> {
    let status = match finding.stage {
        Stage::Load if finding.certain => RowStatus::Missing,
        Stage::Predict if finding.certain => RowStatus::Breaks,
        Stage::Values if finding.certain => RowStatus::Differs,
        Stage::Load | Stage::Predict | Stage::Values => RowStatus::Unknown,
        Stage::Trust => return None,
    };
    Some(Row {
        subject: finding.subject.clone(),
        saved: "needed".into(),
        declared: String::new(),
        live: finding.found.clone(),
        status,
        consequence: crate::text::short(finding.message.lines().next().unwrap_or_default(), 120),
        evidence: finding.evidence.clone(),
    })
}

/// What the model's rows went through before it was fitted, and the file that does it.
fn prepared_row(prepared: &Prepared) -> Row {
    let (status, consequence) = match (&prepared.by, prepared.proven) {
        (Some(_), _) => (RowStatus::Same, String::new()),
        (None, true) => (
            RowStatus::Missing,
            "rows in their own units give other answers".to_owned(),
        ),
        (None, false) => (
            RowStatus::Unknown,
            "nothing near it prepares them".to_owned(),
        ),
    };
    let by = prepared.by.as_ref().and_then(|path| path.file_name());
    Row {
        subject: "prepared input".into(),
        saved: prepared.how.into(),
        declared: String::new(),
        live: by.map_or_else(
            || "nothing near".into(),
            |name| crate::text::short(&name.to_string_lossy(), 60),
        ),
        status,
        consequence,
        evidence: vec![Evidence {
            kind: "inferred",
            file: None,
            line: None,
            offset: None,
            text: prepared.reason.clone(),
        }],
    }
}

fn shown(specifier: &str, any: &str) -> String {
    if specifier.is_empty() {
        return any.to_owned();
    }
    specifier.strip_prefix("==").unwrap_or(specifier).to_owned()
}
