//! The state as a frame. Changes nothing.

// Writing into a string cannot fail, so its results are dropped below.
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph};
use std::fmt::Write as _;

use super::app::{App, Sort, Status};
use super::cells;
use super::face::{Face, Half};
use super::front;
use super::keymap::{self, Context, Id};
use super::layout::{LEAST, inside};
use super::live::{Live, environment_name};
use super::order;
use super::pane;
use super::sheet::SheetLine;
use super::theme::{Role, Theme};
use crate::text;

/// Draws everything.
pub fn view(app: &App, theme: Theme, frame: &mut Frame) {
    let painter = Painter { theme };
    let layout = app.layout();
    // The terminal may have another size than the state knows of: the message is on its way.
    let screen = frame.area();
    if layout.screen != screen {
        return;
    }
    if layout.too_small() {
        let words = format!("too small: {}×{} is the least, q leaves", LEAST.0, LEAST.1);
        let lines = cells::wrap(&words, usize::from(screen.width));
        let lines = lines.into_iter();
        let lines: Vec<Line> = lines
            .map(|line| Line::raw(theme.written(&line).into_owned()))
            .collect();
        frame.render_widget(Paragraph::new(lines), screen);
        return;
    }
    frame.render_widget(
        painter.line(&header(app, layout.header.width)),
        layout.header,
    );
    if let Some(area) = layout.list {
        list(app, painter, frame, area);
    }
    if let Some(area) = layout.detail {
        detail(app, painter, frame, area);
    }
    frame.render_widget(
        painter.line(&footer(app, layout.footer.width)),
        layout.footer,
    );
    front::overlay(app, painter, frame, screen);
    front::which(app, painter, frame, screen);
}

/// Lines with roles become lines with styles.
#[derive(Clone, Copy)]
pub(super) struct Painter {
    pub(super) theme: Theme,
}

impl Painter {
    pub(super) fn line(self, line: &SheetLine) -> Line<'static> {
        self.spans(&line.spans)
    }

    /// Padding gets no style: a blank with a colour is a cell to send, one without is not.
    pub(super) fn spans(self, spans: &[(Role, String)]) -> Line<'static> {
        let mut line = Line::default();
        for (role, text) in spans {
            let text = &*self.theme.written(text);
            let words = text.trim_matches(' ');
            let start = text.len() - text.trim_start_matches(' ').len();
            let end = (start + words.len()).min(text.len());
            let parts = [
                Span::raw(text[..start].to_owned()),
                Span::styled(words.to_owned(), self.theme.style(*role)),
                Span::raw(text[end..].to_owned()),
            ];
            line.spans
                .extend(parts.into_iter().filter(|span| !span.content.is_empty()));
        }
        line
    }

    /// Draws `lines`; the one at `cursor` in `style`, over its first `cells` cells.
    pub(super) fn lines(
        self,
        frame: &mut Frame,
        area: Rect,
        lines: &[SheetLine],
        cursor: Option<(usize, Style, u16)>,
    ) {
        for (number, (line, row)) in lines.iter().zip(area.rows()).enumerate() {
            frame.render_widget(self.line(line), row);
            if let Some((_, style, cells)) = cursor.filter(|(at, ..)| *at == number) {
                let lit = Rect {
                    width: cells.min(row.width),
                    ..row
                };
                frame.buffer_mut().set_style(lit, style);
            }
        }
    }

    pub(super) fn frame(self, active: bool) -> Block<'static> {
        let role = if active { Role::Text } else { Role::Dim };
        Block::bordered()
            .border_set(self.theme.border())
            .border_style(self.theme.style(role))
    }
}

pub(super) fn cursor_style(active: bool) -> Style {
    if active {
        Theme::selected()
    } else {
        Theme::remembered()
    }
}

