//! Text for the clipboard, as an escape sequence (OSC 52). It reaches the clipboard of the terminal
//! that the user sits at, over ssh too, where programs like `pbcopy` would fill the wrong machine's.

use ratatui::crossterm::Command;
use ratatui::crossterm::clipboard::CopyToClipboard;

/// Longer texts are cut by many terminals, silently; paths and commands are far shorter.
const MOST: usize = 64 << 10;

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
}
