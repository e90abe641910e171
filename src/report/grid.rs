//! Artifacts × environments as text and as the last object of JSON: the verdict of every pair, how
//! many artifacts each environment opens, and what stands against one environment for all.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::compat::Verdict;
use crate::compat::shelf::{Wish, Wishes};
use crate::environment::Environment;
use crate::text;

/// The version of the summary's shape.
const SCHEMA: u32 = 1;
/// The widest column of paths.
const PATH: usize = 60;
/// Different fixes that are kept at most.
const MOST_FIXES: usize = 200;
/// The column of a verdict: the longest word and a gap.
const CELL: usize = 9;

/// What a check of several artifacts came to.
#[derive(Default)]
pub struct Tally {
    /// By environment.
    columns: Vec<Column>,
    artifacts: usize,
}

/// One artifact in one environment.
pub struct Cell {
    /// What happens.
    pub verdict: Verdict,
    /// What it wants of distributions.
    pub wishes: Vec<Wish>,
    /// What its fix would change in the environment.
    pub pins: Vec<String>,
}

#[derive(Default)]
struct Column {
    counts: [usize; Verdict::ALL.len()],
    /// Which artifacts are ready, by their number.
    ready: Vec<usize>,
    wishes: Wishes,
    /// Fixes that change the environment, and of how many artifacts.
    fixes: BTreeMap<Vec<String>, usize>,
}

impl Tally {
    /// For this many environments.
    pub fn of(environments: usize) -> Tally {
        Tally {
            columns: (0..environments).map(|_| Column::default()).collect(),
            artifacts: 0,
        }
    }

    /// Takes the next artifact: its verdict and its wishes in every environment.
    pub fn add(&mut self, path: &Path, cells: Vec<Cell>) {
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            column.counts[cell.verdict as usize] += 1;
            if cell.verdict == Verdict::Ready {
                column.ready.push(self.artifacts);
            }
            column.wishes.add(path, &cell.wishes);
            if !cell.pins.is_empty() && column.fixes.len() < MOST_FIXES {
                *column.fixes.entry(cell.pins).or_default() += 1;
            }
        }
        self.artifacts += 1;
    }

    /// The worst verdict of all pairs.
    pub fn worst(&self) -> Verdict {
        let is_there = |verdict: &&Verdict| {
            let mut columns = self.columns.iter();
            columns.any(|column| column.counts[**verdict as usize] > 0)
        };
        let worst = Verdict::ALL.iter().rev().find(is_there);
        worst.copied().unwrap_or(Verdict::Ready)
    }

    /// How many artifacts are ready in the environment with this number.
    pub fn opens(&self, environment: usize) -> usize {
        let column = self.columns.get(environment);
        column.map_or(0, |column| column.ready.len())
    }

    /// The fewest environments found that together open what any of them opens, the best first.
    fn cover(&self) -> Vec<usize> {
        let mut open = vec![false; self.artifacts];
        let mut chosen = Vec::new();
        loop {
            let news = |column: &Column| column.ready.iter().filter(|at| !open[**at]).count();
            let each = self.columns.iter().enumerate();
            // The first of the best, since the first is the preferred one.
            let best = each.rev().max_by_key(|(_, column)| news(column));
            let Some((number, column)) = best.filter(|(_, column)| news(column) > 0) else {
                return chosen;
            };
            for at in &column.ready {
                open[*at] = true;
            }
            chosen.push(number);
        }
    }

    /// The last lines of `check`: counts, and conflicts of the first environment.
    pub fn footer(&self, environments: &[Option<Environment>]) -> String {
        let mut page = String::new();
        if let [column] = self.columns.as_slice() {
            let _ = writeln!(page, "{}", counts(&column.counts));
        } else {
            page.push('\n');
            for (number, environment) in environments.iter().enumerate() {
                let _ = writeln!(
                    page,
                    "opens {} of {}  {:>3}  {}",
                    self.opens(number),
                    self.artifacts,
                    number + 1,
                    name(environment.as_ref()),
                );
            }
            let cover = self.cover();
            if cover.len() > 1 {
                let numbers: Vec<String> = cover.iter().map(|n| (n + 1).to_string()).collect();
                let open: BTreeSet<usize> = cover
                    .iter()
                    .flat_map(|number| self.columns[*number].ready.iter().copied())
                    .collect();
                let _ = writeln!(
                    page,
                    "no one of them opens all that any opens: {} together open {} of {}",
                    numbers.join(" and "),
                    open.len(),
                    self.artifacts
                );
            }
        }
        let first = self.columns.first();
        for (pins, count, lost) in first.map(Column::dangerous).into_iter().flatten() {
            let _ = writeln!(
                page,
                "to install {} (the fix of {count}) leaves {lost} that are ready now without a release known to serve them",
                text::clean(&pins.join(", "))
            );
        }
        for conflict in first.map(|c| c.wishes.conflicts()).into_iter().flatten() {
            let _ = writeln!(page, "{}", text::clean(&conflict.words()));
        }
        page
    }

    /// The last object of `check --format json --summary`.
    pub fn summary(&self, environments: &[Option<Environment>]) -> Value {
        let column = |(column, environment): (&Column, &Option<Environment>)| {
            let verdicts: Map<String, Value> = Verdict::ALL
                .iter()
                .map(|verdict| {
                    let count = column.counts[*verdict as usize];
                    (verdict.word().to_owned(), json!(count))
                })
                .collect();
            json!({
                "environment": environment.as_ref().map(super::json::of_environment),
                "opens": column.ready.len(),
                "verdicts": verdicts,
                "conflicts": column.wishes.conflicts(),
                "endangering": column.dangerous().iter().map(|(pins, count, lost)| {
                    json!({"pins": pins, "fixes": count, "endangers": lost})
                }).collect::<Vec<_>>(),
            })
        };
        let columns: Vec<Value> = self.columns.iter().zip(environments).map(column).collect();
        let together: Vec<Value> = self
            .cover()
            .iter()
            .filter_map(|number| environments.get(*number)?.as_ref())
            .map(|environment| json!(environment.prefix.to_string_lossy()))
            .collect();
        json!({
            "schema": SCHEMA,
            "summary": {
                "artifacts": self.artifacts, "environments": columns, "together": together,
            },
        })
    }
}

