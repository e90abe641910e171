//! `LightGBM` models: the text that `Booster.save_model` writes and that pickled boosters hold.
//!
//! The header names the features with the range each had in training; the trees are passed over by
//! their declared sizes; parameters and the categories of pandas columns stand at the end. The text
//! has a format version (`v4`) but no release of the library.
//!
//! Written by `GBDT::SaveModelToString`
//! (<https://github.com/microsoft/LightGBM/blob/v4.6.0/src/boosting/gbdt_model_text.cpp>).

use super::tokens::{self, Stop};
use super::{Facts, Format, Inputs, OutlineLine, Stamp, Unreadable, UnreadableKind};
use crate::source::{Source, Stream};
use crate::text;

const WHAT: &str = "the LightGBM model";
/// Bytes of one line of the header: a hundred thousand long feature names.
const LINE: usize = 16 << 20;
/// Lines of a header, of a file without tree sizes, and of what follows the trees.
const LINES: usize = 20_000_000;
/// Features that are looked at.
const MOST: usize = 200_000;
/// Parameters that are shown.
const SHOWN: [&str; 6] = [
    "boosting",
    "num_iterations",
    "learning_rate",
    "num_leaves",
    "max_depth",
    "linear_tree",
];

/// What is kept of a model.
#[derive(Debug, Default)]
pub(super) struct Model {
    /// `v3`, `v4`.
    pub format: String,
    pub objective: String,
    pub classes: u64,
    pub trees: u64,
    pub names: Vec<String>,
    /// The values of each feature in training: `[0:1]`, `1:2:3` for categories, `none`.
    pub infos: Vec<String>,
    pub features: Option<usize>,
    pub parameters: Vec<(String, String)>,
    /// The labels of each categorical pandas column, in column order.
    pub categories: Vec<String>,
}

/// Whether `head` can be the start of a model.
pub(super) fn sniff(head: &[u8]) -> bool {
    head.starts_with(b"tree\nversion=") || head.starts_with(b"tree\r\nversion=")
}

pub(super) fn read(source: Source) -> (Format, Result<Facts, Unreadable>) {
    let mut stream = source.stream;
    (
        Format::Lightgbm,
        model(&mut stream).map(|model| facts(&model)),
    )
}

/// Reads a model from its first line on.
pub(super) fn model(stream: &mut Stream) -> Result<Model, Unreadable> {
    let crlf = stream
        .peek()
        .is_ok_and(|head| head.starts_with(b"tree\r\n"));
    let mut model = Model::default();
    let mut sizes = None;
    let walked = header(stream, &mut model, &mut sizes).and_then(|()| {
        if crlf && sizes.is_some() {
            return Ok(false);
        }
        trees(stream, &mut model, sizes)?;
        rest(stream, &mut model)?;
        Ok(true)
    });
    match walked {
        Ok(true) => Ok(model),
        // The sizes no longer fit, and the library ends the whole process where a tree should begin.
        Ok(false) => Err(Unreadable {
            kind: UnreadableKind::Damaged,
            reason: "a LightGBM model whose line ends became CRLF: the sizes of its trees no longer fit, \
                     and LightGBM aborts"
                .into(),
            repair: Some("turn CRLF back into LF, and mark the file as binary in .gitattributes".into()),
        }),
        Err(stop) => Err(tokens::unreadable(&stop, WHAT, stream.position())),
    }
}

/// A line without its end; `None` at the end of the content. The last line needs no line end.
fn line(stream: &mut Stream) -> Result<Option<Vec<u8>>, Stop> {
    let mut found = Vec::new();
    loop {
        let window = stream.peek()?;
        if window.is_empty() {
            return Ok((!found.is_empty()).then_some(found));
        }
        let end = memchr::memchr(b'\n', window);
        let count = end.unwrap_or(window.len());
        if found.len() + count > LINE {
            return Err(Stop::Budget("text in one line"));
        }
        found.extend_from_slice(&window[..count]);
        stream.skip((count + usize::from(end.is_some())) as u64)?;
        if end.is_some() {
            return Ok(Some(found));
        }
    }
}

