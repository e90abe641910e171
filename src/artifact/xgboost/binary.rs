//! The binary notation: the memory of `XGBoost`'s parameter structures, little-endian, one after the
//! other, with and without the word `binf`; and the form in which releases 1.0 to 1.2 pickled a
//! booster (`CONFIG-offset:`, the binary model, a JSON configuration with the exact version).
//!
//! Sizes follow `LearnerModelParamLegacy`, `GBTreeModelParam` and `TreeParam`
//! (<https://github.com/dmlc/xgboost/blob/release_1.7.0/src/learner.cc> and `src/gbm`, `src/tree`).

use super::super::tokens::{self, Json, Stop};
use super::{Model, Spelling, version, wrapper};
use crate::source::Stream;
use crate::text;

const SERIALIZED: &[u8] = b"CONFIG-offset:";
const MARK: &[u8] = b"binf";
/// Bytes of the parameters of the learner; the name of the objective follows.
const LEARNER: usize = 136;
/// Bytes of the parameters of a forest, of which the first word counts its trees.
const FOREST: usize = 160;
/// Bytes of the parameters of a tree, of a node and of the statistics of a node.
const TREE: usize = 148;
const NODE: u64 = 20;
const STATISTICS: u64 = 16;
/// Names and keys are shorter.
const NAME: u64 = 256;
/// Attributes that are looked at, and bytes of one that is kept.
const ATTRIBUTES: u64 = 10_000;
const ATTRIBUTE: u64 = 256 * 1024;

/// Whether a model can start so: nothing but its parts tell it, unless it is marked.
pub(super) fn sniff(head: &[u8]) -> Option<Spelling> {
    if head.starts_with(SERIALIZED) {
        return Some(Spelling::Configured);
    }
    let head = head.strip_prefix(MARK).unwrap_or(head);
    let (objective, rest) = head.get(LEARNER..).and_then(name)?;
    let (booster, _) = name(rest)?;
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b":_-".contains(byte);
    let whole = objective.iter().all(plain) && matches!(booster, b"gbtree" | b"dart" | b"gblinear");
    whole.then_some(Spelling::Binary)
}

/// A text behind its length.
fn name(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = u64::from_le_bytes(bytes.get(..8)?.try_into().ok()?);
    let length = usize::try_from(length)
        .ok()
        .filter(|length| (1..64).contains(length))?;
    let rest = &bytes[8..];
    (rest.len() >= length).then(|| rest.split_at(length))
}

/// Reads a model, or a serialized booster with its configuration.
pub(super) fn model(stream: &mut Stream) -> Result<Model, Stop> {
    if !stream.peek()?.starts_with(SERIALIZED) {
        let mut model = learner(stream)?;
        if model.version.is_none() {
            model.version = Some("<1.0".into());
            model.version_field = "a binary model without the version that 1.0 began to write";
        }
        return Ok(model);
    }
    stream.skip(SERIALIZED.len() as u64)?;
    let length = word64(stream)?;
    let start = stream.position();
    let mut model = learner(stream)?;
    let read = stream.position() - start;
    let left = length
        .checked_sub(read)
        .ok_or(Stop::Broken("the length of the model"))?;
    stream.skip(left)?;
    let rest = std::mem::replace(stream, Stream::bytes(Vec::new()));
    let mut document = Json::new(rest);
    let wanted = |path: &str| path == "version";
    let picked = tokens::pick(&mut document, &wanted)?;
    if let Some(exact) = version(&picked.all("version")) {
        model.version = Some(exact);
        model.version_field = "version";
    }
    Ok(model)
}

