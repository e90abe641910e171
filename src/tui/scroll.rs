//! A cursor in a list that is taller than its window.
//!
//! At the edge the window jumps half a page. Moving it line by line would repaint every line for
//! every key, and over a slow link bytes are the latency.

/// Where the cursor is and which line stands first in the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scroll {
    /// The line that the cursor is on.
    pub cursor: usize,
    /// The first line in the window.
    pub top: usize,
}

impl Scroll {
    /// Moves the cursor, staying within `count` lines.
    pub fn by(&mut self, lines: isize, count: usize) {
        self.cursor = self
            .cursor
            .saturating_add_signed(lines)
            .min(count.saturating_sub(1));
    }

    /// Brings the cursor into `count` lines and the window (of `height` lines) to the cursor.
    pub fn settle(&mut self, count: usize, height: usize) {
        self.cursor = self.cursor.min(count.saturating_sub(1));
        if self.cursor < self.top || self.cursor >= self.top + height {
            self.top = self.cursor.saturating_sub(height / 2);
        }
        self.top = self.top.min(count.saturating_sub(height));
    }
}

impl Scroll {
    /// [`Scroll::settle`] for lines that are long: the window jumps a whole page.
    pub fn turn(&mut self, count: usize, height: usize) {
        let cursor = self.cursor.min(count.saturating_sub(1));
        if cursor < self.top {
            self.top = (cursor + 1).saturating_sub(height);
        } else if cursor >= self.top + height {
            self.top = cursor;
        }
        self.settle(count, height);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_turns_a_page() {
        let mut scroll = Scroll { cursor: 10, top: 0 };
        scroll.turn(100, 10);
        assert_eq!(
            scroll,
            Scroll {
                cursor: 10,
                top: 10
            }
        );
        scroll.by(-1, 100);
        scroll.turn(100, 10);
        assert_eq!(scroll, Scroll { cursor: 9, top: 0 });
        scroll.by(isize::MAX, 100);
        scroll.turn(100, 10);
        assert_eq!(
            scroll,
            Scroll {
                cursor: 99,
                top: 90
            }
        );
        scroll.turn(3, 10);
        assert_eq!(scroll, Scroll { cursor: 2, top: 0 });
        scroll.turn(0, 0);
        assert_eq!(scroll, Scroll::default());
    }

    #[test]
    fn the_window_jumps_half_a_page_at_the_edge() {
        let mut scroll = Scroll { cursor: 9, top: 0 };
        scroll.by(1, 100);
        scroll.settle(100, 10);
        assert_eq!(scroll, Scroll { cursor: 10, top: 5 });
        scroll.by(-6, 100);
        scroll.settle(100, 10);
        assert_eq!(scroll, Scroll { cursor: 4, top: 0 });
        scroll.by(isize::MAX, 100);
        scroll.settle(100, 10);
        assert_eq!(
            scroll,
            Scroll {
                cursor: 99,
                top: 90
            }
        );
        scroll.settle(0, 0);
        assert_eq!(scroll, Scroll::default());
    }
}
