//! `PyTorch` files: the zip archives of `torch.save` and `torch.jit.save`, and the stacked pickles
//! and tar archives that came before them.
//!
//! Every pickle inside goes through the pickle machine into one graph. Numbers stay on disk; that
//! they are there, and as long as the pickle says, is checked. Format: `torch/serialization.py` in
//! <https://github.com/pytorch/pytorch>.

mod allowed;
mod storage;
mod tar;
mod tensors;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use self::storage::Storage;
use super::stack::Stack;
use super::tensors::{self as lines, Tensor};
use super::{Facts, Format, Keep, OutlineLine, Stamp, Unreadable, trouble};
use crate::pickle::{Data, Graph, Node, NodeId};
use crate::source::zip::{Member, Zip};
use crate::source::{Source, Stream};
use crate::text;

/// The start of a stack: protocol 2, and the magic number 0x1950a86a20f9469cfc6c as a long.
const MAGIC: &[u8] = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.";
/// Bytes of one pickled member.
const PICKLED: u64 = 32 << 20;
/// Bytes of all of them.
const PICKLED_IN_ALL: u64 = 128 << 20;
/// Pickled members that are read.
const PICKLES: usize = 4096;
/// Names that a note spells out.
const NAMED: usize = 5;

/// Whether an archive has the pickle that `torch.load` or `torch.jit.load` begins with.
pub(super) fn is_archive(archive: &Zip) -> bool {
    main(archive).is_some()
}

/// Whether `head` starts a stack of pickles of the releases before 1.6.
pub(super) fn sniff_stacked(head: &[u8]) -> bool {
    head.starts_with(MAGIC)
}

/// `<name>/data.pkl`: the first one, because the first member decides the name.
fn main(archive: &Zip) -> Option<&Member> {
    let is_main = |member: &&Member| {
        let folder = member.name.strip_suffix("data.pkl");
        folder.is_some_and(|folder| folder.is_empty() || folder.ends_with('/'))
    };
    archive.members().iter().find(is_main)
}

pub(super) fn read_archive(archive: &Zip, keep: Keep) -> (Format, Result<Facts, Unreadable>) {
    (Format::Torch, archived(archive, keep))
}

fn archived(archive: &Zip, keep: Keep) -> Result<Facts, Unreadable> {
    let Some(first) = main(archive) else {
        return Err(trouble::damaged("the archive has no data.pkl"));
    };
    let top = first.name.strip_suffix("data.pkl").unwrap_or_default();
    let member = |name: &str| archive.member(&format!("{top}{name}"));
    // Where this member is, torch.load hands over to the loader of TorchScript.
    let script = member("constants.pkl").is_some();

    let mut stack = Stack::new(Stream::bytes(Vec::new()), keep);
    let root = pickles(archive, first, &mut stack)?;
    let storages = storage::resolve(stack.graph_mut());
    let members: HashMap<&str, &Member> = archive
        .members()
        .iter()
        .map(|member| (member.name.as_str(), member))
        .collect();
    for storage in &storages {
        stored(&members, top, storage)?;
    }
    if script {
        hide_inner_names(stack.graph_mut());
    }
    let mut facts = gathered(stack, root, &storages, script);
    let mut about = Vec::new();
    for name in ["version", "byteorder", ".data/serialization_id"] {
        if let Some(found) = member(name)
            && let Ok(bytes) = archive.head(found, 100)
        {
            let written = String::from_utf8_lossy(&bytes).trim().to_owned();
            about.push(lines::line(1, name, &written));
        }
    }
    let code = archive.members().iter().filter(|member| {
        member.name.starts_with(&format!("{top}code/")) && has_ending(member, ".py")
    });
    let code = code.count();
    if code > 0 {
        about.push(lines::line(
            1,
            "code",
            &format!("{code} TorchScript sources"),
        ));
    }
    facts.outline.splice(1..1, about);
    // The archives became the default in 1.6; the byte order is written since 2.1.
    let since = match (member("byteorder"), script) {
        (Some(member), _) => Some((">=2.1", "member byteorder", member)),
        (None, false) => Some((">=1.6", "zip archive", first)),
        (None, true) => None,
    };
    facts
        .stamps
        .extend(since.map(|(version, field, member)| Stamp {
            subject: "torch".into(),
            version: version.into(),
            field: field.into(),
            offset: Some(member.offset),
            file: None,
        }));
    Ok(facts)
}

