//! Fractal heaps: where the links of large groups and the attributes of many stand.
//!
//! A heap is a space of bytes that grows by blocks of doubling sizes; an id says where in that
//! space an object begins. Compressed heaps and objects too long for a block are not read.

use super::bytes::{Block, Bytes, Stop};
use super::tree;

/// Indirect blocks inside each other.
const LEVELS: usize = 64;

/// Kinds of records that name an object of a heap, and where in the record its id stands.
const BY_NAME: u8 = 5;
const ATTRIBUTE: u8 = 8;

/// A heap with the tree that lists its objects.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dense {
    pub heap: u64,
    pub tree: u64,
}

/// The messages that a tree lists, one block each.
pub(super) fn messages(bytes: &mut Bytes, dense: Dense) -> Result<Vec<Block>, Stop> {
    let heap = Heap::read(bytes, dense.heap)?;
    let (kind, records) = tree::records(bytes, dense.tree)?;
    let mut found = Vec::new();
    for record in records {
        let id = match kind {
            // The check sum of the name, then the id.
            BY_NAME => record.get(4..),
            ATTRIBUTE => record.get(..8),
            _ => return Err(Stop::Unknown("another order of names".into())),
        };
        match id {
            Some(id) => found.push(heap.object(bytes, id)?),
            None => return Stop::broken("a record of a tree is short"),
        }
    }
    Ok(found)
}

struct Heap {
    /// Bytes of an id.
    id: usize,
    /// Blocks of a row, bytes of the first block, and of the largest that holds objects.
    width: u64,
    start: u64,
    largest: u64,
    /// Bytes of a place and of a length in an id.
    places: usize,
    lengths: usize,
    root: Option<u64>,
    /// Rows of the root; none where the root holds objects itself.
    rows: u32,
}

impl Heap {
    fn read(bytes: &mut Bytes, place: u64) -> Result<Self, Stop> {
        let mut head = bytes.up_to(place, 256)?;
        head.expect(*b"FRHP")?;
        if head.byte()? != 0 {
            return Err(Stop::Unknown("a newer kind of heap".into()));
        }
        let id = head.short()?;
        let filters = head.short()?;
        head.skip(1)?;
        let longest = head.number(4)?;
        // Objects that are too long for a block; then free space.
        head.length()?;
        head.address()?;
        head.length()?;
        head.address()?;
        // Sizes and counts of what is in it.
        for _ in 0..8 {
            head.length()?;
        }
        let width = head.number(2)?;
        let start = head.length()?;
        let largest = head.length()?;
        let bits = head.short()?;
        head.skip(2)?;
        let root = head.address()?;
        let rows = head.number(2)? as u32;
        if filters != 0 {
            return Err(Stop::Unknown("a compressed heap".into()));
        }
        let doubling = [width, start, largest].iter().all(|n| n.is_power_of_two());
        if !doubling || largest < start || start > 1 << 32 || width > 1 << 16 || bits > 64 {
            return Stop::broken("a heap with impossible sizes");
        }
        let lengths = (largest.ilog2() as usize).div_ceil(8);
        Ok(Self {
            id,
            width,
            start,
            largest,
            places: bits.div_ceil(8),
            lengths: lengths.min(tree::width(longest)),
            root,
            rows,
        })
    }

    /// The bytes of the object with this id.
    fn object(&self, bytes: &mut Bytes, id: &[u8]) -> Result<Block, Stop> {
        let mut block = bytes.block(id.to_vec());
        let first = usize::from(block.byte()?);
        match first >> 4 & 3 {
            0 => {
                let place = block.number(self.places)?;
                let len = block.number(self.lengths)?;
                let place = self.place(bytes, place)?;
                bytes.at(place, len)
            }
            // Short enough to stand in the id itself.
            2 => {
                let low = first & 15;
                let len = if self.id <= 17 {
                    low + 1
                } else {
                    (low << 8 | usize::from(block.byte()?)) + 1
                };
                block.part(len)
            }
            _ => Err(Stop::Unknown("an object too long for its heap".into())),
        }
    }

    /// Where in the file a place of the heap's space is.
    fn place(&self, bytes: &mut Bytes, mut place: u64) -> Result<u64, Stop> {
        let Some(mut block) = self.root else {
            return Stop::broken("a heap without a block");
        };
        let mut rows = self.rows;
        if rows == 0 {
            return Ok(block.saturating_add(place));
        }
        let first = self.width * self.start;
        // Rows whose blocks hold objects; those of further rows hold places of blocks.
        let direct = self.largest.ilog2() - self.start.ilog2() + 2;
        for _ in 0..LEVELS {
            // The first two rows have blocks of one size; each further row doubles it.
            let (row, begin, size) = if place < first {
                (0, 0, self.start)
            } else {
                let doubled = (place / first).ilog2();
                (doubled + 1, first << doubled, self.start << doubled)
            };
            if row >= rows {
                return Stop::broken("an object stands outside its heap");
            }
            let column = (place - begin) / size;
            place = (place - begin) % size;
            // Signature, version, place of the heap, and of the block in its space.
            let header = (5 + bytes.offsets + self.places) as u64;
            bytes.at(block, 4)?.expect(*b"FHIB")?;
            let index = u64::from(row) * self.width + column;
            let entry = block.saturating_add(header + index * bytes.offsets as u64);
            let Some(child) = bytes.at(entry, bytes.offsets as u64)?.address()? else {
                return Stop::broken("an object stands in a block that is not there");
            };
            if row < direct {
                return Ok(child.saturating_add(place));
            }
            block = child;
            rows = (size.ilog2() + 1).saturating_sub(first.ilog2());
        }
        Stop::broken("a heap nested without end")
    }
}
