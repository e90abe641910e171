//! A real archive, and small ones with one thing wrong.

use std::io::Write;

use super::*;
use crate::artifact::{Artifact, read as read_path};
use crate::pickle::{Graph, Node, view};

/// Writes an archive of stored members.
fn archive(members: &[(&str, &[u8])]) -> tempfile::NamedTempFile {
    let mut bytes = Vec::new();
    let mut writer = rawzip::ZipArchiveWriter::new(&mut bytes);
    for (name, content) in members {
        let (mut entry, config) = writer.new_file(name).start().unwrap();
        let mut member = config.wrap(&mut entry);
        member.write_all(content).unwrap();
        let (_, descriptor) = member.finish().unwrap();
        entry.finish(descriptor).unwrap();
    }
    writer.finish().unwrap();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&bytes).unwrap();
    file
}

fn schema(schema: &str, more: &[(&str, &[u8])]) -> Artifact {
    let mut members = vec![(SCHEMA, schema.as_bytes())];
    members.extend_from_slice(more);
    read_path(archive(&members).path(), Keep::Everything)
}

fn graph(artifact: Artifact) -> (Graph, crate::pickle::NodeId) {
    let objects = artifact.facts.unwrap().objects.unwrap();
    (objects.graph, objects.root)
}

fn reason(artifact: &Artifact) -> (UnreadableKind, &str) {
    let trouble = artifact.facts.as_ref().unwrap_err();
    (trouble.kind, &trouble.reason)
}

/// A node for a value that JSON has.
fn value(content: &str) -> String {
    let content = Value::from(content);
    format!(
        r#"{{"__class__":"str","__module__":"builtins","__loader__":"JsonNode","content":{content}}}"#
    )
}