/// Reads every pickled member, `first` before the others: its root.
fn pickles(archive: &Zip, first: &Member, stack: &mut Stack) -> Result<NodeId, Unreadable> {
    let mut total = 0_u64;
    let mut run = |member: &Member, inner: bool| {
        let what = text::short(&member.name, 80);
        let bytes = archive
            .read(member, PICKLED)
            .map_err(|error| trouble::io(&error, &what))?;
        total += bytes.len() as u64;
        if total > PICKLED_IN_ALL {
            return Err(trouble::budget(
                "the pickles of the archive take many bytes",
            ));
        }
        stack.turn_to(Stream::bytes(bytes));
        stack.pickle(&what, inner)
    };
    // Of several members of one name, Python takes the last.
    let root = run(archive.member(&first.name).unwrap_or(first), false)?;
    let others = archive.members().iter().filter(|member| {
        (has_ending(member, ".pkl") || has_ending(member, ".debug_pkl"))
            && member.name != first.name
    });
    for (number, member) in others.enumerate() {
        if number >= PICKLES {
            return Err(trouble::budget("the archive holds thousands of pickles"));
        }
        run(member, true)?;
    }
    Ok(root)
}

/// Names of members are told exactly, unlike names of files.
fn has_ending(member: &Member, ending: &str) -> bool {
    member.name.strip_suffix(ending).is_some()
}

/// Whether the bytes of a storage are in the archive.
fn stored(
    members: &HashMap<&str, &Member>,
    top: &str,
    storage: &Storage,
) -> Result<(), Unreadable> {
    let names =
        ["data/", "constants/", ".data/"].map(|folder| format!("{top}{folder}{}", storage.key));
    let Some(member) = names.iter().find_map(|name| members.get(name.as_str())) else {
        return Err(trouble::damaged(format!(
            "member {} with the numbers of a tensor is missing",
            text::short(&names[0], 80)
        )));
    };
    match storage.bytes() {
        Some(wanted) if member.size < wanted => Err(trouble::damaged(format!(
            "member {} has {} bytes, its tensor needs {wanted}",
            text::short(&member.name, 80),
            member.size
        ))),
        _ => Ok(()),
    }
}

/// Classes of `TorchScript` live in the archive itself: nothing imports them. Their names become
/// text, so that nobody looks for them in an environment.
fn hide_inner_names(graph: &mut Graph) {
    let inner: Vec<(NodeId, String)> = graph
        .iter()
        .filter_map(|(id, node)| match node {
            Node::Global(global)
                if crate::package::top_of(&global.module) == "__torch__"
                    || &*global.module == "torch.jit._pickle" =>
            {
                Some((id, global.to_string()))
            }
            _ => None,
        })
        .collect();
    for (id, name) in inner {
        *graph.node_mut(id) = Node::Str(Data::Kept(name.into_bytes().into()));
    }
}

pub(super) use self::tar::{Parts, parts};

pub(super) fn read_tar(
    path: &Path,
    parts: &Parts,
    keep: Keep,
) -> (Format, Result<Facts, Unreadable>) {
    (Format::Torch, tar::read(path, parts, keep))
}

pub(super) fn read_stacked(source: Source, keep: Keep) -> (Format, Result<Facts, Unreadable>) {
    (Format::Torch, stacked(source, keep))
}

