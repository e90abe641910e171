//! Which places a trial may read: the environment, its base installation, the system's libraries,
//! and what the user named.
//!
//! Of a prefix only the folders that Python uses: a virtual environment can be made in the root of
//! a project, beside keys and data. Nothing is read here but links and `pyvenv.cfg`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::{Places, loader};

/// What Python uses of a prefix.
const OF_PREFIX: [&str; 9] = [
    "bin",
    "lib",
    "lib64",
    "lib32",
    "include",
    "share",
    "etc",
    "ssl",
    "pyvenv.cfg",
];

/// Libraries and what they read when they start. Nothing of `/etc` that can hold a secret, nothing
/// of other processes.
const OF_SYSTEM: [&str; 35] = [
    "/usr/lib",
    "/usr/lib32",
    "/usr/lib64",
    "/usr/libexec",
    "/usr/share",
    "/usr/local/lib",
    "/usr/local/lib64",
    "/usr/local/share",
    "/lib",
    "/lib32",
    "/lib64",
    "/nix/store",
    "/gnu/store",
    "/etc/ld.so.cache",
    "/etc/ld.so.preload",
    "/etc/localtime",
    "/etc/timezone",
    "/etc/mime.types",
    "/etc/os-release",
    "/etc/ssl/openssl.cnf",
    "/etc/ssl/certs",
    "/etc/pki/tls/openssl.cnf",
    "/etc/crypto-policies",
    "/proc/self",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/stat",
    "/proc/version",
    "/proc/filesystems",
    "/proc/sys",
    "/sys/devices/system",
    "/sys/fs/cgroup",
    "/sys/kernel/mm/transparent_hugepage",
    "/dev/urandom",
    "/dev/random",
];

/// Links from one interpreter to the next.
const LINKS: usize = 16;
/// The largest `pyvenv.cfg`.
const CONFIG: u64 = 64 << 10;

/// The prefixes of an interpreter: its own first, then those that it leads to.
pub(in crate::trial::python) fn prefixes(interpreter: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = Vec::new();
    let mut note = |path: &Path| {
        if let Some(prefix) = path.parent().and_then(Path::parent)
            && !found.iter().any(|known| known == prefix)
        {
            found.push(prefix.to_path_buf());
        }
    };
    for path in chain(interpreter) {
        note(&path);
        if let Some(home) = path.parent().and_then(Path::parent).and_then(home) {
            note(&home.join("python"));
        }
    }
    found
}

/// The interpreter and every file that its links lead to, the real one last.
fn chain(interpreter: &Path) -> Vec<PathBuf> {
    let mut chain = vec![interpreter.to_path_buf()];
    let mut at = interpreter.to_path_buf();
    for _ in 0..LINKS {
        let Ok(target) = fs::read_link(&at) else {
            break;
        };
        at = at.parent().unwrap_or(Path::new("/")).join(target);
        chain.push(at.clone());
    }
    if let Ok(real) = fs::canonicalize(interpreter) {
        chain.push(real);
    }
    chain
}

/// The folder of the base installation's interpreter, as `pyvenv.cfg` names it.
fn home(prefix: &Path) -> Option<PathBuf> {
    let text = crate::source::small(&prefix.join("pyvenv.cfg"), CONFIG).ok()??;
    let text = String::from_utf8_lossy(&text).into_owned();
    text.lines().find_map(|line| {
        let (key, value) = line.split_once('=')?;
        (key.trim() == "home").then(|| PathBuf::from(value.trim()))
    })
}

/// What the layer lets through: `named` are the folders and files of this trial, `scratch` the only
/// place to write.
pub(in crate::trial::python) fn of(
    interpreter: &Path,
    named: &[PathBuf],
    scratch: &Path,
) -> Places {
    let mut read: BTreeSet<PathBuf> = OF_SYSTEM.iter().map(PathBuf::from).collect();
    for prefix in prefixes(interpreter) {
        read.extend(OF_PREFIX.iter().map(|name| prefix.join(name)));
    }
    read.extend(debian());
    read.extend(named.iter().cloned());
    let mut execute: Vec<PathBuf> = fs::canonicalize(interpreter).into_iter().collect();
    let loaders: Vec<PathBuf> = execute.iter().filter_map(|path| loader::of(path)).collect();
    execute.extend(loaders);
    Places {
        read: read.into_iter().collect(),
        execute,
        write: vec![scratch.to_path_buf()],
    }
}

/// Debian keeps `sitecustomize.py`, which every start of its Pythons reads, in `/etc/python3.N`.
fn debian() -> Vec<PathBuf> {
    let entries = fs::read_dir("/etc").into_iter().flatten().flatten();
    let named = entries.filter(|entry| {
        let name = entry.file_name();
        name.as_encoded_bytes().starts_with(b"python3")
    });
    named.map(|entry| entry.path()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_virtual_environment_leads_to_its_base_and_opens_no_project() {
        let folder = tempfile::tempdir().unwrap();
        let base = folder.path().join("base");
        let project = folder.path().join("project");
        fs::create_dir_all(base.join("bin")).unwrap();
        fs::create_dir_all(project.join("bin")).unwrap();
        fs::write(base.join("bin/python3"), "").unwrap();
        let elsewhere = folder.path().join("elsewhere/bin");
        fs::write(
            project.join("pyvenv.cfg"),
            format!("home = {}\n", elsewhere.display()),
        )
        .unwrap();
        let python = project.join("bin/python");
        std::os::unix::fs::symlink("python3", &python).unwrap();
        std::os::unix::fs::symlink(base.join("bin/python3"), project.join("bin/python3")).unwrap();

        let found = prefixes(&python);
        assert_eq!(found[0], project);
        assert!(found.contains(&base), "{found:?}");
        assert!(
            found.contains(&folder.path().join("elsewhere")),
            "{found:?}"
        );

        let places = of(&python, &[], Path::new("/scratch"));
        assert!(places.read.contains(&project.join("lib")));
        assert!(!places.read.contains(&project));
        assert_eq!(places.write, [Path::new("/scratch")]);
        assert_eq!(places.execute, [fs::canonicalize(&python).unwrap()]);
    }
}
