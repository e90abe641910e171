//! The environment switcher.

use crate::environment::{Environment, Origin};
use crate::text;
use crate::tui::app::App;
use crate::tui::cells;
use crate::tui::live::Live;
use crate::tui::scroll::Scroll;
use crate::tui::sheet::{SheetLine, paragraph};
use crate::tui::theme::Role;

/// How wide the box is at most, borders included.
pub const WIDTH: u16 = 104;
/// The column of how many artifacts it opens.
const OPENS: usize = 12;

/// How many environments show at once on a screen of `rows` rows.
pub fn lines(rows: usize) -> usize {
    rows.saturating_sub(6).clamp(1, 20)
}

/// The lines of the window.
pub fn window(app: &App, scroll: Scroll, width: usize, height: usize) -> Vec<SheetLine> {
    match &app.environments {
        None => vec![SheetLine::of(
            Role::Dim,
            cells::cut("looking for environments …", width),
        )],
        Some(all) if all.is_empty() => {
            let words =
                "no Python environment found on this host; start with --env PATH to name one";
            paragraph(Role::Warning, words, 0, width)
        }
        Some(all) => {
            let shown = all.iter().enumerate().skip(scroll.top).take(height);
            shown
                .map(|(number, environment)| line(app, number, environment, width))
                .collect()
        }
    }
}

fn line(app: &App, number: usize, environment: &Environment, width: usize) -> SheetLine {
    let chosen = matches!(&app.live, Live::Chosen(live) if live.prefix == environment.prefix);
    let python = environment
        .python
        .map_or_else(|| "?".to_owned(), |python| python.to_string());
    let key = ["scikit-learn", "numpy"].into_iter().find_map(|name| {
        let found = environment.distribution(name)?;
        Some(format!("{name} {}", found.version))
    });
    let key = key.unwrap_or_else(|| match environment.installed.len() {
        1 => "1 package".to_owned(),
        count => format!("{count} packages"),
    });
    let opens = app.survey.opens(number, app.rows.len());
    let opens_width = cells::width(&opens).max(OPENS);
    let (python_width, key_width, origin_width) = (8, 20, 12);
    let mut rest = width.saturating_sub(2 + python_width + 1 + opens_width + 1);
    let mut line = SheetLine::of(Role::Good, if chosen { "* " } else { "  " })
        .and(Role::Strong, cells::fit(&python, python_width.min(width)));
    let path = text::path(&environment.prefix);
    let roomy = rest > key_width + origin_width + 22;
    if roomy {
        rest -= key_width + origin_width + 2;
    }
    line = line
        .and(Role::Text, format!(" {}", cells::fit(&opens, opens_width)))
        .and(Role::Text, format!(" {}", cells::fit_start(&path, rest)));
    if roomy {
        let origin = origin_word(environment.origin);
        line = line
            .and(Role::Text, format!(" {}", cells::fit(&key, key_width)))
            .and(Role::Dim, format!(" {}", cells::fit(origin, origin_width)));
    }
    line
}

fn origin_word(origin: Origin) -> &'static str {
    match origin {
        Origin::Flag => "--env",
        Origin::VirtualEnv => "VIRTUAL_ENV",
        Origin::Conda => "CONDA_PREFIX",
        Origin::Nearby => "nearby",
        Origin::Path => "on PATH",
        Origin::Host => "on the host",
    }
}
