//! Tar archives, in which model servers keep a model with its code: the members by name and size.
//!
//! Headers are read and contents passed over; nothing is unpacked. Which member is the model is
//! told by its name alone.
//! Format: POSIX ustar with the extensions of pax and GNU for long names,
//! <https://www.gnu.org/software/tar/manual/html_node/Standard.html>.

use std::io;

use super::{Facts, OutlineLine, Unreadable, UnreadableKind, foreign, io_trouble};
use crate::source::{Source, Stream};
use crate::text;

/// Bytes of a header; contents are padded to a multiple.
const BLOCK: usize = 512;

/// Members that are looked at.
const MEMBERS: usize = 10_000;

/// Members that are listed.
const LISTED: usize = 200;

/// Characters of a name that are shown.
const SHOWN: usize = 96;

/// Decompressed bytes that are passed over before the rest is left unread.
const PASSED: u64 = 1 << 30;

/// The longest name that an extension may give.
const NAME: u64 = 64 * 1024;

/// One member.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Member {
    pub name: String,
    /// Bytes of its content, and where they stand in the decompressed archive.
    pub size: u64,
    pub place: u64,
    kind: u8,
}

/// The members of an archive, as far as it can be read.
pub(super) fn members(stream: &mut Stream) -> Vec<Member> {
    let mut listing = Listing::default();
    // What stands before an error is of use.
    let _ = list(stream, false, &mut listing);
    listing.members
}

/// Whether `head` starts with a tar header: its own checksum says so.
pub(super) fn sniff(head: &[u8]) -> bool {
    head.get(..BLOCK)
        .is_some_and(|block| block[0] != 0 && number(&block[148..156]) == Some(checksum(block)))
}

/// The members of the archive.
pub(super) fn read(mut source: Source) -> Result<Facts, Unreadable> {
    let mut facts = Facts {
        executes: true,
        ..Facts::default()
    };
    let whole = source.compression.is_none();
    let mut listing = Listing::default();
    match list(&mut source.stream, whole, &mut listing) {
        Ok(()) => {}
        // What was listed so far is worth showing.
        Err(error) if !listing.members.is_empty() => {
            let trouble = io_trouble(&error);
            let what = match trouble.kind {
                UnreadableKind::Truncated => "the archive ends inside a member".into(),
                _ => trouble.reason,
            };
            facts.notes.push(what);
        }
        Err(error) => return Err(io_trouble(&error)),
    }
    let members = &listing.members;
    let models = members.iter().filter(|m| m.is_model()).count();
    facts.notes.push(format!(
        "{} members{}, {} in all; {}",
        members.len(),
        if listing.partial { " so far" } else { "" },
        text::bytes(members.iter().map(|m| m.size).fold(0, u64::saturating_add)),
        match models {
            0 => "none is named like a model".to_owned(),
            1 => "one is named like a model".to_owned(),
            many => format!("{many} are named like models"),
        }
    ));
    for member in members.iter().filter(|m| m.is_outside()).take(8) {
        facts.notes.push(format!(
            "suspicious: member {} would be unpacked outside the folder",
            text::short(&member.name, 120)
        ));
    }
    // Models first: they may stand behind hundreds of other files.
    let mut shown: Vec<&Member> = members.iter().filter(|m| m.kind != b'5').collect();
    shown.sort_by_key(|member| !member.is_model());
    facts.outline = shown
        .iter()
        .take(LISTED)
        .map(|member| OutlineLine {
            depth: 0,
            label: if member.is_model() { "model" } else { "member" }.into(),
            what: format!("{} ({})", tail(&member.name), member.what()),
        })
        .collect();
    if shown.len() > LISTED {
        facts.outline.push(OutlineLine {
            depth: 0,
            label: "…".into(),
            what: format!("{} more", shown.len() - LISTED),
        });
    }
    Ok(facts)
}

impl Member {
    fn is_model(&self) -> bool {
        let name = self.name.to_ascii_lowercase();
        let file = name.rsplit('/').next().unwrap_or(&name);
        matches!(self.kind, b'0' | 0 | b'7')
            && (foreign::is_called_like_a_model(file)
                // Frequent in archives of models, too vague anywhere else.
                || [".bst", ".bin"].iter().any(|ending| file.ends_with(ending))
                || matches!(file, "xgboost-model" | "mlmodel" | "saved_model.pb"))
    }

    /// Whether unpacking it by name would leave the folder.
    fn is_outside(&self) -> bool {
        self.name.starts_with(['/', '\\'])
            || self.name.as_bytes().get(1) == Some(&b':')
            || self.name.split(['/', '\\']).any(|part| part == "..")
    }

    fn what(&self) -> String {
        match self.kind {
            b'1' => "a hard link".into(),
            b'2' => "a link".into(),
            b'3' | b'4' => "a device".into(),
            b'6' => "a FIFO".into(),
            _ => text::bytes(self.size),
        }
    }
}

/// A name for display; of a long one its end, where the file's own name stands.
fn tail(name: &str) -> String {
    let cleaned = text::clean(name);
    let count = cleaned.chars().count();
    if count <= SHOWN {
        return cleaned.into_owned();
    }
    let end: String = cleaned.chars().skip(count - SHOWN + 1).collect();
    format!("…{end}")
}

