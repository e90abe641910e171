//! The walk over the members of something: comprehensions, and `reduce`.

use super::call::Arguments;
use super::machine::{Flow, Frame, Machine, Stop};
use super::statement::is_count;
use super::value::{Truth, Value};
use crate::environment::classes::tree::{ExprId, Loop};

type Evaluated = Result<Value, Stop>;

impl Machine<'_> {
    pub(super) fn comprehension(
        &mut self,
        frame: &mut Frame,
        elements: &[ExprId],
        loops: &[Loop],
    ) -> Evaluated {
        let hidden = frame.locals.clone();
        let mut members = Vec::new();
        let known = self.comprehend(frame, elements, loops, &mut members);
        // Its variables are its own.
        frame.locals = hidden;
        Ok(if known? {
            Value::sequence(members)
        } else {
            Value::Unknown
        })
    }

    /// Adds the elements; whether these are all.
    fn comprehend(
        &mut self,
        frame: &mut Frame,
        elements: &[ExprId],
        loops: &[Loop],
        out: &mut Vec<Value>,
    ) -> Result<bool, Stop> {
        let Some((first, rest)) = loops.split_first() else {
            let mut last = Value::Unknown;
            for element in elements {
                last = self.eval(frame, *element)?;
            }
            out.push(last);
            return Ok(true);
        };
        let walked = self.eval(frame, first.iter)?;
        let Some(members) = self.members(&walked) else {
            // Of something that is counted there is at least one.
            if first.conditions.is_empty() && is_count(frame, first.iter) {
                self.assign(frame, first.target, &Value::Unknown)?;
                self.comprehend(frame, elements, rest, out)?;
                return Ok(false);
            }
            self.perhaps(frame, |machine, frame| {
                machine.assign(frame, first.target, &Value::Unknown)?;
                for condition in &first.conditions {
                    machine.eval(frame, *condition)?;
                }
                machine.comprehend(frame, elements, rest, &mut Vec::new())?;
                Ok(Flow::Next)
            })?;
            return Ok(false);
        };
        let mut known = true;
        let count = members.len();
        let distinct = self.distinct(members);
        known &= distinct.len() == count;
        'members: for member in distinct {
            self.assign(frame, first.target, &member)?;
            let mut sure = true;
            for condition in &first.conditions {
                let value = self.eval(frame, *condition)?;
                match self.truth(&value) {
                    Truth::Yes => {}
                    Truth::No => continue 'members,
                    Truth::Unknown => sure = false,
                }
            }
            if sure {
                known &= self.comprehend(frame, elements, rest, out)?;
            } else {
                known = false;
                self.perhaps(frame, |machine, frame| {
                    machine.comprehend(frame, elements, rest, &mut Vec::new())?;
                    Ok(Flow::Next)
                })?;
            }
        }
        Ok(known)
    }

    /// `functools.reduce(function, members)`: compiled, but scikit-learn finds methods with it.
    pub(super) fn reduced(&mut self, frame: &Frame, arguments: &Arguments, line: u32) -> Evaluated {
        let [function, members, first @ ..] = arguments.positional.as_slice() else {
            return Ok(Value::Unknown);
        };
        let Some(members) = self.members(members) else {
            return Ok(Value::Unknown);
        };
        let mut all = first.iter().cloned().chain(members);
        let Some(mut value) = all.next() else {
            return Ok(Value::Unknown);
        };
        for member in all {
            let pair = Arguments {
                positional: vec![value, member],
                ..Arguments::default()
            };
            value = self.called(frame, function, pair, line)?;
        }
        Ok(value)
    }
}
