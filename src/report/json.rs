//! The machine-readable contract: one JSON object an artifact and environment, one line each.
//!
//! What is here changes only with `schema`.

use std::borrow::Cow;

use compact_str::CompactString;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use crate::artifact::{Artifact, Format};
use crate::compat::{Comparison, Finding, Row, Stage};
use crate::environment::Environment;
use crate::manifest::{
    Basis, Certainty, Evidence, Manifest, Prepared, Relation, Requirement, Role,
};
use crate::package;
use crate::source::Compression;
use crate::text;
use crate::trial::{Cell, Outcome, Prediction, Run, TrialError};
use crate::trust::Trust;

/// The version of every object's shape.
pub(super) const SCHEMA: u32 = 1;

/// One object of `check`.
pub fn check(
    artifact: &Artifact,
    manifest: &Manifest,
    trust: Option<&Trust>,
    environment: Option<&Environment>,
    comparison: &Comparison,
    sha256: Option<&str>,
) -> Value {
    let mut object = head(artifact);
    object.insert("sha256".into(), json!(sha256));
    object.insert(
        "environment".into(),
        environment.map_or(Value::Null, of_environment),
    );
    object.insert("verdict".into(), json!(comparison.verdict.word()));
    object.insert("summary".into(), json!(comparison.summary));
    object.insert(
        "trust".into(),
        json!(trust.map(|trust| trust.word.as_str())),
    );
    object.insert("unreadable".into(), unreadable(artifact));
    object.insert("saved_with".into(), saved_with(manifest));
    object.insert("root".into(), json!(manifest.root));
    object.insert(
        "requirements".into(),
        comparison.rows.iter().map(of_row).collect(),
    );
    object.insert(
        "findings".into(),
        comparison
            .findings
            .iter()
            .map(|finding| with_shift(finding, comparison))
            .collect(),
    );
    object.insert("history".into(), json!(comparison.history));
    object.insert(
        "fix".into(),
        comparison
            .fix
            .as_ref()
            .map_or(Value::Null, |fix| json!(fix)),
    );
    Value::Object(object)
}

/// Bytes of one object of `show` that are set aside at once.
const PAGE: usize = 8 << 10;

/// One object of `show`, in one line. Written straight from the manifest: a shelf has thousands.
pub fn show(
    artifact: &Artifact,
    manifest: &Manifest,
    trust: Option<&Trust>,
) -> serde_json::Result<Vec<u8>> {
    let siblings = manifest.siblings.iter().map(|sibling| Shown::Sibling {
        path: sibling.path.to_string_lossy(),
        relation: &sibling.relation,
        certainty: sibling.certainty,
        subject: &sibling.subject,
        line: sibling.line,
        reason: &sibling.reason,
    });
    let names = manifest.names.iter().map(|needed| Shown::Name {
        module: &needed.module,
        name: &needed.name,
        role: &needed.role,
        offset: needed.offset,
    });
    let steps = manifest.steps.iter().map(|step| Shown::Step {
        depth: step.depth,
        label: &step.label,
        what: &step.what,
        details: Details(&step.details),
    });
    // A page of a small model, so that it need not grow piece by piece.
    let mut page = Vec::with_capacity(PAGE);
    let shown = Show {
        schema: SCHEMA,
        path: artifact.path.to_string_lossy(),
        format: &artifact.format,
        compression: &artifact.compression,
        size: artifact.size,
        unreadable: unreadable(artifact),
        trust: trust.map(|trust| trust.word.as_str()),
        saved_with: saved_with(manifest),
        root: &manifest.root,
        protocol: manifest.protocol,
        stamped: &manifest.saved_with,
        declared: &manifest.declared,
        inputs: Inputs {
            count: manifest.feature_count,
            names: &manifest.feature_names,
        },
        classes: &manifest.classes,
        names: names.collect(),
        steps: steps.collect(),
        siblings: siblings.collect(),
        prepared: &manifest.prepared,
        notes: &manifest.notes,
    };
    serde_json::to_writer(&mut page, &shown)?;
    Ok(page)
}

#[derive(Serialize)]
struct Show<'a> {
    schema: u32,
    path: Cow<'a, str>,
    format: &'a Format,
    compression: &'a Option<Compression>,
    size: u64,
    unreadable: Value,
    trust: Option<&'a str>,
    saved_with: Value,
    root: &'a Option<String>,
    protocol: Option<u8>,
    stamped: &'a [Requirement],
    declared: &'a [Requirement],
    inputs: Inputs<'a>,
    classes: &'a [String],
    names: Vec<Shown<'a>>,
    steps: Vec<Shown<'a>>,
    siblings: Vec<Shown<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prepared: &'a Option<Prepared>,
    notes: &'a [String],
}

