//! The order of the list. What is found and read while a shelf is walked is merged into what is
//! sorted already: to sort a hundred thousand rows again for each frame would make keys wait.

use std::cmp::{Ordering, Reverse};

use super::app::{App, Mode, Sort};
use super::filter::{Known, Query};
use super::row::Row;
use super::survey::Survey;
use crate::compat::Verdict;

/// A folder with a line of its own: it has more than one artifact in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    /// Where its first artifact stands in the order.
    pub first: usize,
    /// How many of them follow each other.
    pub count: usize,
}

/// One line of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// A folder, by its place among the groups.
    Folder(usize),
    /// An artifact, by its place in the order.
    Artifact(usize),
}

/// How the order was made, and what has changed since.
#[derive(Clone, Debug, Default)]
pub struct Sorting {
    /// Every row, by name.
    named: Vec<usize>,
    /// By row: how well it matches the words of the filter.
    ranks: Vec<u32>,
    /// What the order was made with; nothing when it must be made anew.
    made: Option<Made>,
    /// Rows of which something was heard since.
    changed: Vec<usize>,
    /// Whether rows were added since.
    grown: bool,
}

/// What an order depends on beyond the rows.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Made {
    filter: String,
    sort: Sort,
    grouped: bool,
    ready_only: bool,
}

impl Sorting {
    /// Rows were added.
    pub fn grew(&mut self) {
        self.grown = true;
    }

    /// Something was heard of a row.
    pub fn heard(&mut self, row: usize) {
        self.changed.push(row);
    }

    /// All of it must be made anew.
    pub fn spoil(&mut self) {
        self.made = None;
    }
}

/// Brings the order up to date and puts the cursor where it was: on its row, not on its line.
pub fn settle(app: &mut App) {
    let made = Made {
        filter: app.filter.value().to_owned(),
        sort: app.sort,
        grouped: app.grouped,
        ready_only: matches!(
            app.mode,
            Mode::Pick {
                ready_only: true,
                ..
            }
        ),
    };
    let anew = app.sorting.made.as_ref() != Some(&made);
    let follows = made.sort != Sort::Name || !made.filter.is_empty() || made.ready_only;
    if !follows {
        app.sorting.changed.clear();
    }
    let quiet = !app.sorting.grown && app.sorting.changed.is_empty();
    if !anew && quiet && app.wanted.is_none() {
        return;
    }
    let regrouped = app.sorting.made.as_ref().map(|made| made.grouped) != Some(made.grouped);
    let fresh = named(app, regrouped);
    let mut query = query(app);
    if anew {
        all(app, &made, &mut query);
    } else {
        some(app, &made, &mut query, fresh);
    }
    app.sorting.changed.clear();
    app.sorting.grown = false;
    app.groups = if made.grouped && !(query.ranks() && made.sort == Sort::Name) {
        groups(&app.rows, &app.order)
    } else {
        Vec::new()
    };
    app.sorting.made = Some(made);
    cursor(app);
}

/// The filter, read with what is known.
pub fn query(app: &App) -> Query {
    let typed = app.filter.value();
    let all = app.environments.as_deref().unwrap_or_default();
    // Names cost a little, and hardly any filter asks for them.
    let names: Vec<String> = if typed.contains("env:") {
        let names = all.iter().map(|e| crate::text::path(&e.prefix));
        names.collect()
    } else {
        Vec::new()
    };
    let known = Known {
        now: app.now,
        environments: &names,
    };
    Query::parse(typed, known)
}

/// Brings the order of names up to date; returns the rows that are new in it, by name.
fn named(app: &mut App, anew: bool) -> Vec<usize> {
    let (rows, grouped) = (&app.rows, app.grouped);
    let known = &mut app.sorting.named;
    if anew || known.len() > rows.len() {
        known.clear();
    }
    let mut fresh: Vec<usize> = (known.len()..rows.len()).collect();
    let by_name = |a: &usize, b: &usize| rows[*a].by_name(&rows[*b], grouped);
    // A walk finds rows in nearly this order, which a stable sort takes advantage of.
    fresh.sort_by(by_name);
    merge(known, &fresh, by_name);
    fresh
}

