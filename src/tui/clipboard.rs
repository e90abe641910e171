//! Text for the clipboard. Over ssh, and where nothing else is there, as an escape sequence (OSC
//! 52): it reaches the clipboard of the terminal that the user sits at, where a program like
//! `pbcopy` would fill the wrong machine's. On the user's own desktop its own program is surer,
//! since many terminals ignore the sequence.

use std::ffi::OsStr;
use std::path::Path;

use ratatui::crossterm::Command;
use ratatui::crossterm::clipboard::CopyToClipboard;

/// Longer texts are cut by many terminals, silently; paths and commands are far shorter.
const MOST: usize = 64 << 10;

/// How text is copied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clipboard {
    /// The terminal is asked.
    #[default]
    Terminal,
    /// The terminal around tmux is asked.
    Tmux,
    /// A program of the desktop, with its arguments.
    Program(&'static str, &'static [&'static str]),
}

/// Programs, with what must be set for them to work.
const PROGRAMS: [(&str, &str, &[&str]); 3] = [
    ("WAYLAND_DISPLAY", "wl-copy", &[]),
    ("DISPLAY", "xclip", &["-selection", "clipboard"]),
    ("DISPLAY", "xsel", &["--clipboard", "--input"]),
];

impl Clipboard {
    /// The way that suits where the program runs; `set` tells what is set in its surroundings.
    pub fn choose(
        set: impl Fn(&str) -> bool,
        path: Option<&OsStr>,
        exists: impl Fn(&Path) -> bool,
    ) -> Clipboard {
        let far = set("SSH_TTY") || set("SSH_CONNECTION");
        let there = |program: &str| {
            let folders = path.into_iter().flat_map(std::env::split_paths);
            folders
                .into_iter()
                .any(|folder| exists(&folder.join(program)))
        };
        if !far {
            if cfg!(target_os = "macos") && there("pbcopy") {
                return Clipboard::Program("pbcopy", &[]);
            }
            let mut all = PROGRAMS.iter();
            let found = all.find(|(display, program, _)| set(display) && there(program));
            if let Some((_, program, arguments)) = found {
                return Clipboard::Program(program, arguments);
            }
        }
        if set("TMUX") {
            Clipboard::Tmux
        } else {
            Clipboard::Terminal
        }
    }

    /// What was done with a text, for people.
    pub fn words(self) -> String {
        match self {
            Clipboard::Terminal => "sent to the terminal's clipboard (OSC 52)".to_owned(),
            Clipboard::Tmux => "sent to the terminal's clipboard (OSC 52, through tmux)".to_owned(),
            Clipboard::Program(program, _) => format!("copied with {program}"),
        }
    }

    /// The sequence that copies `text`, when the terminal is asked.
    pub fn sequence(self, text: &str) -> Option<String> {
        match self {
            Clipboard::Terminal => Some(sequence(text, false)),
            Clipboard::Tmux => Some(sequence(text, true)),
            Clipboard::Program(..) => None,
        }
    }
}

/// The sequence that copies `text`, wrapped for tmux when the program runs in it.
pub fn sequence(text: &str, in_tmux: bool) -> String {
    let mut end = text.len().min(MOST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let mut sequence = String::new();
    // Writing into a string cannot fail.
    let _ = CopyToClipboard::to_clipboard_from(&text[..end]).write_ansi(&mut sequence);
    if in_tmux {
        // tmux hands the inside on to the terminal when every ESC in it is doubled.
        format!("\x1bPtmux;{}\x1b\\", sequence.replace('\x1b', "\x1b\x1b"))
    } else {
        sequence
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_travels_in_base64_and_through_tmux() {
        assert_eq!(sequence("hi", false), "\x1b]52;c;aGk=\x1b\\");
        assert_eq!(
            sequence("hi", true),
            "\x1bPtmux;\x1b\x1b]52;c;aGk=\x1b\x1b\\\x1b\\"
        );
    }

    #[test]
    fn over_ssh_the_terminal_is_asked_whatever_programs_there_are() {
        let path = OsStr::new("/usr/bin:/bin");
        let choose = |set: &[&str]| {
            let is_set = |name: &str| set.contains(&name);
            Clipboard::choose(is_set, Some(path), |file| {
                file == Path::new("/usr/bin/wl-copy")
            })
        };
        assert_eq!(choose(&["WAYLAND_DISPLAY", "SSH_TTY"]), Clipboard::Terminal);
        assert_eq!(
            choose(&["WAYLAND_DISPLAY", "SSH_CONNECTION", "TMUX"]),
            Clipboard::Tmux
        );
        assert_eq!(choose(&[]), Clipboard::Terminal);
        assert_eq!(choose(&["DISPLAY"]), Clipboard::Terminal);
        if cfg!(target_os = "linux") {
            assert_eq!(
                choose(&["WAYLAND_DISPLAY", "TMUX"]),
                Clipboard::Program("wl-copy", &[])
            );
        }
    }
}
