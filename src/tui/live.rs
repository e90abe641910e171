//! The environment that rows are compared with, and what it is called.

use std::path::Path;
use std::sync::Arc;

use crate::environment::Environment;

/// The environment that rows are compared with.
#[derive(Clone, Debug, Default)]
pub enum Live {
    /// Being looked for.
    #[default]
    Looking,
    /// There is none.
    Nowhere,
    /// This one.
    Chosen(Arc<Environment>),
}

/// How an environment is called: its folder, with the one above when the folder is called as all
/// of them are; a whole Python by its release alone.
pub fn environment_name(environment: &Environment) -> String {
    const USUAL: [&str; 4] = [".venv", "venv", "env", ".env"];

    let prefix: &Path = &environment.prefix;
    let name = prefix.file_name().unwrap_or(prefix.as_os_str());
    let name = crate::text::path(Path::new(name));
    let python = environment.python.map(|python| python.to_string());
    if python.as_ref() == Some(&name) {
        return format!("Python {name}");
    }
    let above = prefix.parent().and_then(Path::file_name);
    let name = match above.filter(|_| USUAL.contains(&name.as_str())) {
        Some(above) => format!("{}/{name}", crate::text::path(Path::new(above))),
        None => name,
    };
    match python {
        Some(python) => format!("{name} ({python})"),
        None => name,
    }
}
