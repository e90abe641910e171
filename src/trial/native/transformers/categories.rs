//! What `OneHotEncoder` and `OrdinalEncoder` share: cells to category numbers.

use std::collections::HashMap;

use crate::pickle::{Dtype, Kind, Node, NodeId, view};
use crate::trial::Cell;
use crate::trial::native::check;
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::{Column, Frame, repr, same};
use crate::trial::native::stop::Stop;

/// Unknown categories that a message lists.
const MAX_LISTED: usize = 100;

/// State of both encoders.
pub const KNOWN: &[&str] = &[
    "categories",
    "categories_",
    "dtype",
    "handle_unknown",
    "min_frequency",
    "max_categories",
    "_infrequent_enabled",
    "_infrequent_indices",
    "_default_to_infrequent_mappings",
];

/// The fitted categories of each feature.
pub struct Categories {
    features: Vec<Feature>,
}

struct Feature {
    known: Vec<Cell>,
    /// Text categories by their text: features of text can have very many.
    texts: HashMap<String, usize>,
    /// Rare categories folded into one: where each category went.
    folded: Option<Vec<usize>>,
}

impl Categories {
    /// Reads the fitted state.
    pub fn read(estimator: &Estimator) -> Result<Categories, Stop> {
        if estimator.flag("_legacy_mode", false)? {
            return Err(estimator.refused("it is in the legacy mode of release 0.20"));
        }
        allowed_dtype(estimator)?;
        let arrays = estimator.list("categories_")?;
        let folds = if estimator.flag("_infrequent_enabled", false)? {
            Some(estimator.list("_default_to_infrequent_mappings")?)
        } else {
            None
        };
        let mut features = Vec::with_capacity(arrays.len());
        for (place, array) in arrays.iter().enumerate() {
            let known = estimator.cells_at(*array, "categories_")?;
            let mut texts = HashMap::new();
            for (number, cell) in known.iter().enumerate() {
                if let Cell::Text(text) = cell {
                    texts.entry(text.clone()).or_insert(number);
                }
            }
            let folded = match folds {
                Some(folds) => {
                    let fold = folds
                        .get(place)
                        .ok_or_else(|| estimator.strange("_default_to_infrequent_mappings"))?;
                    fold_at(estimator, *fold)?
                }
                None => None,
            };
            features.push(Feature {
                known,
                texts,
                folded,
            });
        }
        Ok(Categories { features })
    }

    /// How many features there are.
    pub fn len(&self) -> usize {
        self.features.len()
    }

    /// How many categories `feature` has, before rare ones are folded.
    pub fn count(&self, feature: usize) -> usize {
        self.features[feature].known.len()
    }

    /// How many categories `feature` has after rare ones are folded into one.
    pub fn count_folded(&self, feature: usize) -> usize {
        match &self.features[feature].folded {
            Some(fold) => fold.iter().max().map_or(0, |last| last + 1),
            None => self.count(feature),
        }
    }

    /// The number of the missing category of `feature`, if it has one.
    pub fn missing(&self, feature: usize) -> Option<usize> {
        let known = &self.features[feature].known;
        known.iter().position(|cell| *cell == Cell::Missing)
    }

    /// Where `category` went when rare ones were folded.
    pub fn fold(&self, feature: usize, category: usize) -> usize {
        match &self.features[feature].folded {
            Some(fold) => fold.get(category).copied().unwrap_or(category),
            None => category,
        }
    }

    /// The number that all rare categories of `feature` were folded into: the last.
    pub fn rare(&self, feature: usize) -> Option<usize> {
        self.features[feature]
            .folded
            .as_ref()
            .and_then(|fold| fold.iter().max().copied())
    }