#[derive(Serialize)]
struct Inputs<'a> {
    count: Option<usize>,
    names: &'a [String],
}

/// Members of the lists of [`Show`].
#[derive(Serialize)]
#[serde(untagged)]
enum Shown<'a> {
    Name {
        module: &'a str,
        name: &'a str,
        role: &'a Role,
        offset: u64,
    },
    Step {
        depth: u16,
        label: &'a str,
        what: &'a str,
        details: Details<'a>,
    },
    Sibling {
        path: Cow<'a, str>,
        relation: &'a Relation,
        #[serde(skip_serializing_if = "Option::is_none")]
        certainty: Option<Certainty>,
        subject: &'a str,
        line: Option<u32>,
        reason: &'a str,
    },
}

/// Name and value pairs as one JSON object; of a repeated name only the last one counts.
struct Details<'a>(&'a [(CompactString, CompactString)]);

impl Serialize for Details<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let last = self.0.iter().enumerate().filter(|(at, (name, _))| {
            let later = &self.0[at + 1..];
            later.iter().all(|(other, _)| other != name)
        });
        serializer.collect_map(last.map(|(_, (name, value))| (&**name, &**value)))
    }
}

/// How a live trial ran.
fn run(run: &Run) -> Value {
    let sandbox = &run.sandbox;
    json!({
        "interpreter": run.interpreter,
        "python": run.python,
        "sha256": run.sha256,
        "peak_memory": run.peak_memory,
        "returned": run.returned,
        "sandbox": {
            "word": sandbox.word(),
            "landlock": sandbox.landlock,
            "seccomp": sandbox.seccomp,
            "missing": sandbox.missing,
            "reads": sandbox.reads,
            "sealed": sandbox.sealed,
            "seconds": sandbox.seconds,
            "memory": sandbox.memory,
        },
    })
}

/// The object of `predict`.
pub fn predict(result: &Result<Prediction, TrialError>, engine: &str) -> Value {
    let prediction = match result {
        Ok(prediction) => prediction,
        Err(error) => {
            return json!({
                "schema": SCHEMA, "engine": engine, "input_source": null, "outputs": {},
                "warnings": [], "error": {"kind": kind(error), "message": error.to_string()},
            });
        }
    };
    let mut outputs = Map::new();
    for output in &prediction.outputs {
        let rows = output.rows.iter().map(|row| match row.as_slice() {
            [single] if output.flat => cell(single),
            cells => cells.iter().map(cell).collect(),
        });
        outputs.insert(output.method.clone(), rows.collect());
    }
    json!({
        "schema": SCHEMA,
        "engine": prediction.engine,
        "input_source": prediction.input_source,
        "outputs": outputs,
        "warnings": prediction.warnings,
        "printed": prediction.printed,
        "seconds": prediction.seconds,
        "recorded": prediction.recorded,
        "run": prediction.run.as_deref().map(run),
        "error": outcome(&prediction.outcome),
    })
}

/// One object of `envs`.
pub fn environment(environment: &Environment, chosen: bool) -> Value {
    json!({
        "schema": SCHEMA,
        "prefix": environment.prefix.to_string_lossy(),
        "interpreter": environment.interpreter.as_ref().map(|path| path.to_string_lossy()),
        "python": environment.python.map(|python| python.to_string()),
        "origin": environment.origin,
        "chosen": chosen,
        "distributions": environment.installed.len(),
        "scikit-learn": environment.distribution("scikit-learn").map(|d| d.version.as_str()),
    })
}

fn head(artifact: &Artifact) -> Map<String, Value> {
    let mut object = Map::new();
    object.insert("schema".into(), json!(SCHEMA));
    object.insert("path".into(), json!(artifact.path.to_string_lossy()));
    object.insert("format".into(), json!(artifact.format));
    object.insert("compression".into(), json!(artifact.compression));
    object.insert("size".into(), json!(artifact.size));
    object
}

fn unreadable(artifact: &Artifact) -> Value {
    match &artifact.facts {
        Ok(_) => Value::Null,
        Err(why) => json!({"kind": why.kind, "reason": why.reason, "repair": why.repair}),
    }
}

