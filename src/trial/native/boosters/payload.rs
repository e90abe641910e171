//! The bytes of a booster inside an object graph.

use std::borrow::Cow;

use crate::pickle::{Data, Graph, Node, NodeId};

/// Calls around the bytes that are looked through.
const CALLS: usize = 3;

/// The bytes or the text that `value` stands for. Protocols before 5 spell a `bytearray` as a call
/// with bytes, and protocols before 3 spell bytes as text with its encoding.
pub fn bytes(graph: &Graph, value: NodeId) -> Option<Cow<'_, [u8]>> {
    let (mut value, mut latin1) = (value, false);
    for _ in 0..=CALLS {
        match graph.node(value) {
            Node::Str(data) if latin1 => return narrow(data).map(Cow::Owned),
            Node::Bytes(data) | Node::ByteArray(data) | Node::Str(data) | Node::RawStr(data) => {
                return data.bytes().map(Cow::Borrowed);
            }
            Node::Object(object) => {
                let callable = graph.global(object.callable)?;
                if !matches!(&*callable.name, "bytearray" | "bytes" | "encode") {
                    return None;
                }
                latin1 = true;
                value = *graph.items(object.args)?.first()?;
            }
            _ => return None,
        }
    }
    None
}

/// Text whose characters are bytes, as bytes.
fn narrow(data: &Data) -> Option<Vec<u8>> {
    let characters = data.text()?.chars();
    characters
        .map(|character| u8::try_from(u32::from(character)).ok())
        .collect()
}
