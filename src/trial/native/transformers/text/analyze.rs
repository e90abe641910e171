//! From a text to its terms: lower case, accents, tokens, stop words, n-grams.

use std::collections::HashSet;

use super::letters::{ascii_alone, decomposed, is_space, without_accents};
use super::pattern::Pattern;
use crate::pickle::{Node, Value, value};
use crate::trial::Cell;
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::{Column, Frame};
use crate::trial::native::stop::Stop;

/// Parameters of every text vectorizer.
pub const KNOWN: &[&str] = &[
    "input",
    "encoding",
    "decode_error",
    "strip_accents",
    "preprocessor",
    "tokenizer",
    "analyzer",
    "lowercase",
    "token_pattern",
    "stop_words",
    "ngram_range",
    "binary",
    "dtype",
    "_stop_words_id",
];

const ENGLISH: &str = include_str!("../../../../../assets/knowledge/stop_words.txt");

#[derive(Clone, Copy)]
enum Accents {
    Kept,
    /// Until 0.21 a text that was decomposed already kept them.
    OffIfComposed,
    Off,
    Ascii,
}

enum Unit {
    Words {
        pattern: Pattern,
        stop: HashSet<String>,
    },
    Letters,
    LettersInWords,
}

/// The analyzer of one vectorizer.
pub struct Analyzer {
    lowercase: bool,
    accents: Accents,
    unit: Unit,
    least: usize,
    most: usize,
}

impl Analyzer {
    /// Reads the parameters; functions of one's own are refused by name.
    pub fn read(context: &Context, estimator: &Estimator) -> Result<Analyzer, Stop> {
        if estimator.text("input", "content")? != "content" {
            return Err(estimator.strange("input"));
        }
        for key in ["preprocessor", "tokenizer"] {
            if let Some(node) = estimator.get(key) {
                let name = match estimator.graph.global(node) {
                    Some(global) => format!("its `{key}` is `{global}`"),
                    None => format!("its `{key}` is a function of its own"),
                };
                return Err(estimator.refused(name));
            }
        }
        let accents = match estimator.value("strip_accents") {
            Value::None => Accents::Kept,
            Value::Text(word) if word == "ascii" => Accents::Ascii,
            Value::Text(word) if word == "unicode" && estimator.since((0, 22)) => Accents::Off,
            Value::Text(word) if word == "unicode" => Accents::OffIfComposed,
            _ => return Err(estimator.strange("strip_accents")),
        };
        let unit = match estimator.value("analyzer") {
            Value::Text(word) if word == "word" => words(context, estimator)?,
            Value::Text(word) if word == "char" => Unit::Letters,
            Value::Text(word) if word == "char_wb" => Unit::LettersInWords,
            _ => return Err(estimator.strange("analyzer")),
        };
        let range = estimator.list("ngram_range")?;
        let bound = |place: usize| {
            range
                .get(place)
                .and_then(|node| estimator.graph.int(*node))
                .and_then(|n| usize::try_from(n).ok())
                .filter(|n| *n > 0)
                .ok_or_else(|| estimator.strange("ngram_range"))
        };
        let (least, most) = (bound(0)?, bound(1)?);
        if range.len() != 2 || least > most {
            return Err(estimator.strange("ngram_range"));
        }
        Ok(Analyzer {
            lowercase: estimator.flag("lowercase", true)?,
            accents,
            unit,
            least,
            most,
        })
    }

    /// Hands each term of `text` to `take`, in the order of scikit-learn.
    pub fn terms(
        &self,
        context: &Context,
        estimator: &Estimator,
        text: &str,
        take: &mut dyn FnMut(&str),
    ) -> Result<(), Stop> {
        context.charge(text.len().saturating_mul(4), &estimator.class)?;
        let mut text = if self.lowercase {
            text.to_lowercase()
        } else {
            text.to_owned()
        };
        // Longest decomposition of a character: 18.
        context.charge(text.len(), &estimator.class)?;
        text = match self.accents {
            Accents::Kept => text,
            Accents::Ascii => ascii_alone(&text),
            Accents::OffIfComposed if decomposed(&text) == text => text,
            _ if text.is_ascii() => text,
            Accents::Off | Accents::OffIfComposed => without_accents(&text),
        };
        let charge = |units: usize| context.charge(units, &estimator.class);
        match &self.unit {
            Unit::Words { pattern, stop } => {
                let chars: Vec<char> = text.chars().collect();
                let (spans, steps) = pattern
                    .find_all(&chars)
                    .map_err(|_| estimator.refused("its `token_pattern` takes too long"))?;
                charge(steps)?;
                let tokens = spans
                    .into_iter()
                    .map(|(from, to)| chars[from..to].iter().collect::<String>())
                    .filter(|token| !stop.contains(token))
                    .collect::<Vec<_>>();
                self.word_grams(&tokens, &charge, take)
            }
            Unit::Letters => {
                let chars = spaced(&text);
                let ends = ends(&chars);
                let whole: String = chars.into_iter().collect();
                self.letter_grams(&whole, &ends, &charge, take)
            }
            Unit::LettersInWords => {
                for word in text.split(is_space).filter(|word| !word.is_empty()) {
                    self.padded_grams(word, &charge, take)?;
                }
                Ok(())
            }
        }
    }

