//! A YAML document as an arena of nodes that know their line and keep scalars as written.
//!
//! Typed deserialisation would turn the version `1.10` into the number 1.1 and lose the line where
//! it stands. Aliases are indices into the arena and never expanded, so that no document grows by
//! being read; nothing recurses. Tags mean nothing here.

use serde_saphyr::granit_parser::{Event, Parser};

/// Nodes of one document.
const MOST_NODES: usize = 200_000;
/// Open collections within each other.
const DEEPEST: usize = 128;

/// A parsed document; the first one of a stream.
#[derive(Debug, Default)]
pub(crate) struct Document {
    nodes: Vec<(Content, u32)>,
}

/// A node of a [`Document`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Yaml<'a> {
    document: &'a Document,
    index: usize,
}

#[derive(Debug)]
enum Content {
    Scalar(String),
    Sequence(Vec<usize>),
    /// Keys and values in turn.
    Mapping(Vec<usize>),
    Alias(usize),
}

impl Document {
    /// Parses the first document of `text`; `None` when it is not YAML or passes a budget.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut document = Self::default();
        let mut open: Vec<usize> = Vec::new();
        let mut anchors: Vec<(usize, usize)> = Vec::new();
        for event in Parser::new_from_str(text) {
            let (event, span) = event.ok()?;
            let line = u32::try_from(span.start.line()).unwrap_or(u32::MAX);
            let (content, anchor) = match event {
                Event::Scalar(value, _, anchor, _) => (Content::Scalar(value.into_owned()), anchor),
                Event::SequenceStart(_, anchor, _) => (Content::Sequence(Vec::new()), anchor),
                Event::MappingStart(_, anchor, _) => (Content::Mapping(Vec::new()), anchor),
                Event::Alias(anchor) => {
                    let target = anchors.iter().rev().find(|(id, _)| *id == anchor)?.1;
                    (Content::Alias(target), 0)
                }
                Event::SequenceEnd | Event::MappingEnd => {
                    open.pop();
                    continue;
                }
                Event::DocumentEnd => break,
                _ => continue,
            };
            let index = document.nodes.len();
            if index >= MOST_NODES || open.len() >= DEEPEST || anchors.len() >= 1000 {
                return None;
            }
            if let Some(parent) = open.last()
                && let Content::Sequence(items) | Content::Mapping(items) =
                    &mut document.nodes[*parent].0
            {
                items.push(index);
            }
            if matches!(content, Content::Sequence(_) | Content::Mapping(_)) {
                open.push(index);
            }
            if anchor != 0 {
                anchors.push((anchor, index));
            }
            document.nodes.push((content, line));
        }
        Some(document)
    }

    /// The outermost node; `None` for an empty document.
    pub(crate) fn root(&self) -> Option<Yaml<'_>> {
        (!self.nodes.is_empty()).then_some(Yaml {
            document: self,
            index: 0,
        })
    }
}

impl<'a> Yaml<'a> {
    /// The line where the node begins, from 1.
    pub(crate) fn line(self) -> u32 {
        self.document.nodes[self.index].1
    }

    /// A scalar as written, without its quotes.
    pub(crate) fn text(self) -> Option<&'a str> {
        match self.content() {
            Content::Scalar(text) => Some(text),
            _ => None,
        }
    }

    /// The members of a sequence; none for anything else.
    pub(crate) fn items(self) -> impl Iterator<Item = Yaml<'a>> {
        let items: &[usize] = match self.content() {
            Content::Sequence(items) => items,
            _ => &[],
        };
        items.iter().map(move |index| self.at(*index))
    }

    /// The pairs of a mapping whose keys are scalars; none for anything else.
    pub(crate) fn pairs(self) -> impl Iterator<Item = (&'a str, Yaml<'a>)> {
        let items: &[usize] = match self.content() {
            Content::Mapping(items) => items,
            _ => &[],
        };
        items.chunks_exact(2).filter_map(move |pair| {
            let key = self.at(pair[0]).text()?;
            Some((key, self.at(pair[1])))
        })
    }

    /// The value under a key of a mapping.
    pub(crate) fn get(self, key: &str) -> Option<Yaml<'a>> {
        self.pairs()
            .find(|(k, _)| *k == key)
            .map(|(_, value)| value)
    }

    fn at(self, index: usize) -> Self {
        Self { index, ..self }
    }

    /// What the node is; an alias is what it stands for. An alias to an alias cannot be written.
    fn content(self) -> &'a Content {
        match &self.document.nodes[self.index].0 {
            Content::Alias(target) => &self.document.nodes[*target].0,
            content => content,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_keep_their_spelling_and_nodes_their_line() {
        let document = Document::parse(
            "# head\nflavors:\n  sklearn:\n    sklearn_version: 1.10\nlist: [a, 'b']\n",
        )
        .unwrap();
        let root = document.root().unwrap();
        let flavor = root.get("flavors").unwrap().get("sklearn").unwrap();
        let version = flavor.get("sklearn_version").unwrap();
        assert_eq!((version.text(), version.line()), (Some("1.10"), 4));
        let list: Vec<_> = root.get("list").unwrap().items().collect();
        assert_eq!(list[1].text(), Some("b"));
        assert_eq!(list[0].line(), 5);
    }

    #[test]
    fn aliases_do_not_expand() {
        let mut bomb = String::from("a0: &a0 [x, x]\n");
        for level in 1..40 {
            let before = level - 1;
            let line = format!("a{level}: &a{level} [*a{before}, *a{before}]\n");
            bomb.push_str(&line);
        }
        let document = Document::parse(&bomb).unwrap();
        assert!(document.nodes.len() < 300);
        let last = document.root().unwrap().get("a39").unwrap();
        assert_eq!(last.items().next().unwrap().items().count(), 2);
    }

    #[test]
    fn nonsense_is_refused() {
        assert!(Document::parse("a: [b").is_none());
        assert!(Document::parse(&"[".repeat(100_000)).is_none());
        assert!(Document::parse("").unwrap().root().is_none());
    }
}
