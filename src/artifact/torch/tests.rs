//! Crafted archives and stacks: missing numbers, foreign names, bombs.

use std::io::Write;

use rawzip::{CompressionMethod, ZipArchiveWriter};

use super::*;
use crate::artifact::{Artifact, UnreadableKind, read as read_artifact};
use crate::manifest::Manifest;
use crate::trust;

/// `torch._utils._rebuild_tensor_v2(<storage 0 of 6 floats>, 0, (2, 3), (3, 1), False, {})`.
const TENSOR: &[u8] =
    b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n((U\x07storagectorch\nFloatStorage\n\
    U\x010U\x06cuda:1K\x06tQK\x00K\x02K\x03\x86K\x03K\x01\x86\x89}tR.";

fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = ZipArchiveWriter::new(&mut bytes);
    for (name, content) in members {
        let options = writer.new_file(name);
        let options = options.compression_method(CompressionMethod::DEFLATE);
        let (mut entry, config) = options.start().unwrap();
        let level = flate2::Compression::default();
        let deflate = flate2::write::DeflateEncoder::new(&mut entry, level);
        let mut member = config.wrap(deflate);
        member.write_all(content).unwrap();
        let (deflate, descriptor) = member.finish().unwrap();
        deflate.finish().unwrap();
        entry.finish(descriptor).unwrap();
    }
    writer.finish().unwrap();
    bytes
}

fn read_bytes(bytes: &[u8]) -> Artifact {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.pt");
    std::fs::write(&path, bytes).unwrap();
    let read = read_artifact(&path, Keep::Identity);
    assert_eq!(read.format, Format::Torch);
    read
}

#[test]
fn numbers_must_be_there_and_long_enough() {
    let read = |data: &[(&str, &[u8])]| {
        let mut members = vec![("m/data.pkl", TENSOR)];
        members.extend(data);
        read_bytes(&zip(&members)).facts
    };
    let facts = read(&[("m/data/0", &[0; 24])]).unwrap();
    assert!(facts.notes[0].contains("cuda:1"), "{:?}", facts.notes);
    assert_eq!(facts.outline[0].what, "1 tensor, 6 numbers, 24 B");
    for (data, part) in [
        (&[][..], "is missing"),
        (&[("m/data/0", &[0_u8; 23][..])][..], "has 23 bytes"),
    ] {
        let trouble = read(data).unwrap_err();
        assert_eq!(trouble.kind, UnreadableKind::Damaged);
        assert!(trouble.reason.contains(part), "{}", trouble.reason);
    }
}

#[test]
fn names_of_every_pickle_are_seen() {
    let evil: &[u8] = b"cos\nsystem\n(S'true'\ntR.";
    let word = |members: &[(&str, &[u8])]| {
        let artifact = read_bytes(&zip(members));
        let manifest = Manifest::of(&artifact);
        trust::of(&artifact, &manifest).unwrap().word
    };
    assert_eq!(word(&[("m/data.pkl", b"\x80\x02}.")]), "known");
    assert_eq!(word(&[("m/data.pkl", evil)]), "dangerous");
    assert_eq!(
        word(&[("m/data.pkl", b"\x80\x02}."), ("m/attributes.pkl", evil)]),
        "dangerous"
    );
    // A class of that name is no excuse where torch's own interpreter does not read the archive.
    assert_eq!(
        word(&[("m/data.pkl", b"\x80\x02c__torch__\nM\n)R.")]),
        "unlisted"
    );
}

#[test]
fn of_two_members_of_one_name_the_last_counts() {
    let read = read_bytes(&zip(&[
        ("m/data.pkl", b"\x80\x02}."),
        ("m/data.pkl", b"\x80\x02cos\nsystem\n."),
    ]));
    let manifest = Manifest::of(&read);
    assert!(manifest.names.iter().any(|name| name.module == "os"));
}

#[test]
fn a_bomb_is_refused() {
    let zeros = vec![b'0'; (PICKLED + 1) as usize];
    let bytes = zip(&[("m/data.pkl", &zeros)]);
    assert!(bytes.len() < 1 << 20);
    let trouble = read_bytes(&bytes).facts.unwrap_err();
    assert_eq!(trouble.kind, UnreadableKind::Budget, "{}", trouble.reason);
}

#[test]
fn stacks_are_checked_to_their_last_number() {
    let mut whole = MAGIC.to_vec();
    whole.extend(b"\x80\x02M\xe9\x03.\x80\x02}.");
    whole.extend(TENSOR);
    whole.extend(b"\x80\x02](U\x010e.");
    whole.extend(6_u64.to_le_bytes());
    whole.extend([0; 24]);
    let facts = read_bytes(&whole).facts.unwrap();
    assert_eq!(facts.outline[1].what, "1001");
    for len in MAGIC.len()..whole.len() {
        let trouble = read_bytes(&whole[..len]).facts.unwrap_err();
        assert_eq!(trouble.kind, UnreadableKind::Truncated, "{len}");
    }
    let at = whole.len() - 32;
    whole[at..at + 8].copy_from_slice(&u64::MAX.to_le_bytes());
    let trouble = read_bytes(&whole).facts.unwrap_err();
    assert_eq!(trouble.kind, UnreadableKind::Truncated);
}

#[test]
fn dictionaries_that_contain_themselves_end() {
    // d = {}; d['a'] = d; d['t'] = tensor
    let mut pickle = b"\x80\x02}q\x00(U\x01ah\x00U\x01t".to_vec();
    pickle.extend(&TENSOR[2..TENSOR.len() - 1]);
    pickle.extend(b"u.");
    let facts = read_bytes(&zip(&[("m/data.pkl", &pickle), ("m/data/0", &[0; 24])]))
        .facts
        .unwrap();
    let line = facts.outline.last().unwrap();
    assert_eq!(
        (line.label.as_str(), line.what.as_str()),
        ("t", "float32 [2, 3]")
    );
}
