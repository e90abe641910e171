//! Python sources to syntax trees, without trusting them.
//!
//! The parser recurses into brackets and drops a long `a.a.a…` chain recursively, so a source can
//! ask for any depth of stack. A cheap scan refuses such sources, and the parse runs on a thread
//! whose stack is big enough for what the scan lets through.

use ruff_python_ast::Stmt;

/// Largest source that is parsed, in bytes.
pub(super) const LARGEST: u64 = 4 << 20;
/// Stack of the parsing thread, in bytes; only touched pages cost memory.
const STACK: usize = 64 << 20;
/// Most brackets inside each other (Python refuses more than 200).
const DEEPEST: usize = 256;
/// Most words and operators between two commas or lines of one bracket level.
const LONGEST: u32 = 12_000;

/// Parses a module and gives its statements to `read`; `None` when the source is too large, too
/// deep or not Python.
pub(super) fn with_module<T: Send>(
    source: &str,
    read: impl FnOnce(&[Stmt]) -> T + Send,
) -> Option<T> {
    if source.len() as u64 > LARGEST || !is_shallow(source.as_bytes()) {
        return None;
    }
    std::thread::scope(|scope| {
        std::thread::Builder::new()
            .name("parse".to_owned())
            .stack_size(STACK)
            .spawn_scoped(scope, || {
                let options =
                    ruff_python_parser::ParseOptions::from(ruff_python_parser::Mode::Module);
                let parsed = ruff_python_parser::parse_unchecked(source, options);
                // What parses in spite of an error (another Python's syntax) still tells names; a
                // file with an error and no statement is not Python.
                let broken = !parsed.errors().is_empty();
                let ruff_python_ast::Mod::Module(module) = parsed.into_syntax() else {
                    return None;
                };
                if broken && module.body.is_empty() {
                    return None;
                }
                Some(read(&module.body))
            })
            .ok()?
            .join()
            .ok()?
    })
}

/// Whether no expression nests or chains deeper than the stack allows. Counts words and operators
/// for each bracket level and forgets them at commas and (outside brackets) at line ends. Plain
/// strings count once; the inside of f-strings is code and counts like it.
fn is_shallow(source: &[u8]) -> bool {
    let mut levels: Vec<u32> = vec![0];
    let mut at = 0;
    let mut in_word = false;
    while let Some(&byte) = source.get(at) {
        let word = byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80;
        let mut counts = word && !in_word;
        let mut next = at + 1;
        match byte {
            b'#' => {
                next = at + memchr::memchr(b'\n', &source[at..]).unwrap_or(source.len() - at);
            }
            b'"' | b'\'' => {
                let end = string_end(source, at);
                let formatted = is_formatted(source, at);
                if formatted && !is_shallow_text(&source[at..end]) {
                    return false;
                }
                counts = false;
                next = end;
            }
            b'\\' => next = at + 2,
            b'(' | b'[' | b'{' => {
                if levels.len() > DEEPEST {
                    return false;
                }
                levels.push(0);
            }
            b')' | b']' | b'}' => {
                if levels.len() > 1 {
                    levels.pop();
                }
                // `f()()()…` is a chain of its own.
                counts = true;
            }
            b',' => {
                if let Some(level) = levels.last_mut() {
                    *level = 0;
                }
            }
            b'\n' if levels.len() == 1 => levels[0] = 0,
            b'.' | b'+' | b'-' | b'*' | b'/' | b'%' | b'&' | b'|' | b'^' | b'~' | b'@' | b'<'
            | b'>' | b'=' | b'!' | b':' => counts = true,
            _ => {}
        }
        if counts && let Some(level) = levels.last_mut() {
            *level += 1;
            if *level > LONGEST {
                return false;
            }
        }
        in_word = word;
        at = next;
    }
    true
}

/// The end of the string literal that starts at `at`.
pub(super) fn string_end(source: &[u8], at: usize) -> usize {
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

fn is_formatted(source: &[u8], at: usize) -> bool {
    source[at.saturating_sub(2)..at]
        .iter()
        .any(|b| matches!(b, b'f' | b'F' | b't' | b'T'))
}

/// The same question for the text of an f-string, where only braces matter.
fn is_shallow_text(text: &[u8]) -> bool {
    if !text.contains(&b'{') {
        return true;
    }
    let marks = text
        .iter()
        .filter(|b| matches!(b, b'.' | b'(' | b'[' | b'{' | b'+' | b'-' | b'*' | b'~'))
        .count();
    marks <= LONGEST as usize
}
