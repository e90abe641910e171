//! What holds for any bytes and any values, tried on many made by chance.

use proptest::collection::vec;
use proptest::prelude::*;
use shelflife::pickle::{Construction, Graph, Limits, Node, NodeId, PlainPickle, Reader};
use shelflife::source::Stream;
use shelflife::text;

/// Turns the direction of writing around.
const OVERRIDE: char = '\u{202e}';

/// Small budgets, so that chance reaches them.
const LIMITS: Limits = Limits {
    opcodes: 300,
    nodes: 120,
    keep: 64,
    kept: 256,
    links: 200,
    streams: 4,
    memory: 8192,
    names: 16,
};

/// One instruction with its argument; values come often enough that most streams go far.
fn instruction() -> impl Strategy<Value = Vec<u8>> {
    let value = prop_oneof![
        Just(b"N".to_vec()),
        Just(b"]".to_vec()),
        Just(b"}".to_vec()),
        Just(b")".to_vec()),
        Just(b"\x8f".to_vec()),
        any::<u8>().prop_map(|n| vec![b'K', n]),
        any::<f64>().prop_map(|n| [b"G", &n.to_be_bytes()[..]].concat()),
        any::<i64>().prop_map(|n| format!("I{n}\n").into_bytes()),
        "[a-z\u{e9}]{0,12}".prop_map(|t| [&[0x8c, t.len() as u8], t.as_bytes()].concat()),
        "[a-z]{0,3}".prop_map(|t| format!("S'{t}'\n").into_bytes()),
        "[a-z]{0,3}".prop_map(|t| format!("V{t}\n").into_bytes()),
        "[a-z]{1,3}\n[A-Z]{1,3}\n".prop_map(|t| format!("c{t}").into_bytes()),
        vec(any::<u8>(), 0..100).prop_map(|b| [&[b'C', b.len() as u8], &b[..]].concat()),
        vec(any::<u8>(), 0..20).prop_map(|b| [&[0x8a, b.len() as u8], &b[..]].concat()),
    ];
    let memo = prop_oneof![
        Just(b"\x94".to_vec()),
        (0..6_u8).prop_map(|n| vec![b'q', n]),
        (0..6_u8).prop_map(|n| vec![b'h', n]),
        any::<u32>().prop_map(|n| [b"r", &n.to_le_bytes()[..]].concat()),
    ];
    let one =
        |opcodes: &'static [u8]| proptest::sample::select(opcodes).prop_map(|opcode| vec![opcode]);
    prop_oneof![
        10 => value,
        3 => memo,
        2 => Just(b"(".to_vec()),
        4 => one(b"tlde\x90\x91us12ao0\x85\x86\x87"),
        3 => one(b"bR\x81\x92\x93Q"),
        1 => vec(any::<u8>(), 1..4),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_stream_ends_within_the_limits(
        instructions in vec(instruction(), 0..150),
        stop in any::<bool>(),
    ) {
        let mut bytes = instructions.concat();
        bytes.extend(stop.then_some(b'.'));
        let len = bytes.len() as u64;
        let mut reader = Reader::new(Stream::bytes(bytes), LIMITS);
        let ended = reader.pickle(&mut PlainPickle, false);
        prop_assert!(reader.stream.position() <= len);
        prop_assert!(reader.graph.len() <= LIMITS.nodes);
        prop_assert!(links(&reader.graph) as u64 <= LIMITS.links);
        for (id, _) in reader.graph.iter() {
            prop_assert!(reader.graph.offset(id) < len);
            for child in reader.graph.children(id) {
                prop_assert!(child.index() < reader.graph.len());
            }
        }
        match ended {
            Ok(root) => prop_assert!(root.index() < reader.graph.len()),
            Err(error) => prop_assert!(error.offset <= len && !error.to_string().is_empty()),
        }
    }

    #[test]
    fn any_bytes_end(bytes in vec(any::<u8>(), 0..300)) {
        let mut reader = Reader::new(Stream::bytes(bytes), LIMITS);
        let _ = reader.pickle(&mut PlainPickle, false);
        prop_assert!(reader.graph.len() <= LIMITS.nodes);
    }

    #[test]
    fn clean_text_has_no_controls_and_stays_as_it_is(input in ".*", limit in 1..40_usize) {
        // `.` makes any character, so controls come in by hand.
        let input: String = input.chars().flat_map(|c| [c, '\u{1b}', OVERRIDE]).collect();
        let once = text::clean(&input).into_owned();
        prop_assert_eq!(text::clean(&once), once.as_str());
        prop_assert!(!once.chars().any(char::is_control));
        prop_assert!(!once.contains(OVERRIDE));
        prop_assert_eq!(once.chars().count(), input.chars().count());
        let short = text::short(&input, limit);
        prop_assert!(short.chars().count() <= limit);
        prop_assert_eq!(text::clean(&short), short.as_str());
    }

    /// Decimal lines and two's complement, as Python 3 and Python 2 write them.
    #[test]
    fn integers_come_back(number in any::<i128>(), shift in 0..128_u32) {
        let number = number >> shift;
        let wanted = shortest(&number.to_le_bytes());
        for line in [format!("I{number}\n."), format!("L{number}L\n."), format!("L{number}\n.")] {
            prop_assert_eq!(&single(line.into_bytes()), &wanted);
        }
        // Any number of sign bytes may follow.
        let fill = if number < 0 { 0xff } else { 0 };
        let mut bytes = number.to_le_bytes().to_vec();
        for _ in 0..3 {
            let stream = [&[0x8a, bytes.len() as u8], &bytes[..], b"."].concat();
            prop_assert_eq!(&single(stream), &wanted);
            bytes.push(fill);
        }
    }

    #[test]
    fn floats_come_back(bits in any::<u64>()) {
        let number = f64::from_bits(bits);
        for stream in [
            [b"G", &number.to_be_bytes()[..], b"."].concat(),
            format!("F{number:e}\n.").into_bytes(),
        ] {
            let Node::Float(back) = single(stream) else { panic!("no float") };
            prop_assert!(back == number || back.is_nan() && number.is_nan());
        }
    }

    #[test]
    fn text_lines_come_back(input in any::<String>()) {
        let narrow: String = input.chars().map(|c| escaped(c, true)).collect();
        let wide: String = input.chars().map(|c| escaped(c, false)).collect();
        for line in [narrow, wide] {
            // Characters below U+0100 are written as one byte.
            let mut stream = vec![b'V'];
            stream.extend(line.chars().map(|c| u32::from(c) as u8));
            stream.extend(b"\n.");
            let Node::Str(data) = single(stream) else { panic!("no text") };
            prop_assert_eq!(data.text(), Some(input.as_str()));
        }
    }

    #[test]
    fn byte_string_lines_come_back(input in vec(any::<u8>(), 0..60)) {
        let mut octal = b"S'".to_vec();
        let mut hexadecimal = b"S\"".to_vec();
        for byte in &input {
            octal.extend(format!("\\{byte:03o}").bytes());
            match byte {
                b'\n' => hexadecimal.extend(br"\n"),
                b'\\' | b'"' => hexadecimal.extend([b'\\', *byte]),
                b' '..=b'~' => hexadecimal.push(*byte),
                _ => hexadecimal.extend(format!("\\x{byte:02x}").bytes()),
            }
        }
        octal.extend(b"'\n.");
        hexadecimal.extend(b"\"\n.");
        for stream in [octal, hexadecimal] {
            let Node::RawStr(data) = single(stream) else { panic!("no byte string") };
            prop_assert_eq!(data.bytes(), Some(&input[..]));
        }
    }
}

fn single(stream: Vec<u8>) -> Node {
    let mut reader = Reader::new(Stream::bytes(stream), Limits::IDENTITY);
    let root = reader.pickle(&mut PlainPickle, false).unwrap();
    reader.graph.node(root).clone()
}

/// The node of an integer: 64 bits, or two's complement without bytes that repeat the sign.
fn shortest(bytes: &[u8]) -> Node {
    let negative = bytes[bytes.len() - 1] & 0x80 != 0;
    let mut bytes = bytes.to_vec();
    let redundant = |bytes: &[u8]| {
        let fill = if negative { 0xff } else { 0 };
        let [.., before, last] = bytes else {
            return false;
        };
        *last == fill && (before & 0x80 != 0) == negative
    };
    while redundant(&bytes) {
        bytes.pop();
    }
    if bytes.len() > 8 {
        return Node::Long(bytes.into());
    }
    bytes.resize(8, if negative { 0xff } else { 0 });
    Node::Int(i64::from_le_bytes(bytes.try_into().unwrap()))
}

/// A character as the pickler of protocol 0 writes it; Python 2 wrote two escapes for one beyond
/// U+FFFF where it was built for narrow characters.
fn escaped(c: char, narrow: bool) -> String {
    let code = u32::from(c);
    match code {
        0 | 0x0a | 0x0d | 0x1a | 0x5c | 0x100..=0xffff => format!("\\u{code:04x}"),
        1..=0xff => c.to_string(),
        _ if narrow => {
            let mut units = [0; 2];
            c.encode_utf16(&mut units);
            format!("\\u{:04x}\\u{:04x}", units[0], units[1])
        }
        _ => format!("\\U{code:08x}"),
    }
}

/// References that containers and states hold.
fn links(graph: &Graph) -> usize {
    let of = |node: &Node| match node {
        Node::List(items) | Node::Set(items) => items.len(),
        Node::Tuple(items) | Node::FrozenSet(items) => items.len(),
        Node::Dict(pairs) => 2 * pairs.len(),
        Node::Object(object) if object.how == Construction::Inst => object.state.len(),
        Node::Object(object) => object.state.len() + object.items.len() + 2 * object.pairs.len(),
        _ => 0,
    };
    graph
        .iter()
        .map(|(_, node): (NodeId, &Node)| of(node))
        .sum()
}