/// Makes the order of all rows.
fn all(app: &mut App, made: &Made, query: &mut Query) {
    let (rows, sorting) = (&app.rows, &mut app.sorting);
    sorting.ranks.clear();
    sorting.ranks.resize(rows.len(), 0);
    let mut order = std::mem::take(&mut app.order);
    order.clear();
    for number in &sorting.named {
        if let Some(rank) = passes(&rows[*number], *number, made, query, &app.survey) {
            sorting.ranks[*number] = rank;
            order.push(*number);
        }
    }
    let sorting = &app.sorting;
    if query.ranks() && made.sort == Sort::Name {
        order.sort_by_key(|number| Reverse(sorting.ranks[*number]));
    } else if made.sort != Sort::Name {
        let by = |a: &usize, b: &usize| by_sort(&rows[*a], &rows[*b], made.sort);
        if made.grouped {
            for run in order.chunk_by_mut(|a, b| rows[*a].folder() == rows[*b].folder()) {
                run.sort_by(by);
            }
        } else {
            order.sort_by(by);
        }
    }
    app.order = order;
}

/// Puts those rows into the order that are new or of which something was heard.
fn some(app: &mut App, made: &Made, query: &mut Query, fresh: Vec<usize>) {
    let mut touched = std::mem::take(&mut app.sorting.changed);
    let mut order = std::mem::take(&mut app.order);
    let rows = &app.rows;
    app.sorting.ranks.resize(rows.len(), 0);
    if touched.is_empty() {
        touched = fresh;
    } else {
        let mut gone = vec![false; rows.len()];
        for row in &touched {
            if let Some(gone) = gone.get_mut(*row) {
                *gone = true;
            }
        }
        order.retain(|row| !gone[*row]);
        touched.extend(fresh);
        touched.retain(|row| *row < rows.len());
        touched.sort_unstable();
        touched.dedup();
    }
    let mut ranks = std::mem::take(&mut app.sorting.ranks);
    touched.retain(|number| {
        let rank = passes(&rows[*number], *number, made, query, &app.survey);
        ranks[*number] = rank.unwrap_or_default();
        rank.is_some()
    });
    let ranked = query.ranks() && made.sort == Sort::Name;
    let by = |a: &usize, b: &usize| {
        let (one, other) = (&rows[*a], &rows[*b]);
        let names = || one.by_name(other, made.grouped);
        if ranked {
            return ranks[*b].cmp(&ranks[*a]).then_with(names);
        }
        if made.sort == Sort::Name {
            return names();
        }
        let folders = if made.grouped && one.folder() != other.folder() {
            names()
        } else {
            Ordering::Equal
        };
        folders
            .then_with(|| by_sort(one, other, made.sort))
            .then_with(names)
    };
    touched.sort_by(by);
    merge(&mut order, &touched, by);
    app.sorting.ranks = ranks;
    app.order = order;
}

/// How well a row matches; `None` when it is not listed.
fn passes(
    row: &Row,
    number: usize,
    made: &Made,
    query: &mut Query,
    survey: &Survey,
) -> Option<u32> {
    if made.ready_only && row.verdict() != Some(Verdict::Ready) {
        return None;
    }
    query.rank(row, number, survey)
}

fn by_sort(one: &Row, other: &Row, sort: Sort) -> Ordering {
    let (a, b) = (one.brief.as_ref(), other.brief.as_ref());
    match sort {
        Sort::Name => Ordering::Equal,
        Sort::Verdict => {
            // What nobody has read stands last.
            let worst = |row: &Row| row.verdict().map_or(0, |verdict| verdict as usize + 1);
            worst(other).cmp(&worst(one))
        }
        Sort::Size => b.map_or(0, |b| b.size).cmp(&a.map_or(0, |a| a.size)),
        Sort::Modified => b.and_then(|b| b.modified).cmp(&a.and_then(|a| a.modified)),
        Sort::Saved => {
            let release = |row: &Row| {
                row.brief
                    .as_ref()
                    .and_then(|brief| super::row::release(&brief.tag))
            };
            // What shows no release stands last.
            let key = |row: &Row| (release(row).is_none(), release(row));
            key(one).cmp(&key(other))
        }
    }
}