fn truncated() -> Stop {
    Stop::Io(std::io::ErrorKind::UnexpectedEof.into())
}

fn words(line: &str) -> Vec<String> {
    let words = line.split(' ').filter(|word| !word.is_empty());
    words
        .take(MOST)
        .map(|word| text::short(word, 200))
        .collect()
}

/// `key=value` up to the first empty line.
fn header(
    stream: &mut Stream,
    model: &mut Model,
    sizes: &mut Option<Vec<u64>>,
) -> Result<(), Stop> {
    for _ in 0..LINES {
        let line = line(stream)?.ok_or_else(truncated)?;
        let line = String::from_utf8_lossy(&line);
        let line = line.trim_end_matches('\r');
        if line.is_empty() || line.starts_with("Tree=") {
            return Ok(());
        }
        let Some((key, value)) = line.split_once('=') else {
            continue;
        };
        match key {
            "version" => model.format = text::short(value, 20),
            "num_class" => model.classes = value.parse().unwrap_or(1),
            "max_feature_idx" => {
                model.features = value
                    .parse()
                    .ok()
                    .and_then(|last: usize| last.checked_add(1));
            }
            "objective" => model.objective = text::short(value, 100),
            "feature_names" => model.names = words(value),
            "feature_infos" => model.infos = words(value),
            "tree_sizes" => {
                let parsed: Result<Vec<u64>, _> = words(value).iter().map(|w| w.parse()).collect();
                *sizes = Some(parsed.map_err(|_| Stop::Broken("the size of a tree"))?);
            }
            _ => {}
        }
    }
    Err(Stop::Budget("lines"))
}

/// Passes over the trees: by their sizes, or line by line in files of old releases.
fn trees(stream: &mut Stream, model: &mut Model, sizes: Option<Vec<u64>>) -> Result<(), Stop> {
    const END: &[u8] = b"end of trees";
    let counted = sizes.is_some();
    if let Some(sizes) = sizes {
        model.trees = sizes.len() as u64;
        for size in sizes {
            stream.skip(size)?;
        }
    }
    for passed in 0..LINES {
        let line = line(stream)?.ok_or_else(truncated)?;
        let line = line.trim_ascii_end();
        if line == END {
            return Ok(());
        }
        if counted && !line.is_empty() {
            // A prefix of the last words is a cut; anything else says that the sizes are wrong.
            let cut = END.starts_with(line) && stream.peek()?.is_empty();
            return Err(if cut {
                truncated()
            } else {
                Stop::Broken("the size of a tree")
            });
        }
        let opens = line.starts_with(b"Tree=") || passed == 0;
        model.trees += u64::from(!counted && opens);
    }
    Err(Stop::Budget("lines"))
}

/// Parameters and categories, which files of some writers do without.
fn rest(stream: &mut Stream, model: &mut Model) -> Result<(), Stop> {
    let mut inside = false;
    for _ in 0..LINES {
        let Some(line) = line(stream)? else {
            return if inside { Err(truncated()) } else { Ok(()) };
        };
        let line = String::from_utf8_lossy(&line);
        let line = line.trim_ascii();
        if line == "parameters:" {
            inside = true;
        } else if line == "end of parameters" {
            inside = false;
        } else if let Some(categories) = line.strip_prefix("pandas_categorical:") {
            model.categories = lists(categories);
        } else if let Some((key, value)) = line
            .strip_prefix('[')
            .and_then(|line| line.strip_suffix(']'))
            .and_then(|line| line.split_once(": "))
            .filter(|(key, value)| inside && SHOWN.contains(key) && !value.is_empty())
        {
            model.parameters.push((key.into(), text::short(value, 60)));
        }
    }
    Err(Stop::Budget("lines"))
}

