//! Crafted files: circles, lengths that lie, versions from the future.

use super::*;
use crate::artifact::{Keep, UnreadableKind, read as read_artifact};

/// A file of superblock version 2 with `parts` at their places.
fn file(size: usize, parts: &[(usize, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = vec![0; size];
    let mut head = superblock::SIGNATURE.to_vec();
    head.extend([2, 8, 8, 0]);
    for address in [0, u64::MAX, size as u64, 48] {
        head.extend(address.to_le_bytes());
    }
    bytes[..head.len()].copy_from_slice(&head);
    for (at, part) in parts {
        bytes[*at..*at + part.len()].copy_from_slice(part);
    }
    bytes
}

/// An object header of version 2.
fn header(messages: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut body = Vec::new();
    for (kind, data) in messages {
        body.push(*kind);
        body.extend((data.len() as u16).to_le_bytes());
        body.push(0);
        body.extend(data);
    }
    let mut bytes = b"OHDR\x02\x02".to_vec();
    bytes.extend((body.len() as u32).to_le_bytes());
    bytes.extend(body);
    bytes
}

/// A hard link.
fn link(name: &str, address: u64) -> (u8, Vec<u8>) {
    let mut data = vec![1, 0, name.len() as u8];
    data.extend(name.as_bytes());
    data.extend(address.to_le_bytes());
    (6, data)
}

fn pair(first: u64, second: u64) -> Vec<u8> {
    [first.to_le_bytes(), second.to_le_bytes()].concat()
}

fn read_bytes(bytes: &[u8]) -> Result<Facts, Unreadable> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.h5");
    std::fs::write(&path, bytes).unwrap();
    let read = read_artifact(&path, Keep::Identity);
    assert_eq!(read.format, Format::Hdf5);
    read.facts
}

fn trouble(bytes: &[u8]) -> UnreadableKind {
    read_bytes(bytes).unwrap_err().kind
}

#[test]
fn groups_that_contain_each_other_are_listed_once() {
    let bytes = file(
        512,
        &[
            (48, header(&[link("a", 256), link("self", 48)])),
            (256, header(&[link("up", 48), link("b", 256)])),
        ],
    );
    let facts = read_bytes(&bytes).unwrap();
    let groups = facts.outline.iter().find(|line| line.label == "groups");
    assert_eq!(groups.unwrap().what, "1");
}

#[test]
fn headers_that_continue_in_themselves_end() {
    // A continued block whose only message says that it goes on in the same place.
    let mut block = b"OCHK".to_vec();
    block.extend([16, 16, 0, 0]);
    block.extend(pair(256, 28));
    block.extend([0; 4]);
    let bytes = file(512, &[(48, header(&[(16, pair(256, 28))])), (256, block)]);
    assert_eq!(trouble(&bytes), UnreadableKind::Budget);
}

#[test]
fn a_tree_that_leads_back_to_itself_is_damaged() {
    let mut heap = b"HEAP\0\0\0\0".to_vec();
    heap.extend(pair(8, 0));
    heap.extend(448_u64.to_le_bytes());
    let mut tree = b"TREE\0\x01\x01\0".to_vec();
    tree.extend(pair(u64::MAX, u64::MAX));
    tree.extend(pair(0, 256));
    let bytes = file(
        512,
        &[
            (48, header(&[(17, pair(256, 400))])),
            (256, tree),
            (400, heap),
        ],
    );
    assert_eq!(trouble(&bytes), UnreadableKind::Damaged);
}

#[test]
fn lengths_beyond_the_file_are_told_as_cut() {
    let mut bytes = file(128, &[(48, b"OHDR\x02\x02\xff\xff\xff\x7f".to_vec())]);
    assert_eq!(trouble(&bytes), UnreadableKind::Truncated);
    // The superblock knows how long the file is.
    bytes.truncate(100);
    assert_eq!(trouble(&bytes), UnreadableKind::Truncated);
    let mut newer = file(128, &[]);
    newer[8] = 9;
    assert_eq!(trouble(&newer), UnreadableKind::Foreign);
}

/// An attribute of version 3: a text of variable length, in the heap at `place`.
fn text_attribute(name: &str, length: u32, place: u64) -> (u8, Vec<u8>) {
    let mut data = vec![3, 0];
    data.extend((name.len() as u16 + 1).to_le_bytes());
    data.extend([16, 0, 4, 0, 1]);
    data.extend(name.as_bytes());
    data.push(0);
    data.extend([0x19, 1, 0, 0, 16, 0, 0, 0]);
    data.extend([0; 8]);
    data.extend([2, 0, 0, 0]);
    data.extend(length.to_le_bytes());
    data.extend(place.to_le_bytes());
    data.extend(1_u32.to_le_bytes());
    (12, data)
}

#[test]
fn texts_stand_in_the_heap() {
    let mut heap = b"GCOL\x01\0\0\0".to_vec();
    heap.extend(64_u64.to_le_bytes());
    heap.extend([1, 0, 1, 0, 0, 0, 0, 0]);
    heap.extend(5_u64.to_le_bytes());
    heap.extend(b"2.4.0\0\0\0");
    heap.resize(64, 0);
    let with = |length, place| {
        let attribute = text_attribute("keras_version", length, place);
        read_bytes(&file(
            512,
            &[(48, header(&[attribute])), (256, heap.clone())],
        ))
    };
    let facts = with(5, 256).unwrap();
    assert_eq!(facts.stamps[0].version, "2.4.0");
    assert!(facts.notes[0].contains("weights of a Keras model"));
    assert_eq!(
        with(u32::MAX, 256).unwrap_err().kind,
        UnreadableKind::Budget
    );
    assert_eq!(with(5, 300).unwrap_err().kind, UnreadableKind::Damaged);
    assert_eq!(
        with(5, u64::MAX - 1).unwrap_err().kind,
        UnreadableKind::Truncated
    );
}