#[derive(Default)]
struct Listing {
    members: Vec<Member>,
    /// Whether the end was not reached.
    partial: bool,
}

fn list(stream: &mut Stream, cheap: bool, listing: &mut Listing) -> io::Result<()> {
    let mut longer: Option<String> = None;
    loop {
        if listing.members.len() >= MEMBERS || (!cheap && stream.position() > PASSED) {
            listing.partial = true;
            return Ok(());
        }
        let mut block = [0; BLOCK];
        // Two zero blocks end an archive; some writers leave them out.
        if stream.peek()?.is_empty() {
            return Ok(());
        }
        stream.fill(&mut block)?;
        if block.iter().all(|byte| *byte == 0) {
            return Ok(());
        }
        let sum = number(&block[148..156]);
        let size = number(&block[124..136]);
        let (Some(size), true) = (size, sum == Some(checksum(&block))) else {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "a member's header has another checksum",
            ));
        };
        let kind = block[156];
        let padded = size.div_ceil(BLOCK as u64).saturating_mul(BLOCK as u64);
        match kind {
            // A name that the next header has no room for.
            b'L' | b'x' if size <= NAME => {
                let content = stream.read_vec(size)?;
                stream.skip(padded - size)?;
                let found = if kind == b'L' {
                    Some(terminated(&content))
                } else {
                    pax_path(&content)
                };
                longer = found.or(longer);
                continue;
            }
            b'g' | b'K' | b'L' | b'x' => {}
            _ => {
                let name = longer.take().unwrap_or_else(|| name(&block));
                let size = if matches!(kind, b'1'..=b'6') { 0 } else { size };
                let place = stream.position();
                listing.members.push(Member {
                    name,
                    size,
                    place,
                    kind,
                });
            }
        }
        stream.skip(padded)?;
    }
}

fn name(block: &[u8]) -> String {
    let name = terminated(&block[..100]);
    let prefix = terminated(&block[345..500]);
    // GNU keeps times where ustar has the prefix.
    if &block[257..263] == b"ustar\0" && !prefix.is_empty() {
        format!("{prefix}/{name}")
    } else {
        name
    }
}

fn terminated(bytes: &[u8]) -> String {
    let end = memchr::memchr(0, bytes).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}

/// `30 path=some/long/name\n`: a length in decimal, a key, a value.
fn pax_path(content: &[u8]) -> Option<String> {
    let mut rest = content;
    let mut found = None;
    while let Some(space) = memchr::memchr(b' ', rest) {
        let len: usize = std::str::from_utf8(&rest[..space]).ok()?.parse().ok()?;
        let record = rest.get(space + 1..len)?;
        if let Some(path) = record.strip_prefix(b"path=") {
            let path = path.strip_suffix(b"\n").unwrap_or(path);
            found = Some(String::from_utf8_lossy(path).into_owned());
        }
        rest = &rest[len..];
    }
    found
}

/// Octal digits, or GNU's binary form for what octal has no room for.
fn number(field: &[u8]) -> Option<u64> {
    if field[0] & 0x80 != 0 {
        let (first, rest) = field.split_first()?;
        return rest.iter().try_fold(u64::from(first & 0x7f), |n, byte| {
            n.checked_mul(256)?.checked_add(u64::from(*byte))
        });
    }
    let text = std::str::from_utf8(field).ok()?;
    let digits = text.trim_matches([' ', '\0']);
    let digits = digits.split(['\0', ' ']).next().unwrap_or_default();
    if digits.is_empty() {
        return Some(0);
    }
    u64::from_str_radix(digits, 8).ok()
}

/// The sum of the header's bytes, its own field counted as blanks.
fn checksum(block: &[u8]) -> u64 {
    let all: u64 = block.iter().map(|byte| u64::from(*byte)).sum();
    let own: u64 = block[148..156].iter().map(|byte| u64::from(*byte)).sum();
    all - own + 8 * u64::from(b' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_octal_or_binary() {
        assert_eq!(number(b"0000644\0"), Some(0o644));
        assert_eq!(number(b"     12 "), Some(0o12));
        assert_eq!(number(b"\0\0\0\0"), Some(0));
        assert_eq!(number(b"\x80\0\0\x01\0"), Some(256));
        assert_eq!(number(&[0xff; 12]), None);
        assert_eq!(number(b"9"), None);
    }

    #[test]
    fn long_names_are_in_a_record_of_their_own() {
        assert_eq!(
            pax_path(b"11 size=12\n16 path=a/b/c.d\n"),
            Some("a/b/c.d".into())
        );
        assert_eq!(pax_path(b"999999 path=a\n"), None);
        assert_eq!(pax_path(b"0 path=a\n"), None);
    }

    #[test]
    fn names_that_lead_out_are_told() {
        let member = |name: &str| Member {
            name: name.into(),
            size: 1,
            place: 512,
            kind: b'0',
        };
        for name in ["../a", "/etc/x", "a/../../b", "..\\a", "C:\\a"] {
            assert!(member(name).is_outside(), "{name}");
        }
        assert!(!member("a/..b/c..d").is_outside());
        assert!(member("code/model.JOBLIB").is_model());
        assert!(!member("code/inference.py").is_model());
    }
}
