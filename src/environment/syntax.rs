//! Python sources to syntax trees, without trusting them.
//!
//! The parser recurses into brackets and drops a long `a.a.a…` chain recursively, so a source can
//! ask for any depth of stack. A cheap scan refuses such sources, and the parse runs on a thread
//! whose stack is big enough for what the scan lets through.

use ruff_python_ast::Stmt;
use ruff_python_ast::token::TokenKind;

/// Largest source that is parsed, in bytes.
pub(super) const LARGEST: u64 = 4 << 20;
/// Stack of the parsing thread, in bytes; only touched pages cost memory.
const STACK: usize = 64 << 20;
/// Most brackets inside each other (Python refuses more than 200).
const DEEPEST: usize = 256;
/// Most tokens that may stand inside of each other.
const LONGEST: u32 = 12_000;

/// Parses a module and gives its statements to `read`; `None` when the source is too large, too
/// deep or not Python.
pub(super) fn with_module<T: Send>(
    source: &str,
    read: impl FnOnce(&[Stmt]) -> T + Send,
) -> Option<T> {
    if source.len() as u64 > LARGEST || !is_shallow(source) {
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

/// Whether no expression nests or chains deeper than the stack allows.
///
/// A tree is at most as deep as the tokens of its statement that can nest: those since the last
/// comma in each open bracket, and in a closed one the most that stood between two commas. Ruff's
/// own lexer tells the tokens, because only it knows where the strings of damaged code end.
fn is_shallow(source: &str) -> bool {
    let mut lexer = ruff_python_parser::lexer::lex(source, ruff_python_parser::Mode::Module);
    let mut levels = vec![Level::default()];
    // The sum over `levels`.
    let mut depth = 0_u32;
    let mut open_strings = 0_u32;
    loop {
        match lexer.next_token() {
            // Of a formatted string without end the parser takes another look at the quotes, and
            // finds code where the lexer found text.
            TokenKind::EndOfFile => return open_strings == 0,
            TokenKind::FStringStart | TokenKind::TStringStart => open_strings += 1,
            TokenKind::FStringEnd | TokenKind::TStringEnd => {
                open_strings = open_strings.saturating_sub(1);
            }
            TokenKind::Newline => {
                levels.clear();
                levels.push(Level::default());
                depth = 0;
            }
            TokenKind::Comma => {
                if let Some(level) = levels.last_mut() {
                    depth -= level.now;
                    level.most = level.most.max(level.now);
                    level.now = 0;
                }
            }
            TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => {
                if levels.len() > DEEPEST {
                    return false;
                }
                levels.push(Level::default());
            }
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => {
                let closed = if levels.len() > 1 { levels.pop() } else { None };
                let closed = closed.unwrap_or_default();
                // `f()()()…` is a chain of its own.
                let held = closed.now.max(closed.most) + 1;
                depth += held - closed.now;
                if let Some(level) = levels.last_mut() {
                    level.now += held;
                }
            }
            // Nothing stands inside of these.
            TokenKind::String
            | TokenKind::FStringMiddle
            | TokenKind::TStringMiddle
            | TokenKind::Comment
            | TokenKind::NonLogicalNewline
            | TokenKind::Indent
            | TokenKind::Dedent => {}
            _ => {
                depth += 1;
                if let Some(level) = levels.last_mut() {
                    level.now += 1;
                }
            }
        }
        if depth > LONGEST {
            return false;
        }
    }
}

/// Tokens of one bracket level.
#[derive(Clone, Copy, Default)]
struct Level {
    /// Since the last comma.
    now: u32,
    /// The most between two commas before.
    most: u32,
}
