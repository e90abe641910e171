//! The import statements that a source runs whenever it is imported: those that begin a line at the
//! left margin.
//!
//! What stands indented (in `try`, `if`, `with`, a function) may not run or may be caught, and is left
//! out. A scan, no parse: it looks at every source of a large library, and only up to the last import.

/// Most statements of one source that are kept.
const MOST: usize = 4_000;
/// Most names of one statement.
const MOST_NAMES: usize = 2_000;

/// One module of an import statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Import {
    /// From 1.
    pub line: u32,
    /// As written: relative ones with their dots.
    pub module: String,
    /// What `from … import` takes; `None` for a plain import.
    pub names: Option<Vec<String>>,
    /// It is tried, and the first handler asks for an attribute of what it would have bound: when the
    /// module is missing, that is a `NameError`.
    pub handled: bool,
}

/// What a source imports, and whether it changes how imports are answered.
#[derive(Debug, Default)]
pub(super) struct Imports {
    pub statements: Vec<Import>,
    /// It changes `sys.path` or installs an importer: modules that seem missing may be found then.
    pub changes_search: bool,
    /// It puts modules into `sys.modules`.
    pub registers: bool,
}

impl Imports {
    /// Scans a source.
    pub fn scan(source: &[u8]) -> Self {
        let has = |word: &str| memchr::memmem::find(source, word.as_bytes()).is_some();
        // Most sources have none of them.
        let system = has("sys");
        let mut found = Self {
            statements: Vec::new(),
            changes_search: system
                && (["sys.path.", "sys.path[", "sys.path ="]
                    .into_iter()
                    .any(has)
                    || has("meta_path"))
                || has("addsitedir"),
            registers: system && has("sys.modules"),
        };
        let last = ["\nimport ", "\nfrom ", "\nexcept "]
            .into_iter()
            // Forwards: backwards is many times slower.
            .filter_map(|word| memchr::memmem::find_iter(source, word).last())
            .max();
        let until = last.map_or(1, |last| last + 2).min(source.len());
        let mut at = if source.starts_with(b"\xef\xbb\xbf") {
            3
        } else {
            0
        };
        let mut line = 1;
        let mut tried = Tried::No;
        while at < until && found.statements.len() < MOST {
            let rest = &source[at..];
            let end = statement_end(source, at);
            if rest.starts_with(b"import ") || rest.starts_with(b"from ") {
                found.statement(&source[at..end], line);
            } else if rest.starts_with(b"raise ") {
                break;
            }
            tried = tried.next(&source[at..end], line, &mut found.statements);
            line += memchr::memchr_iter(b'\n', &source[at..end]).count() as u32;
            at = end;
        }
        found
    }

    fn statement(&mut self, bytes: &[u8], line: u32) {
        let text = bare(bytes);
        let mut parts = text.split(';');
        let import = parts.next().unwrap_or_default().trim();
        if let Some(rest) = import.strip_prefix("import ") {
            for module in rest.split(',') {
                self.add(module, None, line);
            }
        } else if let Some((module, names)) = import
            .strip_prefix("from ")
            .and_then(|rest| rest.split_once(" import"))
        {
            let names = names.split(',').filter_map(first_word).take(MOST_NAMES);
            self.add(module, Some(names.map(str::to_owned).collect()), line);
        }
    }

    fn add(&mut self, module: &str, names: Option<Vec<String>>, line: u32) {
        // Dots may stand apart from the name: `from . base import x`.
        let module: String = match names {
            Some(_) => module.split_whitespace().collect(),
            None => first_word(module).unwrap_or_default().to_owned(),
        };
        let allowed = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
        if module.is_empty() || module == "__future__" || !module.chars().all(allowed) {
            return;
        }
        self.statements.push(Import {
            line,
            module,
            names,
            handled: false,
        });
    }
}

/// A `try` at the left margin whose first statement is `import module`.
enum Tried {
    No,
    Begun,
    Import(String, u32),
}

impl Tried {
    /// The state behind a logical line; a handler that needs the module adds its import.
    fn next(self, bytes: &[u8], line: u32, statements: &mut Vec<Import>) -> Self {
        let word = bytes.trim_ascii();
        if word.is_empty() || word.starts_with(b"#") {
            return self;
        }
        let indented = bytes[0].is_ascii_whitespace();
        match self {
            Self::Begun if indented => {
                let text = bare(word);
                let module = text.strip_prefix("import ").map(str::trim);
                let plain = |c: char| c.is_alphanumeric() || c == '_';
                match module.filter(|module| module.chars().all(plain)) {
                    Some(module) => Self::Import(module.to_owned(), line),
                    None => Self::No,
                }
            }
            Self::Import(..) if indented => self,
            Self::Import(module, line) => {
                let asked = word
                    .strip_prefix(b"except ")
                    .and_then(|kinds| kinds.strip_prefix(module.as_bytes()))
                    .is_some_and(|rest| rest.starts_with(b"."));
                if asked {
                    statements.push(Import {
                        line,
                        module,
                        names: None,
                        handled: true,
                    });
                }
                Self::No
            }
            _ if !indented && word.starts_with(b"try:") => Self::Begun,
            _ => Self::No,
        }
    }
}

