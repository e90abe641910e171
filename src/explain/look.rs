//! What a known cause says of a file, checked in that file. One name of the table is one check.

use std::path::Path;

use super::knowledge::Known;
use super::named::{self, objects_of};
use super::types::{Raised, Standing};
use super::weigh::Case;
use crate::artifact::{Format, UnreadableKind};
use crate::compat::first_byte_behind_padding;
use crate::compat::rule::in_file;
use crate::manifest::{Evidence, code};
use crate::package;
use crate::pickle::{Array, Elements, Node, is_opcode};
use crate::source::{self, Compression};
use crate::text;

/// From this size on a model may be too large for a small machine.
const LARGE: u64 = 256 << 20;
/// joblib aligns the first byte of an array to this.
const ALIGNMENT: u64 = 16;

/// How far a file fits, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fit {
    pub standing: Standing,
    pub reason: String,
    pub evidence: Vec<Evidence>,
}

impl Fit {
    pub fn new(standing: Standing, reason: impl AsRef<str>, evidence: Vec<Evidence>) -> Fit {
        Fit {
            standing,
            reason: text::short(reason.as_ref(), 300),
            evidence,
        }
    }

    fn no(reason: impl AsRef<str>) -> Fit {
        Fit::new(Standing::Excluded, reason, Vec::new())
    }
}

/// What a check is given.
pub(super) struct Asked<'a> {
    pub known: &'a Known,
    pub raised: &'a Raised,
    pub case: &'a Case<'a>,
}

type Check = fn(&Asked<'_>) -> Option<Fit>;

/// Every check by the name that the table has for it.
const CHECKS: [(&str, Check); 24] = [
    ("first-byte", first_byte),
    ("opcode-key", opcode_key),
    ("empty", empty),
    ("short", short),
    ("damaged", damaged),
    ("persistent", persistent),
    ("padded", padded),
    ("lz4", lz4),
    ("protocol", protocol),
    ("python2", python2),
    ("names", names),
    ("tree", |asked| holds(asked, "Tree")),
    ("tfidf", |asked| holds(asked, "TfidfTransformer")),
    ("class", |asked| holds(asked, asked.known.get("class")?)),
    ("bit-generator", |asked| imports(asked, "numpy.random")),
    ("pandas", |asked| imports(asked, "pandas")),
    ("xgboost", |asked| imports(asked, "xgboost")),
    ("lightgbm", |asked| imports(asked, "lightgbm")),
    ("bytecode", bytecode),
    ("features", features),
    ("feature-names", feature_names),
    ("named-global", named_global),
    ("cuda", cuda),
    ("saved-with", saved_with),
];

/// Checks that say something of any file.
const ALWAYS: [(&str, Check); 2] = [("format", format), ("large", large)];

/// Whether the table may ask for this check.
#[cfg(test)]
pub(super) fn is_known(name: &str) -> bool {
    CHECKS
        .iter()
        .chain(&ALWAYS)
        .any(|(known, _)| *known == name)
}

/// The best answer of the checks that a known cause asks for.
pub(super) fn look(asked: &Asked<'_>) -> Option<Fit> {
    let case = asked.case;
    if case.artifact.facts.is_ok() && !asked.known.entry.admits(case.artifact.format) {
        let format = format!("{:?}", case.artifact.format).to_lowercase();
        return Some(Fit::no(format!("{format} files do not give this")));
    }
    let wanted = asked.known.entry.looks.iter().filter_map(|name| {
        let check = CHECKS
            .iter()
            .chain(&ALWAYS)
            .find(|(known, _)| known == name);
        check.and_then(|(_, check)| check(asked))
    });
    // The first of several that are equally good.
    wanted.reduce(|best, fit| {
        if fit.standing > best.standing {
            fit
        } else {
            best
        }
    })
}

/// The first byte of the model file on disk; none of an empty one.
fn head(case: &Case<'_>) -> Option<Vec<u8>> {
    let inner = case.artifact.facts.as_ref().ok();
    let inner = inner.and_then(|facts| facts.inner.as_deref());
    let path: &Path = inner.unwrap_or(&case.artifact.path);
    source::head(path, 1).ok()
}

/// What the file is, in a few words.
fn what(case: &Case<'_>) -> String {
    if let Err(why) = &case.artifact.facts {
        return why.reason.clone();
    }
    let format = format!("{:?}", case.artifact.format).to_lowercase();
    match case.artifact.compression {
        Some(compression) => format!("a {format} file compressed with {}", compression.word()),
        None => format!("a {format} file"),
    }
}

fn begins(case: &Case<'_>, byte: u8) -> Fit {
    let evidence = vec![in_file(
        0,
        format!("the file begins with byte {byte} ({})", shown(byte)),
    )];
    Fit::new(
        Standing::Exact,
        format!("begins with this byte: {}", what(case)),
        evidence,
    )
}

fn shown(byte: u8) -> String {
    match byte {
        b' '..=b'~' => format!("'{}'", char::from(byte)),
        _ => format!("0x{byte:02x}"),
    }
}

/// `\x1f`, or the character itself.
fn byte_of(written: &str) -> Option<u8> {
    if let Some(hex) = written.strip_prefix("\\x") {
        return u8::from_str_radix(hex, 16).ok();
    }
    let mut letters = written.chars();
    let byte = u8::try_from(u32::from(letters.next()?)).ok()?;
    letters.next().is_none().then_some(byte)
}

/// The first array of a joblib stream, with its place, when its elements stand between the opcodes:
/// those of an object array are a pickle of their own, which a plain unpickler takes for the whole.
fn first_array<'c>(case: &'c Case<'_>) -> Option<(u64, &'c Array)> {
    let graph = case.graph()?;
    let first = graph.iter().find_map(|(id, node)| match node {
        Node::Array(array) => Some((graph.offset(id), &**array)),
        _ => None,
    });
    first.filter(|(_, array)| matches!(array.elements, Elements::Raw(_)))
}