/// Merges `new` into `sorted`; both are in the order of `by`. Looks at few of what is sorted.
fn merge(sorted: &mut Vec<usize>, new: &[usize], by: impl Fn(&usize, &usize) -> Ordering) {
    let (Some(first), last) = (new.first(), sorted.last()) else {
        return;
    };
    if last.is_none_or(|last| by(last, first).is_lt()) {
        sorted.extend_from_slice(new);
        return;
    }
    let mut merged = Vec::with_capacity((sorted.len() + new.len()).max(sorted.capacity()));
    let mut rest = sorted.as_slice();
    for number in new {
        let before = rest.partition_point(|other| by(other, number).is_le());
        merged.extend_from_slice(&rest[..before]);
        merged.push(*number);
        rest = &rest[before..];
    }
    merged.extend_from_slice(rest);
    *sorted = merged;
}

/// The folders that several neighbours in the list share.
fn groups(rows: &[Row], order: &[usize]) -> Vec<Group> {
    let mut groups = Vec::new();
    let mut first = 0;
    for run in order.chunk_by(|a, b| rows[*a].folder() == rows[*b].folder()) {
        let count = run.len();
        if count > 1 && !rows[run[0]].folder().is_empty() {
            groups.push(Group { first, count });
        }
        first += count;
    }
    groups
}

fn cursor(app: &mut App) {
    if let Some(wanted) = &app.wanted
        && let Some(number) = app.rows.iter().position(|row| row.path == *wanted)
    {
        app.selected = Some(number);
        app.moved = true;
        app.wanted = None;
    }
    if app.moved {
        let kept = app
            .selected
            .and_then(|row| app.order.iter().position(|n| *n == row));
        app.list.cursor = kept.unwrap_or(app.list.cursor);
    } else {
        app.list.cursor = 0;
    }
}

/// The line of the list that the artifact at `place` in the order stands on.
pub fn line_of(groups: &[Group], place: usize) -> usize {
    place + groups.partition_point(|group| group.first <= place)
}

/// What stands on a line of the list.
pub fn at_line(groups: &[Group], line: usize) -> Line {
    // Group number g has its line at first + g.
    let mut low = 0;
    let mut high = groups.len();
    while low < high {
        let middle = usize::midpoint(low, high);
        if groups[middle].first + middle <= line {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    match low.checked_sub(1) {
        Some(at) if groups[at].first + at == line => Line::Folder(at),
        _ => Line::Artifact(line - low),
    }
}

/// The lines of the list in its window.
pub fn window(app: &App, height: usize) -> impl Iterator<Item = Line> + '_ {
    let count = app.order.len() + app.groups.len();
    let lines = app.list.top..count.min(app.list.top.saturating_add(height));
    lines.map(|line| at_line(&app.groups, line))
}

/// Brings the window of the list to its cursor.
pub fn scroll(app: &mut App, height: usize) {
    app.list.cursor = app.list.cursor.min(app.order.len().saturating_sub(1));
    let count = app.order.len() + app.groups.len();
    let line = line_of(&app.groups, app.list.cursor);
    let mut lines = super::scroll::Scroll {
        cursor: line,
        top: app.list.top,
    };
    lines.settle(count, height);
    // The name of the folder above its first artifact.
    if lines.top == line && line > 0 && height > 1 {
        let above = at_line(&app.groups, line - 1);
        lines.top -= usize::from(matches!(above, Line::Folder(_)));
    }
    app.list.top = lines.top;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merging_keeps_the_order_and_every_row() {
        let by = |a: &usize, b: &usize| (a / 10).cmp(&(b / 10));
        for (old, new) in [
            (vec![], vec![5]),
            (vec![1, 20], vec![30, 41]),
            (vec![10, 11, 30], vec![5, 12, 31, 50]),
            (vec![10], vec![]),
        ] {
            let mut merged = old.clone();
            merge(&mut merged, &new, by);
            let mut expected = [old, new].concat();
            expected.sort_by(by);
            assert_eq!(merged, expected);
        }
    }

    #[test]
    fn lines_and_places_are_each_others_inverse() {
        let groups = [
            Group { first: 0, count: 2 },
            Group { first: 3, count: 4 },
            Group { first: 7, count: 2 },
        ];
        let mut line = 0;
        for place in 0..12 {
            if let Some(at) = groups.iter().position(|group| group.first == place) {
                assert_eq!(at_line(&groups, line), Line::Folder(at));
                line += 1;
            }
            assert_eq!(at_line(&groups, line), Line::Artifact(place));
            assert_eq!(line_of(&groups, place), line);
            line += 1;
        }
    }
}
