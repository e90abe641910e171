//! A set of releases of one distribution.

/// Releases by their place in [`super::Atlas::versions`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Releases(pub(super) u128);

impl Releases {
    /// The most releases that a set can hold.
    pub(super) const MOST: usize = 128;

    /// None of them.
    pub const NONE: Releases = Releases(0);

    /// One release.
    pub fn one(place: usize) -> Releases {
        Releases(1_u128.checked_shl(place as u32).unwrap_or(0))
    }

    /// `count` releases from `start` on.
    pub(super) fn run(start: usize, count: usize) -> Releases {
        let ones = if count >= Self::MOST {
            u128::MAX
        } else {
            (1 << count) - 1
        };
        Releases(u128::checked_shl(ones, start as u32).unwrap_or(0))
    }

    /// Whether a release is in it.
    pub fn has(self, place: usize) -> bool {
        place < Self::MOST && self.0 >> place & 1 == 1
    }

    /// Whether nothing is in it.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many are in it.
    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Those in both.
    #[must_use]
    pub fn and(self, other: Releases) -> Releases {
        Releases(self.0 & other.0)
    }

    /// Those in either.
    #[must_use]
    pub fn or(self, other: Releases) -> Releases {
        Releases(self.0 | other.0)
    }

    /// Those that are not in the other.
    #[must_use]
    pub fn without(self, other: Releases) -> Releases {
        Releases(self.0 & !other.0)
    }

    /// The places, oldest first.
    pub fn places(self) -> impl Iterator<Item = usize> {
        (0..Self::MOST).filter(move |place| self.has(*place))
    }
}
