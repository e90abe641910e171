//! The artifacts of one shelf together: which of them want releases of a distribution that exclude
//! each other, so that no one environment serves them all.
//!
//! Counts and a few paths only: a shelf can have a hundred thousand artifacts.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::fix::meet;
use super::{Comparison, Verdict};
use crate::manifest::{Basis, Manifest};
use crate::package;

/// Paths that are kept of each group as examples.
const EXAMPLES: usize = 3;
/// Groups beyond this many of one distribution are put into the last one.
const MOST_RANGES: usize = 200;

/// What artifacts want of distributions, collected one artifact at a time.
#[derive(Debug, Default)]
pub struct Wishes {
    /// By distribution and the releases that serve.
    ranges: BTreeMap<String, BTreeMap<String, Group>>,
}

/// What one artifact wants of one distribution.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Wish {
    /// The distribution.
    pub distribution: String,
    /// The releases that serve, as a specifier.
    pub releases: String,
    /// Whether the artifact is ready as things are.
    pub ready: bool,
}

/// What an artifact wants in the environment that it was compared with: what its fix pins, or, when
/// it is ready, the releases between the one that saved it and the one there.
pub fn wishes(manifest: &Manifest, comparison: &Comparison) -> Vec<Wish> {
    match comparison.verdict {
        Verdict::Ready => proven(manifest, comparison),
        Verdict::Differs | Verdict::FailsPredict | Verdict::FailsLoad => {
            let certain = comparison.findings.iter().filter(|finding| finding.certain);
            let mut names: Vec<&str> = certain.filter_map(|f| f.distribution.as_deref()).collect();
            names.sort_unstable();
            names.dedup();
            let wish = |distribution: &str| Wish {
                distribution: distribution.to_owned(),
                releases: pinned(comparison, distribution)
                    .unwrap_or_default()
                    .to_owned(),
                ready: false,
            };
            let wishes = names.into_iter().map(wish);
            wishes.filter(|wish| !wish.releases.is_empty()).collect()
        }
        Verdict::Unknown | Verdict::Unreadable => Vec::new(),
    }
}

/// Artifacts that the same releases of a distribution serve.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Group {
    /// The releases, as a specifier.
    pub releases: String,
    /// How many artifacts.
    pub artifacts: usize,
    /// How many of them are ready in the environment now.
    pub ready: usize,
    /// The first few of them.
    pub examples: Vec<PathBuf>,
}

/// A distribution of which no one release serves all artifacts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Conflict {
    /// The distribution.
    pub distribution: String,
    /// Groups that exclude each other, the largest first.
    pub groups: Vec<Group>,
}

impl Wishes {
    /// Takes what the artifact at `path` wants.
    pub fn add(&mut self, path: &Path, wishes: &[Wish]) {
        for wish in wishes {
            self.count(&wish.distribution, &wish.releases, path, wish.ready);
        }
    }

    fn count(&mut self, distribution: &str, releases: &str, path: &Path, ready: bool) {
        let ranges = self.ranges.entry(distribution.to_owned()).or_default();
        if ranges.len() >= MOST_RANGES && !ranges.contains_key(releases) {
            return;
        }
        let group = ranges.entry(releases.to_owned()).or_default();
        group.artifacts += 1;
        group.ready += usize::from(ready);
        if group.examples.len() < EXAMPLES {
            group.examples.push(path.to_path_buf());
        }
    }

    /// The distributions whose wishes exclude each other.
    pub fn conflicts(&self) -> Vec<Conflict> {
        let conflict = |(distribution, ranges): (&String, &BTreeMap<String, Group>)| {
            let groups = together(distribution, ranges);
            (groups.len() > 1).then(|| Conflict {
                distribution: distribution.clone(),
                groups,
            })
        };
        self.ranges.iter().filter_map(conflict).collect()
    }
}

/// Joins ranges that have releases in common, the most wanted first: a few groups that exclude
/// each other. Not always the fewest possible, but none that a single release could replace two of.
fn together(distribution: &str, ranges: &BTreeMap<String, Group>) -> Vec<Group> {
    let mut wanted: Vec<(&String, &Group)> = ranges.iter().collect();
    wanted.sort_by_key(|(_, group)| std::cmp::Reverse(group.artifacts));
    let mut groups: Vec<Group> = Vec::new();
    for (releases, group) in wanted {
        let joined = groups.iter_mut().find_map(|known| {
            let common = common(distribution, &known.releases, releases)?;
            Some((known, common))
        });
        match joined {
            Some((known, common)) => {
                known.releases = common;
                known.artifacts += group.artifacts;
                known.ready += group.ready;
                let room = EXAMPLES.saturating_sub(known.examples.len());
                known
                    .examples
                    .extend(group.examples.iter().take(room).cloned());
            }
            None => groups.push(Group {
                releases: releases.clone(),
                ..group.clone()
            }),
        }
    }
    groups.sort_by_key(|group| std::cmp::Reverse(group.artifacts));
    groups
}

/// The releases that lie in both, when there are some or nobody knows.
fn common(distribution: &str, one: &str, other: &str) -> Option<String> {
    if meet(distribution, one, other) == Some(false) {
        return None;
    }
    let exact = |specifier: &&str| specifier.starts_with("==");
    let joined = [one, other].into_iter().find(exact).map(str::to_owned);
    joined.or_else(|| Some(package::intersect([one, other].into_iter())))
}

/// The specifier that the fix pins a distribution to.
fn pinned<'c>(comparison: &'c Comparison, distribution: &str) -> Option<&'c str> {
    let pins = comparison.fix.as_ref()?.pins.iter();
    let mut specifiers = pins.filter_map(|pin| pin.strip_prefix(distribution));
    specifiers.find(|rest| rest.starts_with(['=', '<', '>', '!', '~']))
}

