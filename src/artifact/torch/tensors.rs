//! The tensors of a torch object, named by their path inside dictionaries and modules.

use std::collections::HashSet;

use super::storage;
use crate::artifact::tensors::{Tensor, count};
use crate::pickle::{Graph, NodeId};
use crate::text;

/// Tensors that are listed.
const TENSORS: usize = 100_000;
/// References that are followed: containers may share their content a thousand times.
const STEPS: usize = 1_000_000;
/// Dictionaries inside dictionaries.
const DEPTH: u32 = 64;
/// Bytes of a path, so that deep nesting does not multiply long names.
const PATH: usize = 400;
/// The most sides of a tensor.
const SIDES: usize = 64;

/// Every tensor below `root`, in the order of the file.
pub(super) fn named(graph: &Graph, root: NodeId) -> Vec<Tensor> {
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    let mut open = vec![(root, String::new(), 0_u32)];
    let mut steps = 0;
    while let Some((id, path, depth)) = open.pop() {
        if found.len() >= TENSORS {
            break;
        }
        if let Some(tensor) = tensor(graph, id) {
            found.push(Tensor {
                name: path,
                ..tensor
            });
            continue;
        }
        if depth > DEPTH || !seen.insert(id) {
            continue;
        }
        let mut inner: Vec<(NodeId, String, u32)> = Vec::new();
        if let Some(value) = wrapped(graph, id) {
            inner.push((value, path.clone(), depth + 1));
        }
        let left = STEPS - steps;
        for (name, value) in graph.attributes(id).into_iter().take(left) {
            // The three dictionaries of a module are no part of a tensor's name.
            let own = matches!(name, "_parameters" | "_buffers" | "_modules");
            let path = if own {
                path.clone()
            } else {
                joined(&path, name)
            };
            inner.push((value, path, depth + 1));
        }
        for (key, value) in graph.pairs(id).unwrap_or_default().iter().take(left) {
            let key = match graph.text(*key) {
                Some(key) => key.to_owned(),
                None => graph
                    .int(*key)
                    .map_or_else(|| "?".into(), |n| n.to_string()),
            };
            inner.push((*value, joined(&path, &key), depth + 1));
        }
        let items = graph.items(id).unwrap_or_default();
        for (number, value) in items.iter().take(left).enumerate() {
            inner.push((*value, joined(&path, &number.to_string()), depth + 1));
        }
        steps += inner.len();
        if steps > STEPS {
            break;
        }
        open.extend(inner.into_iter().rev());
    }
    found
}

fn joined(path: &str, name: &str) -> String {
    let whole = if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    };
    text::short(&whole, PATH)
}

/// The first argument of a call that rebuilds a parameter or a tensor subclass.
fn wrapped(graph: &Graph, id: NodeId) -> Option<NodeId> {
    let object = graph.object(id)?;
    let callable = graph.global(object.callable)?;
    let args = graph.items(object.args)?;
    match (&*callable.module, &*callable.name) {
        ("torch._utils", "_rebuild_parameter" | "_rebuild_parameter_with_state") => {
            args.first().copied()
        }
        // (function, class, arguments, state): the arguments are those of the function.
        ("torch._tensor", "_rebuild_from_type_v2") => args.get(2).copied(),
        _ => None,
    }
}

/// A call that rebuilds a tensor: `(storage, offset, size, stride, …)`.
fn tensor(graph: &Graph, id: NodeId) -> Option<Tensor> {
    let object = graph.object(id)?;
    let callable = graph.global(object.callable)?;
    let rebuilds = &*callable.module == "torch._utils"
        && matches!(
            &*callable.name,
            "_rebuild_tensor" | "_rebuild_tensor_v2" | "_rebuild_tensor_v3" | "_rebuild_qtensor"
        );
    let args = graph.items(object.args)?;
    // Tensors of the tar layout have classes of their own: `torch.FloatTensor`.
    let classed = storage::tensor_class(callable);
    if !rebuilds && classed.is_none() {
        return None;
    }
    let class = match classed {
        Some(_) => callable,
        None => graph.global(graph.object(*args.first()?)?.callable)?,
    };
    let sides = graph.items(*args.get(2)?)?;
    let shape = sides
        .iter()
        .take(SIDES)
        .map(|side| u64::try_from(graph.int(*side)?).ok())
        .collect::<Option<Vec<u64>>>()?;
    // Untyped storages leave the type to the tensor: its last argument.
    let typed = graph.global(*args.last()?);
    let (dtype, size) = match typed.filter(|_| &*callable.name == "_rebuild_tensor_v3") {
        Some(dtype) => (text::short(&dtype.name, 40), 0),
        None => match classed.or_else(|| storage::element(class)) {
            Some((word, size)) => (word.to_owned(), size),
            None => (text::short(&class.name, 40), 0),
        },
    };
    Some(Tensor {
        name: String::new(),
        dtype,
        bytes: count(&shape).unwrap_or(0).saturating_mul(size),
        shape,
    })
}
