//! Named tensors as lines of structure, for formats that hold weights.

use super::OutlineLine;
use crate::text;

/// Tensors that get a line of their own; the rest is counted.
const LINES: usize = 400;

/// One tensor of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tensor {
    /// Its name, or its path inside nested dictionaries.
    pub name: String,
    /// Its element type in the format's own words.
    pub dtype: String,
    /// The length of each side; empty for a single number.
    pub shape: Vec<u64>,
    /// Bytes that its elements take.
    pub bytes: u64,
}

impl Tensor {
    /// `float32 [4, 3]`.
    pub(super) fn describe(&self) -> String {
        let sides: Vec<String> = self.shape.iter().map(ToString::to_string).collect();
        format!("{} [{}]", self.dtype, sides.join(", "))
    }

    /// How many elements it has, as far as a number holds them.
    pub(super) fn count(&self) -> u64 {
        count(&self.shape).unwrap_or(u64::MAX)
    }
}

/// How many elements a shape has; `None` beyond 64 bits.
pub(super) fn count(shape: &[u64]) -> Option<u64> {
    if shape.contains(&0) {
        return Some(0);
    }
    shape.iter().try_fold(1_u64, |n, side| n.checked_mul(*side))
}

/// `3 tensors, 64 numbers, 256 B`.
pub(super) fn total(tensors: &[Tensor], bytes: u64) -> String {
    let numbers = tensors
        .iter()
        .fold(0_u64, |sum, tensor| sum.saturating_add(tensor.count()));
    let plural = |count: u64| if count == 1 { "" } else { "s" };
    let many = tensors.len() as u64;
    format!(
        "{many} tensor{}, {numbers} number{}, {}",
        plural(many),
        plural(numbers),
        text::bytes(bytes)
    )
}

/// One line for each tensor at `depth`, up to a limit that is said.
pub(super) fn lines(tensors: &[Tensor], depth: u16) -> Vec<OutlineLine> {
    let mut lines: Vec<OutlineLine> = tensors
        .iter()
        .take(LINES)
        .map(|tensor| line(depth, &tensor.name, &tensor.describe()))
        .collect();
    if tensors.len() > LINES {
        let hidden = format!("{} more tensors", tensors.len() - LINES);
        lines.push(line(depth, "…", &hidden));
    }
    lines
}

/// A line with both its texts made harmless and short.
pub(super) fn line(depth: u16, label: &str, what: &str) -> OutlineLine {
    OutlineLine {
        depth,
        label: text::short(label, 120),
        what: text::short(what, 200),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_are_counted_and_shapes_do_not_overflow() {
        let tensor = Tensor {
            name: "w".into(),
            dtype: "F32".into(),
            shape: vec![1 << 40, 1 << 40],
            bytes: 4,
        };
        let many = vec![tensor; LINES + 5];
        let shown = lines(&many, 1);
        assert_eq!(shown.len(), LINES + 1);
        assert_eq!(shown[LINES].what, "5 more tensors");
        assert!(total(&many, 4).starts_with("405 tensors"));
        assert_eq!(count(&[u64::MAX, 2, 0]), Some(0));
        assert_eq!(count(&[u64::MAX, 2]), None);
    }
}
