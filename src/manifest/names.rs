//! Every name that loading an artifact imports, with what the opcodes do with it.

use std::collections::HashMap;

use super::{NeededName, Role};
use crate::artifact::Objects;
use crate::pickle::{Construction, Global, Graph, Node, NodeId};

/// The names of an object graph, each once, in file order.
pub fn needed(objects: &Objects) -> Vec<NeededName> {
    let graph = &objects.graph;
    let roles = roles(graph);
    // CPython maps Python 2 names only for streams below protocol 3, which the outer stream decides.
    let python2 = objects
        .streams
        .iter()
        .any(|stream| !stream.nested && stream.protocol < 3);
    let mut place: HashMap<(&str, &str), usize> = HashMap::with_capacity(56);
    let mut names: Vec<NeededName> = Vec::new();
    for (id, node) in graph.iter() {
        let Node::Global(global) = node else { continue };
        let role = roles[id.index()];
        if let Some(at) = place.get(&(&*global.module, &*global.name)) {
            names[*at].role = names[*at].role.max(role);
            continue;
        }
        place.insert((&global.module, &global.name), names.len());
        names.push(NeededName {
            module: global.module.to_string(),
            name: global.name.to_string(),
            role,
            offset: graph.offset(id),
            python2,
        });
    }
    names
}

/// Adds names that a format calls without an object graph that holds them.
pub fn add(calls: &[Global], names: &mut Vec<NeededName>) {
    for global in calls {
        let known = names
            .iter()
            .any(|name| *name.module == *global.module && *name.name == *global.name);
        if !known {
            names.push(NeededName {
                module: global.module.to_string(),
                name: global.name.to_string(),
                role: Role::Call,
                offset: 0,
                python2: false,
            });
        }
    }
}

/// What is done with each node, as far as it is a name.
fn roles(graph: &Graph) -> Vec<Role> {
    let mut roles = vec![Role::Reference; graph.len()];
    let mut raise = |id: NodeId, role: Role| {
        let known = &mut roles[id.index()];
        *known = (*known).max(role);
    };
    for (_, node) in graph.iter() {
        let Node::Object(object) = node else { continue };
        let role = match object.how {
            Construction::Reduce | Construction::Inst => Role::Call,
            Construction::NewObj | Construction::NewObjEx => Role::Construct,
        };
        raise(object.callable, role);
        let rebuilds = graph.global(object.callable).is_some_and(|callable| {
            matches!(&*callable.module, "copyreg" | "copy_reg")
                && matches!(&*callable.name, "_reconstructor" | "__newobj__")
        });
        if rebuilds && let Some(class) = graph.items(object.args).and_then(|args| args.first()) {
            raise(*class, Role::Construct);
        }
    }
    roles
}
