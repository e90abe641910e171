//! B-trees of version 2: the records of all nodes, in no particular order.

use std::collections::HashSet;

use super::bytes::{Bytes, Stop};

/// Records of one tree.
const RECORDS: usize = 100_000;
/// Levels: a node has room for dozens of records.
const LEVELS: usize = 16;
/// Bytes of one node.
const NODE: u64 = 1 << 20;
/// Signature, version, kind and check sum of a node.
const FRAME: u64 = 10;

/// The kind of a tree's records, and their bytes.
pub(super) fn records(bytes: &mut Bytes, place: u64) -> Result<(u8, Vec<Vec<u8>>), Stop> {
    let mut head = bytes.up_to(place, 64)?;
    head.expect(*b"BTHD")?;
    if head.byte()? != 0 {
        return Err(Stop::Unknown("a newer kind of tree".into()));
    }
    let kind = head.byte()?;
    let node = head.number(4)?;
    let size = head.short()?;
    let depth = head.short()?;
    head.skip(2)?;
    let root = head.address()?;
    let count = head.short()?;
    if size == 0 || node > NODE || depth > LEVELS {
        return Stop::broken("a tree with impossible sizes");
    }
    let mut found = Vec::new();
    let Some(root) = root else {
        return Ok((kind, found));
    };
    // A pointer says how many records its node has, and how many stand below it: as many bytes as
    // the largest possible numbers take.
    let leaf = node.saturating_sub(FRAME) / size as u64;
    let width = width(leaf);
    let mut below = vec![0];
    let mut most = leaf;
    for level in 1..=depth {
        let pointer = (bytes.offsets + width + below[level - 1]) as u64;
        let room = node.saturating_sub(FRAME + pointer) / (size as u64 + pointer);
        most = room
            .saturating_add(1)
            .saturating_mul(most)
            .saturating_add(room);
        below.push(self::width(most));
    }
    let mut seen = HashSet::new();
    let mut open = vec![(root, count, depth)];
    while let Some((place, count, level)) = open.pop() {
        if !seen.insert(place) {
            return Stop::broken("a tree leads back to itself");
        }
        if found.len() + count > RECORDS || seen.len() > RECORDS {
            return Err(Stop::Budget);
        }
        let mut block = bytes.up_to(place, node)?;
        block.expect(if level == 0 { *b"BTLF" } else { *b"BTIN" })?;
        block.skip(2)?;
        for _ in 0..count {
            found.push(block.take(size)?.to_vec());
        }
        if level == 0 {
            continue;
        }
        for _ in 0..=count {
            let child = block.address()?;
            let count = block.number(width)?;
            block.skip(below[level - 1])?;
            if let Some(child) = child {
                let count = usize::try_from(count).unwrap_or(usize::MAX);
                open.push((child, count.min(RECORDS), level - 1));
            }
        }
    }
    Ok((kind, found))
}

/// Bytes that numbers up to `limit` take.
pub(super) fn width(limit: u64) -> usize {
    (limit.max(1).ilog2() / 8 + 1) as usize
}
