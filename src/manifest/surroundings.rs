//! What lies around the artifacts of a shelf, looked at once a folder: sources, tables, and small
//! pickles whose names say that they prepare input or list columns.
//!
//! Reads and remembers; what belongs to which artifact is decided in [`super::siblings`].

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::flow::{self, Flow};
use crate::artifact::{self, Artifact, Keep};
use crate::source;

/// Directory entries that are looked at.
const ENTRIES: usize = 400;

/// Files of one kind that are opened in one folder.
const OPENED: usize = 24;

/// Longer sources, tables and pickles are not opened.
pub(super) const SIZE: u64 = 4 << 20;

/// Bytes that are remembered of one folder: of the names of one list of columns, of one JSON file,
/// and of all of them. A shelf has thousands of folders.
const LETTERS: u64 = 256 << 10;
const JSON: u64 = 512 << 10;
const HEADS: usize = 2 << 20;

/// Bytes of a table that hold its header.
const HEADER: u64 = 64 << 10;

/// Words in the names of files that prepare input or list columns, by their first letter: every name
/// of a shelf is looked at, and most letters begin none.
fn helper_words(letter: u8) -> &'static [&'static str] {
    match letter {
        b'b' => &["bow"],
        b'c' => &["columns", "cols"],
        b'e' => &["encod"],
        b'f' => &["features", "feature_names"],
        b'h' => &["hasher"],
        b'i' => &["imput"],
        b'l' => &["label"],
        b'm' => &["minmax"],
        b'n' => &["norm"],
        b'o' => &["onehot", "one_hot", "ohe", "ordinal"],
        b'p' => &["preproc", "prep_", "pca", "poly"],
        b's' => &["scaler", "scaling", "standard", "svd", "selector"],
        b't' => &["tfidf", "tf_idf", "transform"],
        b'v' => &["vect"],
        _ => &[],
    }
}

/// The folders of a shelf, each looked at once.
#[derive(Debug, Default)]
pub struct Surroundings {
    folders: Mutex<HashMap<PathBuf, Arc<Neighbourhood>>>,
}

impl Surroundings {
    /// What lies in `folder`.
    pub(super) fn folder(&self, folder: &Path) -> Arc<Neighbourhood> {
        if let Some(known) = self.lock().get(folder) {
            return Arc::clone(known);
        }
        // Listed without the lock: a slow folder must not hold up the others.
        let found = Arc::new(Neighbourhood::list(folder));
        Arc::clone(self.lock().entry(folder.to_owned()).or_insert(found))
    }

    /// Remembers what an artifact holds that was read for itself, so that nobody who asks for
    /// helpers reads it again.
    pub fn note(&self, artifact: &Artifact) {
        if let Some(folder) = artifact.path.parent()
            && is_helper_name(&artifact.path)
        {
            self.folder(folder).note(artifact);
        }
    }

