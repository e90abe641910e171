//! Environment markers (PEP 508): `python_version < "3.10" and sys_platform == "linux"`.
//!
//! Three answers: true, false, and "cannot tell" for what the target does not say.

use std::cmp::Ordering;

use super::version;

/// Parentheses may nest this deep.
const DEEPEST: u32 = 32;
/// Longest marker that is read.
const LONGEST: usize = 4096;

/// What a marker is evaluated for. A field that is `None` makes comparisons on it unknown.
#[derive(Clone, Debug, Default)]
pub struct MarkerTarget {
    /// `(major, minor, patch)`.
    pub python: Option<(u8, u8, Option<u8>)>,
    /// `sys.platform`: `linux`, `darwin`, `win32`.
    pub sys_platform: Option<String>,
    /// `platform.system()`: `Linux`, `Darwin`, `Windows`.
    pub platform_system: Option<String>,
    /// `os.name`: `posix`, `nt`.
    pub os_name: Option<String>,
    /// `platform.machine()`: `x86_64`, `arm64`.
    pub platform_machine: Option<String>,
}

impl MarkerTarget {
    /// The machine this program was built for, with a Python version.
    pub fn host(python: Option<(u8, u8, Option<u8>)>) -> Self {
        let (sys_platform, platform_system, os_name) = match std::env::consts::OS {
            "macos" => ("darwin", "Darwin", "posix"),
            "windows" => ("win32", "Windows", "nt"),
            _ => ("linux", "Linux", "posix"),
        };
        let machine = match (std::env::consts::ARCH, std::env::consts::OS) {
            ("aarch64", "macos") => "arm64",
            ("x86_64", "windows") => "AMD64",
            (arch, _) => arch,
        };
        Self {
            python,
            sys_platform: Some(sys_platform.to_owned()),
            platform_system: Some(platform_system.to_owned()),
            os_name: Some(os_name.to_owned()),
            platform_machine: Some(machine.to_owned()),
        }
    }

    fn value(&self, variable: &str) -> Option<String> {
        match variable {
            "python_version" => self
                .python
                .map(|(major, minor, _)| format!("{major}.{minor}")),
            "python_full_version" | "implementation_version" => match self.python {
                Some((major, minor, Some(patch))) => Some(format!("{major}.{minor}.{patch}")),
                _ => None,
            },
            "sys_platform" | "sys.platform" => self.sys_platform.clone(),
            "platform_system" => self.platform_system.clone(),
            "os_name" | "os.name" => self.os_name.clone(),
            "platform_machine" | "platform.machine" => self.platform_machine.clone(),
            "implementation_name" => Some("cpython".to_owned()),
            "platform_python_implementation" | "python_implementation" => {
                Some("CPython".to_owned())
            }
            // No extra is asked for unless somebody says so.
            "extra" => Some(String::new()),
            _ => None,
        }
    }
}

/// Whether a marker holds for a target; `None` when that cannot be told.
pub fn evaluate(marker: &str, target: &MarkerTarget) -> Option<bool> {
    if marker.len() > LONGEST {
        return None;
    }
    let tokens = tokens(marker)?;
    let mut reader = Reader {
        tokens: &tokens,
        at: 0,
        target,
        broken: false,
    };
    let answer = reader.or(0);
    if reader.broken || reader.at != tokens.len() {
        return None;
    }
    answer
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Open,
    Close,
    /// A variable, or `and`, `or`, `not`, `in`.
    Word(String),
    Text(String),
    Operator(String),
}

fn tokens(marker: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = marker.trim_start();
    while let Some(c) = rest.chars().next() {
        let taken = match c {
            '(' => {
                tokens.push(Token::Open);
                1
            }
            ')' => {
                tokens.push(Token::Close);
                1
            }
            '"' | '\'' => {
                let end = rest[1..].find(c)?;
                tokens.push(Token::Text(rest[1..=end].to_owned()));
                end + 2
            }
            '<' | '>' | '=' | '!' | '~' => {
                let end = rest
                    .find(|c| !matches!(c, '<' | '>' | '=' | '!' | '~'))
                    .unwrap_or(rest.len());
                tokens.push(Token::Operator(rest[..end].to_owned()));
                end
            }
            c if c.is_ascii_alphanumeric() || c == '_' => {
                let end = rest
                    .find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '.'))
                    .unwrap_or(rest.len());
                tokens.push(Token::Word(rest[..end].to_owned()));
                end
            }
            _ => return None,
        };
        rest = rest[taken..].trim_start();
    }
    Some(tokens)
}

struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
    target: &'a MarkerTarget,
    broken: bool,
}