/// The byte that a plain unpickler meets where joblib puts an array.
fn met_by_pickle(case: &Case<'_>) -> Option<(u64, Option<u8>)> {
    let (offset, array) = first_array(case)?;
    let padded = case
        .graph()?
        .attribute(array.wrapper, "numpy_array_alignment_bytes");
    let byte = if padded.is_some() {
        u8::try_from(ALIGNMENT - (offset + 1) % ALIGNMENT).ok()
    } else {
        match &array.elements {
            Elements::Raw(data) => data.bytes().and_then(|bytes| bytes.first().copied()),
            Elements::Pickled(_) => None,
        }
    };
    Some((offset, byte))
}

fn first_byte(asked: &Asked<'_>) -> Option<Fit> {
    let case = asked.case;
    let byte = byte_of(asked.known.get("byte")?)?;
    let Some(first) = head(case)?.first().copied() else {
        return Some(Fit::no("is empty, which gives EOFError"));
    };
    let plain =
        is_pickle(case) && case.artifact.compression.is_none() && case.artifact.facts.is_ok();
    if first == byte && !(plain && is_opcode(byte)) {
        return Some(begins(case, byte));
    }
    if plain && let Some((offset, met)) = met_by_pickle(case) {
        let evidence = vec![in_file(
            offset,
            "an array of joblib, between the instructions",
        )];
        return Some(match met {
            Some(met) if met == byte => {
                let reason = "pickle.load meets this byte at the first array of this joblib file: joblib.load opens it";
                Fit::new(Standing::Exact, reason, evidence)
            }
            Some(met) if !is_opcode(met) => Fit::no(format!(
                "pickle.load would meet {} at its first array",
                shown(met)
            )),
            _ => {
                let reason = "a joblib file: pickle.load loses its place at the first array";
                Fit::new(Standing::Possible, reason, evidence)
            }
        });
    }
    if is_scrambled(case) {
        return broken(case, Standing::Possible);
    }
    Some(Fit::no(format!(
        "begins with {}: {}",
        shown(first),
        what(case)
    )))
}

