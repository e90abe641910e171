//! Arrays that stand in files of their own beside a dump, as joblib wrote them up to 0.9.
//!
//! The stream then holds an `NDArrayWrapper` with the name of an `.npy` file, or a
//! `ZNDArrayWrapper` with the array's description and the name of a file of zlib bytes. Only plain
//! names are opened, in the dump's own folder: a path would lead out of it. A file that is not
//! there is no damage of the dump itself and is reported by name.
//! Format: `joblib/numpy_pickle_compat.py` in <https://github.com/joblib/joblib>.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use super::joblib::layout;
use super::npy::header as npy;
use crate::pickle::{Array, Elements, Error, Graph, Node, NodeId, PlainPickle, Reader};
use crate::source::{self, Stream};
use crate::text;

/// Side files opened for one artifact; a forest of a thousand trees has a few thousand.
const MOST: u64 = 20_000;

/// Decompressed bytes of small files altogether; each has a budget of its own as well.
const UNPACKED: u64 = 1 << 29;

/// Bytes of a file name; no file system has longer ones.
const LONGEST: usize = 255;

/// Side files whose trouble is remembered.
const TROUBLES: usize = 16;

/// The most dimensions of an array.
const SIDES: usize = 64;

/// What is known of the files beside an artifact that hold its arrays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SideFiles {
    /// How many the artifact names.
    pub count: u64,
    /// Bytes on disk of those that are there.
    pub bytes: u64,
    /// The first one's name.
    pub first: String,
    /// Names of files that are not there; the first few.
    pub missing: Vec<String>,
    /// How many are not there.
    pub missing_count: u64,
    /// Files that are there and unusable: name and reason; the first few.
    pub damaged: Vec<(String, String)>,
}

impl SideFiles {
    /// What is worth saying, one clause each.
    pub(super) fn notes(&self) -> Vec<String> {
        if self.count == 0 {
            return Vec::new();
        }
        let mut notes = vec![format!(
            "{} beside it ({}, {}), as joblib did up to 0.9; keep the files together",
            if self.count == 1 {
                "an array is stored in a file".to_owned()
            } else {
                format!("{} arrays are stored in files", self.count)
            },
            self.first,
            text::bytes(self.bytes),
        )];
        let missing = self
            .missing
            .iter()
            .map(|name| format!("its array file {name} is missing"));
        notes.extend(missing);
        let damaged = self.damaged.iter();
        notes.extend(damaged.map(|(name, why)| format!("its array file {name}: {why}")));
        notes
    }
}

/// Which of joblib's two ways an array was put aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A numpy file.
    Npy,
    /// Compressed elements; shape and dtype stand in the stream.
    Compressed,
}

/// Whether a class stands for an array in a file of its own.
pub(super) fn kind(module: &str, name: &str) -> Option<Kind> {
    let module = module.strip_prefix("sklearn.externals.").unwrap_or(module);
    if !matches!(module, "joblib.numpy_pickle" | "joblib.numpy_pickle_compat") {
        return None;
    }
    match name {
        "NDArrayWrapper" => Some(Kind::Npy),
        "ZNDArrayWrapper" => Some(Kind::Compressed),
        _ => None,
    }
}

/// The folder of a dump, and what was found in it.
#[derive(Debug)]
pub struct Beside {
    folder: PathBuf,
    pub(super) files: SideFiles,
    /// The arrays by the names of their files; none for a file that cannot be used.
    known: HashMap<String, Option<NodeId>>,
    /// Bytes of arrays in compressed files.
    unpacked: u64,
}

impl Beside {
    pub(super) fn of(path: &Path) -> Beside {
        Beside {
            folder: path.parent().unwrap_or(Path::new("")).to_owned(),
            files: SideFiles::default(),
            known: HashMap::new(),
            unpacked: 0,
        }
    }

