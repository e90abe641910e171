//! Bytes to an object graph. Executes nothing, imports nothing, knows no file format.
//!
//! [`Reader::pickle`] runs one stream through the machine into a [`Graph`]. What stands between
//! the opcodes (joblib's arrays) is the business of a [`Hook`]. [`view`] reads the numpy arrays
//! that the graph holds.

mod data;
mod dtype;
mod effort;
mod error;
mod escape;
mod graph;
mod limits;
mod machine;
mod ndarray;
mod number;
mod reader;

pub use data::{Data, Kept};
pub use dtype::{Dtype, Field, Kind};
pub use effort::Effort;
pub use error::{Error, ErrorKind};
pub use graph::{Array, Construction, Elements, Few, Global, Graph, Node, NodeId, Object};
pub use limits::Limits;
pub use machine::is_opcode;
pub use ndarray::{ArrayData, ArrayError, ArrayView, Value, value, view};
pub use reader::{Hook, Pickle, PlainPickle, Reader};
