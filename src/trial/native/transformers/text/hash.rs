//! `HashingVectorizer` and `FeatureHasher`: a term's column is its hash.

use super::analyze::{self, Analyzer};
use super::count::Dtype;
use super::tfidf::normalised;
use crate::pickle::Value;
use crate::trial::Cell;
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::{Frame, number};
use crate::trial::native::sparse::Csr;
use crate::trial::native::stop::Stop;

const TEXTS: &[&str] = &["n_features", "norm", "alternate_sign", "non_negative"];
const RECORDS: &[&str] = &[
    "n_features",
    "input_type",
    "dtype",
    "alternate_sign",
    "non_negative",
];

/// `HashingVectorizer`.
pub fn texts(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[analyze::KNOWN, TEXTS])?;
    let single = Dtype::read(estimator)? == Dtype::Single;
    let hasher = Hasher::read(estimator)?;
    let texts = analyze::texts(estimator, frame)?;
    let analyzer = Analyzer::read(context, estimator)?;
    let mut csr = Csr::new(hasher.width);
    for text in texts {
        let mut row = Vec::new();
        analyzer.terms(context, estimator, text, &mut |term| {
            row.push(hasher.element(term, 1.0));
        })?;
        context.charge(row.len().saturating_mul(8), &estimator.class)?;
        csr.push(row);
    }
    if hasher.non_negative {
        csr.change(|_, x| x.abs());
    }
    if estimator.flag("binary", false)? {
        csr.change(|_, _| 1.0);
    }
    match estimator.value("norm") {
        Value::None => {}
        Value::Text(norm) => normalised(estimator, &norm, single, &mut csr)?,
        _ => return Err(estimator.strange("norm")),
    }
    Ok(Frame::from_csr(csr))
}

/// `FeatureHasher` of rows that are lists of words, missing cells at their end.
fn words(context: &Context, estimator: &Estimator, frame: &Frame) -> Result<Frame, Stop> {
    let hasher = Hasher::read(estimator)?;
    let mut csr = Csr::new(hasher.width);
    for row in 0..frame.n_rows {
        let mut elements = Vec::new();
        for column in &frame.columns {
            match column.cell(row) {
                Cell::Missing => {}
                Cell::Text(word) => {
                    context.charge(word.len() + 16, &estimator.class)?;
                    elements.push(hasher.element(&word, 1.0));
                }
                _ => return Err(Stop::Sample("FeatureHasher takes lists of words".into())),
            }
        }
        csr.push(elements);
    }
    if hasher.non_negative {
        csr.change(|_, x| x.abs());
    }
    Ok(Frame::from_csr(csr))
}

/// `FeatureHasher` of records: a column of the sample is a key of theirs, a missing cell none.
pub fn records(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[RECORDS])?;
    Dtype::read(estimator)?;
    match estimator.text("input_type", "dict")? {
        "dict" => {}
        "string" => return words(context, estimator, frame),
        _ => return Err(estimator.strange("input_type")),
    }
    let names = frame
        .names
        .as_deref()
        .ok_or_else(|| Stop::Sample("FeatureHasher takes records with names".into()))?;
    let hasher = Hasher::read(estimator)?;
    let mut csr = Csr::new(hasher.width);
    for row in 0..frame.n_rows {
        let mut elements = Vec::new();
        for (name, column) in names.iter().zip(&frame.columns) {
            context.charge(name.len() + 16, &estimator.class)?;
            let cell = column.cell(row);
            let (name, value) = match &cell {
                Cell::Missing => continue,
                Cell::Text(text) => {
                    context.charge(text.len(), &estimator.class)?;
                    (format!("{name}={text}"), 1.0)
                }
                cell => (name.clone(), number(cell).unwrap_or(f64::NAN)),
            };
            if value != 0.0 {
                elements.push(hasher.element(&name, value));
            }
        }
        csr.push(elements);
    }
    if hasher.non_negative {
        csr.change(|_, x| x.abs());
    }
    Ok(Frame::from_csr(csr))
}

