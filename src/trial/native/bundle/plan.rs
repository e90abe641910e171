//! Which members of a bundle rows pass through on the way to which model.
//!
//! `manifest::chain` decides it, as it does for files beside each other. Between files that is a
//! proposal; here it is carried out, so whatever could be meant in two ways is refused.

use std::cell::OnceCell;

use super::Choice;
use super::members::{self, Does, Member};
use super::{labels, order};
use crate::artifact::inputs;
use crate::manifest::chain::{self, Helper, Link};
use crate::manifest::fitted_on;
use crate::manifest::flow::{Flow, Takes};
use crate::pickle::{Graph, NodeId, Value, value, view};
use crate::text;
use crate::trial::TrialError;
use crate::trial::native::boosters;
use crate::trial::native::estimator::Context;

/// How many members a message names.
const SHOWN: usize = 12;
/// Column names that are looked at.
const NAMES: usize = 20_000;

/// The way of rows through a bundle.
#[derive(Debug)]
pub struct Plan {
    /// What rows pass through, in order.
    pub steps: Vec<Step>,
    /// What answers.
    pub end: Step,
    /// The names of the columns that go in, where they are known.
    pub names: Vec<String>,
    /// How many columns the model takes, where that is known.
    pub count: Option<usize>,
    /// What it rests on, and what was left out, for people.
    pub said: Vec<String>,
}

/// One member that rows pass through.
#[derive(Clone, Debug)]
pub struct Step {
    /// The object.
    pub node: NodeId,
    /// The path that leads to it.
    pub path: String,
    /// Its class, without the module.
    pub class: String,
    /// The columns that it changes, the others staying as they are; all when `None`.
    pub columns: Option<Vec<String>>,
}

impl Step {
    fn of(member: &Member) -> Step {
        Step {
            node: member.node,
            path: member.path(),
            class: member.class.clone(),
            columns: None,
        }
    }
}

/// The way through the bundle at `root`, chosen by the user or clear by itself.
pub fn plan(graph: &Graph, root: NodeId, choice: &Choice) -> Result<Plan, TrialError> {
    let all = members::members(graph, root);
    let refused = |reason: String| Err(refusal(graph, root, reason));
    if let [before @ .., last] = &choice.parts[..]
        && !before.is_empty()
    {
        let steps = before.iter().map(|path| find(&all, path));
        let steps: Vec<&Member> = steps.collect::<Result<_, _>>()?;
        return Ok(chosen(graph, root, &steps, find(&all, last)?));
    }
    let models: Vec<&Member> = all.iter().filter(|m| m.does == Does::Predicts).collect();
    let strangers: Vec<&Member> = all.iter().filter(|m| m.does == Does::Unknown).collect();
    let end = match &choice.parts[..] {
        [path, ..] => find(&all, path)?,
        [] => match (&all[..], &models[..], &strangers[..]) {
            ([], ..) => return refused("it holds no estimator".into()),
            ([only], ..) => {
                let mut plan = alone(graph, root, only);
                plan.said.push(format!(
                    "the file is a bundle; evaluated {}, its member '{}'",
                    only.class,
                    text::short(&only.path(), 60)
                ));
                return Ok(plan);
            }
            (_, [only], []) => *only,
            (_, [], []) => {
                let list = listed(all.iter());
                return refused(format!("it holds no model, only {list}; --part runs one"));
            }
            _ => {
                let several = models.iter().chain(&strangers).copied();
                let list = listed(several);
                let first = models.first().or(strangers.first());
                let path = first.map_or_else(String::new, |member| text::short(&member.path(), 60));
                return refused(format!(
                    "it holds {list}; choose the model with --part, such as --part {path}"
                ));
            }
        },
    };
    if choice.alone || end.does != Does::Predicts {
        let mut plan = alone(graph, root, end);
        let path = text::short(&end.path(), 60);
        plan.said
            .push(format!("bundle: {path} ({}) alone", end.class));
        return Ok(plan);
    }
    prepared(graph, root, &all, end, !choice.parts.is_empty())
}

