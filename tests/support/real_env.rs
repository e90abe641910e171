//! A real environment with scikit-learn, built once under `target/test-envs` and shared by every
//! test process: wheels only, every version pinned by the minor version of `python3` on `PATH`.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The prefix of the environment, built when it is not there yet.
///
/// Answers `None` when there is no `python3`, or when the wheels cannot be had (no network, no
/// wheels for this Python); the reason goes to standard error. With `SHELFLIFE_REAL_ENV=required`
/// that is a failure instead, so that a build server cannot pass by skipping.
pub fn prefix() -> Option<PathBuf> {
    match build() {
        Ok(prefix) => Some(prefix),
        Err(reason) => {
            assert!(
                std::env::var_os("SHELFLIFE_REAL_ENV").is_none_or(|value| value != "required"),
                "no real environment: {reason}"
            );
            eprintln!("skipped, no real environment: {reason}");
            None
        }
    }
}

/// The interpreter of an environment.
pub fn interpreter(prefix: &Path) -> PathBuf {
    prefix.join("bin/python")
}

/// Runs a script in the environment and answers what it printed.
pub fn run(prefix: &Path, script: &str, arguments: &[&Path]) -> String {
    let output = Command::new(interpreter(prefix))
        .args(["-I", "-B", "-c", script])
        .args(arguments)
        .output()
        .expect("the interpreter starts");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn build() -> Result<PathBuf, String> {
    let version = said(
        Command::new("python3").args(["-c", "import sys; print('%d.%d' % sys.version_info[:2])"]),
    )?;
    let minor: u32 = version
        .trim()
        .strip_prefix("3.")
        .and_then(|minor| minor.parse().ok())
        .ok_or_else(|| format!("python3 says that it is {version}"))?;
    let wheels = wheels(minor)?;
    let key = format!("py3{minor}-{}", wheels[0].replace("==", "-"));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/test-envs");
    let prefix = folder.join(&key);
    let done = prefix.join("complete");
    if done.exists() {
        return Ok(prefix);
    }

    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    // Several test processes want it at the same time: one builds, the others wait.
    let lock =
        File::create(folder.join(format!("{key}.lock"))).map_err(|error| error.to_string())?;
    lock.lock().map_err(|error| error.to_string())?;
    if done.exists() {
        return Ok(prefix);
    }
    match fs::remove_dir_all(&prefix) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.to_string()),
        _ => {}
    }
    said(Command::new("python3").args(["-m", "venv"]).arg(&prefix))?;
    said(
        Command::new(interpreter(&prefix))
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
            ])
            .args(["--no-input", "--only-binary", ":all:"])
            .args(wheels),
    )?;
    fs::write(&done, "").map_err(|error| error.to_string())?;
    Ok(prefix)
}

/// The newest versions that still have wheels for this Python, and that work together.
fn wheels(minor: u32) -> Result<[&'static str; 5], String> {
    let [sklearn, numpy, scipy] = match minor {
        9 => ["scikit-learn==1.6.1", "numpy==2.0.2", "scipy==1.13.1"],
        10..=13 => ["scikit-learn==1.7.2", "numpy==2.2.6", "scipy==1.15.3"],
        14.. => ["scikit-learn==1.8.0", "numpy==2.3.5", "scipy==1.16.3"],
        _ => return Err(format!("no wheels are pinned for Python 3.{minor}")),
    };
    Ok([
        sklearn,
        numpy,
        scipy,
        "joblib==1.5.2",
        "threadpoolctl==3.6.0",
    ])
}

fn said(command: &mut Command) -> Result<String, String> {
    let output = command
        .output()
        .map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}
