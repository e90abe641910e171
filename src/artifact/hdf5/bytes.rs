//! Bytes by position, within a budget, and a cursor over a block of them.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use crate::artifact::{Unreadable, trouble};
use crate::text;

/// Bytes that a read may take in all, and in one block.
const IN_ALL: u64 = 128 << 20;
const BLOCK: u64 = 32 << 20;
/// Blocks that a read may take.
const BLOCKS: u64 = 400_000;

/// Why a part of the file gives nothing.
#[derive(Debug)]
pub(super) enum Stop {
    /// The system refused, or the file ends.
    Io(io::Error),
    /// The bytes break the format's rules.
    Broken(String),
    /// A feature that is not read here.
    Unknown(String),
    /// A budget is used up.
    Budget,
}

impl Stop {
    pub(super) fn broken<T>(what: impl Into<String>) -> Result<T, Stop> {
        Err(Stop::Broken(what.into()))
    }

    /// The reason for people; `part` is what was read.
    pub(super) fn told(&self, part: &str) -> Unreadable {
        match self {
            Stop::Io(error) => trouble::io(error, part),
            Stop::Broken(what) => trouble::damaged(format!("{part} is damaged: {what}")),
            Stop::Unknown(what) => Unreadable {
                kind: crate::artifact::UnreadableKind::Foreign,
                reason: text::short(
                    &format!("an HDF5 file that uses {what}, which is not read here"),
                    300,
                ),
                repair: Some("look at it with h5py".into()),
            },
            Stop::Budget => trouble::budget("its tables are long"),
        }
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Stop::Io(error)
    }
}

/// Where the bytes are: on disk, or in memory when they were compressed as a whole.
enum Origin {
    File(File),
    Memory(Vec<u8>),
}

/// The file, with the widths that its superblock sets.
pub(super) struct Bytes {
    origin: Origin,
    /// The length of the content.
    pub size: u64,
    /// Where addresses count from.
    pub base: u64,
    /// Bytes of an address and of a length: 2, 4 or 8.
    pub offsets: usize,
    pub lengths: usize,
    taken: u64,
    blocks: u64,
}

impl Bytes {
    pub(super) fn new(file: File, size: u64) -> Self {
        Self::of(Origin::File(file), size)
    }

    /// Over content that was unpacked.
    pub(super) fn unpacked(content: Vec<u8>) -> Self {
        let size = content.len() as u64;
        Self::of(Origin::Memory(content), size)
    }

    fn of(origin: Origin, size: u64) -> Self {
        Self {
            origin,
            size,
            base: 0,
            offsets: 8,
            lengths: 8,
            taken: 0,
            blocks: 0,
        }
    }

    /// The block of `len` bytes at `address`.
    pub(super) fn at(&mut self, address: u64, len: u64) -> Result<Block, Stop> {
        self.taken = self.taken.saturating_add(len);
        self.blocks += 1;
        let place = self
            .base
            .checked_add(address)
            .filter(|place| place.checked_add(len).is_some_and(|end| end <= self.size));
        let Some(place) = place else {
            return Err(Stop::Io(io::ErrorKind::UnexpectedEof.into()));
        };
        if len > BLOCK || self.taken > IN_ALL || self.blocks > BLOCKS {
            return Err(Stop::Budget);
        }
        let mut bytes = vec![0; len as usize];
        match &mut self.origin {
            Origin::File(file) => {
                file.seek(SeekFrom::Start(place))?;
                file.read_exact(&mut bytes)?;
            }
            Origin::Memory(content) => {
                let start = place as usize;
                bytes.copy_from_slice(&content[start..start + len as usize]);
            }
        }
        Ok(self.block(bytes))
    }

    /// As many bytes as there are, at most `len`.
    pub(super) fn up_to(&mut self, address: u64, len: u64) -> Result<Block, Stop> {
        let left = self.size.saturating_sub(self.base.saturating_add(address));
        self.at(address, len.min(left))
    }

    /// A cursor over bytes that were read already.
    pub(super) fn block(&self, bytes: Vec<u8>) -> Block {
        Block {
            bytes,
            at: 0,
            offsets: self.offsets,
            lengths: self.lengths,
        }
    }
}

/// A cursor over bytes of the file.
#[derive(Debug)]
pub(super) struct Block {
    pub bytes: Vec<u8>,
    pub at: usize,
    offsets: usize,
    lengths: usize,
}

impl Block {
    /// A part of this block as a block of its own, and the cursor behind it.
    pub(super) fn part(&mut self, len: usize) -> Result<Block, Stop> {
        let bytes = self.take(len)?.to_vec();
        Ok(Block {
            bytes,
            at: 0,
            offsets: self.offsets,
            lengths: self.lengths,
        })
    }

    pub(super) fn take(&mut self, len: usize) -> Result<&[u8], Stop> {
        let end = self.at.checked_add(len);
        let Some(bytes) = end.and_then(|end| self.bytes.get(self.at..end)) else {
            return Stop::broken("a structure ends early");
        };
        self.at += len;
        Ok(bytes)
    }

    pub(super) fn skip(&mut self, len: usize) -> Result<(), Stop> {
        self.take(len).map(|_| ())
    }

    pub(super) fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    pub(super) fn expect(&mut self, signature: [u8; 4]) -> Result<(), Stop> {
        if self.take(4)? == signature {
            return Ok(());
        }
        let name = String::from_utf8_lossy(&signature);
        Stop::broken(format!("the signature {name} is missing"))
    }

    /// An unsigned number of `len` bytes, at most eight.
    pub(super) fn number(&mut self, len: usize) -> Result<u64, Stop> {
        let bytes = self.take(len.min(8))?;
        Ok(bytes
            .iter()
            .rev()
            .fold(0, |n, byte| n << 8 | u64::from(*byte)))
    }

    pub(super) fn byte(&mut self) -> Result<u8, Stop> {
        Ok(self.take(1)?[0])
    }

    pub(super) fn short(&mut self) -> Result<usize, Stop> {
        Ok(self.number(2)? as usize)
    }

    /// A length.
    pub(super) fn length(&mut self) -> Result<u64, Stop> {
        self.number(self.lengths)
    }

    /// An address; `None` where all bits are set, which says "nowhere".
    pub(super) fn address(&mut self) -> Result<Option<u64>, Stop> {
        let width = self.offsets;
        let address = self.number(width)?;
        let nowhere = u64::MAX >> (64 - 8 * width.clamp(1, 8));
        Ok((address != nowhere).then_some(address))
    }
}
