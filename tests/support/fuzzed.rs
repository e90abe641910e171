//! Every reader as a function of bytes. The targets of `tests/fuzz` and `tests/fuzzed.rs` call the
//! same functions: each feeds a reader, uses what it found the way the program does, and asserts
//! what must hold for any input. Time and memory are the caller's to bound.
//!
//! Where a reader takes several files, the input is a row of records.

#[path = "fuzzed/records.rs"]
pub mod records;
#[path = "fuzzed/scratch.rs"]
mod scratch;

use std::io::{Cursor, Read};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use shelflife::artifact::{self, Artifact, Inputs, Keep};
use shelflife::environment::classes::Resolved;
use shelflife::environment::{Environment, Origin};
use shelflife::manifest::{Manifest, Surroundings, declared, describe, relate};
use shelflife::package::{self, MarkerTarget, Requirement};
use shelflife::pickle::{Dtype, Limits, PlainPickle, Reader, view};
use shelflife::source::{Compression, Stream, zip::Zip};
use shelflife::trial::{Cell, Sample, native, sample};
use shelflife::{compat, report, shelf, text, trust};

use records::{records, zip};
use scratch::in_scratch;

/// A function of the list below.
pub type Fuzzed = fn(&[u8]);

/// Every function with the name of its target.
pub const ALL: [(&str, Fuzzed); 14] = [
    ("pickle", pickle),
    ("artifact", artifact),
    ("booster", artifact),
    ("tensors", artifact),
    ("native", native),
    ("beside", beside),
    ("archive", archive),
    ("packed", packed),
    ("folder", folder),
    ("environment", environment),
    ("python", python),
    ("compiled", compiled),
    ("package", packaging),
    ("sample", samples),
];

/// Endings that decide something, or that a reader may ask for.
const ENDINGS: [&str; 12] = [
    "pkl",
    "joblib",
    "skops",
    "onnx",
    "json",
    "ubj",
    "txt",
    "cbm",
    "pmml",
    "pt",
    "safetensors",
    "npy",
];

/// Small enough that a few kilobytes reach each of them.
const SMALL: Limits = Limits {
    opcodes: 300,
    nodes: 120,
    keep: 64,
    kept: 256,
    links: 200,
    streams: 4,
    memory: 1 << 20,
    names: 100,
};

/// The pickle machine. The first byte chooses the budgets and the kind of stream.
pub fn pickle(data: &[u8]) {
    let Some((way, bytes)) = data.split_first() else {
        return;
    };
    let limits = match way % 3 {
        0 => Limits::IDENTITY,
        1 => Limits::everything(1 << 20),
        _ => SMALL,
    };
    let stream = if way & 4 == 0 {
        Stream::bytes(bytes.to_vec())
    } else {
        Stream::reader(Box::new(Cursor::new(bytes.to_vec())))
    };
    let mut reader = Reader::new(stream, limits);
    let ended = reader.pickle(&mut PlainPickle, way & 8 != 0);
    let graph = &reader.graph;
    assert!(reader.stream.position() <= bytes.len() as u64);
    assert!(graph.len() <= limits.nodes);
    for (id, _) in graph.iter() {
        assert!(graph.offset(id) < bytes.len() as u64);
        for child in graph.children(id) {
            assert!(child.index() < graph.len());
        }
    }
    match ended {
        Ok(root) => assert!(root.index() < graph.len()),
        Err(error) => {
            assert!(error.offset <= bytes.len() as u64);
            assert!(!error.to_string().is_empty());
        }
    }
    for (id, _) in graph.iter().take(200) {
        harmless(&describe::value(graph, id));
        harmless(&describe::kind(graph, id));
        let _ = Dtype::read(graph, id);
        if let Some(array) = view(graph, id) {
            let _ = (array.to_f64(), array.values(graph));
        }
    }
}

/// A whole file, read and shown as `check` and `show` do it. The first byte chooses the ending.
pub fn artifact(data: &[u8]) {
    let Some((ending, bytes)) = data.split_first() else {
        return;
    };
    let name = format!("model.{}", ENDINGS[usize::from(*ending) % ENDINGS.len()]);
    in_scratch(|scratch| {
        let path = scratch.put(&name, bytes);
        whole(&path, scratch.environment());
    });
}

/// Our own arithmetic on whatever model a file holds.
pub fn native(data: &[u8]) {
    in_scratch(|scratch| {
        let path = scratch.put("model.pkl", data);
        let read = artifact::read(&path, Keep::Everything);
        trial(&read);
    });
}

/// A dump of joblib up to 0.9: the first record is the stream, each further one a file beside it.
pub fn beside(data: &[u8]) {
    in_scratch(|scratch| {
        let mut records = records(data).into_iter();
        let Some((_, dump)) = records.next() else {
            return;
        };
        for (name, content) in records.take(8) {
            scratch.put_below("", name, content);
        }
        let path = scratch.put("model.pkl", dump);
        whole(&path, scratch.environment());
    });
}