/// A JSON list of lists, each as one line for people.
fn lists(json: &str) -> Vec<String> {
    let parsed: Option<Vec<Vec<serde_json::Value>>> = serde_json::from_str(json).ok();
    let columns = parsed.unwrap_or_default().into_iter().take(100);
    columns
        .map(|column| {
            let labels: Vec<String> = column
                .iter()
                .take(50)
                .map(|label| match label {
                    serde_json::Value::String(label) => text::short(label, 40),
                    other => text::short(&other.to_string(), 40),
                })
                .collect();
            text::short(&labels.join(", "), 200)
        })
        .collect()
}

impl Model {
    /// `3 trees, objective binary sigmoid:1, format v4`.
    pub(super) fn describe(&self) -> String {
        format!(
            "{} trees, objective {}, format {}",
            self.trees, self.objective, self.format
        )
    }

    /// What a row has.
    pub(super) fn inputs(&self) -> Option<Inputs> {
        let count = self.features.or(Some(self.names.len()))?;
        let names = if self.names.len() == count {
            self.names.clone()
        } else {
            Vec::new()
        };
        (count > 0).then(|| Inputs {
            count: Some(count),
            types: if self.infos.len() == names.len() {
                self.infos.clone()
            } else {
                Vec::new()
            },
            names,
        })
    }

    /// What the format version says about the writing release: 4.0 began to write `v4`.
    pub(super) fn stamp(&self, offset: Option<u64>) -> Option<Stamp> {
        let number: u32 = self.format.strip_prefix('v')?.parse().ok()?;
        Some(Stamp {
            subject: "lightgbm".into(),
            version: if number >= 4 { ">=4.0" } else { "<4.0" }.into(),
            field: format!("model text version={}", self.format),
            offset,
            file: None,
        })
    }
}

fn facts(model: &Model) -> Facts {
    let mut outline = Vec::new();
    let mut add = |depth, label: String, what: &str| {
        outline.push(OutlineLine {
            depth,
            label,
            what: text::short(what, 200),
        });
    };
    add(
        0,
        "lightgbm".into(),
        &format!("text model, format {}", model.format),
    );
    add(1, "trees".into(), &model.trees.to_string());
    add(1, "objective".into(), &model.objective);
    if model.classes > 1 {
        add(1, "classes".into(), &model.classes.to_string());
    }
    for (key, value) in &model.parameters {
        add(1, format!("parameter {key}"), value);
    }
    for (index, labels) in model.categories.iter().enumerate() {
        add(1, format!("categories {index}"), labels);
    }
    Facts {
        stamps: model.stamp(None).into_iter().collect(),
        inputs: model.inputs(),
        outline,
        executes: false,
        ..Facts::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Model, Unreadable> {
        model(&mut Stream::bytes(text.as_bytes().to_vec()))
    }

    #[test]
    fn a_text_without_sizes_is_counted_by_its_lines() {
        let text = "tree\nversion=v2\nnum_class=1\nmax_feature_idx=1\nobjective=regression\n\
                    feature_names=a b\nfeature_infos=[0:1] none\n\nTree=0\nnum_leaves=1\n\nTree=1\nnum_leaves=1\n\n\
                    end of trees\n";
        let model = read(text).unwrap();
        assert_eq!((model.trees, model.names.len()), (2, 2));
        assert_eq!(model.stamp(None).unwrap().version, "<4.0");
    }

    #[test]
    fn wrong_sizes_and_windows_line_ends_are_told() {
        let text = "tree\nversion=v4\ntree_sizes=8\n\nTree=0\n\n\nend of trees\n";
        assert_eq!(read(text).unwrap().trees, 1);
        let wrong = read(&text.replace("=8", "=3")).unwrap_err();
        assert!(wrong.reason.contains("size of a tree"), "{}", wrong.reason);
        let huge = read(&text.replace("=8", "=18446744073709551615")).unwrap_err();
        assert_eq!(huge.kind, UnreadableKind::Truncated);
        let windows = read(&text.replace('\n', "\r\n")).unwrap_err();
        assert!(windows.reason.contains("CRLF"), "{}", windows.reason);
    }
}
