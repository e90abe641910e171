//! The members of a group: links in its header or in a heap, or a B-tree over tables of names.

use std::collections::HashSet;

use super::bytes::{Bytes, Stop};
use super::heap;
use super::object::Object;

/// Nodes of one tree, and members of one group.
const NODES: usize = 20_000;
const MEMBERS: usize = 100_000;
/// Bytes of a name that are looked at, and those that are kept.
const NAME: usize = 1024;
const KEPT: usize = 255;
/// Bytes of the heap of names.
const HEAP: u64 = 16 << 20;

/// Names and places; no place for a link that leads out of the file or to a name.
pub(super) fn links(
    bytes: &mut Bytes,
    object: &Object,
) -> Result<Vec<(String, Option<u64>)>, Stop> {
    let mut found = object.links.clone();
    if let Some(dense) = object.dense {
        for mut message in heap::messages(bytes, dense)? {
            found.push(super::object::link(&mut message)?);
        }
        // The tree is sorted by check sums.
        found.sort();
    }
    if let Some((tree, heap)) = object.table {
        let names = heap_of_names(bytes, heap)?;
        for table in tables(bytes, tree)? {
            entries(bytes, table, &names, &mut found)?;
        }
    }
    Ok(found)
}

/// The places of the tables below a tree, from left to right.
fn tables(bytes: &mut Bytes, root: u64) -> Result<Vec<u64>, Stop> {
    let width = (bytes.offsets + bytes.lengths) as u64;
    let mut seen = HashSet::new();
    let mut open = vec![root];
    let mut found = Vec::new();
    while let Some(place) = open.pop() {
        if !seen.insert(place) {
            return Stop::broken("a tree of names leads back to itself");
        }
        if seen.len() > NODES || found.len() > NODES {
            return Err(Stop::Budget);
        }
        let mut head = bytes.at(place, 8 + 2 * bytes.offsets as u64)?;
        head.expect(*b"TREE")?;
        if head.byte()? != 0 {
            return Stop::broken("a tree that does not hold names");
        }
        let level = head.byte()?;
        let count = head.short()?;
        let start = place.saturating_add(head.bytes.len() as u64);
        let mut block = bytes.at(start, count as u64 * width)?;
        let mut children = Vec::new();
        for _ in 0..count {
            block.length()?;
            children.extend(block.address()?);
        }
        if level == 0 {
            found.extend(children);
        } else {
            open.extend(children.into_iter().rev());
        }
    }
    Ok(found)
}

fn entries(
    bytes: &mut Bytes,
    table: u64,
    names: &[u8],
    found: &mut Vec<(String, Option<u64>)>,
) -> Result<(), Stop> {
    let mut head = bytes.at(table, 8)?;
    head.expect(*b"SNOD")?;
    head.skip(2)?;
    let count = head.short()?;
    let width = 2 * bytes.offsets as u64 + 24;
    let mut block = bytes.at(table.saturating_add(8), count as u64 * width)?;
    for _ in 0..count {
        let name = block.address()?;
        let place = block.address()?;
        let kind = block.number(4)?;
        block.skip(20)?;
        if found.len() >= MEMBERS {
            return Err(Stop::Budget);
        }
        // Kind 2 is a link to a name.
        found.push((text(names, name)?, place.filter(|_| kind != 2)));
    }
    Ok(())
}

/// The local heap that holds the names of an old group.
fn heap_of_names(bytes: &mut Bytes, place: u64) -> Result<Vec<u8>, Stop> {
    let mut head = bytes.at(place, 8 + 2 * bytes.lengths as u64 + bytes.offsets as u64)?;
    head.expect(*b"HEAP")?;
    head.skip(4)?;
    let size = head.length()?;
    head.length()?;
    let Some(data) = head.address()? else {
        return Ok(Vec::new());
    };
    if size > HEAP {
        return Err(Stop::Budget);
    }
    Ok(bytes.at(data, size)?.bytes)
}

fn text(names: &[u8], at: Option<u64>) -> Result<String, Stop> {
    let rest = at
        .and_then(|at| usize::try_from(at).ok())
        .and_then(|at| names.get(at..));
    let Some(rest) = rest else {
        return Stop::broken("a name stands outside its heap");
    };
    match memchr::memchr(0, &rest[..rest.len().min(NAME)]) {
        Some(end) => Ok(String::from_utf8_lossy(&rest[..end.min(KEPT)]).into_owned()),
        None => Stop::broken("a name has no end"),
    }
}
