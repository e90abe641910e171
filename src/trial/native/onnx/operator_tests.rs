//! Plain operators by themselves, with what ONNX Runtime 1.32 answers to the same inputs.

use super::proto::{Graph, Port};
use super::*;
use crate::pickle;

/// What an operator makes of tensors, which it finds as `0`, `1` and so on; or why it does not.
fn made(
    operator: &str,
    version: i64,
    inputs: &[Tensor],
    attributes: Vec<(&str, Attribute)>,
) -> Result<Vec<Tensor>, Stop> {
    let graph = pickle::Graph::with_capacity(0);
    let context = Context::new(&graph, None);
    let mut scope = Scope::default();
    for (place, tensor) in inputs.iter().enumerate() {
        scope.set(&place.to_string(), Value::Tensor(tensor.clone()), 0.0);
    }
    let attributes = attributes.into_iter();
    let node = Node {
        operator: operator.to_owned(),
        domain: String::new(),
        inputs: (0..inputs.len()).map(|place| place.to_string()).collect(),
        outputs: vec!["a".to_owned(), "b".to_owned()],
        attributes: attributes
            .map(|(key, value)| (key.to_owned(), value))
            .collect(),
    };
    run(&context, &[node], &mut scope, version)?;
    let found = ["a", "b"].into_iter().filter_map(|name| scope.take(name));
    Ok(found
        .map(|(value, _)| match value {
            Value::Tensor(tensor) | Value::Maps(_, tensor) => tensor,
        })
        .collect())
}

fn floats(shape: &[usize], items: &[f32]) -> Tensor {
    Tensor::new(shape.to_vec(), Data::F32(items.to_vec())).unwrap()
}

fn ints(items: &[i64]) -> Tensor {
    Tensor::new(vec![items.len()], Data::I64(items.to_vec())).unwrap()
}

/// Two rows of three: 0 to 5.
fn six() -> Tensor {
    floats(&[2, 3], &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0])
}

#[test]
fn slices_count_from_either_end_and_backwards() {
    type Case<'a> = ([&'a [i64]; 4], &'a [usize], &'a [f32]);
    let cases: [Case; 5] = [
        ([&[1], &[3], &[1], &[1]], &[2, 2], &[1.0, 2.0, 4.0, 5.0]),
        (
            [&[-1], &[i64::MIN], &[-1], &[-1]],
            &[2, 3],
            &[2.0, 1.0, 0.0, 5.0, 4.0, 3.0],
        ),
        (
            [&[-5], &[i64::MAX], &[1], &[2]],
            &[2, 2],
            &[0.0, 2.0, 3.0, 5.0],
        ),
        ([&[1, 2], &[2, 0], &[0, 1], &[1, -1]], &[1, 2], &[5.0, 4.0]),
        ([&[2], &[1], &[1], &[1]], &[2, 0], &[]),
    ];
    for ([starts, ends, axes, steps], shape, items) in cases {
        let inputs = [six(), ints(starts), ints(ends), ints(axes), ints(steps)];
        let found = made("Slice", 13, &inputs, Vec::new()).unwrap();
        assert_eq!(
            found,
            [floats(shape, items)],
            "{starts:?} {ends:?} {steps:?}"
        );
    }
    let old = vec![
        ("starts", Attribute::Ints(vec![0, -2])),
        ("ends", Attribute::Ints(vec![1, 9])),
    ];
    let found = made("Slice", 9, &[six()], old).unwrap();
    assert_eq!(found, [floats(&[1, 2], &[1.0, 2.0])]);
    let still = [six(), ints(&[0]), ints(&[1]), ints(&[0]), ints(&[0])];
    assert!(made("Slice", 13, &still, Vec::new()).is_err());
}

#[test]
fn the_largest_come_first_and_of_equal_ones_the_first() {
    let input = floats(&[2, 4], &[3.0, 1.0, 3.0, 2.0, 0.0, 7.0, -1.0, 7.0]);
    let found = made("TopK", 11, &[input.clone(), ints(&[2])], Vec::new()).unwrap();
    assert_eq!(found[0], floats(&[2, 2], &[3.0, 3.0, 7.0, 7.0]));
    assert_eq!(found[1].data, Data::I64(vec![0, 2, 1, 3]));
    let least = vec![("largest", Attribute::Int(0)), ("axis", Attribute::Int(0))];
    let found = made("TopK", 11, &[input.clone(), ints(&[1])], least).unwrap();
    assert_eq!(found[0], floats(&[1, 4], &[0.0, 1.0, -1.0, 2.0]));
    assert_eq!(found[1].data, Data::I64(vec![1, 0, 1, 0]));
    assert!(made("TopK", 11, &[input, ints(&[5])], Vec::new()).is_err());
}

