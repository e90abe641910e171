//! Crafted headers: counts and lengths that lie, the other byte order.

use super::*;
use crate::artifact::{Keep, read as read_artifact};

fn read_bytes(bytes: &[u8]) -> Result<Facts, Unreadable> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.gguf");
    std::fs::write(&path, bytes).unwrap();
    let read = read_artifact(&path, Keep::Identity);
    assert_eq!(read.format, Format::Gguf);
    read.facts
}

fn header(version: u32, tensors: u64, keys: u64) -> Vec<u8> {
    let mut bytes = b"GGUF".to_vec();
    bytes.extend(version.to_le_bytes());
    bytes.extend(tensors.to_le_bytes());
    bytes.extend(keys.to_le_bytes());
    bytes
}

#[test]
fn huge_counts_and_lengths_cost_nothing() {
    let kind = |bytes: &[u8]| read_bytes(bytes).unwrap_err().kind;
    assert_eq!(kind(&header(3, u64::MAX, 1)), UnreadableKind::Truncated);
    assert_eq!(kind(&header(3, 0, 1 << 60)), UnreadableKind::Truncated);
    assert_eq!(kind(&header(9, 0, 0)), UnreadableKind::Foreign);
    // A key whose value is an array of arrays of arrays, each announcing many.
    let mut nested = header(3, 0, 1);
    nested.extend(1_u64.to_le_bytes());
    nested.push(b'k');
    for _ in 0..100 {
        nested.extend(9_u32.to_le_bytes());
        nested.extend(9_u32.to_le_bytes());
        nested.extend((1_u64 << 60).to_le_bytes());
    }
    assert!(matches!(
        kind(&nested),
        UnreadableKind::Budget | UnreadableKind::Truncated | UnreadableKind::Damaged
    ));
    let mut long = header(3, 0, 1);
    long.extend(u64::MAX.to_le_bytes());
    long.extend([0; 64]);
    assert_eq!(kind(&long), UnreadableKind::Damaged);
}

#[test]
fn big_endian_headers_are_read() {
    let mut bytes = b"GGUF".to_vec();
    bytes.extend(3_u32.to_be_bytes());
    bytes.extend(0_u64.to_be_bytes());
    bytes.extend(1_u64.to_be_bytes());
    bytes.extend(4_u64.to_be_bytes());
    bytes.extend(b"size");
    bytes.extend(4_u32.to_be_bytes());
    bytes.extend(7_u32.to_be_bytes());
    let facts = read_bytes(&bytes).unwrap();
    let line = &facts.outline[2];
    assert_eq!((line.label.as_str(), line.what.as_str()), ("size", "7"));
}
