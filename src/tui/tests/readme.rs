//! The screens that README shows are frames of this program: each block behind a mark
//! `<!-- screen: name -->` is what the program draws, cell by cell.
//!
//! With `SHELFLIFE_README=write` the blocks are written anew instead.

use std::path::Path;

use super::drive::Driver;
use super::shelf::Shelf;
use crate::tui::app::Mode;

/// A name, a size, and what is typed on the shelf for it.
const SCREENS: [(&str, (u16, u16), &str); 10] = [
    ("shelf", (80, 24), "j"),
    ("needs", (80, 20), "/fails<enter>gg<enter>G<space>gg"),
    ("trial", (80, 24), "/iris<enter>tpy"),
    ("tree", (80, 18), "/churn.joblib<enter><enter>2"),
    ("file", (80, 14), "/iris<enter><enter>4"),
    ("environments", (80, 12), "e"),
    ("grid", (100, 20), "m"),
    ("explain", (80, 16), "xNo module named 'my_features'<enter>"),
    ("keys", (80, 16), "?copy"),
    ("small", (40, 12), "n"),
];

fn drawn(size: (u16, u16), keys: &str) -> String {
    let driver = Driver::new(Shelf::shown(), Mode::Browse)
        .sized(size.0, size.1)
        .scanned()
        .keys(keys);
    let screen = driver.screen();
    let lines = screen.lines().map(|line| line.trim_matches('"').trim_end());
    lines.collect::<Vec<_>>().join("\n")
}

/// Where the block of a screen stands in the text.
fn block(text: &str, name: &str) -> Option<std::ops::Range<usize>> {
    let mark = format!("<!-- screen: {name} -->\n```text\n");
    let from = text.find(&mark)? + mark.len();
    let length = text[from..].find("\n```")?;
    Some(from..from + length)
}

#[test]
fn the_readme_shows_what_is_drawn() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let mut text = std::fs::read_to_string(&path).unwrap();
    let anew = std::env::var("SHELFLIFE_README").is_ok_and(|wish| wish == "write");
    for (name, size, keys) in SCREENS {
        let now = drawn(size, keys);
        let place = block(&text, name);
        let place = place.unwrap_or_else(|| panic!("README has no block for the screen {name}"));
        if anew {
            text.replace_range(place, &now);
        } else {
            assert_eq!(
                &text[place], now,
                "{name} is drawn otherwise; SHELFLIFE_README=write writes it anew"
            );
        }
    }
    let marks = text.matches("<!-- screen: ").count();
    assert_eq!(marks, SCREENS.len(), "README has a block that nobody draws");
    if anew {
        std::fs::write(path, text).unwrap();
    }
}