/// A zip archive of these members; the archive itself is sound, so that their readers are reached.
pub fn archive(data: &[u8]) {
    let bytes = zip(&records(data));
    let opened = Zip::inside(bytes.clone()).expect("a sound archive opens");
    for member in opened.members().iter().take(32) {
        let _ = opened.read(member, 1 << 20);
    }
    in_scratch(|scratch| {
        let path = scratch.put("model.skops", &bytes);
        whole(&path, scratch.environment());
    });
}

/// A compressed stream. The first byte chooses the codec.
pub fn packed(data: &[u8]) {
    const LIMIT: u64 = 16 << 20;
    let Some((codec, bytes)) = data.split_first() else {
        return;
    };
    let codec = match codec % 6 {
        0 => Compression::Zlib,
        1 => Compression::Gzip,
        2 => Compression::Bz2,
        3 => Compression::Xz,
        4 => Compression::Lzma,
        _ => Compression::Lz4,
    };
    let mut decoder = codec.decode(Box::new(Cursor::new(bytes.to_vec())), LIMIT);
    let mut buffer = vec![0; 1 << 16];
    let mut total = 0;
    while let Ok(count) = decoder.read(&mut buffer) {
        total += count as u64;
        assert!(total <= LIMIT);
        if count == 0 {
            break;
        }
    }
}

/// A model directory and what is declared near it: each record is a file of the folder.
pub fn folder(data: &[u8]) {
    in_scratch(|scratch| {
        for (name, content) in records(data).into_iter().take(12) {
            scratch.put_below("shelf/model", name, content);
        }
        let root = scratch.below("shelf");
        let directory = root.join("model");
        if !directory.is_dir() {
            return;
        }
        let inner = directory.join("model.pkl");
        for declaration in declared::declared(&inner, &root) {
            assert!(declaration.line > 0);
            wanted(&declaration.requirement.wanted);
        }
        let mut found = Vec::new();
        shelf::walk(std::slice::from_ref(&root), &mut |item| {
            found.push(item);
            ControlFlow::Continue(())
        });
        whole(&directory, scratch.environment());
        if inner.is_file() {
            whole(&inner, scratch.environment());
        }
    });
}

/// A Python environment: each record is a file of its site folder, `pyvenv.cfg` is its own.
pub fn environment(data: &[u8]) {
    in_scratch(|scratch| {
        scratch.put_below("venv/bin", b"python3.12", b"");
        for (name, content) in records(data).into_iter().take(12) {
            if name == b"pyvenv.cfg" {
                scratch.put_below("venv", name, content);
            } else {
                scratch.put_below("venv/lib/python3.12/site-packages", name, content);
            }
        }
        let Ok(opened) = Environment::open_with_home(&scratch.below("venv"), Origin::Flag, None)
        else {
            return;
        };
        report::json::environment(&opened, true);
        for distribution in &opened.installed {
            for line in opened.dependencies(distribution) {
                wanted(&line);
            }
            if let Some(range) = opened.requires_python(distribution) {
                wanted(&range);
            }
        }
        ask(&opened);
        let path = scratch.put("model.pkl", &object());
        whole(&path, &opened);
    });
}

/// One Python module that defines the class of an object.
pub fn python(data: &[u8]) {
    one_module("pack.py", data);
}

/// One compiled module.
pub fn compiled(data: &[u8]) {
    one_module("pack.cpython-312-x86_64-linux-gnu.so", data);
}

/// What people and tools write about packages: lines of requirements, versions, ranges, markers.
pub fn packaging(data: &[u8]) {
    let content = String::from_utf8_lossy(data);
    for line in content.lines().take(64) {
        wanted(line);
        harmless(&text::short(line, 40));
        let once = text::clean(line);
        assert_eq!(text::clean(&once), once);
        let _ = Dtype::parse(line);
    }
    let lines: Vec<&str> = content.lines().take(8).collect();
    package::intersect(lines.iter().copied());
    if let [first, second, ..] = lines[..] {
        let forth = package::compare(first, second);
        let back = package::compare(second, first);
        assert_eq!(forth.map(std::cmp::Ordering::reverse), back);
        package::satisfies(first, second);
        package::is_above(first, second);
        package::same_minor(first, second);
    }
}

/// Rows of input that somebody gives.
pub fn samples(data: &[u8]) {
    let Ok(sample) = sample::parse(data, Path::new("rows.csv")) else {
        return;
    };
    let width = sample.columns.as_ref().map_or(0, Vec::len);
    for row in &sample.rows {
        assert!(sample.texts || sample.columns.is_none() || row.len() == width);
    }
    let mut names = sample.columns.clone().unwrap_or_default();
    names.reverse();
    let inputs = Inputs {
        count: Some(names.len()),
        names,
        types: Vec::new(),
    };
    for takes_text in [false, true] {
        let _ = sample::align(&sample, &inputs, takes_text);
        let _ = sample::align(&sample, &Inputs::default(), takes_text);
    }
}

