//! The pickle machine: runs the opcodes of one stream and records what they would build and call.
//!
//! Stack, marks and memo follow the reference unpickler, `_pickle.c`, so that the names that reach
//! the graph are the ones Python would import. Nothing is imported or called here.
//! Opcodes: <https://github.com/python/cpython/blob/main/Lib/pickletools.py>

mod arguments;
mod memo;
mod place;
mod stack;

use memo::Memo;

use super::error::{Error, ErrorKind};
use super::reader::{Hook, Reader};
use super::{Construction, Data, Few, Global, Node, NodeId, Object, escape, number};

/// Whether a byte is a pickle opcode of any protocol.
pub fn is_opcode(byte: u8) -> bool {
    const TEXT: &[u8] = b"().012BCFGIJKLMNPQRSTUVX]abcdeghijlopqrstu}";
    TEXT.contains(&byte) || (0x80..=0x98).contains(&byte)
}

pub(super) struct Machine<'a> {
    reader: &'a mut Reader,
    hook: &'a mut dyn Hook,
    stack: Vec<NodeId>,
    marks: Vec<u32>,
    memo: Memo,
    protocol: u8,
    none: Option<NodeId>,
    /// Memory of the memo and the stack that was counted.
    counted: u64,
    /// Out-of-band buffers asked for so far.
    buffers: u32,
    /// Where the opcode at work starts.
    offset: u64,
}