fn learner(stream: &mut Stream) -> Result<Model, Stop> {
    if stream.peek()?.starts_with(MARK) {
        stream.skip(MARK.len() as u64)?;
    }
    let mut parameters = [0; LEARNER];
    stream.fill(&mut parameters)?;
    let at = |place: usize| {
        u32::from_le_bytes([
            parameters[place],
            parameters[place + 1],
            parameters[place + 2],
            parameters[place + 3],
        ])
    };
    let (major, minor) = (at(20), at(24));
    let written = major > 0 && major < 100 && minor < 1000;
    let mut model = Model {
        version: written.then(|| format!("=={major}.{minor}.*")),
        version_field: "major_version and minor_version",
        base_score: f32::from_bits(at(0)).to_string(),
        features: usize::try_from(at(4)).ok(),
        classes: at(8).into(),
        targets: if written { at(28).max(1).into() } else { 1 },
        objective: text_of(stream)?,
        booster: text_of(stream)?,
        ..Model::default()
    };
    if model.booster == "gblinear" {
        // What follows has no length of its own before 1.0: the attributes cannot be found.
        return Ok(model);
    }
    model.trees = Some(forest(stream)?);
    if model.booster == "dart" && model.trees != Some(0) {
        // The weight of each tree.
        let count = word64(stream)?;
        stream.skip(count.checked_mul(4).ok_or(Stop::Broken("a length"))?)?;
    }
    // Without the flag no attributes follow.
    if at(12) != 0 {
        attributes(stream, &mut model)?;
    }
    Ok(model)
}

/// Passes over the trees of a forest and counts them.
fn forest(stream: &mut Stream) -> Result<u64, Stop> {
    let mut parameters = [0; FOREST];
    stream.fill(&mut parameters)?;
    let word = |bytes: &[u8], place: usize| {
        let mut word = [0; 4];
        word.copy_from_slice(&bytes[place..place + 4]);
        i32::from_le_bytes(word)
    };
    let count =
        u64::try_from(word(&parameters, 0)).map_err(|_| Stop::Broken("a count of trees"))?;
    for _ in 0..count {
        let mut tree = [0; TREE];
        stream.fill(&mut tree)?;
        let nodes = u64::try_from(word(&tree, 4)).map_err(|_| Stop::Broken("a count of nodes"))?;
        stream.skip(nodes * (NODE + STATISTICS))?;
    }
    // The group of each tree.
    stream.skip(count * 4)?;
    Ok(count)
}

fn attributes(stream: &mut Stream, model: &mut Model) -> Result<(), Stop> {
    let count = word64(stream)?;
    if count > ATTRIBUTES {
        return Err(Stop::Broken("a count of attributes"));
    }
    for _ in 0..count {
        let key = text_of(stream)?;
        let length = word64(stream)?;
        let kept = length.min(ATTRIBUTE);
        let value = stream.read_vec(kept)?;
        stream.skip(length - kept)?;
        if key == "scikit_learn" {
            model.wrapper = wrapper(&String::from_utf8_lossy(&value));
        }
    }
    Ok(())
}

fn text_of(stream: &mut Stream) -> Result<String, Stop> {
    let length = word64(stream)?;
    if length > NAME {
        return Err(Stop::Broken("the length of a name"));
    }
    let bytes = stream.read_vec(length)?;
    Ok(text::short(&String::from_utf8_lossy(&bytes), 60))
}

fn word64(stream: &mut Stream) -> Result<u64, Stop> {
    let mut bytes = [0; 8];
    stream.fill(&mut bytes)?;
    Ok(u64::from_le_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_that_lie_end_the_walk() {
        let mut bytes = vec![0; LEARNER];
        bytes.extend(b"\x04\0\0\0\0\0\0\0rank\x06\0\0\0\0\0\0\0gbtree");
        assert_eq!(sniff(&bytes), Some(Spelling::Binary));
        bytes.extend(b"\xff\xff\xff\x7f");
        bytes.extend([0; FOREST - 4]);
        bytes.extend([0x7f; TREE]);
        assert!(matches!(model(&mut Stream::bytes(bytes)), Err(Stop::Io(_))));
    }

    #[test]
    fn other_bytes_are_no_model() {
        for head in [&b"binf"[..], &[0; 400], &[0xff; 400], b"\x80\x04."] {
            assert_eq!(sniff(head), None);
        }
    }
}
