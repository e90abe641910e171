//! What a fitted transformer takes and what it gives: how many columns, called what.
//!
//! Read from what fitting left behind, never computed by running anything. What cannot be told from
//! the file is `None`, so that a relation between two files is never built on a guess.

use crate::pickle::{Graph, Node, NodeId, Value, value, view};

/// How many steps of a pipeline, or pipelines in each other, are followed.
const STEPS: usize = 64;
const DEPTH: usize = 8;

/// Names that are kept of one side, and bytes of all of them.
const NAMES: usize = 20_000;
const LETTERS: usize = 256 << 10;

/// What goes into a transformer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Takes {
    /// One text a row.
    Text,
    /// One dict a row.
    Records,
    /// A table of so many columns.
    Columns(usize),
    /// Labels, one a row: an encoder of targets.
    Labels,
}

/// A fitted transformer, seen from outside.
#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    /// The class, without its module.
    pub class: String,
    /// What it takes.
    pub takes: Takes,
    /// How many columns it gives (of an encoder of targets: how many classes it knows).
    pub gives: Option<usize>,
    /// The names of the columns that it was fitted on, where they were recorded.
    pub names: Vec<String>,
    /// Of a scaler: the centre and the spread of each column that it was fitted on.
    pub usual: Option<Vec<(f64, f64)>>,
    /// Where such a step usually stands among others that keep the number of columns.
    pub rank: u8,
}

/// Words in class names, and where such a step stands among steps of the same width: what fills
/// gaps comes before what encodes, that before what scales, that before what chooses and turns.
const RANKS: &[(&str, u8)] = &[
    ("Imputer", 0),
    ("Encoder", 1),
    ("FunctionTransformer", 2),
    ("PowerTransformer", 3),
    ("QuantileTransformer", 3),
    ("Discretizer", 3),
    ("Binarizer", 3),
    ("Scaler", 4),
    ("Normalizer", 5),
    ("Select", 6),
    ("VarianceThreshold", 6),
    ("RFE", 6),
    ("PCA", 7),
    ("TfidfTransformer", 4),
];

/// The flow of the transformer at `node`; `None` for what only predicts or is not understood.
pub fn of(graph: &Graph, node: NodeId) -> Option<Flow> {
    flow(graph, node, 0)
}

fn flow(graph: &Graph, node: NodeId, depth: usize) -> Option<Flow> {
    if depth > DEPTH {
        return None;
    }
    let class = graph.class(node)?;
    let name = &*class.name;
    if name == "Pipeline" {
        return pipeline(graph, node, depth);
    }
    let (takes, gives) = match name {
        "LabelEncoder" | "LabelBinarizer" => (
            Takes::Labels,
            length(graph, node, "classes_").filter(|n| *n > 0),
        ),
        "CountVectorizer" | "TfidfVectorizer" => (Takes::Text, pairs(graph, node, "vocabulary_")),
        "HashingVectorizer" => (Takes::Text, number(graph, node, "n_features")),
        "FeatureHasher" => (Takes::Records, number(graph, node, "n_features")),
        "DictVectorizer" => (Takes::Records, length(graph, node, "feature_names_")),
        _ => {
            let takes = width(graph, node)?;
            (Takes::Columns(takes), gives(graph, node, name, takes))
        }
    };
    gives?;
    Some(Flow {
        class: crate::text::short(name, 60),
        takes,
        gives,
        names: names(graph, node),
        usual: usual(graph, node, name),
        rank: rank(name),
    })
}

/// What goes into the first step that does something, and what comes out of the last one.
fn pipeline(graph: &Graph, node: NodeId, depth: usize) -> Option<Flow> {
    let steps = graph.items(graph.attribute(node, "steps")?)?;
    let mut whole: Option<Flow> = None;
    for pair in steps.iter().take(STEPS) {
        let step = *graph.items(*pair)?.get(1)?;
        if graph.object(step).is_none() {
            continue;
        }
        let next = flow(graph, step, depth + 1)?;
        whole = Some(match whole {
            None => next,
            Some(first) => Flow {
                gives: next.gives,
                ..first
            },
        });
    }
    whole.map(|flow| Flow {
        class: "Pipeline".into(),
        usual: None,
        rank: rank("Pipeline"),
        ..flow
    })
}

