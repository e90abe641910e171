//! Files that are something else, told by their first bytes: what they are and what opens them.
//!
//! Names only. Nothing here parses a format, and a match is not a promise that the file is whole.

use super::{Unreadable, UnreadableKind};

/// What a file is instead of a model that is read here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    /// With its article: `an HDF5 file`.
    pub what: &'static str,
    /// What to do, when something can be done.
    pub repair: Option<&'static str>,
}

/// The reason that an artifact of this identity has no facts.
impl From<Identity> for Unreadable {
    fn from(identity: Identity) -> Self {
        Self {
            kind: UnreadableKind::Foreign,
            reason: identity.what.into(),
            repair: identity.repair.map(Into::into),
        }
    }
}

const XGBOOST: &str = "load it with xgboost.Booster(model_file=…) or XGBModel.load_model";
const UNPACK: &str = "unpack it and look at what is inside";
const DOWNLOAD: &str = "download the model again: the address needs a login or is not the raw file";

/// Signatures at the start of a file, the longer ones first where one begins another.
const STARTS: &[(&[u8], &str, Option<&str>)] = &[
    (
        b"binf",
        "an XGBoost model in the old binary format",
        Some("load it with the XGBoost that saved it and save it again as JSON"),
    ),
    (
        b"{L\x00\x00\x00\x00\x00\x00\x00",
        "an XGBoost model (UBJSON)",
        Some(XGBOOST),
    ),
    (
        b"PAR1",
        "a Parquet table",
        Some("read it with pandas.read_parquet"),
    ),
    (b"SQLite format 3\x00", "an SQLite database", None),
    (
        b"ARROW1",
        "an Arrow table",
        Some("read it with pandas.read_feather"),
    ),
    (b"\x89PNG\r\n\x1a\n", "a PNG image", None),
    (b"\xff\xd8\xff", "a JPEG image", None),
    (b"GIF8", "a GIF image", None),
    (b"%PDF-", "a PDF document", None),
    (b"\x7fELF", "a compiled program or library", None),
    (b"\xcf\xfa\xed\xfe", "a compiled program or library", None),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", Some(UNPACK)),
    (b"Rar!\x1a\x07", "a RAR archive", Some(UNPACK)),
    (
        b"\x28\xb5\x2f\xfd",
        "zstd-compressed data",
        Some("decompress it with zstd -d"),
    ),
    (b"RIFF", "a sound or video file", None),
    (b"#!", "a script", None),
];

/// What the first bytes of the content say; `None` when they may be a format that is read here.
pub(super) fn identify(head: &[u8]) -> Option<Identity> {
    for (start, what, repair) in STARTS {
        if head.starts_with(start) {
            return identity(what, *repair);
        }
    }
    if head.get(4..8) == Some(b"TFL3") {
        return identity(
            "a TensorFlow Lite model",
            Some("open it with the TensorFlow Lite runtime"),
        );
    }
    if head.get(257..262) == Some(b"ustar") {
        return identity("a tar archive", Some(UNPACK));
    }
    markup(head).or_else(|| json(head))
}

/// What remains when no reader wanted the file: plain text, or zeros.
pub(super) fn leftover(head: &[u8]) -> Option<Identity> {
    if head.len() >= 16 && head.iter().all(|byte| *byte == 0) {
        return identity(
            "zeros only, as an interrupted download or a full disk leaves them",
            Some("copy or download it again"),
        );
    }
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // A character may be cut at the end of the probe.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    let plain = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t' | '\u{c}');
    if text.is_empty() || !text.chars().all(plain) {
        return None;
    }
    let first = text.trim_start().lines().next().unwrap_or_default();
    if ["import ", "from ", "def ", "class "]
        .iter()
        .any(|word| first.starts_with(word))
    {
        return identity("Python source code", None);
    }
    if first.contains(',') && text.lines().take(3).all(|line| line.contains(',')) {
        return identity("a table as text (CSV)", None);
    }
    identity("plain text", None)
}

/// What a zip archive is, by the names of its members.
pub(super) fn archive<'n>(names: &(impl Iterator<Item = &'n str> + Clone)) -> Identity {
    let any = |test: &dyn Fn(&str) -> bool| names.clone().any(test);
    let (what, repair) = if names.clone().next().is_none() {
        ("an empty zip archive", None)
    } else if any(&|n| n == "META-INF/MANIFEST.MF") {
        ("a Java archive", None)
    } else if any(&|n| n == "[Content_Types].xml") {
        ("an office document", None)
    } else if any(&|n| n.ends_with(".dist-info/WHEEL")) {
        ("a Python wheel", Some("install it with pip"))
    } else {
        ("a zip archive of another kind", Some(UNPACK))
    };
    Identity { what, repair }
}