fn refusal(graph: &Graph, root: NodeId, reason: String) -> TrialError {
    let kind = match graph.node(root) {
        crate::pickle::Node::List(_) => "a list",
        crate::pickle::Node::Tuple(_) => "a tuple",
        _ => "a dict",
    };
    TrialError::Refused {
        class: kind.into(),
        reason,
    }
}

fn listed<'a>(members: impl Iterator<Item = &'a Member>) -> String {
    let mut shown: Vec<String> = members.map(Member::shown).collect();
    let more = shown.len().saturating_sub(SHOWN);
    shown.truncate(SHOWN);
    if more > 0 {
        shown.push(format!("{more} more"));
    }
    shown.join(", ")
}

/// The member that a path leads to.
fn find<'a>(all: &'a [Member], path: &str) -> Result<&'a Member, TrialError> {
    let mut found = all.iter().filter(|member| member.path() == path);
    let wrong = |what: &str| {
        let path = text::short(path, 60);
        TrialError::Unusable(format!(
            "--part {path} leads to {what}; the file holds {}",
            listed(all.iter())
        ))
    };
    let first = found.next().ok_or_else(|| wrong("nothing"))?;
    match found.next() {
        None => Ok(first),
        Some(_) => Err(wrong("two members")),
    }
}

/// Rows go to one member as they are.
fn alone(graph: &Graph, root: NodeId, member: &Member) -> Plan {
    let (count, names) = takes(graph, root, member);
    Plan {
        steps: Vec::new(),
        end: Step::of(member),
        names,
        count,
        said: Vec::new(),
    }
}

/// Rows pass through the members that the user named.
fn chosen(graph: &Graph, root: NodeId, before: &[&Member], end: &Member) -> Plan {
    let mut plan = alone(graph, root, end);
    let part = |member: &&Member| {
        let mut step = Step::of(member);
        if let Does::Prepares(flow) = &member.does {
            step.columns = some_columns(flow, &plan.names);
        }
        step
    };
    plan.steps = before.iter().map(part).collect();
    let way: Vec<String> = plan
        .steps
        .iter()
        .chain([&plan.end])
        .map(|step| format!("{} ({})", text::short(&step.path, 60), step.class))
        .collect();
    plan.said
        .push(format!("bundle: {}, as chosen", way.join(" then ")));
    if let (Some(first), Some(member)) = (plan.steps.first(), before.first())
        && first.columns.is_none()
    {
        plan.names = entering(graph, root, member, &plan.names);
    }
    plan
}

/// The columns that a step knows by name, when they are some of `names` and it keeps their number.
fn some_columns(flow: &Flow, names: &[String]) -> Option<Vec<String>> {
    let own = &flow.names;
    let some = !own.is_empty()
        && own.len() < names.len()
        && flow.takes == Takes::Columns(own.len())
        && flow.gives == Some(own.len())
        && own.iter().all(|name| names.contains(name));
    some.then(|| own.clone())
}

/// How many columns a model takes, and their names: its own, else those that the bundle lists.
fn takes(graph: &Graph, root: NodeId, member: &Member) -> (Option<usize>, Vec<String>) {
    let expected = inputs::expected(graph, member.node);
    let (mut count, mut names) = (expected.count, expected.names);
    if names.is_empty()
        && let Some(usual) = boosters::usual_at(&Context::new(graph, None), member.node)
    {
        count = count.or(Some(usual.cells.len()));
        if usual.names.len() == usual.cells.len() {
            names = usual.names;
        }
    }
    if names.is_empty()
        && let Some(count) = count
    {
        names = written(graph, root, &member.keys, count);
    }
    (count, names)
}