fn first_word(text: &str) -> Option<&str> {
    text.split_whitespace().next()
}

/// The end of the logical line that starts at `at`, its line end included. Always behind `at`.
fn statement_end(source: &[u8], mut at: usize) -> usize {
    let mut depth = 0_u32;
    while let Some(&byte) = source.get(at) {
        match byte {
            b'\n' if depth == 0 => return at + 1,
            b'"' | b'\'' => {
                at = string_end(source, at).max(at + 1);
                continue;
            }
            b'#' => {
                at += memchr::memchr(b'\n', &source[at..]).unwrap_or(source.len() - at);
                continue;
            }
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            // `\` before a line end, with or without `\r`.
            b'\\' if source.get(at + 1) == Some(&b'\r') => at += 2,
            b'\\' => at += 1,
            _ => {}
        }
        at += 1;
    }
    source.len()
}

/// The end of the string literal that starts at `at`.
fn string_end(source: &[u8], at: usize) -> usize {
    let quote = source[at];
    let triple = source.get(at + 1) == Some(&quote) && source.get(at + 2) == Some(&quote);
    let mut here = at + if triple { 3 } else { 1 };
    while let Some(&byte) = source.get(here) {
        match byte {
            b'\\' => here += 1,
            b'\n' if !triple => return here,
            byte if byte == quote => {
                if !triple {
                    return here + 1;
                }
                if source.get(here + 1) == Some(&quote) && source.get(here + 2) == Some(&quote) {
                    return here + 3;
                }
            }
            _ => {}
        }
        here += 1;
    }
    source.len()
}

/// A statement on one line, without comments, brackets and line ends.
fn bare(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let lines = text
        .lines()
        .map(|line| line.split('#').next().unwrap_or(line));
    let joined: Vec<&str> = lines.collect();
    joined.join(" ").replace(['(', ')', '\\', '\t'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scanned(source: &str) -> Vec<(u32, String, Option<Vec<String>>)> {
        let found = Imports::scan(source.as_bytes()).statements;
        found
            .into_iter()
            .map(|import| (import.line, import.module, import.names))
            .collect()
    }

    fn names(of: &[&str]) -> Vec<String> {
        of.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn statements_at_the_margin_are_read_with_their_lines() {
        let source = "\"\"\"Says\nimport nothing\n\"\"\"\nfrom __future__ import annotations\n\
            import os, numpy.linalg as la  # import more\nfrom ..base import (\n    A as B,  # one\n    C,\n)\n\
            from . import _part; import lost\nfrom x import \\\n    y\n";
        assert_eq!(
            scanned(source),
            [
                (5, "os".into(), None),
                (5, "numpy.linalg".into(), None),
                (6, "..base".into(), Some(names(&["A", "C"]))),
                (10, ".".into(), Some(names(&["_part"]))),
                (11, "x".into(), Some(names(&["y"]))),
            ]
        );
    }

    #[test]
    fn what_may_not_run_is_left_out() {
        let source = "try:\n    import a\nexcept ImportError:\n    a = None\nif b:\n    import b\n\
            def f():\n    import c\nx = [\nimport_me,\n]\ny = '''\nimport d\n'''\nz = 'it\\'s' # '''\nimport e\nraise X\nimport f\n";
        assert_eq!(scanned(source), [(16, "e".into(), None)]);
    }

    #[test]
    fn a_handler_that_needs_the_module_is_no_help() {
        let source = "try:\n    import a\n    a.find()\nexcept a.Missing:\n    pass\n\
            try:\n    import b\nexcept ImportError:\n    pass\n\
            try:\n    find()\n    import c\nexcept c.Missing:\n    pass\n";
        let found = Imports::scan(source.as_bytes()).statements;
        let told: Vec<_> = found
            .iter()
            .map(|i| (i.line, &*i.module, i.handled))
            .collect();
        assert_eq!(told, [(2, "a", true)]);
    }

    #[test]
    fn sources_that_are_no_python_end() {
        for source in [
            "",
            "import",
            "from ",
            "import \n",
            "from x import",
            "'''\nimport a",
            "(((\nimport a",
            "\\",
            "import ,\n",
        ] {
            assert!(Imports::scan(source.as_bytes()).statements.len() <= 1);
        }
    }
}
