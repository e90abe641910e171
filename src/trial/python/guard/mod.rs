//! The layers around a live trial: limits everywhere, and on Linux Landlock for files and a filter
//! for system calls.
//!
//! They are put on by the launcher, which becomes the interpreter afterwards; nothing here changes
//! the process of the program itself, and [`offered`] only asks the kernel.

#[cfg(target_os = "linux")]
mod calls;
#[cfg(target_os = "linux")]
mod files;
pub(super) mod limits;
mod loader;
pub(super) mod places;

/// What this system can enforce.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layers {
    /// The Landlock ABI whose rights are used.
    pub landlock: Option<u32>,
    /// Whether system calls are filtered.
    pub seccomp: bool,
    /// Why a layer is missing.
    pub missing: Vec<String>,
}

/// What the files layer lets through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Places {
    /// Folders (with all below) and files to read.
    pub read: Vec<std::path::PathBuf>,
    /// Files that may be executed: the interpreter and what loads it.
    pub execute: Vec<std::path::PathBuf>,
    /// Folders to read and write.
    pub write: Vec<std::path::PathBuf>,
}

/// Asks the kernel; no process is started and nothing is restricted.
#[cfg(target_os = "linux")]
pub(super) fn offered() -> Layers {
    let landlock = files::offered();
    let seccomp = calls::offered();
    let mut missing = Vec::new();
    if landlock.is_none() {
        missing.push("this kernel offers no Landlock, so that files are not guarded".to_owned());
    }
    if let Err(why) = seccomp {
        missing.push(why.to_owned());
    }
    Layers {
        landlock,
        seccomp: seccomp.is_ok(),
        missing,
    }
}

/// Elsewhere there are limits and no layers.
#[cfg(not(target_os = "linux"))]
pub(super) fn offered() -> Layers {
    Layers {
        landlock: None,
        seccomp: false,
        missing: vec!["only Linux has what a sandbox takes".to_owned()],
    }
}

/// Restricts this process for good; what it becomes afterwards stays restricted.
///
/// Answers the Landlock ABI that is enforced. A layer that is wanted and cannot be put on is an
/// error: what was promised has to hold.
#[cfg(target_os = "linux")]
pub(super) fn restrict(places: &Places, landlock: bool, seccomp: bool) -> Result<(), String> {
    if landlock {
        files::restrict(places)?;
    }
    if seccomp {
        calls::restrict()?;
    }
    Ok(())
}

/// Nothing to put on.
#[cfg(not(target_os = "linux"))]
pub(super) fn restrict(_: &Places, landlock: bool, seccomp: bool) -> Result<(), String> {
    if landlock || seccomp {
        return Err("this system has no sandbox".into());
    }
    Ok(())
}
