//! skops archives: a zip with `schema.json` and one member for each array.
//!
//! The schema becomes the graph that a pickle of the same object would give, so that everything
//! that reads graphs reads these files too. Node kinds: `skops/io/_general.py` and its neighbours
//! in <https://github.com/skops-dev/skops>.

mod arrays;
mod build;
mod value;

#[cfg(test)]
mod tests;

use std::io;

use serde_json::Value;

use super::{Facts, Format, Keep, Objects, OutlineLine, Stamp, Unreadable, UnreadableKind, json};
use crate::source::zip::Zip;
use crate::text;

/// The member that holds the schema.
pub(super) const SCHEMA: &str = "schema.json";

/// Bytes of a schema. A forest of a thousand trees takes about ten million.
const LONGEST: u64 = 64 << 20;

/// Why a schema gave no graph.
#[derive(Debug)]
struct Trouble {
    kind: UnreadableKind,
    reason: String,
}

impl Trouble {
    fn damaged(reason: impl Into<String>) -> Self {
        Self {
            kind: UnreadableKind::Damaged,
            reason: reason.into(),
        }
    }

    fn budget(what: &str) -> Self {
        Self {
            kind: UnreadableKind::Budget,
            reason: format!("{what}, more than the reading budget allows"),
        }
    }

    fn member(name: &str, error: &io::Error) -> Self {
        let name = text::short(name, 80);
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self {
                kind: UnreadableKind::Truncated,
                reason: format!("member {name} ends early"),
            },
            io::ErrorKind::FileTooLarge => Self::budget(&format!("member {name} is too long")),
            _ => Self::damaged(format!("member {name} cannot be read: {error}")),
        }
    }
}

pub(super) fn read(archive: &Zip, keep: Keep) -> (Format, Result<Facts, Unreadable>) {
    let facts = facts(archive, keep).map_err(|trouble| Unreadable {
        repair: matches!(
            trouble.kind,
            UnreadableKind::Damaged | UnreadableKind::Truncated
        )
        .then(|| "copy or download it again; the bytes are not what was saved".into()),
        kind: trouble.kind,
        reason: text::short(&trouble.reason, 300),
    });
    (Format::Skops, facts)
}

fn facts(archive: &Zip, keep: Keep) -> Result<Facts, Trouble> {
    let member = archive
        .member(SCHEMA)
        .ok_or_else(|| Trouble::damaged("the archive has no schema.json"))?;
    let bytes = archive
        .read(member, LONGEST)
        .map_err(|error| Trouble::member(SCHEMA, &error))?;
    // The parser refuses more than 128 levels: what follows may recurse along the schema.
    let document = json::document(&bytes, SCHEMA).map_err(|unreadable| Trouble {
        kind: unreadable.kind,
        reason: unreadable.reason,
    })?;
    drop(bytes);
    let schema = &document.value;

    let mut builder = build::Builder::new(archive, keep, member.offset);
    let root = builder.node(schema)?;
    let mut outline = Vec::new();
    for loader in &builder.unknown {
        outline.push(OutlineLine {
            depth: 0,
            label: "unknown node kind".into(),
            what: text::short(loader, 80),
        });
    }
    let stamps = schema
        .get("_skops_version")
        .and_then(Value::as_str)
        .map(|version| Stamp {
            subject: "skops".into(),
            version: text::short(version, 60),
            field: "_skops_version".into(),
            offset: None,
            file: None,
        });
    Ok(Facts {
        objects: Some(Objects {
            graph: builder.graph,
            root,
            // No pickle is in it: no protocol to ask for.
            streams: Vec::new(),
        }),
        stamps: stamps.into_iter().collect(),
        outline,
        // Once its types are trusted, loading imports and calls them.
        executes: true,
        ..Facts::default()
    })
}
