//! Files that hold nothing but the interpreter's version: `runtime.txt`, `.python-version`,
//! `.tool-versions`.

use super::entry::Entry;

/// The first line that names a Python version: `python-3.9.7`, `3.9`, `python 3.9.7`.
pub(super) fn parse(text: &str) -> Vec<Entry> {
    text.lines()
        .zip(1_u32..)
        .take(100)
        .find_map(|(line, number)| {
            let written = line.trim();
            let version = written
                .strip_prefix("python")
                .or_else(|| written.strip_prefix("cpython"))
                .map_or(written, |rest| {
                    rest.trim_start_matches(['-', ' ', '=', '\t'])
                });
            let version = version.split_whitespace().next()?;
            let numbers = version.bytes().all(|b| b.is_ascii_digit() || b == b'.');
            (numbers && version.starts_with(['2', '3']))
                .then(|| Entry::python(version, number, written))?
        })
        .into_iter()
        .collect()
}
