//! The walk through expressions.

use std::borrow::Cow;
use std::rc::Rc;

use super::call::Arguments;
use super::container::MEMBERS;
use super::machine::{Flow, Frame, Machine, Stop};
use super::statement::last_name;
use super::value::{Callable, Truth, Value};
use crate::environment::classes::Resolved;
use crate::environment::classes::tree::{Expr, ExprId};

type Evaluated = Result<Value, Stop>;

impl Machine<'_> {
    pub(super) fn eval(&mut self, frame: &mut Frame, id: ExprId) -> Evaluated {
        self.step()?;
        self.nested += 1;
        let value = self.value(frame, id);
        self.nested -= 1;
        value
    }

    fn value(&mut self, frame: &mut Frame, id: ExprId) -> Evaluated {
        let source = frame.source.clone();
        Ok(match &source.code.exprs[id as usize] {
            Expr::None => Value::None,
            Expr::Bool(value) => Value::Bool(*value),
            Expr::Int(value) => Value::Int(*value),
            Expr::Float(value) => Value::Float(*value),
            Expr::Str(value) => Value::str(value),
            Expr::Opaque(parts) => {
                for part in parts {
                    self.eval(frame, *part)?;
                }
                Value::Unknown
            }
            Expr::Name(name) => self.named(frame, name),
            Expr::Attribute { value, attr, line } => {
                let object = self.eval(frame, *value)?;
                let attr = self.mangled(frame, attr);
                self.attribute(&source, &object, &attr, *line)?
            }
            Expr::Call {
                callee,
                args,
                keywords,
            } => return self.call_expression(frame, *callee, args, keywords),
            Expr::Not(operand) => {
                let operand = self.eval(frame, *operand)?;
                self.truth(&operand).not().value()
            }
            Expr::And(parts) => return self.chain(frame, parts, Truth::No),
            Expr::Or(parts) => return self.chain(frame, parts, Truth::Yes),
            Expr::Compare(left, rights) => {
                let mut left = self.eval(frame, *left)?;
                let mut all = Truth::Yes;
                for (operator, right) in rights {
                    let right = self.eval(frame, *right)?;
                    self.ordered(frame, &left, *operator, &right)?;
                    all = match (all, self.compare(&left, *operator, &right)) {
                        (Truth::No, _) | (_, Truth::No) => Truth::No,
                        (Truth::Yes, Truth::Yes) => Truth::Yes,
                        _ => Truth::Unknown,
                    };
                    left = right;
                }
                all.value()
            }
            Expr::Choice(test, yes, no) => {
                let test = self.eval(frame, *test)?;
                match self.truth(&test) {
                    Truth::Yes => self.eval(frame, *yes)?,
                    Truth::No => self.eval(frame, *no)?,
                    Truth::Unknown => self.either_value(frame, *yes, *no)?,
                }
            }
            Expr::Sequence(parts) => {
                let mut members = Vec::with_capacity(parts.len());
                let mut known = true;
                for part in parts {
                    if let Expr::Starred(inner) = &source.code.exprs[*part as usize] {
                        let inner = self.eval(frame, *inner)?;
                        match self.members(&inner) {
                            Some(more) => members.extend(more),
                            None => known = false,
                        }
                    } else {
                        members.push(self.eval(frame, *part)?);
                    }
                }
                if known {
                    Value::sequence(members)
                } else {
                    Value::Unknown
                }
            }
            Expr::Dict(items) => {
                let mut pairs = Vec::new();
                let mut known = true;
                for (key, value) in items {
                    let key = match key {
                        Some(key) => Some(self.eval(frame, *key)?),
                        None => None,
                    };
                    let value = self.eval(frame, *value)?;
                    match (key, value) {
                        (Some(Value::Str(key)), value) => pairs.push((Box::from(&*key), value)),
                        (None, Value::Keywords(more)) => pairs.extend(more.iter().cloned()),
                        _ => known = false,
                    }
                }
                if known {
                    Value::Keywords(Rc::new(pairs))
                } else {
                    Value::Unknown
                }
            }
            Expr::Subscript(container, index) => {
                let held = self.eval(frame, *container)?;
                if let Expr::Slice(from, to) = &source.code.exprs[*index as usize] {
                    let mut bounds = [None, None];
                    for (bound, part) in bounds.iter_mut().zip([from, to]) {
                        if let Some(part) = part {
                            *bound = Some(self.eval(frame, *part)?);
                        }
                    }
                    return Ok(self.slice(&held, &bounds));
                }
                let index = self.eval(frame, *index)?;
                self.holds_nothing(frame, *container, &held)?;
                self.item(&held, &index)
            }
            Expr::Slice(from, to) => {
                for part in [from, to].into_iter().flatten() {
                    self.eval(frame, *part)?;
                }
                Value::Unknown
            }
            Expr::Binary(left, sign, right) => {
                let left = self.eval(frame, *left)?;
                let right = self.eval(frame, *right)?;
                Self::arithmetic(&left, *sign, &right)
            }
            Expr::Comprehension(elements, loops) => {
                return self.comprehension(frame, elements, loops);
            }
            Expr::Lambda(id) => Value::Function(Rc::new(Callable {
                source: source.clone(),
                id: *id,
                closure: Some(Rc::new(frame.visible())),
                position: frame.owner.map_or(0, |(_, position)| position),
            })),
            Expr::Starred(inner) => {
                self.eval(frame, *inner)?;
                Value::Unknown
            }
            Expr::Named(name, value) => {
                let value = self.eval(frame, *value)?;
                frame.locals.insert(name.clone(), value.clone());
                value
            }
            Expr::Text(parts) => {
                let mut text = Some(String::new());
                for (quoted, part) in parts {
                    let value = self.eval(frame, *part)?;
                    text = match (text, value) {
                        (Some(text), Value::Str(value)) if *quoted => {
                            Some(text + &format!("'{value}'"))
                        }
                        (Some(text), Value::Str(value)) => Some(text + &value),
                        (Some(text), Value::Int(value)) => Some(text + &value.to_string()),
                        _ => None,
                    };
                }
                match text {
                    Some(text) if text.len() < 4096 => Value::str(&text),
                    _ => Value::Unknown,
                }
            }
            Expr::Yield(value) => {
                let value = match value {
                    Some(value) => self.eval(frame, *value)?,
                    None => Value::None,
                };
                frame.yields.push(value);
                Value::Unknown
            }
            Expr::YieldFrom(from) => {
                let from = self.eval(frame, *from)?;
                match self.members(&from) {
                    Some(members) => frame.yields.extend(members),
                    None => frame.yields_known = false,
                }
                Value::Unknown
            }
        })
    }

    /// `self.__name` inside of a class is `self._Class__name`.
    pub(super) fn mangled<'n>(&mut self, frame: &Frame, name: &'n str) -> Cow<'n, str> {
        if !name.starts_with("__") || name.ends_with("__") {
            return name.into();
        }
        let class = frame.owner.and_then(|(object, position)| {
            let lineage = self.lineage(object)?;
            let class = lineage.classes.get(position)?.class();
            // Members of classes are kept under their own names.
            (!class.members.contains_key(name)).then(|| class.name.clone())
        });
        match class {
            Some(class) => format!("_{}{name}", class.trim_start_matches('_')).into(),
            None => name.into(),
        }
    }

    fn named(&mut self, frame: &Frame, name: &str) -> Value {
        if let Some(value) = frame.locals.get(name) {
            return value.clone();
        }
        if let Some(value) = frame.closure.as_ref().and_then(|names| names.get(name)) {
            return value.clone();
        }
        let module = frame.source.name.clone();
        match self.resolve(&module, name) {
            Resolved::Unbound => Value::Builtin(name.into()),
            found => Self::resolved(found),
        }
    }

    /// What a name of a module is worth.
    pub(super) fn resolved(found: Resolved) -> Value {
        match found {
            Resolved::Function(source, id) => Value::Function(Rc::new(Callable {
                source,
                id,
                closure: None,
                position: 0,
            })),
            Resolved::Class(class) => Value::Class(class),
            Resolved::Module(module) => Value::Module((*module).into()),
            Resolved::Value(source, value) => {
                match Self::literal(&source.code.exprs, value, 0) {
                    // A place for something that is set later.
                    Value::None => Value::Unknown,
                    value => value,
                }
            }
            Resolved::Unbound | Resolved::Unknown => Value::Unknown,
        }
    }

    /// A constant, or a list of constants.
    pub(super) fn literal(exprs: &[Expr], id: ExprId, depth: u32) -> Value {
        match &exprs[id as usize] {
            Expr::None => Value::None,
            Expr::Bool(value) => Value::Bool(*value),
            Expr::Int(value) => Value::Int(*value),
            Expr::Float(value) => Value::Float(*value),
            Expr::Str(value) => Value::str(value),
            Expr::Sequence(parts) if depth < 4 && parts.len() <= MEMBERS => {
                let members = parts
                    .iter()
                    .map(|part| Self::literal(exprs, *part, depth + 1));
                Value::sequence(members.collect())
            }
            Expr::Dict(items) if depth < 4 && items.len() <= MEMBERS => {
                let mut pairs = Vec::new();
                for (key, value) in items {
                    let Some(Expr::Str(key)) = key.map(|key| &exprs[key as usize]) else {
                        return Value::Unknown;
                    };
                    pairs.push((key.clone(), Self::literal(exprs, *value, depth + 1)));
                }
                Value::Keywords(Rc::new(pairs))
            }
            _ => Value::Unknown,
        }
    }

    /// `and`, `or`: ends at the first part whose truth is `end`.
    fn chain(&mut self, frame: &mut Frame, parts: &[ExprId], end: Truth) -> Evaluated {
        let Some((first, rest)) = parts.split_first() else {
            return Ok(Value::Unknown);
        };
        let value = self.eval(frame, *first)?;
        if rest.is_empty() {
            return Ok(value);
        }
        let truth = self.truth(&value);
        if truth == end {
            return Ok(value);
        }
        if truth != Truth::Unknown {
            return self.chain(frame, rest, end);
        }
        // The rest may not be reached; but whatever ends it decides the truth of the whole.
        let mut last = Value::Unknown;
        self.perhaps(frame, |machine, frame| {
            last = machine.chain(frame, rest, end)?;
            Ok(Flow::Next)
        })?;
        Ok(match self.truth(&last) {
            truth if truth == end => end.value(),
            _ => Value::Unknown,
        })
    }

    fn either_value(&mut self, frame: &mut Frame, yes: ExprId, no: ExprId) -> Evaluated {
        let flow = self.either(
            frame,
            |machine, frame| Ok(Flow::Return(machine.eval(frame, yes)?)),
            |machine, frame| Ok(Flow::Return(machine.eval(frame, no)?)),
        )?;
        Ok(match flow {
            Flow::Return(value) => value,
            _ => Value::Unknown,
        })
    }

    fn call_expression(
        &mut self,
        frame: &mut Frame,
        callee: ExprId,
        args: &[(bool, ExprId)],
        keywords: &[(Option<Box<str>>, ExprId)],
    ) -> Evaluated {
        let source = frame.source.clone();
        let exprs = &source.code.exprs;
        let line = match &exprs[callee as usize] {
            Expr::Attribute { line, .. } => *line,
            _ => 0,
        };
        let called = self.eval(frame, callee)?;
        let mut arguments = Arguments::default();
        for (starred, arg) in args {
            let value = self.eval(frame, *arg)?;
            if *starred {
                match self.members(&value) {
                    Some(members) => arguments.positional.extend(members),
                    None => arguments.open = true,
                }
            } else {
                arguments.positional.push(value);
            }
        }
        for (name, value) in keywords {
            let value = self.eval(frame, *value)?;
            match (name, value) {
                (Some(name), value) => arguments.keywords.push((name.clone(), value)),
                (None, Value::Keywords(more)) => arguments.keywords.extend(more.iter().cloned()),
                (None, _) => arguments.open = true,
            }
        }
        // `name.append(x)` changes what the name holds.
        if let Expr::Attribute { value, attr, .. } = &exprs[callee as usize]
            && let Expr::Name(name) = &exprs[*value as usize]
            && let Some(held) = frame.locals.get(name)
        {
            let changed = match (held, &**attr, arguments.positional.as_slice()) {
                (Value::Sequence(members), "append", [one]) => {
                    let mut members = members.to_vec();
                    members.push(one.clone());
                    Some(Value::sequence(members))
                }
                (Value::Keywords(pairs), "update", [Value::Keywords(more)]) => {
                    let mut pairs = pairs.to_vec();
                    pairs.extend(more.iter().cloned());
                    Some(Value::Keywords(Rc::new(pairs)))
                }
                (
                    Value::Sequence(_) | Value::Keywords(_),
                    "append" | "extend" | "insert" | "remove" | "pop" | "clear" | "update" | "sort"
                    | "setdefault",
                    _,
                ) => Some(Value::Unknown),
                _ => None,
            };
            if let Some(changed) = changed {
                let result = self.called(frame, &called, arguments, line);
                frame.locals.insert(name.clone(), changed);
                return result;
            }
        }
        // What a table of few columns is: dense.
        if self.dense
            && let Some("issparse" | "isspmatrix" | "isspmatrix_csr" | "isspmatrix_csc") =
                last_name(frame, callee)
            && let [Value::Unknown] = arguments.positional.as_slice()
        {
            return Ok(Value::Bool(false));
        }
        // scikit-learn hands parameters of a call on only where the program turned that on:
        // https://scikit-learn.org/stable/metadata_routing.html
        if last_name(frame, callee) == Some("_routing_enabled") && args.is_empty() {
            return Ok(Value::Bool(false));
        }
        // joblib's way to say "call this later": the call is walked where it is written.
        if last_name(frame, callee) == Some("delayed")
            && let [one] = arguments.positional.as_slice()
        {
            return Ok(one.clone());
        }
        if last_name(frame, callee) == Some("getmro")
            && let [class] = arguments.positional.as_slice()
        {
            return self.attribute(&source, class, "__mro__", line);
        }
        // The constructor's parameters, by which scikit-learn's `get_params` reads the state.
        if let Some("_get_param_names") = last_name(frame, callee)
            && let Expr::Attribute { value, .. } = &exprs[callee as usize]
            && let Value::Node(object) | Value::TypeOf(object) = self.eval(frame, *value)?
        {
            return Ok(self.parameters(object));
        }
        if arguments.positional.is_empty()
            && arguments.keywords.is_empty()
            && last_name(frame, callee) == Some("OrderedDict")
        {
            return Ok(Value::Keywords(Rc::new(Vec::new())));
        }
        if last_name(frame, callee) == Some("partial")
            && let [function @ (Value::Bound(..) | Value::Function(_)), ..] =
                arguments.positional.as_slice()
        {
            let function = function.clone();
            arguments.positional.remove(0);
            return Ok(Value::Partial(Rc::new((function, arguments))));
        }
        if last_name(frame, callee) == Some("reduce") {
            return self.reduced(frame, &arguments, line);
        }
        if matches!(called, Value::Unknown) {
            return Ok(match last_name(frame, callee) {
                Some("from_iterable") => match arguments.positional.as_slice() {
                    [lists] => match self.members(lists) {
                        Some(lists) => self.chained(&lists),
                        None => Value::Unknown,
                    },
                    _ => Value::Unknown,
                },
                Some("islice") => self.islice(&arguments.positional),
                Some("chain") => self.chained(&arguments.positional),
                _ => Value::Unknown,
            });
        }
        self.called(frame, &called, arguments, line)
    }

    pub(super) fn called(
        &mut self,
        frame: &Frame,
        called: &Value,
        arguments: Arguments,
        line: u32,
    ) -> Evaluated {
        match called {
            Value::Builtin(name) => self.builtin(frame, name, &arguments),
            _ => self.call(called, arguments, line),
        }
    }
}
