//! ONNX graphs: the operators of `ai.onnx.ml` and the plain ones that converters of scikit-learn's
//! models write, with the meaning that ONNX Runtime gives them
//! (<https://github.com/microsoft/onnxruntime/tree/main/onnxruntime/core/providers/cpu>).
//!
//! Whatever is not understood to the last attribute is refused by its operator's name.

mod arithmetic;
mod doubt;
mod feed;
mod learned;
mod limits;
mod order;
mod proto;
mod reduce;
mod scan;
mod shape;
mod svm;
mod tensor;
mod trees;

use std::cell::Cell;
use std::collections::HashMap;

use self::proto::{Attribute, Node};
use self::tensor::{Data, Tensor};
use super::estimator::Context;
use super::stop::Stop;
use crate::trial::{Output, Sample};

/// What a refusal of a file calls it.
const WHAT: &str = "the ONNX model";
/// Work that a byte of a file and an element of a result cost: both take as much memory.
const BYTE: usize = 8;
/// Operators, and initial tensors, of one graph.
const MOST_NODES: usize = 100_000;

/// A value that flows along an edge.
#[derive(Clone)]
enum Value {
    Tensor(Tensor),
    /// A map for each row: the titles and the table of what they hold.
    Maps(Vec<String>, Tensor),
}

/// Evaluates a model file: its outputs, and what is to be said of their exactness.
pub fn file(
    context: &Context,
    bytes: &[u8],
    sample: &Sample,
) -> Result<(Vec<Output>, Vec<String>), Stop> {
    context.charge(bytes.len().saturating_mul(BYTE), WHAT)?;
    let model = proto::model(bytes)?;
    let mut scope = Scope::default();
    for (name, tensor) in &model.graph.initializers {
        scope.set(name, Value::Tensor(tensor.clone()), 0.0);
    }
    let wanted: Vec<_> = model
        .graph
        .inputs
        .iter()
        .filter(|port| scope.value(&port.name).is_none())
        .collect();
    for (name, tensor) in feed::inputs(context, &wanted, sample)? {
        scope.set(&name, Value::Tensor(tensor), 0.0);
    }
    let version = |domain: &str| {
        let found = model.opsets.iter().filter(|(name, _)| name == domain);
        found.map(|(_, version)| *version).max()
    };
    let plain = version("").or(version("ai.onnx")).unwrap_or(1);
    run(context, &model.graph.nodes, &mut scope, plain)?;
    let mut outputs = Vec::new();
    let mut warnings = Vec::new();
    for name in &model.graph.outputs {
        let value = scope.value(name);
        let output = feed::output(name, value)?;
        if let Some(Value::Tensor(tensor) | Value::Maps(_, tensor)) = value {
            warnings.extend(doubt::warning(&output.method, tensor, scope.doubt(name)));
        }
        outputs.push(output);
    }
    Ok((outputs, warnings))
}

/// What is known by name in a graph, and in those around it.
#[derive(Default)]
struct Scope<'o> {
    /// Each value, and how far the runtime's elements may be from it; zero where it says nothing.
    known: HashMap<String, (Value, f64)>,
    outer: Option<&'o Scope<'o>>,
}

impl<'o> Scope<'o> {
    fn inside(outer: &'o Scope<'o>) -> Scope<'o> {
        Scope {
            known: HashMap::new(),
            outer: Some(outer),
        }
    }

    fn found(&self, name: &str) -> Option<&(Value, f64)> {
        let here = self.known.get(name);
        here.or_else(|| self.outer.and_then(|outer| outer.found(name)))
    }

    fn value(&self, name: &str) -> Option<&Value> {
        self.found(name).map(|(value, _)| value)
    }

    fn doubt(&self, name: &str) -> f64 {
        self.found(name).map_or(0.0, |(_, doubt)| *doubt)
    }

    /// Takes a value of this graph itself.
    fn take(&mut self, name: &str) -> Option<(Value, f64)> {
        self.known.remove(name)
    }

    /// Sets a value; a doubt only means something for floats.
    fn set(&mut self, name: &str, value: Value, doubt: f64) {
        let floats = matches!(&value, Value::Tensor(tensor) | Value::Maps(_, tensor)
            if matches!(tensor.data, Data::F32(_) | Data::F64(_)));
        let doubt = if floats { doubt } else { 0.0 };
        self.known.insert(name.to_owned(), (value, doubt));
    }
}

/// Runs the operators of a graph, which stand in an order that they can be run in.
fn run(context: &Context, nodes: &[Node], scope: &mut Scope, version: i64) -> Result<(), Stop> {
    for node in nodes {
        let step = Step {
            context,
            node,
            scope,
            version,
            bound: Cell::new(0.0),
        };
        let made = step.run()?;
        step.decided()?;
        let doubt = step.doubt(&made)?;
        for (name, value) in node.outputs.iter().zip(made) {
            if !name.is_empty() {
                scope.set(name, value, doubt);
            }
        }
    }
    Ok(())
}

