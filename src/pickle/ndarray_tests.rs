use super::*;
use crate::pickle::{Construction, Global, Object};

/// Builds nodes by hand, the way the machine would.
struct Builder(Graph);

impl Builder {
    fn push(&mut self, node: Node) -> NodeId {
        self.0.push(node, 0)
    }

    fn text(&mut self, text: &str) -> NodeId {
        self.push(Node::Str(Data::Kept(text.as_bytes().into())))
    }

    fn tuple(&mut self, items: &[NodeId]) -> NodeId {
        self.push(Node::Tuple(items.into()))
    }

    fn ints(&mut self, numbers: &[i64]) -> NodeId {
        let items: Vec<NodeId> = numbers.iter().map(|n| self.push(Node::Int(*n))).collect();
        self.tuple(&items)
    }

    fn call(&mut self, module: &str, name: &str, args: &[NodeId], state: &[NodeId]) -> NodeId {
        let callable = self.global(module, name);
        let args = self.tuple(args);
        self.push(Node::Object(Box::new(Object {
            how: Construction::Reduce,
            callable,
            args,
            kwargs: None,
            state: state.into(),
            items: Vec::new(),
            pairs: Vec::new(),
        })))
    }

    fn global(&mut self, module: &str, name: &str) -> NodeId {
        self.push(Node::Global(Box::new(Global {
            module: module.into(),
            name: name.into(),
        })))
    }

    fn dtype(&mut self, text: &str, order: &str) -> NodeId {
        let name = self.text(text);
        let version = self.push(Node::Int(3));
        let order = self.text(order);
        let none = self.push(Node::None);
        let minus = self.push(Node::Int(-1));
        let state = self.tuple(&[version, order, none, none, none, minus, minus]);
        self.call("numpy", "dtype", &[name], &[state])
    }

    fn array(&mut self, shape: &[i64], dtype: NodeId, fortran: bool, elements: NodeId) -> NodeId {
        let class = self.global("numpy", "ndarray");
        let version = self.push(Node::Int(1));
        let shape = self.ints(shape);
        let fortran = self.push(Node::Bool(fortran));
        let state = self.tuple(&[version, shape, dtype, fortran, elements]);
        self.call("numpy.core.multiarray", "_reconstruct", &[class], &[state])
    }

    fn bytes(&mut self, bytes: &[u8]) -> NodeId {
        self.push(Node::Bytes(Data::Kept(bytes.into())))
    }
}

fn floats(numbers: &[f64]) -> Vec<u8> {
    numbers.iter().flat_map(|n| n.to_le_bytes()).collect()
}

#[test]
fn column_major_elements_come_out_at_their_places() {
    let mut b = Builder(Graph::default());
    let dtype = b.dtype("f8", "<");
    let elements = b.bytes(&floats(&[1.0, 4.0, 2.0, 5.0, 3.0, 6.0]));
    let array = b.array(&[2, 3], dtype, true, elements);
    let numbers = view(&b.0, array).unwrap().to_f64().unwrap();
    assert_eq!(numbers[[0, 2]], 3.0);
    assert_eq!(numbers[[1, 0]], 4.0);
}

#[test]
fn both_byte_orders_and_all_widths_are_read() {
    let cases: [(&str, &str, Vec<u8>, f64); 8] = [
        ("i4", ">", (-7_i32).to_be_bytes().to_vec(), -7.0),
        ("i2", "<", (-7_i16).to_le_bytes().to_vec(), -7.0),
        ("u1", "|", vec![255], 255.0),
        ("f4", ">", 0.5_f32.to_be_bytes().to_vec(), 0.5),
        ("f2", "<", vec![0x00, 0x3e], 1.5),
        ("f2", "<", vec![0x01, 0x80], -(2f64.powi(-24))),
        ("b1", "|", vec![1], 1.0),
        ("f8", ">", (-0.1_f64).to_be_bytes().to_vec(), -0.1),
    ];
    for (text, order, bytes, wanted) in cases {
        let mut b = Builder(Graph::default());
        let dtype = b.dtype(text, order);
        let elements = b.bytes(&bytes);
        let array = b.array(&[1], dtype, false, elements);
        let numbers = view(&b.0, array).unwrap().to_f64().unwrap();
        assert_eq!(numbers[[0]], wanted, "{order}{text}");
    }
}

