//! `CountVectorizer` and `TfidfVectorizer`: how often each word of the vocabulary occurs.

use std::collections::HashMap;

use super::analyze::{self, Analyzer};
use super::tfidf;
use crate::pickle::{Node, NodeId, Value, value};
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::Frame;
use crate::trial::native::sparse::Csr;
use crate::trial::native::stop::Stop;

const KNOWN: &[&str] = &[
    "vocabulary",
    "vocabulary_",
    "fixed_vocabulary_",
    "max_df",
    "min_df",
    "max_features",
    // The words that were left out, for people to look at; until 1.4.
    "stop_words_",
    // Those of the inner tf-idf.
    "norm",
    "use_idf",
    "smooth_idf",
    "sublinear_tf",
    "_tfidf",
];

/// `CountVectorizer`.
pub fn count(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    Ok(Frame::from_csr(counts(context, estimator, frame)?))
}

/// `TfidfVectorizer`: counts, then the tf-idf transformer inside it.
pub fn tfidf(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    let counts = counts(context, estimator, frame)?;
    let inner = Estimator::read(context, estimator.need("_tfidf")?)
        .filter(|inner| inner.name == "TfidfTransformer")
        .ok_or_else(|| estimator.strange("_tfidf"))?;
    let single = Dtype::read(estimator)? == Dtype::Single;
    tfidf::weighted(context, &inner, counts, single).map(Frame::from_csr)
}

/// Which numbers a vectorizer makes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Dtype {
    /// Whole numbers, or floats of 64 bits: what is computed here.
    Double,
    /// Floats of 32 bits.
    Single,
}

impl Dtype {
    /// Reads `dtype`; types that could overflow are refused.
    pub fn read(estimator: &Estimator) -> Result<Dtype, Stop> {
        let Some(node) = estimator.get("dtype") else {
            return Ok(Dtype::Double);
        };
        let name = match estimator.graph.global(node) {
            Some(global) if matches!(&*global.module, "numpy" | "builtins" | "__builtin__") => {
                &*global.name
            }
            Some(_) => "",
            None => estimator.graph.text(node).unwrap_or_default(),
        };
        match name {
            "float64" | "int64" | "int32" | "uint32" | "uint64" | "float" | "int" => {
                Ok(Dtype::Double)
            }
            "float32" => Ok(Dtype::Single),
            _ => Err(estimator.strange("dtype")),
        }
    }
}

fn counts(context: &Context, estimator: &Estimator, frame: &Frame) -> Result<Csr, Stop> {
    estimator.only(&[analyze::KNOWN, KNOWN])?;
    Dtype::read(estimator)?;
    let texts = analyze::texts(estimator, frame)?;
    let analyzer = Analyzer::read(context, estimator)?;
    // The terms of the texts first: they are few, and the vocabulary is gone through once.
    let mut known: HashMap<String, usize> = HashMap::new();
    let mut rows: Vec<HashMap<usize, f64>> = Vec::with_capacity(texts.len());
    for text in texts {
        let mut row: HashMap<usize, f64> = HashMap::new();
        analyzer.terms(context, estimator, text, &mut |term| {
            let next = known.len();
            let number = match known.get(term) {
                Some(number) => *number,
                None => *known.entry(term.to_owned()).or_insert(next),
            };
            *row.entry(number).or_insert(0.0) += 1.0;
        })?;
        context.charge(row.len().saturating_mul(8), &estimator.class)?;
        rows.push(row);
    }
    let (width, places) = places(context, estimator, &known)?;
    let binary = estimator.flag("binary", false)?;
    let mut csr = Csr::new(width);
    for row in rows {
        let counted = row.into_iter().filter_map(|(number, count)| {
            let place = places[number]?;
            Some((place, if binary { 1.0 } else { count }))
        });
        csr.push(counted.collect());
    }
    Ok(csr)
}

type Places = (usize, Vec<Option<usize>>);

/// The size of the vocabulary, and the column of each term in it.
fn places(
    context: &Context,
    estimator: &Estimator,
    known: &HashMap<String, usize>,
) -> Result<Places, Stop> {
    let graph = estimator.graph;
    let mut filter = Filter::default();
    for term in known.keys() {
        filter.add(term);
    }
    let mut places = vec![None; known.len()];
    let mut found = |word: NodeId, place: &dyn Fn() -> Option<usize>| {
        let text = match graph.node(word) {
            Node::Str(_) | Node::RawStr(_) => graph.text(word),
            _ => None,
        };
        let text = text.ok_or_else(|| estimator.refused("its vocabulary holds more than texts"))?;
        if filter.may_have(text)
            && let Some(number) = known.get(text)
        {
            let place = place().ok_or_else(|| estimator.strange("vocabulary_"))?;
            places[*number] = Some(place);
        }
        Ok(())
    };
    let fitted = estimator.get("vocabulary_");
    let Some(node) = fitted.or_else(|| estimator.get("vocabulary")) else {
        return Err(estimator.refused("it has no `vocabulary_`; was it fitted?"));
    };
    let width = if let Some(pairs) = graph.pairs(node) {
        context.charge(pairs.len().saturating_mul(4), &estimator.class)?;
        let width = pairs.len();
        for (word, place) in pairs {
            found(*word, &|| match value(graph, *place) {
                Value::Int(place) => usize::try_from(place).ok().filter(|place| *place < width),
                _ => None,
            })?;
        }
        width
    } else {
        // Never fitted, and given as a list: the words in their order. A set is sorted first.
        let words = match graph.node(node) {
            Node::List(words) if fitted.is_none() => words,
            _ => return Err(estimator.strange("vocabulary")),
        };
        context.charge(words.len().saturating_mul(4), &estimator.class)?;
        for (place, word) in words.iter().enumerate() {
            found(*word, &|| Some(place))?;
        }
        words.len()
    };
    if width == 0 {
        return Err(Stop::value_error("Vocabulary is empty"));
    }
    Ok((width, places))
}

/// Whether a text may be one of a few, without looking it up: most words of a vocabulary are none.
struct Filter(Vec<u64>);

impl Default for Filter {
    fn default() -> Filter {
        Filter(vec![0; 1 << 10])
    }
}

impl Filter {
    fn place(text: &str) -> (usize, u64) {
        let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        (hash as usize >> 6 & 0x3ff, 1 << (hash & 63))
    }

    fn add(&mut self, text: &str) {
        let (word, bit) = Filter::place(text);
        self.0[word] |= bit;
    }

    fn may_have(&self, text: &str) -> bool {
        let (word, bit) = Filter::place(text);
        self.0[word] & bit != 0
    }
}
