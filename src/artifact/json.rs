//! JSON documents that are needed as a whole, within a budget: a kilobyte of brackets in a
//! compressed member can become gigabytes of values.

use std::sync::Arc;

use serde_json::Value;

use super::{Unreadable, trouble};
use crate::source::room::{FREE, Room};

/// Bytes of memory that a document may take. A forest of a thousand trees takes 100 MB.
const MEMORY: u64 = 144 << 20;

/// What a value of an array takes at least, with the room that a growing array keeps.
const VALUE: u64 = 2 * size_of::<Value>() as u64;
/// What a member of an object takes more: its key and its place.
const MEMBER: u64 = 120;

/// A document and, when it is a large one, the room that it takes.
pub(crate) struct Document {
    /// What it says.
    pub value: Value,
    _room: Option<Arc<Room>>,
}

/// Parses `bytes`; `what` names them in an error. The parser refuses more than 128 levels.
pub(crate) fn document(bytes: &[u8], what: &str) -> Result<Document, Unreadable> {
    let memory = weight(bytes);
    if memory > MEMORY {
        let limit = crate::text::bytes(MEMORY);
        return Err(trouble::budget(format!("{limit} of memory for {what}")));
    }
    let room = (memory > FREE).then(Room::take);
    let value = serde_json::from_slice(bytes)
        .map_err(|error| trouble::damaged(format!("{what} is not JSON: {error}")))?;
    Ok(Document { value, _room: room })
}

/// An estimate of the memory of the parsed document, from above.
fn weight(bytes: &[u8]) -> u64 {
    let mut weight = bytes.len() as u64;
    let mut rest = bytes.iter();
    while let Some(byte) = rest.next() {
        match byte {
            b',' | b'[' | b'{' => weight += VALUE,
            b':' => weight += MEMBER,
            b'"' => {
                while let Some(byte) = rest.next() {
                    match byte {
                        b'\\' => drop(rest.next()),
                        b'"' => break,
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    weight
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifact::UnreadableKind;

    #[test]
    fn what_a_document_takes_is_estimated_before_it_is_parsed() {
        assert!(weight(br#"{"a":[1,"x,{\",[",2]}"#) < 1000);
        let wide = format!("[{}0]", "{},".repeat(2_000_000));
        let Err(trouble) = document(wide.as_bytes(), "schema.json") else {
            panic!("it must not be parsed");
        };
        assert_eq!(trouble.kind, UnreadableKind::Budget);
        assert!(document(b"[1]", "x").is_ok());
    }
}
