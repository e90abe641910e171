//! Which of the files near a model, or of the members of one file, prepare its input, in the order in
//! which rows pass through them.
//!
//! Works backwards from what the model takes: a transformer that gives as many columns may stand
//! before it, and so on. Recorded names decide where there are some; what the model remembers of its
//! rows can prove a scaler or rule it out; else the number of columns is all there is, and is said to be.

use std::path::Path;

use super::Certainty;
use super::fitted_on::{Memory, Shape};
use super::flow::{Flow, Takes};

/// Steps of a chain.
const STEPS: usize = 8;

/// Words in file names that say nothing about which model a file belongs to.
const COMMON: [&str; 22] = [
    "model",
    "models",
    "clf",
    "classifier",
    "regressor",
    "scaler",
    "encoder",
    "vectorizer",
    "vectoriser",
    "imputer",
    "transformer",
    "preprocessor",
    "pca",
    "selector",
    "tfidf",
    "final",
    "best",
    "pkl",
    "joblib",
    "pickle",
    "sav",
    "bin",
];

/// The model at the end of a chain.
pub struct Model<'a> {
    /// How much a helper's name has in common with the model's; asked only where several fit.
    pub near: &'a dyn Fn(usize) -> usize,
    /// How many columns it takes.
    pub count: usize,
    /// Their names, where recorded.
    pub names: &'a [String],
    /// What it remembers of its rows; asked only when a scaler may stand before it.
    pub memory: &'a dyn Fn() -> Option<&'a Memory>,
}

/// A file near a model that may prepare its input, or another member of the file that holds it.
pub struct Helper<'a> {
    /// What it takes and gives.
    pub flow: &'a Flow,
}

/// One step of the chain that was found.
#[derive(Debug, PartialEq, Eq)]
pub struct Link {
    /// Which of the helpers.
    pub helper: usize,
    /// Others that fit there as well and cannot be told from it.
    pub rivals: Vec<usize>,
    /// What the relation rests on.
    pub certainty: Certainty,
    /// Why, one clause.
    pub reason: String,
}

/// The chain of helpers that leads to the model, in the order in which rows pass through them.
pub fn chain(model: &Model, helpers: &[Helper]) -> Vec<Link> {
    let mut used = vec![false; helpers.len()];
    let mut links = some_columns(model, helpers, &mut used);
    links.reverse();
    let mut width = model.count;
    let mut names: &[String] = model.names;
    let mut last = true;
    while links.len() < STEPS {
        let mut same: Vec<usize> = (0..helpers.len())
            .filter(|at| {
                !used[*at]
                    && helpers[*at].flow.takes == Takes::Columns(width)
                    && gives(&helpers[*at], width)
            })
            .filter(|at| agree(&helpers[*at].flow.names, names))
            .filter(|at| !last || remembers(model, helpers[*at].flow) != Some(false))
            .collect();
        same.sort_by_key(|at| helpers[*at].flow.rank);
        for group in same
            .chunk_by(|a, b| helpers[*a].flow.rank == helpers[*b].flow.rank)
            .rev()
        {
            let best = nearest(model.near, group);
            used[best] = true;
            let proven = last && remembers(model, helpers[best].flow) == Some(true);
            links.push(link(model, helpers, best, group, names, proven));
        }
        last = false;
        let into: Vec<usize> = (0..helpers.len())
            .filter(|at| {
                !used[*at]
                    && gives(&helpers[*at], width)
                    && helpers[*at].flow.takes != Takes::Labels
            })
            .filter(|at| helpers[*at].flow.takes != Takes::Columns(width))
            .collect();
        if into.is_empty() {
            break;
        }
        let best = nearest(model.near, &into);
        used[best] = true;
        links.push(link(model, helpers, best, &into, &[], false));
        match helpers[best].flow.takes {
            Takes::Columns(before) => width = before,
            _ => break,
        }
        names = &helpers[best].flow.names;
    }
    links.reverse();
    links
}

/// The encoder of a classifier's targets: it knows as many classes as the model, whose own labels
/// are their numbers.
pub fn labels(
    classes: &[String],
    near: &dyn Fn(usize) -> usize,
    helpers: &[Helper],
) -> Option<Link> {
    let numbered = classes.len() >= 2
        && classes
            .iter()
            .enumerate()
            .all(|(at, class)| *class == at.to_string());
    let fits: Vec<usize> = (0..helpers.len())
        .filter(|at| {
            helpers[*at].flow.takes == Takes::Labels && gives(&helpers[*at], classes.len())
        })
        .collect();
    if !numbered || fits.is_empty() {
        return None;
    }
    let best = nearest(near, &fits);
    Some(Link {
        helper: best,
        rivals: rivals(near, best, &fits),
        certainty: Certainty::Count,
        reason: format!(
            "{} of {} classes, as many as the model's numbered ones{}",
            helpers[best].flow.class,
            classes.len(),
            among(fits.len())
        ),
    })
}