/// How many columns a transformer takes: recorded, else as many as it has fitted numbers for.
fn width(graph: &Graph, node: NodeId) -> Option<usize> {
    let recorded =
        number(graph, node, "n_features_in_").or_else(|| number(graph, node, "_n_features"));
    let fitted = || {
        [
            "scale_",
            "mean_",
            "center_",
            "statistics_",
            "min_",
            "variances_",
            "scores_",
            "lambdas_",
        ]
        .iter()
        .find_map(|key| length(graph, node, key))
    };
    let listed = || length(graph, node, "categories_");
    // Before 1.4 the weights stood in a diagonal matrix.
    let diagonal = || {
        let matrix = graph.attribute(node, "_idf_diag")?;
        let shape = graph.items(graph.attribute(matrix, "_shape")?)?;
        usize::try_from(graph.int(*shape.first()?)?).ok()
    };
    let idf = || length(graph, node, "idf_").or_else(diagonal);
    recorded
        .or_else(fitted)
        .or_else(listed)
        .or_else(idf)
        .or_else(|| rows_of(graph, node, "components_", 1))
}

/// How many columns come out of a transformer of `takes` columns.
fn gives(graph: &Graph, node: NodeId, name: &str, takes: usize) -> Option<usize> {
    match name {
        "StandardScaler"
        | "MinMaxScaler"
        | "MaxAbsScaler"
        | "RobustScaler"
        | "Normalizer"
        | "Binarizer"
        | "PowerTransformer"
        | "QuantileTransformer"
        | "OrdinalEncoder"
        | "TfidfTransformer"
        | "KernelCenterer" => Some(takes),
        // A column without any value is dropped unless it is kept on purpose, and an indicator adds
        // columns: both are rare and seen in the state.
        "SimpleImputer" | "KNNImputer" | "IterativeImputer" => {
            let indicator = graph.attribute(node, "indicator_");
            let adds = indicator.is_some_and(|id| !matches!(graph.node(id), Node::None));
            (!adds && !has_gap(graph, node, "statistics_")).then_some(takes)
        }
        "OneHotEncoder" => one_hot(graph, node),
        "TargetEncoder" => matches!(
            text(graph, node, "target_type_"),
            Some("binary" | "continuous")
        )
        .then_some(takes),
        "PolynomialFeatures" => {
            number(graph, node, "_n_out_full").or_else(|| number(graph, node, "n_output_features_"))
        }
        "SelectKBest" => number(graph, node, "k").map(|k| k.min(takes)),
        "VarianceThreshold" => varying(graph, node),
        "ColumnTransformer" => columns_out(graph, node),
        "PCA"
        | "IncrementalPCA"
        | "TruncatedSVD"
        | "NMF"
        | "MiniBatchNMF"
        | "FastICA"
        | "FactorAnalysis"
        | "SparsePCA"
        | "MiniBatchSparsePCA"
        | "LatentDirichletAllocation"
        | "GaussianRandomProjection"
        | "SparseRandomProjection" => rows_of(graph, node, "components_", 0),
        _ => None,
    }
}

/// Categories of all columns, less those that are dropped; infrequent ones are not counted here.
fn one_hot(graph: &Graph, node: NodeId) -> Option<usize> {
    if graph
        .attribute(node, "_infrequent_enabled")
        .is_some_and(|id| matches!(graph.node(id), Node::Bool(true)))
    {
        return None;
    }
    let lists = graph.items(graph.attribute(node, "categories_")?)?;
    let mut sum = 0_usize;
    for list in lists.iter().take(NAMES) {
        sum += view(graph, *list)?.len();
    }
    let dropped = match graph.attribute(node, "drop_idx_") {
        None => 0,
        Some(id) if matches!(graph.node(id), Node::None) => 0,
        Some(id) => {
            let places = view(graph, id)?.first_values(graph, lists.len()).ok()?;
            places
                .iter()
                .filter(|place| !matches!(place, Value::None))
                .count()
        }
    };
    sum.checked_sub(dropped)
}

