//! Bytes to an object graph. Executes nothing, imports nothing, knows no file format.
//!
//! [`Reader::pickle`] runs one stream through the machine into a [`Graph`]. What stands between
//! the opcodes (joblib's arrays) is the business of a [`Hook`].

mod error;
mod escape;
mod graph;
mod limits;
mod machine;
mod number;
mod reader;

pub use error::{Error, ErrorKind};
pub use graph::{Array, Construction, Data, Elements, Global, Graph, Node, NodeId, Object};
pub use limits::Limits;
pub use reader::{Hook, Pickle, PlainPickle, Reader};