/// One operator at work.
struct Step<'a, 'g> {
    context: &'a Context<'g>,
    node: &'a Node,
    scope: &'a Scope<'a>,
    /// The version of the plain operator set.
    version: i64,
    /// The bound on what it made, of operators that find it while they work.
    bound: Cell<f64>,
}

impl Step<'_, '_> {
    fn refused(&self, reason: impl AsRef<str>) -> Stop {
        Stop::refused(
            &format!("the operator {}", self.node.operator),
            reason.as_ref(),
        )
    }

    fn broken(&self) -> Stop {
        self.refused("its inputs do not fit it")
    }

    /// Pays for a result of so many elements before it is made.
    fn pay(&self, shape: &[usize]) -> Result<(), Stop> {
        let elements = tensor::size(shape).unwrap_or(usize::MAX);
        self.context.charge(elements.saturating_mul(BYTE), WHAT)
    }

    fn make(&self, shape: Vec<usize>, data: Data) -> Result<Tensor, Stop> {
        Tensor::new(shape, data).ok_or_else(|| self.broken())
    }

    /// The input at a place, when it is given.
    fn optional(&self, place: usize) -> Result<Option<&Tensor>, Stop> {
        match self.node.inputs.get(place) {
            None => Ok(None),
            Some(name) if name.is_empty() => Ok(None),
            Some(name) => match self.scope.value(name) {
                Some(Value::Tensor(tensor)) => Ok(Some(tensor)),
                Some(Value::Maps(..)) => Err(self.refused("it takes a map")),
                None => Err(self.refused("it stands before what it needs")),
            },
        }
    }

    fn input(&self, place: usize) -> Result<&Tensor, Stop> {
        self.optional(place)?.ok_or_else(|| self.broken())
    }

    fn attribute(&self, name: &str) -> Option<&Attribute> {
        let found = self.node.attributes.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value)
    }

    /// Refuses attributes that are not in `known`.
    fn only(&self, known: &[&str]) -> Result<(), Stop> {
        let unknown = self
            .node
            .attributes
            .iter()
            .find(|(key, _)| !known.contains(&key.as_str()));
        match unknown {
            Some((key, _)) => {
                Err(self.refused(format!("it has an attribute nobody expects, `{key}`")))
            }
            None => Ok(()),
        }
    }

    fn int(&self, name: &str, default: i64) -> Result<i64, Stop> {
        match self.attribute(name) {
            None => Ok(default),
            Some(Attribute::Int(number)) => Ok(*number),
            Some(_) => Err(self.broken()),
        }
    }

    fn float(&self, name: &str, default: f32) -> Result<f32, Stop> {
        match self.attribute(name) {
            None => Ok(default),
            Some(Attribute::Float(number)) => Ok(*number),
            Some(_) => Err(self.broken()),
        }
    }

    fn word(&self, name: &str, default: &str) -> Result<String, Stop> {
        match self.attribute(name) {
            None => Ok(default.to_owned()),
            Some(Attribute::Text(word)) => Ok(word.clone()),
            Some(_) => Err(self.broken()),
        }
    }

    fn floats(&self, name: &str) -> Result<&[f32], Stop> {
        match self.attribute(name) {
            None => Ok(&[]),
            Some(Attribute::Floats(numbers)) => Ok(numbers),
            Some(_) => Err(self.broken()),
        }
    }

    fn ints(&self, name: &str) -> Result<&[i64], Stop> {
        match self.attribute(name) {
            None => Ok(&[]),
            Some(Attribute::Ints(numbers)) => Ok(numbers),
            Some(_) => Err(self.broken()),
        }
    }

    fn words(&self, name: &str) -> Result<&[String], Stop> {
        match self.attribute(name) {
            None => Ok(&[]),
            Some(Attribute::Texts(words)) => Ok(words),
            Some(_) => Err(self.broken()),
        }
    }

    /// What the operator makes, one value for each output.
    fn run(&self) -> Result<Vec<Value>, Stop> {
        let made = match self.node.domain.as_str() {
            "ai.onnx.ml" if self.node.operator == "ZipMap" => return Ok(vec![self.zip_map()?]),
            "ai.onnx.ml" => self.learned()?,
            "" | "ai.onnx" if self.node.operator == "Scan" => return self.scan(),
            "" | "ai.onnx" => match self.arithmetic()? {
                Some(made) => vec![made],
                None => self.shaped()?,
            },
            domain => {
                return Err(self.refused(format!("its domain {domain} is not one that is known")));
            }
        };
        Ok(made.into_iter().map(Value::Tensor).collect())
    }
}

#[cfg(test)]
#[path = "operator_tests.rs"]
mod tests;