fn opcode_key(asked: &Asked<'_>) -> Option<Fit> {
    let case = asked.case;
    let byte: u8 = asked.known.get("number")?.parse().ok()?;
    let Some(first) = head(case)?.first().copied() else {
        return Some(Fit::no("is empty, which gives EOFError"));
    };
    if first == byte && !is_opcode(byte) {
        return Some(begins(case, byte));
    }
    if let Some(fit) = padding(case, byte) {
        return Some(fit);
    }
    if let Some((offset, Some(met))) = met_by_pickle(case)
        && met == byte
    {
        let evidence = vec![in_file(
            offset,
            format!("the array begins with byte {byte}"),
        )];
        let reason = "a joblib that does not know the wrapper of its arrays meets this byte at the first one";
        return Some(Fit::new(Standing::Possible, reason, evidence));
    }
    if is_scrambled(case) {
        return broken(case, Standing::Possible);
    }
    Some(Fit::no(format!(
        "no reader meets byte {byte} in it as an instruction: {}",
        what(case)
    )))
}

/// What a joblib older than 1.2 meets behind the first padded array.
fn padding(case: &Case<'_>, byte: u8) -> Option<Fit> {
    let (offset, met) = first_byte_behind_padding(case.graph()?)?;
    let evidence = vec![in_file(offset, "numpy_array_alignment_bytes: padded array")];
    let live = case
        .environment
        .and_then(|environment| environment.distribution("joblib"));
    let here = live.map_or_else(String::new, |d| format!("; here is joblib {}", d.version));
    Some(match met {
        Some(met) if met == byte => Fit::new(
            Standing::Possible,
            format!("joblib older than 1.2 meets exactly this byte in it{here}"),
            evidence,
        ),
        Some(met) if !is_opcode(met) => {
            Fit::no(format!("joblib older than 1.2 meets byte {met} in it"))
        }
        // What it meets later, nobody knows; where joblib is newer it does not come to that.
        _ if live.is_some_and(|d| package::satisfies(&d.version, ">=1.2") == Some(true)) => {
            return None;
        }
        _ => Fit::new(
            Standing::Possible,
            format!("joblib older than 1.2 loses its place in it{here}"),
            evidence,
        ),
    })
}

fn padded(asked: &Asked<'_>) -> Option<Fit> {
    let (offset, _) = first_byte_behind_padding(asked.case.graph()?)?;
    let evidence = vec![in_file(offset, "numpy_array_alignment_bytes: padded array")];
    let reason = "joblib older than 1.2 loses its place in it";
    Some(Fit::new(Standing::Possible, reason, evidence))
}

fn is_broken(case: &Case<'_>) -> bool {
    let Err(why) = &case.artifact.facts else {
        return false;
    };
    !matches!(why.kind, UnreadableKind::Io | UnreadableKind::Budget)
}

/// Whether an unpickler may meet any byte in the file: one that is only cut ends instead.
fn is_scrambled(case: &Case<'_>) -> bool {
    let kind = case.artifact.facts.as_ref().err().map(|why| why.kind);
    kind == Some(UnreadableKind::Damaged)
}

/// A file that cannot be read, with its reason.
fn broken(case: &Case<'_>, standing: Standing) -> Option<Fit> {
    // The reason names the place.
    let why = case.artifact.facts.as_ref().err()?;
    Some(Fit::new(standing, &why.reason, Vec::new()))
}

fn whole(case: &Case<'_>) -> Fit {
    let size = text::bytes(case.artifact.size);
    Fit::no(format!("reads as a whole: {}, {size}", what(case)))
}

/// Formats that are zip archives.
fn is_zip(case: &Case<'_>) -> bool {
    let format = case.artifact.format;
    matches!(format, Format::Skops | Format::Keras | Format::Npz)
        || (format == Format::Torch && head(case).is_some_and(|head| head == b"P"))
}

