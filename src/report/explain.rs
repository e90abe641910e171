//! The answer of `explain` as one page of text and as one JSON object.

use std::fmt::Write;

use serde_json::{Value, json};

use super::json::{SCHEMA, evidence_line};
use crate::explain::{Candidate, Explanation, Link, Raised};
use crate::text;

/// Candidates that are shown with their proof.
const SHOWN: usize = 5;
/// Further ones that are shown on a line each.
const LISTED: usize = 10;
/// The width that the first line of a message may have.
const WIDE: usize = 200;

/// The page: what was raised, what that means, which artifacts, which proof, which fix.
pub fn page(explanation: &Explanation) -> String {
    let mut page = String::new();
    if let Some(raised) = explanation.raised() {
        let _ = writeln!(page, "{}", text::short(&raised.headline(), WIDE));
        let _ = write!(page, "{}", place(raised));
    }
    for other in others(explanation) {
        let _ = writeln!(page, "  {}", text::short(&other, WIDE));
    }
    for note in &explanation.notes {
        let _ = writeln!(page, "  {}", text::clean(note));
    }
    if let Some(cause) = &explanation.cause {
        let _ = writeln!(page, "  cause: {}", text::clean(&cause.text));
        if !cause.look.is_empty() {
            let _ = writeln!(page, "  look at: {}", text::clean(&cause.look));
        }
        let by_file = explanation.candidates.iter().any(|c| c.standing.explains());
        if !by_file {
            let _ = writeln!(page, "  fix: {}", text::clean(&cause.fix));
        }
    }
    for candidate in explanation.candidates.iter().take(SHOWN) {
        page.push_str(&of_candidate(candidate));
    }
    for candidate in explanation.candidates.iter().skip(SHOWN).take(LISTED) {
        let _ = writeln!(
            page,
            "\n{}  {}",
            candidate.standing.phrase(),
            text::path(&candidate.path)
        );
    }
    let more = explanation.candidates.len().saturating_sub(SHOWN + LISTED);
    if more > 0 {
        let _ = writeln!(page, "\n{more} more could be");
    }
    let _ = writeln!(page, "\n{}", verdict(explanation));
    page
}

/// The last line: whether it is explained.
pub fn verdict(explanation: &Explanation) -> String {
    let weighed = match explanation.weighed {
        1 => "1 artifact".to_owned(),
        count => format!("{count} artifacts"),
    };
    let explaining = explanation
        .candidates
        .iter()
        .filter(|c| c.standing.explains());
    match (explaining.count(), &explanation.cause) {
        (0, Some(cause)) if cause.innocent => "explained: no artifact has a part in it".into(),
        (0, Some(_)) if explanation.weighed == 0 => {
            "explained by the message alone; name a file or a folder to see which artifact".into()
        }
        (0, None) if explanation.weighed == 0 => {
            "not explained: no known cause has these words".into()
        }
        (0, _) => {
            format!("not explained: none of {weighed} gives this; above are the nearest facts")
        }
        (1, _) => format!("explained by 1 of {weighed}"),
        (count, _) => format!("{count} of {weighed} may be behind it, the most likely first"),
    }
}

fn of_candidate(candidate: &Candidate) -> String {
    let mut part = String::new();
    let named = if candidate.named > 0 {
        ", named in the text"
    } else {
        ""
    };
    let _ = writeln!(
        part,
        "\n{}  {}{named}",
        candidate.standing.phrase(),
        text::path(&candidate.path)
    );
    let _ = writeln!(part, "  {}", text::short(&candidate.reason, 300));
    for evidence in &candidate.evidence {
        let _ = writeln!(part, "    · {}", text::clean(&evidence_line(evidence)));
    }
    if candidate.standing.explains() {
        if let Some(fix) = &candidate.fix {
            let _ = writeln!(part, "  fix: {}", text::clean(fix));
        }
        if let Some(command) = &candidate.command {
            let _ = writeln!(part, "    {}", text::clean(command));
        }
    }
    part
}

/// Where it was raised: the innermost frame.
fn place(raised: &Raised) -> String {
    let Some(frame) = raised.frames.last() else {
        return String::new();
    };
    let line = frame
        .line
        .map_or_else(String::new, |line| format!(":{line}"));
    let function = match frame.function.as_str() {
        "" => String::new(),
        function => format!(" in {function}"),
    };
    let words = format!("{}{line}{function}", frame.file);
    format!("  at {}\n", text::short(&words, WIDE))
}

/// The exceptions of the chain that the answer is not about.
fn others(explanation: &Explanation) -> Vec<String> {
    let all = explanation.trace.raised.iter().enumerate();
    let others = all.filter(|(number, raised)| *number != explanation.about && !raised.warning);
    let told = others.map(|(number, raised)| {
        let how = if number < explanation.about {
            "before it"
        } else {
            match raised.link {
                Link::During => "while that was handled",
                Link::From => "raised from it",
                Link::Member => "in the same group",
                Link::None => "after it",
            }
        };
        format!("{how}: {}", raised.headline())
    });
    told.take(4).collect()
}

/// The object: what was read, what it means, the artifacts from the most likely on.
pub fn json(explanation: &Explanation) -> Value {
    let trace = &explanation.trace;
    json!({
        "schema": SCHEMA,
        "explained": explanation.explains(),
        "verdict": verdict(explanation),
        "raised": trace.raised,
        "about": explanation.about,
        "files": trace.files,
        "origin": trace.origin.as_ref().map(|origin| json!({
            "prefix": origin.prefix.as_ref().map(|path| path.to_string_lossy()),
            "python": origin.python.map(|(major, minor)| format!("{major}.{minor}")),
        })),
        "environment": explanation.prefix.as_ref().map(|path| path.to_string_lossy()),
        "notes": explanation.notes,
        "cause": explanation.cause.as_ref().map(|cause| json!({
            "id": cause.id,
            "text": cause.text,
            "look": cause.look,
            "fix": cause.fix,
            "innocent": cause.innocent,
        })),
        "weighed": explanation.weighed,
        "artifacts": explanation.candidates.iter().map(of_json).collect::<Vec<_>>(),
    })
}

fn of_json(candidate: &Candidate) -> Value {
    json!({
        "path": candidate.path.to_string_lossy(),
        "standing": candidate.standing,
        "named": candidate.named > 0,
        "raised": candidate.raised,
        "rule": candidate.rule,
        "reason": candidate.reason,
        "evidence": candidate.evidence.iter().map(evidence_line).collect::<Vec<_>>(),
        "fix": candidate.fix,
        "command": candidate.command,
        "verdict": candidate.verdict.word(),
        "summary": candidate.summary,
    })
}
