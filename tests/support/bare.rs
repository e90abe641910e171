//! A virtual environment of Python 3.12 in which nothing is installed, made of files alone.

use std::fs;

/// A folder with the environment in `venv`.
pub fn bare() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for below in [
        "base/bin",
        "base/lib/python3.12",
        "venv/bin",
        "venv/lib/python3.12/site-packages",
    ] {
        fs::create_dir_all(root.join(below)).unwrap();
    }
    fs::write(root.join("base/bin/python3.12"), "").unwrap();
    fs::write(root.join("venv/bin/python"), "").unwrap();
    let config = format!(
        "home = {}\nversion = 3.12.4\n",
        root.join("base/bin").display()
    );
    fs::write(root.join("venv/pyvenv.cfg"), config).unwrap();
    folder
}
