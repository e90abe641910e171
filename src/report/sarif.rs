//! Findings as SARIF 2.1.0, for code scanning: a head with the pages of all rules, one result a
//! finding, a foot. It is written piece by piece, since a shelf can have very many artifacts.
//!
//! An artifact that is ready has no results. One that cannot be read has one of the rule
//! `unreadable`; one that nobody can judge has one of the rule `undecided`.

use std::fmt::Write;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::artifact::Artifact;
use crate::compat::pages::{self, Level, Page};
use crate::compat::{Comparison, Finding, Stage, Verdict};
use crate::environment::Environment;
use crate::manifest::Evidence;
use crate::text;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// Everything before the first result.
pub fn head() -> String {
    let driver = json!({
        "name": "shelflife",
        "version": env!("CARGO_PKG_VERSION"),
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "rules": pages::pages().iter().map(descriptor).collect::<Vec<Value>>(),
    });
    format!(
        "{{\"$schema\":\"{SCHEMA}\",\"version\":\"2.1.0\",\"runs\":[{{\"tool\":{{\"driver\":{driver}}},\"results\":["
    )
}

/// Everything behind the last result. `complete` is false when something could not be looked at.
pub fn foot(complete: bool) -> String {
    let invocation = json!({ "executionSuccessful": complete });
    format!("\n],\"invocations\":[{invocation}]}}]}}\n")
}

fn descriptor(page: &Page) -> Value {
    json!({
        "id": page.id,
        "shortDescription": { "text": page.title },
        "fullDescription": { "text": page.checks },
        "help": {
            "text": format!("{}\n\n{}\n\nExample: {}\n\nFix: {}", page.checks, page.matters, page.example, page.fix),
        },
        "defaultConfiguration": { "level": page.level },
    })
}

/// The results of one artifact in one environment, an object each.
pub fn results(
    artifact: &Artifact,
    environment: Option<&Environment>,
    comparison: &Comparison,
) -> Vec<Value> {
    let about = |rule: &str, level: Level, words: &str| {
        let mut result = Map::new();
        result.insert("ruleId".into(), json!(rule));
        if let Some((index, _)) = pages::page(rule) {
            result.insert("ruleIndex".into(), json!(index));
        }
        result.insert("level".into(), json!(level));
        result.insert("message".into(), json!({ "text": words }));
        let prefix = environment.map(|environment| text::path(&environment.prefix));
        result.insert(
            "properties".into(),
            json!({ "verdict": comparison.verdict, "environment": prefix }),
        );
        result
    };
    let whole =
        || json!([{ "physicalLocation": { "artifactLocation": location(&artifact.path) } }]);
    let one = |rule: &str, level: Level| {
        let mut result = about(rule, level, &comparison.summary);
        result.insert("locations".into(), whole());
        result.insert("partialFingerprints".into(), json!({ "finding/v1": rule }));
        vec![Value::Object(result)]
    };
    match comparison.verdict {
        Verdict::Unreadable => return one(pages::UNREADABLE, Level::Error),
        Verdict::Unknown if comparison.findings.is_empty() => {
            return one(pages::UNDECIDED, Level::Note);
        }
        _ => {}
    }
    let result = |finding: &Finding| {
        let words = words(finding, comparison);
        let mut result = about(finding.rule, level(finding), &words);
        result.insert("locations".into(), json!([place(artifact, finding)]));
        let related: Vec<Value> = finding.evidence.iter().filter_map(beside).collect();
        if !related.is_empty() {
            result.insert("relatedLocations".into(), json!(related));
        }
        // What stays the same when a file is saved again.
        let same = format!("{}/{}", finding.rule, finding.subject);
        result.insert("partialFingerprints".into(), json!({ "finding/v1": same }));
        Value::Object(result)
    };
    comparison.findings.iter().map(result).collect()
}

fn level(finding: &Finding) -> Level {
    match finding.stage {
        _ if !finding.certain => Level::Note,
        Stage::Load | Stage::Predict => Level::Error,
        Stage::Values | Stage::Trust => Level::Warning,
    }
}

fn words(finding: &Finding, comparison: &Comparison) -> String {
    let stage = match finding.stage {
        Stage::Load => "at load",
        Stage::Predict => "at predict",
        Stage::Values => "in the numbers",
        Stage::Trust => "in what loading would run",
    };
    let exception = finding.exception.as_deref();
    let raised = exception.map_or_else(String::new, |name| format!("{name}: "));
    let command = comparison.fix.as_ref().map(|fix| fix.command.as_str());
    let fix = command.filter(|command| finding.certain && !command.is_empty());
    let fix = fix.or(finding.fix.as_deref());
    let fix = fix.map_or_else(String::new, |fix| format!(". Fix: {fix}"));
    text::clean(&format!(
        "{} {stage}: {raised}{}{fix}",
        finding.subject, finding.message
    ))
    .into()
}

/// The artifact, with the first byte that proves the finding.
fn place(artifact: &Artifact, finding: &Finding) -> Value {
    let mut physical = Map::new();
    physical.insert("artifactLocation".into(), location(&artifact.path));
    let mut own = finding.evidence.iter().filter(|e| e.file.is_none());
    if let Some(offset) = own.find_map(|evidence| evidence.offset) {
        physical.insert("region".into(), json!({ "byteOffset": offset }));
    }
    json!({
        "physicalLocation": physical,
        "logicalLocations": [{ "fullyQualifiedName": text::clean(&finding.subject) }],
    })
}

/// Evidence in another file.
fn beside(evidence: &Evidence) -> Option<Value> {
    let mut physical = Map::new();
    physical.insert(
        "artifactLocation".into(),
        location(evidence.file.as_deref()?),
    );
    if let Some(line) = evidence.line {
        physical.insert("region".into(), json!({ "startLine": line }));
    }
    let words = text::clean(&evidence.text);
    Some(json!({ "physicalLocation": physical, "message": { "text": words } }))
}

/// A path as a URI reference: relative as it was given, or `file://`.
fn location(path: &Path) -> Value {
    let bytes = path.as_os_str().as_encoded_bytes();
    let mut uri = String::with_capacity(bytes.len() + 8);
    if path.is_absolute() {
        uri.push_str("file://");
    } else if bytes.contains(&b':') {
        // Or the part before the colon would be a scheme.
        uri.push_str("./");
    }
    for byte in bytes {
        let plain = byte.is_ascii_alphanumeric() || b"/-._~!$&'()*+,;=:@".contains(byte);
        if plain {
            uri.push(char::from(*byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    json!({ "uri": uri })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_becomes_a_uri_that_leads_back_to_it() {
        let uri = |path: &str| {
            location(Path::new(path))["uri"]
                .as_str()
                .unwrap()
                .to_owned()
        };
        assert_eq!(uri("models/a b#1.pkl"), "models/a%20b%231.pkl");
        assert_eq!(uri("/srv/é.pkl"), "file:///srv/%C3%A9.pkl");
        assert_eq!(uri("a:b.pkl"), "./a:b.pkl");
        assert_eq!(uri("50%?.pkl"), "50%25%3F.pkl");
    }
}
