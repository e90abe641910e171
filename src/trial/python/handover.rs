//! The artifact's bytes as they go to the child: the file is opened once, hashed, and that same
//! open file becomes the child's standard input.
//!
//! On Linux a file that is not too large is copied into sealed memory while it is hashed, so that
//! what was hashed is what is loaded whatever happens to the file. A larger one is handed over as
//! it is open, and a change while the trial ran is told afterwards.

use std::fs::{File, Metadata};
#[cfg(target_os = "linux")]
use std::io::Write;
use std::io::{self, Read, Seek};
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};

use sha2::{Digest, Sha256};

/// The largest file that is copied into memory.
#[cfg(target_os = "linux")]
const SEALED: u64 = 512 << 20;

/// An open artifact.
#[derive(Debug)]
pub(super) struct Handover {
    file: File,
    /// How the file was when it was opened, unless its bytes were sealed.
    opened: Option<Metadata>,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

impl Handover {
    /// Opens and hashes. `None`: cancelled.
    pub(super) fn open(path: &Path, cancel: &AtomicBool) -> io::Result<Option<Self>> {
        let (mut file, opened) = crate::source::regular(path)?;
        #[cfg(target_os = "linux")]
        if opened.len() <= SEALED
            && let Ok(memory) = sealable()
        {
            return Self::sealed(&mut file, memory, cancel);
        }
        let Some(sha256) = hash(&mut file, cancel, |_| Ok(()))? else {
            return Ok(None);
        };
        file.rewind()?;
        Ok(Some(Self {
            file,
            opened: Some(opened),
            sha256,
        }))
    }

    #[cfg(target_os = "linux")]
    fn sealed(file: &mut File, mut memory: File, cancel: &AtomicBool) -> io::Result<Option<Self>> {
        use rustix::fs::SealFlags;
        // A file that grows meanwhile must not fill the memory.
        let mut file = file.take(SEALED + 1);
        let Some(sha256) = hash(&mut file, cancel, |block| memory.write_all(block))? else {
            return Ok(None);
        };
        if file.limit() == 0 {
            return Err(io::Error::other("it grows while it is read"));
        }
        let seals = SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL;
        rustix::fs::fcntl_add_seals(&memory, seals)?;
        memory.rewind()?;
        Ok(Some(Self {
            file: memory,
            opened: None,
            sha256,
        }))
    }

    /// The child's standard input.
    pub(super) fn stdin(&self) -> io::Result<Stdio> {
        Ok(self.file.try_clone()?.into())
    }

    /// Whether the bytes cannot have changed since they were hashed.
    pub(super) fn is_sealed(&self) -> bool {
        self.opened.is_none()
    }

    /// Whether the open file was written to since.
    pub(super) fn changed(&self) -> bool {
        use std::os::unix::fs::MetadataExt;
        let (Some(before), Ok(now)) = (&self.opened, self.file.metadata()) else {
            return false;
        };
        let stamp = |of: &Metadata| {
            (
                of.len(),
                of.mtime(),
                of.mtime_nsec(),
                of.ctime(),
                of.ctime_nsec(),
            )
        };
        stamp(before) != stamp(&now)
    }
}

#[cfg(target_os = "linux")]
fn sealable() -> io::Result<File> {
    use rustix::fs::MemfdFlags;
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    Ok(File::from(rustix::fs::memfd_create("artifact", flags)?))
}

/// Reads to the end, hands each block on, and answers the hash; `None`: cancelled.
fn hash(
    file: &mut impl Read,
    cancel: &AtomicBool,
    mut each: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<Option<String>> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 18];
    loop {
        if cancel.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let count = match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        hasher.update(&buffer[..count]);
        each(&buffer[..count])?;
    }
    Ok(Some(crate::source::hexadecimal(&hasher.finalize())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_hashed_stays_whatever_happens_to_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.pkl");
        std::fs::write(&path, b"test").unwrap();
        let found = Handover::open(&path, &AtomicBool::new(false))
            .unwrap()
            .unwrap();
        assert_eq!(found.sha256, crate::source::sha256(&path).unwrap());
        std::fs::write(&path, b"evil and longer").unwrap();
        #[cfg(target_os = "linux")]
        {
            assert!(found.is_sealed());
            let mut text = String::new();
            (&found.file).read_to_string(&mut text).unwrap();
            assert_eq!(text, "test");
            assert!((&found.file).write_all(b"x").is_err());
        }
    }

    #[test]
    fn a_folder_is_no_file_and_cancelling_answers_nothing() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Handover::open(folder.path(), &AtomicBool::new(false)).is_err());
        let path = folder.path().join("x");
        std::fs::write(&path, b"x").unwrap();
        assert!(
            Handover::open(&path, &AtomicBool::new(true))
                .unwrap()
                .is_none()
        );
    }
}
