//! PMML documents: who wrote them, which models are in them, which fields they take.
//!
//! The tags are walked to the end, so that a cut document is noticed; numbers of the models are not
//! read. PMML is executed by an engine of the reader's choice, so no Python package is its loader.
//!
//! Standard: <https://dmg.org/pmml/v4-4-1/GeneralStructure.html>

mod xml;

use self::xml::{Tag, Xml};
use super::tokens::{self, Stop};
use super::{Facts, Format, Inputs, OutlineLine, Unreadable};
use crate::source::Source;
use crate::text;

/// Fields, models and labels that are kept of each.
const MOST: usize = 100_000;
/// Models that are shown.
const SHOWN: usize = 40;
/// The deepest nesting.
const DEPTH: usize = 1000;
/// Tags of one document.
const TAGS: u64 = 200_000_000;

/// What is kept of a document.
#[derive(Debug, Default)]
struct Document {
    version: String,
    application: String,
    /// Name, type, operational type, number of values.
    fields: Vec<(String, String, String)>,
    /// Labels of the field that is open.
    labels: Vec<(usize, String)>,
    /// Nesting among models, element, function, algorithm.
    models: Vec<(u16, String, String)>,
    /// Active and predicted fields of the outermost model.
    active: Vec<String>,
    targets: Vec<String>,
}

/// Whether `head` can be the start of a document.
pub(super) fn sniff(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let head = head.trim_ascii_start();
    let root = [
        "<PMML ", "<PMML>", "<PMML\n", "<PMML\r", "<PMML\t", ":PMML ",
    ];
    head.starts_with(b"<")
        && root
            .iter()
            .any(|tag| memchr::memmem::find(head, tag.as_bytes()).is_some())
}

pub(super) fn read(source: Source) -> (Format, Result<Facts, Unreadable>) {
    let mut xml = Xml {
        stream: source.stream,
    };
    let facts = match document(&mut xml) {
        Ok(document) => Ok(facts(&document)),
        Err(stop) => {
            let position = xml.stream.position();
            Err(tokens::unreadable(&stop, "the PMML document", position))
        }
    };
    (Format::Pmml, facts)
}

/// Elements of the standard that are models.
fn is_model(name: &str) -> bool {
    name.ends_with("Model") || matches!(name, "NeuralNetwork" | "RuleSetModel" | "Scorecard")
}

fn document(xml: &mut Xml) -> Result<Document, Stop> {
    let mut found = Document::default();
    let mut open: Vec<String> = Vec::new();
    let mut tags = 0_u64;
    loop {
        let Some(tag) = xml.next()? else {
            return Err(Stop::Io(std::io::ErrorKind::UnexpectedEof.into()));
        };
        tags += 1;
        if tags > TAGS {
            return Err(Stop::Budget("elements"));
        }
        match tag {
            Tag::Open(name, attributes, empty) => {
                if open.is_empty() && name != "PMML" {
                    return Err(Stop::Broken("the outermost element"));
                }
                found.note(&name, &attributes, &open);
                if !empty {
                    if open.len() >= DEPTH {
                        return Err(Stop::Budget("nesting"));
                    }
                    open.push(name);
                }
            }
            Tag::Close(name) => {
                if open.pop().as_deref() != Some(name.as_str()) {
                    return Err(Stop::Broken("an end tag"));
                }
            }
        }
        if open.is_empty() {
            return Ok(found);
        }
    }
}

impl Document {
    fn note(&mut self, name: &str, attributes: &[(String, String)], open: &[String]) {
        let get = |key: &str| {
            let found = attributes.iter().find(|(known, _)| known == key);
            found
                .map(|(_, value)| text::short(value, 200))
                .unwrap_or_default()
        };
        let inside = open.last().map_or("", String::as_str);
        match (name, inside) {
            ("PMML", "") => self.version = get("version"),
            ("Application", "Header") => {
                let writer = [get("name"), get("version")].join(" ");
                self.application = text::short(writer.trim_end(), 200);
            }
            ("DataField", "DataDictionary") if self.fields.len() < MOST => {
                let kind = (get("name"), get("dataType"), get("optype"));
                self.fields.push(kind);
            }
            ("Value", "DataField") if self.labels.len() < MOST && get("property") != "missing" => {
                self.labels.push((self.fields.len(), get("value")));
            }
            ("MiningField", "MiningSchema") if is_outermost(open) => {
                let usage = get("usageType");
                let list = match usage.as_str() {
                    "" | "active" => &mut self.active,
                    "target" | "predicted" => &mut self.targets,
                    _ => return,
                };
                if list.len() < MOST {
                    list.push(get("name"));
                }
            }
            _ if is_model(name) && self.models.len() < MOST => {
                let around = open.iter().filter(|name| is_model(name)).count();
                let said = [get("functionName"), get("algorithmName")];
                let said: Vec<&str> = said
                    .iter()
                    .map(String::as_str)
                    .filter(|s| !s.is_empty())
                    .collect();
                let depth = u16::try_from(around).unwrap_or(u16::MAX);
                self.models.push((depth, name.to_owned(), said.join(", ")));
            }
            _ => {}
        }
    }

