//! Which loader an ELF program names, since the kernel executes that file too.

use std::fs::File;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Headers and the loader's name stand at the front of every program that a linker made.
const FRONT: u64 = 64 << 10;
/// `PT_INTERP`.
const INTERPRETER: u32 = 3;

/// The loader that the program at `path` names; `None` for a static one and for what is no 64-bit
/// ELF file in this machine's byte order.
pub(super) fn of(path: &Path) -> Option<PathBuf> {
    let mut front = Vec::new();
    File::open(path)
        .ok()?
        .take(FRONT)
        .read_to_end(&mut front)
        .ok()?;
    in_front(&front)
}

fn in_front(front: &[u8]) -> Option<PathBuf> {
    let data = if cfg!(target_endian = "little") { 1 } else { 2 };
    if front.get(..6)? != [0x7f, b'E', b'L', b'F', 2, data] {
        return None;
    }
    let table = usize::try_from(u64_at(front, 32)?).ok()?;
    let size = usize::from(u16_at(front, 54)?);
    let count = usize::from(u16_at(front, 56)?);
    (0..count).find_map(|index| {
        let entry = front.get(table.checked_add(index.checked_mul(size)?)?..)?;
        if u32_at(entry, 0)? != INTERPRETER {
            return None;
        }
        let start = usize::try_from(u64_at(entry, 8)?).ok()?;
        let length = usize::try_from(u64_at(entry, 32)?).ok()?;
        let name = front.get(start..start.checked_add(length)?)?;
        let name = name.split(|byte| *byte == 0).next()?;
        Some(PathBuf::from(std::ffi::OsStr::from_bytes(name)))
    })
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let bytes = bytes.get(at..at + 2)?;
    Some(u16::from_ne_bytes(bytes.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at + 4)?;
    Some(u32::from_ne_bytes(bytes.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    let bytes = bytes.get(at..at + 8)?;
    Some(u64::from_ne_bytes(bytes.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_script_has_none_and_a_cut_program_is_no_panic() {
        assert_eq!(in_front(b"#!/bin/sh\n"), None);
        let own = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        for end in [0, 5, 40, 55, 57, 64, 100, 200, 400, 700] {
            let _ = in_front(&own[..end]);
        }
    }

    #[test]
    #[cfg(all(target_os = "linux", target_pointer_width = "64"))]
    fn the_loader_of_the_shell_exists() {
        if let Some(loader) = of(Path::new("/bin/sh")) {
            assert!(loader.exists(), "{}", loader.display());
        }
    }
}