impl Reader<'_> {
    fn word(&mut self, wanted: &str) -> bool {
        let is = matches!(self.tokens.get(self.at), Some(Token::Word(word)) if word == wanted);
        self.at += usize::from(is);
        is
    }

    fn or(&mut self, depth: u32) -> Option<bool> {
        let mut answer = self.and(depth);
        while self.word("or") {
            let right = self.and(depth);
            answer = match (answer, right) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            };
        }
        answer
    }

    fn and(&mut self, depth: u32) -> Option<bool> {
        let mut answer = self.one(depth);
        while self.word("and") {
            let right = self.one(depth);
            answer = match (answer, right) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            };
        }
        answer
    }

    fn one(&mut self, depth: u32) -> Option<bool> {
        if self.tokens.get(self.at) == Some(&Token::Open) {
            if depth >= DEEPEST {
                self.broken = true;
                return None;
            }
            self.at += 1;
            let answer = self.or(depth + 1);
            if self.tokens.get(self.at) == Some(&Token::Close) {
                self.at += 1;
            } else {
                self.broken = true;
            }
            return answer;
        }
        let left = self.tokens.get(self.at).cloned();
        self.at += 1;
        let operator = match self.tokens.get(self.at) {
            Some(Token::Operator(operator)) => operator.clone(),
            Some(Token::Word(word)) if word == "in" => "in".to_owned(),
            Some(Token::Word(word)) if word == "not" => {
                self.at += 1;
                if !matches!(self.tokens.get(self.at), Some(Token::Word(word)) if word == "in") {
                    self.broken = true;
                }
                "not in".to_owned()
            }
            _ => {
                self.broken = true;
                return None;
            }
        };
        self.at += 1;
        let right = self.tokens.get(self.at).cloned();
        self.at += 1;
        match (left, right) {
            (Some(Token::Word(variable)), Some(Token::Text(text))) => {
                let value = self.target.value(&variable)?;
                holds(&variable, &value, &operator, &text)
            }
            (Some(Token::Text(text)), Some(Token::Word(variable))) => {
                let value = self.target.value(&variable)?;
                holds(&variable, &text, &operator, &value)
            }
            _ => {
                self.broken = true;
                None
            }
        }
    }
}

fn holds(variable: &str, left: &str, operator: &str, right: &str) -> Option<bool> {
    match operator {
        "in" => return Some(right.contains(left)),
        "not in" => return Some(!right.contains(left)),
        _ => {}
    }
    if variable.ends_with("version") {
        // `"3.8" <= python_version` has the variable on the right: compare instead of matching.
        if let Some(answer) = version::satisfies(left, &format!("{operator}{right}")) {
            return Some(answer);
        }
        let order = version::compare(left, right)?;
        return match operator {
            "<" => Some(order == Ordering::Less),
            "<=" => Some(order != Ordering::Greater),
            ">" => Some(order == Ordering::Greater),
            ">=" => Some(order != Ordering::Less),
            _ => None,
        };
    }
    match operator {
        "==" | "===" => Some(left == right),
        "!=" => Some(left != right),
        "<" => Some(left < right),
        "<=" => Some(left <= right),
        ">" => Some(left > right),
        ">=" => Some(left >= right),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target() -> MarkerTarget {
        MarkerTarget {
            python: Some((3, 9, None)),
            sys_platform: Some("linux".into()),
            ..MarkerTarget::default()
        }
    }

    #[test]
    fn markers_answer_true_false_or_nothing() {
        let cases = [
            ("python_version < '3.10'", Some(true)),
            ("python_version >= \"3.10\"", Some(false)),
            ("'3.8' <= python_version", Some(true)),
            ("python_version == '3.9.*'", Some(true)),
            ("python_full_version < '3.10'", None),
            (
                "sys_platform == 'win32' or python_version > '3'",
                Some(true),
            ),
            (
                "(sys_platform == 'win32') and python_full_version < '3'",
                Some(false),
            ),
            ("sys_platform in 'linux darwin'", Some(true)),
            ("sys_platform not in 'linux darwin'", Some(false)),
            ("extra == 'dev'", Some(false)),
            ("platform_machine == 'x86_64'", None),
            ("platform_python_implementation != 'PyPy'", Some(true)),
            ("", None),
            ("python_version", None),
            ("python_version <", None),
            ("(python_version < '4'", None),
            ("python_version < '4' nonsense", None),
        ];
        for (marker, answer) in cases {
            assert_eq!(evaluate(marker, &target()), answer, "{marker}");
        }
    }

    #[test]
    fn deep_parentheses_are_refused() {
        let marker = format!("{}os_name == 'nt'{}", "(".repeat(2000), ")".repeat(2000));
        assert_eq!(evaluate(&marker, &target()), None);
    }
}