pub(super) fn of_environment(environment: &Environment) -> Value {
    let mut object = json!({
        "prefix": environment.prefix.to_string_lossy(),
        "python": environment.python.map(|python| python.to_string()),
    });
    if !environment.supposed().is_empty() {
        object["against"] = json!(environment.supposing_what());
    }
    object
}

/// One version or range a subject: the stamped one, else what is implied.
fn saved_with(manifest: &Manifest) -> Value {
    let mut object = Map::new();
    for requirement in &manifest.saved_with {
        if object.contains_key(&requirement.subject) {
            continue;
        }
        let about = || {
            let same = manifest.saved_with.iter();
            same.filter(|other| other.subject == requirement.subject)
        };
        let stamped = about().find(|r| r.basis == Basis::Stamped);
        let version = match stamped {
            Some(stamped) => stamped.wanted.trim_start_matches("==").to_owned(),
            None => package::intersect(about().map(|r| r.wanted.as_str())),
        };
        object.insert(requirement.subject.clone(), json!(version));
    }
    Value::Object(object)
}

fn of_row(row: &Row) -> Value {
    json!({
        "subject": row.subject,
        "wanted": wanted(&row.saved),
        "declared": row.declared,
        "found": row.live,
        "status": row.status,
        "consequence": row.consequence,
        "evidence": row.evidence,
    })
}

/// A row's saved side as a specifier: an exact version gets its operator, a bare need has none.
fn wanted(saved: &str) -> String {
    match saved {
        "needed" => String::new(),
        exact if exact.starts_with(|c: char| c.is_ascii_digit()) && !exact.contains(' ') => {
            format!("=={exact}")
        }
        other => other.to_owned(),
    }
}

/// A finding about values says how far they move, where that could be computed.
fn with_shift(finding: &Finding, comparison: &Comparison) -> Value {
    let mut object = of_finding(finding);
    if finding.stage == Stage::Values
        && let Some(shift) = &comparison.shift
    {
        object["difference"] = json!(shift);
    }
    object
}

fn of_finding(finding: &Finding) -> Value {
    json!({
        "rule": finding.rule,
        "stage": finding.stage,
        "subject": finding.subject,
        "distribution": finding.distribution,
        "wanted": finding.wanted,
        "found": finding.found,
        "exception": finding.exception,
        "message": finding.message,
        "certain": finding.certain,
        "evidence": finding.evidence.iter().map(evidence_line).collect::<Vec<_>>(),
        "fix": finding.fix,
    })
}

/// One piece of evidence in one line: `train.py:12 defines log_amount`, `byte 913: …`.
pub fn evidence_line(evidence: &Evidence) -> String {
    let place = match (&evidence.file, evidence.line, evidence.offset) {
        (Some(file), Some(line), _) => format!("{}:{line}: ", text::path(file)),
        (Some(file), None, _) => format!("{}: ", text::path(file)),
        (None, _, Some(offset)) => format!("byte {offset}: "),
        (None, _, None) => String::new(),
    };
    format!("{place}{}", evidence.text)
}

/// JSON has no NaN and no infinities: they become strings, as Python writes them.
pub(super) fn cell(cell: &Cell) -> Value {
    match cell {
        Cell::Float(value) if value.is_nan() => json!("NaN"),
        Cell::Float(value) if value.is_infinite() && *value > 0.0 => json!("Infinity"),
        Cell::Float(value) if value.is_infinite() => json!("-Infinity"),
        other => json!(other),
    }
}

fn kind(error: &TrialError) -> &'static str {
    match error {
        TrialError::Refused { .. } => "refused",
        TrialError::Sample(_) => "sample",
        TrialError::Unusable(_) => "unusable",
        TrialError::NotAllowed(_) => "not-allowed",
    }
}

fn outcome(outcome: &Outcome) -> Value {
    match outcome {
        Outcome::Finished => Value::Null,
        Outcome::Raised {
            stage,
            exception,
            message,
            traceback,
        } => json!({
            "kind": "raised", "stage": stage, "exception": exception, "message": message,
            "traceback": traceback,
        }),
        Outcome::Signal(signal) => json!({
            "kind": "signal", "signal": signal, "message": outcome.failure(),
        }),
        Outcome::TimedOut(_) => json!({"kind": "timeout", "message": outcome.failure()}),
        Outcome::Cancelled => json!({"kind": "cancelled", "message": "stopped by the user"}),
    }
}