    /// Forgets everything, so that the next look is a fresh one.
    pub fn forget(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<PathBuf, Arc<Neighbourhood>>> {
        self.folders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One folder. Files are opened when they are first asked for.
#[derive(Debug)]
pub(super) struct Neighbourhood {
    entries: Vec<PathBuf>,
    helpers: OnceLock<Vec<(PathBuf, OnceLock<Option<Helper>>)>>,
    tables: OnceLock<Vec<Table>>,
}

/// A pickle that may prepare input or list columns.
#[derive(Debug)]
pub(super) struct Helper {
    pub path: PathBuf,
    /// The words in its name that may say to which model it belongs.
    pub words: Vec<String>,
    pub content: Content,
}

/// What a helper holds.
#[derive(Debug)]
pub(super) enum Content {
    /// A list of texts.
    Columns(Vec<String>),
    /// A transformer.
    Transformer(Flow),
}

/// A table or a JSON file that may hold example rows.
#[derive(Debug)]
pub(super) struct Table {
    pub path: PathBuf,
    /// The text that names its columns: the first line of a CSV, the whole of a JSON file.
    pub head: String,
    /// Whether it is an example by its own word, whatever its columns.
    pub example: Option<&'static str>,
}

impl Neighbourhood {
    fn list(folder: &Path) -> Neighbourhood {
        let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
            .map(|entries| {
                let entries = entries.take(ENTRIES);
                entries
                    .filter_map(|entry| Some(entry.ok()?.path()))
                    .collect()
            })
            .unwrap_or_default();
        // Of one folder: names decide, and comparing whole paths piece by piece takes long.
        entries.sort_by(|a, b| a.as_os_str().cmp(b.as_os_str()));
        Neighbourhood {
            entries,
            helpers: OnceLock::new(),
            tables: OnceLock::new(),
        }
    }

    /// Python sources and notebooks.
    pub(super) fn sources(&self) -> impl Iterator<Item = &PathBuf> {
        self.entries.iter().filter(|path| {
            path.extension()
                .is_some_and(|ending| ending == "py" || ending == "ipynb")
        })
    }

    /// Pickles that are called like helpers and are some. `asker` only decides which is opened
    /// first: threads that ask at the same time share the work when they begin at different ones.
    pub(super) fn helpers(&self, asker: &Path) -> impl Iterator<Item = &Helper> {
        let near = self.near();
        let mut hasher = DefaultHasher::new();
        asker.hash(&mut hasher);
        let start = hasher.finish() as usize % near.len().max(1);
        for (path, helper) in near[start..].iter().chain(&near[..start]) {
            helper.get_or_init(|| Helper::of(&artifact::read(path, Keep::Glance)));
        }
        near.iter().filter_map(|(_, helper)| helper.get()?.as_ref())
    }

    /// The files that are called like helpers, and what is known of each.
    fn near(&self) -> &[(PathBuf, OnceLock<Option<Helper>>)] {
        self.helpers.get_or_init(|| {
            let near = self.entries.iter().filter(|path| {
                is_helper_name(path)
                    && (crate::shelf::has_model_name(path) || path.extension().is_none())
                    && is_small(path)
            });
            let opened = near.take(OPENED);
            opened.map(|path| (path.clone(), OnceLock::new())).collect()
        })
    }

    fn note(&self, artifact: &Artifact) {
        let known = self
            .near()
            .iter()
            .find(|(path, _)| path.as_os_str() == artifact.path.as_os_str());
        if let Some((_, helper)) = known {
            helper.get_or_init(|| Helper::of(artifact));
        }
    }

    /// Tables and JSON files.
    pub(super) fn tables(&self) -> &[Table] {
        self.tables.get_or_init(|| {
            let near = self.entries.iter().filter(|path| {
                let table = path
                    .extension()
                    .is_some_and(|ending| ending == "csv" || ending == "json");
                (table || file_name(path) == CARD)
                    && !super::stamp::is_stamp_name(path)
                    && is_small(path)
            });
            let mut room = HEADS;
            let opened = near.take(OPENED).filter_map(|path| table(path));
            opened
                .take_while(|table| {
                    let fits = table.head.len() <= room;
                    room = room.saturating_sub(table.head.len());
                    fits
                })
                .collect()
        })
    }
}

/// A model card, in lower case.
const CARD: &str = "readme.md";

/// Whether a file is called like something that prepares input or lists columns.
pub fn is_helper_name(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    (0..name.len()).any(|at| {
        let words = helper_words(name[at].to_ascii_lowercase());
        words.iter().any(|word| {
            let here = name[at..].get(..word.len());
            here.is_some_and(|here| here.eq_ignore_ascii_case(word.as_bytes()))
        })
    })
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase()
}

fn is_small(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|found| found.is_file() && found.len() <= SIZE)
}

impl Helper {
    fn of(artifact: &Artifact) -> Option<Helper> {
        Some(Helper {
            path: artifact.path.clone(),
            content: content(artifact)?,
            words: super::chain::words(&artifact.path),
        })
    }
}

fn content(artifact: &Artifact) -> Option<Content> {
    let objects = artifact.facts.as_ref().ok()?.objects.as_ref()?;
    let (graph, root) = (&objects.graph, objects.root);
    if let Some(items) = graph.items(root)
        && graph.object(root).is_none()
    {
        let mut letters = 0;
        let names = items.iter().map(|item| {
            let name = graph.text(*item)?;
            letters += name.len() as u64;
            // Many references to one long text would make a copy each.
            (letters <= LETTERS).then(|| name.to_owned())
        });
        return names.collect::<Option<Vec<_>>>().map(Content::Columns);
    }
    flow::of(graph, root).map(Content::Transformer)
}

fn table(path: &Path) -> Option<Table> {
    let csv = path.extension().is_some_and(|ending| ending == "csv");
    let content = if csv {
        source::head(path, HEADER).ok()?
    } else {
        source::small(path, JSON).ok()??
    };
    let text = String::from_utf8_lossy(&content);
    let name = file_name(path);
    if name == CARD {
        artifact::folder::widget(&text)?;
        return Some(Table {
            path: path.to_owned(),
            head: String::new(),
            example: Some("its widget shows an example of its input"),
        });
    }
    // skops writes example columns into the description itself.
    let described = name == "config.json" && text.contains("\"example_input\"");
    let example = if described {
        Some("its example_input is an example of its input")
    } else {
        (name == "input_example.json").then_some("is an example of its input")
    };
    let head = if csv {
        text.lines().next().unwrap_or_default().to_owned()
    } else {
        text.into_owned()
    };
    Some(Table {
        path: path.to_owned(),
        head,
        example,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn helpers_are_told_by_words_anywhere_in_their_names() {
        let helpers = [
            "scaler.pkl",
            "MinMax.joblib",
            "my-standard-thing",
            "label_encoder.pkl",
            "OneHot.pkl",
            "x_ohe.pkl",
            "tfidf_vectorizer.pkl",
            "feature_names.pkl",
            "train_features.pkl",
            "Imputer2.pkl",
            "preprocessor.joblib",
            "X_COLS.pkl",
            "pca",
        ];
        for name in helpers {
            assert!(is_helper_name(&Path::new("encoder").join(name)), "{name}");
        }
        for name in [
            "model.pkl",
            "scale.pkl",
            "forest.joblib",
            "feature.pkl",
            "p",
        ] {
            assert!(!is_helper_name(&Path::new("encoder").join(name)), "{name}");
        }
        // Found below its first letter, or never.
        for letter in 0..=u8::MAX {
            let words = helper_words(letter);
            assert!(words.iter().all(|word| word.as_bytes()[0] == letter));
        }
    }
}