/// The names of the columns that go into the first step.
fn entering(graph: &Graph, root: NodeId, first: &Member, last: &[String]) -> Vec<String> {
    let Does::Prepares(flow) = &first.does else {
        return Vec::new();
    };
    match flow.takes {
        Takes::Columns(_) if !flow.names.is_empty() => flow.names.clone(),
        Takes::Columns(count) if count == last.len() => last.to_vec(),
        Takes::Columns(count) => written(graph, root, &first.keys, count),
        _ => Vec::new(),
    }
}

/// The list of `count` column names in the containers around a member; none when two differ.
fn written(graph: &Graph, root: NodeId, keys: &[String], count: usize) -> Vec<String> {
    if count > NAMES {
        return Vec::new();
    }
    let mut found: Vec<Vec<String>> = Vec::new();
    let mut node = root;
    for key in keys {
        let children = members::children(graph, node).unwrap_or_default();
        let numbered = graph.pairs(node).is_none();
        for (name, child) in &children {
            let name = name.to_lowercase();
            let meant = ["feature", "column", "cols"]
                .iter()
                .any(|w| name.contains(w));
            if (meant || numbered)
                && let Some(names) = texts(graph, *child, count)
                && !found.contains(&names)
            {
                found.push(names);
            }
        }
        match children.iter().find(|(name, _)| name == key) {
            Some((_, next)) => node = *next,
            None => break,
        }
    }
    match found.pop() {
        Some(names) if found.is_empty() => names,
        _ => Vec::new(),
    }
}

/// A list or array of exactly `count` texts.
fn texts(graph: &Graph, node: NodeId, count: usize) -> Option<Vec<String>> {
    let text = |value: Value| match value {
        Value::Text(name) => Some(name),
        _ => None,
    };
    if graph.object(node).is_none()
        && let Some(items) = graph.items(node)
    {
        let items = (items.len() == count).then_some(items)?;
        return items.iter().map(|item| text(value(graph, *item))).collect();
    }
    let array = view(graph, node).filter(|array| array.len() == count)?;
    array.values(graph).ok()?.into_iter().map(text).collect()
}

