//! `tree-nodes`: the record of a decision tree's nodes gained a field in scikit-learn 1.3, and
//! `Tree.__setstate__` accepts only its own layout.
//!
//! The file's layout is in the bytes; what the environment expects follows from its release.

use super::rule::{Context, in_file};
use super::{Finding, Stage};
use crate::package;
use crate::pickle::{Dtype, Kind, Node};

/// The field that 1.3 added.
const ADDED: &str = "missing_go_to_left";

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let (Some(objects), Some(live)) = (context.objects(), context.live("scikit-learn")) else {
        return;
    };
    let graph = &objects.graph;
    for (id, node) in graph.iter() {
        let is_tree = matches!(node, Node::Object(_))
            && graph.class(id).is_some_and(|class| {
                &*class.name == "Tree"
                    && matches!(&*class.module, "sklearn.tree._tree" | "sklearn.tree.tree")
            });
        if !is_tree {
            continue;
        }
        let Some(nodes) = graph.attribute(id, "nodes") else {
            continue;
        };
        let Some(view) = crate::pickle::view(graph, nodes) else {
            continue;
        };
        let has = view.dtype.field(ADDED).is_some();
        let Some(expects) = package::satisfies(live, ">=1.3") else {
            return;
        };
        if has == expects {
            return;
        }
        let wanted = if has { ">=1.3" } else { "<1.3" };
        let mut evidence = vec![in_file(
            graph.offset(nodes),
            format!("tree nodes {} {ADDED}", if has { "have" } else { "lack" }),
        )];
        evidence.extend(context.live_evidence("scikit-learn"));
        findings.push(Finding {
            rule: "tree-nodes",
            stage: Stage::Load,
            subject: "sklearn.tree._tree.Tree".into(),
            distribution: Some("scikit-learn".into()),
            wanted: wanted.into(),
            found: live.into(),
            exception: Some("ValueError".into()),
            message: message(context, live, &view.dtype, has),
            certain: true,
            evidence,
            fix: Some(format!("install scikit-learn{wanted}, or train again")),
        });
        return;
    }
}

/// What `Tree.__setstate__` of the live release says.
fn message(context: &Context<'_>, live: &str, found: &Dtype, has: bool) -> String {
    let is = |range: &str| package::satisfies(live, range) == Some(true);
    if is("<0.24") {
        return "Did not recognise loaded array layout".into();
    }
    if is("<1.0") {
        // The word is misspelt in that release.
        return "Did not recognise loaded array dytpe".into();
    }
    let spaced = context.live_in("numpy", ">=1.22") != Some(false);
    let expected = if has { without(found) } else { with(found) };
    format!(
        "node array from the pickle has an incompatible dtype:\n- expected: {}\n- got     : {}",
        repr(&expected, spaced),
        repr(found, spaced)
    )
}

fn without(dtype: &Dtype) -> Dtype {
    let mut shorter = dtype.clone();
    shorter.fields.retain(|field| field.name != ADDED);
    shorter.itemsize = shorter.fields.iter().map(|f| f.dtype.itemsize).sum();
    shorter
}

fn with(dtype: &Dtype) -> Dtype {
    let mut longer = dtype.clone();
    if let Some(byte) = Dtype::parse("u1") {
        longer.fields.push(crate::pickle::Field {
            name: ADDED.into(),
            dtype: byte,
            offset: dtype.itemsize,
        });
    }
    // The C compiler pads the record to a multiple of eight.
    longer.itemsize = (dtype.itemsize + 1).next_multiple_of(8);
    longer
}

/// How numpy prints a structured dtype: a list when it is packed, else a dict with offsets.
fn repr(dtype: &Dtype, spaced: bool) -> String {
    let formats: Vec<String> = dtype.fields.iter().map(|f| format(&f.dtype)).collect();
    let packed = dtype.fields.iter().map(|f| f.dtype.itemsize).sum::<usize>() == dtype.itemsize;
    if packed {
        let fields = dtype.fields.iter().zip(&formats);
        let fields: Vec<String> = fields
            .map(|(f, t)| format!("('{}', '{t}')", f.name))
            .collect();
        return format!("[{}]", fields.join(", "));
    }
    let (colon, comma) = if spaced { (": ", ", ") } else { (":", ",") };
    let join = |words: Vec<String>| words.join(comma);
    let names = join(
        dtype
            .fields
            .iter()
            .map(|f| format!("'{}'", f.name))
            .collect(),
    );
    let formats = join(formats.iter().map(|t| format!("'{t}'")).collect());
    let offsets = join(dtype.fields.iter().map(|f| f.offset.to_string()).collect());
    format!(
        "{{'names'{colon}[{names}], 'formats'{colon}[{formats}], \
         'offsets'{colon}[{offsets}], 'itemsize'{colon}{}}}",
        dtype.itemsize
    )
}

fn format(dtype: &Dtype) -> String {
    let letter = match dtype.kind {
        Kind::Bool => return "?".into(),
        Kind::Int => 'i',
        Kind::Uint => 'u',
        Kind::Float => 'f',
        _ => 'V',
    };
    let order = match (dtype.itemsize, dtype.big_endian) {
        (1, _) => "",
        (_, true) => ">",
        (_, false) => "<",
    };
    format!("{order}{letter}{}", dtype.itemsize)
}
