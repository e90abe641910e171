//! `distribution-missing`, `module-missing`, `name-missing`, `local-module`, `main-name`: a name
//! that loading imports does not exist in the environment's own files.

use std::path::Component;

use super::rule::{Context, in_environment, in_file};
use super::{Finding, Stage};
use crate::artifact::Format;
use crate::environment::messages::{self, Unpickler};
use crate::environment::{NameLookup, fix_imports};
use crate::manifest::{self, Evidence, NeededName, Relation};
use crate::package;

/// Modules that exist only in the program that saved: scripts, notebooks, spawned workers.
fn is_main(module: &str) -> bool {
    matches!(module, "__main__" | "__mp_main__") || module.starts_with("ipykernel")
}

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let mut reported: Vec<String> = Vec::new();
    let by_dill = context
        .manifest
        .names
        .iter()
        .any(|needed| needed.module.starts_with("dill."));
    for needed in &context.manifest.names {
        let protocol = if needed.python2 { 2 } else { 4 };
        // dill's own word for the names of the program that loads.
        if by_dill && &*needed.module == "__builtin__" && &*needed.name == "__main__" {
            continue;
        }
        let (module, name) = fix_imports(&needed.module, &needed.name, protocol);
        let finding = if is_main(&module) {
            Some(main_name(context, needed))
        } else {
            looked_up(context, needed, &module, &name)
        };
        let Some(finding) = finding else { continue };
        // One missing distribution is one finding, however many of its names the file imports.
        let key = format!("{} {}", finding.rule, finding.message);
        if !reported.contains(&key) {
            reported.push(key);
            findings.push(finding);
        }
    }
}

fn looked_up(
    context: &Context<'_>,
    needed: &NeededName,
    module: &str,
    name: &str,
) -> Option<Finding> {
    let environment = context.environment;
    // A supposed release has no files in which a module under a bare name could be found.
    if let Some((owner, range)) = manifest::implied_by(needed)
        && !environment.is_supposed(module)
        && context.is_supposed(owner)
    {
        let there = context.live_in(owner, range) == Some(true);
        return (!there).then(|| missing_module(context, needed, module, module, None));
    }
    match environment.name(module, name) {
        NameLookup::Defined { .. } => None,
        NameLookup::Unknown { reason } => Some(Finding {
            certain: false,
            message: format!("whether {module}.{name} exists cannot be told: {reason}"),
            ..blank("name-unknown", needed, module)
        }),
        NameLookup::Missing { file } => Some(Finding {
            distribution: owner(context, module, file.as_deref()),
            found: owner(context, module, file.as_deref())
                .and_then(|name| context.live(&name))
                .unwrap_or_default()
                .to_owned(),
            exception: Some("AttributeError".into()),
            message: messages::no_attribute(
                environment,
                module,
                name,
                context.manifest.protocol.unwrap_or(4),
                unpickler(context),
            ),
            evidence: vec![
                imported_at(needed),
                in_environment(file.as_deref(), None, format!("does not define {name}")),
            ],
            ..blank("name-missing", needed, module)
        }),
        NameLookup::ModuleMissing { first, searched } => Some(missing_module(
            context,
            needed,
            module,
            &first,
            searched.as_deref(),
        )),
    }
}

fn missing_module(
    context: &Context<'_>,
    needed: &NeededName,
    module: &str,
    first: &str,
    searched: Option<&std::path::Path>,
) -> Finding {
    let top = crate::package::top_of(module);
    let message = messages::no_module(context.environment, first);
    let evidence = vec![
        imported_at(needed),
        in_environment(searched, None, format!("no {first} here")),
    ];
    let common = Finding {
        exception: Some("ModuleNotFoundError".into()),
        message,
        evidence,
        ..blank("module-missing", needed, module)
    };
    if first != top {
        return Finding {
            distribution: distribution(context, module),
            found: live_version(context, module),
            ..common
        };
    }
    let declared = |name: &str| context.manifest.declared.iter().any(|r| r.subject == name);
    let distribution = package::distribution_of(top)
        .map(str::to_owned)
        .or_else(|| {
            let guess = package::normalize(top);
            declared(&guess).then_some(guess)
        });
    if let Some(distribution) = distribution {
        return Finding {
            rule: "distribution-missing",
            subject: distribution.clone(),
            fix: Some(format!("install {distribution}")),
            distribution: Some(distribution),
            ..common
        };
    }
    // A module that a distribution makes under a bare name of its own, in some releases.
    if let Some((owner, wanted)) = manifest::implied_by(needed) {
        return Finding {
            distribution: Some(owner.to_owned()),
            wanted: wanted.to_owned(),
            found: context.live(owner).unwrap_or_default().to_owned(),
            fix: Some(format!("install {owner}{wanted}, which has it")),
            ..common
        };
    }
    local_module(context, top, common)
}

