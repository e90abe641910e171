//! What a typed filter means: words that match fuzzily, and fields: `verdict:fails`, `size:>1M`.

use std::cmp::Ordering;
use std::time::{Duration, SystemTime};

use nucleo_matcher::pattern::{Atom, AtomKind, CaseMatching, Normalization};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::row::{Row, format_word, release};
use super::survey::Survey;
use crate::compat::Verdict;

/// The fields with an example each, for the line where a filter is typed.
pub const FIELDS: &str =
    "verdict:fails class:forest format:onnx trust:unlisted env:prod size:>1M age:<7d saved:<1.3";

/// A filter, ready to be asked about rows.
pub struct Query {
    matcher: Matcher,
    words: Vec<Word>,
    fields: Vec<Field>,
    buffer: Vec<char>,
    trouble: Option<String>,
    elsewhere: bool,
    now: SystemTime,
}

/// What a filter is read with.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// What ages are told from.
    pub now: SystemTime,
    /// The names of the host's environments, in the order of the survey.
    pub environments: &'a [String],
}

/// A word of the filter: any order of its letters' gaps in the path, or a piece of what the list
/// says about the artifact. Letters scattered over verdict words would match nearly everything.
struct Word {
    path: Atom,
    piece: Atom,
}

#[derive(Clone, Debug, PartialEq)]
enum Field {
    Verdict(String),
    Format(String),
    Class(String),
    Trust(String),
    /// Ready in one of these environments.
    Environment(Vec<usize>),
    Size(Bound<u64>),
    Age(Bound<Duration>),
    Saved(Bound<Vec<u32>>),
}

#[derive(Clone, Debug, PartialEq)]
struct Bound<T> {
    below: bool,
    above: bool,
    equal: bool,
    limit: T,
}

impl<T> Bound<T> {
    fn holds(&self, order: Ordering) -> bool {
        match order {
            Ordering::Less => self.below,
            Ordering::Equal => self.equal,
            Ordering::Greater => self.above,
        }
    }

    /// Reads `>1M`, `<=7d`; what has no sign is `otherwise`.
    fn parse(
        written: &str,
        otherwise: (bool, bool, bool),
        limit: impl FnOnce(&str) -> Option<T>,
    ) -> Option<Bound<T>> {
        let (rest, above) = strip(written, '>');
        let (rest, below) = if above {
            (rest, false)
        } else {
            strip(rest, '<')
        };
        let (rest, equal) = strip(rest, '=');
        let (below, equal, above) = if below || above || equal {
            (below, equal, above)
        } else {
            otherwise
        };
        Some(Bound {
            below,
            above,
            equal,
            limit: limit(rest)?,
        })
    }
}

fn strip(text: &str, sign: char) -> (&str, bool) {
    text.strip_prefix(sign)
        .map_or((text, false), |rest| (rest, true))
}

fn number(written: &str, units: &[(&str, f64)]) -> Option<f64> {
    let end = written
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(written.len());
    let (digits, unit) = written.split_at(end);
    let unit = unit.to_ascii_lowercase();
    let (_, factor) = units.iter().find(|(name, _)| *name == unit)?;
    let value: f64 = digits.parse().ok()?;
    Some(value * factor)
}

fn bytes(written: &str) -> Option<u64> {
    const UNITS: [(&str, f64); 11] = [
        ("", 1.0),
        ("b", 1.0),
        ("k", 1024.0),
        ("kb", 1024.0),
        ("kib", 1024.0),
        ("m", 1_048_576.0),
        ("mb", 1_048_576.0),
        ("mib", 1_048_576.0),
        ("g", 1_073_741_824.0),
        ("gb", 1_073_741_824.0),
        ("gib", 1_073_741_824.0),
    ];
    number(written, &UNITS).map(|bytes| bytes as u64)
}

fn span(written: &str) -> Option<Duration> {
    const UNITS: [(&str, f64); 6] = [
        ("m", 60.0),
        ("h", 3_600.0),
        ("d", 86_400.0),
        ("w", 604_800.0),
        ("mo", 2_629_746.0),
        ("y", 31_556_952.0),
    ];
    let seconds = number(written, &UNITS)?;
    Duration::try_from_secs_f64(seconds).ok()
}

fn parts(written: &str) -> Option<Vec<u32>> {
    let parts = written.split('.').map(|part| part.parse().ok());
    parts.collect::<Option<Vec<u32>>>()
}

