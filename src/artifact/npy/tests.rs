//! Crafted arrays: what a header may claim and what it may not cost.

use super::*;
use crate::artifact::{UnreadableKind, read as read_artifact};

fn file(header: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend(u16::try_from(header.len()).unwrap().to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(data);
    bytes
}

fn read_bytes(bytes: &[u8]) -> Result<Facts, Unreadable> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.npy");
    std::fs::write(&path, bytes).unwrap();
    let read = read_artifact(&path, Keep::Identity);
    assert_eq!(read.format, Format::Npy);
    read.facts
}

#[test]
fn arrays_are_as_long_as_their_headers_say() {
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n";
    let whole = read_bytes(&file(header, &[0; 24])).unwrap();
    assert_eq!(whole.outline[1].what, "float32 [2, 3]");
    assert!(!whole.executes);
    let cut = read_bytes(&file(header, &[0; 23])).unwrap_err();
    assert_eq!(cut.kind, UnreadableKind::Truncated);
}

#[test]
fn fields_may_have_a_shape_and_a_title() {
    let header = "{'descr': [('a', '<f4', (2, 2)), (('long', 'b'), '|u1')], \
                  'fortran_order': False, 'shape': (3,), }";
    let facts = read_bytes(&file(header, &[0; 51])).unwrap();
    assert_eq!(facts.outline[1].what, "struct of 2 fields [3]");
    assert!(read_bytes(&file(header, &[0; 50])).is_err());
}

#[test]
fn sizes_beyond_64_bits_and_long_headers_are_refused() {
    let header =
        "{'descr': '<f8', 'fortran_order': False, 'shape': (9999999999999, 9999999999999), }";
    assert_eq!(
        read_bytes(&file(header, &[])).unwrap_err().kind,
        UnreadableKind::Damaged
    );
    let mut long = b"\x93NUMPY\x02\x00\xff\xff\xff\x7f".to_vec();
    long.extend([b' '; 100]);
    assert_eq!(read_bytes(&long).unwrap_err().kind, UnreadableKind::Budget);
}

#[test]
fn names_in_an_object_array_are_seen() {
    let header = "{'descr': '|O', 'fortran_order': False, 'shape': (), }";
    let facts = read_bytes(&file(header, b"cos\nsystem\n(S'true'\ntR.")).unwrap();
    assert!(facts.executes);
    let graph = facts.objects.unwrap().graph;
    assert!(graph.iter().any(|(id, _)| {
        graph
            .global(id)
            .is_some_and(|global| global.to_string() == "os.system")
    }));
}
