//! Object headers, versions 1 and 2: the messages that say what an object is.

use super::attribute::{self, Attribute};
use super::bytes::{Block, Bytes, Stop};
use super::datatype::{self, Datatype};
use super::heap::{self, Dense};

/// Messages of one object, and blocks that they stand in.
const MESSAGES: usize = 100_000;
const BLOCKS: usize = 1000;

/// What the header of a group or a data set says.
#[derive(Debug, Default)]
pub(super) struct Object {
    /// Where it stands.
    pub address: u64,
    pub attributes: Vec<Attribute>,
    /// B-tree and name heap of an old group.
    pub table: Option<(u64, u64)>,
    /// Links of a new group that stand in the header, with places where they have one.
    pub links: Vec<(String, Option<u64>)>,
    /// Further links, in a heap.
    pub dense: Option<Dense>,
    /// What was not read.
    pub troubles: Vec<String>,
    /// Whether only a data type is wanted: then nothing that leads elsewhere is followed.
    type_only: bool,
    datatype: Option<Datatype>,
    shape: Option<Vec<u64>>,
    /// Whether there is a place for numbers: then it is a data set.
    layout: bool,
}

impl Object {
    pub(super) fn read(bytes: &mut Bytes, address: u64) -> Result<Self, Stop> {
        Self::start(bytes, address, false)
    }

    /// The data type that a shared message leads to: it has a header of its own.
    pub(super) fn shared_type(bytes: &mut Bytes, message: &mut Block) -> Result<Datatype, Stop> {
        let version = message.byte()?;
        let kind = message.byte()?;
        match (version, kind) {
            (1, _) => message.skip(6)?,
            (2, _) | (3, 2) => {}
            _ => return Err(Stop::Unknown("a type in a table of shared messages".into())),
        }
        let Some(address) = message.address()? else {
            return Stop::broken("a shared type is nowhere");
        };
        match Self::start(bytes, address, true)?.datatype {
            Some(datatype) => Ok(datatype),
            None => Stop::broken("a shared type is not there"),
        }
    }

    fn start(bytes: &mut Bytes, address: u64, type_only: bool) -> Result<Self, Stop> {
        let mut object = Self {
            address,
            type_only,
            ..Self::default()
        };
        let mut head = bytes.up_to(address, 4)?;
        if head.take(4).is_ok_and(|start| start == b"OHDR") {
            object.second(bytes, address)?;
        } else {
            object.first(bytes, address)?;
        }
        Ok(object)
    }

    /// The type, when it is one that data sets share under a name.
    pub(super) fn named_type(&self) -> Option<String> {
        let datatype = self.datatype.as_ref().filter(|_| !self.layout)?;
        Some(datatype.word())
    }

    /// Type, shape and bytes of an element, when it is a data set.
    pub(super) fn set(&self) -> Option<(String, Vec<u64>, u64)> {
        if !self.layout {
            return None;
        }
        let (word, size) = match &self.datatype {
            Some(datatype) => (datatype.word(), datatype.size),
            None => ("unknown type".into(), 0),
        };
        Some((word, self.shape.clone().unwrap_or_default(), size))
    }

    fn first(&mut self, bytes: &mut Bytes, address: u64) -> Result<(), Stop> {
        let mut head = bytes.at(address, 16)?;
        if head.byte()? != 1 {
            return Stop::broken("an object header is missing");
        }
        head.skip(7)?;
        let size = head.number(4)?;
        let mut blocks = vec![(address.saturating_add(16), size)];
        let mut done = 0;
        let mut count = 0;
        while let Some((place, len)) = blocks.get(done).copied() {
            done += 1;
            let mut block = bytes.at(place, len)?;
            while block.left() >= 8 {
                let kind = block.short()?;
                let len = block.short()?;
                let flags = block.byte()?;
                block.skip(3)?;
                let mut data = block.part(len)?;
                count += 1;
                Self::counted(count, blocks.len())?;
                match kind {
                    16 => blocks.extend(continuation(&mut data)?),
                    _ => self.message(bytes, kind, flags, &mut data)?,
                }
            }
        }
        Ok(())
    }