impl Column {
    /// Fixes that would leave ready artifacts behind: pins, of how many, how many are left behind.
    fn dangerous(&self) -> Vec<(&[String], usize, usize)> {
        let each = self.fixes.iter();
        each.map(|(pins, count)| (pins.as_slice(), *count, self.wishes.endangered(pins)))
            .filter(|(.., lost)| *lost > 0)
            .collect()
    }
}

/// `12 ready · 2 fails to load`
fn counts(counts: &[usize; Verdict::ALL.len()]) -> String {
    let words: Vec<String> = Verdict::ALL
        .iter()
        .filter(|verdict| counts[**verdict as usize] > 0)
        .map(|verdict| format!("{} {}", counts[*verdict as usize], verdict.phrase()))
        .collect();
    if words.is_empty() {
        return "no model found; files are recognised by their endings, a file given by name always counts".into();
    }
    words.join(" · ")
}

/// The numbered environments and the heading of the grid, for paths that are `width` wide.
pub fn header(environments: &[Option<Environment>], width: usize) -> String {
    let mut page = String::new();
    for (number, environment) in environments.iter().enumerate() {
        let _ = writeln!(page, "{:>3}  {}", number + 1, name(environment.as_ref()));
    }
    let _ = write!(page, "\n{:<width$}", "");
    for number in 1..=environments.len() {
        let _ = write!(page, "  {number:<CELL$}");
    }
    let mut page = page.trim_end().to_owned();
    page.push('\n');
    page
}

/// How wide the paths' column of a grid is.
pub fn path_width(paths: &[std::path::PathBuf]) -> usize {
    let widths = paths.iter().map(|path| text::path(path).chars().count());
    widths.max().unwrap_or(0).min(PATH)
}

/// One line of the grid.
pub fn line(path: &Path, verdicts: impl Iterator<Item = Verdict>, width: usize) -> String {
    let whole = text::path(path);
    let count = whole.chars().count();
    let shown = if count > width {
        let end: String = whole.chars().skip(count + 1 - width).collect();
        format!("…{end}")
    } else {
        whole
    };
    let mut line = format!("{shown:<width$}");
    for verdict in verdicts {
        let _ = write!(line, "  {:<CELL$}", word(verdict));
    }
    let mut line = line.trim_end().to_owned();
    line.push('\n');
    line
}

/// A verdict in at most nine letters: what fails, not that it fails.
pub fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ready => "ready",
        Verdict::Unknown => "unknown",
        Verdict::Differs => "differs",
        Verdict::FailsPredict => "✗ predict",
        Verdict::FailsLoad => "✗ load",
        Verdict::Unreadable => "✗ read",
    }
}

/// `/srv/venvs/a (Python 3.9.18, scikit-learn 1.0.2)`
pub fn name(environment: Option<&Environment>) -> String {
    let Some(environment) = environment else {
        return "no environment found; name one with --env".into();
    };
    let python = environment
        .python
        .map_or_else(|| "Python ?".into(), |python| format!("Python {python}"));
    let learn = environment
        .distribution("scikit-learn")
        .map_or_else(String::new, |found| {
            format!(", {} {}", found.name, text::short(&found.version, 20))
        });
    format!("{} ({python}{learn})", text::path(&environment.prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tally_finds_the_environments_that_together_open_all() {
        let mut tally = Tally::of(3);
        let rows = [[0, 2, 0], [2, 0, 2], [0, 0, 2], [0, 2, 2]];
        for (number, row) in rows.iter().enumerate() {
            let verdict = |bad: &i32| {
                if *bad == 0 {
                    Verdict::Ready
                } else {
                    Verdict::FailsLoad
                }
            };
            let cells = row.iter().map(|bad| Cell {
                verdict: verdict(bad),
                wishes: Vec::new(),
                pins: Vec::new(),
            });
            tally.add(Path::new(&number.to_string()), cells.collect());
        }
        assert_eq!((tally.opens(0), tally.opens(1), tally.opens(2)), (3, 2, 1));
        assert_eq!(tally.cover(), [0, 1]);
        assert_eq!(tally.worst(), Verdict::FailsLoad);
        let footer = tally.footer(&[None, None, None]);
        assert!(footer.contains("opens 3 of 4    1"), "{footer}");
        assert!(footer.contains("1 and 2 together open 4 of 4"), "{footer}");
    }

    #[test]
    fn a_long_path_keeps_its_end_and_its_column() {
        let cells = [Verdict::Ready, Verdict::FailsPredict];
        let line = line(Path::new("a/long/path.pkl"), cells.into_iter(), 9);
        assert_eq!(line, "…path.pkl  ready      ✗ predict\n");
    }
}
