//! `import-fails`: a module that the file imports is there, and importing it raises all the same,
//! because of what that module imports in turn.

use std::collections::HashSet;

use super::rule::{Context, in_environment, in_file};
use super::{Evidence, Finding, Stage};
use crate::environment::{ImportCause, ImportFailure, fix_imports};
use crate::manifest::NeededName;
use crate::package;

/// Import statements that are shown of a long chain.
const SHOWN: usize = 6;

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let mut asked: HashSet<String> = HashSet::new();
    let mut told: HashSet<String> = HashSet::new();
    for needed in &context.manifest.names {
        let protocol = if needed.python2 { 2 } else { 4 };
        let (module, _) = fix_imports(&needed.module, &needed.name, protocol);
        if !asked.insert(module.to_string()) {
            continue;
        }
        if let Some(failure) = context.environment.import_failure(&module)
            && told.insert(failure.message.clone())
        {
            findings.push(finding(context, needed, &module, &failure));
        }
    }
}

fn finding(
    context: &Context<'_>,
    needed: &NeededName,
    module: &str,
    failure: &ImportFailure,
) -> Finding {
    let of = |module: &str| {
        let installed = context.environment.distribution_of_module(module);
        let known = package::distribution_of(crate::package::top_of(module));
        known.or_else(|| installed.map(|installed| installed.name.as_str()))
    };
    let importer = failure.chain.last().map(|step| step.module.as_str());
    let importer = importer.and_then(of);
    let (distribution, fix) = match failure.cause {
        ImportCause::Module => {
            let top = crate::package::top_of(&failure.subject);
            let name = of(top).unwrap_or(top).to_owned();
            // Releases from 82 on come without that module.
            let range = if top == "pkg_resources" { "<81" } else { "" };
            (Some(name.clone()), Some(format!("install {name}{range}")))
        }
        // Which of the two releases is to change: the one the file was saved with is known best.
        ImportCause::Name => {
            let lacking = of(&failure.subject).map(str::to_owned);
            let fix = importer.zip(lacking.as_deref()).map(|(importer, lacking)| {
                format!("install releases of {importer} and {lacking} that fit each other")
            });
            (lacking, fix)
        }
        ImportCause::Numpy => {
            let fix = of(&failure.subject).map(|name| {
                format!("install numpy<2, or a release of {name} that was built for numpy 2")
            });
            (Some("numpy".to_owned()), fix)
        }
    };
    let found = distribution.as_deref().and_then(|name| context.live(name));
    Finding {
        rule: "import-fails",
        stage: Stage::Load,
        subject: crate::text::short(module, 120),
        wanted: match failure.cause {
            ImportCause::Numpy => "<2".into(),
            _ => String::new(),
        },
        found: found.unwrap_or_default().into(),
        distribution,
        exception: Some(failure.exception.into()),
        message: failure.message.clone(),
        certain: true,
        evidence: evidence(needed, failure),
        fix,
    }
}

fn evidence(needed: &NeededName, failure: &ImportFailure) -> Vec<Evidence> {
    let mut evidence = vec![in_file(
        needed.offset,
        format!("imports {}.{}", needed.module, needed.name),
    )];
    let steps = &failure.chain;
    let hidden = steps.len().saturating_sub(SHOWN);
    // The last statements matter most: where it fails and who asked for that.
    for step in &steps[hidden..] {
        let text = format!("{} is imported", step.module);
        evidence.push(in_environment(Some(&step.file), Some(step.line), text));
    }
    let what = match failure.cause {
        ImportCause::Module => format!("no {} here", failure.subject),
        ImportCause::Name => format!("{} lacks the name", failure.subject),
        ImportCause::Numpy => format!("{} was built for numpy 1", failure.subject),
    };
    evidence.push(in_environment(failure.file.as_deref(), None, what));
    evidence
}
