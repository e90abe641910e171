//! Configurations that run code, and those that do not.

use serde_json::json;

use super::config::describe;
use crate::artifact::{self, Facts, Format, Keep};

fn facts(config: &serde_json::Value) -> Facts {
    let mut facts = Facts::default();
    describe(config, &mut facts);
    facts
}

fn calls(config: &serde_json::Value) -> Vec<String> {
    let found = facts(config);
    assert_eq!(found.executes, !found.calls.is_empty());
    found.calls.iter().map(ToString::to_string).collect()
}

#[test]
fn ordinary_layers_run_nothing() {
    let model = json!({"module": "keras", "class_name": "Sequential", "config": {"name": "m", "layers": [
        {"module": "keras.layers", "class_name": "InputLayer",
         "config": {"batch_shape": [null, 3], "dtype": "float32", "name": "in"}},
        {"module": "keras.layers", "class_name": "Bidirectional", "config": {"name": "both",
         "layer": {"module": "keras.layers", "class_name": "LSTM", "config": {"name": "inner"}}}},
    ]}});
    let found = facts(&model);
    assert!(!found.executes);
    assert_eq!(found.inputs.as_ref().unwrap().count, Some(3));
    let lines: Vec<(u16, &str)> = found
        .outline
        .iter()
        .map(|line| (line.depth, line.label.as_str()))
        .collect();
    assert_eq!(lines, [(0, "m"), (1, "in"), (1, "both"), (2, "inner")]);
}

#[test]
fn lambdas_of_both_generations_are_code() {
    let new = json!({"class_name": "Dense", "config": {"activation":
        {"class_name": "__lambda__", "config": {"code": "4wEAAA=="}}}});
    assert_eq!(calls(&new), ["marshal.loads"]);
    let old = json!({"class_name": "Sequential", "config": [{"class_name": "Lambda",
        "config": {"name": "l", "function": ["4wEAAA==", null, null], "function_type": "lambda"}}]});
    assert_eq!(calls(&old), ["marshal.loads"]);
    let named = json!({"class_name": "Lambda", "config": {"function": "double",
        "module": "shop.layers", "function_type": "function"}});
    assert_eq!(calls(&named), ["shop.layers.double"]);
}

#[test]
fn foreign_modules_are_named() {
    let system = json!({"module": "keras", "class_name": "Lambda", "config": {"function":
        {"module": "os", "class_name": "function", "config": "system", "registered_name": "x>y"}}});
    assert_eq!(calls(&system), ["os.system"]);
    let own = json!({"module": "builtins", "class_name": "function", "config": "my_loss"});
    assert_eq!(calls(&own), Vec::<String>::new());
}

#[test]
fn nonsense_is_no_trouble() {
    for config in [
        json!(null),
        json!([]),
        json!({"config": {"layers": 3}}),
        json!({"class_name": {}}),
    ] {
        assert!(!facts(&config).executes);
    }
}

#[test]
fn archives_of_others_are_left_alone() {
    let read = |members: &[(&str, &str)]| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.keras");
        let mut writer = rawzip::ZipArchiveWriter::new(std::fs::File::create(&path).unwrap());
        for (name, content) in members {
            let (mut entry, config) = writer.new_file(name).start().unwrap();
            let mut member = config.wrap(&mut entry);
            std::io::Write::write_all(&mut member, content.as_bytes()).unwrap();
            let (_, descriptor) = member.finish().unwrap();
            entry.finish(descriptor).unwrap();
        }
        writer.finish().unwrap();
        artifact::read(&path, Keep::Identity)
    };
    let other = read(&[("config.json", "{}"), ("metadata.json", "{\"id\": 1}")]);
    assert_eq!(other.format, Format::Other);
    let version = ("metadata.json", "{\"keras_version\": \"3.0.0\"}");
    let cut = read(&[("config.json", "{}"), version]);
    assert_eq!(cut.format, Format::Keras);
    assert!(cut.facts.unwrap_err().reason.contains("no weights"));
    let broken = read(&[("config.json", "{"), ("model.weights.h5", ""), version]);
    assert!(broken.facts.unwrap_err().reason.contains("is not JSON"));
}