/// A top-level module that belongs to no known distribution: most likely the author's own file.
fn local_module(context: &Context<'_>, top: &str, common: Finding) -> Finding {
    let near = context.manifest.siblings.iter().find(|sibling| {
        sibling.relation == Relation::Defines && crate::package::top_of(&sibling.subject) == top
    });
    let mut evidence = common.evidence;
    let fix = match near {
        Some(sibling) => {
            evidence.push(defined_near(sibling));
            let folder = sibling.path.parent().unwrap_or(std::path::Path::new("."));
            format!(
                "put {} on PYTHONPATH: {}",
                crate::text::path(folder),
                sibling.reason
            )
        }
        None => format!(
            "bring the module {top} of the project that saved the file; nothing near it defines it"
        ),
    };
    Finding {
        rule: "local-module",
        subject: top.into(),
        evidence,
        fix: Some(fix),
        ..common
    }
}

fn main_name(context: &Context<'_>, needed: &NeededName) -> Finding {
    let subject = format!("{}.{}", needed.module, needed.name);
    let near = context
        .manifest
        .siblings
        .iter()
        .find(|sibling| sibling.relation == Relation::Defines && sibling.subject == subject);
    let mut evidence = vec![imported_at(needed)];
    let fix = match near {
        Some(sibling) => {
            evidence.push(defined_near(sibling));
            format!(
                "define it in the program that loads, before loading: {}",
                sibling.reason
            )
        }
        None => format!(
            "define {} in the program that loads, before loading; \
             better, put it in a module and save again",
            needed.name
        ),
    };
    Finding {
        exception: Some("AttributeError".into()),
        message: main_message(context, &needed.name),
        evidence,
        fix: Some(crate::text::short(&fix, 300)),
        ..blank("main-name", needed, &needed.module)
    }
}

/// Both unpicklers show the module, except the one in Python for the protocols up to 3.
fn main_message(context: &Context<'_>, name: &str) -> String {
    let old = context.manifest.protocol.unwrap_or(4) < 4;
    if old && unpickler(context) == Unpickler::Python {
        return format!("module '__main__' has no attribute '{name}'");
    }
    format!("Can't get attribute '{name}' on <module '__main__' (built-in)>")
}

fn blank(rule: &'static str, needed: &NeededName, module: &str) -> Finding {
    Finding {
        rule,
        stage: Stage::Load,
        subject: crate::text::short(&format!("{module}.{}", needed.name), 120),
        distribution: None,
        wanted: String::new(),
        found: String::new(),
        exception: None,
        message: String::new(),
        certain: true,
        evidence: vec![imported_at(needed)],
        fix: None,
    }
}

fn imported_at(needed: &NeededName) -> Evidence {
    in_file(
        needed.offset,
        format!("imports {}.{}", needed.module, needed.name),
    )
}

fn defined_near(sibling: &crate::manifest::Sibling) -> Evidence {
    Evidence {
        kind: "declared",
        file: Some(sibling.path.clone()),
        line: sibling.line,
        offset: None,
        text: sibling.reason.clone(),
    }
}

/// The distribution that a module of this environment belongs to.
fn distribution(context: &Context<'_>, module: &str) -> Option<String> {
    let top = crate::package::top_of(module);
    if let Some(distribution) = context.environment.distribution_of_module(top) {
        return Some(distribution.name.clone());
    }
    package::distribution_of(top).map(str::to_owned)
}

/// The distribution of a module that was found; by its file where the name is one that the
/// distribution makes up when it is imported.
fn owner(context: &Context<'_>, module: &str, file: Option<&std::path::Path>) -> Option<String> {
    let by_file = || {
        let mut parts = file?.components().map(Component::as_os_str);
        parts.find(|part| *part == "site-packages" || *part == "dist-packages")?;
        let top = parts.next()?.to_str()?;
        let found = context.environment.distribution_of_module(top)?;
        Some(found.name.clone())
    };
    distribution(context, module).or_else(by_file)
}

fn live_version(context: &Context<'_>, module: &str) -> String {
    distribution(context, module)
        .and_then(|name| context.live(&name).map(str::to_owned))
        .unwrap_or_default()
}

/// Which of Python's two unpicklers reads the artifact; they word some errors differently.
fn unpickler(context: &Context<'_>) -> Unpickler {
    let artifact = context.artifact;
    // What joblib writes without arrays is a plain pickle; its name tells who opens it.
    let named = artifact
        .path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("joblib"));
    if artifact.format == Format::Joblib || artifact.compression.is_some() || named {
        Unpickler::Python
    } else {
        Unpickler::C
    }
}
