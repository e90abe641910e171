//! Landlock: which files a trial reaches, and no TCP, no signals and no abstract sockets where the
//! kernel can refuse them.
//!
//! A path that is not there is left out; nothing is ever added for one that cannot be opened.
//! <https://docs.kernel.org/userspace-api/landlock.html>

use std::path::PathBuf;

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, LandlockStatus,
    PathBeneath, PathFd, Ruleset, RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetError,
    RulesetStatus, Scope,
};

use super::Places;

/// The newest rights that are asked for; older kernels give what they have.
const NEWEST: ABI = ABI::V9;

/// ABIs that brought rights which are used here, newest first.
const STEPS: [(ABI, u32); 7] = [
    (ABI::V9, 9),
    (ABI::V6, 6),
    (ABI::V5, 5),
    (ABI::V4, 4),
    (ABI::V3, 3),
    (ABI::V2, 2),
    (ABI::V1, 1),
];

/// Devices that programs write to without meaning any harm.
const SINKS: [&str; 1] = ["/dev/null"];

/// The ABI whose rights this kernel enforces.
pub(super) fn offered() -> Option<u32> {
    let works = |abi| ruleset(abi, CompatLevel::HardRequirement).is_ok();
    STEPS
        .iter()
        .find(|(abi, _)| works(*abi))
        .map(|(_, number)| *number)
}

/// Puts the rules on this process.
pub(super) fn restrict(places: &Places) -> Result<(), String> {
    enforce(places)
        .map_err(|error| format!("Landlock refused: {error}"))
        .and_then(|enforced| {
            if enforced {
                Ok(())
            } else {
                Err("Landlock was offered and is not enforced".into())
            }
        })
}

fn enforce(places: &Places) -> Result<bool, RulesetError> {
    let mut rules = ruleset(NEWEST, CompatLevel::BestEffort)?;
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let write = AccessFs::from_all(NEWEST)
        & !(AccessFs::Execute | AccessFs::MakeChar | AccessFs::MakeBlock | AccessFs::ResolveUnix);
    for path in &places.read {
        rules = allow(rules, path, read)?;
    }
    for path in &places.execute {
        rules = allow(rules, path, AccessFs::ReadFile | AccessFs::Execute)?;
    }
    for path in &places.write {
        rules = allow(rules, path, write)?;
    }
    for path in SINKS {
        rules = allow(
            rules,
            &path.into(),
            AccessFs::ReadFile | AccessFs::WriteFile,
        )?;
    }
    let status = rules.restrict_self()?;
    Ok(status.ruleset != RulesetStatus::NotEnforced
        && matches!(status.landlock, LandlockStatus::Available { .. }))
}

fn ruleset(abi: ABI, level: CompatLevel) -> Result<RulesetCreated, RulesetError> {
    let rules = Ruleset::default()
        .set_compatibility(level)
        .handle_access(AccessFs::from_all(abi))?;
    let net = AccessNet::from_all(abi);
    let rules = if net.is_empty() {
        rules
    } else {
        rules.handle_access(net)?
    };
    let scope = Scope::from_all(abi);
    let rules = if scope.is_empty() {
        rules
    } else {
        rules.scope(scope)?
    };
    rules.create()
}

fn allow(
    rules: RulesetCreated,
    path: &PathBuf,
    access: BitFlags<AccessFs>,
) -> Result<RulesetCreated, RulesetError> {
    let Ok(place) = PathFd::new(path) else {
        return Ok(rules);
    };
    // Rights on folders make no sense for a file, and the kernel refuses them.
    let access = if path.is_dir() {
        access
    } else {
        access & AccessFs::from_file(NEWEST)
    };
    rules.add_rule(PathBeneath::new(place, access))
}
