//! Whole screens, as they are, at three sizes; and one with roles where style is the message.

use insta::assert_snapshot;
use ratatui::style::{Color, Modifier, Style};

use super::drive::{Driver, drive, pick};
use super::shelf::Shelf;
use crate::tui::app::Mode;
use crate::tui::theme::Theme;

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (40, 12)];

/// One snapshot for each size.
fn at_every_size(name: &str, make: impl Fn(Driver) -> Driver) {
    for (width, height) in SIZES {
        let driver = make(drive().sized(width, height));
        assert_snapshot!(format!("{name}_{width}x{height}"), driver.screen());
    }
}

#[test]
fn list() {
    at_every_size("list", |driver| driver);
}

#[test]
fn needs_of_a_model_that_fails() {
    at_every_size("needs", |driver| driver.keys("n<enter>G<space>"));
}

#[test]
fn needs_of_an_unreadable_file() {
    at_every_size("unreadable", |driver| driver.keys("/half<enter><enter>"));
}

#[test]
fn needs_of_a_missing_module() {
    at_every_size("missing", |driver| driver.keys("/rank<enter><enter>"));
}

#[test]
fn needs_of_a_model_whose_preparation_is_missing() {
    at_every_size("unprepared", |driver| {
        driver.keys("/tree.pkl<enter><enter>")
    });
}

#[test]
fn tree() {
    at_every_size("tree", |driver| driver.keys("n2"));
}

#[test]
fn trial() {
    at_every_size("trial", |driver| driver.keys("nt"));
}

#[test]
fn trial_in_python_that_raised() {
    at_every_size("trial_python", |driver| driver.keys("ntpy"));
}

#[test]
fn trial_through_what_prepares_the_input() {
    at_every_size("trial_chain", |driver| driver.keys("nT"));
}

#[test]
fn form() {
    at_every_size("form", |driver| driver.keys("n3i<enter>x<enter>"));
}

#[test]
fn file() {
    at_every_size("file", |driver| driver.keys("n4"));
}

#[test]
fn confirm() {
    at_every_size("confirm", |driver| driver.keys("/vil<enter>tp"));
}

#[test]
fn environments() {
    at_every_size("environments", |driver| driver.keys("e"));
}

#[test]
fn grid() {
    for (width, height) in SIZES {
        let driver = drive().sized(width, height).keys("mj<right>");
        assert_snapshot!(format!("grid_{width}x{height}"), driver.screen());
    }
}

#[test]
fn explain() {
    at_every_size("explain_asking", |driver| driver.keys("xKeyError: 118"));
    at_every_size("explain", |driver| {
        driver.keys("xNo module named 'my_features'<enter>")
    });
}

#[test]
fn help() {
    at_every_size("help", |driver| driver.keys("?"));
}

#[test]
fn filter() {
    at_every_size("filter", |driver| driver.keys("/verdict:fails"));
}

#[test]
fn folders_with_marks() {
    for (width, height) in SIZES {
        let driver = Driver::new(Shelf::foldered(), Mode::Browse)
            .sized(width, height)
            .scanned()
            .keys("j<space>");
        assert_snapshot!(format!("folders_{width}x{height}"), driver.screen());
    }
}

#[test]
fn what_follows_a_prefix() {
    at_every_size("which", |driver| driver.keys("y"));
}

#[test]
fn fields_of_a_filter() {
    at_every_size("filter_empty", |driver| driver.keys("/"));
}

#[test]
fn in_ascii_nothing_else_is_sent() {
    let driver = drive().sized(120, 24).keys("n2");
    let theme = Theme {
        ascii: true,
        ..Theme::COLOURED
    };
    let screen = driver.screen_in(theme);
    assert!(screen.is_ascii(), "{screen}");
    assert_snapshot!("ascii_120x24", screen);
}

#[test]
fn picker() {
    for (width, height) in SIZES {
        let driver = pick(true).sized(width, height);
        assert_snapshot!(format!("pick_{width}x{height}"), driver.screen());
    }
}

#[test]
fn empty_shelf() {
    for (width, height) in SIZES {
        let driver = Driver::new(Shelf::empty(), Mode::Browse)
            .sized(width, height)
            .scanned();
        assert_snapshot!(format!("empty_{width}x{height}"), driver.screen());
    }
}

#[test]
fn no_environment() {
    at_every_size("no_environment", Driver::without_environment);
}

#[test]
fn too_small() {
    assert_snapshot!("too_small_39x11", drive().sized(39, 11).screen());
}

/// Each cell as a letter of its style: what stands out and how.
#[test]
fn roles_of_a_model_that_fails() {
    let driver = drive().sized(120, 24).keys("n");
    let terminal = driver.terminal();
    let buffer = terminal.backend().buffer();
    let mut picture = String::new();
    for y in 0..buffer.area.height {
        for x in 0..buffer.area.width {
            picture.push(letter(buffer[(x, y)].style()));
        }
        picture.push('\n');
    }
    assert_snapshot!("roles_120x24", picture);
}

fn letter(style: Style) -> char {
    let letter = match style.fg {
        Some(Color::Red) => 'r',
        Some(Color::Green) => 'g',
        Some(Color::Yellow) => 'y',
        Some(Color::Magenta) => 'm',
        Some(Color::Cyan) => 'c',
        Some(Color::DarkGray) => '.',
        _ if style.add_modifier.contains(Modifier::BOLD) => 'b',
        _ => ' ',
    };
    if style.add_modifier.contains(Modifier::REVERSED) {
        return if letter == ' ' {
            '█'
        } else {
            letter.to_ascii_uppercase()
        };
    }
    letter
}
