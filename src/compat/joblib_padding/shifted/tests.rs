//! Ends of arrays that joblib really met, and those that tell nothing.

use super::*;

/// The end of an array that is the last value of a dict of attributes, in Python 3.9.
fn met(bytes: &[u8], before: &[Item]) -> Option<Met> {
    let level = |items: &[Item], marked| Level {
        items: items.to_vec(),
        marked,
    };
    let mut items = before.to_vec();
    items.push(Item::Array);
    let mut machine = Machine {
        rest: bytes,
        levels: vec![level(&[Item::Dict], false), level(&items, true)],
        python: Some(PythonVersion {
            major: 3,
            minor: 9,
            patch: None,
        }),
    };
    loop {
        match machine.step() {
            Step::On => {}
            Step::Met(met) => return Some(met),
            Step::Unsure => return None,
        }
    }
}

const DICT: &[Item] = &[Item::Text, Item::Other, Item::Text];

fn error(exception: &'static str, message: &str) -> Met {
    Met::Raises(exception, message.to_owned())
}

// Each of these was raised by joblib 1.1 in Python 3.8 or 3.9, for a model that joblib 1.2 or
// newer wrote.
#[test]
fn ends_of_arrays_do_what_they_did() {
    let cases: [(&[u8], Met); 10] = [
        (b"l\0\0\0e\0\0\0", error("KeyError", "0")),
        (b"d\0\0\0d\0\0\0l\0\0\0", error("KeyError", "0")),
        (b"u@kh\xc4?", error("KeyError", "64")),
        (b"]\xd7\xe6\xa2?", error("KeyError", "215")),
        (
            b"e\0\0\0",
            error("AttributeError", "'dict' object has no attribute 'append'"),
        ),
        (
            b"\x90\xbf",
            error("AttributeError", "'dict' object has no attribute 'add'"),
        ),
        (
            b"Q]@\x99",
            error("UnpicklingError", "unsupported persistent id encountered"),
        ),
        (
            b"\x80\x1f\x85",
            error("ValueError", "unsupported pickle protocol: 31"),
        ),
        (b"N\x8d%e\xc3?\xaa|\xa8l", error("MemoryError", "")),
        (
            b"U0*\xa9\xe5?",
            error(
                "ValueError",
                "You may be trying to read with python 3 a joblib pickle generated with \
                 python 2. This feature is not supported by joblib.",
            ),
        ),
    ];
    for (bytes, expected) in cases {
        assert_eq!(met(bytes, DICT), Some(expected), "{bytes:?}");
    }
}

#[test]
fn an_end_of_the_pickle_gives_back_what_is_on_top() {
    assert_eq!(met(b".\xb3\xbf", DICT), Some(Met::Returns("numpy.ndarray")));
    assert_eq!(met(b"0.\xb3\xbf", DICT), Some(Met::Returns("str")));
}

#[test]
fn what_needs_more_is_not_told() {
    // Through the end without an exception; a name until a line end; a memo; an unknown class.
    for bytes in [&b"N"[..], b"", b"F\xef", b"h\x05", b"R", b"\x8c\x10ab"] {
        assert_eq!(met(bytes, DICT), None, "{bytes:?}");
    }
    // First in a tuple: nothing stands before it.
    assert_eq!(
        met(b"a2U0", &[]),
        Some(error("IndexError", "list index out of range"))
    );
    assert_eq!(
        met(b"\x92\xcb", &[]),
        Some(error("IndexError", "pop from empty list"))
    );
}
