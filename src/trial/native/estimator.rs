//! One estimator of the graph: its class, the release that saved it, its attributes by name.
//!
//! Every accessor answers with the value or with a refusal that names the attribute, so that an
//! evaluator never goes on with half of what it needs.

use std::cell::Cell as Counter;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};

use ndarray::{Array1, Array2, ArrayD, Ix1, Ix2};

use super::frame::value_cell;
use super::stop::Stop;
use crate::pickle::{ArrayView, Graph, Node, NodeId, Value, value, view};
use crate::text;
use crate::trial::Cell;

/// How deep estimators may be nested in each other.
pub const MAX_DEPTH: usize = 64;
/// Units of work one trial may cost: a number made, a tree node read, a step down a tree. Above
/// what a forest of a thousand deep trees takes for a page of rows.
const WORK: u64 = 600_000_000;
/// Units more for each row: what a thousand trees of fifty steps take. The file says nothing about
/// how many rows there are; whoever gave them can also stop the trial.
const WORK_PER_ROW: u64 = 50_000;

/// What reading one estimator costs, whatever its size: as much as thousands of sums.
const READING: usize = 20_000;

/// What all steps of one evaluation share.
pub struct Context<'g> {
    /// The graph of the artifact.
    pub graph: &'g Graph,
    /// The release for estimators that do not record one.
    pub release: Option<Release>,
    work: Counter<u64>,
    cancel: Option<&'g AtomicBool>,
}

/// A release of scikit-learn: major and minor.
pub type Release = (u32, u32);

/// An estimator with its attributes at hand.
pub struct Estimator<'g> {
    /// The graph that it is in.
    pub graph: &'g Graph,
    /// The dotted class name, harmless for showing.
    pub class: String,
    /// The class name alone.
    pub name: &'g str,
    /// The release that saved it.
    pub release: Option<Release>,
    attributes: HashMap<&'g str, NodeId>,
}

/// Attributes that any estimator may have and that change no number.
const ANY: &[&str] = &[
    "_sklearn_version",
    "n_features_in_",
    "feature_names_in_",
    // `set_output` changes the container, not the values in it.
    "_sklearn_output_config",
    "_metadata_request",
    "n_jobs",
    "verbose",
    "copy",
    "copy_X",
    "random_state",
    "warm_start",
];

impl<'g> Context<'g> {
    /// A context with its whole budget.
    pub fn new(graph: &'g Graph, release: Option<Release>) -> Context<'g> {
        Context {
            graph,
            release,
            work: Counter::new(WORK),
            cancel: None,
        }
    }

    /// With the flag that stops the evaluation.
    pub fn until(mut self, cancel: &'g AtomicBool) -> Context<'g> {
        self.cancel = Some(cancel);
        self
    }

    /// With the budget for a sample of so many rows.
    pub fn for_rows(self, rows: usize) -> Context<'g> {
        let more = WORK_PER_ROW.saturating_mul(rows as u64);
        self.work.set(self.work.get().saturating_add(more));
        self
    }

    /// Takes `units` from the budget; a refusal once it is used up, or when the trial was stopped.
    pub fn charge(&self, units: usize, class: &str) -> Result<(), Stop> {
        if self.cancel.is_some_and(|flag| flag.load(Ordering::Relaxed)) {
            return Err(Stop::Cancelled);
        }
        let left = self.work.get().checked_sub(units as u64);
        self.work.set(left.unwrap_or(0));
        match left {
            Some(_) => Ok(()),
            None => Err(Stop::refused(class, "it takes more work than a trial may")),
        }
    }
}

impl<'g> Estimator<'g> {
    /// The estimator at `node`; `None` when the node is no object of a named class.
    pub fn read(context: &Context<'g>, node: NodeId) -> Option<Estimator<'g>> {
        let graph = context.graph;
        let class = graph.class(node)?;
        // A crafted file can refer to one huge state again and again. Once the budget is gone,
        // the next charge of whoever reads on is refused.
        let object = graph.object(node)?;
        let pairs = object.state.iter().filter_map(|state| graph.pairs(*state));
        let cost: usize = pairs.map(<[_]>::len).sum();
        context.charge(READING + cost, "").ok();
        let attributes: HashMap<&str, NodeId> = graph.attributes(node).into_iter().collect();
        let own = attributes
            .get("_sklearn_version")
            .and_then(|version| graph.text(*version))
            .and_then(release);
        Some(Estimator {
            graph,
            class: text::short(&class.to_string(), 200),
            name: &class.name,
            release: own.or(context.release),
            attributes,
        })
    }

    /// A refusal of this estimator.
    pub fn refused(&self, reason: impl Into<String>) -> Stop {
        Stop::refused(&self.class, reason)
    }

    /// Refuses attributes that are neither in `known` nor common to all estimators.
    pub fn only(&self, known: &[&[&str]]) -> Result<(), Stop> {
        let mut unknown: Vec<&str> = self
            .attributes
            .keys()
            .filter(|key| !ANY.contains(key) && !known.iter().any(|keys| keys.contains(key)))
            .copied()
            .collect();
        unknown.sort_unstable();
        match unknown.first() {
            Some(key) => Err(self.refused(format!("it has an attribute nobody expects, `{key}`"))),
            None => Ok(()),
        }
    }

    /// Whether the saving release is known and at least `release`; unknown counts as newest.
    pub fn since(&self, release: Release) -> bool {
        self.release.is_none_or(|own| own >= release)
    }

    /// The attribute's node, unless it is absent or `None`.
    pub fn get(&self, key: &str) -> Option<NodeId> {
        let node = *self.attributes.get(key)?;
        (!matches!(self.graph.node(node), Node::None)).then_some(node)
    }

    /// Whether the attribute exists, even as `None`.
    pub fn has(&self, key: &str) -> bool {
        self.attributes.contains_key(key)
    }

    /// The attribute's node.
    pub fn need(&self, key: &str) -> Result<NodeId, Stop> {
        self.get(key)
            .ok_or_else(|| self.refused(format!("it has no `{key}`; was it fitted?")))
    }

    /// The attribute as a plain value; `Value::None` when absent.
    pub fn value(&self, key: &str) -> Value {
        self.get(key)
            .map_or(Value::None, |node| value(self.graph, node))
    }

    /// A boolean parameter, `default` when absent.
    pub fn flag(&self, key: &str, default: bool) -> Result<bool, Stop> {
        match self.value(key) {
            Value::None if !self.has(key) => Ok(default),
            Value::Bool(flag) => Ok(flag),
            Value::Int(number) => Ok(number != 0),
            _ => Err(self.strange(key)),
        }
    }

    /// A text parameter, `default` when absent.
    pub fn text<'a>(&'a self, key: &str, default: &'a str) -> Result<&'a str, Stop> {
        match self.attributes.get(key) {
            None => Ok(default),
            Some(node) => self.graph.text(*node).ok_or_else(|| self.strange(key)),
        }
    }

    /// A count.
    pub fn count(&self, key: &str) -> Result<usize, Stop> {
        match value(self.graph, self.need(key)?) {
            Value::Int(number) => usize::try_from(number).map_err(|_| self.strange(key)),
            _ => Err(self.strange(key)),
        }
    }

    /// A refusal because the value of `key` has no known meaning.
    pub fn strange(&self, key: &str) -> Stop {
        let shown = match self.value(key) {
            Value::Text(text) => format!(" ('{text}')"),
            Value::Int(number) => format!(" ({number})"),
            Value::Float(number) => format!(" ({number})"),
            Value::Other(node) => match self.graph.global(node) {
                Some(global) => format!(" ({global})"),
                None => String::new(),
            },
            _ => String::new(),
        };
        self.refused(format!("the value of `{key}`{shown} is not one it knows"))
    }

    /// The array under `key`.
    pub fn view(&self, key: &str) -> Result<ArrayView<'g>, Stop> {
        view(self.graph, self.need(key)?)
            .ok_or_else(|| self.refused(format!("`{key}` is not a plain array")))
    }