impl<'a> Machine<'a> {
    pub(super) fn new(reader: &'a mut Reader, hook: &'a mut dyn Hook) -> Machine<'a> {
        Machine {
            offset: reader.stream.position(),
            reader,
            hook,
            stack: Vec::with_capacity(128),
            marks: Vec::with_capacity(16),
            memo: Memo::default(),
            protocol: 0,
            none: None,
            counted: 0,
            buffers: 0,
        }
    }

    /// Runs to `STOP`: the top-level object and the protocol.
    pub(super) fn run(mut self) -> Result<(NodeId, u8), Error> {
        loop {
            self.offset = self.reader.stream.position();
            self.reader.count_opcode()?;
            let opcode = match self.reader.stream.byte() {
                Ok(Some(opcode)) => opcode,
                Ok(None) => {
                    let what = "the pickle: no STOP before the end".to_owned();
                    return Err(self.placed(self.fail(ErrorKind::Truncated(what))));
                }
                Err(error) => return Err(self.reader.io(error, "the pickle")),
            };
            if opcode == b'.' {
                let root = self.pop("STOP")?;
                self.reader.refund(self.counted);
                return Ok((root, self.protocol));
            }
            if let Err(error) = self.step(opcode) {
                return Err(self.placed(error));
            }
        }
    }

    fn step(&mut self, opcode: u8) -> Result<(), Error> {
        if matches!(
            opcode,
            b'K' | b'M' | b'J' | b'q' | b'h' | b']' | b'}' | b')' | b'X' | b'U'
        ) {
            self.protocol = self.protocol.max(1);
        }
        match opcode {
            0x80 => self.protocol(),
            0x95 => self.frame(),
            // Constants and numbers.
            b'N' => {
                let none = match self.none {
                    Some(none) => none,
                    None => self.reader.push(Node::None, self.offset)?,
                };
                self.none = Some(none);
                self.stack.push(none);
                self.check_depth()
            }
            0x88 => self.make(Node::Bool(true)),
            0x89 => self.make(Node::Bool(false)),
            b'I' => {
                let line = self.line("INT")?;
                match line.as_slice() {
                    b"00" => self.make(Node::Bool(false)),
                    b"01" => self.make(Node::Bool(true)),
                    digits => self.decimal("INT", digits),
                }
            }
            b'L' => {
                let line = self.line("LONG")?;
                self.decimal("LONG", line.strip_suffix(b"L").unwrap_or(&line))
            }
            b'K' => {
                let [value] = self.fixed("BININT1")?;
                self.make(Node::Int(value.into()))
            }
            b'M' => {
                let value = u16::from_le_bytes(self.fixed("BININT2")?);
                self.make(Node::Int(value.into()))
            }
            b'J' => {
                let value = i32::from_le_bytes(self.fixed("BININT")?);
                self.make(Node::Int(value.into()))
            }
            0x8a => {
                let [len] = self.fixed("LONG1")?;
                self.long(u64::from(len))
            }
            0x8b => {
                let len = i32::from_le_bytes(self.fixed("LONG4")?);
                match u64::try_from(len) {
                    Ok(len) => self.long(len),
                    Err(_) => Err(self.argument("LONG4", "a negative length")),
                }
            }
            b'F' => {
                let line = self.line("FLOAT")?;
                match number::float(&line) {
                    Some(value) => self.make(Node::Float(value)),
                    None => Err(self.bad_line("FLOAT", &line)),
                }
            }
            b'G' => {
                let value = f64::from_be_bytes(self.fixed("BINFLOAT")?);
                self.make(Node::Float(value))
            }
            // Text and bytes.
            b'S' => {
                let line = self.line("STRING")?;
                match escape::literal(&line) {
                    Some(bytes) => {
                        let data = self.keep_line(bytes, &line);
                        self.make(Node::RawStr(data))
                    }
                    None => Err(self.bad_line("STRING", &line)),
                }
            }
            b'V' => {
                let line = self.line("UNICODE")?;
                match escape::raw_unicode(&line) {
                    Some(text) => {
                        let data = self.keep_line(text, &line);
                        self.make(Node::Str(data))
                    }
                    None => Err(self.bad_line("UNICODE", &line)),
                }
            }
            b'U' | b'T' => {
                let len = self.length(opcode == b'U', "BINSTRING")?;
                let data = self.reader.data(len, "an 8-bit string")?;
                self.make(Node::RawStr(data))
            }
            0x8c | b'X' => {
                let len = self.length(opcode == 0x8c, "BINUNICODE")?;
                let data = self.reader.data(len, "a string")?;
                self.make(Node::Str(data))
            }
            0x8d => {
                let len = u64::from_le_bytes(self.fixed("BINUNICODE8")?);
                let data = self.reader.data(len, "a string")?;
                self.make(Node::Str(data))
            }
            b'C' | b'B' => {
                let len = self.length(opcode == b'C', "BINBYTES")?;
                let data = self.reader.data(len, "a byte string")?;
                self.make(Node::Bytes(data))
            }
            0x8e => {
                let len = u64::from_le_bytes(self.fixed("BINBYTES8")?);
                let data = self.reader.data(len, "a byte string")?;
                self.make(Node::Bytes(data))
            }
            0x96 => {
                let len = u64::from_le_bytes(self.fixed("BYTEARRAY8")?);
                let data = self.reader.data(len, "a bytearray")?;
                self.make(Node::ByteArray(data))
            }
            0x97 => self.buffer(),
            0x98 => self.top("READONLY_BUFFER").map(|_| ()),
            // Containers.
            b']' => self.make(Node::List(Vec::new())),
            b'}' => self.make(Node::Dict(Vec::new())),
            0x8f => self.make(Node::Set(Vec::new())),
            b')' => self.make(Node::Tuple(Few::new())),
            0x85 => self.tuple(1),
            0x86 => self.tuple(2),
            0x87 => self.tuple(3),
            b't' => {
                let items = self.take_to_mark("TUPLE")?;
                self.make(Node::Tuple(items.into()))
            }
            b'l' => {
                let items = self.take_to_mark("LIST")?;
                self.make(Node::List(items))
            }
            b'd' => {
                let items = self.take_to_mark("DICT")?;
                let pairs = self.pairs("DICT", &items)?;
                let pairs = pairs.iter().map(|[key, value]| (*key, *value)).collect();
                self.make(Node::Dict(pairs))
            }
            0x91 => {
                let items = self.take_to_mark("FROZENSET")?;
                self.make(Node::FrozenSet(items.into()))
            }
            b'a' => {
                let mark = self.below("APPEND", 1)?;
                self.append("APPEND", mark)
            }
            b'e' => {
                let mark = self.pop_mark("APPENDS")?;
                self.append("APPENDS", mark)
            }
            0x90 => {
                let mark = self.pop_mark("ADDITEMS")?;
                self.append("ADDITEMS", mark)
            }
            b's' => {
                let mark = self.below("SETITEM", 2)?;
                self.set_items("SETITEM", mark)
            }
            b'u' => {
                let mark = self.pop_mark("SETITEMS")?;
                self.set_items("SETITEMS", mark)
            }
            // Stack and memo.
            b'(' => {
                self.marks.push(self.stack.len() as u32);
                self.check_depth()
            }
            b'0' => self.discard(),
            b'1' => self.take_to_mark("POP_MARK").map(|_| ()),
            b'2' => {
                let top = self.top("DUP")?;
                self.stack.push(top);
                self.check_depth()
            }
            b'p' => {
                let key = self.line_key("PUT")?;
                self.put("PUT", key)
            }
            b'q' => {
                let [key] = self.fixed("BINPUT")?;
                self.put("BINPUT", key.into())
            }
            b'r' => {
                let key = u32::from_le_bytes(self.fixed("LONG_BINPUT")?);
                self.put("LONG_BINPUT", key.into())
            }
            0x94 => self.put("MEMOIZE", self.memo.len),
            b'g' => {
                let key = self.line_key("GET")?;
                self.get(key)
            }
            b'h' => {
                let [key] = self.fixed("BINGET")?;
                self.get(key.into())
            }
            b'j' => {
                let key = u32::from_le_bytes(self.fixed("LONG_BINGET")?);
                self.get(key.into())
            }
            // Names, calls, states.
            b'c' => {
                let global = self.global_lines("GLOBAL")?;
                self.make(Node::Global(global))
            }
            0x93 => self.stack_global(),
            b'i' => self.inst(),
            b'o' => self.obj(),
            b'R' => {
                let args = self.pop("REDUCE")?;
                let callable = self.pop("REDUCE")?;
                self.construct(Construction::Reduce, callable, args, None)
            }
            0x81 => {
                let args = self.pop("NEWOBJ")?;
                let class = self.pop("NEWOBJ")?;
                self.construct(Construction::NewObj, class, args, None)
            }
            0x92 => {
                let kwargs = self.pop("NEWOBJ_EX")?;
                let args = self.pop("NEWOBJ_EX")?;
                let class = self.pop("NEWOBJ_EX")?;
                self.construct(Construction::NewObjEx, class, args, Some(kwargs))
            }
            b'b' => self.build(),
            0x82 => {
                let [code] = self.fixed("EXT1")?;
                self.make(Node::Extension(code.into()))
            }
            0x83 => {
                let code = u16::from_le_bytes(self.fixed("EXT2")?);
                self.make(Node::Extension(code.into()))
            }
            0x84 => {
                let code = u32::from_le_bytes(self.fixed("EXT4")?);
                self.make(Node::Extension(code))
            }
            b'P' => {
                let line = self.line("PERSID")?;
                let data = self.keep_line(line.clone(), &line);
                let inner = self.reader.push(Node::Str(data), self.offset)?;
                self.make(Node::Persistent(inner))
            }
            b'Q' => {
                let inner = self.pop("BINPERSID")?;
                self.make(Node::Persistent(inner))
            }
            other => Err(self.fail(ErrorKind::UnknownOpcode(other))),
        }
    }

    fn protocol(&mut self) -> Result<(), Error> {
        let [protocol] = self.fixed("PROTO")?;
        if protocol > 5 {
            return Err(self.fail(ErrorKind::Protocol(protocol)));
        }
        self.protocol = self.protocol.max(protocol);
        Ok(())
    }

    /// Python only prefetches the frame, so its length matters only when the file is shorter.
    fn frame(&mut self) -> Result<(), Error> {
        let len = u64::from_le_bytes(self.fixed("FRAME")?);
        if self
            .reader
            .stream
            .remaining()
            .is_some_and(|left| left < len)
        {
            return Err(self.fail(ErrorKind::Truncated("a pickle frame".into())));
        }
        Ok(())
    }

    fn buffer(&mut self) -> Result<(), Error> {
        let index = self.buffers;
        self.buffers += 1;
        self.make(Node::Buffer(index))
    }

    fn tuple(&mut self, len: usize) -> Result<(), Error> {
        let start = self.below("TUPLE", len)?;
        let items = Few::from_slice(&self.stack[start..]);
        self.stack.truncate(start);
        self.make(Node::Tuple(items))
    }

    /// Appends what stands on the stack from `start` on to the value below it.
    fn append(&mut self, opcode: &'static str, start: usize) -> Result<(), Error> {
        let target = self.target(opcode, start)?;
        let new = &self.stack[start..];
        let fresh = match self.reader.graph.node(target) {
            Node::List(items) | Node::Set(items) => items.is_empty(),
            Node::Object(object) => object.items.is_empty(),
            _ => false,
        };
        self.reader.count_links(new.len(), fresh)?;
        match self.reader.graph.node_mut(target) {
            Node::List(items) | Node::Set(items) => items.extend(new),
            Node::Object(object) => object.items.extend(new),
            _ => return Err(self.argument(opcode, "a target that holds no items")),
        }
        self.stack.truncate(start);
        Ok(())
    }

    /// Sets the keys and values on the stack from `start` on in the value below them.
    fn set_items(&mut self, opcode: &'static str, start: usize) -> Result<(), Error> {
        let new = self.pairs(opcode, &self.stack[start..])?;
        let target = self.target(opcode, start)?;
        let new = new.iter().map(|[key, value]| (*key, *value));
        let fresh = match self.reader.graph.node(target) {
            Node::Dict(pairs) => pairs.is_empty(),
            Node::Object(object) => object.pairs.is_empty(),
            _ => false,
        };
        self.reader.count_links(2 * new.len(), fresh)?;
        match self.reader.graph.node_mut(target) {
            Node::Dict(pairs) => pairs.extend(new),
            Node::Object(object) => object.pairs.extend(new),
            _ => return Err(self.argument(opcode, "a target that holds no pairs")),
        }
        self.stack.truncate(start);
        Ok(())
    }

    fn pairs<'s>(
        &self,
        opcode: &'static str,
        flat: &'s [NodeId],
    ) -> Result<&'s [[NodeId; 2]], Error> {
        let (pairs, rest) = flat.as_chunks::<2>();
        if !rest.is_empty() {
            return Err(self.argument(opcode, "an odd number of keys and values"));
        }
        Ok(pairs)
    }

    fn stack_global(&mut self) -> Result<(), Error> {
        let name = self.pop("STACK_GLOBAL")?;
        let module = self.pop("STACK_GLOBAL")?;
        let text = |node: NodeId| match self.reader.graph.node(node) {
            Node::Str(data @ Data::Kept(_)) => data
                .text()
                .map(Box::<str>::from)
                .ok_or_else(|| self.argument("STACK_GLOBAL", "a name that is not UTF-8")),
            Node::Str(Data::Skipped { len, .. }) => {
                Err(self.fail(self.reader.not_kept("a name", *len)))
            }
            _ => Err(self.argument("STACK_GLOBAL", "a module or a name that is not text")),
        };
        let (module, name) = (text(module)?, text(name)?);
        self.reader.count_kept(module.len() + name.len())?;
        self.make(Node::Global(Box::new(Global { module, name })))
    }

    fn global_lines(&mut self, opcode: &'static str) -> Result<Box<Global>, Error> {
        let module = self.line(opcode)?;
        let name = self.line(opcode)?;
        self.reader.count_kept(module.len() + name.len())?;
        match (String::from_utf8(module), String::from_utf8(name)) {
            (Ok(module), Ok(name)) => Ok(Box::new(Global {
                module: module.into(),
                name: name.into(),
            })),
            _ => Err(self.argument(opcode, "a module or a name that is not UTF-8")),
        }
    }

    fn inst(&mut self) -> Result<(), Error> {
        let global = self.global_lines("INST")?;
        let items = self.take_to_mark("INST")?;
        let class = self.reader.push(Node::Global(global), self.offset)?;
        let args = self.reader.push(Node::Tuple(items.into()), self.offset)?;
        self.construct(Construction::Inst, class, args, None)
    }

    fn obj(&mut self) -> Result<(), Error> {
        let items = self.take_to_mark("OBJ")?;
        let Some((class, args)) = items.split_first() else {
            return Err(self.fail(ErrorKind::StackUnderflow("OBJ")));
        };
        let args = self.reader.push(Node::Tuple(args.into()), self.offset)?;
        self.construct(Construction::Inst, *class, args, None)
    }

    fn construct(
        &mut self,
        how: Construction,
        callable: NodeId,
        args: NodeId,
        kwargs: Option<NodeId>,
    ) -> Result<(), Error> {
        self.make(Node::Object(Box::new(Object {
            how,
            callable,
            args,
            kwargs,
            state: Few::new(),
            items: Vec::new(),
            pairs: Vec::new(),
        })))
    }

    fn build(&mut self) -> Result<(), Error> {
        let state = self.pop("BUILD")?;
        let target = self.top("BUILD")?;
        if let Node::Object(object) = self.reader.graph.node_mut(target) {
            let fresh = object.state.is_empty();
            object.state.push(state);
            self.reader.count_links(1, fresh)?;
            if self.reader.is_outer() {
                self.reader.outermost = self.stack.first().copied();
            }
            if let Some(replacement) = self.hook.built(self.reader, target)? {
                let at = self.stack.len() - 1;
                self.stack[at] = replacement;
            }
        }
        Ok(())
    }
}