/// A node with a class of `builtins`.
fn node(loader: &str, class: &str, rest: &str) -> String {
    format!(r#"{{"__loader__":"{loader}","__class__":"{class}","__module__":"builtins"{rest}}}"#)
}

fn npy(header: &str, content: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend(u16::try_from(header.len()).unwrap().to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(content);
    bytes
}

#[test]
fn a_saved_estimator_has_the_graph_that_its_pickle_would_have() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/demo/iris/iris.skops");
    let artifact = read_path(path.as_ref(), Keep::Everything);
    assert_eq!(artifact.format, Format::Skops);
    let facts = artifact.facts.unwrap();
    assert_eq!(facts.stamps[0].subject, "skops");
    let objects = facts.objects.unwrap();
    let (graph, root) = (&objects.graph, objects.root);
    let class = graph.class(root).unwrap();
    assert_eq!(
        class.to_string(),
        "sklearn.linear_model._logistic.LogisticRegression"
    );
    let attribute = |name| graph.attribute(root, name).unwrap();
    assert!(
        graph
            .text(attribute("_sklearn_version"))
            .unwrap()
            .starts_with("1.")
    );
    assert_eq!(graph.int(attribute("n_features_in_")), Some(4));
    assert_eq!(graph.node(attribute("fit_intercept")), &Node::Bool(true));
    let coefficients = view(graph, attribute("coef_")).unwrap();
    assert_eq!(coefficients.shape, [3, 4]);
    assert!(
        coefficients
            .to_f64()
            .unwrap()
            .iter()
            .all(|x| x.is_finite() && *x != 0.0)
    );
    let names = view(graph, attribute("feature_names_in_")).unwrap();
    assert_eq!(names.shape, [4]);
    let first = names.values(graph).unwrap().remove(0);
    assert_eq!(first, crate::pickle::Value::Text("sepal_length".into()));
}

#[test]
fn containers_keys_and_numbers_keep_their_types() {
    let types = node(
        "ListNode",
        "list",
        r#","content":[{"__class__":"int"},{"__class__":"float"},{"__class__":"str"}]"#,
    );
    let content = format!(
        r#"{{"1":{},"2.5":{},"x":{}}}"#,
        value("NaN"),
        value("170141183460469231731687303715884105727"),
        node(
            "TupleNode",
            "tuple",
            &format!(r#","content":[{}]"#, value("\"a\""))
        )
    );
    let dict = node(
        "DictNode",
        "dict",
        &format!(r#","key_types":{types},"content":{content}"#),
    );
    let (graph, root) = graph(schema(&dict, &[]));
    let Node::Dict(pairs) = graph.node(root) else {
        panic!("{:?}", graph.node(root))
    };
    assert_eq!(graph.node(pairs[0].0), &Node::Int(1));
    assert!(matches!(graph.node(pairs[0].1), Node::Float(x) if x.is_nan()));
    assert_eq!(graph.node(pairs[1].0), &Node::Float(2.5));
    assert!(matches!(graph.node(pairs[1].1), Node::Long(bytes) if bytes.len() == 16));
    assert!(matches!(graph.node(pairs[2].1), Node::Tuple(items) if items.len() == 1));
}

#[test]
fn structured_arrays_and_scalars_are_read() {
    let header = "{'descr': [('a', '<i8'), ('b', '|u1'), ('', '|V7')], 'fortran_order': False, 'shape': (2,), }";
    let mut content = Vec::new();
    for (a, b) in [(5_i64, 1_u8), (-6, 0)] {
        content.extend(a.to_le_bytes());
        content.push(b);
        content.extend([0; 7]);
    }
    let table = npy(header, &content);
    let one = npy(
        "{'descr': '<f8', 'fortran_order': False, 'shape': (), }",
        &1.5_f64.to_le_bytes(),
    );
    let array = |class: &str, file: &str| {
        format!(
            r#"{{"__loader__":"NdArrayNode","__class__":"{class}","__module__":"numpy","type":"numpy","file":"{file}"}}"#
        )
    };
    let list = format!(
        r#","content":[{},{}]"#,
        array("ndarray", "t.npy"),
        array("float64", "s.npy")
    );
    let found = schema(
        &node("ListNode", "list", &list),
        &[("t.npy", &table), ("s.npy", &one)],
    );
    let (graph, root) = graph(found);
    let items = graph.items(root).unwrap();
    let table = view(&graph, items[0]).unwrap();
    let column = |name| {
        table
            .field(name)
            .unwrap()
            .to_i64()
            .unwrap()
            .into_raw_vec_and_offset()
            .0
    };
    assert_eq!(column("a"), [5, -6]);
    assert_eq!(column("b"), [1, 0]);
    assert_eq!(graph.node(items[1]), &Node::Float(1.5));
}

#[test]
fn the_same_number_is_the_same_object() {
    let inner = node("ListNode", "list", r#","__id__":7,"content":[]"#);
    let list = node(
        "ListNode",
        "list",
        &format!(r#","__id__":1,"content":[{inner},{inner}]"#),
    );
    let (graph, root) = graph(schema(&list, &[]));
    let items = graph.items(root).unwrap();
    assert_eq!(items[0], items[1]);
    // A list inside itself.
    let list = node(
        "ListNode",
        "list",
        r#","__id__":1,"content":[{"__id__":1}]"#,
    );
    let (graph, root) = self::graph(schema(&list, &[]));
    assert_eq!(graph.items(root).unwrap(), [root]);
}

#[test]
fn what_is_wrong_is_named() {
    let missing = r#"{"__loader__":"NdArrayNode","__class__":"ndarray","__module__":"numpy","type":"numpy","file":"x.npy"}"#;
    assert_eq!(
        reason(&schema(missing, &[])),
        (UnreadableKind::Damaged, "the archive has no member x.npy")
    );
    let short = npy(
        "{'descr': '<f8', 'fortran_order': False, 'shape': (9,), }",
        &[0; 8],
    );
    assert_eq!(
        reason(&schema(missing, &[("x.npy", &short)])),
        (UnreadableKind::Truncated, "member x.npy ends early")
    );
    let vast = npy(
        "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999, 99999999999), }",
        &[],
    );
    assert_eq!(
        reason(&schema(missing, &[("x.npy", &vast)])).0,
        UnreadableKind::Damaged
    );
    let deep = r#"{"__loader__":"ListNode","content":["#.repeat(100_000);
    assert_eq!(reason(&schema(&deep, &[])).0, UnreadableKind::Damaged);
    assert_eq!(reason(&schema("[]", &[])).0, UnreadableKind::Damaged);
    let cached = r#"{"__loader__":"CachedNode","__id__":5}"#;
    assert_eq!(reason(&schema(cached, &[])).0, UnreadableKind::Damaged);
}

#[test]
fn every_prefix_of_an_archive_is_refused() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/demo/iris/iris.skops");
    let bytes = std::fs::read(path).unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    for length in (1..bytes.len()).step_by(97) {
        std::fs::write(file.path(), &bytes[..length]).unwrap();
        assert!(
            read_path(file.path(), Keep::Everything).facts.is_err(),
            "{length}"
        );
    }
}

#[test]
fn flipped_bits_never_panic() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/demo/iris/iris.skops");
    let bytes = std::fs::read(path).unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut refused = 0;
    for at in (0..bytes.len()).step_by(31) {
        let mut changed = bytes.clone();
        changed[at] ^= 0x81;
        std::fs::write(file.path(), &changed).unwrap();
        refused += usize::from(read_path(file.path(), Keep::Everything).facts.is_err());
    }
    assert!(refused > 0);
}