    /// Floats of any shape under `key`; a plain number has no dimensions.
    pub fn floats(&self, key: &str) -> Result<ArrayD<f64>, Stop> {
        let node = self.need(key)?;
        match self.graph.node(node) {
            Node::Float(number) => Ok(ndarray::arr0(*number).into_dyn()),
            Node::Int(number) => Ok(ndarray::arr0(*number as f64).into_dyn()),
            _ => self
                .view(key)?
                .to_f64()
                .map_err(|error| self.refused(format!("`{key}` cannot be used: {error}"))),
        }
    }

    /// A vector of floats under `key`.
    pub fn vector(&self, key: &str) -> Result<Array1<f64>, Stop> {
        self.floats(key)?
            .into_dimensionality::<Ix1>()
            .map_err(|_| self.refused(format!("`{key}` is not a vector")))
    }

    /// A matrix of floats under `key`; a vector is one row.
    pub fn matrix(&self, key: &str) -> Result<Array2<f64>, Stop> {
        let array = self.floats(key)?;
        let array = if array.ndim() == 1 {
            array.insert_axis(ndarray::Axis(0))
        } else {
            array
        };
        array
            .into_dimensionality::<Ix2>()
            .map_err(|_| self.refused(format!("`{key}` is not a matrix")))
    }

    /// The elements of the array at `node` as cells.
    pub fn cells_at(&self, node: NodeId, key: &str) -> Result<Vec<Cell>, Stop> {
        let trouble = |error: String| self.refused(format!("`{key}` cannot be used: {error}"));
        let array = view(self.graph, node).ok_or_else(|| trouble("it is no plain array".into()))?;
        let values = array
            .values(self.graph)
            .map_err(|error| trouble(error.to_string()))?;
        values
            .iter()
            .map(|value| value_cell(value).ok_or_else(|| trouble("it holds objects".into())))
            .collect()
    }

    /// The elements of the array under `key` as cells.
    pub fn cells(&self, key: &str) -> Result<Vec<Cell>, Stop> {
        self.cells_at(self.need(key)?, key)
    }

    /// The members of the list or tuple under `key`.
    pub fn list(&self, key: &str) -> Result<&'g [NodeId], Stop> {
        let node = self.need(key)?;
        match self.graph.node(node) {
            Node::List(items) => Ok(items),
            Node::Tuple(items) => Ok(items),
            _ => Err(self.refused(format!("`{key}` is not a list"))),
        }
    }

    /// The recorded feature names.
    pub fn feature_names(&self) -> Option<Vec<String>> {
        let array = view(self.graph, self.get("feature_names_in_")?)?;
        let names = array.values(self.graph).ok()?;
        names
            .into_iter()
            .map(|name| match name {
                Value::Text(name) => Some(name),
                _ => None,
            })
            .collect()
    }
}

/// Major and minor of a version text.
pub fn release(version: &str) -> Option<Release> {
    let mut parts = version.split('.');
    let major = parts.next()?.parse().ok()?;
    let minor: String = parts
        .next()?
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    Some((major, minor.parse().ok()?))
}
