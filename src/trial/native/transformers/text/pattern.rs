//! Token patterns: the part of Python's `re` that people write into `token_pattern`.
//!
//! Characters, classes, `\w \d \s \b`, groups, alternatives, greedy and lazy repetition, looking
//! ahead; leftmost match, first alternative first, as Python searches. What is not known here
//! (flags, anchors, references, looking behind) is no pattern, so that its vectorizer is refused.

use super::letters::{is_digit, is_space, is_word};

/// How many parts a pattern may have.
const PARTS: usize = 1000;
/// How deep groups may be nested, in the pattern and while matching.
const DEPTH: usize = 400;
/// Steps that one search may take for each character of its text.
const STEPS: usize = 2000;

/// A pattern that never matches nothing.
#[derive(Debug)]
pub struct Pattern {
    ways: Vec<Vec<Part>>,
    captures: bool,
}

#[derive(Debug)]
enum Part {
    One(Class),
    /// `\b`, or `\B` where false.
    Bound(bool),
    Group {
        ways: Vec<Vec<Part>>,
        captures: bool,
    },
    /// `(?=…)`, or `(?!…)` where false.
    Ahead(Vec<Vec<Part>>, bool),
    Repeat {
        part: Box<Part>,
        least: usize,
        most: usize,
        lazy: bool,
    },
}

#[derive(Debug, Default)]
struct Class {
    not: bool,
    members: Vec<Member>,
}

#[derive(Debug, Clone, Copy)]
enum Member {
    Range(char, char),
    Kind(fn(char) -> bool, bool),
}

impl Class {
    fn has(&self, c: char) -> bool {
        let inside = self.members.iter().any(|member| match member {
            Member::Range(first, last) => (*first..=*last).contains(&c),
            Member::Kind(is, wanted) => is(c) == *wanted,
        });
        inside != self.not
    }
}

/// A search that took too many steps.
#[derive(Debug, PartialEq)]
pub struct TooLong;

impl Pattern {
    /// Reads a pattern; `None` when it is not one of those carried out here.
    pub fn parse(source: &str) -> Option<Pattern> {
        let source = source.strip_prefix("(?u)").unwrap_or(source);
        let mut parser = Parser {
            rest: source.chars().collect::<Vec<_>>(),
            at: 0,
            parts: 0,
            groups: 0,
        };
        let ways = parser.ways(0)?;
        if parser.at != parser.rest.len() || parser.groups > 1 {
            return None;
        }
        // Empty matches follow rules that changed with Python's releases.
        if ways.iter().any(|way| least(way) == 0) {
            return None;
        }
        Some(Pattern {
            captures: parser.groups == 1,
            ways,
        })
    }

    /// All matches from left to right (of the group, where there is one), and the steps it took.
    pub fn find_all(&self, text: &[char]) -> Result<(Vec<(usize, usize)>, usize), TooLong> {
        let mut found = Vec::new();
        let mut search = Search {
            text,
            left: text.len().saturating_add(1).saturating_mul(STEPS),
            depth: 0,
            group: None,
        };
        let budget = search.left;
        let mut at = 0;
        while at < text.len() {
            search.group = None;
            let mut end = None;
            let matched = search.any(&self.ways, at, &mut |_, to| {
                end = Some(to);
                Ok(true)
            })?;
            match end.filter(|end| matched && *end > at) {
                Some(end) => {
                    if self.captures {
                        // A group that took no part is empty.
                        found.push(search.group.unwrap_or((at, at)));
                    } else {
                        found.push((at, end));
                    }
                    at = end;
                }
                None => at += 1,
            }
        }
        Ok((found, budget - search.left))
    }
}

/// The fewest characters that match.
fn least(way: &[Part]) -> usize {
    let part = |part: &Part| match part {
        Part::One(_) => 1,
        Part::Bound(_) | Part::Ahead(..) => 0,
        Part::Group { ways, .. } => ways.iter().map(|way| least(way)).min().unwrap_or(0),
        Part::Repeat { part, least: n, .. } => least(std::slice::from_ref(part)).saturating_mul(*n),
    };
    way.iter().map(part).fold(0, usize::saturating_add)
}

type Then<'a, 't> = dyn FnMut(&mut Search<'t>, usize) -> Result<bool, TooLong> + 'a;

struct Search<'t> {
    text: &'t [char],
    left: usize,
    depth: usize,
    group: Option<(usize, usize)>,
}

