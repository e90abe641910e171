//! Small compressed files that unfold to hundreds of megabytes, made here and now.

use std::io::Write;

use flate2::{Compress, Compression, FlushCompress};

/// A pickle that announces a terabyte of bytes, of which `len` follow, all zero.
const HEAD: [u8; 11] = [0x80, 4, 0x8e, 0, 0, 0, 0, 0, 1, 0, 0];

/// Zeros in one repeated piece.
const PIECE: usize = 8 << 20;

/// zlib: one piece that starts from nothing, again and again.
pub fn zlib(len: usize) -> Vec<u8> {
    let mut encoder = Compress::new(Compression::best(), true);
    let mut bytes = flushed(&mut encoder, &HEAD);
    bytes.extend(flushed(&mut encoder, &vec![0; PIECE]));
    let piece = flushed(&mut encoder, &vec![0; PIECE]);
    bytes.extend(piece.repeat(len / PIECE));
    bytes
}

fn flushed(encoder: &mut Compress, input: &[u8]) -> Vec<u8> {
    let mut output = Vec::with_capacity(1 << 20);
    encoder
        .compress_vec(input, &mut output, FlushCompress::Full)
        .unwrap();
    assert!(output.len() < output.capacity());
    output
}

/// gzip: many members.
pub fn gzip(len: usize) -> Vec<u8> {
    members(len, |content| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    })
}

/// bzip2: many streams.
pub fn bz2(len: usize) -> Vec<u8> {
    members(len, |content| {
        let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    })
}

/// LZ4, which gives at most 255 bytes for one.
pub fn lz4(len: usize) -> Vec<u8> {
    let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
    encoder.write_all(&HEAD).unwrap();
    for _ in 0..len / PIECE {
        encoder.write_all(&vec![0; PIECE]).unwrap();
    }
    encoder.finish().unwrap()
}

fn members(len: usize, pack: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let mut bytes = pack(&HEAD);
    bytes.extend(pack(&vec![0; PIECE]).repeat(len / PIECE));
    bytes
}

/// The older LZMA container.
pub fn lzma(len: usize) -> Vec<u8> {
    // lc 3, lp 0, pb 2; a dictionary of 64 KiB; the size is not known.
    let mut bytes = vec![0x5d, 0, 0, 1, 0];
    bytes.extend([0xff; 8]);
    bytes.extend(packed(len));
    bytes
}

/// xz: a block of many LZMA2 chunks that each start from nothing.
pub fn xz(len: usize) -> Vec<u8> {
    let size = HEAD.len() + 7000 * REPEAT;
    let chunk = packed(size);
    // The stream's header without check sums, the block's with LZMA2 and a dictionary of 8 MiB.
    let mut bytes = b"\xfd7zXZ\0\0\0\xff\x12\xd9\x41".to_vec();
    bytes.extend(*b"\x02\x00\x21\x01\x16\0\0\0\x74\x2f\xe5\xa3");
    for _ in 0..len.div_ceil(size) {
        bytes.push(0xe0 | ((size - 1) >> 16) as u8);
        bytes.extend(((size - 1) as u16).to_be_bytes());
        bytes.extend(u16::try_from(chunk.len() - 1).unwrap().to_be_bytes());
        bytes.push(0x5d);
        bytes.extend(&chunk);
    }
    bytes
}

/// The longest match of LZMA.
const REPEAT: usize = 273;

/// LZMA data: the head in literals, then its last byte again and again.
fn packed(len: usize) -> Vec<u8> {
    let mut coder = RangeCoder::new();
    let mut literal = vec![HALF; 0x300 << 3];
    let mut is_match = [[HALF; 4]; 12];
    let mut is_rep = [HALF; 12];
    let mut is_rep0 = [HALF; 12];
    let mut is_long = [[HALF; 4]; 12];
    let mut length = [HALF; 2];
    let mut high = [HALF; 256];
    let mut before = 0;
    for (at, byte) in HEAD.into_iter().enumerate() {
        coder.bit(&mut is_match[0][at & 3], false);
        let context = 0x300 * usize::from(before >> 5);
        coder.tree(&mut literal[context..context + 256], byte);
        before = byte;
    }
    let mut at = HEAD.len();
    let mut state = 0;
    while at < len {
        coder.bit(&mut is_match[state][at & 3], true);
        coder.bit(&mut is_rep[state], true);
        coder.bit(&mut is_rep0[state], false);
        coder.bit(&mut is_long[state][at & 3], true);
        coder.bit(&mut length[0], true);
        coder.bit(&mut length[1], true);
        coder.tree(&mut high, 255);
        state = if state < 7 { 8 } else { 11 };
        at += REPEAT;
    }
    coder.finish()
}

/// An even chance, of 2048.
const HALF: u16 = 1024;

/// The range coder of LZMA.
struct RangeCoder {
    low: u64,
    range: u32,
    cache: u8,
    pending: usize,
    bytes: Vec<u8>,
}

impl RangeCoder {
    fn new() -> RangeCoder {
        RangeCoder {
            low: 0,
            range: u32::MAX,
            cache: 0,
            pending: 1,
            bytes: Vec::new(),
        }
    }

    fn bit(&mut self, chance: &mut u16, bit: bool) {
        let bound = (self.range >> 11) * u32::from(*chance);
        if bit {
            self.low += u64::from(bound);
            self.range -= bound;
            *chance -= *chance >> 5;
        } else {
            self.range = bound;
            *chance += (2048 - *chance) >> 5;
        }
        while self.range < 1 << 24 {
            self.range <<= 8;
            self.shift();
        }
    }

    fn tree(&mut self, chances: &mut [u16], byte: u8) {
        let mut symbol = 1;
        for place in (0..8).rev() {
            let bit = byte >> place & 1 == 1;
            self.bit(&mut chances[symbol], bit);
            symbol = symbol << 1 | usize::from(bit);
        }
    }

    fn shift(&mut self) {
        if self.low < 0xff00_0000 || self.low > 0xffff_ffff {
            let carry = (self.low >> 32) as u8;
            self.bytes.push(self.cache.wrapping_add(carry));
            for _ in 1..self.pending {
                self.bytes.push(0xff_u8.wrapping_add(carry));
            }
            self.pending = 0;
            self.cache = (self.low >> 24) as u8;
        }
        self.pending += 1;
        self.low = (self.low & 0x00ff_ffff) << 8;
    }

    fn finish(mut self) -> Vec<u8> {
        for _ in 0..5 {
            self.shift();
        }
        self.bytes
    }
}