fn markup(head: &[u8]) -> Option<Identity> {
    let trimmed = trim(head);
    if !trimmed.starts_with(b"<") {
        return None;
    }
    let start = trimmed[..trimmed.len().min(512)].to_ascii_lowercase();
    let has = |word: &[u8]| memchr::memmem::find(&start, word).is_some();
    if has(b"<!doctype html") || has(b"<html") || has(b"<head") || has(b"<body") {
        identity(
            "an HTML page (a login or error page saved in place of the model)",
            Some(DOWNLOAD),
        )
    } else if has(b"<error>") || has(b"accessdenied") || has(b"nosuchkey") {
        identity(
            "an XML error message of a storage service in place of the model",
            Some(DOWNLOAD),
        )
    } else if start.starts_with(b"<?xml") {
        identity("an XML document", None)
    } else {
        None
    }
}

fn json(head: &[u8]) -> Option<Identity> {
    let trimmed = trim(head);
    let next = trim(trimmed.get(1..)?);
    let has = |word: &[u8]| memchr::memmem::find(head, word).is_some();
    match trimmed[0] {
        b'{' if matches!(next.first(), Some(b'"' | b'}')) => {}
        b'[' if matches!(
            next.first(),
            Some(b'{' | b'[' | b']' | b'"' | b'-' | b'0'..=b'9')
        ) => {}
        _ => return None,
    }
    if has(b"\"learner\"") {
        identity("an XGBoost model (JSON)", Some(XGBOOST))
    } else if has(b"\"oblivious_trees\"") || has(b"\"catboost_version_info\"") {
        identity(
            "a CatBoost model (JSON)",
            Some("load it with load_model(…, format='json')"),
        )
    } else if has(b"\"tree_info\"") {
        identity("a LightGBM dump (JSON), which cannot be loaded back", None)
    } else if has(b"\"nbformat\"") || has(b"\"cells\"") {
        identity("a Jupyter notebook", None)
    } else if has(b"\"message\"") || has(b"\"error\"") {
        identity(
            "JSON, by its fields an error message in place of the model",
            Some(DOWNLOAD),
        )
    } else {
        identity("JSON data", None)
    }
}

fn trim(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    bytes.trim_ascii_start()
}

#[allow(clippy::unnecessary_wraps)] // Every caller answers an option.
fn identity(what: &'static str, repair: Option<&'static str>) -> Option<Identity> {
    Some(Identity { what, repair })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bytes_name_the_file() {
        let cases: &[(&[u8], &str)] = &[
            (b"<!DOCTYPE html><html>", "an HTML page"),
            (b"\n  <html lang=en>", "an HTML page"),
            (
                b"<?xml version='1.0'?><Error><Code>AccessDenied",
                "an XML error",
            ),
            (b"{L\0\0\0\0\0\0\0\x07learner", "an XGBoost model (UBJSON)"),
            (b"{\"learner\": {\"attributes\"", "an XGBoost model (JSON)"),
            (b"[1, 2]", "JSON data"),
            (b"{ \"cells\": []}", "a Jupyter notebook"),
        ];
        for (head, what) in cases {
            let found = identify(head).expect(what);
            assert!(found.what.starts_with(what), "{} is not {what}", found.what);
        }
    }

    #[test]
    fn pickles_are_not_taken_away_from_their_reader() {
        let pickles: &[&[u8]] = &[
            b"\x80\x04\x95\x1f\0\0\0\0\0\0\0\x8c",
            b"(dp0\nS'a'\np1\nI1\ns.",
            b"ccopy_reg\n_reconstructor\np0\n",
            b"]q\0(K\x01K\x02e.",
            b"}q\0.",
            b"I42\n.",
            b"",
        ];
        for head in pickles {
            assert_eq!(identify(head), None, "{head:?}");
        }
    }

    #[test]
    fn archives_are_told_by_their_members() {
        let what = |names: &[&str]| archive(&names.iter().copied()).what;
        assert_eq!(what(&[]), "an empty zip archive");
        assert_eq!(what(&["x"]), "a zip archive of another kind");
    }

    #[test]
    fn what_is_left_is_text_or_zeros() {
        assert_eq!(leftover(b"hello\n").unwrap().what, "plain text");
        assert_eq!(
            leftover(b"a,b\n1,2\n3,4\n").unwrap().what,
            "a table as text (CSV)"
        );
        assert_eq!(
            leftover("caf\u{e9}".as_bytes()[..4].as_ref()).unwrap().what,
            "plain text"
        );
        assert!(leftover(&[0; 64]).unwrap().what.starts_with("zeros"));
        assert_eq!(leftover(b"\x01\x02"), None);
    }
}
