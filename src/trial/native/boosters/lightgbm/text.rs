//! The text of a `LightGBM` model with all its trees.
//!
//! Written by `GBDT::SaveModelToString` and `Tree::ToString`
//! (<https://github.com/microsoft/LightGBM/blob/v4.6.0/src/boosting/gbdt_model_text.cpp>,
//! `src/io/tree.cpp`). Linear trees and formats before `v2` are refused.

use super::objective::Objective;
use super::tree::Tree;
use crate::trial::native::estimator::Context;
use crate::trial::native::stop::Stop;

/// What a refusal of a file calls it.
pub const WHAT: &str = "the LightGBM model";
/// The widest row.
const FEATURES: usize = 10_000_000;
/// The most trees of one iteration.
const GROUPS: usize = 100_000;

/// A model.
pub struct Model {
    pub features: usize,
    /// The names of the features, as many as there are features.
    pub names: Vec<String>,
    pub objective: Objective,
    /// Whether the objective is a function of the user's own, which leaves no trace.
    pub custom: bool,
    /// Trees of one iteration: outputs of a row.
    pub groups: usize,
    /// Whether the outputs are the mean of the iterations (random forests), not their sum.
    pub average: bool,
    pub trees: Vec<Tree>,
    /// Places of the features whose values were categories.
    pub categorical: Vec<usize>,
    /// The labels of each column of pandas categories, in column order; JSON.
    pub labels: Vec<Vec<serde_json::Value>>,
    /// The range of each feature in training; `None` where it is not one of numbers.
    pub ranges: Vec<Option<(f64, f64)>>,
}

fn broken(what: &str) -> Stop {
    Stop::refused(WHAT, format!("its {what} cannot be used"))
}

/// Reads a model.
pub fn read(context: &Context, bytes: &[u8]) -> Result<Model, Stop> {
    context.charge(bytes.len(), WHAT)?;
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.split('\n').map(|line| line.trim_end_matches('\r'));
    if lines.next() != Some("tree") {
        return Err(broken("first line"));
    }
    let mut head = Head::default();
    let mut next = None;
    for line in lines.by_ref() {
        if line.starts_with("Tree=") || line == "end of trees" {
            next = Some(line);
            break;
        }
        head.line(line)?;
    }
    let mut trees = Vec::new();
    while let Some(line) = next.filter(|line| line.starts_with("Tree=")) {
        if line[5..].parse() != Ok(trees.len()) {
            return Err(broken("order of trees"));
        }
        next = None;
        let mut fields = Vec::new();
        for line in lines.by_ref() {
            if line.starts_with("Tree=") || line == "end of trees" {
                next = Some(line);
                break;
            }
            fields.extend(line.split_once('='));
        }
        trees.push(Tree::read(&fields, head.features)?);
    }
    if next != Some("end of trees") {
        return Err(broken("end"));
    }
    let mut labels = Vec::new();
    for line in lines {
        if let Some(json) = line.strip_prefix("pandas_categorical:") {
            let parsed: Option<Vec<Vec<serde_json::Value>>> =
                serde_json::from_str(json).map_err(|_| broken("categories"))?;
            labels = parsed.unwrap_or_default();
        }
    }
    head.finish(trees, labels)
}

/// The header as far as it is read.
#[derive(Default)]
struct Head {
    version: String,
    features: usize,
    classes: usize,
    groups: Option<usize>,
    objective: Option<String>,
    average: bool,
    names: Vec<String>,
    infos: Vec<String>,
    linear: bool,
}

impl Head {
    fn line(&mut self, line: &str) -> Result<(), Stop> {
        if line == "average_output" {
            self.average = true;
        }
        let Some((key, value)) = line.split_once('=') else {
            return Ok(());
        };
        let count = |limit| {
            let number: Option<usize> = value.trim().parse().ok();
            number
                .filter(|number| *number < limit)
                .ok_or_else(|| broken(key))
        };
        match key {
            "version" => value.clone_into(&mut self.version),
            "num_class" => self.classes = count(GROUPS)?,
            "num_tree_per_iteration" => self.groups = Some(count(GROUPS)?),
            "max_feature_idx" => self.features = count(FEATURES)? + 1,
            "objective" => self.objective = Some(value.to_owned()),
            "feature_names" => self.names = words(value),
            "feature_infos" => self.infos = words(value),
            "linear_tree" => self.linear = value.trim() != "0",
            _ => {}
        }
        Ok(())
    }

    fn finish(self, trees: Vec<Tree>, labels: Vec<Vec<serde_json::Value>>) -> Result<Model, Stop> {
        if !matches!(self.version.as_str(), "v2" | "v3" | "v4") {
            let reason = format!("its text format {} is not one that is known", self.version);
            return Err(Stop::refused(WHAT, reason));
        }
        if self.linear {
            return Err(Stop::refused(WHAT, "linear trees are not evaluated"));
        }
        let groups = self.groups.unwrap_or(self.classes).max(1);
        if !trees.len().is_multiple_of(groups) {
            return Err(broken("number of trees"));
        }
        let objective = Objective::read(self.objective.as_deref(), groups)?;
        let known = self.infos.len() == self.features;
        let categories = |info: &&String| {
            info.parse::<i64>().is_ok() || info.contains(':') && !info.starts_with('[')
        };
        let infos = if known { &self.infos[..] } else { &[] };
        let categorical = infos
            .iter()
            .enumerate()
            .filter(|(_, info)| categories(info));
        let categorical = categorical.map(|(place, _)| place).collect();
        Ok(Model {
            features: self.features,
            objective,
            custom: self.objective.is_none(),
            groups,
            average: self.average,
            trees,
            categorical,
            labels,
            ranges: infos.iter().map(|info| range(info)).collect(),
            names: if self.names.len() == self.features {
                self.names
            } else {
                Vec::new()
            },
        })
    }
}

fn words(line: &str) -> Vec<String> {
    let words = line.split(' ').filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

/// `[0.5:3]`.
fn range(info: &str) -> Option<(f64, f64)> {
    let inside = info.strip_prefix('[')?.strip_suffix(']')?;
    let (low, high) = inside.split_once(':')?;
    let (low, high): (f64, f64) = (low.parse().ok()?, high.parse().ok()?);
    (low.is_finite() && high.is_finite()).then_some((low, high))
}