    fn second(&mut self, bytes: &mut Bytes, address: u64) -> Result<(), Stop> {
        let mut head = bytes.up_to(address, 64)?;
        head.expect(*b"OHDR")?;
        if head.byte()? != 2 {
            return Err(Stop::Unknown("a newer kind of object header".into()));
        }
        let flags = head.byte()?;
        // Times; then limits of attributes.
        head.skip(if flags & 32 == 0 { 0 } else { 16 })?;
        head.skip(if flags & 16 == 0 { 0 } else { 4 })?;
        let size = head.number(1 << (flags & 3))?;
        let ordered = flags & 4 != 0;
        let mut blocks = vec![(address.saturating_add(head.at as u64), size)];
        let mut done = 0;
        let mut count = 0;
        while let Some((place, len)) = blocks.get(done).copied() {
            let mut block = bytes.at(place, len)?;
            if done > 0 {
                // A continued block has a signature and ends with a check sum.
                block.expect(*b"OCHK")?;
                let end = block.bytes.len().saturating_sub(4);
                block.bytes.truncate(end.max(block.at));
            }
            done += 1;
            let least = if ordered { 6 } else { 4 };
            while block.left() >= least {
                let kind = usize::from(block.byte()?);
                let len = block.short()?;
                let flags = block.byte()?;
                block.skip(if ordered { 2 } else { 0 })?;
                let mut data = block.part(len)?;
                count += 1;
                Self::counted(count, blocks.len())?;
                match kind {
                    16 => blocks.extend(continuation(&mut data)?),
                    _ => self.message(bytes, kind, flags, &mut data)?,
                }
            }
        }
        Ok(())
    }

    fn counted(messages: usize, blocks: usize) -> Result<(), Stop> {
        if messages > MESSAGES || blocks > BLOCKS {
            return Err(Stop::Budget);
        }
        Ok(())
    }

    fn message(
        &mut self,
        bytes: &mut Bytes,
        kind: usize,
        flags: u8,
        data: &mut Block,
    ) -> Result<(), Stop> {
        // A shared message stands elsewhere.
        let shared = flags & 2 != 0;
        if self.type_only {
            if kind == 3 && !shared {
                self.datatype = Some(Datatype::read(data)?);
            }
            return Ok(());
        }
        match kind {
            1 if !shared => self.shape = datatype::shape(data)?,
            3 if shared => match Self::shared_type(bytes, data) {
                Ok(datatype) => self.datatype = Some(datatype),
                Err(Stop::Unknown(what)) => self.troubles.push(what),
                Err(stop) => return Err(stop),
            },
            3 => self.datatype = Some(Datatype::read(data)?),
            8 => self.layout = true,
            2 => self.dense = dense(data, 8)?.or(self.dense),
            6 => self.links.push(link(data)?),
            17 => {
                if let (Some(tree), Some(heap)) = (data.address()?, data.address()?) {
                    self.table = Some((tree, heap));
                }
            }
            12 if shared => self.troubles.push("a shared attribute".into()),
            12 => self.attribute(bytes, data)?,
            21 => {
                let Some(dense) = dense(data, 2)? else {
                    return Ok(());
                };
                match heap::messages(bytes, dense) {
                    Ok(messages) => {
                        for mut message in messages {
                            self.attribute(bytes, &mut message)?;
                        }
                    }
                    Err(Stop::Unknown(what)) => {
                        let what = format!("attributes with {what}");
                        self.troubles.push(what);
                    }
                    Err(stop) => return Err(stop),
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn attribute(&mut self, bytes: &mut Bytes, data: &mut Block) -> Result<(), Stop> {
        match attribute::read(bytes, data) {
            Ok(attribute) => self.attributes.push(attribute),
            Err(Stop::Unknown(what)) => self.troubles.push(what),
            Err(stop) => return Err(stop),
        }
        Ok(())
    }
}

/// A link message: its name, and its place where it has one in this file.
pub(super) fn link(data: &mut Block) -> Result<(String, Option<u64>), Stop> {
    if data.byte()? != 1 {
        return Err(Stop::Unknown("a newer kind of link".into()));
    }
    let flags = data.byte()?;
    let kind = if flags & 8 == 0 { 0 } else { data.byte()? };
    data.skip(if flags & 4 == 0 { 0 } else { 8 })?;
    data.skip(usize::from(flags & 16 != 0))?;
    let length = data.number(1 << (flags & 3))?;
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let name = String::from_utf8_lossy(data.take(length)?).into_owned();
    // Soft links and links into other files are not followed.
    let address = if kind == 0 { data.address()? } else { None };
    Ok((name, address))
}

/// Where the header goes on: place and length.
fn continuation(data: &mut Block) -> Result<Option<(u64, u64)>, Stop> {
    let place = data.address()?;
    let len = data.length()?;
    Ok(place.map(|place| (place, len)))
}

/// The heap and the tree of messages that stand there; `order` bytes say how many were ever made.
fn dense(data: &mut Block, order: usize) -> Result<Option<Dense>, Stop> {
    data.skip(1)?;
    let flags = data.byte()?;
    data.skip(if flags & 1 == 0 { 0 } else { order })?;
    let (heap, tree) = (data.address()?, data.address()?);
    Ok(heap.zip(tree).map(|(heap, tree)| Dense { heap, tree }))
}
