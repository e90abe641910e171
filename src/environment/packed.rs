//! Cython's packed strings: since 3.2 a module's strings stand in one block without marks between
//! them, compressed as the C compiler was told, and a table of their lengths stands beside it.

use std::io::Read;

use super::lzss;

/// Largest block after decompression.
const LARGEST: u64 = 16 << 20;
/// Fewest strings that a table of lengths may have.
const FEWEST: usize = 4;

/// What a data section holds of packed strings.
pub(super) enum Packed {
    /// None.
    No,
    /// These strings.
    Opened(Vec<Vec<u8>>),
    /// A block that could not be opened or cut.
    Sealed,
}

/// The packed strings of a data section.
pub(super) fn strings(data: &[u8]) -> Packed {
    if memchr::memmem::find(data, lzss::MARK).is_some() {
        return lzss::strings(data).map_or(Packed::Sealed, Packed::Opened);
    }
    for at in memchr::memchr_iter(b'x', data) {
        if !matches!(data.get(at + 1), Some(0x01 | 0x5e | 0x9c | 0xda)) {
            continue;
        }
        let Some(block) = inflate(&data[at..]) else {
            continue;
        };
        return match cut(data, &block) {
            Some(strings) => Packed::Opened(strings),
            None => Packed::Sealed,
        };
    }
    Packed::No
}

/// A whole zlib stream of text size, checksum included.
fn inflate(data: &[u8]) -> Option<Vec<u8>> {
    let mut block = Vec::new();
    flate2::read::ZlibDecoder::new(data)
        .take(LARGEST)
        .read_to_end(&mut block)
        .ok()?;
    (block.len() >= 16).then_some(block)
}

/// Cuts a block by the table of 32-bit lengths whose sum is its size.
fn cut(data: &[u8], block: &[u8]) -> Option<Vec<Vec<u8>>> {
    let lengths: Vec<u32> = data
        .chunks_exact(4)
        .map(|four| u32::from_le_bytes([four[0], four[1], four[2], four[3]]))
        .collect();
    let size = block.len() as u64;
    // Two pointers over a running sum: every number is small enough or starts the window anew.
    let mut start = 0;
    let mut sum: u64 = 0;
    for end in 0..lengths.len() {
        let length = u64::from(lengths[end]);
        if length > size {
            start = end + 1;
            sum = 0;
            continue;
        }
        sum += length;
        while sum > size && start <= end {
            sum -= u64::from(lengths[start]);
            start += 1;
        }
        if sum == size && end + 1 - start >= FEWEST {
            let table = &lengths[start..=end];
            if let Some(strings) = split(block, table) {
                return Some(strings);
            }
        }
    }
    None
}

/// The strings, if the table fits: nearly all of the short ones must be words or texts.
fn split(block: &[u8], table: &[u32]) -> Option<Vec<Vec<u8>>> {
    let mut strings = Vec::with_capacity(table.len());
    let mut rest = block;
    for length in table {
        let (string, after) = rest.split_at_checked(*length as usize)?;
        strings.push(string.to_vec());
        rest = after;
    }
    strings
        .iter()
        .any(|string| string == b"__name__")
        .then_some(strings)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_compressed_block_is_cut_by_its_table() {
        let words = [
            "__name__",
            "CyHalfBinomialLoss",
            "Loss",
            "",
            "__main__",
            "x",
        ];
        let mut encoder =
            flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(words.concat().as_bytes()).unwrap();
        let mut data = vec![0xff; 8];
        for word in words {
            data.extend((word.len() as u32).to_le_bytes());
        }
        data.extend([0xff; 4]);
        data.extend(encoder.finish().unwrap());
        let Packed::Opened(strings) = strings(&data) else {
            panic!("the block opens");
        };
        assert_eq!(strings, words.map(|word| word.as_bytes().to_vec()));
        let Some(at) = data.iter().position(|byte| *byte == 8) else {
            panic!("the table has a length of eight");
        };
        data[at] = 9;
        assert!(matches!(super::strings(&data), Packed::Sealed));
        assert!(matches!(super::strings(b"x\x9cnothing"), Packed::No));
    }
}