/// Formats that pickle itself opens.
fn is_pickle(case: &Case<'_>) -> bool {
    let facts = case.artifact.facts.as_ref();
    let directory = facts.is_ok_and(|facts| facts.inner.is_some());
    directory || matches!(case.artifact.format, Format::Pickle | Format::Joblib)
}

fn empty(asked: &Asked<'_>) -> Option<Fit> {
    let case = asked.case;
    match &case.artifact.facts {
        Err(why) if why.kind == UnreadableKind::Empty => broken(case, Standing::Exact),
        Err(why) if why.kind == UnreadableKind::Truncated => broken(case, Standing::Possible),
        _ if is_broken(case) => broken(case, Standing::Possible),
        Err(_) => None,
        Ok(_) => Some(whole(case)),
    }
}

fn short(asked: &Asked<'_>) -> Option<Fit> {
    let case = asked.case;
    match &case.artifact.facts {
        Err(why) if why.kind == UnreadableKind::Truncated => broken(case, Standing::Exact),
        Err(why) if why.kind == UnreadableKind::Empty => {
            Some(Fit::no("is empty, which gives EOFError"))
        }
        _ => other_format(case)
            .or_else(|| padded(asked))
            .or_else(|| Some(whole(case))),
    }
}

fn damaged(asked: &Asked<'_>) -> Option<Fit> {
    let case = asked.case;
    other_format(case)
        .or_else(|| padded(asked))
        .or_else(|| Some(whole(case)))
}

/// A file that is no pickle, or a broken one.
fn other_format(case: &Case<'_>) -> Option<Fit> {
    if is_broken(case) {
        return broken(case, Standing::Possible);
    }
    if case.artifact.facts.is_ok() && !is_pickle(case) {
        let archive = if is_zip(case) { ", a zip archive" } else { "" };
        let reason = format!("{}{archive}: not a pickle", what(case));
        let evidence = vec![in_file(0, what(case))];
        return Some(Fit::new(Standing::Possible, reason, evidence));
    }
    None
}

fn persistent(asked: &Asked<'_>) -> Option<Fit> {
    let case = asked.case;
    if case.artifact.format == Format::Torch {
        let evidence = vec![in_file(0, "torch.save wrote it")];
        return Some(Fit::new(
            Standing::Exact,
            "torch.save wrote it: pickle alone cannot open it",
            evidence,
        ));
    }
    if is_zip(case) {
        let reason = format!(
            "{}, a zip archive: its first letter P is pickle's instruction for persistent ids",
            what(case)
        );
        let evidence = vec![in_file(0, "the file begins with PK")];
        return Some(Fit::new(Standing::Possible, reason, evidence));
    }
    let graph = case.graph()?;
    let found = graph
        .iter()
        .find(|(_, node)| matches!(node, Node::Persistent(_)));
    Some(match found {
        Some((id, _)) => {
            let evidence = vec![in_file(graph.offset(id), "a persistent id")];
            Fit::new(
                Standing::Exact,
                "refers to an object outside of the pickle",
                evidence,
            )
        }
        None => Fit::no("refers to nothing outside of itself"),
    })
}

#[allow(clippy::unnecessary_wraps)] // Every check answers an option.
fn lz4(asked: &Asked<'_>) -> Option<Fit> {
    Some(
        if asked.case.artifact.compression == Some(Compression::Lz4) {
            let evidence = vec![in_file(0, "lz4")];
            Fit::new(Standing::Possible, "is compressed with lz4", evidence)
        } else {
            Fit::no("is not compressed with lz4")
        },
    )
}

fn protocol(asked: &Asked<'_>) -> Option<Fit> {
    let wanted: u8 = asked.known.get("number")?.parse().ok()?;
    let case = asked.case;
    let objects = case.artifact.facts.as_ref().ok()?.objects.as_ref()?;
    let found = objects
        .streams
        .iter()
        .find(|stream| stream.protocol == wanted);
    Some(match found {
        Some(stream) => {
            let evidence = vec![in_file(stream.offset, format!("PROTO {wanted}"))];
            Fit::new(
                Standing::Possible,
                format!("holds a stream of protocol {wanted}"),
                evidence,
            )
        }
        None => Fit::no(format!("holds no stream of protocol {wanted}")),
    })
}

