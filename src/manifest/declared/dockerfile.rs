//! Container recipes: the Python of the base image, and what `RUN … pip install …` installs.
//!
//! A recipe is a shell program; only what stands there literally is read.

use super::entry::Entry;

/// Options of `pip install` that take a value.
const VALUED: [&str; 14] = [
    "-r",
    "--requirement",
    "-c",
    "--constraint",
    "-i",
    "--index-url",
    "--extra-index-url",
    "-f",
    "--find-links",
    "-t",
    "--target",
    "--trusted-host",
    "--prefix",
    "-e",
];

/// Base images and literal installations, in the order of the file.
pub(super) fn parse(text: &str) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut arguments: Vec<(String, String)> = Vec::new();
    for (instruction, line) in instructions(text) {
        let mut words = instruction.split_whitespace();
        let Some(keyword) = words.next() else {
            continue;
        };
        match keyword.to_ascii_uppercase().as_str() {
            "ARG" | "ENV" => {
                for word in words {
                    if let Some((name, value)) = word.split_once('=')
                        && arguments.len() < 100
                    {
                        let value = value.trim_matches(['"', '\'']);
                        arguments.push((name.to_owned(), value.to_owned()));
                    }
                }
            }
            "FROM" => {
                let image = words.find(|word| !word.starts_with("--"));
                if let Some(image) = image {
                    let image = substitute(image, &arguments);
                    entries.extend(base(&image, line, &instruction));
                }
            }
            "RUN" => installations(&instruction, line, &mut entries),
            _ => {}
        }
    }
    entries
}

/// Instructions with their continuation lines joined, and the line where each begins.
fn instructions(text: &str) -> Vec<(String, u32)> {
    let mut found: Vec<(String, u32)> = Vec::new();
    let mut open = false;
    for (line, number) in text.lines().zip(1_u32..) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (part, goes_on) = match line.strip_suffix('\\') {
            Some(part) => (part.trim_end(), true),
            None => (line, false),
        };
        match found.last_mut() {
            Some((whole, _)) if open => {
                whole.push(' ');
                whole.push_str(part);
            }
            _ => found.push((part.to_owned(), number)),
        }
        open = goes_on;
    }
    found
}

/// `$NAME` and `${NAME}` and `${NAME:-default}`, once.
fn substitute(word: &str, arguments: &[(String, String)]) -> String {
    let Some((before, rest)) = word.split_once('$') else {
        return word.to_owned();
    };
    let (name, after) = if let Some(inner) = rest.strip_prefix('{') {
        inner.split_once('}').unwrap_or((inner, ""))
    } else {
        let end = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .unwrap_or(rest.len());
        rest.split_at(end)
    };
    let (name, default) = name.split_once(":-").unwrap_or((name, ""));
    let value = arguments
        .iter()
        .rev()
        .find(|(known, _)| known == name)
        .map_or(default, |(_, value)| value);
    format!("{before}{value}{after}")
}

/// The Python of an image: `python:3.9-slim`, or a tag like `fastapi:python3.9`.
fn base(image: &str, line: u32, instruction: &str) -> Option<Entry> {
    let image = image.split('@').next()?;
    let (repository, tag) = image.rsplit_once(':')?;
    let name = repository.rsplit('/').next()?;
    let version = if name == "python" {
        tag
    } else {
        let at = tag.find("python")?;
        &tag[at + "python".len()..]
    };
    let end = version
        .find(|c: char| !(c.is_ascii_digit() || c == '.'))
        .unwrap_or(version.len());
    let version = version[..end].trim_end_matches('.');
    if !version.starts_with(['2', '3']) {
        return None;
    }
    Entry::python(version, line, instruction)
}

/// The requirements after each `pip install` of a shell line.
fn installations(instruction: &str, line: u32, entries: &mut Vec<Entry>) {
    for command in instruction
        .split("&&")
        .flat_map(|part| part.split([';', '|']))
    {
        let words: Vec<&str> = command.split_whitespace().take(1000).collect();
        let start = words.windows(2).position(|pair| {
            let program = pair[0].rsplit('/').next().unwrap_or(pair[0]);
            program.starts_with("pip") && pair[1] == "install"
        });
        let Some(start) = start else { continue };
        let mut skip = false;
        for word in &words[start + 2..] {
            if std::mem::take(&mut skip) {
                continue;
            }
            if word.starts_with('-') {
                skip = VALUED.contains(word);
                continue;
            }
            let word = word.trim_matches(['"', '\'']);
            if word.contains('$') {
                continue;
            }
            if let Some(mut entry) = Entry::requirement(word, line) {
                entry.text = crate::text::short(&format!("RUN pip install {word}"), 160);
                entries.push(entry);
            }
        }
    }
}