fn varying(graph: &Graph, node: NodeId) -> Option<usize> {
    let threshold = match value(graph, graph.attribute(node, "threshold")?) {
        Value::Float(number) => number,
        Value::Int(number) => number as f64,
        _ => return None,
    };
    let variances = view(graph, graph.attribute(node, "variances_")?)?
        .to_f64()
        .ok()?;
    Some(
        variances
            .iter()
            .filter(|variance| **variance > threshold)
            .count(),
    )
}

/// The end of the last slice of the output, which is known since 1.0.
fn columns_out(graph: &Graph, node: NodeId) -> Option<usize> {
    let slices = graph.pairs(graph.attribute(node, "output_indices_")?)?;
    let ends = slices.iter().take(NAMES).map(|(_, slice)| {
        let end = *graph.items(graph.object(*slice)?.args)?.get(1)?;
        usize::try_from(graph.int(end)?).ok()
    });
    ends.collect::<Option<Vec<usize>>>()?.into_iter().max()
}

/// The names that were recorded at fit.
pub fn names(graph: &Graph, node: NodeId) -> Vec<String> {
    let recorded = || {
        let array = view(graph, graph.attribute(node, "feature_names_in_")?)?;
        if array.len() > NAMES {
            return None;
        }
        let mut letters = 0;
        let texts = array
            .values(graph)
            .ok()?
            .into_iter()
            .map(|name| match name {
                Value::Text(name) => {
                    letters += name.len();
                    (letters <= LETTERS).then_some(name)
                }
                _ => None,
            });
        texts.collect::<Option<Vec<_>>>()
    };
    recorded().unwrap_or_default()
}

/// Where steps of a class stand among others.
fn rank(name: &str) -> u8 {
    let known = RANKS.iter().find(|(word, _)| name.contains(word));
    known.map_or(3, |(_, rank)| *rank)
}

fn text<'g>(graph: &'g Graph, node: NodeId, key: &str) -> Option<&'g str> {
    graph.text(graph.attribute(node, key)?)
}

fn number(graph: &Graph, node: NodeId, key: &str) -> Option<usize> {
    match value(graph, graph.attribute(node, key)?) {
        Value::Int(number) => usize::try_from(number).ok(),
        _ => None,
    }
}

/// Elements of a vector or members of a list.
fn length(graph: &Graph, node: NodeId, key: &str) -> Option<usize> {
    let id = graph.attribute(node, key)?;
    if let Some(items) = graph.items(id)
        && graph.object(id).is_none()
    {
        return Some(items.len());
    }
    let array = view(graph, id)?;
    (array.shape.len() == 1).then(|| array.len())
}

fn pairs(graph: &Graph, node: NodeId, key: &str) -> Option<usize> {
    Some(graph.pairs(graph.attribute(node, key)?)?.len()).filter(|n| *n > 0)
}

fn rows_of(graph: &Graph, node: NodeId, key: &str, axis: usize) -> Option<usize> {
    let array = view(graph, graph.attribute(node, key)?)?;
    (array.shape.len() == 2).then(|| array.shape[axis])
}

/// The centre and the spread of each column that a scaler was fitted on.
fn usual(graph: &Graph, node: NodeId, name: &str) -> Option<Vec<(f64, f64)>> {
    let numbers = |key: &str| {
        let array = view(graph, graph.attribute(node, key)?)?;
        (array.len() <= NAMES).then(|| array.to_f64().ok())?
    };
    let (centre, spread) = match name {
        "StandardScaler" => (numbers("mean_")?, numbers("scale_")?),
        "RobustScaler" => (numbers("center_")?, numbers("scale_")?),
        "MinMaxScaler" => {
            let (least, most) = (numbers("data_min_")?, numbers("data_max_")?);
            if least.shape() != most.shape() {
                return None;
            }
            ((&least + &most) / 2.0, (&most - &least) / 2.0)
        }
        _ => return None,
    };
    (centre.len() == spread.len()).then(|| centre.into_iter().zip(spread).collect())
}

/// Whether a fitted number of a column is missing.
fn has_gap(graph: &Graph, node: NodeId, key: &str) -> bool {
    let Some(array) = graph.attribute(node, key).and_then(|id| view(graph, id)) else {
        return false;
    };
    array
        .to_f64()
        .is_ok_and(|numbers| numbers.iter().any(|number| number.is_nan()))
}
