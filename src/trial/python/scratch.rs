//! The private folder that a trial lives in; the only place where it may write.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::SystemTime;

use crate::text;
use crate::trial::TrialError;

/// The program that runs in the child.
const SOURCE: &str = include_str!("../../../assets/worker.py");

/// A folder that only the user can enter; removed when dropped.
#[derive(Debug)]
pub(super) struct Scratch {
    folder: PathBuf,
}

impl Scratch {
    /// Makes the folder and writes the worker and what it is asked into it.
    pub(super) fn new(request: &[u8]) -> Result<Self, TrialError> {
        let parent = std::env::temp_dir();
        Self::inside(&parent, request).map_err(|error| {
            TrialError::Unusable(format!(
                "no scratch folder could be made in {}: {error}; set TMPDIR to a folder that is writable",
                text::path(&parent)
            ))
        })
    }

    fn inside(parent: &Path, request: &[u8]) -> io::Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let clock = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .map_or(0, |since| since.subsec_nanos());
        loop {
            let count = COUNT.fetch_add(1, Ordering::Relaxed);
            let name = format!("shelflife-{}-{clock:08x}-{count}", std::process::id());
            let folder = std::path::absolute(parent.join(name))?;
            // Creating fails on whatever is there already, a planted link included.
            match fs::DirBuilder::new().mode(0o700).create(&folder) {
                Ok(()) => {
                    let scratch = Self { folder };
                    write(&scratch.worker(), SOURCE.as_bytes())?;
                    write(&scratch.request(), request)?;
                    return Ok(scratch);
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && count < 1000 => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The worker's source.
    pub(super) fn worker(&self) -> PathBuf {
        self.folder.join("worker.py")
    }

    /// What it is asked.
    pub(super) fn request(&self) -> PathBuf {
        self.folder.join("request.json")
    }

    /// The folder.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }
}

fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?
        .write_all(content)
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Nothing to say when this fails: it is the system's temporary folder.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_scratch_folder_is_private_and_goes_away() {
        let scratch = Scratch::new(b"{}").unwrap();
        let folder = scratch.folder().to_path_buf();
        let mode = fs::metadata(&folder).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        assert!(folder.join("worker.py").is_file());
        assert_eq!(fs::read(folder.join("request.json")).unwrap(), b"{}");
        drop(scratch);
        assert!(!folder.exists());
    }

    #[test]
    fn two_scratch_folders_differ() {
        let (one, two) = (Scratch::new(b"").unwrap(), Scratch::new(b"").unwrap());
        assert_ne!(one.folder(), two.folder());
    }
}
