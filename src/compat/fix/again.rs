//! What helps when no release does: saving the artifact again, or training it again, and how.

use super::command;
use super::throw_away::Line;
use crate::artifact::Format;
use crate::compat::Finding;
use crate::compat::rule::Context;
use crate::text;

/// Pythons older than this come from elsewhere than `uv`.
const BROUGHT_BY_UV: &str = ">=3.8";

/// How the words begin that say where such a Python comes from.
pub const NOT_FROM_UV: &str = "uv brings Python 3.8 and newer only";

/// Reads text of Python 2 and writes a pickle that Python 3 reads without being told.
const SAVE_LATIN: &str = "import pickle, sys; \
    m = pickle.load(open(sys.argv[1], \"rb\"), encoding=\"latin1\"); \
    pickle.dump(m, open(sys.argv[2], \"wb\"), 4)";

/// One clause that says what to do by hand; `None` when a release does it.
pub fn again(context: &Context<'_>, blamed: &[&Finding], line: Option<&Line>) -> Option<String> {
    for finding in blamed {
        let name = text::short(&finding.subject, 80);
        let words = match finding.rule {
            "python2-text" => return saved_as_python3(context, line),
            "main-name" => format!(
                "where it was made, move {name} into a module that both programs import and save \
                 again; without that code only training again helps"
            ),
            "local-module" if line.is_none() => format!(
                "only with the module {name} of the project that saved it can anybody open it; \
                 without that code only training again helps"
            ),
            "bytecode-python" => "with the Python that saved it, move its functions into a module \
                                  that both programs import and save again, or train again"
                .to_owned(),
            _ => continue,
        };
        return Some(words);
    }
    let line = line?;
    if crate::package::satisfies(&line.python, BROUGHT_BY_UV) == Some(false) {
        return Some(format!(
            "{NOT_FROM_UV}: Python {} must be on this host (pyenv install {0}, \
             or a conda environment); else train it again",
            line.python
        ));
    }
    None
}

fn saved_as_python3(context: &Context<'_>, line: Option<&Line>) -> Option<String> {
    let path = context.artifact.path.as_path();
    let line = line.filter(|_| context.artifact.format == Format::Pickle)?;
    let opener = command::Opener {
        code: SAVE_LATIN,
        library: None,
    };
    let again = command::throw_away(&line.python, &line.packages, None, &opener, path)?;
    let target = path.with_extension("python3.pkl");
    let target = command::quote(target.to_str()?);
    Some(format!(
        "save it again as Python 3 reads it: {again} {target}"
    ))
}
