//! The one table of commands: id, keys, where they hold, words. Dispatch, the footer, the help
//! screen and the manual's key table all come from it.

// Writing into a string cannot fail, so its results are dropped below.
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::fmt::Write as _;

/// What a key can mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Id {
    /// Cursor one line down.
    Down,
    /// Cursor one line up.
    Up,
    /// Half a page down.
    HalfDown,
    /// Half a page up.
    HalfUp,
    /// A page down.
    PageDown,
    /// A page up.
    PageUp,
    /// To the first line.
    Top,
    /// To the last line.
    Bottom,
    /// From the list to the detail.
    Open,
    /// Take the artifact under the cursor.
    Pick,
    /// One step back.
    Back,
    /// Unfold or fold the line under the cursor.
    Fold,
    /// The face with this number, from 0.
    Face(usize),
    /// The next face.
    NextFace,
    /// The face before.
    PreviousFace,
    /// Swap list and detail.
    Swap,
    /// Type a filter.
    Filter,
    /// The filter is good as it is.
    Accept,
    /// The next artifact with a problem.
    NextProblem,
    /// The artifact with a problem before.
    PreviousProblem,
    /// The next sort order.
    Sort,
    /// Choose an environment.
    Environments,
    /// Show every artifact in every environment.
    Grid,
    /// The environment before, in the grid.
    Before,
    /// The next environment, in the grid.
    Next,
    /// Run a native trial.
    Trial,
    /// Run a trial in the live environment.
    PythonTrial,
    /// Say yes to it.
    Allow,
    /// Ask about a traceback.
    Explain,
    /// Copy the command of the fix.
    CopyFix,
    /// Copy the line that opens it in an environment made for it.
    CopyThrowAway,
    /// Copy the path.
    CopyPath,
    /// Walk and read again.
    Rescan,
    /// Show the keys.
    Help,
    /// Draw everything anew.
    Repaint,
    /// Stop until the shell continues the program.
    Suspend,
    /// Leave.
    Quit,
    /// Stop the trial, else leave.
    Interrupt,
}

/// What has the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Context {
    /// The list of artifacts.
    List,
    /// The detail of one.
    Detail,
    /// The line where a filter is typed.
    Filter,
    /// The environment switcher.
    Environments,
    /// The grid of artifacts and environments.
    Grid,
    /// The question before a Python trial.
    Confirm,
    /// The list of keys.
    Help,
    /// The box where a traceback is pasted.
    Paste,
    /// The answer to a traceback.
    Explained,
}

/// Where a command holds beyond its contexts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    Always,
    Wide,
    Narrow,
    Browsing,
    Picking,
    TrialShown,
}

/// What the table is asked with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// What has the keys.
    pub context: Context,
    /// Whether list and detail stand side by side.
    pub wide: bool,
    /// Whether an artifact is to be picked.
    pub picking: bool,
    /// Whether the trial face is the chosen one.
    pub trial: bool,
}

/// One key with its modifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Key(KeyModifiers, KeyCode);

/// One line of the table.
struct Command {
    id: Id,
    keys: &'static [Key],
    contexts: &'static [Context],
    when: When,
    /// A word for the footer; empty when the footer does not show it. Neighbours with the same
    /// word share one place there.
    hint: &'static str,
    /// A clause for the help screen; empty for what needs no telling.
    help: &'static str,
}

