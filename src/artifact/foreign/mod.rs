//! Files that are something else, told by their first bytes: what they are and what opens them.
//!
//! Names only. Nothing here parses a format, and a match is not a promise that the file is whole.

mod archive;
mod text;

pub(super) use archive::{archive, is_called_like_a_model};

use super::{Unreadable, UnreadableKind};

const UNPACK: &str = "unpack it and look at what is inside";
const DOWNLOAD: &str = "download the model again: the address needs a login or is not the raw file";
const AGAIN: &str = "copy or download it again";
const MATLAB: &str = "read it with scipy.io.loadmat";
const R: &str = "load it in R with readRDS or load; Python needs pyreadr or rpy2";
const GGML: &str = "convert it to GGUF with the tools of llama.cpp";

/// Signatures at the start of a file, the longer ones first where one begins another.
const STARTS: &[(&[u8], &str, Option<&str>)] = &[
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
    (
        b"FEA1",
        "a Feather table of the first version",
        Some("read it with pandas.read_feather"),
    ),
    (
        b"\xff\xff\xff\xff\x10\0\0\0",
        "a stream of Arrow tables",
        Some("read it with pyarrow.ipc.open_stream"),
    ),
    (b"Obj\x01", "an Avro table", None),
    (b"ORC", "an ORC table", Some("read it with pandas.read_orc")),
    (b"X\n\0\0\0\x02\0", "an R object (RDS)", Some(R)),
    (b"X\n\0\0\0\x03\0", "an R object (RDS)", Some(R)),
    (b"RDX2\n", "an R workspace (RData)", Some(R)),
    (b"RDX3\n", "an R workspace (RData)", Some(R)),
    (b"RDA2\n", "an R workspace (RData, as text)", Some(R)),
    (b"RDA3\n", "an R workspace (RData, as text)", Some(R)),
    (
        b"\xac\xed\x00\x05",
        "a serialised Java object",
        Some("load it in Java, with the classes that wrote it"),
    ),
    (b"MATLAB 5.0 MAT-file", "a MATLAB file", Some(MATLAB)),
    (
        b"MATLAB 7.3 MAT-file",
        "a MATLAB file (7.3, HDF5 inside)",
        Some("read it with h5py"),
    ),
    (
        b"\xba\x16\x4f\x2f",
        "a fastText model",
        Some("load it with fasttext.load_model"),
    ),
    (
        b"tjgg",
        "a language model in a layout before GGUF",
        Some(GGML),
    ),
    (
        b"lmgg",
        "a language model in a layout before GGUF",
        Some(GGML),
    ),
    (
        b"fmgg",
        "a language model in a layout before GGUF",
        Some(GGML),
    ),
    (
        b"\x00\x05\x16\x07",
        "what macOS keeps about a file (AppleDouble), not the file",
        Some("delete it; the file itself has the name without `._`"),
    ),
    (b"\0\0\0\x01Bud1", "a folder view of the macOS Finder", None),
    (b"\x89PNG\r\n\x1a\n", "a PNG image", None),
    (b"\xff\xd8\xff", "a JPEG image", None),
    (b"GIF8", "a GIF image", None),
    (b"II*\0", "a TIFF image", None),
    (b"MM\0*", "a TIFF image", None),
    (b"%PDF-", "a PDF document", None),
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "an old office document",
        None,
    ),
    (b"\x7fELF", "a compiled program or library", None),
    (b"\xcf\xfa\xed\xfe", "a compiled program or library", None),
    (b"MZ\x90\0", "a compiled program or library", None),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", Some(UNPACK)),
    (b"Rar!\x1a\x07", "a RAR archive", Some(UNPACK)),
    (
        b"\x28\xb5\x2f\xfd",
        "zstd-compressed data",
        Some("decompress it with zstd -d"),
    ),
    (b"RIFF", "a sound or video file", None),
    (b"#!", "a script", None),
    // A binary pickle that somebody read and wrote as text.
    (
        b"\xef\xbb\xbf\x80",
        "a pickle with a text mark before it",
        Some("remove its first three bytes: tail -c +4"),
    ),
];

