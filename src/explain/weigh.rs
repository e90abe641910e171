//! One artifact against one traceback, and the answer over all of them.
//!
//! Three sources, the surest first: what the rules foretell for the file in the environment, what a
//! known cause says of the file's bytes, and the names that the message is about.

use std::cmp::Reverse;
use std::path::PathBuf;

use super::knowledge::{self, Known};
use super::look::{self, Asked, Fit};
use super::mention;
use super::named::{self, named};
use super::types::{Candidate, Explanation, Raised, Standing, Trace};
use super::words::{self, Likeness};
use crate::artifact::Artifact;
use crate::compat::{Comparison, Finding, Stage, Verdict};
use crate::environment::Environment;
use crate::manifest::Manifest;
use crate::pickle::Graph;
use crate::text;

/// The most candidates that are kept.
const CANDIDATES: usize = 200;
/// How many files that explain nothing are shown when none explains anything.
const NEAREST: usize = 3;

/// One artifact as it was read and compared.
#[derive(Clone, Copy)]
pub struct Case<'a> {
    /// The artifact.
    pub artifact: &'a Artifact,
    /// What it needs.
    pub manifest: &'a Manifest,
    /// How that compares with `environment`.
    pub comparison: &'a Comparison,
    /// The environment, when there is one.
    pub environment: Option<&'a Environment>,
}

impl<'a> Case<'a> {
    /// The object graph, when the artifact has one.
    pub(super) fn graph(&self) -> Option<&'a Graph> {
        let facts = self.artifact.facts.as_ref().ok()?;
        Some(&facts.objects.as_ref()?.graph)
    }
}

/// Weighs one artifact: the best that it has to say about any exception of the trace.
pub fn weigh(trace: &Trace, case: &Case<'_>) -> Candidate {
    let named = mention::named(&case.artifact.path, &trace.files);
    // Printed warnings are asked about only when nothing was raised.
    let only_warned = trace.raised.iter().all(|raised| raised.warning);
    let asked = trace.raised.iter().enumerate();
    let asked = asked.filter(|(_, raised)| only_warned || !raised.warning);
    let weighed = asked.map(|(number, raised)| {
        let opinion = opinion(raised, case);
        (opinion.fit.standing, number, opinion)
    });
    let best = weighed.max_by_key(|(standing, number, _)| (*standing, *number));
    let (raised, opinion) = best.map_or_else(
        || (0, Opinion::none(case)),
        |(_, number, opinion)| (number, opinion),
    );
    Candidate {
        path: case.artifact.path.clone(),
        standing: opinion.fit.standing,
        named,
        raised,
        rule: opinion.rule,
        reason: opinion.fit.reason,
        evidence: opinion.fit.evidence,
        fix: opinion.fix,
        command: opinion.command,
        verdict: case.comparison.verdict,
        summary: text::short(&case.comparison.summary, 300),
    }
}

/// What one artifact says about one exception.
struct Opinion {
    fit: Fit,
    rule: String,
    fix: Option<String>,
    command: Option<String>,
}

impl Opinion {
    /// Nothing points there: what the file gives instead.
    fn none(case: &Case<'_>) -> Opinion {
        let reason = match case.comparison.verdict {
            Verdict::Ready => "loads and predicts here, as far as the rules know".to_owned(),
            _ => case.comparison.summary.clone(),
        };
        Opinion {
            fit: Fit::new(Standing::Unrelated, reason, Vec::new()),
            rule: String::new(),
            fix: None,
            command: None,
        }
    }

    fn better(self, other: Option<Opinion>) -> Opinion {
        match other {
            Some(other) if other.fit.standing > self.fit.standing => other,
            _ => self,
        }
    }
}

fn opinion(raised: &Raised, case: &Case<'_>) -> Opinion {
    let known = knowledge::known(raised);
    let foretold = foretold(raised, known.as_ref(), case);
    if let Some(foretold) = &foretold
        && foretold.fit.standing >= Standing::Later
    {
        return foretold_or(foretold, case);
    }
    let checked = match &known {
        Some(known) if known.entry.innocent => Some(Opinion {
            fit: Fit::new(
                Standing::Excluded,
                "files have no part in this: the environment alone decides",
                Vec::new(),
            ),
            rule: known.entry.id.clone(),
            fix: None,
            command: None,
        }),
        Some(known) => look::look(&Asked {
            known,
            raised,
            case,
        })
        .map(|fit| Opinion {
            fix: fix_of(known, &fit, case),
            command: None,
            rule: known.entry.id.clone(),
            fit,
        }),
        None => None,
    };
    let looked_up = || {
        let fit = named::look(&named(&raised.message)?, case)?;
        Some(Opinion {
            fit,
            rule: "names".into(),
            fix: None,
            command: None,
        })
    };
    // A check that excludes the file is an answer; that nothing points there is none.
    let checked = checked.or_else(looked_up);
    match (foretold, checked) {
        (Some(foretold), checked) if foretold.fit.standing.explains() => foretold.better(checked),
        (_, Some(checked)) if checked.fit.standing != Standing::Unrelated => checked,
        (_, Some(checked)) => unrelated(checked, case),
        (_, None) => Opinion::none(case),
    }
}

/// That a file lacks what the message is about, with what it gives instead.
fn unrelated(mut checked: Opinion, case: &Case<'_>) -> Opinion {
    let instead = Opinion::none(case).fit.reason;
    checked.fit.reason = text::short(&format!("{}; {instead}", checked.fit.reason), 300);
    checked.rule.clear();
    checked
}