/// The way to a model through the members that prepare its rows.
fn prepared(
    graph: &Graph,
    root: NodeId,
    all: &[Member],
    end: &Member,
    named: bool,
) -> Result<Plan, TrialError> {
    let mut plan = alone(graph, root, end);
    let (count, names) = (plan.count, plan.names.clone());
    let refused = |reason: String| refusal(graph, root, reason);
    let mut helpers: Vec<(&Member, Flow)> = Vec::new();
    // What has more in common with another model is that one's.
    let others: Vec<&Member> = all
        .iter()
        .filter(|m| m.does == Does::Predicts && m.node != end.node)
        .collect();
    let belongs = |member: &Member| {
        let own = member.nearness(end);
        others.iter().all(|other| member.nearness(other) <= own)
    };
    let own: Vec<&Member> = all.iter().filter(|member| belongs(member)).collect();
    for member in own.iter().copied() {
        if let Does::Prepares(flow) = &member.does {
            let key = member.keys.last().filter(|key| names.contains(key));
            let flow = match key {
                // An encoder of labels that is called like a column encodes that column.
                Some(key) if flow.takes == Takes::Labels && flow.class == "LabelEncoder" => Flow {
                    takes: Takes::Columns(1),
                    gives: Some(1),
                    names: vec![key.clone()],
                    ..flow.clone()
                },
                _ => flow.clone(),
            };
            helpers.push((member, flow));
        }
    }
    let memory = OnceCell::new();
    let remembered = || {
        let found = memory.get_or_init(|| fitted_on::of(graph, end.node));
        found.as_ref()
    };
    let near = |at: usize| helpers[at].0.nearness(end);
    let model = chain::Model {
        near: &near,
        count: count.unwrap_or_default(),
        names: &names,
        memory: &remembered,
    };
    let flows: Vec<Helper> = helpers.iter().map(|(_, flow)| Helper { flow }).collect();
    let links = count.map_or_else(Vec::new, |_| chain::chain(&model, &flows));
    if let Some(link) = links.iter().find(|link| !link.rivals.is_empty()) {
        let fitting = [link.helper].into_iter().chain(link.rivals.iter().copied());
        let list = listed(fitting.map(|at| helpers[at].0));
        return Err(refused(format!(
            "{list} fit {} alike, and nothing tells which of them prepared its rows; name what \
             rows pass through, in order: --part {} --part {}",
            end.shown(),
            text::short(&helpers[link.helper].0.path(), 60),
            text::short(&end.path(), 60)
        )));
    }
    let steps: Vec<(&Member, &Flow)> = links
        .iter()
        .map(|l| (helpers[l.helper].0, &helpers[l.helper].1))
        .collect();
    order::check(graph, &steps, &names).map_err(|why| {
        refused(format!(
            "{why}; name what rows pass through, in order, with --part, the model last"
        ))
    })?;
    let labels = labels::named(
        graph,
        &labels::classes(graph, end),
        &near,
        &flows,
        &helpers,
        &links,
    );
    let mut used: Vec<NodeId> = links
        .iter()
        .map(|link| helpers[link.helper].0.node)
        .collect();
    used.extend(labels.iter().map(|(node, _)| *node));
    let rest = own.into_iter().filter(|member| {
        let prepares = member.node != end.node && member.does != Does::Predicts;
        prepares && !used.contains(&member.node)
    });
    let rest: Vec<&Member> = rest.collect();
    let excluded = |member: &Member| match &member.does {
        Does::Prepares(flow) => {
            count.is_some_and(|n| flow.takes == Takes::Columns(n) && flow.gives == Some(n))
                && (!chain::agree(&flow.names, &names)
                    || chain::remembers(&model, flow) == Some(false))
        }
        _ => false,
    };
    let unplaced: Vec<&Member> = rest.iter().copied().filter(|m| !excluded(m)).collect();
    let way = match (&unplaced[..], &links[..], count) {
        // What it gives shows when rows pass through it, and is held against the model then.
        ([only], [], Some(count)) if only.does == Does::Transforms => {
            plan.steps.push(Step::of(only));
            plan.names = inputs::expected(graph, only.node).names;
            vec![format!(
                "{} ({}, tried: it has to give the {count} columns that the model takes)",
                text::short(&only.path(), 60),
                only.class
            )]
        }
        ([_, ..], ..) if !named => {
            return Err(refused(format!(
                "what {} has to do with the rows of {} is not recorded; name what rows pass \
                 through with --part, in order, or --part {} for the model with what fits it",
                listed(unplaced.iter().copied()),
                end.shown(),
                text::short(&end.path(), 60)
            )));
        }
        _ => {
            for (member, flow) in &steps {
                let columns = some_columns(flow, &plan.names);
                plan.steps.push(Step {
                    columns,
                    ..Step::of(member)
                });
            }
            if let (Some(first), Some((member, _))) = (plan.steps.first(), steps.first())
                && first.columns.is_none()
            {
                plan.names = entering(graph, root, member, &plan.names);
            }
            let told = |link: &Link| {
                let path = text::short(&helpers[link.helper].0.path(), 60);
                format!("{path} ({})", link.reason)
            };
            links.iter().map(told).collect()
        }
    };
    let tried: Vec<NodeId> = plan.steps.iter().map(|step| step.node).collect();
    let last = format!("{} ({})", text::short(&end.path(), 60), end.class);
    let way: Vec<String> = way.into_iter().chain([last]).collect();
    plan.said.push(format!("bundle: {}", way.join(" then ")));
    let left: Vec<&Member> = rest
        .into_iter()
        .filter(|m| !tried.contains(&m.node))
        .collect();
    if !left.is_empty() {
        plan.said
            .push(format!("not used: {}", listed(left.into_iter())));
    }
    plan.said.extend(labels.map(|(_, said)| said));
    Ok(plan)
}