    /// The array that `wrapper` stands for; `None` when its file cannot be used.
    pub(super) fn array(
        &mut self,
        reader: &mut Reader,
        wrapper: NodeId,
        kind: Kind,
    ) -> Result<Option<NodeId>, Error> {
        let graph = &reader.graph;
        let named = graph
            .attribute(wrapper, "filename")
            .and_then(|name| graph.text(name));
        let Some(name) = named.map(str::to_owned) else {
            self.damaged("", "the stream does not name the file of an array");
            return Ok(None);
        };
        if let Some(known) = self.known.get(&name) {
            // joblib gives each array a file of its own; one that is named again is the same array.
            return Ok(*known);
        }
        let found = self.named(reader, wrapper, kind, &name)?;
        if self.known.len() < MOST as usize {
            self.known.insert(name, found);
        }
        Ok(found)
    }

    /// The array in the file of this name, which was not met before.
    fn named(
        &mut self,
        reader: &mut Reader,
        wrapper: NodeId,
        kind: Kind,
        name: &str,
    ) -> Result<Option<NodeId>, Error> {
        self.files.count += 1;
        if self.files.count == 1 {
            self.files.first = text::short(name, 120);
        }
        if !is_plain(name) {
            self.damaged(name, "it leads out of the folder and was not opened");
            return Ok(None);
        }
        if self.files.count > MOST {
            return Ok(None);
        }
        if self.unpacked > UNPACKED.max(self.files.bytes.saturating_mul(128)) {
            self.damaged(name, "the files unfold to more than the reading budget");
            return Ok(None);
        }
        let source = match source::open(&self.folder.join(name)) {
            Ok(source) => source,
            Err(error) => {
                if error.kind() == io::ErrorKind::NotFound {
                    self.files.missing_count += 1;
                    if self.files.missing.len() < TROUBLES {
                        self.files.missing.push(text::short(name, 120));
                    }
                } else {
                    self.damaged(name, &error.to_string());
                }
                return Ok(None);
            }
        };
        let unfolds = source.compression.is_some();
        self.files.bytes = self.files.bytes.saturating_add(source.size);
        // The budgets of the dump count for its side files too: its reader reads them.
        let outer = std::mem::replace(&mut reader.stream, source.stream);
        let before = reader.stream.position();
        let found = match kind {
            Kind::Npy => npy(reader, wrapper, name),
            Kind::Compressed => compressed(reader, wrapper, name),
        };
        if unfolds {
            self.unpacked += reader.stream.position() - before;
        }
        reader.stream = outer;
        match found {
            Ok(array) => reader.push(array, reader.graph.offset(wrapper)).map(Some),
            Err(Trouble::Unusable(reason)) => {
                self.damaged(name, &reason);
                Ok(None)
            }
            Err(Trouble::Fatal(error)) if is_of_the_file(&error) => {
                self.damaged(name, &error.to_string());
                Ok(None)
            }
            Err(Trouble::Fatal(error)) => Err(error),
        }
    }

    fn damaged(&mut self, name: &str, reason: &str) {
        if self.files.damaged.len() < TROUBLES {
            let known = (text::short(name, 120), text::short(reason, 160));
            self.files.damaged.push(known);
        }
    }
}

enum Trouble {
    /// The file is not what it should be.
    Unusable(String),
    /// A stop of the reader.
    Fatal(Error),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Trouble {
        Trouble::Fatal(error)
    }
}

/// Whether a stop is the side file's fault, not that of a used-up budget.
fn is_of_the_file(error: &Error) -> bool {
    !matches!(error.kind, crate::pickle::ErrorKind::Budget(_))
}

/// One component, no separators of any system, no drive.
fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= LONGEST
        && name != "."
        && name != ".."
        && !name.contains(['/', '\\', ':', '\0'])
}

