//! A set of requirements that grows until its members fit together: limits of old releases, other
//! distributions of the environment that would break, Pythons that have wheels of all.

use super::releases::{self, PYTHONS};
use crate::compat::rule::Context;
use crate::package;

/// Which distributions come with another one, so that they need no mention.
const BROUGHT: &[(&str, &[&str])] = &[
    ("scikit-learn", &["numpy", "scipy", "joblib"]),
    (
        "imbalanced-learn",
        &["scikit-learn", "numpy", "scipy", "joblib"],
    ),
    (
        "category-encoders",
        &["scikit-learn", "pandas", "numpy", "scipy"],
    ),
    ("pandas", &["numpy"]),
    ("scipy", &["numpy"]),
    ("xgboost", &["numpy", "scipy"]),
    ("lightgbm", &["numpy", "scipy"]),
    ("catboost", &["numpy", "pandas", "scipy"]),
    ("onnxruntime", &["numpy"]),
    ("skops", &["scikit-learn", "numpy", "scipy", "joblib"]),
];

/// scikit-learn older than this has a joblib of its own and does not bring the other.
const OWN_JOBLIB: &str = "<0.21";

fn brings(who: &str, what: &str) -> bool {
    let mut known = BROUGHT.iter();
    known.any(|(name, brought)| *name == who && brought.contains(&what))
}

/// Name and specifier; each name once.
#[derive(Clone, Debug, Default)]
pub struct Pins(Vec<(String, String)>);

