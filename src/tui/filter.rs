//! What a typed filter means: words that match fuzzily, and fields that match by their beginning.

use nucleo_matcher::pattern::{Atom, AtomKind, CaseMatching, Normalization};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::row::{Row, format_word};

/// A filter, ready to be asked about rows.
pub struct Query {
    matcher: Matcher,
    words: Vec<Word>,
    fields: Vec<(Field, String)>,
    buffer: Vec<char>,
}

/// A word of the filter: any order of its letters' gaps in the path, or a piece of what the list
/// says about the artifact. Letters scattered over verdict words would match nearly everything.
struct Word {
    path: Atom,
    piece: Atom,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Verdict,
    Format,
    Class,
}

impl Query {
    /// Parses what was typed. An unknown field is a word like any other.
    pub fn parse(typed: &str) -> Query {
        let mut words = Vec::new();
        let mut fields = Vec::new();
        for part in typed.split_whitespace() {
            let field = part.split_once(':').and_then(|(name, value)| {
                let field = match name {
                    "verdict" => Field::Verdict,
                    "format" => Field::Format,
                    "class" => Field::Class,
                    _ => return None,
                };
                Some((field, value.to_lowercase()))
            });
            if let Some(field) = field {
                fields.push(field);
            } else {
                let atom =
                    |kind| Atom::new(part, CaseMatching::Smart, Normalization::Smart, kind, false);
                words.push(Word {
                    path: atom(AtomKind::Fuzzy),
                    piece: atom(AtomKind::Substring),
                });
            }
        }
        Query {
            matcher: Matcher::new(Config::DEFAULT.match_paths()),
            words,
            fields,
            buffer: Vec::new(),
        }
    }

    /// Whether matches have a rank at all.
    pub fn ranks(&self) -> bool {
        !self.words.is_empty()
    }

    /// How well `row` matches: higher is better; `None` when it does not.
    pub fn rank(&mut self, row: &Row) -> Option<u32> {
        for (field, wanted) in &self.fields {
            let brief = row.brief.as_ref()?;
            let fits = match field {
                Field::Verdict => {
                    let verdict = brief.verdict;
                    verdict.word().starts_with(wanted) || verdict.phrase().starts_with(wanted)
                }
                Field::Format => format_word(brief.format).starts_with(wanted),
                Field::Class => brief.class.to_lowercase().contains(wanted),
            };
            if !fits {
                return None;
            }
        }
        let mut rank = 0;
        for word in &self.words {
            let path = Utf32Str::new(&row.name, &mut self.buffer);
            let score = word.path.score(path, &mut self.matcher).or_else(|| {
                let brief = row.brief.as_ref()?;
                let verdict = brief.verdict;
                [verdict.phrase(), verdict.word(), &*brief.class, &*brief.tag]
                    .into_iter()
                    .find_map(|piece| {
                        let piece = Utf32Str::new(piece, &mut self.buffer);
                        word.piece.score(piece, &mut self.matcher)
                    })
                    // A name that fits says more than a word about it.
                    .map(|_| 1)
            })?;
            rank += u32::from(score);
        }
        Some(rank)
    }
}
