//! The layers of the house hold: a module uses only modules that stand above it in the table at
//! the head of `src/lib.rs`, and only the places meant for it start processes, threads or print.

use std::fs;
use std::path::{Path, PathBuf};

/// Bottom first. `text` stands below all; `pickle` takes the bytes that `source` gives.
const ORDER: [&str; 17] = [
    "text",
    "source",
    "pickle",
    "package",
    "atlas",
    "artifact",
    "shelf",
    "manifest",
    "environment",
    "trust",
    "compat",
    "explain",
    "trial",
    "engine",
    "report",
    "tui",
    "cli",
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// Every source below `src` with the module that it belongs to and its text without tests.
fn modules() -> Vec<(PathBuf, String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    sources(&root, &mut paths);
    let described = paths.into_iter().filter_map(|path| {
        let below = path.strip_prefix(&root).unwrap().to_owned();
        let first = below
            .components()
            .next()?
            .as_os_str()
            .to_string_lossy()
            .into_owned();
        let name = first.trim_end_matches(".rs").to_owned();
        let is_test = path.file_stem().is_some_and(|stem| {
            let stem = stem.to_string_lossy();
            stem == "tests" || stem.ends_with("_tests") || stem == "test_support"
        }) || below.components().any(|part| part.as_os_str() == "tests");
        if is_test || matches!(name.as_str(), "lib" | "main") {
            return None;
        }
        let text = fs::read_to_string(&path).unwrap();
        let text = text
            .split("#[cfg(test)]\nmod tests {")
            .next()
            .unwrap()
            .to_owned();
        Some((path, name, text))
    });
    described.collect()
}

/// The modules named after `crate::`, also inside braces.
fn used(text: &str) -> Vec<String> {
    let code: String = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n");
    let mut names = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        // `crate` must be the path's first word, not the end of another one.
        if code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        if let Some(inside) = rest.strip_prefix('{') {
            let mut depth = 1_i32;
            let mut word = String::new();
            let mut fresh = true;
            for c in inside.chars() {
                match c {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    ',' if depth == 1 => fresh = true,
                    c if depth == 1 && fresh && (c.is_alphanumeric() || c == '_') => word.push(c),
                    _ if depth == 1 && !word.is_empty() => fresh = false,
                    _ => {}
                }
                let ends = !(c.is_alphanumeric() || c == '_');
                if ends && !word.is_empty() {
                    names.push(std::mem::take(&mut word));
                    fresh = c == ',';
                }
                if depth == 0 {
                    break;
                }
            }
        } else {
            names.push(
                rest.chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect(),
            );
        }
    }
    names
}

#[test]
fn a_module_uses_only_what_stands_below_it() {
    let modules = modules();
    assert!(modules.len() > 40, "the walk over src found too little");
    let place = |name: &str| ORDER.iter().position(|module| *module == name);
    let mut wrong = Vec::new();
    for (path, module, text) in &modules {
        let own = place(module).unwrap_or_else(|| panic!("{module} has no place in the order"));
        for name in used(text) {
            match place(&name) {
                Some(other) if other > own => {
                    wrong.push(format!("{}: {module} uses {name}", path.display()));
                }
                _ => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_map_in_lib_rs_names_every_module_in_this_order() {
    let lib = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs");
    let text = fs::read_to_string(lib).unwrap();
    let rows: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("//! | [`")?.split('`').next())
        .collect();
    assert_eq!(rows, ORDER);
}

#[test]
fn only_the_front_ends_print_and_only_trials_and_user_programs_start_a_process() {
    let mut wrong = Vec::new();
    for (path, module, text) in modules() {
        let shown = path.display();
        let prints = ["println!", "print!(", "io::stdout()", "io::stderr()"];
        // The launcher of a trial is a child that answers its parent over pipes.
        let text = text.replace("rustix::stdio::", "");
        if !matches!(module.as_str(), "cli" | "tui") && prints.iter().any(|p| text.contains(p)) {
            wrong.push(format!("{shown} prints"));
        }
        let in_python_trial = path
            .to_string_lossy()
            .replace('\\', "/")
            .contains("src/trial/python");
        let starts = text.contains("std::process") || text.contains("Command::new");
        // The user's own editor, desktop and clipboard; the terminal program runs nothing else.
        let for_the_user = path.ends_with("src/tui/outside.rs");
        if starts && !in_python_trial && !for_the_user {
            wrong.push(format!("{shown} names std::process"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_reader_of_used_modules_sees_braces_and_paths() {
    let text =
        "use crate::{source, trust::{of, Trust}};\nlet x = crate::text::clean(y);\n// crate::tui\n";
    assert_eq!(used(text), ["source", "trust", "text"]);
}
