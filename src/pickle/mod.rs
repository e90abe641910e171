//! Bytes to an object graph. Executes nothing, imports nothing, knows no file format.

mod dtype;
mod graph;
mod ndarray;

pub use dtype::{Dtype, Field, Kind};
pub use graph::{Array, Construction, Data, Elements, Global, Graph, Node, NodeId, Object};
pub use ndarray::{ArrayData, ArrayError, ArrayView, Value, value, view};