fn npy(reader: &mut Reader, wrapper: NodeId, name: &str) -> Result<Node, Trouble> {
    let unusable = |what: &str| Trouble::Unusable(what.to_owned());
    let head = head(&mut reader.stream).map_err(|error| Trouble::Unusable(error.to_string()))?;
    let header = npy::header(&head).ok_or_else(|| unusable("it is not a numpy file"))?;
    reader.skip(header.start, name)?;
    let dtype = header.descr.nodes(&mut |node| {
        let at = reader.stream.position();
        reader.push(node, at)
    })?;
    let elements = if header.descr.objects() {
        Elements::Pickled(reader.pickle(&mut PlainPickle, true)?)
    } else {
        let size = header.descr.size();
        let len = header
            .shape
            .iter()
            .filter(|_| header.shape.len() <= SIDES)
            .try_fold(size.unwrap_or(0), |product, side| {
                product.checked_mul(*side)
            })
            .filter(|_| size.is_some() && header.shape.len() <= SIDES)
            .ok_or_else(|| unusable("its header has no usable type and shape"))?;
        Elements::Raw(reader.data(len, name)?)
    };
    Ok(Node::Array(Box::new(Array {
        dtype,
        shape: header.shape,
        fortran: header.fortran,
        elements,
        wrapper,
    })))
}

/// The stream's next bytes, as many as a header may take.
fn head(stream: &mut Stream) -> io::Result<Vec<u8>> {
    let head = stream.peek()?;
    Ok(head[..head.len().min(npy::LONGEST as usize)].to_vec())
}

fn compressed(reader: &mut Reader, wrapper: NodeId, name: &str) -> Result<Node, Trouble> {
    let Some((dtype, shape, fortran, len)) = described(&reader.graph, wrapper) else {
        return Err(Trouble::Unusable(
            "the stream does not describe its array".into(),
        ));
    };
    let elements = Elements::Raw(reader.data(len, name)?);
    Ok(Node::Array(Box::new(Array {
        dtype,
        shape,
        fortran,
        elements,
        wrapper,
    })))
}

/// Dtype, shape, order and length of the array behind a `ZNDArrayWrapper`: its `state` is the one
/// of `ndarray.__setstate__` without the elements.
fn described(graph: &Graph, wrapper: NodeId) -> Option<(NodeId, Vec<u64>, bool, u64)> {
    let state = graph.items(graph.attribute(wrapper, "state")?)?;
    // (version, shape, dtype, is_fortran); numpy before 1.0 left the version out.
    let [.., shape, dtype, fortran] = *state else {
        return None;
    };
    let shape: Vec<u64> = graph
        .items(shape)
        .filter(|sides| sides.len() <= SIDES)?
        .iter()
        .map(|side| u64::try_from(graph.int(*side)?).ok())
        .collect::<Option<_>>()?;
    let (size, objects) = layout(graph, dtype)?;
    let len = shape
        .iter()
        .try_fold(size, |product, side| product.checked_mul(*side))?;
    (!objects).then_some((dtype, shape, graph.int(fortran)? != 0, len))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_are_opened() {
        for name in ["x.pkl_01.npy", "a b.npy", "..npy"] {
            assert!(is_plain(name), "{name}");
        }
        for name in [
            "",
            ".",
            "..",
            "../x.npy",
            "/etc/passwd",
            "a\\b.npy",
            "C:x",
            "a\0b",
        ] {
            assert!(!is_plain(name), "{name}");
        }
    }

    #[test]
    fn wrappers_are_known_by_module_and_name() {
        assert_eq!(
            kind("joblib.numpy_pickle", "NDArrayWrapper"),
            Some(Kind::Npy)
        );
        assert_eq!(
            kind("sklearn.externals.joblib.numpy_pickle", "ZNDArrayWrapper"),
            Some(Kind::Compressed)
        );
        assert_eq!(kind("joblib.numpy_pickle", "NumpyArrayWrapper"), None);
        assert_eq!(kind("other", "NDArrayWrapper"), None);
    }
}