fn python2(asked: &Asked<'_>) -> Option<Fit> {
    let graph = asked.case.graph()?;
    let beyond = graph.iter().find(|(_, node)| {
        let Node::RawStr(data) = node else {
            return false;
        };
        data.bytes().is_some_and(|bytes| !bytes.is_ascii())
    });
    Some(match beyond {
        Some((id, _)) => {
            let evidence = vec![in_file(graph.offset(id), "an 8-bit string beyond ASCII")];
            Fit::new(Standing::Exact, "holds 8-bit strings of Python 2", evidence)
        }
        None => Fit::no("holds no 8-bit strings beyond ASCII"),
    })
}

fn names(asked: &Asked<'_>) -> Option<Fit> {
    named::look(&named::named(&asked.raised.message)?, asked.case)
}

/// Whether the file holds an object of a class.
fn holds(asked: &Asked<'_>, class: &str) -> Option<Fit> {
    let graph = asked.case.graph()?;
    Some(match objects_of(graph, class).next() {
        Some(id) => {
            let evidence = vec![in_file(graph.offset(id), format!("{class} stands here"))];
            Fit::new(Standing::Possible, format!("holds {class}"), evidence)
        }
        None => Fit::no(format!("holds no {class}")),
    })
}

/// Whether the file imports from a package.
fn imports(asked: &Asked<'_>, package: &str) -> Option<Fit> {
    let case = asked.case;
    case.artifact.facts.as_ref().ok()?;
    let within = |module: &str| {
        let rest = module.strip_prefix(package);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '_']))
    };
    let found = case
        .manifest
        .names
        .iter()
        .find(|needed| within(&needed.module));
    Some(match found {
        Some(needed) => {
            let words = format!("imports {}.{}", needed.module, needed.name);
            Fit::new(
                Standing::Possible,
                &words,
                vec![in_file(needed.offset, &words)],
            )
        }
        None => Fit::no(format!("imports nothing of {package}")),
    })
}

fn bytecode(asked: &Asked<'_>) -> Option<Fit> {
    let graph = asked.case.graph()?;
    let made = graph.iter().find_map(|(id, node)| match node {
        Node::Object(object) if code::makes_code(graph, object) => {
            Some((id, code::python_range(graph, object)))
        }
        _ => None,
    });
    Some(match made {
        Some((id, range)) => {
            let of = range.map_or_else(String::new, |range| format!(" of Python {range}"));
            let evidence = vec![in_file(graph.offset(id), format!("bytecode{of}"))];
            Fit::new(Standing::Possible, format!("holds bytecode{of}"), evidence)
        }
        None => Fit::no("holds no bytecode"),
    })
}

fn features(asked: &Asked<'_>) -> Option<Fit> {
    let class = asked.known.get("class")?;
    let expected: i64 = asked.known.get("expected")?.parse().ok()?;
    let graph = asked.case.graph()?;
    let mut widths = Vec::new();
    for id in objects_of(graph, class) {
        let width = graph
            .attribute(id, "n_features_in_")
            .and_then(|value| graph.int(value));
        if width == Some(expected) {
            let evidence = vec![in_file(
                graph.offset(id),
                format!("{class}: n_features_in_ = {expected}"),
            )];
            let reason = format!("its {class} was fitted on {expected} features");
            return Some(Fit::new(Standing::Exact, reason, evidence));
        }
        widths.extend(width);
    }
    Some(match widths.first() {
        Some(width) => Fit::no(format!("its {class} was fitted on {width} features")),
        None if objects_of(graph, class).next().is_some() => return None,
        None => Fit::no(format!("holds no {class}")),
    })
}

