//! Why a pickle cannot be read, and where.

use std::io;

/// A stop in a pickle stream.
#[derive(Debug, thiserror::Error)]
#[error("{kind}")]
pub struct Error {
    /// Where, counted in the decompressed bytes.
    pub offset: u64,
    /// What is wrong.
    pub kind: ErrorKind,
}

/// What is wrong with a pickle stream.
#[derive(Debug, thiserror::Error)]
pub enum ErrorKind {
    /// The bytes end before the content does.
    #[error("the file ends inside {0}")]
    Truncated(String),
    /// A byte that is no opcode.
    #[error("byte 0x{0:02x} is not a pickle opcode")]
    UnknownOpcode(u8),
    /// A protocol that no Python writes.
    #[error("pickle protocol {0} is not known")]
    Protocol(u8),
    /// An opcode wants more values than the stack holds.
    #[error("opcode {0} finds too few values on the stack")]
    StackUnderflow(&'static str),
    /// An opcode wants a mark and none is set.
    #[error("opcode {0} finds no mark on the stack")]
    NoMark(&'static str),
    /// A memo entry that was never stored.
    #[error("memo entry {0} was never stored")]
    MemoMissing(u64),
    /// An argument that is not what the opcode wants.
    #[error("opcode {opcode} has {problem}")]
    Argument {
        /// The opcode.
        opcode: &'static str,
        /// What is wrong with its argument.
        problem: String,
    },
    /// Carriage returns stand before the line ends of a text pickle.
    #[error("line ends were changed to CRLF, as git or an FTP client in text mode does")]
    CarriageReturns,
    /// A budget is used up.
    #[error("the file needs more than {0}")]
    Budget(String),
    /// What stands between the opcodes does not fit its description.
    #[error("{0}")]
    Payload(String),
    /// The bytes cannot be read.
    #[error("{0}")]
    Io(io::Error),
}
