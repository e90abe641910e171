//! Bytes to an object graph. Executes nothing, imports nothing, knows no file format.

mod graph;

pub use graph::{Array, Construction, Data, Elements, Global, Graph, Node, NodeId, Object};