#[test]
fn bytes_that_contradict_the_shape_are_no_array() {
    for shape in [
        &[2_i64][..],
        &[-1],
        &[i64::MAX, i64::MAX],
        &[0, i64::MAX, 4],
    ] {
        let mut b = Builder(Graph::default());
        let dtype = b.dtype("f8", "<");
        let elements = b.bytes(&floats(&[1.0]));
        let array = b.array(shape, dtype, false, elements);
        assert!(view(&b.0, array).is_none(), "{shape:?}");
    }
}

#[test]
fn text_without_bytes_cannot_ask_for_endless_elements() {
    let mut b = Builder(Graph::default());
    let dtype = b.dtype("U0", "<");
    let elements = b.bytes(&[]);
    let array = b.array(&[1 << 40], dtype, false, elements);
    assert!(view(&b.0, array).is_none());
}

#[test]
fn latin1_text_of_old_protocols_is_bytes() {
    let mut b = Builder(Graph::default());
    let bytes: Vec<u8> = 200.5_f64.to_le_bytes().to_vec();
    let spelled: String = bytes.iter().map(|b| char::from(*b)).collect();
    let text = b.text(&spelled);
    let name = b.text("latin1");
    let elements = b.call("_codecs", "encode", &[text, name], &[]);
    let dtype = b.dtype("f8", "<");
    let scalar = b.call("numpy.core.multiarray", "scalar", &[dtype, elements], &[]);
    assert_eq!(value(&b.0, scalar), Value::Float(200.5));
}

#[test]
fn object_arrays_give_their_values() {
    let mut b = Builder(Graph::default());
    let dtype = b.dtype("O8", "|");
    let items = [
        b.text("Oslo"),
        b.push(Node::None),
        b.push(Node::Float(f64::NAN)),
    ];
    let list = b.push(Node::List(items.to_vec()));
    let array = b.array(&[3], dtype, false, list);
    let values = view(&b.0, array).unwrap().values(&b.0).unwrap();
    assert_eq!(values[..2], [Value::Text("Oslo".into()), Value::None]);
    assert!(matches!(values[2], Value::Float(number) if number.is_nan()));
}

#[test]
fn an_object_scalar_that_holds_itself_ends() {
    let mut b = Builder(Graph::default());
    let dtype = b.dtype("O8", "|");
    let none = b.push(Node::None);
    let scalar = b.call("numpy.core.multiarray", "scalar", &[dtype, none], &[]);
    let args = b.tuple(&[dtype, scalar]);
    if let Node::Object(object) = b.0.node_mut(scalar) {
        object.args = args;
    }
    assert_eq!(value(&b.0, scalar), Value::Other(scalar));
}

#[test]
fn fixed_width_text_loses_its_padding() {
    let mut b = Builder(Graph::default());
    let dtype = b.dtype("U3", "<");
    // Real dtypes repeat the size in the state; here the type string alone decides.
    let units: Vec<u8> = "né\0"
        .chars()
        .flat_map(|c| u32::from(c).to_le_bytes())
        .collect();
    let elements = b.bytes(&units);
    let array = b.array(&[1], dtype, false, elements);
    let values = view(&b.0, array).unwrap().values(&b.0).unwrap();
    assert_eq!(values, [Value::Text("né".into())]);
}

#[test]
fn dill_spells_an_array_as_a_call_with_its_state() {
    let made = |module: &str, own: Node| {
        let mut b = Builder(Graph::default());
        let (dtype, elements) = (b.dtype("f8", "<"), b.bytes(&floats(&[1.5, -2.0])));
        let class = b.global(module, "ndarray");
        let made = b.tuple(&[class]);
        let function = b.global("numpy._core.multiarray", "_reconstruct");
        let (version, shape) = (b.push(Node::Int(1)), b.ints(&[2]));
        let fortran = b.push(Node::Bool(false));
        let state = b.tuple(&[version, shape, dtype, fortran, elements]);
        let own = b.push(own);
        let args = [function, made, state, own];
        let array = b.call("dill._dill", "_create_array", &args, &[]);
        view(&b.0, array).map(|array| array.to_f64().unwrap().into_raw_vec_and_offset().0)
    };
    assert_eq!(made("numpy", Node::None), Some(vec![1.5, -2.0]));
    // A class of somebody else, and attributes that nobody knows.
    assert_eq!(made("stranger", Node::None), None);
    assert_eq!(made("numpy", Node::Int(1)), None);
}
