//! Names that a source plainly has, told without parsing it. A quick yes for most of the names that
//! one library takes from another; where it says no, a parse decides.

use super::imports::Import;
use super::modules::Place;
use super::names::absolute;
use super::{Environment, files, syntax};

/// Star imports that are followed in a row.
const STARS: usize = 3;

impl Environment {
    /// Whether a name is bound in a source, told without parsing it: it stands behind `def` or `class`
    /// or before `=` at the left margin, or is imported there, by name or with a star.
    pub(super) fn plainly_has(&self, module: &str, name: &str, depth: usize) -> bool {
        let (file, package) = match self.place(module) {
            Place::Module { file, .. } => (file, false),
            Place::Package {
                file: Some(file), ..
            } => (file, true),
            _ => return false,
        };
        if file.extension().is_none_or(|extension| extension != "py") {
            return false;
        }
        let imports = self.imports_of(&file);
        let taken = |import: &Import| import.names.iter().flatten().any(|taken| taken == name);
        if imports.statements.iter().any(taken)
            || files::bounded(&file, syntax::LARGEST).is_some_and(|source| binds(&source, name))
        {
            return true;
        }
        let mut stars = imports.statements.iter().filter(|import| {
            let names = import.names.as_deref().unwrap_or_default();
            names.first().is_some_and(|name| name == "*")
        });
        depth < STARS
            && stars.any(|import| {
                absolute(module, package, &import.module)
                    .is_some_and(|target| self.plainly_has(&target, name, depth + 1))
            })
    }
}

/// Whether a source defines a name or assigns to it at the left margin.
fn binds(source: &[u8], name: &str) -> bool {
    ["\ndef ", "\nclass ", "\nasync def ", "\n"]
        .into_iter()
        .any(|before| {
            let line = format!("{before}{name}");
            memchr::memmem::find_iter(source, line.as_bytes()).any(|at| {
                let next = source.get(at + line.len());
                next.is_some_and(|next| matches!(next, b' ' | b'=' | b':' | b'('))
            })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_at_the_margin_are_found_without_a_parse() {
        let source = b"import x\nclass A(B):\n    c = 1\ndef d(): pass\ne: int = 3\nff = 1\n";
        for name in ["A", "d", "e", "ff"] {
            assert!(binds(source, name), "{name}");
        }
        for name in ["B", "c", "f", "x", "clas"] {
            assert!(!binds(source, name), "{name}");
        }
    }
}
