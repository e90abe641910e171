//! Colours by role: sixteen ANSI colours, or none.
//!
//! Words carry the meaning, colour only repeats it. Without colour the theme calls for none at all:
//! a terminal library that "resets" colours it must not set would wipe reverse video as well, and
//! the cursor's line would vanish.

use ratatui::style::{Color, Modifier, Style};

use crate::compat::{RowStatus, Verdict};

/// What a piece of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Ordinary text.
    Text,
    /// Less important text: labels, borders, columns that explain.
    Dim,
    /// Headings and the class of a model.
    Strong,
    /// Good news.
    Good,
    /// News to look at: numbers may differ, something is not sure.
    Warning,
    /// Bad news.
    Bad,
    /// Not a model, or not known.
    Foreign,
    /// A key in a hint.
    Key,
    /// A command to copy.
    Command,
}

/// Styles by role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    colours: bool,
}

impl Theme {
    /// The sixteen colours of the terminal's own palette.
    pub const COLOURED: Theme = Theme { colours: true };
    /// No colours; bold, dim and reverse video only.
    pub const MONO: Theme = Theme { colours: false };

    /// The style of a role.
    pub fn style(self, role: Role) -> Style {
        let plain = match role {
            Role::Strong | Role::Bad | Role::Key => Style::new().add_modifier(Modifier::BOLD),
            Role::Dim if !self.colours => Style::new().add_modifier(Modifier::DIM),
            _ => Style::new(),
        };
        if !self.colours {
            return plain;
        }
        match role {
            Role::Text | Role::Strong => plain,
            Role::Dim => plain.fg(Color::DarkGray),
            Role::Good => plain.fg(Color::Green),
            Role::Warning => plain.fg(Color::Yellow),
            Role::Bad => plain.fg(Color::Red),
            Role::Foreign => plain.fg(Color::Magenta),
            Role::Key | Role::Command => plain.fg(Color::Cyan),
        }
    }

    /// The line that the cursor is on, in the part of the screen that has the keys …
    pub fn selected() -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    /// … and in the part that has not.
    pub fn remembered() -> Style {
        Style::new().add_modifier(Modifier::UNDERLINED)
    }
}

impl Role {
    /// The role of a verdict.
    pub fn of_verdict(verdict: Verdict) -> Role {
        match verdict {
            Verdict::Ready => Role::Good,
            Verdict::Unknown => Role::Dim,
            Verdict::Differs => Role::Warning,
            Verdict::FailsPredict | Verdict::FailsLoad => Role::Bad,
            Verdict::Unreadable => Role::Foreign,
        }
    }

    /// The role of a diff row's status.
    pub fn of_status(status: RowStatus) -> Role {
        match status {
            RowStatus::Breaks | RowStatus::Missing => Role::Bad,
            RowStatus::Differs => Role::Warning,
            RowStatus::Newer | RowStatus::Older => Role::Text,
            RowStatus::Unknown => Role::Dim,
            RowStatus::Same => Role::Good,
        }
    }
}

/// The word of a diff row's status. What stops the model stands in capitals.
pub fn status_word(status: RowStatus) -> &'static str {
    match status {
        RowStatus::Breaks => "BREAKS",
        RowStatus::Missing => "MISSING",
        RowStatus::Differs => "differs",
        RowStatus::Newer => "newer",
        RowStatus::Older => "older",
        RowStatus::Unknown => "unknown",
        RowStatus::Same => "same",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mono_theme_calls_for_no_colour() {
        use Role::*;
        for role in [Text, Dim, Strong, Good, Warning, Bad, Foreign, Key, Command] {
            let style = Theme::MONO.style(role);
            assert_eq!((style.fg, style.bg), (None, None), "{role:?}");
        }
    }
}
