//! Where everything stands, from the size of the terminal alone.

use ratatui::layout::Rect;

use super::face::Half;

/// From this many columns on, list and detail stand side by side.
pub const WIDE: u16 = 100;
/// The smallest usable terminal: columns and rows.
pub const LEAST: (u16, u16) = (40, 12);

/// The parts of the screen, borders included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// The whole screen.
    pub screen: Rect,
    /// One line with the shelf, the counts and the environment; empty when the screen is too small.
    pub header: Rect,
    /// The list.
    pub list: Option<Rect>,
    /// The detail.
    pub detail: Option<Rect>,
    /// One line of hints.
    pub footer: Rect,
}

impl Layout {
    /// The layout of a terminal of `size` whose keys go to `half`.
    pub fn of(size: (u16, u16), half: Half) -> Layout {
        let (width, height) = size;
        let screen = Rect::new(0, 0, width, height);
        if width < LEAST.0 || height < LEAST.1 {
            return Layout {
                screen,
                ..Layout::default()
            };
        }
        let body = Rect::new(0, 1, width, height - 2);
        let (list, detail) = if width >= WIDE {
            let left = (width * 9 / 20).clamp(WIDE / 2, 72);
            let list = Rect {
                width: left,
                ..body
            };
            let detail = Rect {
                x: left,
                width: width - left,
                ..body
            };
            (Some(list), Some(detail))
        } else {
            match half {
                Half::List => (Some(body), None),
                Half::Detail => (None, Some(body)),
            }
        };
        Layout {
            screen,
            header: Rect::new(0, 0, width, 1),
            list,
            detail,
            footer: Rect::new(0, height - 1, width, 1),
        }
    }

    /// Whether nothing fits.
    pub fn too_small(&self) -> bool {
        self.header.width == 0
    }
}

/// What is inside of a border.
pub fn inside(area: Rect) -> Rect {
    Rect {
        x: area.x.saturating_add(1),
        y: area.y.saturating_add(1),
        width: area.width.saturating_sub(2),
        height: area.height.saturating_sub(2),
    }
}

/// A box of at most `width` × `height` in the middle of `screen`.
pub fn middle(screen: Rect, width: u16, height: u16) -> Rect {
    let width = width.min(screen.width);
    let height = height.min(screen.height);
    Rect {
        x: screen.x + (screen.width - width) / 2,
        y: screen.y + (screen.height - height) / 2,
        width,
        height,
    }
}
