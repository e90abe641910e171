//! A converted model, every prefix of it, and a model made by hand.

use super::*;
use crate::artifact::{Keep, read as read_path};

const MODEL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/demo/iris/iris.onnx");

#[test]
fn a_converted_classifier_shows_writer_inputs_and_operators() {
    let artifact = read_path(MODEL.as_ref(), Keep::Identity);
    assert_eq!(artifact.format, Format::Onnx);
    let facts = artifact.facts.unwrap();
    assert_eq!(facts.stamps[0].subject, "skl2onnx");
    assert_eq!(facts.stamps[0].field, "producer_version");
    let inputs = facts.inputs.unwrap();
    assert_eq!(inputs.count, Some(4));
    assert_eq!(inputs.types, ["float[?, 4]"]);
    let has = |label: &str, what: &str| {
        let line = |line: &&OutlineLine| line.label == label && line.what.starts_with(what);
        facts.outline.iter().find(line).is_some()
    };
    assert!(has("opset", "ai.onnx.ml"), "{:?}", facts.outline);
    assert!(has("node", "op LinearClassifier"), "{:?}", facts.outline);
    assert!(!facts.executes);
}

#[test]
fn every_prefix_is_refused_or_read_without_harm() {
    let bytes = std::fs::read(MODEL).unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut refused = 0;
    for length in 3..bytes.len() {
        std::fs::write(file.path(), &bytes[..length]).unwrap();
        let artifact = read_path(file.path(), Keep::Identity);
        refused += usize::from(artifact.facts.is_err());
    }
    // A cut between two fields of the outermost message leaves a whole, shorter message.
    assert!(refused > bytes.len() - 20, "{refused} of {}", bytes.len());
}

#[test]
fn several_columns_and_outside_data_are_told() {
    fn field(number: u8, content: &[u8]) -> Vec<u8> {
        let mut bytes = vec![number << 3 | 2, u8::try_from(content.len()).unwrap()];
        bytes.extend(content);
        bytes
    }
    fn port(name: &str) -> Vec<u8> {
        let one = field(1, b"\x08\x01");
        let shape = field(2, &one);
        let tensor = field(1, &[&b"\x08\x0b"[..], &shape].concat());
        [field(1, name.as_bytes()), field(2, &tensor)].concat()
    }
    let entry = [field(1, b"location"), field(2, b"weights.bin")].concat();
    let tensor = [field(8, b"w"), field(13, &entry)].concat();
    let graph = [
        field(1, &[field(4, b"Custom"), field(7, b"my.domain")].concat()),
        field(5, &tensor),
        field(11, &port("age")),
        field(11, &port("w")),
        field(11, &port("height")),
    ]
    .concat();
    let property = [field(1, b"sklearn_version"), field(2, b"1.2.2")].concat();
    let model = [
        b"\x08\x08".to_vec(),
        field(2, b"x"),
        field(7, &graph),
        field(14, &property),
    ];
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), model.concat()).unwrap();
    let facts = read_path(file.path(), Keep::Identity).facts.unwrap();
    let inputs = facts.inputs.unwrap();
    // `w` is an initializer and needs no feeding.
    assert_eq!(inputs.names, ["age", "height"]);
    assert_eq!(inputs.types, ["double[1]", "double[1]"]);
    assert_eq!(inputs.count, Some(2));
    assert_eq!(
        (
            facts.stamps[0].subject.as_str(),
            facts.stamps[0].version.as_str()
        ),
        ("scikit-learn", "1.2.2")
    );
    let lines: Vec<&str> = facts
        .outline
        .iter()
        .map(|line| line.what.as_str())
        .collect();
    assert!(lines.contains(&"op my.domain.Custom"), "{lines:?}");
    assert!(lines.contains(&"weights.bin"), "{lines:?}");
}

#[test]
fn flipped_bits_never_panic() {
    let bytes = std::fs::read(MODEL).unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut refused = 0;
    for at in 3..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 0x81;
        std::fs::write(file.path(), &changed).unwrap();
        refused += usize::from(read_path(file.path(), Keep::Identity).facts.is_err());
    }
    assert!(refused > 0);
}
