//! The worker's command line and the private folder that it lives in.
//!
//! Knows how the child is started, not what is said to it.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use super::LiveTrial;
use crate::artifact::Format;
use crate::text;
use crate::trial::TrialError;

/// The program that runs in the child.
const SOURCE: &str = include_str!("../../../assets/worker.py");

/// Address space of the child. Numerical libraries reserve far more than they use.
const MEMORY: u64 = 16 << 30;

/// The largest file that the child may write.
const FILE: u64 = 256 << 20;

/// A folder that only the user can enter; removed when dropped.
#[derive(Debug)]
pub(super) struct Scratch {
    folder: PathBuf,
}

impl Scratch {
    /// Makes the folder and writes the worker into it.
    pub(super) fn new() -> Result<Self, TrialError> {
        let parent = std::env::temp_dir();
        Self::inside(&parent).map_err(|error| {
            TrialError::Unusable(format!(
                "no scratch folder could be made in {}: {error}; set TMPDIR to a folder that is writable",
                text::path(&parent)
            ))
        })
    }

    fn inside(parent: &Path) -> io::Result<Self> {
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
                    scratch.write_worker()?;
                    return Ok(scratch);
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && count < 1000 => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn write_worker(&self) -> io::Result<()> {
        fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(self.worker())?
            .write_all(SOURCE.as_bytes())
    }

    fn worker(&self) -> PathBuf {
        self.folder.join("worker.py")
    }

    /// The folder.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Nothing to say when this fails: it is the system's temporary folder.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The command of the child, without its standard streams.
pub(super) fn command(trial: &LiveTrial, scratch: &Scratch) -> Result<Command, TrialError> {
    if trial.artifact.is_dir() && trial.sha256.is_some() {
        return Err(TrialError::Unusable(format!(
            "{} is a directory that only mlflow can load, and has no single hash; run it without one",
            text::path(&trial.artifact)
        )));
    }
    if !matches!(
        trial.format,
        Format::Pickle | Format::Joblib | Format::Skops | Format::Onnx | Format::Mlflow
    ) {
        return Err(TrialError::Unusable(format!(
            "{} is not in a format that a Python trial can load",
            text::path(&trial.artifact)
        )));
    }
    let interpreter = absolute(&trial.interpreter)?;
    let mut arguments: Vec<OsString> =
        vec!["-I".into(), "-B".into(), scratch.worker().into_os_string()];
    arguments.push(absolute(&trial.artifact)?.into());
    for path in &trial.paths {
        arguments.push(absolute(path)?.into());
    }

    // Limits are inherited over exec, and setting them in the child between fork and exec would
    // take unsafe code: a shell sets them and becomes the interpreter. A system that refuses one of
    // them (macOS knows no limit on address space) still runs the trial.
    let mut command = Command::new("/bin/sh");
    command
        .arg("-c")
        .arg(limits(trial.time_limit))
        .arg(interpreter)
        .args(arguments);
    command.current_dir(scratch.folder()).env_clear();
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    for (name, value) in [
        ("LANG", "C.UTF-8"),
        ("PYTHONNOUSERSITE", "1"),
        ("OMP_NUM_THREADS", "1"),
        ("OPENBLAS_NUM_THREADS", "1"),
        ("MKL_NUM_THREADS", "1"),
        ("NUMEXPR_NUM_THREADS", "1"),
        // `n_jobs=-1` saved with a model must not start a pool of processes.
        ("JOBLIB_MULTIPROCESSING", "0"),
        ("LOKY_MAX_CPU_COUNT", "1"),
        ("MPLBACKEND", "Agg"),
    ] {
        command.env(name, value);
    }
    for name in ["HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"] {
        command.env(name, scratch.folder());
    }
    Ok(command)
}

/// A shell program that lowers the limits and becomes its arguments.
fn limits(time: Duration) -> String {
    let processor = time.as_secs().saturating_add(2);
    let memory = MEMORY >> 10;
    let file = FILE >> 9;
    format!(
        "ulimit -c 0 2>/dev/null; ulimit -t {processor} 2>/dev/null; ulimit -v {memory} 2>/dev/null; \
         ulimit -f {file} 2>/dev/null; exec \"$0\" \"$@\""
    )
}

/// The child works in its scratch folder, so that every path must be absolute. Links stay.
fn absolute(path: &Path) -> Result<PathBuf, TrialError> {
    std::path::absolute(path).map_err(|error| {
        TrialError::Unusable(format!(
            "{} cannot be made absolute: {error}",
            text::path(path)
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_scratch_folder_is_private_and_goes_away() {
        let scratch = Scratch::new().unwrap();
        let folder = scratch.folder().to_path_buf();
        let mode = fs::metadata(&folder).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        assert!(folder.join("worker.py").is_file());
        drop(scratch);
        assert!(!folder.exists());
    }

    #[test]
    fn two_scratch_folders_differ() {
        let (one, two) = (Scratch::new().unwrap(), Scratch::new().unwrap());
        assert_ne!(one.folder(), two.folder());
    }
}
