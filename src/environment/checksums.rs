//! The checksums of Cython classes: `__pyx_unpickle_…` refuses state of a class whose members have
//! changed, and the text of its refusal, which stands in the compiled module, names what it accepts.

use std::sync::Arc;

use super::state::locked;
use super::{Environment, ModuleKind, ModuleLookup, files};

/// Largest compiled module that is read, in bytes.
const LARGEST: u64 = 64 << 20;
/// Most texts of one module.
const MOST: usize = 10_000;
/// Longest text.
const LONGEST: usize = 4_000;
/// How the text begins.
const START: &[u8] = b"Incompatible checksums (";

/// One class's refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The checksums that are accepted.
    pub accepted: Vec<u64>,
    /// The text, with `%s` or `0x%x` for the checksum that is not.
    pub text: String,
}

impl Refusal {
    fn parse(text: &str) -> Option<Self> {
        let (_, rest) = text.split_once(" vs ")?;
        let (accepted, _) = rest.split_once(" = (")?;
        let words = accepted.split(|c: char| !c.is_ascii_alphanumeric());
        let accepted: Vec<u64> = words
            .filter_map(|word| u64::from_str_radix(word.strip_prefix("0x")?, 16).ok())
            .collect();
        (!accepted.is_empty()).then(|| Self {
            accepted,
            text: text.to_owned(),
        })
    }

    /// What is said about a checksum.
    pub fn message(&self, checksum: u64) -> String {
        self.text
            .replace("0x%x", &format!("{checksum:#x}"))
            .replace("%s", &checksum.to_string())
    }
}

impl Environment {
    /// The refusals of the classes in a compiled module; empty when it shows none.
    pub fn checksums(&self, module: &str) -> Arc<[Refusal]> {
        let ModuleLookup::Found {
            file: Some(file),
            kind: ModuleKind::Compiled,
        } = self.module(module)
        else {
            return Arc::new([]);
        };
        if let Some(known) = locked(&self.state.checksums).get(&file) {
            return known.clone();
        }
        let bytes = files::bounded(&file, LARGEST).unwrap_or_default();
        let found: Arc<[Refusal]> = refusals(&bytes).into();
        locked(&self.state.checksums).insert(file, found.clone());
        found
    }
}

fn refusals(bytes: &[u8]) -> Vec<Refusal> {
    let mut found: Vec<Refusal> = Vec::new();
    for at in memchr::memmem::find_iter(bytes, START).take(MOST) {
        let rest = &bytes[at..bytes.len().min(at + LONGEST)];
        let text = memchr::memchr(0, rest).and_then(|end| std::str::from_utf8(&rest[..end]).ok());
        if let Some(refusal) = text.and_then(Refusal::parse)
            && !found.contains(&refusal)
        {
            found.push(refusal);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_generations_of_cython_name_what_they_accept() {
        let bytes = b"\0Incompatible checksums (%s vs 0xd555cb8 = (_dtype, _ndarray))\0\
            Incompatible checksums (0x%x vs (0x4f10a1f, 0xd41d8cd) = (a))\0Incompatible checksums (x\0";
        let found = refusals(bytes);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].accepted, [0x0d55_5cb8]);
        assert_eq!(
            found[0].message(82_904_607),
            "Incompatible checksums (82904607 vs 0xd555cb8 = (_dtype, _ndarray))"
        );
        assert_eq!(found[1].accepted, [0x04f1_0a1f, 0x0d41_d8cd]);
        assert_eq!(
            found[1].message(255),
            "Incompatible checksums (0xff vs (0x4f10a1f, 0xd41d8cd) = (a))"
        );
    }
}