impl Field {
    /// The field called `name`; nothing when there is none, a clause when its value is wrong.
    fn parse(name: &str, value: &str, known: Known) -> Option<Result<Field, String>> {
        let value = value.to_lowercase();
        let wrong = |like: &str| format!("{name}:{value} is not complete; write {name}:{like}");
        Some(match name {
            "verdict" => Ok(Field::Verdict(value)),
            "format" => Ok(Field::Format(value)),
            "class" => Ok(Field::Class(value)),
            "trust" => Ok(Field::Trust(value)),
            "env" => {
                let named = known.environments.iter().enumerate();
                let fits = named.filter(|(_, name)| name.to_lowercase().contains(&value));
                let fits: Vec<usize> = fits.map(|(number, _)| number).collect();
                if fits.is_empty() && !known.environments.is_empty() {
                    Err(format!(
                        "no environment is called like {value}; e lists them"
                    ))
                } else {
                    Ok(Field::Environment(fits))
                }
            }
            // A size without a sign is the least one, an age the greatest.
            "size" => Bound::parse(&value, (false, true, true), bytes)
                .map(Field::Size)
                .ok_or_else(|| wrong(">10M (k, M, G)")),
            "age" => Bound::parse(&value, (true, true, false), span)
                .map(Field::Age)
                .ok_or_else(|| wrong("<7d (m, h, d, w, mo, y)")),
            "saved" => Bound::parse(&value, (false, true, false), parts)
                .map(Field::Saved)
                .ok_or_else(|| wrong("<1.3 or saved:1.2")),
            _ => return None,
        })
    }

    fn fits(&self, row: &Row, number: usize, now: SystemTime, survey: &Survey) -> bool {
        let Some(brief) = &row.brief else {
            return false;
        };
        match self {
            Field::Verdict(wanted) => {
                let verdict = brief.verdict;
                verdict.word().starts_with(wanted) || verdict.phrase().starts_with(wanted)
            }
            Field::Format(wanted) => format_word(brief.format).starts_with(wanted),
            Field::Class(wanted) => brief.class.to_lowercase().contains(wanted),
            Field::Trust(wanted) => !brief.trust.is_empty() && brief.trust.starts_with(wanted),
            Field::Environment(all) => all
                .iter()
                .any(|at| survey.verdict(number, *at) == Some(Verdict::Ready)),
            Field::Size(bound) => bound.holds(brief.size.cmp(&bound.limit)),
            Field::Age(bound) => brief.modified.is_some_and(|modified| {
                // What is from the future is new.
                let age = now.duration_since(modified).unwrap_or_default();
                bound.holds(age.cmp(&bound.limit))
            }),
            Field::Saved(bound) => {
                release(&brief.tag).is_some_and(|saved| bound.holds(by_parts(&saved, &bound.limit)))
            }
        }
    }
}

/// A release against a limit that may name fewer parts: 1.2.2 is as good as 1.2.
fn by_parts(release: &[u32; 3], limit: &[u32]) -> Ordering {
    release.as_slice()[..limit.len().min(3)].cmp(&limit[..limit.len().min(3)])
}

impl Query {
    /// Parses what was typed. An unknown field is a word like any other; a known one with a wrong
    /// value narrows nothing, and [`Query::trouble`] says so.
    pub fn parse(typed: &str, known: Known) -> Query {
        let mut query = Query {
            matcher: Matcher::new(Config::DEFAULT.match_paths()),
            words: Vec::new(),
            fields: Vec::new(),
            buffer: Vec::new(),
            trouble: None,
            elsewhere: false,
            now: known.now,
        };
        for part in typed.split_whitespace() {
            let field = part
                .split_once(':')
                .and_then(|(name, value)| Field::parse(name, value, known));
            match field {
                Some(Ok(field)) => {
                    query.elsewhere |= matches!(field, Field::Environment(_));
                    query.fields.push(field);
                }
                Some(Err(words)) => query.trouble = Some(words),
                None => {
                    let atom = |kind| {
                        Atom::new(part, CaseMatching::Smart, Normalization::Smart, kind, false)
                    };
                    query.words.push(Word {
                        path: atom(AtomKind::Fuzzy),
                        piece: atom(AtomKind::Substring),
                    });
                }
            }
        }
        query
    }

    /// Whether matches have a rank at all.
    pub fn ranks(&self) -> bool {
        !self.words.is_empty()
    }

    /// What is wrong with a field, one clause.
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    /// Whether it asks about other environments.
    pub fn asks_elsewhere(&self) -> bool {
        self.elsewhere
    }

    /// How well `row` matches: higher is better; `None` when it does not.
    pub fn rank(&mut self, row: &Row, number: usize, survey: &Survey) -> Option<u32> {
        let mut fields = self.fields.iter();
        if !fields.all(|field| field.fits(row, number, self.now, survey)) {
            return None;
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