/// Magic number, protocol, system, the object, the keys of its storages; then the numbers.
fn stacked(source: Source, keep: Keep) -> Result<Facts, Unreadable> {
    let mut stack = Stack::new(source.stream, keep);
    stack.pickle("the magic number", true)?;
    let protocol = stack.pickle("the protocol number", true)?;
    let protocol = stack.graph().int(protocol);
    stack.pickle("the system description", true)?;
    let root = stack.pickle("the pickled object", false)?;
    let keys = stack.pickle("the list of storages", true)?;
    let storages = storage::resolve(stack.graph_mut());

    let graph = stack.graph();
    let keys: Vec<String> = graph
        .items(keys)
        .unwrap_or_default()
        .iter()
        .map(|key| graph.text(*key).unwrap_or_default().to_owned())
        .collect();
    let by_key: BTreeMap<&str, &Storage> = storages
        .iter()
        .map(|storage| (storage.key.as_str(), storage))
        .collect();
    for (number, key) in keys.iter().enumerate() {
        let what = format!("the numbers of storage {} of {}", number + 1, keys.len());
        let stream = stack.stream();
        let mut count = [0; 8];
        let read = stream.fill(&mut count);
        read.map_err(|error| trouble::io(&error, &what))?;
        // Without the size of an element the next storage cannot be found.
        let Some(size) = by_key
            .get(key.as_str())
            .and_then(|storage| storage.itemsize)
        else {
            break;
        };
        let bytes = u64::from_le_bytes(count).saturating_mul(size);
        let skipped = stream.skip(bytes);
        skipped.map_err(|error| trouble::io(&error, &what))?;
    }
    let mut facts = gathered(stack, root, &storages, false);
    let protocol = protocol.map_or_else(|| "unknown".into(), |number| number.to_string());
    facts
        .outline
        .insert(1, lines::line(1, "legacy protocol", &protocol));
    facts
        .notes
        .push("the layout that torch.save wrote before 1.6: every torch still reads it".into());
    Ok(facts)
}

/// Outline and notes from the graph.
fn gathered(stack: Stack, root: NodeId, storages: &[Storage], script: bool) -> Facts {
    let graph = stack.graph();
    let found: Vec<Tensor> = tensors::named(graph, root);
    let bytes = storages.iter().fold(0_u64, |sum, one| {
        sum.saturating_add(one.bytes().unwrap_or(0))
    });
    let kind = if script { "torchscript" } else { "torch" };
    let mut outline = vec![lines::line(0, kind, &lines::total(&found, bytes))];
    outline.extend(devices(storages));
    outline.extend(lines::lines(&found, 1));
    let mut notes = Vec::new();
    if let Some(note) = elsewhere(storages) {
        notes.push(note);
    }
    if script {
        notes.push(
            "a TorchScript program: its code is in the archive and runs in torch's own \
             interpreter when the model is called"
                .into(),
        );
    } else if let Some(note) = refused(graph) {
        notes.push(note);
    }
    Facts {
        objects: Some(stack.finish(root)),
        outline,
        notes,
        executes: true,
        ..Facts::default()
    }
}

fn locations(storages: &[Storage]) -> BTreeMap<&str, usize> {
    let mut places = BTreeMap::new();
    for storage in storages {
        if places.len() < 64 || places.contains_key(storage.location.as_str()) {
            *places.entry(storage.location.as_str()).or_default() += 1;
        }
    }
    places
}

fn devices(storages: &[Storage]) -> Vec<OutlineLine> {
    locations(storages)
        .into_iter()
        .map(|(place, count)| {
            lines::line(1, &format!("device {place}"), &format!("{count} storages"))
        })
        .collect()
}

/// Tensors that were on another device than the processor.
fn elsewhere(storages: &[Storage]) -> Option<String> {
    let places: Vec<String> = locations(storages)
        .into_keys()
        .filter(|place| !matches!(*place, "cpu" | "meta"))
        .take(NAMED)
        .map(|place| text::short(place, 40))
        .collect();
    (!places.is_empty()).then(|| {
        format!(
            "tensors were saved on {}: where that device is missing, loading raises unless \
             map_location='cpu' is given",
            places.join(", ")
        )
    })
}

/// Names that the careful mode of `torch.load`, the default since 2.6, does not know.
fn refused(graph: &Graph) -> Option<String> {
    let mut names: Vec<String> = Vec::new();
    for (_, node) in graph.iter() {
        let Node::Global(global) = node else { continue };
        if allowed::is_allowed(&global.module, &global.name) {
            continue;
        }
        let name = text::short(&global.to_string(), 100);
        if !names.contains(&name) {
            names.push(name);
        }
        if names.len() > NAMED {
            break;
        }
    }
    if names.is_empty() {
        return None;
    }
    let more = if names.len() > NAMED { " and more" } else { "" };
    names.truncate(NAMED);
    Some(format!(
        "torch 2.6 and newer refuse it by default (weights_only=True) because of {}{more}: \
         weights_only=False runs whatever the file says",
        names.join(", ")
    ))
}
