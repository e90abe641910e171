//! The persistent ids of torch's pickles: storages, and the classes of whole modules.

use crate::pickle::{Construction, Few, Global, Graph, Node, NodeId, Object};

/// Bytes of the word that says what is persistent, and of all names that are repeated.
const WORD: usize = 64;
const LONGEST: usize = 400;
const NAMES: usize = 8 << 20;

/// The bytes behind one or more tensors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Storage {
    /// The name under which the file keeps it.
    pub key: String,
    /// The device that it was saved on: `cpu`, `cuda:0`.
    pub location: String,
    /// How many elements it has.
    pub count: u64,
    /// Bytes of one; `None` for types that are not known.
    pub itemsize: Option<u64>,
}

impl Storage {
    /// How many bytes it takes.
    pub(super) fn bytes(&self) -> Option<u64> {
        self.count.checked_mul(self.itemsize?)
    }
}

/// Replaces what torch's own loader resolves: storages by objects of their class, and the pairs
/// of a class and its source text by the class. Gives each storage once.
pub(super) fn resolve(graph: &mut Graph) -> Vec<Storage> {
    let persistent: Vec<(NodeId, NodeId)> = graph
        .iter()
        .filter_map(|(id, node)| match node {
            Node::Persistent(inner) => Some((id, *inner)),
            _ => None,
        })
        .collect();
    let mut storages = Vec::new();
    let mut names = 0;
    let mut known = std::collections::HashSet::new();
    for (id, inner) in persistent {
        let Some(parts) = graph.items(inner) else {
            continue;
        };
        let (Some(word), Some(class)) = (
            parts.first().and_then(|part| graph.short_text(*part, WORD)),
            parts.get(1).copied(),
        ) else {
            continue;
        };
        let Some(global) = graph.global(class) else {
            continue;
        };
        if word == "module" {
            // Two bytes of a file can name a class with a long name again.
            names += global.module.len() + global.name.len();
            if names > NAMES {
                continue;
            }
            let class = graph.node(class).clone();
            *graph.node_mut(id) = class;
            continue;
        }
        let Some(storage) = storage(graph, word, parts) else {
            continue;
        };
        if known.insert(storage.key.clone()) {
            storages.push(storage);
        }
        *graph.node_mut(id) = Node::Object(Box::new(Object {
            how: Construction::NewObj,
            callable: class,
            args: inner,
            kwargs: None,
            state: Few::new(),
            items: Vec::new(),
            pairs: Vec::new(),
        }));
    }
    storages
}

/// `("storage", class, key, location, count, …)`.
fn storage(graph: &Graph, word: &str, parts: &[NodeId]) -> Option<Storage> {
    let [_, class, key, location, count, ..] = *parts else {
        return None;
    };
    if word != "storage" {
        return None;
    }
    Some(Storage {
        key: graph.short_text(key, LONGEST)?.to_owned(),
        location: graph.short_text(location, LONGEST)?.to_owned(),
        count: u64::try_from(graph.int(count)?).ok()?,
        itemsize: element(graph.global(class)?).map(|(_, size)| size),
    })
}

/// The element type of a storage class, and its bytes.
pub(super) fn element(class: &Global) -> Option<(&'static str, u64)> {
    typed(class, "Storage")
}

/// The element type of a tensor class of old releases, and its bytes.
pub(super) fn tensor_class(class: &Global) -> Option<(&'static str, u64)> {
    typed(class, "Tensor")
}

fn typed(class: &Global, ending: &str) -> Option<(&'static str, u64)> {
    if crate::package::top_of(&class.module) != "torch" {
        return None;
    }
    Some(match class.name.strip_suffix(ending)? {
        "Double" => ("float64", 8),
        "Float" => ("float32", 4),
        "Half" => ("float16", 2),
        "BFloat16" => ("bfloat16", 2),
        "Long" => ("int64", 8),
        "Int" => ("int32", 4),
        "Short" => ("int16", 2),
        "Char" => ("int8", 1),
        "Byte" => ("uint8", 1),
        "Bool" => ("bool", 1),
        "ComplexFloat" => ("complex64", 8),
        "ComplexDouble" => ("complex128", 16),
        "QInt8" => ("qint8", 1),
        "QUInt8" => ("quint8", 1),
        "QInt32" => ("qint32", 4),
        "QUInt4x2" => ("quint4x2", 1),
        "QUInt2x4" => ("quint2x4", 1),
        "Untyped" => ("bytes", 1),
        _ => return None,
    })
}