/// Reads an artifact both ways and shows it as every front end does.
fn whole(path: &Path, environment: &Environment) {
    let surroundings = Surroundings::default();
    for keep in [Keep::Identity, Keep::Everything] {
        let read = artifact::read(path, keep);
        if let Err(unreadable) = &read.facts {
            assert!(!unreadable.reason.is_empty());
            harmless(&unreadable.reason);
        }
        let mut manifest = Manifest::of(&read);
        relate(&read, &mut manifest, &surroundings, true);
        let trust = trust::of(&read, &manifest);
        for environment in [None, Some(environment)] {
            let comparison = compat::compare(&read, &manifest, environment);
            let trust = trust.as_ref();
            report::json::check(&read, &manifest, trust, environment, &comparison, None)
                .to_string();
            harmless(&report::table::check_line(&read, &manifest, &comparison));
            harmless(&report::table::check_page(&comparison));
        }
        report::json::show(&read, &manifest, trust.as_ref()).unwrap();
        harmless(&report::table::show_page(&read, &manifest, trust.as_ref()));
        if keep == Keep::Everything {
            trial(&read);
        }
    }
}

/// Predicts on rows made for the model and on rows that were not.
fn trial(read: &Artifact) {
    if read.facts.is_err() {
        return;
    }
    let odd = Sample {
        columns: None,
        rows: vec![
            vec![Cell::Float(0.5), Cell::Int(-1), Cell::Missing],
            vec![Cell::Text("a".into()), Cell::Bool(true), Cell::Float(1e300)],
        ],
        source: "odd rows".into(),
        texts: false,
    };
    let mut tried = vec![odd];
    tried.extend(sample::generate_for(read));
    let never = AtomicBool::new(false);
    for sample in &tried {
        let predicted = native::predict_artifact(read, sample, &never);
        report::json::predict(&predicted, "native").to_string();
        match predicted {
            Ok(prediction) => harmless(&report::table::prediction(&prediction)),
            Err(error) => harmless(&error.to_string()),
        }
    }
}

/// A line that may be a requirement, a version, a range or a marker.
fn wanted(line: &str) {
    let target = MarkerTarget::host(Some((3, 12, Some(4))));
    if let Some(requirement) = Requirement::parse(line) {
        assert!(package::is_valid_name(&requirement.name));
        assert_eq!(package::normalize(&requirement.name), requirement.name);
        requirement.applies(&target);
        requirement.pinned();
        package::satisfies("1.5.2", &requirement.specifier);
    }
    if let Some(version) = package::parse_version(line) {
        let written = version.to_string();
        assert_eq!(package::parse_version(&written), Some(version));
    }
    package::normalize_specifier(line);
    package::evaluate_marker(line, &target);
    package::intersect([line, ">=1"].into_iter());
}

/// Text that people see holds nothing that steers a terminal but ends of lines.
fn harmless(shown: &str) {
    for line in shown.split('\n') {
        assert_eq!(text::clean(line), line);
    }
}

/// Asks an environment for names that are there and names that are not.
fn ask(environment: &Environment) {
    for module in [
        "pack",
        "pack.sub",
        "pack.sub.deep",
        "other",
        "sys",
        "builtins",
        "a.b",
    ] {
        environment.module(module);
        for name in [
            "Model",
            "Model.inner",
            "Base",
            "make",
            "sub",
            "__init__",
            "_reconstruct",
            "",
        ] {
            environment.name(module, name);
        }
        for name in ["Model", "Base", "make", "x"] {
            if let Resolved::Class(class) = environment.resolve(module, name) {
                let lineage = environment.lineage(&class);
                for member in ["__init__", "predict", "__setstate__", "kind"] {
                    lineage.member(member, 0);
                }
            }
        }
        environment.distribution_of_module(module);
    }
}

/// An environment of one module, asked, and compared with an object of its class.
fn one_module(name: &str, content: &[u8]) {
    in_scratch(|scratch| {
        let site = scratch.below("site");
        scratch.put_below("site", name.as_bytes(), content);
        let opened = plain(&site);
        ask(&opened);
        let path = scratch.put("model.pkl", &object());
        whole(&path, &opened);
    });
}

/// An environment of one folder.
fn plain(site: &Path) -> Environment {
    let python = shelflife::environment::PythonVersion {
        major: 3,
        minor: 12,
        patch: None,
    };
    let search = vec![site.to_owned()];
    Environment::new(
        site.to_owned(),
        None,
        Some(python),
        Origin::Flag,
        search,
        Vec::new(),
    )
}

/// A pickle of a `pack.Model` that holds a `pack.sub.Part`.
fn object() -> Vec<u8> {
    [
        &b"\x80\x02cpack\nModel\n)\x81}(X\x04\0\0\0kindX\x05\0\0\0plainX\x05\0\0\0partscpack.sub\nPart\n"[..],
        b")\x81}X\x01\0\0\0nK\x02sbX\x07\0\0\0fitted_K\x01X\x06\0\0\0limitsNub.",
    ]
    .concat()
}
