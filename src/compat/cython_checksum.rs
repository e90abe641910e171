//! `cython-checksum`: a compiled class whose members changed refuses the state of its older self. The
//! checksum is in the file, the accepted ones are in the environment's compiled module.

use std::collections::HashSet;

use super::rule::{Context, in_environment, in_file};
use super::{Finding, Stage};
use crate::environment::ModuleLookup;
use crate::pickle::Node;

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let Some(objects) = context.objects() else {
        return;
    };
    let graph = &objects.graph;
    let mut asked: HashSet<(&str, u64)> = HashSet::new();
    for (id, node) in graph.iter() {
        let Node::Object(object) = node else { continue };
        let Some(helper) = graph.global(object.callable) else {
            continue;
        };
        let Some(class) = helper.name.strip_prefix("__pyx_unpickle_") else {
            continue;
        };
        let args = graph.items(object.args).unwrap_or_default();
        let Some(checksum) = args.get(1).and_then(|arg| graph.int(*arg)) else {
            continue;
        };
        let Ok(checksum) = u64::try_from(checksum) else {
            continue;
        };
        if !asked.insert((&helper.module, checksum)) {
            continue;
        }
        let environment = context.environment;
        let refusals = environment.checksums(&helper.module);
        // Which text belongs to which class does not show: one that no class accepts is refused.
        if refusals.is_empty() || refusals.iter().any(|r| r.accepted.contains(&checksum)) {
            continue;
        }
        let message = match &refusals[..] {
            [only] => only.message(checksum),
            _ => format!("Incompatible checksums: {class} has other members than in the file"),
        };
        let file = match environment.module(&helper.module) {
            ModuleLookup::Found { file, .. } => file,
            _ => None,
        };
        let owner = environment.distribution_of_module(&helper.module);
        findings.push(Finding {
            rule: "cython-checksum",
            stage: Stage::Load,
            subject: crate::text::short(&format!("{}.{class}", helper.module), 120),
            distribution: owner.map(|owner| owner.name.clone()),
            wanted: String::new(),
            found: owner.map(|owner| owner.version.clone()).unwrap_or_default(),
            exception: Some("PickleError".into()),
            message: crate::text::short(&message, 300),
            certain: true,
            evidence: vec![
                in_file(
                    graph.offset(id),
                    format!("{helper} with checksum {checksum:#x}"),
                ),
                in_environment(file.as_deref(), None, "accepts other checksums"),
            ],
            fix: owner.map(|owner| format!("install the {} that saved it", owner.name)),
        });
        return;
    }
}
