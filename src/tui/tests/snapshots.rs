//! Whole screens, as they are, at three sizes; and one with roles where style is the message.

use std::sync::Arc;
use std::time::Duration;

use insta::assert_snapshot;
use ratatui::style::{Color, Modifier, Style};

use super::drive::{Driver, drive, pick};
use super::shelf::Shelf;
use crate::engine::{Event, Pulse, Slow};
use crate::manifest::Manifest;
use crate::trial::{Cell, Engine};
use crate::tui::app::Mode;
use crate::tui::message::Message;
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
fn a_filter_that_hides_everything() {
    at_every_size("nothing_matches", |driver| driver.keys("/zzzzqqq"));
    at_every_size("nothing_ready", |driver| {
        driver.keys("/trust:unlisted<enter>")
    });
}

#[test]
fn the_walk_has_found_nothing_yet() {
    for (width, height) in SIZES {
        let driver = Driver::new(Shelf::realistic(), Mode::Browse).sized(width, height);
        assert_snapshot!(format!("looking_{width}x{height}"), driver.screen());
    }
}

#[test]
fn what_may_not_be_opened() {
    at_every_size("denied", |mut driver| {
        for place in ["models/secret/", "models/old/z.pkl"] {
            let words = format!("{place} cannot be opened: Permission denied (os error 13)");
            driver.tell(Event::Trouble(words));
        }
        driver.keys("!")
    });
}

/// A large file in the middle of its reading, and a folder that does not answer.
fn working(mut driver: Driver) -> Driver {
    driver.walk();
    driver.read_row(1);
    driver.read_row(2);
    let row = driver.app.selected.unwrap();
    driver.tell(Event::Pulse(Pulse {
        rate: 312,
        slow: vec![Slow {
            path: "/mnt/models/archive".into(),
            seconds: 12,
        }],
        reading: vec![(row, 412 << 20, 1300 << 20)],
    }));
    let manifest = Manifest {
        root: Some("sklearn.ensemble._forest.RandomForestClassifier".into()),
        ..Manifest::default()
    };
    let manifest = Arc::new(manifest);
    driver.tell(Event::SoFar { row, manifest });
    driver
}

#[test]
fn a_large_file_is_read_and_a_folder_does_not_answer() {
    at_every_size("reading", working);
    at_every_size("reading_detail", |driver| working(driver).keys("<enter>"));
}

#[test]
fn reading_was_stopped() {
    at_every_size("stopped", |driver| working(driver).keys("<c-c>"));
}

#[test]
fn trial_that_runs() {
    at_every_size("trial_running", |mut driver| {
        driver = driver.keys("nt");
        let row = driver.app.selected.unwrap();
        driver.app.clock = Duration::from_secs(14);
        let trial = driver.app.trials.entry(row).or_default();
        (trial.native, trial.running) = (None, Some(Engine::Native));
        driver.send(Message::Tick);
        driver
    });
}

/// What each engine and the stamp say of the same rows, which is not the same for the second.
#[test]
fn trial_side_by_side() {
    at_every_size("trial_sides", |mut driver| {
        driver = driver.keys("nt");
        let row = driver.app.selected.unwrap();
        let trial = driver.app.trials.entry(row).or_default();
        let Some(Ok(native)) = &trial.native else {
            panic!("no native trial");
        };
        let mut live = native.clone();
        live.engine = Engine::Python;
        live.seconds = 1.84;
        let cells = live.outputs.iter_mut().flat_map(|output| &mut output.rows);
        for cell in cells.flatten() {
            if let Cell::Float(value) = cell {
                *value += 0.015;
            }
        }
        driver.tell(Event::Trial {
            row,
            engine: Engine::Python,
            steps: Vec::new(),
            result: Ok(live),
        });
        driver
    });
}

#[test]
fn a_large_screen() {
    let driver = drive().sized(250, 80).keys("n");
    assert_snapshot!("needs_250x80", driver.screen());
}

#[test]
fn rows_of_input_that_were_added() {
    at_every_size("form_rows", |driver| driver.keys("n3iaa<right>"));
}

#[test]
fn a_command_that_is_folded() {
    at_every_size("folded", |mut driver| {
        driver = driver.keys("n");
        let row = driver.app.selected.unwrap();
        let reading = driver.app.rows[row].reading.as_mut().unwrap();
        let fix = Arc::make_mut(&mut reading.comparison).fix.as_mut();
        fix.unwrap().command = format!("uv run {} python", "--with 'a==1.2' ".repeat(20));
        driver.keys("<enter>")
    });
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