/// Steps for some of the model's columns, which they know by name.
fn some_columns(model: &Model, helpers: &[Helper], used: &mut [bool]) -> Vec<Link> {
    let mut found: Vec<usize> = (0..helpers.len())
        .filter(|at| {
            let flow = helpers[*at].flow;
            let own = flow.names.len();
            own > 0
                && own < model.names.len()
                && flow.takes == Takes::Columns(own)
                && gives(&helpers[*at], own)
                && flow.names.iter().all(|name| model.names.contains(name))
        })
        .collect();
    found.sort_by_key(|at| helpers[*at].flow.rank);
    let mut link = |at: usize| {
        used[at] = true;
        let flow = helpers[at].flow;
        Link {
            helper: at,
            rivals: overlapping(helpers, at, &found),
            certainty: Certainty::Names,
            reason: format!(
                "{} of {} of its {} columns, by name: {}",
                flow.class,
                flow.names.len(),
                model.count,
                crate::text::short(&flow.names.join(", "), 80)
            ),
        }
    };
    found.iter().map(|at| link(*at)).collect()
}

/// Other steps for some columns that share a column with this one and do what it does.
fn overlapping(helpers: &[Helper], at: usize, found: &[usize]) -> Vec<usize> {
    let own = helpers[at].flow;
    let alike = |other: &&usize| {
        let flow = helpers[**other].flow;
        **other != at
            && flow.rank == own.rank
            && flow.names.iter().any(|name| own.names.contains(name))
    };
    found.iter().filter(alike).copied().collect()
}

fn gives(helper: &Helper, width: usize) -> bool {
    helper.flow.gives == Some(width)
}

/// Whether two lists of recorded names can be of the same columns.
pub fn agree(a: &[String], b: &[String]) -> bool {
    a.is_empty() || b.is_empty() || a.len() == b.len() && a.iter().all(|name| b.contains(name))
}

/// What a scaler makes of its columns; `None` for other steps.
pub fn makes(flow: &Flow) -> Option<Shape> {
    match &*flow.class {
        "StandardScaler" | "RobustScaler" => Some(Shape::Standardised),
        "MinMaxScaler" => Some(Shape::Unit),
        _ => None,
    }
}

/// Whether a step can have left columns of this shape: a scaler of that kind, or a step of which
/// that is not known. What fills gaps leaves the units as they are.
pub fn can_make(flow: &Flow, shape: Shape) -> bool {
    match makes(flow) {
        Some(made) => made == shape,
        None => !flow.class.contains("Imputer"),
    }
}

/// Whether the model's rows came out of this step (true), or look as they did before it or behind
/// another kind of step (false).
pub fn remembers(model: &Model, flow: &Flow) -> Option<bool> {
    let usual = flow.usual.as_ref()?;
    let after = makes(flow)?;
    let memory = (model.memory)()?;
    if memory
        .shape()
        .is_some_and(|(shape, proven)| proven && shape != after)
    {
        return Some(false);
    }
    memory.follows(usual, after)
}

fn link(
    model: &Model,
    helpers: &[Helper],
    at: usize,
    group: &[usize],
    names: &[String],
    proven: bool,
) -> Link {
    let flow = helpers[at].flow;
    let named = !names.is_empty() && !flow.names.is_empty();
    let takes = match flow.takes {
        Takes::Text => "texts".to_owned(),
        Takes::Records => "records".to_owned(),
        Takes::Columns(count) => format!("{count} features"),
        Takes::Labels => "labels".to_owned(),
    };
    let given = flow.gives.unwrap_or_default();
    let what = if flow.takes == Takes::Columns(given) {
        format!("{} of {takes}", flow.class)
    } else {
        format!("{} from {takes} to {given}", flow.class)
    };
    let (certainty, why) = if proven {
        (
            Certainty::Values,
            "as many as the model takes, and what the model remembers of its rows lies where this puts them",
        )
    } else if named {
        (Certainty::Names, "the very ones that the model names")
    } else {
        (Certainty::Count, "as many as the model takes")
    };
    Link {
        helper: at,
        rivals: rivals(model.near, at, group),
        certainty,
        reason: format!("{what}, {why}{}", among(group.len())),
    }
}

fn among(rivals: usize) -> String {
    if rivals > 1 {
        format!("; one of {rivals} that fit")
    } else {
        String::new()
    }
}

/// Of several helpers the one whose name has most in common with the model's; the first of those.
fn nearest(near: &dyn Fn(usize) -> usize, group: &[usize]) -> usize {
    if let [only] = group {
        return *only;
    }
    // `max_by_key` gives the last of equals.
    group
        .iter()
        .rev()
        .copied()
        .max_by_key(|at| near(*at))
        .unwrap_or_default()
}

/// The others of a group whose names have as much in common with the model's.
fn rivals(near: &dyn Fn(usize) -> usize, best: usize, group: &[usize]) -> Vec<usize> {
    if group.len() < 2 {
        return Vec::new();
    }
    let shared = near(best);
    let others = group.iter().copied().filter(|at| *at != best);
    others.filter(|at| near(*at) == shared).collect()
}

/// How many of a helper's words are among the model's.
pub fn shared(own: &[String], theirs: &[String]) -> usize {
    theirs.iter().filter(|word| own.contains(word)).count()
}

/// The words of a file's name, without those that say what kind of file it is.
pub fn words(path: &Path) -> Vec<String> {
    let stem = path
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase();
    stem.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty() && !COMMON.contains(word))
        .map(str::to_owned)
        .collect()
}
