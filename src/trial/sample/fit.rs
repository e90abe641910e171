//! A sample aligned to a model: columns by name where both have names, by position otherwise.

use std::collections::HashMap;

use crate::artifact::Inputs;
use crate::text;
use crate::trial::{Cell, Sample, TrialError};

/// How many names a message spells out.
const SHOWN: usize = 8;

/// [`align`], and an error when the number of columns is not the one the model wants. With the
/// warnings to show beside the result.
pub fn fit(
    sample: &Sample,
    inputs: &Inputs,
    takes_text: bool,
) -> Result<(Sample, Vec<String>), TrialError> {
    let (sample, warnings) = align(sample, inputs, takes_text)?;
    let width = sample.rows.first().map_or(0, Vec::len);
    match inputs.count {
        Some(expected) if !sample.texts && expected != width => Err(TrialError::Sample(format!(
            "the model takes {} a row, and {} gives {width}",
            values(expected),
            source(&sample)
        ))),
        _ => Ok((sample, warnings)),
    }
}

/// Brings the columns into the model's order. Columns that the model does not know are dropped
/// with a warning; columns that it misses are an error. A sample without a header keeps its order.
pub fn align(
    sample: &Sample,
    inputs: &Inputs,
    takes_text: bool,
) -> Result<(Sample, Vec<String>), TrialError> {
    let width = sample.rows.first().map_or(0, Vec::len);
    if takes_text {
        return texts(sample, width);
    }
    no_texts(sample)?;
    sample.table()?;
    let mut sample = sample.clone();
    let names = match &sample.columns {
        Some(names) if !inputs.names.is_empty() => names.clone(),
        // A header means nothing to a model that was fitted without names.
        Some(_) => return Ok((sample, Vec::new())),
        None => {
            if inputs.names.len() == width {
                sample.columns = Some(inputs.names.clone());
            }
            return Ok((sample, Vec::new()));
        }
    };
    let mut place: HashMap<&str, usize> = HashMap::new();
    for (index, name) in names.iter().enumerate() {
        if place.insert(name, index).is_some() {
            return Err(TrialError::Sample(format!(
                "{} has the column {} twice; rename one of them",
                source(&sample),
                quoted(name)
            )));
        }
    }
    let missing: Vec<&str> = inputs
        .names
        .iter()
        .map(String::as_str)
        .filter(|name| !place.contains_key(name))
        .collect();
    if !missing.is_empty() {
        return Err(TrialError::Sample(format!(
            "{} lacks {} that the model wants: {}",
            source(&sample),
            if missing.len() == 1 {
                "a column"
            } else {
                "columns"
            },
            listed(&missing)
        )));
    }
    let order: Vec<usize> = inputs
        .names
        .iter()
        .map(|name| place[name.as_str()])
        .collect();
    let extra: Vec<&str> = names
        .iter()
        .map(String::as_str)
        .filter(|name| !inputs.names.iter().any(|wanted| wanted == name))
        .collect();
    let mut warnings = Vec::new();
    if !extra.is_empty() {
        warnings.push(format!(
            "left out of the sample, as the model does not know {}: {}",
            if extra.len() == 1 { "it" } else { "them" },
            listed(&extra)
        ));
    }
    for row in &mut sample.rows {
        *row = order
            .iter()
            .map(|index| row.get(*index).cloned().unwrap_or(Cell::Missing))
            .collect();
    }
    sample.columns = Some(inputs.names.clone());
    Ok((sample, warnings))
}

/// An error when each row is one plain text.
pub fn no_texts(sample: &Sample) -> Result<(), TrialError> {
    if !sample.texts {
        return Ok(());
    }
    Err(TrialError::Sample(format!(
        "the model takes tables, and {} holds plain texts; give it rows of values",
        source(sample)
    )))
}

/// Rows of one text each: given as such, or as a table with one column.
fn texts(sample: &Sample, width: usize) -> Result<(Sample, Vec<String>), TrialError> {
    if sample.texts {
        return Ok((sample.clone(), Vec::new()));
    }
    if width != 1 {
        return Err(TrialError::Sample(format!(
            "the model takes one text a row, and {} has {width} columns; give it a list of texts",
            source(sample)
        )));
    }
    let rows = sample.rows.iter().map(|row| match row.first() {
        Some(Cell::Text(text)) => vec![Cell::Text(text.clone())],
        Some(Cell::Int(number)) => vec![Cell::Text(number.to_string())],
        Some(Cell::Float(number)) => vec![Cell::Text(number.to_string())],
        _ => vec![Cell::Text(String::new())],
    });
    let texts = Sample {
        columns: None,
        rows: rows.collect(),
        source: sample.source.clone(),
        texts: true,
    };
    Ok((texts, Vec::new()))
}

fn source(sample: &Sample) -> &str {
    if sample.source.is_empty() {
        "the sample"
    } else {
        &sample.source
    }
}

fn values(count: usize) -> String {
    if count == 1 {
        "1 value".to_owned()
    } else {
        format!("{count} values")
    }
}

fn quoted(name: &str) -> String {
    format!("'{}'", text::short(name, 60))
}

fn listed(names: &[&str]) -> String {
    let mut list: Vec<String> = names.iter().take(SHOWN).map(|name| quoted(name)).collect();
    if names.len() > SHOWN {
        list.push(format!("and {} more", names.len() - SHOWN));
    }
    list.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inputs(names: &[&str]) -> Inputs {
        Inputs {
            count: Some(names.len()),
            names: names.iter().map(ToString::to_string).collect(),
            types: Vec::new(),
        }
    }

    fn sample(columns: Option<&[&str]>, row: &[i64]) -> Sample {
        Sample {
            columns: columns.map(|names| names.iter().map(ToString::to_string).collect()),
            rows: vec![row.iter().map(|n| Cell::Int(*n)).collect()],
            source: "rows.csv".into(),
            texts: false,
        }
    }

    #[test]
    fn columns_come_into_the_models_order_and_extra_ones_go() {
        let given = sample(Some(&["target", "b", "a"]), &[9, 2, 1]);
        let (fitted, warnings) = fit(&given, &inputs(&["a", "b"]), false).unwrap();
        assert_eq!(fitted.rows, [[Cell::Int(1), Cell::Int(2)]]);
        assert_eq!(
            warnings,
            ["left out of the sample, as the model does not know it: 'target'"]
        );
    }

    #[test]
    fn missing_columns_are_named() {
        let given = sample(Some(&["a"]), &[1]);
        let error = fit(&given, &inputs(&["a", "b", "c"]), false).unwrap_err();
        assert_eq!(
            error.to_string(),
            "rows.csv lacks columns that the model wants: 'b', 'c'"
        );
    }

    #[test]
    fn without_a_header_the_order_counts() {
        let given = sample(None, &[1, 2]);
        let (fitted, _) = fit(&given, &inputs(&["a", "b"]), false).unwrap();
        assert_eq!(fitted.columns, Some(vec!["a".to_owned(), "b".to_owned()]));
        let error = fit(&given, &inputs(&["a"]), false).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the model takes 1 value a row, and rows.csv gives 2"
        );
    }

    #[test]
    fn one_column_of_text_is_texts_for_a_text_model() {
        let mut given = sample(Some(&["message"]), &[7]);
        given.rows[0][0] = Cell::Text("free prize".into());
        let (fitted, _) = fit(&given, &Inputs::default(), true).unwrap();
        assert!(fitted.texts);
        assert_eq!(fitted.rows, [[Cell::Text("free prize".into())]]);
    }
}
