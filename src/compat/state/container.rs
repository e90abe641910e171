//! What constants and containers hold: members, items, slices, sums.

use super::machine::{Frame, Holder, Machine, Raised, Slot, Stop};
use super::value::Value;
use crate::environment::classes::tree::{Expr, ExprId, Sign};
use crate::pickle::{ArrayData, Node, NodeId};

/// Most members of a container that are walked one by one.
pub(super) const MEMBERS: usize = 512;

impl Machine<'_> {
    pub(super) fn arithmetic(left: &Value, sign: Sign, right: &Value) -> Value {
        match (left, sign, right) {
            (Value::Int(a), Sign::Plus, Value::Int(b)) => {
                a.checked_add(*b).map_or(Value::Unknown, Value::Int)
            }
            (Value::Int(a), Sign::Minus, Value::Int(b)) => {
                a.checked_sub(*b).map_or(Value::Unknown, Value::Int)
            }
            (Value::Str(a), Sign::Plus, Value::Str(b)) if a.len() + b.len() < 4096 => {
                Value::str(&format!("{a}{b}"))
            }
            (Value::Sequence(a), Sign::Plus, Value::Sequence(b))
                if a.len() + b.len() <= MEMBERS =>
            {
                Value::sequence(a.iter().chain(b.iter()).cloned().collect())
            }
            // `"%(name)s …" % {"name": …}`
            (Value::Str(text), Sign::Modulo, Value::Keywords(pairs)) => {
                let mut text = text.to_string();
                for (key, value) in pairs.iter() {
                    if let Value::Str(value) = value {
                        text = text.replace(&format!("%({key})s"), value);
                    }
                }
                if text.contains('%') || text.len() > 4096 {
                    return Value::Unknown;
                }
                Value::str(&text)
            }
            _ => Value::Unknown,
        }
    }

    /// The members of a container, when they are known and not too many.
    pub(super) fn members(&mut self, value: &Value) -> Option<Vec<Value>> {
        match value {
            Value::Sequence(members) => Some(members.to_vec()),
            Value::Keywords(pairs) => Some(pairs.iter().map(|(key, _)| Value::str(key)).collect()),
            Value::Node(id) => {
                let ids: Vec<_> = match self.graph.node(*id) {
                    Node::List(items) | Node::Set(items) => items.clone(),
                    Node::Tuple(items) | Node::FrozenSet(items) => items.to_vec(),
                    Node::Dict(pairs) => pairs.iter().map(|(key, _)| *key).collect(),
                    _ => return None,
                };
                if ids.len() > MEMBERS {
                    return None;
                }
                Some(ids.into_iter().map(|id| self.of_node(id)).collect())
            }
            Value::Vars(object) if !self.open.contains(object) => {
                let mut names: Vec<Box<str>> = self.state(*object).keys().cloned().collect();
                for (owner, name) in self.heap.keys() {
                    if *owner == Holder::File(*object) && !names.contains(name) {
                        names.push(name.clone());
                    }
                }
                names.sort_unstable();
                let heap = &self.heap;
                let there = names.into_iter().filter(|name| {
                    !matches!(
                        heap.get(&(Holder::File(*object), name.clone())),
                        Some(Slot::Deleted | Slot::Perhaps)
                    )
                });
                Some(there.map(|name| Value::str(&name)).collect())
            }
            _ => None,
        }
    }

    pub(super) fn item(&mut self, held: &Value, index: &Value) -> Value {
        match (held, index) {
            (Value::Keywords(pairs), Value::Str(key)) => {
                let found = pairs.iter().rev().find(|(name, _)| **name == **key);
                found.map_or(Value::Unknown, |(_, value)| value.clone())
            }
            (Value::Node(id), Value::Str(key)) => match self.graph.get(*id, key) {
                Some(value) => self.of_node(value),
                None => Value::Unknown,
            },
            (Value::State(object) | Value::Vars(object), Value::Str(name)) => {
                match self.state(*object).get(&**name) {
                    Some(value) => self.of_node(*value),
                    None => Value::Unknown,
                }
            }
            // `estimators_[0, 0]`: a table of objects.
            (Value::Node(id), Value::Sequence(places)) => self
                .cell(*id, places)
                .map_or(Value::Unknown, |cell| self.of_node(cell)),
            (Value::Sequence(_) | Value::Node(_), Value::Int(at)) => {
                if let Value::Node(id) = held
                    && matches!(self.graph.node(*id), Node::Dict(_))
                {
                    return Value::Unknown;
                }
                let Some(members) = self.members(held) else {
                    return Value::Unknown;
                };
                let at = if *at < 0 {
                    *at + members.len() as i64
                } else {
                    *at
                };
                let at = usize::try_from(at).ok();
                at.and_then(|at| members.get(at).cloned())
                    .unwrap_or(Value::Unknown)
            }
            _ => Value::Unknown,
        }
    }

    /// The object in one cell of an array of objects.
    fn cell(&self, array: NodeId, places: &[Value]) -> Option<NodeId> {
        let view = crate::pickle::view(self.graph, array)?;
        let ArrayData::Nodes(cells) = &view.data else {
            return None;
        };
        if view.shape.len() != places.len() {
            return None;
        }
        let mut at = 0;
        for (size, place) in view.shape.iter().zip(places) {
            let Value::Int(place) = place else {
                return None;
            };
            let place = usize::try_from(*place).ok().filter(|place| place < size)?;
            at = at * size + place;
        }
        cells.get(at).copied()
    }

    /// `a, b = state` where another release saved more or less than two. Only what the file holds is
    /// counted: the walk may know too little of what the code made.
    pub(super) fn unpacked(
        &mut self,
        frame: &Frame,
        targets: &[ExprId],
        value: &Value,
    ) -> Result<(), Stop> {
        let exprs = &frame.source.code.exprs;
        let starred = |target: &ExprId| matches!(exprs[*target as usize], Expr::Starred(_));
        let held = match value {
            Value::State(object) => match self.graph.node(*object) {
                Node::Object(made) => match made.state.as_slice() {
                    [state] => *state,
                    _ => return Ok(()),
                },
                _ => return Ok(()),
            },
            Value::Node(id) => *id,
            _ => return Ok(()),
        };
        let count = match self.graph.node(held) {
            Node::Tuple(items) => items.len(),
            // Lists and dicts may have been changed by the code since they were loaded.
            Node::Dict(pairs) if matches!(value, Value::State(_)) => pairs.len(),
            _ => return Ok(()),
        };
        let wanted = targets.len();
        if count == wanted || targets.iter().any(starred) {
            return Ok(());
        }
        let message = if count > wanted {
            format!("too many values to unpack (expected {wanted})")
        } else {
            format!("not enough values to unpack (expected {wanted}, got {count})")
        };
        let line = targets
            .iter()
            .find_map(|target| match &exprs[*target as usize] {
                Expr::Attribute { line, .. } => Some(*line),
                _ => None,
            });
        Err(Stop::Raised(Raised {
            by: self.calls.iter().rev().find_map(|(_, _, owner)| *owner),
            place: Some((frame.source.file.clone(), line.unwrap_or(0))),
            ..Raised::said("ValueError", message)
        }))
    }

    /// `itertools.islice`: compiled, but it decides what is walked.
    pub(super) fn islice(&mut self, args: &[Value]) -> Value {
        match args {
            [list, to] => self.slice(list, &[None, Some(to.clone())]),
            [list, from, to] => self.slice(list, &[Some(from.clone()), Some(to.clone())]),
            _ => Value::Unknown,
        }
    }

    /// `itertools.chain`.
    pub(super) fn chained(&mut self, args: &[Value]) -> Value {
        let mut all = Vec::new();
        for list in args {
            match self.members(list) {
                Some(members) => all.extend(members),
                None => return Value::Unknown,
            }
        }
        Value::sequence(all)
    }

    pub(super) fn slice(&mut self, held: &Value, bounds: &[Option<Value>; 2]) -> Value {
        let is_list = match held {
            Value::Sequence(_) => true,
            Value::Node(id) => matches!(self.graph.node(*id), Node::List(_) | Node::Tuple(_)),
            _ => false,
        };
        let Some(members) = self.members(held).filter(|_| is_list) else {
            return Value::Unknown;
        };
        let len = members.len() as i64;
        let mut ends = [0, len];
        for (end, bound) in ends.iter_mut().zip(bounds) {
            match bound {
                None | Some(Value::None) => {}
                Some(Value::Int(at)) if *at < 0 => *end = (at + len).max(0),
                Some(Value::Int(at)) => *end = (*at).min(len),
                // A share of the work, as each of several jobs gets one: all jobs together do all.
                Some(Value::Unknown) if self.of_the_file(held, 0) => {}
                Some(_) => return Value::Unknown,
            }
        }
        if ends[0] >= ends[1] {
            return Value::sequence(Vec::new());
        }
        Value::sequence(members[ends[0] as usize..ends[1] as usize].to_vec())
    }
}
