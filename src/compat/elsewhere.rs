//! Another environment in which an artifact is ready, told beside its fix. Who looks through the
//! environments is not decided here.

use super::{Comparison, Elsewhere, Fix, RowStatus};
use crate::environment::Environment;
use crate::text;

/// Distributions that are named at most.
const NAMED: usize = 3;

impl Elsewhere {
    /// `environment` as the one in which the artifact of `comparison` is ready; names its versions
    /// of what stands out in the comparison's rows, else of what it was saved with.
    pub fn of(environment: &Environment, comparison: &Comparison) -> Elsewhere {
        let loud = [RowStatus::Breaks, RowStatus::Missing, RowStatus::Differs];
        let rows = || comparison.rows.iter().filter(|row| row.subject != "python");
        let version = |subject: &str| {
            let found = environment.distribution(subject)?;
            Some(format!(
                "{} {}",
                found.name,
                text::short(&found.version, 30)
            ))
        };
        let first = rows().filter(|row| loud.contains(&row.status));
        let then = rows().filter(|row| !loud.contains(&row.status) && !row.saved.is_empty());
        let named = first.chain(then).filter_map(|row| version(&row.subject));
        Elsewhere {
            prefix: environment.prefix.clone(),
            python: environment.python.map(|python| python.to_string()),
            has: named.take(NAMED).collect(),
        }
    }

    /// `ready in /srv/venvs/a (Python 3.9.18, scikit-learn 1.0.2)`
    pub fn words(&self) -> String {
        let python = self.python.iter().map(|python| format!("Python {python}"));
        let facts: Vec<String> = python.chain(self.has.iter().cloned()).collect();
        let prefix = text::path(&self.prefix);
        if facts.is_empty() {
            return format!("ready in {prefix}");
        }
        format!("ready in {prefix} ({})", facts.join(", "))
    }
}

impl Comparison {
    /// Tells that the artifact is ready in `environment`.
    pub fn ready_in(&mut self, environment: &Environment) {
        let elsewhere = Elsewhere::of(environment, self);
        let fix = self.fix.get_or_insert_with(|| Fix {
            explanation: "use an environment in which it is ready".into(),
            ..Fix::default()
        });
        fix.elsewhere = Some(elsewhere);
    }
}