fn feature_names(asked: &Asked<'_>) -> Option<Fit> {
    let case = asked.case;
    case.artifact.facts.as_ref().ok()?;
    let known = &case.manifest.feature_names;
    if known.is_empty() {
        return Some(Fit::no("knows no names of features"));
    }
    let mut lines = asked.raised.message.lines();
    let listed: Vec<&str> = lines
        .by_ref()
        .skip_while(|line| !line.contains("now missing"))
        .skip(1)
        .filter_map(|line| line.trim().strip_prefix("- "))
        .filter(|name| *name != "...")
        .collect();
    let missing = listed
        .iter()
        .find(|name| !known.iter().any(|k| k == **name));
    Some(match (missing, listed.first()) {
        (Some(name), _) => Fit::no(format!("was not fitted on a column {name}")),
        (None, Some(name)) => {
            let evidence = vec![in_file(0, format!("feature_names_in_ has {name}"))];
            Fit::new(
                Standing::Exact,
                format!("was fitted on {}", listed.join(", ")),
                evidence,
            )
        }
        (None, None) => {
            let reason = format!("was fitted on {} named columns", known.len());
            Fit::new(Standing::Possible, reason, Vec::new())
        }
    })
}

/// A global of the file that the message names.
fn named_global(asked: &Asked<'_>) -> Option<Fit> {
    let case = asked.case;
    case.artifact.facts.as_ref().ok()?;
    let message = &asked.raised.message;
    let found = case
        .manifest
        .names
        .iter()
        .find(|needed| message.contains(&format!("{}.{}", needed.module, needed.name)));
    Some(match found {
        Some(needed) => {
            let words = format!("names {}.{}", needed.module, needed.name);
            Fit::new(
                Standing::Exact,
                &words,
                vec![in_file(needed.offset, &words)],
            )
        }
        None if message.contains("GLOBAL ") => Fit::no("does not name that class"),
        None => return None,
    })
}

fn cuda(asked: &Asked<'_>) -> Option<Fit> {
    let graph = asked.case.graph()?;
    let found = graph
        .iter()
        .find(|(id, _)| graph.text(*id).is_some_and(|t| t.starts_with("cuda")));
    Some(match found {
        Some((id, _)) => {
            let device = text::short(graph.text(id).unwrap_or_default(), 20);
            let evidence = vec![in_file(graph.offset(id), &device)];
            Fit::new(
                Standing::Exact,
                format!("holds tensors of the device {device}"),
                evidence,
            )
        }
        None => Fit::no("holds no tensors of a GPU"),
    })
}

fn saved_with(asked: &Asked<'_>) -> Option<Fit> {
    let case = asked.case;
    case.artifact.facts.as_ref().ok()?;
    let saved = asked.known.get("saved")?;
    let wanted = format!("=={saved}");
    let mut stamps = case.manifest.saved_with.iter();
    let Some(stamp) = stamps.find(|r| r.subject == "scikit-learn" && r.wanted == wanted) else {
        return Some(Fit::no(format!("was not saved with scikit-learn {saved}")));
    };
    let class = asked.known.get("class")?;
    let graph = case.graph()?;
    if objects_of(graph, class).next().is_none() {
        return Some(Fit::no(format!("holds no {class}")));
    }
    let reason = format!("holds a {class} of scikit-learn {saved}");
    Some(Fit::new(Standing::Exact, reason, stamp.evidence.clone()))
}

fn format(asked: &Asked<'_>) -> Option<Fit> {
    let case = asked.case;
    case.artifact.facts.as_ref().ok()?;
    let reason = format!("is {}", what(case));
    Some(Fit::new(Standing::Possible, reason, Vec::new()))
}

fn large(asked: &Asked<'_>) -> Option<Fit> {
    let size = asked.case.artifact.size;
    let reason = format!("has {}", text::bytes(size));
    (size >= LARGE).then(|| Fit::new(Standing::Possible, reason, Vec::new()))
}