/// `DictVectorizer`: as `FeatureHasher`, with a vocabulary. A missing cell is a key not there.
pub fn dicts(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    const KNOWN: &[&str] = &[
        "dtype",
        "separator",
        "sparse",
        "sort",
        "feature_names_",
        "vocabulary_",
    ];
    estimator.only(&[KNOWN])?;
    let single = Dtype::read(estimator)? == Dtype::Single;
    let graph = estimator.graph;
    let vocabulary = graph
        .pairs(estimator.need("vocabulary_")?)
        .ok_or_else(|| estimator.strange("vocabulary_"))?;
    context.charge(vocabulary.len().saturating_mul(8), &estimator.class)?;
    let width = vocabulary.len();
    let mut places = std::collections::HashMap::new();
    for (name, place) in vocabulary {
        let place = match crate::pickle::value(graph, *place) {
            Value::Int(place) => usize::try_from(place).ok().filter(|place| *place < width),
            _ => None,
        };
        match (graph.text(*name), place) {
            (Some(name), Some(place)) => places.insert(name, place),
            _ => return Err(estimator.strange("vocabulary_")),
        };
    }
    let separator = estimator.text("separator", "=")?;
    let names = frame
        .names
        .as_deref()
        .ok_or_else(|| Stop::Sample("DictVectorizer takes records with names".into()))?;
    let mut csr = Csr::new(width);
    for row in 0..frame.n_rows {
        let mut elements = Vec::new();
        for (name, column) in names.iter().zip(&frame.columns) {
            context.charge(name.len() + 16, &estimator.class)?;
            let cell = column.cell(row);
            let (place, value) = match &cell {
                Cell::Missing => continue,
                Cell::Text(text) => {
                    context.charge(text.len(), &estimator.class)?;
                    let name = format!("{name}{separator}{text}");
                    (places.get(name.as_str()), 1.0)
                }
                cell => (places.get(name.as_str()), number(cell).unwrap_or(f64::NAN)),
            };
            if let Some(place) = place {
                let value = if single {
                    f64::from(value as f32)
                } else {
                    value
                };
                elements.push((*place, value));
            }
        }
        csr.push(elements);
    }
    if estimator.flag("sparse", true)? {
        return Ok(Frame::from_csr(csr));
    }
    context.charge(width.saturating_mul(csr.n_rows()), &estimator.class)?;
    let mut dense = Frame::from_csr(csr).in_columns();
    dense.sparse = false;
    Ok(dense)
}

struct Hasher {
    width: usize,
    signed: bool,
    non_negative: bool,
}

impl Hasher {
    fn read(estimator: &Estimator) -> Result<Hasher, Stop> {
        let width = estimator.count("n_features")?;
        if width == 0 || width > i32::MAX as usize {
            return Err(estimator.strange("n_features"));
        }
        Ok(Hasher {
            width,
            signed: estimator.flag("alternate_sign", true)?,
            // Until 0.20.
            non_negative: estimator.flag("non_negative", false)?,
        })
    }

    /// The column of a term, and its value with the hash's sign.
    fn element(&self, term: &str, value: f64) -> (usize, f64) {
        let hash = murmur3(term.as_bytes()) as i32;
        let width = self.width as i64;
        // The absolute value of the smallest integer would not fit.
        let place = if hash == i32::MIN {
            (i64::from(i32::MAX) - (width - 1)) % width
        } else {
            i64::from(hash.abs()) % width
        };
        let sign = if self.signed && hash < 0 { -1.0 } else { 1.0 };
        (place as usize, sign * value)
    }
}

/// `MurmurHash3` for 32 bits with the seed 0
/// (<https://github.com/aappleby/smhasher/wiki/MurmurHash3>).
fn murmur3(bytes: &[u8]) -> u32 {
    let mixed = |block: u32| {
        block
            .wrapping_mul(0xcc9e_2d51)
            .rotate_left(15)
            .wrapping_mul(0x1b87_3593)
    };
    let mut hash = 0_u32;
    let mut blocks = bytes.chunks_exact(4);
    for block in &mut blocks {
        let block = u32::from_le_bytes([block[0], block[1], block[2], block[3]]);
        hash = (hash ^ mixed(block)).rotate_left(13);
        hash = hash.wrapping_mul(5).wrapping_add(0xe654_6b64);
    }
    let tail = blocks.remainder();
    let last = tail
        .iter()
        .rev()
        .fold(0, |n, byte| n << 8 | u32::from(*byte));
    hash ^= mixed(last) ^ bytes.len() as u32;
    hash = (hash ^ hash >> 16).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ hash >> 13).wrapping_mul(0xc2b2_ae35);
    hash ^ hash >> 16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_scikit_learn() {
        // `sklearn.utils.murmurhash3_32(text, seed=0, positive=True)`.
        let cases = [
            ("", 0),
            ("a", 1_009_084_850),
            ("prize", 209_412_905),
            ("déjà vu", 1_572_247_707),
            ("meeting on", 1_728_377_478),
        ];
        for (text, wanted) in cases {
            assert_eq!(murmur3(text.as_bytes()), wanted, "{text}");
        }
    }
}
