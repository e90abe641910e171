//! The binary notation with all its trees: the memory of the library's parameter structures,
//! little-endian, one after the other.
//!
//! Sizes follow `LearnerModelParamLegacy`, `GBTreeModelParam`, `DeprecatedGBLinearModelParam` and
//! `TreeParam` (<https://github.com/dmlc/xgboost/blob/release_1.7.0/src/learner.cc> and `src/gbm`,
//! `src/tree`). Releases 1.0 to 1.2 pickled a booster as this behind `CONFIG-offset:`.

use super::categories::Categories;
use super::document::Document;
use super::forest::{Kind, Node, Tree, WHAT};
use super::model::{FEATURES, GROUPS, Model, broken, forest, linear};
use super::objective::Objective;
use crate::trial::native::estimator::Context;
use crate::trial::native::stop::Stop;

const SERIALIZED: &[u8] = b"CONFIG-offset:";
const MARK: &[u8] = b"binf";
/// Bytes of the parameters of the learner, of a forest, of a linear booster and of a tree.
const LEARNER: usize = 136;
const FOREST: usize = 160;
const LINEAR: usize = 136;
const TREE: usize = 148;
/// Bytes of a node and of its statistics.
const NODE: usize = 20;
const STATISTICS: usize = 16;
/// The bit of a split's feature that says where missing values go.
const DEFAULT_LEFT: u32 = 1 << 31;
/// The release of files without one.
const UNWRITTEN: (u32, u32) = (0, 90);

/// Whether `bytes` are this notation: it has no other mark than not being a document.
pub fn is(bytes: &[u8]) -> bool {
    bytes.first() != Some(&b'{')
}

/// Reads a model.
pub fn read(context: &Context, bytes: &[u8]) -> Result<Model, Stop> {
    context.charge(bytes.len(), WHAT)?;
    let Some(rest) = bytes.strip_prefix(SERIALIZED) else {
        return learner(&mut Bytes(bytes)).ok_or_else(|| broken("binary notation"))?;
    };
    let mut rest = Bytes(rest);
    let model = rest.length().and_then(|length| rest.take(length));
    let model = model.ok_or_else(|| broken("length"))?;
    let mut model = learner(&mut Bytes(model)).ok_or_else(|| broken("binary notation"))??;
    let configuration = Document::read(rest.0).ok_or_else(|| broken("configuration"))?;
    match configuration.numbers(&["version"]) {
        Some([major, minor, ..]) => model.release = (*major as u32, *minor as u32),
        _ => return Err(broken("version")),
    }
    Ok(model)
}

/// Bytes, read forwards.
struct Bytes<'b>(&'b [u8]);

impl<'b> Bytes<'b> {
    fn take(&mut self, count: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn length(&mut self) -> Option<usize> {
        let bytes = self.take(8)?.try_into().ok()?;
        usize::try_from(u64::from_le_bytes(bytes)).ok()
    }

    fn text(&mut self) -> Option<String> {
        let length = self.length()?;
        self.take(length)
            .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    }

    /// Words behind their count.
    fn words(&mut self) -> Option<Vec<u32>> {
        let count = self.length()?;
        Some(words(self.take(count.checked_mul(4)?)?))
    }
}

fn words(bytes: &[u8]) -> Vec<u32> {
    let words = bytes.chunks_exact(4);
    words
        .map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]]))
        .collect()
}

fn learner(bytes: &mut Bytes) -> Option<Result<Model, Stop>> {
    if bytes.0.starts_with(MARK) {
        bytes.take(MARK.len())?;
    }
    let parameters = words(bytes.take(LEARNER)?);
    let (major, minor) = (parameters[5], parameters[6]);
    let written = major > 0 && major < 100 && minor < 1000;
    let release = if written { (major, minor) } else { UNWRITTEN };
    let features = parameters[1] as usize;
    let targets = if written { parameters[7].max(1) } else { 1 };
    let groups = parameters[2].max(targets).max(1) as usize;
    if features >= FEATURES || groups > GROUPS {
        return None;
    }
    let name = bytes.text()?;
    let booster = bytes.text()?;
    let mut best = None;
    let kind = match booster.as_str() {
        "gbtree" | "dart" => trees(bytes, features, groups, booster == "dart")?,
        "gblinear" => {
            bytes.take(LINEAR)?;
            let weights = bytes.words()?.into_iter().map(f32::from_bits).collect();
            linear(weights, features, groups)
        }
        _ => return None,
    };
    if parameters[3] != 0 {
        let count = bytes.length()?;
        for _ in 0..count {
            let (key, value) = (bytes.text()?, bytes.text()?);
            if key == "best_iteration" {
                best = value.parse().ok();
            }
        }
    }
    let base = f32::from_bits(parameters[0]);
    Some(kind.and_then(|kind| {
        let objective = Objective::named(&name, release)?;
        // Before 1.0 the margin itself was saved.
        let start = if written {
            objective.margin(base)
        } else {
            base
        };
        Ok(Model {
            release,
            features,
            names: Vec::new(),
            objective,
            groups,
            start: vec![start; groups],
            kind,
            best,
            categories: Categories::default(),
        })
    }))
}

fn trees(
    bytes: &mut Bytes,
    features: usize,
    outputs: usize,
    dart: bool,
) -> Option<Result<Kind, Stop>> {
    let parameters = words(bytes.take(FOREST)?);
    let count = usize::try_from(parameters[0] as i32).ok()?;
    let mut trees = Vec::new();
    for _ in 0..count {
        let tree = words(bytes.take(TREE)?);
        // A vector in each leaf was never written.
        if tree[5] > 1 {
            return None;
        }
        let count = usize::try_from(tree[1] as i32).ok()?;
        let nodes = bytes.take(count.checked_mul(NODE)?)?;
        bytes.take(count.checked_mul(STATISTICS)?)?;
        let node = |node: &[u8]| {
            let node = words(node);
            Node {
                left: node[1] as i32,
                right: node[2] as i32,
                feature: node[3] & !DEFAULT_LEFT,
                value: f32::from_bits(node[4]),
                default_left: node[3] & DEFAULT_LEFT != 0,
            }
        };
        let tree = Tree {
            nodes: nodes.chunks_exact(NODE).map(node).collect(),
            categories: Vec::new(),
        };
        tree.check(features)?;
        trees.push(tree);
    }
    let groups = words(bytes.take(count.checked_mul(4)?)?);
    let groups = groups.into_iter().map(|group| group as usize).collect();
    let weights = if dart && count > 0 {
        Some(bytes.words()?.into_iter().map(f32::from_bits).collect())
    } else {
        None
    };
    Some(forest(trees, groups, outputs, weights, Vec::new(), 1))
}
