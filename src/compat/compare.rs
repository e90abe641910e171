//! Runs the rules and sums them up: findings in the order in which loading meets them, the
//! verdict, one sentence, rows and fix.

use super::rule::{Context, RULES};
use super::{
    CodeStatus, Comparison, Finding, History, RowStatus, Stage, Verdict, fix, history, rows,
    supposed,
};
use crate::artifact::Artifact;
use crate::environment::Environment;
use crate::manifest::{Basis, Manifest};

/// Compares what `artifact` needs with what `environment` has.
pub fn compare(
    artifact: &Artifact,
    manifest: &Manifest,
    environment: Option<&Environment>,
) -> Comparison {
    if let Err(unreadable) = &artifact.facts {
        return Comparison {
            verdict: Verdict::Unreadable,
            summary: unreadable.reason.clone(),
            rows: Vec::new(),
            findings: Vec::new(),
            history: Vec::new(),
            shift: None,
            fix: unreadable.repair.as_ref().map(|repair| super::Fix {
                explanation: repair.clone(),
                ..super::Fix::default()
            }),
        };
    }
    if let Some(archive) = super::archive::comparison(artifact) {
        return archive;
    }
    let Some(environment) = environment else {
        return Comparison {
            verdict: Verdict::Unknown,
            summary: "no environment to compare with".into(),
            rows: rows::rows(manifest, None, &[]),
            findings: Vec::new(),
            history: Vec::new(),
            shift: None,
            fix: None,
        };
    };
    let context = Context {
        artifact,
        manifest,
        environment,
    };
    let mut findings = Vec::new();
    if let Some(objects) = context.objects() {
        objects.graph.effort().renew();
    }
    for rule in RULES {
        rule(&context, &mut findings);
    }
    super::joblib_padding::cut(&mut findings);
    findings.sort_by_key(|finding| (!finding.certain, finding.stage, place(finding)));
    let rows = rows::rows(manifest, Some(environment), &findings);
    let history = history::of(&context);
    let (verdict, summary) = judge(&context, &findings, &history);
    Comparison {
        verdict,
        summary,
        history,
        shift: None,
        fix: supposed::remedy(&context, fix::fix(&context, &findings)),
        rows,
        findings,
    }
}

/// Where loading meets the trouble.
pub(super) fn place(finding: &Finding) -> u64 {
    finding
        .evidence
        .iter()
        .find_map(|evidence| evidence.offset)
        .unwrap_or(0)
}

fn judge(context: &Context<'_>, findings: &[Finding], history: &[History]) -> (Verdict, String) {
    let worst = findings
        .iter()
        .filter(|finding| finding.certain)
        .map(verdict_of)
        .max();
    if let Some(worst) = worst {
        let first = findings
            .iter()
            .find(|f| f.certain && verdict_of(f) == worst);
        let message = first.map(headline).unwrap_or_default();
        return (worst, message);
    }
    if let Some(doubt) = findings.first() {
        return (Verdict::Unknown, headline(doubt));
    }
    let spent = context.objects();
    if spent.is_some_and(|objects| objects.graph.effort().is_spent()) {
        let summary = "its objects refer to each other so often that not all were looked at";
        return (Verdict::Unknown, summary.into());
    }
    if context.environment.python.is_none() {
        let summary = "the environment does not say which Python it has";
        return (Verdict::Unknown, summary.into());
    }
    (Verdict::Ready, ready(context, history))
}

fn verdict_of(finding: &Finding) -> Verdict {
    match finding.stage {
        Stage::Load => Verdict::FailsLoad,
        Stage::Predict => Verdict::FailsPredict,
        Stage::Values => Verdict::Differs,
        Stage::Trust => Verdict::Ready,
    }
}

/// One line: `ModuleNotFoundError: No module named 'sklearn'`.
fn headline(finding: &Finding) -> String {
    let message = finding.message.lines().next().unwrap_or_default();
    let line = match &finding.exception {
        Some(exception) => format!("{exception}: {message}"),
        None => message.to_owned(),
    };
    crate::text::short(&line, 200)
}

fn ready(context: &Context<'_>, history: &[History]) -> String {
    let stamped = context
        .manifest
        .saved_with
        .iter()
        .find(|r| r.subject == "scikit-learn" && r.basis == Basis::Stamped);
    let live = context.live("scikit-learn");
    match (stamped.and_then(|r| r.wanted.strip_prefix("==")), live) {
        (Some(saved), Some(live)) if saved == live => {
            format!("every name exists and scikit-learn is the {saved} that saved it")
        }
        _ if history.iter().any(|h| h.code == CodeStatus::Unchanged)
            && history.iter().all(History::is_proof) =>
        {
            let unchanged = history.iter().find(|h| h.code == CodeStatus::Unchanged);
            let sentence = unchanged.map(History::sentence).unwrap_or_default();
            format!("every name exists and {sentence}")
        }
        (_, Some(live)) if context.is_supposed("scikit-learn") => format!(
            "every name exists, and nothing that the code of scikit-learn {live} reads is missing"
        ),
        (Some(saved), Some(live)) => format!(
            "every name exists; nothing that is known breaks between scikit-learn {saved} and {live}"
        ),
        _ if !context
            .artifact
            .facts
            .as_ref()
            .is_ok_and(|facts| facts.executes) =>
        {
            "the library that opens it is installed".into()
        }
        _ if context.manifest.names.is_empty() => "plain data, it needs no library".into(),
        _ => "every name that loading imports exists".into(),
    }
}

impl Comparison {
    /// How many rows stand out.
    pub fn mismatches(&self) -> usize {
        let loud = [RowStatus::Breaks, RowStatus::Missing, RowStatus::Differs];
        self.rows
            .iter()
            .filter(|row| loud.contains(&row.status))
            .count()
    }
}
