//! The arguments that stand behind opcodes: fixed widths, lengths, lines, integers. And the errors
//! about them.

use super::Machine;
use crate::pickle::error::{Error, ErrorKind};
use crate::pickle::{Data, Node, number};

/// The longest line of a protocol-0 argument.
const LINE: usize = 16 << 20;

impl Machine<'_> {
    pub(super) fn long(&mut self, len: u64) -> Result<(), Error> {
        match self.reader.data(len, "a long integer")? {
            Data::Kept(bytes) => self.make(number::integer(&bytes)),
            Data::Skipped { len, .. } => Err(self.fail(self.reader.not_kept("an integer", len))),
        }
    }

    pub(super) fn decimal(&mut self, opcode: &'static str, digits: &[u8]) -> Result<(), Error> {
        match number::literal(digits) {
            Some(node) => {
                if let Node::Long(bytes) = &node {
                    self.reader.count_kept(bytes.len())?;
                }
                self.make(node)
            }
            None => Err(self.bad_line(opcode, digits)),
        }
    }

    pub(super) fn length(&mut self, one_byte: bool, opcode: &'static str) -> Result<u64, Error> {
        if one_byte {
            let [len] = self.fixed(opcode)?;
            Ok(len.into())
        } else {
            Ok(u32::from_le_bytes(self.fixed(opcode)?).into())
        }
    }

    pub(super) fn fixed<const N: usize>(&mut self, opcode: &'static str) -> Result<[u8; N], Error> {
        self.reader.stream.fixed().map_err(|error| {
            self.reader
                .io(error, format_args!("the argument of {opcode}"))
        })
    }

    pub(super) fn line(&mut self, opcode: &'static str) -> Result<Vec<u8>, Error> {
        match self.reader.stream.line(LINE) {
            Ok(Some(line)) if line.last() == Some(&b'\r') => {
                Err(self.fail(ErrorKind::CarriageReturns))
            }
            Ok(Some(line)) => Ok(line),
            Ok(None) if self.reader.stream.peek().is_ok_and(<[u8]>::is_empty) => {
                Err(self.fail(ErrorKind::Truncated(format!("the line of {opcode}"))))
            }
            Ok(None) => {
                let limit = crate::text::bytes(LINE as u64);
                Err(self.fail(ErrorKind::Budget(format!("{limit} for one line"))))
            }
            Err(error) => Err(self.reader.io(error, opcode)),
        }
    }

    /// The text of the line that was just read.
    pub(super) fn keep_line(&mut self, decoded: Vec<u8>, line: &[u8]) -> Data {
        let len = line.len() as u64;
        let offset = self.reader.stream.position() - len - 1;
        self.reader.keep(decoded, offset, len)
    }

    pub(super) fn line_key(&mut self, opcode: &'static str) -> Result<u64, Error> {
        let line = self.line(opcode)?;
        match number::decimal(&line) {
            Some(Node::Int(key)) if key >= 0 => Ok(key as u64),
            _ => Err(self.bad_line(opcode, &line)),
        }
    }

    pub(super) fn fail(&self, kind: ErrorKind) -> Error {
        Error {
            offset: self.offset,
            kind,
        }
    }

    pub(super) fn argument(&self, opcode: &'static str, problem: &str) -> Error {
        self.fail(ErrorKind::Argument {
            opcode,
            problem: problem.to_owned(),
        })
    }

    pub(super) fn bad_line(&self, opcode: &'static str, line: &[u8]) -> Error {
        let shown = crate::text::short(&String::from_utf8_lossy(line), 40);
        self.argument(opcode, &format!("the line `{shown}`, which it cannot hold"))
    }
}
