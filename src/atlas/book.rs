//! The data of one distribution: its releases, and its parts, unpacked when they are asked for.
//!
//! The bytes are `ATLAS1`, a line break, the versions from oldest to newest, unpacked and packed
//! length of three parts, and the parts: what all share (texts, sets of releases), the modules, the
//! code. A part is a zlib stream, or as it is when both lengths are the same: libraries that nearly
//! every file asks for. Numbers are written as [`super::bytes`] reads them.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::io::Read;
use std::sync::OnceLock;

use flate2::read::ZlibDecoder;

use super::bytes::Bytes;
use super::{Code, Modules, Releases};
use crate::package;

const MAGIC: &[u8] = b"ATLAS1\n";
/// Largest part, unpacked, in bytes.
const LARGEST: usize = 32 << 20;

/// What is known of one distribution.
#[derive(Debug)]
pub struct Atlas {
    /// Its normalised name.
    pub distribution: &'static str,
    /// The name that it is imported by.
    pub import: &'static str,
    versions: Vec<&'static str>,
    parts: [Part; 3],
    shared: OnceLock<Option<Shared>>,
    modules: OnceLock<Option<Modules>>,
    code: OnceLock<Option<Code>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Part {
    packed: &'static [u8],
    raw: usize,
}

/// What both other parts refer to by number.
#[derive(Debug, Default)]
pub(super) struct Shared {
    bytes: Cow<'static, [u8]>,
    /// Where each text starts and ends.
    texts: Vec<(u32, u32)>,
    ranges: Vec<Releases>,
}

impl Shared {
    /// Finds where the texts are; most of them are never asked for.
    pub fn read(all: Cow<'static, [u8]>) -> Option<Shared> {
        let mut bytes = Bytes::new(&all);
        let mut shared = Shared::default();
        let texts = bytes.count()?;
        shared.texts.reserve(texts);
        for _ in 0..texts {
            let len = bytes.count()?;
            let start = all.len() - bytes.len();
            bytes.take(len)?;
            shared.texts.push((start as u32, (start + len) as u32));
        }
        for _ in 0..bytes.count()? {
            let mut releases = Releases::NONE;
            for _ in 0..bytes.count()? {
                let (start, count) = (bytes.number()? as usize, bytes.number()? as usize);
                releases = releases.or(Releases::run(start, count));
            }
            shared.ranges.push(releases);
        }
        if !bytes.is_empty() {
            return None;
        }
        shared.bytes = all;
        Some(shared)
    }

    /// A text by its number.
    pub fn text(&self, number: u32) -> &str {
        std::str::from_utf8(self.raw(number)).unwrap_or("")
    }

    /// The bytes of a text by its number, for comparing.
    pub fn raw(&self, number: u32) -> &[u8] {
        let place = self.texts.get(number as usize).copied();
        let (start, end) = place.unwrap_or_default();
        let text = self.bytes.get(start as usize..end as usize);
        text.unwrap_or_default()
    }

    /// A set of releases by its number.
    pub fn releases(&self, number: u32) -> Option<Releases> {
        self.ranges.get(number as usize).copied()
    }

    /// How many texts there are.
    pub fn texts(&self) -> usize {
        self.texts.len()
    }
}

impl Atlas {
    /// Reads the head; `None` when it is damaged.
    pub(super) fn read(
        distribution: &'static str,
        import: &'static str,
        data: &'static [u8],
    ) -> Option<Atlas> {
        let mut bytes = Bytes::new(data.strip_prefix(MAGIC)?);
        let mut versions = Vec::new();
        for _ in 0..bytes.count()? {
            versions.push(bytes.text()?);
        }
        let mut lengths = [(0, 0); 3];
        for length in &mut lengths {
            *length = (bytes.number()? as usize, bytes.number()? as usize);
        }
        let mut parts = [Part::default(); 3];
        for (part, (raw, packed)) in parts.iter_mut().zip(lengths) {
            let packed = bytes.take(packed)?;
            *part = Part { packed, raw };
        }
        let fits = versions.len() <= Releases::MOST && parts.iter().all(|part| part.raw <= LARGEST);
        (fits && bytes.is_empty()).then(|| Atlas {
            distribution,
            import,
            versions,
            parts,
            shared: OnceLock::new(),
            modules: OnceLock::new(),
            code: OnceLock::new(),
        })
    }

    /// Every release that is held, oldest first.
    pub fn versions(&self) -> &[&'static str] {
        &self.versions
    }

    /// The place of a release; versions are compared as PEP 440 does.
    pub fn release(&self, version: &str) -> Option<usize> {
        let exact = self.versions.iter().position(|held| *held == version);
        exact.or_else(|| {
            let same = |held: &&str| package::compare(held, version).is_some_and(Ordering::is_eq);
            self.versions.iter().position(same)
        })
    }

    /// The releases that a specifier allows.
    pub fn satisfying(&self, specifier: &str) -> Releases {
        let mut found = Releases::NONE;
        for (place, version) in self.versions.iter().enumerate() {
            if package::satisfies(version, specifier) == Some(true) {
                found = found.or(Releases::one(place));
            }
        }
        found
    }

    /// Every release that is held.
    pub fn every(&self) -> Releases {
        Releases::run(0, self.versions.len())
    }

    /// The first of some releases and all that came after it.
    pub fn since(&self, releases: Releases) -> Releases {
        let first = releases.places().next();
        first.map_or(Releases::NONE, |first| {
            Releases::run(first, self.versions.len() - first.min(self.versions.len()))
        })
    }

    pub(super) fn shared(&self) -> Option<&Shared> {
        let read = || Shared::read(self.parts[0].unpack()?);
        self.shared.get_or_init(read).as_ref()
    }

    /// Its modules and the names in them.
    pub fn modules(&self) -> Option<&Modules> {
        let read = || Modules::read(self.parts[1].unpack()?);
        self.modules.get_or_init(read).as_ref()
    }

    /// Its classes and the code that restoring and asking them runs.
    pub fn code(&self) -> Option<&Code> {
        let read = || Code::read(&self.parts[2].unpack()?, self.shared()?);
        self.code.get_or_init(read).as_ref()
    }

    /// Whether more than modules and names is held. Unpacks nothing.
    pub fn has_code(&self) -> bool {
        // An empty list is one number.
        self.parts[2].raw > 1
    }

    /// A set of releases in words: `0.22 to 1.2.2`, with commas between runs.
    pub fn words(&self, releases: Releases) -> String {
        let mut runs: Vec<String> = Vec::new();
        let mut start = None;
        for place in 0..=self.versions.len() {
            match (releases.has(place), start) {
                (true, None) => start = Some(place),
                (false, Some(first)) => {
                    let (oldest, newest) = (self.versions[first], self.versions[place - 1]);
                    runs.push(if first + 1 == place {
                        oldest.to_owned()
                    } else {
                        format!("{oldest} to {newest}")
                    });
                    start = None;
                }
                _ => {}
            }
        }
        runs.join(", ")
    }
}

impl Part {
    fn unpack(self) -> Option<Cow<'static, [u8]>> {
        if self.packed.len() == self.raw {
            return Some(Cow::Borrowed(self.packed));
        }
        let mut raw = Vec::with_capacity(self.raw);
        let mut limited = ZlibDecoder::new(self.packed).take(self.raw as u64 + 1);
        limited.read_to_end(&mut raw).ok()?;
        (raw.len() == self.raw).then_some(Cow::Owned(raw))
    }
}
