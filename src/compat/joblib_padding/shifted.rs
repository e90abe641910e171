//! What joblib before 1.2 does with the last bytes of a padded array, which it takes for pickle
//! instructions: they are followed as Python's unpickler follows them, as far as the outcome is sure.
//!
//! It knows what was put on the stack since the last mark from the container that holds the array.
//! It ends without an answer where an instruction reads beyond these bytes or needs what is not known.

use super::around::{Item, Level, around};
use super::{Met, pad};
use crate::environment::PythonVersion;
use crate::pickle::{Array, Elements, Graph, is_opcode};

/// A length that no machine has memory for.
const HUGE: u64 = 1 << 47;

/// What an instruction leads to.
enum Step {
    On,
    Met(Met),
    Unsure,
}

/// The bytes that are taken for instructions; `None` when they were not kept.
pub(super) fn tail(array: &Array, offset: u64) -> Option<Vec<u8>> {
    let Elements::Raw(data) = &array.elements else {
        return None;
    };
    let pad = pad(offset);
    // The length of the padding is a byte of its own before it.
    let shift = usize::try_from(pad).ok()? + 1;
    if let Some(at) = data.len().checked_sub(shift as u64) {
        let kept = data.bytes()?;
        return Some(kept.get(usize::try_from(at).ok()?..)?.to_vec());
    }
    // A short array: what is left begins in the padding, or with its length.
    let mut all = vec![u8::try_from(pad).ok()?];
    all.resize(shift, 0xff);
    all.extend(data.bytes()?);
    Some(all.split_off(usize::try_from(data.len()).ok()?))
}

/// What comes of it; `None` when that is not sure.
pub(super) fn outcome(
    graph: &Graph,
    array: &Array,
    offset: u64,
    python: Option<PythonVersion>,
) -> Option<Met> {
    let bytes = tail(array, offset)?;
    let mut levels = around(graph, array);
    levels.last_mut()?.items.push(Item::Array);
    let mut machine = Machine {
        rest: &bytes,
        levels,
        python,
    };
    loop {
        match machine.step() {
            Step::On => {}
            Step::Met(met) => return Some(met),
            Step::Unsure => return None,
        }
    }
}

struct Machine<'b> {
    rest: &'b [u8],
    levels: Vec<Level>,
    python: Option<PythonVersion>,
}