impl<'t> Search<'t> {
    fn any(
        &mut self,
        ways: &[Vec<Part>],
        at: usize,
        then: &mut Then<'_, 't>,
    ) -> Result<bool, TooLong> {
        for way in ways {
            if self.way(way, at, then)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn way(&mut self, way: &[Part], at: usize, then: &mut Then<'_, 't>) -> Result<bool, TooLong> {
        self.left = self.left.checked_sub(1).ok_or(TooLong)?;
        let Some((part, rest)) = way.split_first() else {
            return then(self, at);
        };
        if self.depth >= DEPTH {
            return Err(TooLong);
        }
        self.depth += 1;
        let matched = self.part(part, rest, at, then);
        self.depth -= 1;
        matched
    }

    fn part(
        &mut self,
        part: &Part,
        rest: &[Part],
        at: usize,
        then: &mut Then<'_, 't>,
    ) -> Result<bool, TooLong> {
        match part {
            Part::One(class) => match self.text.get(at) {
                Some(c) if class.has(*c) => self.way(rest, at + 1, then),
                _ => Ok(false),
            },
            Part::Bound(wanted) => {
                let word = |at: Option<usize>| {
                    at.and_then(|at| self.text.get(at))
                        .is_some_and(|c| is_word(*c))
                };
                let bound = word(at.checked_sub(1)) != word(Some(at));
                if bound == *wanted {
                    self.way(rest, at, then)
                } else {
                    Ok(false)
                }
            }
            Part::Group { ways, captures } => self.any(ways, at, &mut |search, to| {
                let before = search.group;
                if *captures {
                    search.group = Some((at, to));
                }
                let matched = search.way(rest, to, then)?;
                if !matched {
                    search.group = before;
                }
                Ok(matched)
            }),
            Part::Ahead(ways, wanted) => {
                let before = self.group;
                let ahead = self.any(ways, at, &mut |_, _| Ok(true))?;
                if ahead != *wanted {
                    self.group = before;
                    return Ok(false);
                }
                self.way(rest, at, then)
            }
            Part::Repeat {
                part,
                least,
                most,
                lazy,
            } => match &**part {
                Part::One(class) => self.run(class, (*least, *most, *lazy), rest, at, then),
                part => self.again(part, (*least, *most, *lazy), rest, at, then),
            },
        }
    }

    /// A repeated class: no nesting, whatever the length.
    fn run(
        &mut self,
        class: &Class,
        (least, most, lazy): (usize, usize, bool),
        rest: &[Part],
        at: usize,
        then: &mut Then<'_, 't>,
    ) -> Result<bool, TooLong> {
        let ahead = self.text[at.min(self.text.len())..].iter().take(most);
        let longest = ahead.take_while(|c| class.has(**c)).count();
        self.left = self.left.checked_sub(longest).ok_or(TooLong)?;
        if longest < least {
            return Ok(false);
        }
        let count = longest - least;
        for step in 0..=count {
            let length = if lazy { least + step } else { longest - step };
            if self.way(rest, at + length, then)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn again(
        &mut self,
        part: &Part,
        (least, most, lazy): (usize, usize, bool),
        rest: &[Part],
        at: usize,
        then: &mut Then<'_, 't>,
    ) -> Result<bool, TooLong> {
        if least == 0 && lazy && self.way(rest, at, then)? {
            return Ok(true);
        }
        if most > 0 {
            let left = (least.saturating_sub(1), most - 1, lazy);
            let once = std::slice::from_ref(part);
            let matched = self.way(once, at, &mut |search, to| {
                // A turn that takes nothing ends the repetition.
                if to == at {
                    return Ok(false);
                }
                if search.depth >= DEPTH {
                    return Err(TooLong);
                }
                search.depth += 1;
                let matched = search.again(part, left, rest, to, then);
                search.depth -= 1;
                matched
            })?;
            if matched {
                return Ok(true);
            }
        }
        if least == 0 && !lazy {
            return self.way(rest, at, then);
        }
        Ok(false)
    }
}

struct Parser {
    rest: Vec<char>,
    at: usize,
    parts: usize,
    groups: usize,
}

impl Parser {
    fn peek(&self) -> Option<char> {
        self.rest.get(self.at).copied()
    }

    fn take(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += 1;
        Some(c)
    }

    fn eat(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    fn ways(&mut self, depth: usize) -> Option<Vec<Vec<Part>>> {
        if depth > 16 {
            return None;
        }
        let mut ways = vec![Vec::new()];
        loop {
            match self.peek() {
                None | Some(')') => return Some(ways),
                Some('|') => {
                    self.at += 1;
                    ways.push(Vec::new());
                }
                Some(_) => {
                    let part = self.part(depth)?;
                    let part = self.repeated(part)?;
                    ways.last_mut()?.push(part);
                }
            }
            self.parts += 1;
            if self.parts > PARTS {
                return None;
            }
        }
    }

    fn part(&mut self, depth: usize) -> Option<Part> {
        let class = |members| {
            Some(Part::One(Class {
                not: false,
                members,
            }))
        };
        match self.take()? {
            '(' => self.group(depth),
            '[' => self.class(),
            '.' => Some(Part::One(Class {
                not: true,
                members: vec![Member::Range('\n', '\n')],
            })),
            '\\' => match self.peek()? {
                'b' | 'B' => Some(Part::Bound(self.take()? == 'b')),
                _ => class(vec![self.escaped()?]),
            },
            '^' | '$' | '*' | '+' | '?' | '{' | '}' | ')' => None,
            c => class(vec![Member::Range(c, c)]),
        }
    }

    fn group(&mut self, depth: usize) -> Option<Part> {
        let mut captures = true;
        let mut ahead = None;
        if self.eat('?') {
            captures = false;
            match self.take()? {
                ':' => {}
                '=' => ahead = Some(true),
                '!' => ahead = Some(false),
                _ => return None,
            }
        }
        self.groups += usize::from(captures);
        let inside = self.groups;
        let ways = self.ways(depth + 1)?;
        if !self.eat(')') {
            return None;
        }
        match ahead {
            // What a group inside of it holds afterwards is a matter of its own.
            Some(_) if inside != self.groups => None,
            Some(wanted) => Some(Part::Ahead(ways, wanted)),
            None => Some(Part::Group { ways, captures }),
        }
    }

    fn repeated(&mut self, part: Part) -> Option<Part> {
        let (least, most) = match self.peek() {
            Some('*') => (0, usize::MAX),
            Some('+') => (1, usize::MAX),
            Some('?') => (0, 1),
            Some('{') => {
                self.at += 1;
                return self.counted(part);
            }
            _ => return Some(part),
        };
        self.at += 1;
        self.times(part, least, most)
    }

    fn counted(&mut self, part: Part) -> Option<Part> {
        let least = self.number()?;
        let most = if self.eat(',') {
            if self.peek() == Some('}') {
                Some(usize::MAX)
            } else {
                self.number()?
            }
        } else {
            least
        };
        // `{}` and `{,}` are texts to some releases.
        if !self.eat('}') || least.is_none() && most.is_none_or(|most| most == usize::MAX) {
            return None;
        }
        self.times(part, least.unwrap_or(0), most?)
    }

    /// A number, if there is one; more than anyone counts is no pattern.
    #[allow(
        clippy::option_option,
        reason = "no number, and no pattern, are different things"
    )]
    fn number(&mut self) -> Option<Option<usize>> {
        let mut number = None;
        while let Some(digit) = self.peek().filter(char::is_ascii_digit) {
            self.at += 1;
            let digit = digit as usize - '0' as usize;
            number = Some(number.unwrap_or(0) * 10 + digit);
            if number > Some(PARTS) {
                return None;
            }
        }
        Some(number)
    }

    fn times(&mut self, part: Part, least: usize, most: usize) -> Option<Part> {
        let lazy = self.eat('?');
        // Possessive since Python 3.11, an error before; twice repeated is an error.
        if matches!(self.peek(), Some('*' | '+' | '?' | '{')) || least > most {
            return None;
        }
        match part {
            Part::One(_) => {}
            // What a group holds after several turns, or an empty turn, is a matter of its own.
            Part::Group {
                captures: false,
                ref ways,
            } if ways.iter().all(|way| self::least(way) > 0) => {}
            _ => return None,
        }
        Some(Part::Repeat {
            part: Box::new(part),
            least,
            most,
            lazy,
        })
    }

    fn class(&mut self) -> Option<Part> {
        let mut class = Class {
            not: self.eat('^'),
            members: Vec::new(),
        };
        let mut first = true;
        loop {
            let member = match self.take()? {
                ']' if !first => return Some(Part::One(class)),
                '\\' if self.peek()? == 'b' => return None,
                '\\' => self.escaped()?,
                c => Member::Range(c, c),
            };
            first = false;
            let range = self.peek() == Some('-') && self.rest.get(self.at + 1) != Some(&']');
            let member = match member {
                Member::Range(from, _) if range => {
                    self.at += 1;
                    let to = match self.take()? {
                        '\\' if self.peek()? == 'b' => return None,
                        '\\' => self.escaped()?,
                        c => Member::Range(c, c),
                    };
                    match to {
                        Member::Range(to, _) if from <= to => Member::Range(from, to),
                        _ => return None,
                    }
                }
                Member::Kind(..) if range => return None,
                member => member,
            };
            class.members.push(member);
            if class.members.len() > PARTS {
                return None;
            }
        }
    }

    /// What stands after a backslash.
    fn escaped(&mut self) -> Option<Member> {
        let same = |c| Some(Member::Range(c, c));
        match self.take()? {
            'w' => Some(Member::Kind(is_word, true)),
            'W' => Some(Member::Kind(is_word, false)),
            'd' => Some(Member::Kind(is_digit, true)),
            'D' => Some(Member::Kind(is_digit, false)),
            's' => Some(Member::Kind(is_space, true)),
            'S' => Some(Member::Kind(is_space, false)),
            'n' => same('\n'),
            't' => same('\t'),
            'r' => same('\r'),
            c if c.is_ascii_punctuation() || c == ' ' => same(c),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pattern: &str, text: &str) -> Option<Vec<String>> {
        let chars: Vec<char> = text.chars().collect();
        let (spans, _) = Pattern::parse(pattern)?.find_all(&chars).ok()?;
        let token = |(from, to): (usize, usize)| chars[from..to].iter().collect();
        Some(spans.into_iter().map(token).collect())
    }

    /// Every right side is what `re.findall` of Python 3.13 gives.
    #[test]
    fn matches_are_those_of_python() {
        let text = "It's a well-known co-op, 3x4 déjà-vu_2 नमस्ते x!! $12.50";
        let cases: &[(&str, &[&str])] = &[
            (
                r"(?u)\b\w\w+\b",
                &[
                    "It",
                    "well",
                    "known",
                    "co",
                    "op",
                    "3x4",
                    "déjà",
                    "vu_2",
                    "नमस",
                    "12",
                    "50",
                ],
            ),
            (r"\b[a-zA-Z]{3,}\b", &["well", "known"]),
            (
                r"[^\W\d_]+",
                &[
                    "It",
                    "s",
                    "a",
                    "well",
                    "known",
                    "co",
                    "op",
                    "x",
                    "déjà",
                    "vu",
                    "नमस",
                    "त",
                    "x",
                ],
            ),
            (
                r"\w+(?:[-']\w+)*",
                &[
                    "It's",
                    "a",
                    "well-known",
                    "co-op",
                    "3x4",
                    "déjà-vu_2",
                    "नमस",
                    "त",
                    "x",
                    "12",
                    "50",
                ],
            ),
            (
                r"\w{2,3}?",
                &[
                    "It", "we", "ll", "kn", "ow", "co", "op", "3x", "dé", "jà", "vu", "_2", "नम",
                    "12", "50",
                ],
            ),
            (
                r"\b\w\w+\b|!|\$",
                &[
                    "It",
                    "well",
                    "known",
                    "co",
                    "op",
                    "3x4",
                    "déjà",
                    "vu_2",
                    "नमस",
                    "!",
                    "!",
                    "$",
                    "12",
                    "50",
                ],
            ),
            (r"([a-z]+)-", &["well", "co"]),
            (r"\$(?=\d)\S+", &["$12.50"]),
            (r"[A-Z][^,.]*?[,.]", &["It's a well-known co-op,"]),
        ];
        for (pattern, wanted) in cases {
            assert_eq!(found(pattern, text).unwrap(), *wanted, "{pattern}");
        }
    }

    #[test]
    fn other_patterns_are_none() {
        for pattern in [
            r"\w*",
            r"^\w+",
            r"(?i)[a-z]+",
            r"(\w)(\w)",
            r"(?<=a)b",
            r"(\w)\1",
            r"\w++",
            r"[a",
            "a{2",
            r"(?P<x>\w+)",
            r"\p{L}+",
            "a**",
            r"(?:a*)+",
            "",
            r"a{,}",
        ] {
            assert!(Pattern::parse(pattern).is_none(), "{pattern}");
        }
    }

    #[test]
    fn a_pattern_that_explodes_ends() {
        let pattern = Pattern::parse(r"(?:a+a+)+b").unwrap();
        assert_eq!(pattern.find_all(&['a'; 60]), Err(TooLong));
    }
}