    /// The labels of the predicted field, when the dictionary lists them.
    fn classes(&self) -> Vec<String> {
        let target = self.targets.first();
        let place =
            target.and_then(|target| self.fields.iter().position(|field| field.0 == *target));
        let labels = self
            .labels
            .iter()
            .filter(|(field, _)| Some(*field) == place.map(|p| p + 1));
        labels.map(|(_, label)| text::short(label, 40)).collect()
    }
}

/// Whether a mining schema belongs to a model that is in no other.
fn is_outermost(open: &[String]) -> bool {
    open.iter().filter(|name| is_model(name)).count() == 1
}

fn facts(document: &Document) -> Facts {
    let mut outline = Vec::new();
    let mut add = |depth, label: &str, what: String| {
        outline.push(OutlineLine {
            depth,
            label: text::short(label, 120),
            what: text::short(&what, 200),
        });
    };
    add(0, "pmml", format!("PMML {}", document.version));
    if !document.application.is_empty() {
        add(1, "application", document.application.clone());
    }
    for (depth, element, said) in document.models.iter().take(SHOWN) {
        let what = if said.is_empty() {
            element.clone()
        } else {
            format!("{element} ({said})")
        };
        add(depth.saturating_add(1), "model", what);
    }
    if document.models.len() > SHOWN {
        add(1, "models", format!("{} in all", document.models.len()));
    }
    for target in &document.targets {
        add(1, "predicts", target.clone());
    }
    let types = document.active.iter().map(|name| {
        let field = document.fields.iter().find(|field| field.0 == *name);
        field.map_or_else(String::new, |field| format!("{} {}", field.2, field.1))
    });
    Facts {
        inputs: (!document.active.is_empty()).then(|| Inputs {
            count: Some(document.active.len()),
            types: types.take(1000).collect(),
            names: document.active.clone(),
        }),
        outline,
        classes: document.classes(),
        notes: vec!["PMML needs an engine that evaluates it; which one is not recorded".into()],
        executes: false,
        ..Facts::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Stream;

    fn read(text: &str) -> Result<Document, Stop> {
        document(&mut Xml {
            stream: Stream::bytes(text.as_bytes().to_vec()),
        })
    }

    #[test]
    fn fields_and_models_are_found_among_comments_and_entities() {
        let found = read(
            "<?xml version='1.0'?><!DOCTYPE PMML [<!ENTITY a 'b'>]><!-- <PMML> --><p:PMML version=\"4.4\">\
             <DataDictionary><DataField name='a &lt; b' dataType='double'/><DataField name=\"y\">\
             <Value value='&#x41;'/></DataField></DataDictionary><TreeModel functionName='classification'>\
             <![CDATA[</TreeModel>]]><MiningSchema><MiningField name='a &lt; b'/>\
             <MiningField usageType='target' name='y'/></MiningSchema></TreeModel></p:PMML>",
        )
        .unwrap();
        assert_eq!(found.active, ["a < b"]);
        assert_eq!(found.classes(), ["A"]);
        assert_eq!(found.models[0].2, "classification");
    }

    #[test]
    fn what_is_no_document_is_refused() {
        for text in [
            "<PMML><A></B></PMML>",
            "<html></html>",
            "<PMML a=b></PMML>",
            "<PMML <A></PMML>",
        ] {
            assert!(matches!(read(text), Err(Stop::Broken(_))), "{text}");
        }
        for text in ["", "<PMML>", "<PMML a='", "<!-- ", "<!DOCTYPE [", "<"] {
            assert!(matches!(read(text), Err(Stop::Io(_))), "{text}");
        }
        let deep = "<PMML>".repeat(5000);
        assert!(matches!(read(&deep), Err(Stop::Budget(_))));
    }
}