impl Machine<'_> {
    fn since(&self, minor: u8) -> bool {
        self.python
            .is_some_and(|python| (python.major, python.minor) >= (3, minor))
    }

    fn take(&mut self, count: usize) -> Option<&[u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    fn push(&mut self, item: Item) -> Step {
        match self.levels.last_mut() {
            Some(level) => {
                level.items.push(item);
                Step::On
            }
            None => Step::Unsure,
        }
    }

    /// The topmost item; an exception when there is none for sure.
    fn pop(&mut self) -> Result<Item, Step> {
        let level = self.levels.last_mut().ok_or(Step::Unsure)?;
        level.items.pop().ok_or(if level.marked {
            raises("IndexError", "pop from empty list")
        } else {
            Step::Unsure
        })
    }

    fn top(&self) -> Result<Item, Step> {
        let level = self.levels.last().ok_or(Step::Unsure)?;
        level.items.last().copied().ok_or(if level.marked {
            raises("IndexError", "list index out of range")
        } else {
            Step::Unsure
        })
    }

    /// The items since the last mark, which goes with them.
    fn pop_mark(&mut self) -> Result<Vec<Item>, Step> {
        match self.levels.pop() {
            Some(level) if level.marked => Ok(level.items),
            _ => Err(Step::Unsure),
        }
    }

    fn step(&mut self) -> Step {
        let Some(opcode) = self.take(1).map(|taken| taken[0]) else {
            // From here on the instructions are the file's own.
            return Step::Unsure;
        };
        let known = is_opcode(opcode) && (self.since(8) || !matches!(opcode, 0x96..=0x98));
        if !known {
            return Step::Met(Met::Raises("KeyError", opcode.to_string()));
        }
        self.instruction(opcode).unwrap_or_else(|step| step)
    }

    fn instruction(&mut self, opcode: u8) -> Result<Step, Step> {
        let step = match opcode {
            b'.' => match self.pop()? {
                Item::Array => Step::Met(Met::Returns("numpy.ndarray")),
                Item::Text => Step::Met(Met::Returns("str")),
                Item::Dict => Step::Met(Met::Returns("dict")),
                Item::List => Step::Met(Met::Returns("list")),
                Item::Set | Item::Other => Step::Unsure,
            },
            b'0' => {
                // Without an item it takes a mark away.
                if self
                    .levels
                    .last()
                    .is_some_and(|l| l.marked && l.items.is_empty())
                {
                    self.pop_mark()?;
                } else {
                    self.pop()?;
                }
                Step::On
            }
            b'1' => {
                self.pop_mark()?;
                Step::On
            }
            b'2' => {
                let top = self.top()?;
                self.push(top)
            }
            b'(' => {
                self.levels.push(Level {
                    items: Vec::new(),
                    marked: true,
                });
                Step::On
            }
            b'N' | b')' | 0x88 | 0x89 => self.push(Item::Other),
            b']' => self.push(Item::List),
            b'}' => self.push(Item::Dict),
            0x8f => self.push(Item::Set),
            b'K' => self.number(1),
            b'M' => self.number(2),
            b'J' => self.number(4),
            b'G' => self.number(8),
            // What is remembered under a number matters only to who asks for it.
            b'q' => {
                self.top()?;
                self.skip(1)
            }
            b'r' => {
                self.top()?;
                self.skip(4)
            }
            0x94 => {
                self.top()?;
                Step::On
            }
            b'l' => {
                self.pop_mark()?;
                self.push(Item::List)
            }
            b't' => {
                self.pop_mark()?;
                self.push(Item::Other)
            }
            b'd' => {
                let items = self.pop_mark()?;
                pairs(&items)?;
                self.push(Item::Dict)
            }
            b'u' => {
                let items = self.pop_mark()?;
                if self.top()? != Item::Dict {
                    return Err(Step::Unsure);
                }
                pairs(&items)?;
                Step::On
            }
            b'e' => {
                self.pop_mark()?;
                appended(self.top()?)
            }
            b'a' => {
                self.pop()?;
                appended(self.top()?)
            }
            0x90 => {
                self.pop_mark()?;
                match self.top()? {
                    Item::Set | Item::Other => Step::Unsure,
                    other => lacks(other, "add"),
                }
            }
            0x85..=0x87 => {
                // The others end with an exception of their own when too few items stand here.
                for _ in 0x85..=opcode {
                    self.pop().map_err(|_| Step::Unsure)?;
                }
                self.push(Item::Other)
            }
            0x92 => {
                for _ in 0..3 {
                    self.pop()?;
                }
                Step::Unsure
            }
            b'Q' => {
                self.pop()?;
                raises("UnpicklingError", "unsupported persistent id encountered")
            }
            0x97 => raises(
                "UnpicklingError",
                "pickle stream refers to out-of-band data but no *buffers* argument was given",
            ),
            0x93 => match (self.pop()?, self.pop()?) {
                (Item::Text | Item::Other, _) | (_, Item::Other) => Step::Unsure,
                _ => raises("UnpicklingError", "STACK_GLOBAL requires str"),
            },
            0x80 => {
                let protocol = self.take(1).ok_or(Step::Unsure)?[0];
                let newest = if self.since(8) { 5 } else { 4 };
                if protocol > newest {
                    raises(
                        "ValueError",
                        format!("unsupported pickle protocol: {protocol}"),
                    )
                } else {
                    Step::On
                }
            }
            b'U' | 0x8c | b'C' => self.short(opcode),
            0x8d | 0x8e | 0x96 => self.long(),
            _ => Step::Unsure,
        };
        Ok(step)
    }

    fn skip(&mut self, count: usize) -> Step {
        self.take(count).map_or(Step::Unsure, |_| Step::On)
    }

    fn number(&mut self, count: usize) -> Step {
        match self.skip(count) {
            Step::On => self.push(Item::Other),
            step => step,
        }
    }

    /// A text or bytes of up to 255 bytes.
    fn short(&mut self, opcode: u8) -> Step {
        let Some(length) = self.take(1).map(|taken| usize::from(taken[0])) else {
            return Step::Unsure;
        };
        let here = &self.rest[..length.min(self.rest.len())];
        // What joblib makes of a text that cannot be decoded.
        let undecodable = || {
            raises(
                "ValueError",
                "You may be trying to read with python 3 a joblib pickle generated with python 2. \
                 This feature is not supported by joblib.",
            )
        };
        if opcode == b'U' && !here.is_ascii() {
            return undecodable();
        }
        if length > self.rest.len() {
            return Step::Unsure;
        }
        if opcode == 0x8c && std::str::from_utf8(here).is_err() {
            // Lone surrogates are let through; nobody looks for them here.
            return if here.contains(&0xed) {
                Step::Unsure
            } else {
                undecodable()
            };
        }
        self.rest = &self.rest[length..];
        self.push(if opcode == b'C' {
            Item::Other
        } else {
            Item::Text
        })
    }

    /// A text or bytes with eight bytes of length.
    fn long(&mut self) -> Step {
        let length = self.take(8).and_then(|taken| taken.try_into().ok());
        match length.map(u64::from_le_bytes) {
            Some(length) if (HUGE..1 << 63).contains(&length) => raises("MemoryError", ""),
            _ => Step::Unsure,
        }
    }
}

fn raises(exception: &'static str, message: impl Into<String>) -> Step {
    Step::Met(Met::Raises(exception, message.into()))
}

fn lacks(item: Item, attribute: &str) -> Step {
    let class = match item {
        Item::Array => "numpy.ndarray",
        Item::Text => "str",
        Item::Dict => "dict",
        Item::List => "list",
        Item::Set => "set",
        Item::Other => return Step::Unsure,
    };
    let message = format!("'{class}' object has no attribute '{attribute}'");
    raises("AttributeError", message)
}

fn appended(to: Item) -> Step {
    match to {
        Item::List => Step::On,
        other => lacks(other, "append"),
    }
}

/// Keys and values by turns: keys must be texts here, others may not be hashable.
fn pairs(items: &[Item]) -> Result<(), Step> {
    if items.iter().step_by(2).any(|key| *key != Item::Text) {
        return Err(Step::Unsure);
    }
    if items.len() % 2 == 1 {
        return Err(raises("IndexError", "list index out of range"));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
