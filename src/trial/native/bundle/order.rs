//! Whether the order of the steps of a plan is contradicted by what the steps remember of the rows
//! that they were fitted on, or by the order in which a list holds them.

use super::members::{Does, Member};
use crate::manifest::chain;
use crate::manifest::fitted_on;
use crate::manifest::flow::{Flow, Takes};
use crate::pickle::Graph;

/// `Err` says what speaks against the order.
pub fn check(graph: &Graph, steps: &[(&Member, &Flow)], names: &[String]) -> Result<(), String> {
    for (at, (member, flow)) in steps.iter().enumerate() {
        let whole = flow.names.len() == names.len() && flow.takes == Takes::Columns(names.len());
        if whole && !names.is_empty() && flow.names != names {
            return Err(format!(
                "{} names its columns in another order than the model",
                member.shown()
            ));
        }
        for (other, next) in &steps[at + 1..] {
            let some = |flow: &Flow| flow.names.len() < names.len() && !flow.names.is_empty();
            // One scaler of all columns and another of some of them.
            if flow.rank == next.rank && some(flow) != some(next) && chain::makes(flow).is_some() {
                return Err(format!(
                    "{} and {} change the same columns",
                    member.shown(),
                    other.shown()
                ));
            }
            if listed_before(other, member) {
                return Err(format!(
                    "the list holds {} before {}, and rows would pass through them the other way",
                    other.shown(),
                    member.shown()
                ));
            }
        }
    }
    for pair in steps.windows(2) {
        let [(first, before), (second, after)] = pair else {
            continue;
        };
        if follows(graph, before, second) == Some(false)
            || follows(graph, after, first) == Some(true)
        {
            return Err(format!(
                "rows would pass through {} and then {}, which was not fitted on such rows",
                first.shown(),
                second.shown()
            ));
        }
    }
    Ok(())
}

/// Whether what `member` remembers lies where the scaler `flow` puts rows (true), or where it found
/// them (false).
fn follows(graph: &Graph, flow: &Flow, member: &Member) -> Option<bool> {
    let usual = flow.usual.as_ref()?;
    let made = chain::makes(flow)?;
    matches!(member.does, Does::Prepares(_)).then_some(())?;
    fitted_on::of_step(graph, member.node)?.follows(usual, made)
}

/// Whether a list that holds both holds `a` first.
fn listed_before(a: &Member, b: &Member) -> bool {
    let (Some((a, around)), Some((b, also))) = (a.keys.split_last(), b.keys.split_last()) else {
        return false;
    };
    match (a.parse::<usize>(), b.parse::<usize>()) {
        (Ok(a), Ok(b)) => around == also && a < b,
        _ => false,
    }
}
