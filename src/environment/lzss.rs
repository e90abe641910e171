//! Strings that Cython compressed in its own way, the default since 3.3: a stream of eight items
//! after a byte that marks which of them are literal, the others going back to what was there.
//! <https://github.com/cython/cython/blob/3.3.1/Cython/LZSS.py>
//!
//! Neither the start of the stream nor its length stands in the data. Both follow from the table of
//! the strings' lengths, because the names among them are in order and `__name__` is one of them.

/// In every module that can open such a stream.
pub(super) const MARK: &[u8] = b"LZSS string data decompression failed";

/// What compilers place long texts at.
const ALIGNMENT: usize = 8;
/// Most that one stream gives.
const LARGEST: usize = 4 << 20;
/// Most that all attempts give.
const BUDGET: usize = 256 << 20;
/// So many bytes at the start have to be text.
const TEXT: usize = 256;
/// A name of every module.
const NAME: &[u8] = b"__name__";
/// So many strings have to stand on each side of it.
const AROUND: usize = 4;
/// So often it is looked for.
const TRIES: usize = 64;

/// The strings of a data section; `None` when no stream fits a table of lengths.
pub(super) fn strings(data: &[u8]) -> Option<Vec<Vec<u8>>> {
    let lengths: Vec<u32> = data
        .chunks_exact(4)
        .map(|four| u32::from_le_bytes([four[0], four[1], four[2], four[3]]))
        .collect();
    let mut budget = BUDGET;
    for at in (0..data.len()).step_by(ALIGNMENT) {
        let block = decompress(&data[at..]);
        budget = budget.checked_sub(block.len())?;
        let mut names = memchr::memmem::find_iter(&block, NAME).take(TRIES);
        if let Some(strings) = names.find_map(|name| cut(&lengths, &block, name)) {
            return Some(strings);
        }
    }
    None
}

/// What a stream gives up to where it makes no sense, which is behind its end.
fn decompress(stream: &[u8]) -> Vec<u8> {
    let mut block = Vec::new();
    let mut rest = stream.iter().copied();
    let _ = items(&mut rest, &mut block);
    block
}

/// Follows the items; `None` where the stream ends or an item cannot be one.
fn items(rest: &mut impl Iterator<Item = u8>, block: &mut Vec<u8>) -> Option<()> {
    while block.len() < LARGEST {
        let literal = rest.next()?;
        for item in 0..8 {
            if literal & (1 << item) != 0 {
                let byte = rest.next()?;
                if block.len() < TEXT && byte < b'\t' {
                    return None;
                }
                block.push(byte);
                continue;
            }
            let low = usize::from(rest.next()?);
            let high = usize::from(rest.next()?);
            let (back, more) = if low < 0x80 {
                (low, high)
            } else if high < 0x80 {
                (0x80 + ((high << 2) & 0x180 | low & 0x7f), high & 0x1f)
            } else {
                let far = (high & 0x7f) << 7 | low & 0x7f;
                (0x80 + far, usize::from(rest.next()?))
            };
            let length = more + 3;
            let from = block.len().checked_sub(back + length)?;
            block.extend_from_within(from..from + length);
        }
    }
    None
}

/// Cuts a block by the table that lets a string of its own begin where `__name__` stands.
fn cut(lengths: &[u32], block: &[u8], name: usize) -> Option<Vec<Vec<u8>>> {
    let of_name = lengths.iter().enumerate();
    of_name
        .filter(|(_, length)| **length as usize == NAME.len())
        .find_map(|(at, _)| {
            let mut start = at;
            let mut left = name;
            while left > 0 {
                start = start.checked_sub(1)?;
                left = left.checked_sub(lengths[start] as usize)?;
            }
            let before = at - start;
            let strings = split(&lengths[start..], block, before);
            let ordered = strings.get(before.checked_sub(1)?)? < strings.get(before)?;
            let enough = before >= AROUND && strings.len() > before + AROUND;
            (ordered && enough).then_some(strings)
        })
}

/// The strings up to the last whose order fits: behind the one at `name` each is greater than the
/// one before.
fn split(lengths: &[u32], block: &[u8], name: usize) -> Vec<Vec<u8>> {
    let mut strings: Vec<Vec<u8>> = Vec::new();
    let mut rest = block;
    for length in lengths {
        let Some((string, after)) = rest.split_at_checked(*length as usize) else {
            break;
        };
        if strings.len() > name && strings.last().is_some_and(|last| string <= &last[..]) {
            break;
        }
        strings.push(string.to_vec());
        rest = after;
    }
    strings
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXTS: [&str; 11] = [
        "\n    A missing value.\n    ",
        "NA has no sign",
        "C_NAType",
        "NA",
        "__class__",
        "__name__",
        "__new__",
        "checknull",
        "is_matching_na",
        "value",
        "zeros",
    ];

    /// A stream of literals only, but for the `__n` of the seventh text, which goes back.
    fn stream() -> Vec<u8> {
        let all = TEXTS.concat();
        let again = all.find("__new__").unwrap();
        let mut items: Vec<Vec<u8>> = all.bytes().map(|byte| vec![byte]).collect();
        // From behind the five letters of `ame__`: three bytes.
        items.splice(again..again + 3, [vec![5, 0]]);
        let mut stream = Vec::new();
        for eight in items.chunks(8) {
            let literal = eight.iter().enumerate();
            stream.push(literal.fold(0, |flags, (at, item)| {
                flags | (u8::from(item.len() == 1) << at)
            }));
            stream.extend(eight.concat());
        }
        stream
    }

    #[test]
    fn a_stream_is_found_and_cut_by_its_table() {
        let mut data = vec![0; 16];
        for text in TEXTS {
            data.extend((text.len() as u32).to_le_bytes());
        }
        data.extend([0; 4]);
        assert_eq!(data.len() % ALIGNMENT, 0);
        data.extend(stream());
        data.extend([0; 40]);
        let found = strings(&data).unwrap();
        assert_eq!(found[..TEXTS.len()], TEXTS.map(str::as_bytes));
        // A table that does not fit, or none.
        data[16 + 4 * 5] = 9;
        assert_eq!(strings(&data), None);
        assert_eq!(strings(&stream()), None);
    }

    #[test]
    fn what_goes_back_before_the_start_ends_a_stream() {
        assert_eq!(decompress(&[0b1111_0111, b'a', b'b', b'c', 1, 0]), b"abc");
        assert_eq!(
            decompress(&[0b1111_0111, b'a', b'b', b'c', 0, 0]),
            b"abcabc"
        );
        assert_eq!(decompress(&[0b1, b'a', 0x80, 0x80]), b"a");
    }
}
