//! Several files in one input, and the zip archive that they make.
//!
//! Each record is one byte with the length of a name, the name, three bytes (little-endian) with
//! the length of the content, and the content. Lengths beyond the end are cut, so that every input
//! is a valid one.

use std::collections::HashSet;

/// Names and contents of the files that an input stands for.
pub fn records(mut data: &[u8]) -> Vec<(&[u8], &[u8])> {
    let mut found = Vec::new();
    while let Some((len, rest)) = data.split_first() {
        let (name, rest) = rest.split_at(rest.len().min(usize::from(*len)));
        let (len, rest) = rest.split_at(rest.len().min(3));
        let len = len
            .iter()
            .rev()
            .fold(0, |len, b| len << 8 | usize::from(*b));
        let (content, rest) = rest.split_at(rest.len().min(len));
        found.push((name, content));
        data = rest;
    }
    found
}

/// The inverse of [`records`].
#[allow(
    dead_code,
    reason = "only tests make records, seeds come from a script"
)]
pub fn record(name: &str, content: &[u8]) -> Vec<u8> {
    let len = (content.len() as u32).to_le_bytes();
    [&[name.len() as u8], name.as_bytes(), &len[..3], content].concat()
}

/// A sound archive without compression.
pub fn zip(members: &[(&[u8], &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut table = Vec::new();
    let mut count = 0_u16;
    let mut seen = HashSet::new();
    for (name, content) in members.iter().take(64) {
        if !seen.insert(*name) {
            continue;
        }
        let mut crc = flate2::Crc::new();
        crc.update(content);
        let len = (content.len() as u32).to_le_bytes();
        let mut fields = vec![20, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        fields.extend(crc.sum().to_le_bytes());
        fields.extend(len);
        fields.extend(len);
        fields.extend((name.len() as u16).to_le_bytes());
        fields.extend([0, 0]);
        table.extend(b"PK\x01\x02\x14\0");
        table.extend(&fields);
        table.extend([0; 10]);
        table.extend((bytes.len() as u32).to_le_bytes());
        table.extend(*name);
        bytes.extend(b"PK\x03\x04");
        bytes.extend(fields);
        bytes.extend(*name);
        bytes.extend(*content);
        count += 1;
    }
    let start = bytes.len() as u32;
    bytes.extend(&table);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend([count.to_le_bytes(), count.to_le_bytes()].concat());
    bytes.extend((table.len() as u32).to_le_bytes());
    bytes.extend(start.to_le_bytes());
    bytes.extend([0, 0]);
    bytes
}