const fn c(key: char) -> Key {
    Key(KeyModifiers::NONE, KeyCode::Char(key))
}
const fn ctrl(key: char) -> Key {
    Key(KeyModifiers::CONTROL, KeyCode::Char(key))
}
const fn k(code: KeyCode) -> Key {
    Key(KeyModifiers::NONE, code)
}
const fn command(
    id: Id,
    keys: &'static [Key],
    contexts: &'static [Context],
    when: When,
    hint: &'static str,
    help: &'static str,
) -> Command {
    Command {
        id,
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
const MOVING: &[Context] = &[
    Context::List,
    Context::Detail,
    Context::Environments,
    Context::Grid,
    Context::Help,
    Context::Explained,
];
const F: &[Context] = &[Context::Filter];
const E: &[Context] = &[Context::Environments];
const G: &[Context] = &[Context::Grid];
const CLOSING: &[Context] = &[
    Context::Environments,
    Context::Grid,
    Context::Help,
    Context::Explained,
];
const BOXES: &[Context] = &[Context::Environments, Context::Help, Context::Explained];
const BACK: &[Context] = &[
    Context::List,
    Context::Detail,
    Context::Environments,
    Context::Grid,
    Context::Help,
    Context::Paste,
    Context::Explained,
];
const X: &[Context] = &[Context::Explained];
const ALL: &[Context] = &[
    Context::List,
    Context::Detail,
    Context::Filter,
    Context::Environments,
    Context::Grid,
    Context::Confirm,
    Context::Help,
    Context::Paste,
    Context::Explained,
];

#[rustfmt::skip]
#[allow(clippy::enum_glob_use, reason = "the table is read more often than it is changed")]
const TABLE: &[Command] = &{
    use Id::*;
    use KeyCode::{Backspace, BackTab, End, Enter, Esc, Home, Left, Right, Tab};
    use When::*;
    [
        command(Down, &[c('j'), k(KeyCode::Down)], MOVING, Always, "move", "one line down"),
        command(Up, &[c('k'), k(KeyCode::Up)], MOVING, Always, "move", "one line up"),
        command(Down, &[k(KeyCode::Down), ctrl('n')], F, Always, "move", "the next match while typing"),
        command(Up, &[k(KeyCode::Up), ctrl('p')], F, Always, "move", "the match before while typing"),
        command(Pick, &[k(Enter)], LD, Picking, "pick", "take this one and leave"),
        command(Accept, &[k(Enter)], F, Browsing, "keep", "keep the filter, back to the list"),
        command(Pick, &[k(Enter)], F, Picking, "pick", "take the first match and leave"),
        command(Accept, &[k(Tab)], F, Always, "keep", "keep the filter, back to the list"),
        command(Open, &[k(Enter), c('l'), k(Right)], L, Browsing, "open", "to the detail"),
        command(Open, &[c('l'), k(Right)], L, Picking, "open", "to the detail"),
        command(Fold, &[c(' ')], D, Always, "unfold", "unfold or fold the line"),
        command(Fold, &[k(Enter)], D, Browsing, "", "unfold or fold the line"),
        command(Filter, &[c('/')], LD, Always, "filter", "filter by path, class or verdict (verdict:fails, format:onnx, class:forest)"),
        command(Trial, &[c('t')], LD, Always, "trial", "run a trial prediction with our own arithmetic"),
        command(PythonTrial, &[c('p')], LD, TrialShown, "in Python", "run the trial in the live environment, after a question"),
        command(Environments, &[c('e')], LD, Always, "environment", "choose the environment to compare with"),
        command(Grid, &[c('m')], LD, Always, "grid", "every artifact in every environment"),
        command(Explain, &[c('x')], LD, Browsing, "explain", "paste a traceback: which artifact is behind it"),
        command(CopyFix, &[c('y')], LD, Always, "copy fix", "copy the command that fixes it (or the path when there is none)"),
        command(CopyPath, &[c('c')], LD, Always, "", "copy the path"),
        command(NextProblem, &[c('n')], LD, Always, "problem", "the next artifact with a problem"),
        command(PreviousProblem, &[c('N')], LD, Always, "problem", "the artifact with a problem before"),
        command(Sort, &[c('s')], L, Always, "sort", "sort by name, verdict, size or age"),
        command(NextFace, &[k(Tab)], LD, Wide, "face", "the next face of the detail"),
        command(PreviousFace, &[k(BackTab)], LD, Wide, "", "the face of the detail before"),
        command(Swap, &[k(Tab), k(BackTab)], LD, Narrow, "swap", "swap list and detail on a narrow screen"),
        command(NextFace, &[c('l'), k(Right)], D, Always, "", "the next face of the detail"),
        command(PreviousFace, &[c('h'), k(Left)], D, Always, "", "the face of the detail before"),
        command(Face(0), &[c('1')], LD, Always, "", "what it needs against what is there"),
        command(Face(1), &[c('2')], LD, Always, "", "its structure"),
        command(Face(2), &[c('3')], LD, Always, "", "the trial prediction"),
        command(Face(3), &[c('4')], LD, Always, "", "the file and what loading it would call"),
        command(Top, &[c('g'), k(Home)], MOVING, Always, "", "to the first line"),
        command(Bottom, &[c('G'), k(End)], MOVING, Always, "", "to the last line"),
        command(HalfDown, &[ctrl('d')], MOVING, Always, "", "half a page down"),
        command(HalfUp, &[ctrl('u')], MOVING, Always, "", "half a page up"),
        command(PageDown, &[k(KeyCode::PageDown), ctrl('f')], MOVING, Always, "", "a page down"),
        command(PageUp, &[k(KeyCode::PageUp), ctrl('b')], MOVING, Always, "", "a page up"),
        command(Rescan, &[c('r')], LD, Always, "", "walk the folder and read everything again; go on after a stop"),
        command(CopyThrowAway, &[c('Y')], LD, Always, "", "copy the line that opens it in an environment made for it"),
        command(Accept, &[k(Enter), c('l'), k(Right)], E, Always, "use", "compare with this environment"),
        command(Before, &[c('h'), k(Left)], G, Always, "environment", "the environment before, in the grid"),
        command(Next, &[c('l'), k(Right)], G, Always, "environment", "the next environment, in the grid"),
        command(Accept, &[k(Enter)], G, Always, "use", "to this artifact, compared with this environment"),
        command(Accept, &[k(Enter)], &[Context::Paste], Always, "explain", ""),
        command(Accept, &[k(Enter), c('l'), k(Right)], X, Always, "go there", "to that artifact"),
        command(Explain, &[c('x')], X, Always, "another", ""),
        command(Allow, &[c('y')], &[Context::Confirm], Always, "run it", "run it; every other key means no"),
        command(Back, &[k(Esc)], F, Always, "clear", "clear the filter and go back to the list"),
        command(Back, &[k(Esc)], BACK, Always, "", "one step back: close, clear the filter, leave a pick"),
        command(Back, &[c('h'), k(Left), k(Backspace)], BOXES, Always, "", ""),
        command(Back, &[k(Backspace)], D, Always, "", ""),
        command(Back, &[k(Backspace), c('m')], G, Always, "", ""),
        command(Back, &[c('q')], CLOSING, Always, "close", "close"),
        command(Back, &[c('e')], E, Always, "", ""),
        command(Back, &[c('?')], &[Context::Help], Always, "", ""),
        command(Help, &[c('?'), k(KeyCode::F(1))], LD, Always, "keys", "these keys"),
        command(Help, &[k(KeyCode::F(1))], F, Always, "", ""),
        command(Repaint, &[ctrl('l')], ALL, Always, "", "draw the screen anew"),
        command(Suspend, &[ctrl('z')], ALL, Always, "", "back to the shell; `fg` continues"),
        command(Quit, &[c('q')], LD, Always, "quit", "leave"),
        command(Interrupt, &[ctrl('c')], ALL, Always, "", "stop the running trial or the reading, else leave"),
    ]
};

impl When {
    fn holds(self, place: Place) -> bool {
        match self {
            When::Always => true,
            When::Wide => place.wide,
            When::Narrow => !place.wide,
            When::Browsing => !place.picking,
            When::Picking => place.picking,
            When::TrialShown => place.trial,
        }
    }
}

impl Command {
    fn holds(&self, place: Place) -> bool {
        self.contexts.contains(&place.context) && self.when.holds(place)
    }

    fn keys(&self) -> String {
        let names: Vec<String> = self.keys.iter().map(|key| key.name()).collect();
        names.join(" ")
    }
}

impl Key {
    /// The key of an event. Shift is part of a character, and terminals differ in saying so.
    fn of(event: KeyEvent) -> Key {
        let mut modifiers = event.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT);
        if !matches!(event.code, KeyCode::Char(_) | KeyCode::BackTab) {
            modifiers |= event.modifiers & KeyModifiers::SHIFT;
        }
        let code = match event.code {
            KeyCode::Char(key) if modifiers.contains(KeyModifiers::CONTROL) => {
                KeyCode::Char(key.to_ascii_lowercase())
            }
            code => code,
        };
        Key(modifiers, code)
    }

    fn name(self) -> String {
        let name = match self.1 {
            KeyCode::Char(' ') => "space".to_owned(),
            KeyCode::Char(key) => key.to_string(),
            KeyCode::Up => "↑".to_owned(),
            KeyCode::Down => "↓".to_owned(),
            KeyCode::Left => "←".to_owned(),
            KeyCode::Right => "→".to_owned(),
            KeyCode::F(number) => format!("F{number}"),
            KeyCode::BackTab => "shift-tab".to_owned(),
            KeyCode::PageUp => "PgUp".to_owned(),
            KeyCode::PageDown => "PgDn".to_owned(),
            code => format!("{code:?}").to_lowercase(),
        };
        if self.0.contains(KeyModifiers::CONTROL) {
            return format!("ctrl-{name}");
        }
        name
    }
}

/// What `event` means at `place`.
pub fn find(place: Place, event: KeyEvent) -> Option<Id> {
    let key = Key::of(event);
    let mut here = TABLE.iter().filter(|command| command.holds(place));
    here.find(|command| command.keys.contains(&key))
        .map(|command| command.id)
}

/// The words of hints that the footer shows however narrow it is: the way out and the way on.
pub const ALWAYS: [&str; 4] = ["keys", "quit", "close", "clear"];

/// The hints of the footer at `place`, the most useful first: keys and word.
pub fn hints(place: Place) -> Vec<(String, &'static str)> {
    let mut hints: Vec<(String, &'static str)> = Vec::new();
    for command in TABLE
        .iter()
        .filter(|c| c.holds(place) && !c.hint.is_empty())
    {
        let Some(key) = command.keys.first() else {
            continue;
        };
        match hints.last_mut() {
            Some((keys, word)) if *word == command.hint => {
                keys.push('/');
                keys.push_str(&key.name());
            }
            _ => hints.push((key.name(), command.hint)),
        }
    }
    if place.context == Context::Confirm {
        hints.push(("any other key".to_owned(), "no"));
    }
    hints
}

/// The lines of the help screen of a browser or a picker: keys and clause.
pub fn help(picking: bool) -> Vec<(String, &'static str)> {
    let elsewhere = if picking {
        When::Browsing
    } else {
        When::Picking
    };
    TABLE
        .iter()
        .filter(|command| !command.help.is_empty() && command.when != elsewhere)
        .map(|command| (command.keys(), command.help))
        .collect()
}

/// The key table of the manual, in Markdown.
pub fn markdown() -> String {
    let mut table = String::from("| keys | what they do |\n|---|---|\n");
    for command in TABLE.iter().filter(|command| !command.help.is_empty()) {
        let keys: Vec<String> = command
            .keys
            .iter()
            .map(|key| format!("`{}`", key.name()))
            .collect();
        let place = if command.when == When::Picking {
            " (in `pick`)"
        } else {
            ""
        };
        let _ = writeln!(table, "| {} | {}{place} |", keys.join(" "), command.help);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places() -> impl Iterator<Item = Place> {
        ALL.iter().flat_map(|context| {
            (0..8).map(|bits| Place {
                context: *context,
                wide: bits & 1 != 0,
                picking: bits & 2 != 0,
                trial: bits & 4 != 0,
            })
        })
    }

    #[test]
    fn no_key_means_two_things_at_one_place() {
        for place in places() {
            let mut seen: Vec<(Key, Id)> = Vec::new();
            for command in TABLE.iter().filter(|command| command.holds(place)) {
                for key in command.keys {
                    let other = seen.iter().find(|(taken, _)| taken == key);
                    assert!(
                        other.is_none(),
                        "{key:?} at {place:?}: {:?} and {other:?}",
                        command.id
                    );
                    seen.push((*key, command.id));
                }
            }
        }
    }

    #[test]
    fn there_is_always_a_way_out() {
        for place in places() {
            let ctrl_c = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
            assert_eq!(find(place, ctrl_c), Some(Id::Interrupt), "{place:?}");
            assert!(!hints(place).is_empty(), "{place:?}");
        }
    }

    #[test]
    fn shift_is_part_of_the_character() {
        let place = places().next().unwrap();
        for modifiers in [KeyModifiers::NONE, KeyModifiers::SHIFT] {
            let event = KeyEvent::new(KeyCode::Char('G'), modifiers);
            assert_eq!(find(place, event), Some(Id::Bottom));
        }
    }

    #[test]
    fn the_manual_names_every_key_that_is_told() {
        let table = markdown();
        assert!(table.contains("| `j` `↓` | one line down |"), "{table}");
        assert!(table.contains("`ctrl-z`"), "{table}");
    }
}
