//! Rows for what takes no table of a width that the file records: records for a vectorizer of dicts,
//! sets of labels for their binarizer, words or records for a hasher.

use crate::pickle::{Graph, NodeId, view};
use crate::trial::native::frame::value_cell;
use crate::trial::{Cell, Sample};

/// Names, labels and categories that are used.
const MOST: usize = 200;

/// Rows for the estimator at `node`; `None` when it takes a table.
pub(super) fn rows(graph: &Graph, node: NodeId) -> Option<Sample> {
    let class = graph.class(node)?;
    if !class.module.starts_with("sklearn.") {
        return None;
    }
    match &*class.name {
        "MultiLabelBinarizer" => sets(graph, node),
        "DictVectorizer" => records(graph, node),
        "FeatureHasher" => hashed(graph, node),
        _ => None,
    }
}

/// Two labels that it knows, one, and none.
fn sets(graph: &Graph, node: NodeId) -> Option<Sample> {
    let classes = view(graph, graph.attribute(node, "classes_")?)?;
    let labels = classes.first_values(graph, MOST).ok()?;
    let labels: Option<Vec<Cell>> = labels.iter().map(value_cell).collect();
    let labels = labels.filter(|labels| !labels.is_empty())?;
    let last = labels.last().cloned();
    let rows = vec![
        labels.iter().take(2).cloned().collect(),
        last.into_iter().collect(),
        Vec::new(),
    ];
    Some(Sample {
        columns: None,
        rows,
        source: "generated from the labels that it knows".into(),
        texts: false,
    })
}

/// A record with each name that it knows: `city=Oslo` is a category of `city`, others are numbers.
fn records(graph: &Graph, node: NodeId) -> Option<Sample> {
    let names = graph.items(graph.attribute(node, "feature_names_")?)?;
    let separator = graph
        .attribute(node, "separator")
        .and_then(|node| graph.text(node));
    let separator = separator.filter(|mark| !mark.is_empty()).unwrap_or("=");
    let mut columns: Vec<(&str, Vec<Cell>)> = Vec::new();
    for name in names.iter().take(MOST) {
        let name = graph.text(*name)?;
        let (column, cell) = match name.split_once(separator) {
            Some((column, category)) => (column, Cell::Text(category.to_owned())),
            None => (name, Cell::Float(1.0)),
        };
        match columns.iter_mut().find(|(known, _)| *known == column) {
            Some((_, cells)) => cells.push(cell),
            None => columns.push((column, vec![cell])),
        }
    }
    let longest = columns.iter().map(|(_, cells)| cells.len()).max()?;
    let row = |row: usize| {
        let cell = |(_, cells): &(&str, Vec<Cell>)| cells[row % cells.len()].clone();
        columns.iter().map(cell).collect()
    };
    Some(Sample {
        columns: Some(columns.iter().map(|(name, _)| (*name).to_owned()).collect()),
        rows: (0..longest.min(super::generate::ROWS)).map(row).collect(),
        source: "generated from the names that it knows".into(),
        texts: false,
    })
}

/// It remembers nothing and takes any.
fn hashed(graph: &Graph, node: NodeId) -> Option<Sample> {
    let input = graph.attribute(node, "input_type");
    let (columns, rows) = match input.and_then(|node| graph.text(node))? {
        "string" => {
            let words = ["a", "few", "words"].map(|word| Cell::Text(word.into()));
            (None, vec![words.to_vec(), words[1..].to_vec()])
        }
        "dict" => {
            let row = vec![Cell::Text("word".into()), Cell::Float(1.0)];
            (Some(vec!["a".into(), "b".into()]), vec![row])
        }
        _ => return None,
    };
    Some(Sample {
        columns,
        rows,
        source: "generated: any words, as the file records none".into(),
        texts: false,
    })
}