fn header(app: &App, width: u16) -> SheetLine {
    let width = usize::from(width);
    let found = app.rows.len();
    let mut counts = if app.walked || found > 0 {
        format!("{found} found")
    } else {
        "looking".to_owned()
    };
    if app.unread() > 0 {
        let _ = write!(counts, " · {} read · {} left", app.read, app.unread());
    }
    if app.stopped {
        counts.push_str(" · stopped");
    } else if app.unread() > 0 && app.pulse.rate > 0 {
        let _ = write!(counts, " · {}/s", app.pulse.rate);
    }
    if !app.troubles.is_empty() {
        let key = app.keys.key_of(Id::Troubles);
        let _ = write!(counts, " · {} not opened ({key})", app.troubles.len());
    }
    if app.watching {
        counts.push_str(" · watching");
    }
    let (role, live) = match &app.live {
        Live::Looking => (Role::Dim, "env …".to_owned()),
        Live::Nowhere => (
            Role::Warning,
            format!("no env ({})", app.keys.key_of(Id::Environments)),
        ),
        Live::Chosen(environment) => (Role::Text, format!("env {}", environment_name(environment))),
    };
    // Counts and environment are what the header is for; the title takes what is left.
    let live = cells::cut(&live, width / 2);
    let counts = cells::cut(&counts, width.saturating_sub(cells::width(&live) + 6));
    let rest = width.saturating_sub(cells::width(&live) + cells::width(&counts) + 6);
    let title = cells::cut_start(&app.title, rest);
    SheetLine::of(Role::Strong, format!(" {title}"))
        .and(Role::Text, format!("  {counts}   "))
        .and(role, live)
}

fn list(app: &App, painter: Painter, frame: &mut Frame, area: Rect) {
    let inner = inside(area);
    let active = app.half == Half::List;
    let mut block = painter
        .frame(active)
        .title_top(painter.line(&list_title(app, area.width)));
    if app.typing && app.filter.value().is_empty() {
        let room = usize::from(area.width).saturating_sub(8);
        let fields = cells::cut(super::filter::FIELDS, room);
        let spans = [
            (Role::Key, " /▏".to_owned()),
            (Role::Dim, format!(" {fields} ")),
        ];
        block = block.title_bottom(painter.spans(&spans));
    } else if app.typing || !app.filter.value().is_empty() {
        let room = usize::from(area.width).saturating_sub(6);
        let typed = cells::cut_start(app.filter.value(), room.saturating_sub(1));
        let mut spans = vec![(Role::Key, " /".to_owned()), (Role::Text, typed)];
        if app.typing {
            spans.push((Role::Key, "▏".to_owned()));
        }
        spans.push((Role::Text, " ".to_owned()));
        block = block.title_bottom(painter.spans(&spans));
    }
    frame.render_widget(block, area);
    let lines = pane::list::lines(app, usize::from(inner.width), usize::from(inner.height));
    let cursor = order::line_of(&app.groups, app.list.cursor).saturating_sub(app.list.top);
    // The bar is as long as verdict and name: every cell of it is sent for every key.
    let lit = lines.get(cursor).map_or(0, |line| {
        let words: String = line
            .spans
            .iter()
            .take(3)
            .map(|(_, text)| text.as_str())
            .collect();
        cells::width(words.trim_end())
    });
    let lit = u16::try_from(lit).unwrap_or(u16::MAX);
    let cursor = (!app.order.is_empty()).then(|| (cursor, cursor_style(active), lit));
    painter.lines(frame, inner, &lines, cursor);
}

fn list_title(app: &App, width: u16) -> SheetLine {
    let name = if app.picking() { "pick" } else { "shelf" };
    let mut words = format!(" {name} ");
    if !app.order.is_empty() {
        let hidden = app.order.len() != app.rows.len();
        let of = if hidden {
            format!(" of {}", app.rows.len())
        } else {
            String::new()
        };
        words = format!(" {name} {}/{}{of} ", app.list.cursor + 1, app.order.len());
    }
    let words = cells::cut(&words, usize::from(width).saturating_sub(2));
    let rest = usize::from(width).saturating_sub(2 + cells::width(&words));
    let mut line = SheetLine::of(Role::Dim, words);
    let mut more = Vec::new();
    if !app.marked.is_empty() {
        more.push(format!("{} marked", app.marked.len()));
    }
    if app.sort != Sort::Name {
        more.push(format!("by {}", app.sort.word()));
    }
    if !more.is_empty() {
        line = line.and(
            Role::Key,
            cells::cut(&format!("{} ", more.join(" · ")), rest),
        );
    }
    line
}

