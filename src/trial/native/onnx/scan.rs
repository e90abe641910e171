//! `Scan`: a graph inside the graph, run for one slice of its inputs after the other
//! (<https://onnx.ai/onnx/operators/onnx__Scan.html>), as converters compute distances to training rows.
//!
//! Only along the first axis and forwards. What the body makes of a slice carries its doubt out.

use super::proto::Attribute;
use super::tensor::{Data, Tensor};
use super::{Scope, Step, Value, WHAT, run};
use crate::trial::native::stop::Stop;

/// What one operator of the body costs each time, besides its numbers.
const OPERATOR: usize = 200;

impl Step<'_, '_> {
    pub(super) fn scan(&self) -> Result<Vec<Value>, Stop> {
        self.only(&["body", "num_scan_inputs"])?;
        if self.version < 9 {
            return Err(self.refused("before version 9 it means something else"));
        }
        let Some(Attribute::Graph(body)) = self.attribute("body") else {
            return Err(self.broken());
        };
        let count = self.node.inputs.len();
        let scanned = usize::try_from(self.int("num_scan_inputs", 0)?).ok();
        let states = scanned.and_then(|scanned| count.checked_sub(scanned));
        let states = states.ok_or_else(|| self.broken())?;
        let fits = body.inputs.len() == count
            && body.outputs.len() == self.node.outputs.len()
            && body.outputs.len() >= states
            && states < count;
        if !fits {
            return Err(self.broken());
        }
        let mut rounds = None;
        for place in states..count {
            let side = self.input(place)?.shape.first().copied();
            let side = side.filter(|side| *side > 0 && rounds.is_none_or(|rounds| rounds == *side));
            rounds = Some(side.ok_or_else(|| self.broken())?);
        }
        let rounds = rounds.ok_or_else(|| self.broken())?;
        let mut held = Vec::new();
        for place in 0..states {
            self.pay(&self.input(place)?.shape)?;
            held.push((self.input(place)?.clone(), self.doubt_of(place)));
        }
        // What each output of the body came to, and the largest doubt of any round.
        let mut stacks: Vec<Option<(Tensor, f64)>> = vec![None; body.outputs.len() - states];
        for round in 0..rounds {
            let cost = body.nodes.len().saturating_mul(OPERATOR);
            self.context.charge(cost, WHAT)?;
            let mut scope = Scope::inside(self.scope);
            for (name, tensor) in &body.initializers {
                self.pay(&tensor.shape)?;
                scope.set(name, Value::Tensor(tensor.clone()), 0.0);
            }
            for (place, port) in body.inputs.iter().enumerate() {
                let (tensor, doubt) = if place < states {
                    let (tensor, doubt) = &held[place];
                    self.pay(&tensor.shape)?;
                    (tensor.clone(), *doubt)
                } else {
                    (
                        self.slice_of(self.input(place)?, round)?,
                        self.doubt_of(place),
                    )
                };
                scope.set(&port.name, Value::Tensor(tensor), doubt);
            }
            run(self.context, &body.nodes, &mut scope, self.version)?;
            for (place, name) in body.outputs.iter().enumerate() {
                let Some((Value::Tensor(tensor), doubt)) = scope.take(name) else {
                    return Err(self.refused("nothing makes one of its outputs"));
                };
                if place < states {
                    if tensor.shape != held[place].0.shape {
                        return Err(self.broken());
                    }
                    held[place] = (tensor, doubt);
                    continue;
                }
                let stack = &mut stacks[place - states];
                match stack {
                    None => {
                        let mut shape = tensor.shape.clone();
                        shape.insert(0, rounds);
                        self.pay(&shape)?;
                        *stack = Some((tensor, doubt));
                    }
                    Some((whole, most)) => {
                        if !whole.grow(tensor, round) {
                            return Err(self.broken());
                        }
                        *most = most.max(doubt);
                    }
                }
            }
        }
        let mut doubts: Vec<f64> = held.iter().map(|(_, doubt)| *doubt).collect();
        let mut made: Vec<Value> = held
            .into_iter()
            .map(|(tensor, _)| Value::Tensor(tensor))
            .collect();
        for stack in stacks {
            let (mut whole, doubt) = stack.ok_or_else(|| self.broken())?;
            if rounds == 1 {
                whole.shape.insert(0, 1);
            }
            doubts.push(doubt);
            made.push(Value::Tensor(whole));
        }
        // One bound for all outputs.
        self.bound.set(doubts.into_iter().fold(0.0, f64::max));
        Ok(made)
    }

    /// One place of the first axis, which falls away.
    fn slice_of(&self, input: &Tensor, place: usize) -> Result<Tensor, Stop> {
        let shape = input.shape[1..].to_vec();
        self.pay(&shape)?;
        let made = input.along(0, &[place]);
        self.make(shape, made.data)
    }
}

impl Tensor {
    /// Stacks `next` behind what `rounds` tensors of its shape were stacked to: the first of them has
    /// no axis for it yet. `false` when it does not fit.
    fn grow(&mut self, next: Tensor, rounds: usize) -> bool {
        if rounds == 1 {
            if self.shape != next.shape {
                return false;
            }
            self.shape.insert(0, 1);
        }
        if self.shape[1..] != next.shape[..] {
            return false;
        }
        match (&mut self.data, next.data) {
            (Data::F32(all), Data::F32(more)) => all.extend(more),
            (Data::F64(all), Data::F64(more)) => all.extend(more),
            (Data::I64(all), Data::I64(more)) => all.extend(more),
            (Data::I32(all), Data::I32(more)) => all.extend(more),
            (Data::Bool(all), Data::Bool(more)) => all.extend(more),
            (Data::Text(all), Data::Text(more)) => all.extend(more),
            _ => return false,
        }
        self.shape[0] += 1;
        true
    }
}