fn foretold_or(foretold: &Opinion, case: &Case<'_>) -> Opinion {
    let command = case.comparison.fix.as_ref().map(|fix| fix.command.clone());
    Opinion {
        fit: foretold.fit.clone(),
        rule: foretold.rule.clone(),
        fix: foretold.fix.clone().or_else(|| {
            let fix = case.comparison.fix.as_ref()?;
            Some(fix.explanation.clone())
        }),
        command: command.filter(|command| !command.is_empty()),
    }
}

/// The remedy of a file that its bytes explain: what reading it says, else what the table says.
fn fix_of(known: &Known, fit: &Fit, case: &Case<'_>) -> Option<String> {
    if !fit.standing.explains() {
        return None;
    }
    let unreadable = case.artifact.facts.as_ref().err();
    let repair = unreadable.and_then(|why| why.repair.clone());
    Some(repair.unwrap_or_else(|| known.cause(0).fix))
}

/// The finding that foretells the exception, the first one that is most like it.
fn foretold(raised: &Raised, known: Option<&Known>, case: &Case<'_>) -> Option<Opinion> {
    let findings = &case.comparison.findings;
    let first = findings
        .iter()
        .find(|f| f.certain && f.stage <= Stage::Predict);
    let mut best: Option<Opinion> = None;
    for finding in findings {
        let standing = match likeness(raised, known, finding) {
            Likeness::Different => continue,
            _ if !finding.certain => Standing::Possible,
            Likeness::Same if first.is_none_or(|first| std::ptr::eq(first, finding)) => {
                Standing::Exact
            }
            Likeness::Same => Standing::Later,
            Likeness::Values => Standing::Kin,
        };
        if best
            .as_ref()
            .is_some_and(|best| best.fit.standing >= standing)
        {
            continue;
        }
        let reason = match (standing, first) {
            (Standing::Later, Some(first)) => {
                format!("{}, but first {}", happens(finding), headline(first))
            }
            _ => happens(finding),
        };
        best = Some(Opinion {
            fit: Fit::new(standing, reason, finding.evidence.clone()),
            rule: finding.rule.into(),
            fix: finding.fix.clone(),
            command: None,
        });
    }
    best
}

/// How a foretold exception compares with the given one.
fn likeness(raised: &Raised, known: Option<&Known>, finding: &Finding) -> Likeness {
    let ruled = known.is_some_and(|k| k.entry.rules.iter().any(|rule| rule == finding.rule));
    let Some(exception) = &finding.exception else {
        // The rule knows that it breaks, not with which words.
        return if ruled {
            Likeness::Values
        } else {
            Likeness::Different
        };
    };
    let class = raised.class();
    // `ModuleNotFoundError` is an `ImportError`, and some programs write only that.
    let same_class = class.is_empty()
        || class == exception.rsplit('.').next().unwrap_or(exception)
        || (class == "ImportError" && exception == "ModuleNotFoundError");
    if !same_class {
        return Likeness::Different;
    }
    let likeness = words::compare(&finding.message, &raised.message);
    if likeness == Likeness::Same {
        return likeness;
    }
    // Releases of Python word some messages differently; what they are about is the same.
    let about = named(&raised.message);
    if about.is_some() && about == named(&finding.message) {
        return Likeness::Same;
    }
    // A message about another name is another exception, whatever the rule.
    if ruled && about.is_none() {
        return Likeness::Values;
    }
    likeness
}

fn headline(finding: &Finding) -> String {
    let message = finding.message.lines().next().unwrap_or_default();
    match &finding.exception {
        Some(exception) => format!("{exception}: {message}"),
        None => message.to_owned(),
    }
}

fn happens(finding: &Finding) -> String {
    let when = match finding.stage {
        Stage::Load => "loading it here gives",
        Stage::Predict => "it loads here, then predicting gives",
        Stage::Values | Stage::Trust => "using it here gives",
    };
    format!("{when} {}", headline(finding))
}

/// The answer over all artifacts that were weighed.
pub fn conclude(
    trace: Trace,
    mut candidates: Vec<Candidate>,
    prefix: Option<PathBuf>,
    notes: Vec<String>,
) -> Explanation {
    let weighed = candidates.len();
    candidates.sort_by(|a, b| {
        let key = |c: &Candidate| {
            let named = if c.standing.explains() { c.named } else { 0 };
            let chain = (c.standing.explains(), c.raised);
            Reverse((named, c.standing, chain, c.named, c.verdict))
        };
        key(a).cmp(&key(b)).then_with(|| a.path.cmp(&b.path))
    });
    let about = about(&trace, candidates.first());
    let explained = candidates.iter().any(|c| c.standing.explains());
    let mut nearest = 0;
    candidates.retain(|candidate| {
        if candidate.standing.explains() || candidate.named > 0 {
            return true;
        }
        nearest += 1;
        !explained && nearest <= NEAREST
    });
    candidates.truncate(CANDIDATES);
    let cause = trace.raised.get(about).and_then(knowledge::known);
    Explanation {
        cause: cause.map(|known| known.cause(about)),
        trace,
        about,
        candidates,
        weighed,
        prefix,
        notes,
    }
}

/// Which exception the answer is about: the one that the best artifact explains, else the last one
/// whose cause is known, else the last one. Printed warnings come after real exceptions.
fn about(trace: &Trace, best: Option<&Candidate>) -> usize {
    if let Some(best) = best.filter(|best| best.standing.explains()) {
        return best.raised;
    }
    let rank = |number: &usize| {
        let raised = &trace.raised[*number];
        (!raised.warning, knowledge::known(raised).is_some(), *number)
    };
    (0..trace.raised.len()).max_by_key(rank).unwrap_or(0)
}