fn detail(app: &App, painter: Painter, frame: &mut Frame, area: Rect) {
    let inner = inside(area);
    let active = app.half == Half::Detail;
    let room = usize::from(area.width).saturating_sub(4);
    let mut title = pane::detail::title(app);
    let verdict: usize = title
        .iter()
        .skip(1)
        .map(|(_, text)| cells::width(text))
        .sum();
    if let Some((_, name)) = title.first_mut() {
        *name = cells::cut_start(name, room.saturating_sub(verdict));
    }
    if !title.is_empty() {
        title.insert(0, (Role::Text, " ".to_owned()));
        title.push((Role::Text, " ".to_owned()));
    }
    let mut faces = vec![(Role::Dim, " ".to_owned())];
    for (number, face) in Face::ALL.into_iter().enumerate() {
        if number > 0 {
            faces.push((Role::Dim, " · ".to_owned()));
        }
        let role = if face == app.face {
            Role::Strong
        } else {
            Role::Dim
        };
        // Brackets, since without colour the chosen face would only be bolder.
        let word = if face == app.face {
            format!("[{}]", face.word())
        } else {
            face.word().to_owned()
        };
        faces.push((role, word));
    }
    faces.push((Role::Dim, " ".to_owned()));
    let block = painter
        .frame(active)
        .title_top(painter.spans(&title))
        .title_bottom(painter.spans(&faces));
    frame.render_widget(block, area);
    let window = app
        .sheet
        .iter()
        .skip(app.detail.top)
        .take(usize::from(inner.height));
    let lines: Vec<SheetLine> = window.cloned().collect();
    let cursor = app.detail.cursor.saturating_sub(app.detail.top);
    let cursor = active.then(|| (cursor, cursor_style(true), u16::MAX));
    painter.lines(frame, inner, &lines, cursor);
}

fn footer(app: &App, width: u16) -> SheetLine {
    let width = usize::from(width);
    if let Some(Status { words, role }) = &app.status {
        return SheetLine::of(
            *role,
            format!(" {}", cells::cut(words, width.saturating_sub(1))),
        );
    }
    if let Some(count) = app.count {
        return SheetLine::of(Role::Key, format!(" {count}")).and(
            Role::Dim,
            cells::cut(
                " times: now a key that moves or marks",
                width.saturating_sub(9),
            ),
        );
    }
    if app.typing
        && let Some(words) = order::query(app).trouble()
    {
        return SheetLine::of(Role::Warning, cells::cut(&format!(" {words}"), width));
    }
    if app.fresh && app.context() == Context::List && app.pulse.slow.is_empty() {
        return first_hints(app, width);
    }
    let mut line = SheetLine::default();
    let mut width = width;
    if let Some(slow) = app.pulse.slow.first() {
        let end = format!(", {} s ", slow.seconds);
        let more = app.pulse.slow.len() - 1;
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        let room = (width / 2).saturating_sub(7 + cells::width(&end) + cells::width(&more));
        let path = cells::cut_start(&text::path(&slow.path), room);
        let words = format!(" slow: {path}{more}{end}");
        width = width.saturating_sub(cells::width(&words));
        line = line.and(Role::Warning, words);
    }
    let hints = app.keys.hints(app.place());
    let needs = |(keys, word): &(String, &str)| cells::width(keys) + cells::width(word) + 3;
    let always = |hint: &&(String, &str)| keymap::ALWAYS.contains(&hint.1);
    let reserved: usize = hints.iter().filter(always).map(needs).sum();
    let mut free = width.saturating_sub(reserved);
    for hint in &hints {
        if !always(&hint) {
            if needs(hint) > free {
                continue;
            }
            free -= needs(hint);
        }
        let (keys, word) = hint;
        line = line
            .and(Role::Key, format!(" {keys}"))
            .and(Role::Dim, format!(" {word} "));
    }
    line
}

/// Three keys for somebody who sees the program for the first time; the first key takes them away.
fn first_hints(app: &App, width: usize) -> SheetLine {
    let open = if app.picking() {
        (Id::Pick, "picks it")
    } else {
        (Id::Open, "says why")
    };
    let hints = [
        open,
        (Id::Filter, "filters"),
        (Id::Help, "shows and runs every key"),
    ];
    let mut line = SheetLine::default();
    let mut rest = width;
    // Nothing can be said of an empty list, nor is there anything to filter.
    let hints = hints
        .into_iter()
        .skip(if app.rows.is_empty() { 2 } else { 0 });
    for (id, words) in hints {
        let key = app.keys.key_of(id);
        let words = cells::cut(
            &format!(" {words}  "),
            rest.saturating_sub(cells::width(&key) + 1),
        );
        rest = rest.saturating_sub(cells::width(&key) + 1 + cells::width(&words));
        line = line
            .and(Role::Key, format!(" {key}"))
            .and(Role::Text, words);
    }
    line
}