impl Pins {
    /// The specifier of `name`, when it is a member.
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut all = self.0.iter();
        all.find(|(member, _)| member == name)
            .map(|(_, specifier)| specifier.as_str())
    }

    /// Adds a wish, or narrows the member's. A wish that excludes it changes nothing.
    pub fn want(&mut self, name: &str, specifier: &str) {
        let Some((_, known)) = self.0.iter_mut().find(|(member, _)| member == name) else {
            self.0.push((name.to_owned(), specifier.to_owned()));
            return;
        };
        if known.is_empty() {
            specifier.clone_into(known);
        } else if !known.starts_with("==") && releases::meet(name, known, specifier) != Some(false)
        {
            *known = package::intersect([known.as_str(), specifier].into_iter());
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As requirement specifiers: `scikit-learn==1.2.2`.
    pub fn specifiers(&self) -> Vec<String> {
        let words = |(name, specifier): &(String, String)| format!("{name}{specifier}");
        self.0.iter().map(words).collect()
    }

    /// Lets go of members without a specifier that another member brings.
    pub fn drop_brought(&mut self) {
        let own_joblib = self
            .get("scikit-learn")
            .is_some_and(|pin| releases::meet("scikit-learn", pin, OWN_JOBLIB) == Some(true));
        let names: Vec<String> = self.0.iter().map(|(name, _)| name.clone()).collect();
        let brought = |name: &str| {
            let mut bringing = BROUGHT
                .iter()
                .filter(|(who, _)| names.iter().any(|n| n == who));
            bringing.any(|(who, what)| {
                what.contains(&name) && !(name == "joblib" && *who == "scikit-learn" && own_joblib)
            })
        };
        self.0
            .retain(|(name, specifier)| !specifier.is_empty() || !brought(name));
    }

    /// Where Python 3.`minor` has no wheels of a pinned release but of a neighbour with the same
    /// minor version, that one will do.
    pub fn neighbours(&mut self, minor: u8) {
        for (name, specifier) in &mut self.0 {
            let Some(exact) = specifier.strip_prefix("==") else {
                continue;
            };
            let runs = releases::pythons(name, specifier).is_none_or(|all| all & (1 << minor) != 0);
            if !runs && let Some(other) = releases::neighbour(name, exact, minor) {
                *specifier = format!("=={other}");
            }
        }
    }

    /// Adds what the members need beyond their metadata: of other members, of what they bring, and of
    /// what is installed. `there` says whether what is installed fits; `None` when nothing is.
    pub fn limit(&mut self, there: impl Fn(&str, &str) -> Option<bool>) {
        // Limits of limits too, as those of an older scipy on numpy.
        let mut at = 0;
        while let Some((name, specifier)) = self.0.get(at).cloned() {
            for (other, range) in releases::limits(&name, &specifier) {
                let fits = there(other, range).or_else(|| (!brings(&name, other)).then_some(true));
                if self.get(other).is_some() || fits != Some(true) {
                    self.want(other, range);
                }
            }
            at += 1;
        }
    }

    /// Adds the distributions of the environment that would not fit the members any more: by name
    /// when their metadata says which releases fit, so that the installer chooses one.
    pub fn dependents(&mut self, context: &Context<'_>) {
        let mut at = 0;
        while let Some((name, specifier)) = self.0.get(at).cloned() {
            at += 1;
            if specifier.is_empty() {
                continue;
            }
            for (who, wish) in context.environment.dependents(&name) {
                let broken = releases::meet(&name, &specifier, wish) == Some(false);
                if broken && self.get(who).is_none() {
                    self.want(who, "");
                }
            }
            for (who, range, limit) in releases::limited_by(&name) {
                let broken = context.live_in(who, range) == Some(true)
                    && releases::meet(&name, &specifier, limit) == Some(false);
                if broken
                    && self.get(who).is_none()
                    && let Some(newer) = releases::above(who, range)
                {
                    self.want(who, &newer);
                }
            }
        }
    }

    /// The minor versions of Python 3, as bits, that have wheels of every member.
    pub fn pythons(&self) -> u32 {
        let all = PYTHONS.map(|minor| 1 << minor).sum::<u32>();
        let known = self.0.iter().filter_map(|(n, s)| releases::pythons(n, s));
        known.fold(all, |all, some| all & some)
    }

    /// The members that Python 3.`minor` has no wheels of.
    pub fn not_on(&self, minor: u8) -> Vec<String> {
        let missing = |(name, specifier): &&(String, String)| {
            releases::pythons(name, specifier).is_some_and(|all| all & (1 << minor) == 0)
        };
        let missing = self.0.iter().filter(missing);
        missing.map(|(n, s)| format!("{n}{s}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pins: &[(&str, &str)]) -> Pins {
        let owned = pins.iter().map(|(n, s)| ((*n).into(), (*s).into()));
        Pins(owned.collect())
    }

    #[test]
    fn what_comes_with_another_needs_no_mention() {
        let mut pins = of(&[
            ("scikit-learn", "==1.2.2"),
            ("numpy", ""),
            ("joblib", ""),
            ("scipy", "<1.9"),
        ]);
        pins.drop_brought();
        assert_eq!(pins.specifiers(), ["scikit-learn==1.2.2", "scipy<1.9"]);
        let mut old = of(&[("scikit-learn", "==0.20.4"), ("joblib", "")]);
        old.drop_brought();
        assert_eq!(old.specifiers(), ["scikit-learn==0.20.4", "joblib"]);
    }

    #[test]
    fn limits_are_added_and_wishes_that_exclude_each_other_are_not_joined() {
        let mut pins = of(&[("scikit-learn", "==0.22.1")]);
        pins.limit(|_, _| None);
        assert_eq!(
            pins.specifiers(),
            ["scikit-learn==0.22.1", "numpy<1.24", "scipy<1.9"]
        );
        let mut old = of(&[("scikit-learn", "==1.0.2")]);
        old.limit(|_, _| None);
        assert_eq!(
            old.specifiers(),
            ["scikit-learn==1.0.2", "numpy<1.24", "scipy<1.11"]
        );
        let mut booster = of(&[("lightgbm", "==3.3.5")]);
        booster.limit(|_, _| None);
        assert_eq!(booster.specifiers(), ["lightgbm==3.3.5", "numpy<2"]);
        let mut wrapper = of(&[("lightgbm", "==3.3.5")]);
        wrapper.limit(|name, _| (name == "scikit-learn").then_some(false));
        assert_eq!(
            wrapper.specifiers(),
            ["lightgbm==3.3.5", "numpy<2", "scikit-learn<1.8"]
        );
        let mut clash = of(&[("numpy", ">=2")]);
        clash.want("numpy", "<2");
        assert_eq!(clash.specifiers(), ["numpy>=2"]);
    }

    #[test]
    fn every_member_decides_which_python_will_do() {
        let pins = of(&[("scikit-learn", "==1.3.0"), ("numpy", "<2")]);
        assert_eq!(pins.pythons().ilog2(), 11, "the newest");
        assert_eq!(pins.not_on(13), ["scikit-learn==1.3.0", "numpy<2"]);
        let mut near = of(&[("scikit-learn", "==1.3.0")]);
        near.neighbours(12);
        assert_eq!(near.specifiers(), ["scikit-learn==1.3.2"]);
    }
}
