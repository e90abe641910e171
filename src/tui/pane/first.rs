//! What must happen to rows before the model gets them, on the first face: the files near it that
//! prepare them, in running order, or that nothing near it does what its rows went through.

use std::path::Path;

use crate::engine::chain;
use crate::manifest::{Certainty, Manifest, Prepared, Relation, Sibling};
use crate::text;
use crate::tui::sheet::{SheetLine, labelled};
use crate::tui::theme::Role;

const GAP: usize = 8;

/// The lines; none when nothing is known to prepare the input.
pub fn lines(manifest: &Manifest, width: usize) -> Vec<SheetLine> {
    let steps: Vec<&Sibling> = chain::proposed(manifest).collect();
    let mut lines = Vec::new();
    if let Some(first) = steps.first() {
        let names = names(steps.iter().map(|step| &*step.path), " → ");
        // A chain is as sure as its least sure step; the other faces have the reason of each.
        let least = steps.iter().map(|step| step.certainty).min().flatten();
        let words = format!("{names} ({})", because(&first.reason, least));
        lines.extend(labelled("first", Role::Strong, &words, GAP, width));
    }
    if let Some(prepared) = manifest.prepared.as_ref().filter(|p| p.by.is_none()) {
        lines.extend(labelled("first", Role::Warning, &gap(prepared), GAP, width));
    }
    let mut siblings = manifest.siblings.iter();
    if let Some(labels) = siblings.find(|sibling| sibling.relation == Relation::Labels) {
        let words = format!("{} ({})", name(&labels.path), why(labels));
        lines.extend(labelled("after", Role::Text, &words, GAP, width));
    }
    lines
}

/// The names of files, in order.
pub fn names<'a>(paths: impl Iterator<Item = &'a Path>, between: &str) -> String {
    let names: Vec<String> = paths.map(name).collect();
    names.join(between)
}

fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    text::short(&name, 60)
}

/// Why a file is taken for a step, and what that rests on.
pub fn why(step: &Sibling) -> String {
    because(&step.reason, step.certainty)
}

fn because(reason: &str, certainty: Option<Certainty>) -> String {
    let reason = text::clean(reason);
    match certainty {
        None => reason.into_owned(),
        Some(Certainty::Count) => format!("{reason}; by count"),
        Some(Certainty::Names) => format!("{reason}; by name"),
        Some(Certainty::Values) => format!("{reason}; by values"),
    }
}

fn gap(prepared: &Prepared) -> String {
    let (how, reason) = (prepared.how, text::clean(&prepared.reason));
    if prepared.proven {
        format!("rows must be {how} ({reason}), and nothing near it does that")
    } else {
        format!("rows may have to be {how} ({reason}); nothing near it does that")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(path: &str, relation: Relation, certainty: Certainty) -> Sibling {
        Sibling {
            path: path.into(),
            relation,
            subject: String::new(),
            line: None,
            certainty: Some(certainty),
            reason: "as many as it takes".into(),
        }
    }

    fn shown(manifest: &Manifest) -> Vec<(Role, String)> {
        let lines = lines(manifest, 80);
        let joined = lines.iter().map(|line| {
            let text = line.spans.iter().map(|(_, text)| text.as_str());
            (line.spans.last().unwrap().0, text.collect::<String>())
        });
        joined.collect()
    }

    #[test]
    fn several_steps_stand_in_running_order_and_are_as_sure_as_the_least_sure() {
        let manifest = Manifest {
            siblings: vec![
                step("m/scaler.pkl", Relation::Prepares, Certainty::Values),
                step("m/names.json", Relation::Columns, Certainty::Names),
                step("m/pca\u{1b}.pkl", Relation::Prepares, Certainty::Count),
                step("m/labels.pkl", Relation::Labels, Certainty::Count),
            ],
            ..Manifest::default()
        };
        let told = shown(&manifest);
        assert_eq!(told.len(), 2, "{told:?}");
        let (start, end) = (
            "first   scaler.pkl → pca",
            "(as many as it takes; by count)",
        );
        assert!(told[0].1.starts_with(start), "{told:?}");
        assert!(told[0].1.ends_with(end), "{told:?}");
        assert!(told[1].1.starts_with("after   labels.pkl (as"), "{told:?}");
        assert!(!told.iter().any(|(_, line)| line.contains('\u{1b}')));
    }

    #[test]
    fn what_nothing_near_does_is_a_warning_and_what_a_file_does_is_none() {
        let mut prepared = Prepared {
            how: "standardised",
            proven: true,
            reason: "by 150 rows every column has mean 0".into(),
            by: None,
        };
        let of = |prepared: &Prepared| Manifest {
            prepared: Some(prepared.clone()),
            ..Manifest::default()
        };
        let told = shown(&of(&prepared));
        assert_eq!(told[0].0, Role::Warning);
        assert!(told[0].1.contains("rows must be standardised"), "{told:?}");
        prepared.proven = false;
        let told = shown(&of(&prepared));
        assert!(told[0].1.contains("may have to be"), "{told:?}");
        prepared.by = Some("m/scaler.pkl".into());
        assert!(shown(&of(&prepared)).is_empty());
    }
}