/// What the first bytes of the content say; `None` when they may be a format that is read here.
pub(super) fn identify(head: &[u8]) -> Option<Unreadable> {
    for (start, what, repair) in STARTS {
        if head.starts_with(start) {
            return Some(foreign(*what, *repair));
        }
    }
    if head.get(4..8) == Some(b"TFL3") {
        return Some(foreign(
            "a TensorFlow Lite model",
            Some("open it with the TensorFlow Lite runtime"),
        ));
    }
    if is_saved_model(head) {
        return Some(foreign(
            "a TensorFlow SavedModel, whose weights stand in the folder `variables` beside it",
            Some("open its folder with tf.saved_model.load or keras.layers.TFSMLayer"),
        ));
    }
    if let [_, 0x0d, 0x0d, 0x0a, ..] = head {
        return Some(foreign("a compiled Python module (.pyc)", None));
    }
    text::mangled(head)
        .or_else(|| text::markup(head))
        .or_else(|| text::json(head))
        .or_else(|| text::encoded(head))
}

/// What remains when no reader wanted the file: plain text, or zeros.
pub(super) fn leftover(head: &[u8]) -> Option<Unreadable> {
    if head.len() >= 16 && head.iter().all(|byte| *byte == 0) {
        return Some(foreign(
            "zeros only, as an interrupted download or a full disk leaves them",
            Some(AGAIN),
        ));
    }
    text::plain(head)
}

/// A schema version of one, then a graph whose description comes first. ONNX has a name in the
/// place of the graph, and no name begins with a line end.
fn is_saved_model(head: &[u8]) -> bool {
    let Some(rest) = head.strip_prefix(b"\x08\x01\x12") else {
        return false;
    };
    let length = rest.iter().take(5).position(|byte| byte & 0x80 == 0);
    length.is_some_and(|last| rest.get(last + 1) == Some(&0x0a))
}

fn foreign(what: impl Into<String>, repair: Option<&str>) -> Unreadable {
    Unreadable {
        kind: UnreadableKind::Foreign,
        reason: what.into(),
        repair: repair.map(Into::into),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bytes_name_the_file() {
        let cases: &[(&[u8], &str)] = &[
            (b"X\n\0\0\0\x03\0\x04\x03\x01", "an R object"),
            (b"RDX3\nX\n", "an R workspace"),
            (b"\xac\xed\0\x05sr\0", "a serialised Java object"),
            (b"MATLAB 5.0 MAT-file, Platform: GLNXA64", "a MATLAB file"),
            (b"\xa7\x0d\x0d\x0a\0\0\0\0", "a compiled Python module"),
            (b"\0\x05\x16\x07\0\x02\0\0", "what macOS keeps"),
            (
                b"\x08\x01\x12\xdc\x8e\x02\x0a\xaa\x0d\x12",
                "a TensorFlow SavedModel",
            ),
        ];
        for (head, what) in cases {
            let found = identify(head).expect(what).reason;
            assert!(found.starts_with(what), "{found} is not {what}");
        }
    }

    #[test]
    fn pickles_and_onnx_are_not_taken_away_from_their_readers() {
        let others: &[&[u8]] = &[
            b"\x80\x04\x95\x1f\0\0\0\0\0\0\0\x8c",
            b"(dp0\nS'a'\np1\nI1\ns.",
            b"ccopy_reg\n_reconstructor\np0\n",
            b"]q\0(K\x01K\x02e.",
            b"}q\0.",
            b"I42\n.",
            b"X\x05\0\0\0hello.",
            b"",
            b"\x08\x01\x12\x08skl2onnx\x1a\x06",
        ];
        for head in others {
            assert_eq!(identify(head), None, "{head:?}");
        }
    }

    #[test]
    fn zeros_are_told() {
        assert!(leftover(&[0; 64]).unwrap().reason.starts_with("zeros"));
        assert_eq!(leftover(b"\x01\x02"), None);
    }
}
