//! Zip archives that no reader wants, told by the names of their members.

use super::{UNPACK, foreign};
use crate::artifact::Unreadable;
use crate::text;

/// Members that a reason names.
const NAMED: usize = 3;

/// Endings of members that are worth a name: they look like models themselves.
const MODELS: [&str; 14] = [
    ".pkl",
    ".pickle",
    ".joblib",
    ".sav",
    ".skops",
    ".onnx",
    ".pt",
    ".pth",
    ".h5",
    ".keras",
    ".safetensors",
    ".cbm",
    ".ubj",
    ".model",
];

/// Whether the name of a member, in lower case, is that of a model.
pub(in crate::artifact) fn is_called_like_a_model(name: &str) -> bool {
    MODELS.iter().any(|ending| name.ends_with(ending))
}

/// A test of a member's name, and what an archive with such a member is and what opens it.
type Kind<'a> = (&'a dyn Fn(&str) -> bool, &'a str, Option<&'a str>);

/// What an archive of these members is.
pub(in crate::artifact) fn archive(names: &[&str]) -> Unreadable {
    let any = |test: &dyn Fn(&str) -> bool| names.iter().any(|name| test(name));
    let inside = |file: &'static str| {
        move |name: &str| {
            let folder = name.strip_suffix(file);
            folder.is_some_and(|folder| folder.is_empty() || folder.ends_with('/'))
        }
    };
    if names.is_empty() {
        return foreign("an empty zip archive", None);
    }
    let known: [Kind; 8] = [
        (
            &inside("MLmodel"),
            "an MLflow model directory in a zip archive",
            Some("unpack it: the directory is read as one model"),
        ),
        (
            &inside("saved_model.pb"),
            "a TensorFlow SavedModel in a zip archive",
            Some("unpack it and open the folder with tf.saved_model.load"),
        ),
        (
            &|name| name.ends_with("MAR-INF/MANIFEST.json"),
            "a TorchServe archive (.mar)",
            Some("unpack it: the model is the file that MAR-INF/MANIFEST.json names"),
        ),
        (
            &|name| name == "model.ini",
            "an H2O MOJO",
            Some("load it with h2o.import_mojo; it needs Java"),
        ),
        (
            &|name| name == "META-INF/MANIFEST.MF",
            "a Java archive",
            None,
        ),
        (
            &|name| name == "[Content_Types].xml",
            "an office document",
            None,
        ),
        (
            &|name| name.ends_with(".dist-info/WHEEL"),
            "a Python wheel",
            Some("install it with pip"),
        ),
        (
            &|name| name == "mimetype",
            "an office document or a book",
            None,
        ),
    ];
    if let Some((_, what, repair)) = known.iter().find(|(test, ..)| any(*test)) {
        return foreign(*what, *repair);
    }
    let mut models: Vec<&str> = names
        .iter()
        .copied()
        .filter(|name| {
            let name = name.to_ascii_lowercase();
            // What the macOS archiver adds has the names of the files that it is about.
            let real = !name.starts_with("__macosx/");
            real && is_called_like_a_model(&name)
        })
        .collect();
    let members = match names.len() {
        1 => "1 member".to_owned(),
        count => format!("{count} members"),
    };
    if models.is_empty() {
        return foreign(
            format!("a zip archive of another kind ({members})"),
            Some(UNPACK),
        );
    }
    let more = models.len().saturating_sub(NAMED);
    models.truncate(NAMED);
    let models: Vec<String> = models.iter().map(|name| text::short(name, 60)).collect();
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    foreign(
        format!(
            "a plain zip archive of {members} with {}{more} inside",
            models.join(", ")
        ),
        Some("unpack it: what is inside is read as a file of its own"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archives_are_told_by_their_members() {
        let what = |names: &[&str]| archive(names).reason;
        assert_eq!(what(&[]), "an empty zip archive");
        assert_eq!(what(&["x"]), "a zip archive of another kind (1 member)");
        assert_eq!(
            what(&["a/MLmodel", "a/model.pkl"]),
            "an MLflow model directory in a zip archive"
        );
        assert_eq!(
            what(&["m.pkl", "__MACOSX/._m.pkl", "notes.txt"]),
            "a plain zip archive of 3 members with m.pkl inside"
        );
        assert_eq!(
            what(&["a.pkl", "b.pkl", "c.pkl", "d.pkl"]),
            "a plain zip archive of 4 members with a.pkl, b.pkl, c.pkl and 1 more inside"
        );
    }
}
