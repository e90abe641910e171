//! `XGBoost`: models in JSON, UBJSON and the old binary notation, the boosters that pickles hold, and
//! the wrappers in scikit-learn's manner.

mod binary;
mod categories;
mod document;
mod forest;
mod model;
mod objective;
mod wrapper;

use ndarray::Array2;

use self::forest::{Kind, Limit, Order, WHAT};
use self::model::Model;
use self::wrapper::{answers, wide};
use super::rows;
use crate::trial::native::estimator::Context;
use crate::trial::native::frame::Frame;
use crate::trial::native::stop::Stop;
use crate::trial::{Cell, Output};

pub use self::wrapper::{booster, classification, regression};

/// What a prediction is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// A number that counts as missing, besides NaN.
    pub missing: Option<f32>,
    pub limit: Limit,
    /// Whether the library would predict without a matrix of its own in between.
    pub inplace: bool,
    /// Whether to leave margins as they are.
    pub margins: bool,
}

impl Default for Asked {
    fn default() -> Asked {
        Asked {
            missing: None,
            limit: Limit::None,
            inplace: false,
            margins: false,
        }
    }
}

/// A model file of its own.
pub fn file(context: &Context, bytes: &[u8], frame: &Frame) -> Result<Vec<Output>, Stop> {
    let model = read(context, bytes)?;
    let scores = model.predict(context, frame, &Asked::default())?;
    Ok(vec![answers(&scores)])
}

/// A model in any notation.
fn read(context: &Context, bytes: &[u8]) -> Result<Model, Stop> {
    if binary::is(bytes) {
        binary::read(context, bytes)
    } else {
        model::read(context, bytes)
    }
}

impl Model {
    /// Row × output.
    pub fn predict(
        &self,
        context: &Context,
        frame: &Frame,
        asked: &Asked,
    ) -> Result<Array2<f64>, Stop> {
        rows::width(frame.width(), self.features)?;
        let coded = self.categories.coded(context, frame)?;
        let x = rows::numbers(context, WHAT, &coded)?;
        let weighted = matches!(
            &self.kind,
            Kind::Trees {
                weights: Some(_),
                ..
            }
        );
        if weighted && self.release < (1, 0) {
            return Err(Stop::refused(
                WHAT,
                "releases before 1.0 leave out trees of `dart` by chance when they predict",
            ));
        }
        let order = if self.release < (1, 3) || weighted && self.release < (1, 4) {
            Order::TreesFirst
        } else if asked.inplace && self.release < (3, 1) {
            Order::Inplace
        } else {
            Order::Sequential
        };
        context.charge(x.nrows().saturating_mul(self.groups), WHAT)?;
        let mut all = Vec::with_capacity(x.nrows());
        for row in x.rows() {
            let mut single: Vec<f32> = row.iter().map(|x| *x as f32).collect();
            if single.iter().any(|x| x.is_infinite()) {
                return Err(Stop::Sample(
                    "the sample holds numbers that are infinite in 32 bits, which XGBoost does not take".into(),
                ));
            }
            for x in &mut single {
                // What a sparse matrix does not store is missing.
                if Some(*x) == asked.missing || frame.sparse && *x == 0.0 {
                    *x = f32::NAN;
                }
            }
            let mut margins = self.start.clone();
            self.kind
                .margins(context, &single, asked.limit, order, &mut margins)?;
            if !asked.margins {
                self.objective.answer(&mut margins)?;
            }
            all.push(margins);
        }
        let width = all.first().map_or(self.groups, Vec::len);
        Ok(wide(&all, width))
    }
}

/// Usual values of each feature: around the thresholds of its splits.
pub fn usual(context: &Context, bytes: &[u8]) -> Option<(Vec<String>, Vec<Vec<Cell>>)> {
    let model = read(context, bytes).ok()?;
    if model.features > rows::WIDEST {
        return None;
    }
    let mut thresholds = vec![Vec::new(); model.features];
    if let Kind::Trees { trees, .. } = &model.kind {
        for tree in trees {
            for (place, node) in tree.nodes.iter().enumerate() {
                let plain = tree.categories.get(place).is_none_or(Vec::is_empty);
                if node.left != -1 && plain {
                    thresholds[node.feature as usize].push(f64::from(node.value));
                }
            }
        }
    }
    let cells = thresholds
        .into_iter()
        .enumerate()
        .map(|(place, thresholds)| match model.categories.of(place) {
            Some(labels) => labels.iter().take(3).cloned().collect(),
            None => rows::quartiles(thresholds),
        });
    Some((model.names, cells.collect()))
}