    fn word_grams(
        &self,
        tokens: &[String],
        charge: &dyn Fn(usize) -> Result<(), Stop>,
        take: &mut dyn FnMut(&str),
    ) -> Result<(), Stop> {
        let letters: usize = tokens.iter().map(|token| token.len() + 1).sum();
        for n in self.least..=self.most.min(tokens.len()) {
            charge(letters.saturating_mul(n))?;
            if n == 1 {
                for token in tokens {
                    take(token);
                }
                continue;
            }
            for gram in tokens.windows(n) {
                take(&gram.join(" "));
            }
        }
        Ok(())
    }

    fn letter_grams(
        &self,
        text: &str,
        ends: &[usize],
        charge: &dyn Fn(usize) -> Result<(), Stop>,
        take: &mut dyn FnMut(&str),
    ) -> Result<(), Stop> {
        let length = ends.len() - 1;
        for n in self.least..=self.most.min(length) {
            charge(text.len().saturating_mul(n))?;
            for from in 0..=length - n {
                take(&text[ends[from]..ends[from + n]]);
            }
        }
        Ok(())
    }

    fn padded_grams(
        &self,
        word: &str,
        charge: &dyn Fn(usize) -> Result<(), Stop>,
        take: &mut dyn FnMut(&str),
    ) -> Result<(), Stop> {
        let padded = format!(" {word} ");
        let chars: Vec<char> = padded.chars().collect();
        let ends = ends(&chars);
        let length = chars.len();
        for n in self.least..=self.most {
            charge(padded.len().saturating_mul(n.min(length)))?;
            // A word shorter than n counts once, as it is.
            if n >= length {
                take(&padded);
                break;
            }
            for from in 0..=length - n {
                take(&padded[ends[from]..ends[from + n]]);
            }
        }
        Ok(())
    }
}

/// Where each character begins, and the end.
fn ends(chars: &[char]) -> Vec<usize> {
    let mut ends = vec![0];
    let mut end = 0;
    for c in chars {
        end += c.len_utf8();
        ends.push(end);
    }
    ends
}

/// Two and more spaces become one blank; a single space of any kind stays.
fn spaced(text: &str) -> Vec<char> {
    let mut out = Vec::with_capacity(text.len());
    let mut run = 0;
    for c in text.chars() {
        if !is_space(c) {
            run = 0;
            out.push(c);
            continue;
        }
        run += 1;
        match run {
            1 => out.push(c),
            2 => {
                out.pop();
                out.push(' ');
            }
            _ => {}
        }
    }
    out
}

fn words(context: &Context, estimator: &Estimator) -> Result<Unit, Stop> {
    let source = estimator.text("token_pattern", "")?;
    let pattern = Pattern::parse(source).ok_or_else(|| estimator.strange("token_pattern"))?;
    let mut stop = HashSet::new();
    match estimator.get("stop_words") {
        None => {}
        Some(node) => match estimator.graph.text(node) {
            Some("english") => stop.extend(english()),
            Some(_) => return Err(estimator.strange("stop_words")),
            None => {
                let graph = estimator.graph;
                let empty = matches!(graph.node(node), Node::Set(_) | Node::List(_));
                let words = match graph.items(node) {
                    Some(words) => words,
                    None if empty => &[],
                    None => return Err(estimator.strange("stop_words")),
                };
                context.charge(words.len().saturating_mul(8), &estimator.class)?;
                for word in words {
                    match value(graph, *word) {
                        Value::Text(word) => {
                            context.charge(word.len(), &estimator.class)?;
                            stop.insert(word);
                        }
                        _ => return Err(estimator.strange("stop_words")),
                    }
                }
            }
        },
    }
    Ok(Unit::Words { pattern, stop })
}

fn english() -> impl Iterator<Item = String> {
    let lines = ENGLISH.lines().filter(|line| !line.starts_with('#'));
    lines.flat_map(str::split_whitespace).map(str::to_owned)
}

/// The texts to vectorize: one a row.
pub fn texts<'f>(estimator: &Estimator, frame: &'f Frame) -> Result<Vec<&'f str>, Stop> {
    if !frame.flat {
        // scikit-learn would take the column names of a table for texts.
        return Err(Stop::Sample(format!(
            "{} takes plain texts, and it gets a table",
            estimator.name
        )));
    }
    let [column] = &frame.columns[..] else {
        return Err(estimator.refused("it takes one text a row"));
    };
    let Column::Objects(cells) = column else {
        return Err(Stop::Sample(format!(
            "{} takes texts, and it gets numbers",
            estimator.name
        )));
    };
    cells
        .iter()
        .map(|cell| match cell {
            Cell::Text(text) => Ok(text.as_str()),
            Cell::Missing => Err(Stop::value_error(
                "np.nan is an invalid document, expected byte or unicode string.",
            )),
            _ => Err(Stop::Sample(format!(
                "{} takes texts, and one of them is a number",
                estimator.name
            ))),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_english_stop_words_are_all_there() {
        let words: HashSet<String> = english().collect();
        assert_eq!(words.len(), 318);
        assert!(words.contains("yourselves") && !words.contains("word"));
    }

    #[test]
    fn runs_of_spaces_become_one_blank() {
        let spaced = |text: &str| spaced(text).into_iter().collect::<String>();
        assert_eq!(spaced("a\nb \n c\u{a0}\u{1c}d\te "), "a\nb c d\te ");
    }
}
