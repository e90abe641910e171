//! Columns of categories: what the codes in the trees stand for.
//!
//! Since 3.1 a model keeps the categories of the data frame it was trained with. Before, the codes
//! are those of whatever data frame is asked, which no file records: only a model that was trained
//! without column names, so with plain numbers, can be evaluated.

use super::document::Document;
use super::forest::{Kind, WHAT};
use crate::trial::Cell;
use crate::trial::native::estimator::Context;
use crate::trial::native::frame::{Column, Frame, repr, same};
use crate::trial::native::stop::Stop;

/// The categories of a model.
#[derive(Debug, Default)]
pub struct Categories {
    /// The place of each categorical column with its categories, in the order of their codes.
    columns: Vec<(usize, Vec<Cell>)>,
}

impl Categories {
    /// Reads `cats`, where a model has it, and refuses models whose codes nobody can know.
    pub fn read(
        cats: Option<&Document>,
        types: &[String],
        named: bool,
        kind: &Kind,
        release: (u32, u32),
    ) -> Result<Categories, Stop> {
        let refused = |reason: &str| Err(Stop::refused(WHAT, reason));
        let splits = matches!(kind, Kind::Trees { trees, .. } if trees.iter().any(|tree| !tree.categories.is_empty()));
        let listed = cats
            .and_then(|cats| cats.list(&["enc"]))
            .unwrap_or_default();
        if listed.is_empty() {
            if splits && release < (1, 6) {
                return refused("its release was only trying out splits by category");
            }
            if splits && named {
                return refused("it does not record the categories of its training data");
            }
            return if named && types.iter().any(|kind| kind == "c") {
                refused("it does not record the categories of its training data")
            } else {
                Ok(Categories::default())
            };
        }
        let mut columns = Vec::new();
        for (place, encoding) in listed.iter().enumerate() {
            let Some(labels) = labels(encoding) else {
                return refused(
                    "the categories of its training data are written in a way that is not known",
                );
            };
            let categorical = types.get(place).is_some_and(|kind| kind == "c");
            if categorical == labels.is_empty() {
                return refused("the categories of its training data do not fit its columns");
            }
            if categorical {
                columns.push((place, labels));
            }
        }
        Ok(Categories { columns })
    }

    /// The frame with codes in the place of categories.
    pub fn coded(&self, context: &Context, frame: &Frame) -> Result<Frame, Stop> {
        let mut frame = frame.clone();
        for (place, labels) in &self.columns {
            context.charge(frame.n_rows.saturating_mul(labels.len()), WHAT)?;
            let Some(column) = frame.columns.get(*place) else {
                continue;
            };
            let mut codes = Vec::with_capacity(frame.n_rows);
            for row in 0..frame.n_rows {
                let cell = column.cell(row);
                let code = labels.iter().position(|label| same(label, &cell));
                codes.push(match (code, cell) {
                    (Some(code), _) => code as f64,
                    (None, Cell::Missing) => f64::NAN,
                    (None, cell) => {
                        return Err(Stop::Sample(format!(
                            "column {} has the category {} that the model does not know",
                            place + 1,
                            repr(&cell)
                        )));
                    }
                });
            }
            frame.columns[*place] = Column::Numbers(codes);
        }
        Ok(frame)
    }

    /// The categories of the column at `place`.
    pub fn of(&self, place: usize) -> Option<&[Cell]> {
        let found = self.columns.iter().find(|(at, _)| *at == place);
        found.map(|(_, labels)| labels.as_slice())
    }
}

/// Texts behind each other with the places where they begin, or numbers with the number of their
/// type.
fn labels(encoding: &Document) -> Option<Vec<Cell>> {
    let values = encoding.numbers(&["values"])?;
    let Some(offsets) = encoding.numbers(&["offsets"]) else {
        let whole = values.iter().all(|x| x.fract() == 0.0 && x.abs() < 9e15);
        encoding.count(&["type"])?;
        return Some(
            values
                .iter()
                .map(|x| {
                    if whole {
                        Cell::Int(*x as i64)
                    } else {
                        Cell::Float(*x)
                    }
                })
                .collect(),
        );
    };
    let bytes: Vec<u8> = values.iter().map(|x| *x as i64 as u8).collect();
    let text = |bounds: &[f64]| {
        let part = bytes.get(bounds[0] as usize..bounds[1] as usize)?;
        String::from_utf8(part.to_vec()).ok().map(Cell::Text)
    };
    offsets.windows(2).map(text).collect()
}