/// The releases that a ready artifact is known to work with: the one that saved it, the one that is
/// there, and those between.
fn proven(manifest: &Manifest, comparison: &Comparison) -> Vec<Wish> {
    let stamped = manifest
        .saved_with
        .iter()
        .filter(|r| r.basis == Basis::Stamped && r.subject != "python");
    let range = |r: &crate::manifest::Requirement| {
        let saved = r.wanted.strip_prefix("==")?;
        let mut rows = comparison.rows.iter();
        let live = &rows.find(|row| row.subject == r.subject)?.live;
        let (low, high) = match package::compare(saved, live)? {
            std::cmp::Ordering::Greater => (live.as_str(), saved),
            _ => (saved, live.as_str()),
        };
        Some(Wish {
            distribution: r.subject.clone(),
            releases: if low == high {
                format!("=={low}")
            } else {
                format!(">={low},<={high}")
            },
            ready: true,
        })
    };
    stamped.filter_map(range).collect()
}

impl Conflict {
    /// `scikit-learn: ==1.2.2 for 4, >=1.5,<=1.9.1 for 12`
    pub fn short(&self) -> String {
        let group = |group: &Group| format!("{} for {}", group.releases, group.artifacts);
        let groups: Vec<String> = self.groups.iter().map(group).collect();
        format!("{}: {}", self.distribution, groups.join(", "))
    }

    /// `no one release of scikit-learn serves all: ==1.2.2 serves 4 · >=1.5,<=1.9.1 serves 12 (12
    /// ready now)`, for people.
    pub fn words(&self) -> String {
        let group = |group: &Group| {
            let ready = match group.ready {
                0 => String::new(),
                ready => format!(", {ready} ready now"),
            };
            let names = group.examples.iter().map(|path| crate::text::path(path));
            let mut names: Vec<String> = names.collect();
            if group.artifacts > names.len() {
                names.push("…".into());
            }
            let releases = crate::text::short(&group.releases, 60);
            format!(
                "{releases} for {}{ready} ({})",
                group.artifacts,
                names.join(", ")
            )
        };
        let groups: Vec<String> = self.groups.iter().map(group).collect();
        format!(
            "no one release of {} serves all: {}",
            self.distribution,
            groups.join(" · ")
        )
    }
}

impl Wishes {
    /// How many artifacts that are ready now these pins would leave without a release that is known
    /// to serve them.
    pub fn endangered(&self, pins: &[String]) -> usize {
        let lost = |(distribution, specifier): (&str, &str)| -> usize {
            let ranges = self.ranges.get(distribution).into_iter().flatten();
            let excluded =
                ranges.filter(|(range, _)| meet(distribution, range, specifier) == Some(false));
            excluded.map(|(_, group)| group.ready).sum()
        };
        pins.iter()
            .filter_map(|pin| split(pin))
            .map(lost)
            .max()
            .unwrap_or(0)
    }
}

/// Whether pins exclude a ready artifact's wishes.
pub fn endangers(pins: &[String], wishes: &[Wish]) -> bool {
    pins.iter()
        .filter_map(|pin| split(pin))
        .any(|(distribution, specifier)| {
            let ready = wishes.iter().filter(|wish| wish.ready);
            let mut about = ready.filter(|wish| wish.distribution == distribution);
            about.any(|wish| meet(distribution, &wish.releases, specifier) == Some(false))
        })
}

/// `scikit-learn==1.2.2` into name and specifier; `None` without a specifier.
fn split(pin: &str) -> Option<(&str, &str)> {
    pin.find(['=', '<', '>', '!', '~'])
        .map(|at| pin.split_at(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wishes(all: &[(&str, usize, bool)]) -> Wishes {
        let mut wishes = Wishes::default();
        for (releases, count, ready) in all {
            for number in 0..*count {
                let path = PathBuf::from(format!("{releases}/{number}.pkl"));
                wishes.count("scikit-learn", releases, &path, *ready);
            }
        }
        wishes
    }

    #[test]
    fn ranges_with_a_release_in_common_are_no_conflict() {
        let one = wishes(&[("==1.2.2", 2, false), (">=1.0,<=1.3.2", 5, true)]);
        assert_eq!(one.conflicts(), []);
        let two = wishes(&[
            ("==1.2.2", 2, false),
            ("<1.3", 1, false),
            (">=1.5.2,<=1.9.1", 5, true),
        ]);
        let conflicts = two.conflicts();
        let groups = &conflicts[0].groups;
        let said: Vec<_> = groups
            .iter()
            .map(|g| (g.releases.as_str(), g.artifacts, g.ready))
            .collect();
        assert_eq!(said, [(">=1.5.2,<=1.9.1", 5, 5), ("==1.2.2", 3, 0)]);
        assert!(
            conflicts[0]
                .words()
                .contains("==1.2.2 for 3 (==1.2.2/0.pkl")
        );
    }

    #[test]
    fn a_fix_tells_how_many_ready_artifacts_it_endangers() {
        let wishes = wishes(&[
            (">=1.5.2,<=1.9.1", 3, true),
            (">=1.0,<=1.9.1", 2, true),
            ("==1.2.2", 1, false),
        ]);
        assert_eq!(
            wishes.endangered(&["scikit-learn==1.2.2".into(), "numpy<2".into()]),
            3
        );
        assert_eq!(wishes.endangered(&["scikit-learn==1.6.0".into()]), 0);
        assert_eq!(wishes.endangered(&["joblib".into()]), 0);
    }
}