    /// The category number of each cell, column by column; `None` for unknown ones, unless they
    /// are an error.
    pub fn codes(
        &self,
        context: &Context,
        estimator: &Estimator,
        frame: &Frame,
        unknown_is_error: bool,
    ) -> Result<Vec<Vec<Option<usize>>>, Stop> {
        if frame.sparse {
            return Err(Stop::Raised {
                exception: "TypeError",
                message: "A sparse matrix was passed, but dense data is required".into(),
            });
        }
        check::features(estimator, frame, Some(self.features.len()))?;
        context.charge(frame.n_rows * frame.width(), &estimator.class)?;
        let mut all = Vec::with_capacity(self.features.len());
        for (place, (column, feature)) in frame.columns.iter().zip(&self.features).enumerate() {
            feature.fits(estimator, frame, place)?;
            let cells: Vec<Cell> = (0..frame.n_rows).map(|row| column.cell(row)).collect();
            // Missing cells became a category of their own in 0.24 (ordinal: 1.0).
            let missing_since = if estimator.name == "OneHotEncoder" {
                (0, 24)
            } else {
                (1, 0)
            };
            if cells.contains(&Cell::Missing) && !estimator.since(missing_since) {
                return Err(Stop::value_error("Input contains NaN"));
            }
            let mut codes = Vec::with_capacity(cells.len());
            for cell in &cells {
                context.charge(feature.cost(), &estimator.class)?;
                codes.push(feature.code(cell));
            }
            if unknown_is_error && codes.contains(&None) {
                let mut unknown: Vec<&Cell> = Vec::new();
                for (cell, code) in cells.iter().zip(&codes) {
                    if unknown.len() >= MAX_LISTED {
                        break;
                    }
                    if code.is_none() && !unknown.contains(&cell) {
                        unknown.push(cell);
                    }
                }
                let list: Vec<String> = unknown.into_iter().map(repr).collect();
                return Err(Stop::value_error(format!(
                    "Found unknown categories [{}] in column {place} during transform",
                    list.join(", ")
                )));
            }
            all.push(codes);
        }
        Ok(all)
    }
}

impl Feature {
    fn code(&self, cell: &Cell) -> Option<usize> {
        match cell {
            Cell::Text(text) => self.texts.get(text).copied(),
            _ => self.known.iter().position(|known| same(known, cell)),
        }
    }

    /// Work that finding one cell may take.
    fn cost(&self) -> usize {
        1 + (self.known.len() - self.texts.len())
    }

    /// Refuses numbers for a feature whose categories are all text: pandas would have read the
    /// same file as numbers too, and every row would silently count as unknown.
    fn fits(&self, estimator: &Estimator, frame: &Frame, place: usize) -> Result<(), Stop> {
        let textual = |cell: &Cell| matches!(cell, Cell::Text(_) | Cell::Missing);
        let numeric = match &frame.columns[place] {
            Column::Numbers(numbers) => numbers.iter().any(|x| !x.is_nan()),
            Column::Objects(_) => false,
        };
        if numeric && !self.texts.is_empty() && self.known.iter().all(textual) {
            let name = match &frame.names {
                Some(names) => format!("'{}'", crate::text::short(&names[place], 60)),
                None => place.to_string(),
            };
            return Err(Stop::Sample(format!(
                "column {name} holds numbers, but {} knows text there (such as {})",
                estimator.name,
                crate::text::short(&repr(&self.known[0]), 40)
            )));
        }
        Ok(())
    }
}

fn fold_at(estimator: &Estimator, node: NodeId) -> Result<Option<Vec<usize>>, Stop> {
    let strange = || estimator.strange("_default_to_infrequent_mappings");
    if matches!(estimator.graph.node(node), Node::None) {
        return Ok(None);
    }
    let numbers = view(estimator.graph, node)
        .and_then(|array| array.to_i64().ok())
        .ok_or_else(strange)?;
    // More targets than categories cannot be; it would size the output.
    let limit = numbers.len();
    let targets: Option<Vec<usize>> = numbers
        .iter()
        .map(|n| usize::try_from(*n).ok().filter(|n| *n < limit))
        .collect();
    targets.map(Some).ok_or_else(strange)
}

/// The output type only matters where it could round; zeros, ones and codes fit all of these.
fn allowed_dtype(estimator: &Estimator) -> Result<(), Stop> {
    let Some(node) = estimator.get("dtype") else {
        return Ok(());
    };
    // A dtype in place of a type, as discretizers set it.
    if let Some(dtype) = Dtype::read(estimator.graph, node)
        && (dtype.kind == Kind::Float && dtype.itemsize >= 4)
    {
        return Ok(());
    }
    let name = match estimator.graph.node(node) {
        Node::Global(global) if matches!(&*global.module, "numpy" | "builtins" | "__builtin__") => {
            &*global.name
        }
        _ => estimator.graph.text(node).unwrap_or_default(),
    };
    if matches!(
        name,
        "float64" | "float32" | "int64" | "int32" | "int16" | "float" | "int" | "uint8" | "int8"
    ) {
        Ok(())
    } else {
        Err(estimator.strange("dtype"))
    }
}
