//! The configuration of a Keras model: layers with their classes, inputs, and what loading would
//! import or run. Both generations are read: with modules (3) and without (1 and 2).

use serde_json::{Map, Value};

use crate::artifact::tensors::line;
use crate::artifact::{Facts, Inputs};
use crate::pickle::Global;
use crate::text;

/// Layers that get a line, and names of foreign code.
const LAYERS: usize = 2000;
const NAMES: usize = 200;
/// Values of the configuration that are looked at.
const VALUES: usize = 5_000_000;

/// Adds what the configuration of a model says to `facts`.
pub(in crate::artifact) fn describe(model: &Value, facts: &mut Facts) {
    layers(model, facts);
    inputs(model, facts);
    code(model, facts);
}

/// The list of layers of a model's configuration.
fn list(model: &Value) -> &[Value] {
    let config = model.get("config");
    let inner = config.and_then(|config| config.get("layers"));
    // The first releases put the list itself there.
    inner
        .or(config)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn name(layer: &Value) -> &str {
    let inner = layer.get("config").and_then(|config| config.get("name"));
    inner
        .or_else(|| layer.get("name"))
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn class(layer: &Value) -> &str {
    layer
        .get("class_name")
        .and_then(Value::as_str)
        .unwrap_or("unnamed class")
}

/// The class with its module; a class that was registered, by that name.
fn what(layer: &Value) -> String {
    let class = class(layer);
    let registered = layer.get("registered_name").and_then(Value::as_str);
    match (layer.get("module").and_then(Value::as_str), registered) {
        (Some(module), _) => format!("{module}.{class}"),
        (None, Some(registered)) if registered != class => format!("{class} ({registered})"),
        _ => class.to_owned(),
    }
}

fn layers(model: &Value, facts: &mut Facts) {
    // Wrappers such as Bidirectional hold one layer, models inside models a list. The parser
    // bounds the depth.
    let mut open = vec![(model, 0_u16)];
    let mut count = 0;
    while let Some((layer, depth)) = open.pop() {
        count += 1;
        if count > LAYERS {
            facts.outline.push(line(1, "…", "more layers"));
            return;
        }
        facts.outline.push(line(depth, name(layer), &what(layer)));
        let wrapped = ["layer", "forward_layer", "cell"].into_iter();
        let wrapped = wrapped.filter_map(|key| layer.get("config")?.get(key));
        let inner = list(layer).iter().chain(wrapped);
        let inner = inner.filter(|inner| inner.get("class_name").is_some());
        let inner: Vec<&Value> = inner.collect();
        open.extend(inner.into_iter().rev().map(|inner| (inner, depth + 1)));
    }
}

/// Shapes of the rows: of the input layers, else of the first layer.
fn inputs(model: &Value, facts: &mut Facts) {
    let shape = |layer: &Value| -> Option<Vec<Option<u64>>> {
        let config = layer.get("config")?;
        let sides = config
            .get("batch_shape")
            .or_else(|| config.get("batch_input_shape"))?
            .as_array()?;
        Some(sides.iter().skip(1).take(16).map(Value::as_u64).collect())
    };
    let layers = list(model);
    let mut given: Vec<&Value> = layers
        .iter()
        .filter(|layer| class(layer) == "InputLayer" && shape(layer).is_some())
        .take(LAYERS)
        .collect();
    if given.is_empty() {
        given.extend(layers.first().filter(|layer| shape(layer).is_some()));
    }
    if given.is_empty() {
        return;
    }
    let kind = |layer: &Value| {
        let dtype = layer.get("config").and_then(|config| config.get("dtype"));
        let word = dtype.and_then(|dtype| {
            dtype
                .as_str()
                .or_else(|| dtype.get("config")?.get("name")?.as_str())
        });
        let sides: Vec<String> = shape(layer)
            .unwrap_or_default()
            .iter()
            .map(|side| side.map_or_else(|| "?".into(), |side| side.to_string()))
            .collect();
        let word = text::short(word.unwrap_or("float32"), 40);
        format!("{word}[{}]", sides.join(", "))
    };
    let count = match given[..] {
        [only] => match shape(only).as_deref() {
            Some([Some(side)]) => usize::try_from(*side).ok(),
            _ => None,
        },
        _ => None,
    };
    facts.inputs = Some(Inputs {
        count,
        names: match given.len() {
            // One input is a table, whose columns have no names here.
            1 => Vec::new(),
            _ => given
                .iter()
                .map(|layer| text::short(name(layer), 200))
                .collect(),
        },
        types: given.iter().map(|layer| kind(layer)).collect(),
    });
}

/// Bytecode, and names outside Keras that it would import.
fn code(model: &Value, facts: &mut Facts) {
    // Each value with the name of the layer that it belongs to.
    let mut open = vec![(model, "")];
    let mut looked = 0;
    let mut bytecode: Vec<String> = Vec::new();
    while let Some((value, layer)) = open.pop() {
        looked += 1;
        if looked > VALUES {
            facts
                .notes
                .push("a configuration too long to be searched for code to its end".into());
            facts.executes = true;
            break;
        }
        match value {
            Value::Array(items) => open.extend(items.iter().map(|item| (item, layer))),
            Value::Object(fields) => {
                let own = name(value);
                let layer = if own.is_empty() { layer } else { own };
                open.extend(fields.values().map(|field| (field, layer)));
                if runs_bytecode(fields) && bytecode.len() < NAMES {
                    bytecode.push(text::short(layer, 40));
                }
                if let Some(global) = imported(fields)
                    && facts.calls.len() < NAMES
                    && !facts.calls.contains(&global)
                {
                    facts.calls.push(global);
                }
            }
            _ => {}
        }
    }
    if !facts.calls.is_empty() {
        facts.executes = true;
    }
    if !bytecode.is_empty() {
        facts.executes = true;
        facts.calls.push(Global {
            module: "marshal".into(),
            name: "loads".into(),
        });
        bytecode.retain(|name| !name.is_empty());
        bytecode.dedup();
        bytecode.truncate(5);
        let layers = match bytecode.len() {
            0 => "a layer".to_owned(),
            _ => format!("layer {}", bytecode.join(", ")),
        };
        facts.notes.push(format!(
            "{layers} is Python bytecode, tied to one Python minor version: Keras refuses to load \
             it unless safe_mode=False"
        ));
    }
}

/// A lambda: its code object travels as text, and loading runs it through `marshal`.
fn runs_bytecode(fields: &Map<String, Value>) -> bool {
    let config = fields.get("config");
    let text = |key: &str| config.and_then(|config| config.get(key)?.as_str());
    match fields.get("class_name").and_then(Value::as_str) {
        Some("__lambda__") => true,
        Some("Lambda") => {
            text("function_type") == Some("lambda")
                // Without the word, a list stands for (code, defaults, closure).
                || config.is_some_and(|config| config.get("function").is_some_and(Value::is_array))
        }
        _ => false,
    }
}

/// A class or function that Keras looks up in a module that is not its own.
fn imported(fields: &Map<String, Value>) -> Option<Global> {
    let class = fields.get("class_name")?.as_str()?;
    let config = fields.get("config");
    // A Lambda layer over a function that has a name.
    if class == "Lambda"
        && let Some(config) = config
        && config.get("function_type").and_then(Value::as_str) == Some("function")
    {
        let module = config.get("module").and_then(Value::as_str);
        let name = config.get("function").and_then(Value::as_str);
        return global(module.unwrap_or("__main__"), name?);
    }
    let module = fields.get("module")?.as_str()?;
    let name = match class {
        "function" => config.and_then(Value::as_str).unwrap_or(class),
        _ => class,
    };
    global(module, name)
}

fn global(module: &str, name: &str) -> Option<Global> {
    let top = crate::package::top_of(module);
    let own = matches!(
        top,
        "keras" | "tf_keras" | "tensorflow" | "keras_hub" | "keras_nlp" | "keras_cv"
    );
    // Functions of the author's own are written as built in: the caller must give them.
    let given = top == "builtins"
        && !matches!(
            name,
            "eval" | "exec" | "compile" | "open" | "__import__" | "getattr" | "setattr" | "input"
        );
    (!own && !given && !top.is_empty()).then(|| Global {
        module: text::short(module, 200).into(),
        name: text::short(name, 200).into(),
    })
}
