//! What a meta-estimator asks the estimators inside it.
//!
//! An estimator of any role answers with everything that it has; who asks takes the method that it
//! needs. A method that is not there is refused by name. Whoever asks an estimator twice for the
//! same rows does its work twice: ask once and keep the answers.

use ndarray::{Array1, Array2};

use super::estimator::Context;
use super::frame::{Frame, number};
use super::pipeline;
use super::stop::Stop;
use super::table::{self, Role};
use crate::pickle::NodeId;
use crate::text;
use crate::trial::{Cell, Output};

/// What an inner estimator answered to some rows.
pub struct Answers {
    /// Its class, harmless for showing.
    pub class: String,
    outputs: Vec<Output>,
    rows: usize,
}

/// Asks the estimator at `node`; `depth` is that of the one who asks.
pub fn ask(context: &Context, node: NodeId, frame: &Frame, depth: usize) -> Result<Answers, Stop> {
    // Only its name: the whole of it is read where it is evaluated.
    let class = context.graph.class(node).map_or_else(
        || "an object that is no estimator".to_owned(),
        |class| text::short(&class.to_string(), 200),
    );
    let outputs = table::predict(context, node, frame, depth + 1)?;
    Ok(Answers {
        class,
        outputs,
        rows: frame.n_rows,
    })
}

/// The class labels that the estimator at `node` knows, in the order of its probabilities. Those
/// that have no `classes_` of their own pass on what an estimator inside them knows.
pub fn classes(context: &Context, node: NodeId, depth: usize) -> Result<Vec<Cell>, Stop> {
    let (estimator, entry) = table::known(context, node, depth)?;
    if estimator.get("classes_").is_some() {
        return estimator.cells("classes_");
    }
    let inner = match entry.role {
        Role::Wrapper(inner) => Some(inner(&estimator)?),
        Role::Pipeline(_) => pipeline::steps(&estimator)?.last().copied(),
        _ => estimator.get("estimator_"),
    };
    match inner {
        Some(inner) => classes(context, inner, depth + 1),
        None => Err(estimator.refused("it has no `classes_`")),
    }
}

impl Answers {
    /// Whether the estimator has this method.
    pub fn has(&self, method: &str) -> bool {
        self.outputs.iter().any(|output| output.method == method)
    }

    /// The output of one method.
    pub fn need(&self, method: &str) -> Result<&Output, Stop> {
        let output = self.outputs.iter().find(|output| output.method == method);
        let reason = || format!("an estimator around it asks for `{method}`, which it lacks");
        let output = output.ok_or_else(|| Stop::refused(&self.class, reason()))?;
        if output.rows.len() == self.rows {
            Ok(output)
        } else {
            Err(Stop::refused(&self.class, "its answer has another length"))
        }
    }

    /// `predict` of one target: a cell a row.
    pub fn labels(&self) -> Result<Vec<Cell>, Stop> {
        self.flat("predict")
    }

    /// A one-dimensional output, or a single column.
    pub fn flat(&self, method: &str) -> Result<Vec<Cell>, Stop> {
        let output = self.need(method)?;
        let one = |row: &Vec<Cell>| match &row[..] {
            [cell] => Some(cell.clone()),
            _ => None,
        };
        let cells: Option<Vec<Cell>> = output.rows.iter().map(one).collect();
        cells.ok_or_else(|| Stop::refused(&self.class, format!("its `{method}` is no vector")))
    }

    /// A one-dimensional output as numbers.
    pub fn vector(&self, method: &str) -> Result<Array1<f64>, Stop> {
        let cells = self.flat(method)?;
        let numbers: Option<Vec<f64>> = cells.iter().map(number).collect();
        numbers
            .map(Array1::from)
            .ok_or_else(|| Stop::refused(&self.class, format!("its `{method}` are no numbers")))
    }

    /// Row × column; a one-dimensional output is one column.
    pub fn matrix(&self, method: &str) -> Result<Array2<f64>, Stop> {
        let output = self.need(method)?;
        let broken = || Stop::refused(&self.class, format!("its `{method}` is no matrix"));
        let width = output.rows.first().map_or(0, Vec::len);
        let mut numbers = Vec::with_capacity(self.rows.saturating_mul(width));
        for row in &output.rows {
            if row.len() != width {
                return Err(broken());
            }
            for cell in row {
                numbers.push(number(cell).ok_or_else(broken)?);
            }
        }
        Array2::from_shape_vec((self.rows, width), numbers).map_err(|_| broken())
    }

    /// Whether `method` answers in one dimension.
    pub fn is_flat(&self, method: &str) -> Result<bool, Stop> {
        Ok(self.need(method)?.flat)
    }
}