#[test]
fn sums_run_along_an_axis_and_indices_pick_along_one() {
    let found = made("CumSum", 14, &[six(), ints(&[0])], Vec::new()).unwrap();
    assert_eq!(found, [floats(&[2, 3], &[0.0, 1.0, 2.0, 3.0, 5.0, 7.0])]);
    let places = Tensor::new(vec![1, 2], Data::I64(vec![1, -2])).unwrap();
    let found = made("GatherElements", 13, &[six(), places], Vec::new()).unwrap();
    assert_eq!(found, [floats(&[1, 2], &[3.0, 1.0])]);
    let outside = Tensor::new(vec![1, 1], Data::I64(vec![2])).unwrap();
    assert!(made("GatherElements", 13, &[six(), outside], Vec::new()).is_err());
}

#[test]
fn limits_are_attributes_before_version_11() {
    let old = vec![
        ("min", Attribute::Float(1.0)),
        ("max", Attribute::Float(4.0)),
    ];
    let clipped = [floats(&[2, 3], &[1.0, 1.0, 2.0, 3.0, 4.0, 4.0])];
    assert_eq!(made("Clip", 6, &[six()], old).unwrap(), clipped);
    let inputs = [six(), floats(&[], &[1.0]), floats(&[], &[4.0])];
    assert_eq!(made("Clip", 13, &inputs, Vec::new()).unwrap(), clipped);
    let largest = made("Max", 13, &[six(), floats(&[1], &[2.5])], Vec::new()).unwrap();
    assert_eq!(largest, [floats(&[2, 3], &[2.5, 2.5, 2.5, 3.0, 4.0, 5.0])]);
    assert!(made("Sign", 13, &[floats(&[1], &[f32::NAN])], Vec::new()).is_err());
}

#[test]
fn vectors_are_a_row_or_a_column_of_a_product() {
    let found = made(
        "MatMul",
        13,
        &[six(), floats(&[3], &[1.0, 0.0, 2.0])],
        Vec::new(),
    );
    assert_eq!(found.unwrap(), [floats(&[2], &[4.0, 13.0])]);
    let found = made(
        "MatMul",
        13,
        &[floats(&[2], &[1.0, -1.0]), six()],
        Vec::new(),
    );
    assert_eq!(found.unwrap(), [floats(&[3], &[-3.0, -3.0, -3.0])]);
}

#[test]
fn a_shape_beyond_the_budget_is_refused() {
    let huge = ints(&[1 << 19, 1 << 19]);
    assert!(made("ConstantOfShape", 9, &[huge], Vec::new()).is_err());
    assert!(made("ConstantOfShape", 9, &[ints(&[-1])], Vec::new()).is_err());
    let found = made("ConstantOfShape", 9, &[ints(&[2])], Vec::new()).unwrap();
    assert_eq!(found, [floats(&[2], &[0.0, 0.0])]);
}

/// A body that adds each row to a state and gives the sum so far.
fn body(operator: &str) -> Attribute {
    let port = |name: &str| Port {
        name: name.to_owned(),
        ..Port::default()
    };
    let node = |operator: &str, inputs: &[&str], output: &str| Node {
        operator: operator.to_owned(),
        inputs: inputs.iter().map(|name| (*name).to_owned()).collect(),
        outputs: vec![output.to_owned()],
        ..Node::default()
    };
    Attribute::Graph(Graph {
        nodes: vec![
            node(operator, &["state", "row"], "next"),
            node("Identity", &["next"], "given"),
        ],
        inputs: vec![port("state"), port("row")],
        outputs: vec!["next".to_owned(), "given".to_owned()],
        ..Graph::default()
    })
}

#[test]
fn a_scan_hands_its_state_on_and_stacks_what_it_gives() {
    let scan = |inputs: &[Tensor], operator: &str, version: i64| {
        let attributes = vec![
            ("body", body(operator)),
            ("num_scan_inputs", Attribute::Int(1)),
        ];
        made("Scan", version, inputs, attributes)
    };
    let inputs = [floats(&[3], &[10.0, 20.0, 30.0]), six()];
    let found = scan(&inputs, "Add", 13).unwrap();
    assert_eq!(found[0], floats(&[3], &[13.0, 25.0, 37.0]));
    assert_eq!(
        found[1],
        floats(&[2, 3], &[10.0, 21.0, 32.0, 13.0, 25.0, 37.0])
    );
    let single = [
        floats(&[3], &[10.0, 20.0, 30.0]),
        floats(&[1, 3], &[1.0; 3]),
    ];
    assert_eq!(scan(&single, "Add", 13).unwrap()[1].shape, [1, 3]);
    // Another meaning, a state of another shape, no rows at all.
    assert!(scan(&inputs, "Add", 8).is_err());
    assert!(scan(&[floats(&[1], &[1.0]), six()], "Add", 13).is_err());
    assert!(scan(&[floats(&[3], &[1.0; 3]), floats(&[0, 3], &[])], "Add", 13).is_err());
}
