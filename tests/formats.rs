//! What the readers find in real files against what Python gets from them (`tests/fixtures/README.md`).

#[path = "support/canonical.rs"]
mod canonical;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use shelflife::artifact::{self, Artifact, Format, Keep, Objects, UnreadableKind};
use shelflife::pickle::{Graph, Node, NodeId};
use shelflife::source::Compression;

/// The damaged pickles, with a part of the reason that names what is wrong.
const DAMAGED: &[(&str, UnreadableKind, &str)] = &[
    ("crlf-0.pkl", UnreadableKind::Damaged, "CRLF"),
    ("empty.pkl", UnreadableKind::Empty, "is empty"),
    ("truncated-0.pkl", UnreadableKind::Truncated, "at byte"),
    (
        "truncated-at-1.pkl",
        UnreadableKind::Truncated,
        "ends inside the argument of PROTO",
    ),
    (
        "truncated-half.pkl",
        UnreadableKind::Truncated,
        "ends inside",
    ),
    (
        "truncated-in-frame.pkl",
        UnreadableKind::Truncated,
        "ends inside the argument of FRAME",
    ),
    (
        "truncated-last-byte.pkl",
        UnreadableKind::Truncated,
        "ends inside a pickle frame",
    ),
];

#[test]
fn pickles_hold_what_python_gets() {
    on_a_big_stack(|| {
        let files = files("pickle", ".pkl");
        let mut wrong = Vec::new();
        let mut compared = 0;
        for file in &files {
            if damage(file).is_some() {
                continue;
            }
            match check_pickle(file) {
                Ok(()) => compared += 1,
                Err(what) => wrong.push(format!("{}: {what}", name(file))),
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(compared >= 30, "only {compared} pickles were found");
    });
}

#[test]
fn damaged_pickles_are_told_by_kind_and_reason() {
    for (file, kind, part) in DAMAGED {
        let path = fixtures("pickle").join(file);
        let unreadable = artifact::read(&path, Keep::Identity).facts.unwrap_err();
        assert_eq!(unreadable.kind, *kind, "{file}: {}", unreadable.reason);
        assert!(
            unreadable.reason.contains(part),
            "{file}: {}",
            unreadable.reason
        );
        assert!(unreadable.repair.is_some(), "{file}: what can be done?");
    }
}

#[test]
fn joblib_streams_hold_what_python_gets() {
    on_a_big_stack(|| {
        let mut wrong = Vec::new();
        let mut compared = 0;
        for release in releases() {
            let wanted = json_of(&release.join("values.json"));
            for file in files_in(&release, ".joblib") {
                match check_joblib(&file, &wanted) {
                    Ok(()) => compared += 1,
                    Err(what) => wrong.push(format!("{}: {what}", file.display())),
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(compared >= 45, "only {compared} streams were found");
    });
}

fn check_pickle(file: &Path) -> Result<(), String> {
    let wanted = json_of(&file.with_extension("pkl.json"));
    for keep in [Keep::Identity, Keep::Everything] {
        let read = artifact::read(file, keep);
        if read.format != Format::Pickle || read.compression.is_some() {
            return Err(format!(
                "taken for {:?} in {:?}",
                read.format, read.compression
            ));
        }
        let objects = objects(read)?;
        if let Some(protocol) = protocol_of(&name(file))
            && objects.streams[0].protocol != protocol
        {
            return Err(format!(
                "taken for protocol {}",
                objects.streams[0].protocol
            ));
        }
        match wanted[0].as_str() {
            Some("deep") => depth(&objects.graph, objects.root, &wanted)?,
            Some("several") => {
                let roots: Vec<NodeId> = objects.streams.iter().map(|s| s.root).collect();
                let wanted = wanted[1].as_array().unwrap();
                if roots.len() != wanted.len() {
                    return Err(format!("{} pickles were found", roots.len()));
                }
                for (root, wanted) in roots.iter().zip(wanted) {
                    same(&canonical::describe(&objects.graph, *root)?, wanted)?;
                }
            }
            _ => {
                let mut wanted = wanted.clone();
                let mut found = canonical::describe(&objects.graph, objects.root)?;
                if name(file).starts_with("python2") {
                    // Python 2 wrote its dictionaries in any order.
                    sort_dicts(&mut wanted);
                    sort_dicts(&mut found);
                }
                forget_writability(&mut wanted);
                same(&found, &wanted)?;
            }
        }
    }
    Ok(())
}

fn check_joblib(file: &Path, wanted: &Value) -> Result<(), String> {
    let read = artifact::read(file, Keep::Everything);
    let (compression, format) = match name(file).as_str() {
        "plain.joblib" => (None, Format::Joblib),
        "zlib.joblib" => (Some(Compression::Zlib), Format::Joblib),
        "gzip.joblib" => (Some(Compression::Gzip), Format::Joblib),
        "bz2.joblib" => (Some(Compression::Bz2), Format::Joblib),
        "xz.joblib" => (Some(Compression::Xz), Format::Joblib),
        "lzma.joblib" => (Some(Compression::Lzma), Format::Joblib),
        "lz4.joblib" => (Some(Compression::Lz4), Format::Joblib),
        // joblib 0.9 pickled arrays in the ordinary way when it compressed them.
        "compressed.joblib" => (Some(Compression::Zlib), Format::Pickle),
        other => return Err(format!("{other} is unheard of")),
    };
    if (read.compression, read.format) != (compression, format) {
        return Err(format!(
            "taken for {:?} in {:?}",
            read.format, read.compression
        ));
    }
    let objects = objects(read)?;
    let mut found = canonical::describe(&objects.graph, objects.root)?;
    if format == Format::Pickle {
        write_out(&mut found, &mut Vec::new());
    }
    same(&found, wanted)
}

/// Writes out again what is shared: an array that is met twice is one array in a plain pickle only.
fn write_out(value: &mut Value, shared: &mut Vec<Value>) {
    let Value::Array(items) = value else {
        if let Value::Object(fields) = value {
            fields
                .values_mut()
                .for_each(|value| write_out(value, shared));
        }
        return;
    };
    match items.first().and_then(Value::as_str) {
        Some("let") => {
            *value = items.swap_remove(2);
            write_out(value, shared);
            shared.push(value.clone());
        }
        Some("ref") => *value = shared[items[1].as_u64().unwrap() as usize].clone(),
        _ => items.iter_mut().for_each(|value| write_out(value, shared)),
    }
}

fn objects(read: Artifact) -> Result<Objects, String> {
    let facts = read.facts.map_err(|unreadable| unreadable.reason)?;
    facts.objects.ok_or_else(|| "no object graph".into())
}

/// Says where two descriptions differ first, which says more than two long lines.
fn same(found: &Value, wanted: &Value) -> Result<(), String> {
    if found == wanted {
        return Ok(());
    }
    let mut path = String::new();
    let (mut found, mut wanted) = (found, wanted);
    'down: loop {
        match (found, wanted) {
            (Value::Array(f), Value::Array(w)) if f.len() == w.len() => {
                for (at, (f, w)) in f.iter().zip(w).enumerate() {
                    if f != w {
                        path.push_str(&["[", &at.to_string(), "]"].concat());
                        (found, wanted) = (f, w);
                        continue 'down;
                    }
                }
            }
            (Value::Object(f), Value::Object(w)) if f.len() == w.len() => {
                for (key, w) in w {
                    if f.get(key) != Some(w) {
                        path.push_str(&["[", key, "]"].concat());
                        (found, wanted) = (f.get(key).unwrap_or(&Value::Null), w);
                        continue 'down;
                    }
                }
            }
            _ => {}
        }
        let cut = |value: &Value| value.to_string().chars().take(400).collect::<String>();
        return Err(format!(
            "at {path}: {} instead of {}",
            cut(found),
            cut(wanted)
        ));
    }
}

fn depth(graph: &Graph, root: NodeId, wanted: &Value) -> Result<(), String> {
    let mut depth = 0;
    let mut node = root;
    let kind = loop {
        let (kind, items) = match graph.node(node) {
            Node::List(items) => ("list", items.as_slice()),
            Node::Tuple(items) => ("tuple", &**items),
            other => return Err(format!("{other:?} inside")),
        };
        match items {
            [inner] => node = *inner,
            [] => break kind,
            _ => return Err("not one member".into()),
        }
        depth += 1;
    };
    // `]` is a list around nothing; `)` then TUPLE1: the empty tuple is the innermost member.
    let depth = if kind == "list" { depth + 1 } else { depth };
    same(&json!(["deep", kind, depth]), wanted)
}

fn sort_dicts(value: &mut Value) {
    match value {
        Value::Array(items) => {
            items.iter_mut().for_each(sort_dicts);
            if items.first().is_some_and(|word| word == "dict")
                && let Some(Value::Array(pairs)) = items.get_mut(1)
            {
                pairs.sort_by_key(Value::to_string);
            }
        }
        Value::Object(fields) => fields.values_mut().for_each(sort_dicts),
        _ => {}
    }
}

/// The graph does not say whether a buffer outside the stream may be written to: nothing asks.
fn forget_writability(value: &mut Value) {
    if let Value::Array(items) = value {
        if items.first().is_some_and(|word| word == "buffer") {
            items.truncate(2);
        }
        items.iter_mut().for_each(forget_writability);
    }
}

/// `protocol-4.pkl`, `numpy-2.5-protocol-4.pkl`, `python2-pickle-1.pkl`.
fn protocol_of(file: &str) -> Option<u8> {
    let stem = file.strip_suffix(".pkl")?;
    let named = stem.contains("protocol") || stem.starts_with("python2");
    named.then(|| stem.rsplit('-').next()?.parse().ok())?
}

fn damage(file: &Path) -> Option<&'static (&'static str, UnreadableKind, &'static str)> {
    DAMAGED
        .iter()
        .find(|(damaged, _, _)| *damaged == name(file))
}

fn releases() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(fixtures("joblib"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    found.sort();
    found
}

fn files(folder: &str, end: &str) -> Vec<PathBuf> {
    files_in(&fixtures(folder), end)
}

/// The files of a folder in the order of their names; a folder without any is a failure.
fn files_in(folder: &Path, end: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| name(path).ends_with(end))
        .collect();
    assert!(!found.is_empty(), "{} is empty", folder.display());
    found.sort();
    found
}

fn fixtures(folder: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(folder)
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

fn json_of(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap()
}

fn on_a_big_stack(run: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new()
        .stack_size(64 << 20)
        .spawn(run)
        .unwrap();
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}
