//! The one table of commands.

use ratatui::crossterm::event::KeyCode;

use super::id::{Context, Id};
use super::key::{Keys, c, cc, ctrl, k};

/// Where a command holds beyond its contexts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Everywhere.
    Always,
    /// Where list and detail stand side by side.
    Wide,
    /// Where they do not.
    Narrow,
    /// Where nothing is to be picked.
    Browsing,
    /// Where an artifact is to be picked.
    Picking,
    /// Where several artifacts can be chosen.
    Marking,
    /// Where the trial face is shown.
    TrialShown,
}

/// One line of the table.
pub struct Entry {
    /// What it does.
    pub id: Id,
    /// The name that a configuration file calls it by; empty for what cannot be changed.
    pub name: &'static str,
    /// What is pressed for it.
    pub keys: &'static [Keys],
    /// What must have the keys.
    pub contexts: &'static [Context],
    /// Where it holds beyond that.
    pub when: When,
    /// A word for the footer; empty when the footer does not show it. Neighbours with the same
    /// word share one place there.
    pub hint: &'static str,
    /// A clause for the help screen; empty for what needs no telling.
    pub help: &'static str,
}

const fn entry(
    (id, name): (Id, &'static str),
    keys: &'static [Keys],
    contexts: &'static [Context],
    when: When,
    hint: &'static str,
    help: &'static str,
) -> Entry {
    Entry {
        id,
        name,
        keys,
        contexts,
        when,
        hint,
        help,
    }
}

const L: &[Context] = &[Context::List];
const D: &[Context] = &[Context::Detail];
const LD: &[Context] = &[Context::List, Context::Detail];
/// Where letters move.
const MOVING: &[Context] = &[
    Context::List,
    Context::Detail,
    Context::Environments,
    Context::Grid,
    Context::Explained,
    Context::Troubles,
    Context::Form,
    Context::Confirm,
];
/// Where letters are text, but arrows move.
const TYPING: &[Context] = &[Context::Filter, Context::Help];
const F: &[Context] = &[Context::Filter];
const E: &[Context] = &[Context::Environments];
const G: &[Context] = &[Context::Grid];
const H: &[Context] = &[Context::Help];
const X: &[Context] = &[Context::Explained];
const CLOSING: &[Context] = &[
    Context::Environments,
    Context::Grid,
    Context::Explained,
    Context::Troubles,
    Context::Form,
];
const R: &[Context] = &[Context::Form];
const V: &[Context] = &[Context::Value];
const BOXES: &[Context] = &[Context::Environments, Context::Explained, Context::Troubles];
const BACK: &[Context] = &[
    Context::List,
    Context::Detail,
    Context::Environments,
    Context::Grid,
    Context::Help,
    Context::Paste,
    Context::Explained,
    Context::Troubles,
    Context::Form,
    Context::Value,
];

#[rustfmt::skip]
#[allow(clippy::enum_glob_use, reason = "the table is read more often than it is changed")]
/// The table.
pub const TABLE: &[Entry] = &{
    use Id::*;
    use KeyCode::{Backspace, BackTab, End, Enter, Esc, Home, Left, PageDown as PgDn, PageUp as PgUp, Right, Tab};
    use When::*;
    [
        entry((Down, "down"), &[c('j'), k(KeyCode::Down)], MOVING, Always, "move", "one line down; with a count before it (5j) so many"),
        entry((Up, "up"), &[c('k'), k(KeyCode::Up)], MOVING, Always, "move", "one line up"),
        entry((Down, ""), &[k(KeyCode::Down), ctrl('n')], TYPING, Always, "move", "the next match while typing"),
        entry((Up, ""), &[k(KeyCode::Up), ctrl('p')], TYPING, Always, "move", "the match before while typing"),
        entry((Pick, "pick"), &[k(Enter)], LD, Picking, "pick", "take this one (or all that are marked) and leave"),
        entry((Accept, ""), &[k(Enter)], F, Browsing, "keep", "keep the filter, back to the list"),
        entry((Pick, ""), &[k(Enter)], F, Picking, "pick", "take the first match and leave"),
        entry((Accept, ""), &[k(Tab)], F, Always, "keep", "keep the filter, back to the list"),
        entry((Open, "open"), &[k(Enter), c('l'), k(Right)], L, Browsing, "open", "to the detail"),
        entry((Open, ""), &[c('l'), k(Right)], L, Picking, "open", "to the detail"),
        entry((Fold, "unfold"), &[c(' ')], D, Always, "unfold", "unfold or fold the line"),
        entry((Fold, ""), &[k(Enter)], D, Browsing, "", "unfold or fold the line"),
        entry((Filter, "filter"), &[c('/')], LD, Always, "filter", "filter by path, class or verdict (verdict: class: format: trust: env: size:>1M age:<7d saved:<1.3)"),
        entry((Trial, "trial"), &[c('t')], LD, Always, "trial", "run a trial prediction with our own arithmetic, of all that are marked when some are"),
        entry((ChainTrial, "trial-chain"), &[c('T')], LD, Always, "", "the trial through the files near it that prepare its input, then the model"),
        entry((PythonTrial, "trial-python"), &[c('p')], LD, TrialShown, "in Python", "run the trial in the live environment, after a question"),
        entry((Form, "input"), &[c('i')], LD, TrialShown, "input", "change, add or take away rows of the trial's input"),
        entry((Environments, "environments"), &[c('e')], LD, Always, "environment", "choose the environment to compare with"),
        entry((Grid, "grid"), &[c('m')], LD, Always, "grid", "every artifact in every environment (the marked ones when some are)"),
        entry((Mark, "mark"), &[c(' ')], L, Marking, "mark", "mark this one and go down"),
        entry((MarkAll, "mark-all"), &[c('*')], L, Marking, "", "mark all that are listed, or none of them"),
        entry((Unmark, "unmark"), &[c('u')], LD, Marking, "", "take all marks away"),
        entry((CopyBest, "copy"), &[cc('y', 'y')], LD, Always, "copy …", "copy the command that fixes it (or the path when there is none)"),
        entry((CopyPath, "copy-path"), &[cc('y', 'p'), c('c')], LD, Always, "", "copy the path, or those of all that are marked"),
        entry((CopyFix, "copy-fix"), &[cc('y', 'f')], LD, Always, "", "copy the command that fixes it"),
        entry((CopyFinding, "copy-finding"), &[cc('y', 'd')], LD, Always, "", "copy what was found out about it, as text"),
        entry((CopyThrowAway, "copy-throw-away"), &[cc('y', 't'), c('Y')], LD, Always, "", "copy the line that opens it in an environment made for it"),
        entry((Explain, "explain"), &[c('x')], LD, Browsing, "explain", "paste a traceback: which artifact is behind it"),
        entry((NextProblem, "next-problem"), &[c('n')], LD, Always, "problem", "the next artifact with a problem"),
        entry((PreviousProblem, "previous-problem"), &[c('N')], LD, Always, "problem", "the artifact with a problem before"),
        entry((Sort, "sort"), &[c('s')], L, Always, "sort", "sort by name, verdict, size, age or release"),
        entry((Group, "group"), &[c('f')], L, Always, "folders", "folders with their artifacts below, or one flat list"),
        entry((NextFace, "next-face"), &[k(Tab)], LD, Wide, "face", "the next face of the detail"),
        entry((PreviousFace, "previous-face"), &[k(BackTab)], LD, Wide, "", "the face of the detail before"),
        entry((Swap, "swap"), &[k(Tab), k(BackTab)], LD, Narrow, "swap", "swap list and detail on a narrow screen"),
        entry((NextFace, ""), &[c('l'), k(Right)], D, Always, "", "the next face of the detail"),
        entry((PreviousFace, ""), &[c('h'), k(Left)], D, Always, "", "the face of the detail before"),
        entry((Face(0), "face-needs"), &[c('1')], LD, Always, "", "what it needs against what is there"),
        entry((Face(1), "face-tree"), &[c('2')], LD, Always, "", "its structure"),
        entry((Face(2), "face-trial"), &[c('3')], LD, Always, "", "the trial prediction"),
        entry((Face(3), "face-file"), &[c('4')], LD, Always, "", "the file and what loading it would call"),
        entry((Top, "top"), &[cc('g', 'g'), k(Home)], MOVING, Always, "", "to the first line, or with a count (50gg) to that one"),
        entry((Bottom, "bottom"), &[c('G'), cc('g', 'e'), k(End)], MOVING, Always, "", "to the last line"),
        entry((NextMarked, "next-marked"), &[cc('g', 'm')], LD, Marking, "", "to the next artifact that is marked"),
        entry((NextRelated, "next-related"), &[cc('g', 'r')], LD, Always, "", "to the next artifact that belongs together with this one"),
        entry((Top, ""), &[k(Home)], H, Always, "", ""),
        entry((Bottom, ""), &[k(End)], H, Always, "", ""),
        entry((HalfDown, "half-page-down"), &[ctrl('d')], MOVING, Always, "", "half a page down"),
        entry((HalfUp, "half-page-up"), &[ctrl('u')], MOVING, Always, "", "half a page up"),
        entry((PageDown, "page-down"), &[k(PgDn), ctrl('f')], MOVING, Always, "", "a page down"),
        entry((PageUp, "page-up"), &[k(PgUp), ctrl('b')], MOVING, Always, "", "a page up"),
        entry((PageDown, ""), &[k(PgDn)], H, Always, "", ""),
        entry((PageUp, ""), &[k(PgUp)], H, Always, "", ""),
        entry((Again, "check-again"), &[c('R')], LD, Always, "", "read this one again, or all that are marked"),
        entry((Rescan, "rescan"), &[c('r')], LD, Always, "", "walk the folder and read everything again; go on after a stop"),
        entry((Watch, "watch"), &[c('w')], LD, Always, "", "watch the tree and read again what changes, or stop that"),
        entry((Outside, "open-outside"), &[c('o')], LD, Always, "", "open the manifest beside it in $VISUAL or $EDITOR, else its folder"),
        entry((Troubles, "troubles"), &[c('!')], LD, Always, "", "what could not be looked at"),
        entry((Accept, ""), &[k(Enter), c('l'), k(Right)], E, Always, "use", "compare with this environment"),
        entry((Before, ""), &[c('h'), k(Left)], G, Always, "environment", "the environment before, in the grid"),
        entry((Next, ""), &[c('l'), k(Right)], G, Always, "environment", "the next environment, in the grid"),
        entry((Accept, ""), &[k(Enter)], G, Always, "use", "to this artifact, compared with this environment"),
        entry((Accept, ""), &[k(Enter)], R, Always, "change", "change the value, in the rows of input"),
        entry((Next, ""), &[k(Right), k(Tab), c('l')], R, Always, "known", "the next value that is known, in the rows of input"),
        entry((Before, ""), &[k(Left), k(BackTab), c('h')], R, Always, "", "the value before"),
        entry((Trial, ""), &[c('t')], R, Always, "trial", "run the trial with the rows as they are there"),
        entry((NextRow, ""), &[c('n')], R, Always, "row", "the next row, in the rows of input"),
        entry((PreviousRow, ""), &[c('N')], R, Always, "row", "the row before"),
        entry((AddRow, ""), &[c('a')], R, Always, "add", "one more row like this one, in the rows of input"),
        entry((RemoveRow, ""), &[c('d')], R, Always, "remove", "take this row away, in the rows of input"),
        entry((PythonTrial, ""), &[c('p')], R, Always, "in Python", "run it in the live environment, after a question"),
        entry((Accept, ""), &[k(Enter)], V, Always, "take it", ""),
        entry((Accept, ""), &[k(Enter)], H, Always, "run it", ""),
        entry((Accept, ""), &[k(Enter)], &[Context::Paste], Always, "explain", ""),
        entry((Accept, ""), &[k(Enter), c('l'), k(Right)], X, Always, "go there", "to that artifact"),
        entry((Explain, ""), &[c('x')], X, Always, "another", ""),
        entry((Allow, ""), &[c('y')], &[Context::Confirm], Always, "run it", "run it; every key that does not move means no"),
        entry((Back, ""), &[k(Esc)], F, Always, "clear", "clear the filter and go back to the list"),
        entry((Back, ""), &[k(Esc)], BACK, Always, "", "one step back: close, clear the filter, take marks away, leave a pick"),
        entry((Back, ""), &[c('h'), k(Left), k(Backspace)], BOXES, Always, "", ""),
        entry((Back, ""), &[k(Backspace)], D, Always, "", ""),
        entry((Back, ""), &[k(Backspace), c('m')], G, Always, "", ""),
        entry((Back, ""), &[c('q')], CLOSING, Always, "close", "close"),
        entry((Back, ""), &[c('e')], E, Always, "", ""),
        entry((Back, ""), &[c('!')], &[Context::Troubles], Always, "", ""),
        entry((Back, ""), &[k(KeyCode::F(1))], H, Always, "", ""),
        entry((Help, "help"), &[c('?'), k(KeyCode::F(1))], LD, Always, "keys", "these keys; typing searches them, enter runs the one that is chosen"),
        entry((Help, ""), &[k(KeyCode::F(1))], F, Always, "", ""),
        entry((Repaint, "repaint"), &[ctrl('l')], &Context::ALL, Always, "", "draw the screen anew"),
        entry((Suspend, "suspend"), &[ctrl('z')], &Context::ALL, Always, "", "back to the shell; `fg` continues"),
        entry((Quit, "quit"), &[c('q')], LD, Always, "quit", "leave"),
        entry((Interrupt, ""), &[ctrl('c')], &Context::ALL, Always, "", "stop the running trial or the reading, else leave"),
    ]
};
