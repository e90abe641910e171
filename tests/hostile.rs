//! Files that someone made to harm the reader, and file system entries that are no files.
//!
//! Each has a kind that it must end with; what bounds time and memory are the budgets, not a clock.

#[path = "support/bombs.rs"]
mod bombs;

use std::fs;
use std::io::Write;
use std::path::Path;

use shelflife::artifact::{self, Artifact, Format, Keep, Objects, UnreadableKind};
use shelflife::manifest::Manifest;
use shelflife::pickle::{ErrorKind, Limits, PlainPickle, Reader, view};
use shelflife::source::{self, Stream};
use shelflife::text;

/// More than any small file may unfold to.
const TOO_MUCH: usize = 320 << 20;

fn read(bytes: &[u8]) -> Artifact {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.pkl");
    fs::write(&path, bytes).unwrap();
    artifact::read(&path, Keep::Identity)
}

fn whole(bytes: &[u8]) -> Objects {
    let facts = read(bytes).facts.unwrap_or_else(|e| panic!("{}", e.reason));
    facts.objects.unwrap()
}

#[track_caller]
fn refused(bytes: &[u8], kind: UnreadableKind, part: &str) {
    refused_as(&read(bytes), kind, part);
}

#[track_caller]
fn refused_as(read: &Artifact, kind: UnreadableKind, part: &str) {
    let unreadable = read.facts.as_ref().expect_err("must not be read");
    assert_eq!(unreadable.kind, kind, "{}", unreadable.reason);
    assert!(unreadable.reason.contains(part), "{}", unreadable.reason);
    assert_eq!(text::clean(&unreadable.reason), unreadable.reason);
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn join(pieces: &[&[u8]]) -> Vec<u8> {
    pieces.concat()
}

/// `GLOBAL` of a name, an object of it without arguments, and a state.
fn object(class: &str, state: &[u8]) -> Vec<u8> {
    join(&[b"c", class.as_bytes(), b"\n)\x81", state, b"b"])
}

fn text_of(text: &str) -> Vec<u8> {
    join(&[b"X", &(text.len() as u32).to_le_bytes(), text.as_bytes()])
}

#[test]
fn doubling_takes_one_node_a_doubling() {
    // Lists of the list before, twice: 2^200 members when written out.
    let mut lists = b"\x80\x04]\x94".to_vec();
    for level in 0..200_u8 {
        lists.extend(join(&[b"(h", &[level], b"h", &[level], b"l\x94"]));
    }
    lists.push(b'.');
    // The same by APPENDS to one list of itself, and by pairs of the top of the stack.
    let itself = join(&[b"\x80\x04]\x94(", &b"h\0".repeat(10_000), b"e."]);
    let pairs = join(&[b"\x80\x04N", &b"2\x86".repeat(100_000), b"."]);
    // An estimator that holds the one before under two names.
    let mut estimators = b"\x80\x02N\x940".to_vec();
    for level in 0..200_u8 {
        let state = join(&[
            b"}(",
            &text_of("a"),
            b"h",
            &[level],
            &text_of("b"),
            b"h",
            &[level],
            b"u",
        ]);
        estimators.extend(object("sklearn.base\nBaseEstimator", &state));
        estimators.push(0x94);
    }
    estimators.push(b'.');
    for bytes in [lists, itself, pairs, estimators] {
        let artifact = read(&bytes);
        let manifest = Manifest::of(&artifact);
        assert!(manifest.steps.len() <= 401);
        let details: usize = manifest.steps.iter().map(|step| step.details.len()).sum();
        assert!(details < 20_000);
        let objects = artifact.facts.unwrap().objects.unwrap();
        assert!(objects.graph.len() <= bytes.len());
        assert!(view(&objects.graph, objects.root).is_none());
    }
}

#[test]
fn depth_costs_neither_stack_nor_more_than_the_budget() {
    let deep = |levels: usize| {
        join(&[
            b"\x80\x02",
            &b"]".repeat(levels),
            &b"a".repeat(levels - 1),
            b".",
        ])
    };
    refused(&deep(10_000_000), UnreadableKind::Budget, "objects");
    let artifact = read(&deep(1_000_000));
    assert!(Manifest::of(&artifact).steps.len() <= 20);
    assert_eq!(
        artifact.facts.unwrap().objects.unwrap().graph.len(),
        1_000_000
    );
    // The same depth through objects: each is the state of the next.
    let built = join(&[
        b"\x80\x02",
        &b"cm\nC\n)\x81".repeat(100_000),
        &b"b".repeat(99_999),
        b".",
    ]);
    assert!(Manifest::of(&read(&built)).steps.len() <= 401);
}

#[test]
fn declared_lengths_are_not_believed() {
    for (opcode, what) in [
        (0x8d, "a string"),
        (0x8e, "a byte string"),
        (0x96, "a bytearray"),
    ] {
        for len in [1_u64 << 63, u64::MAX, 1 << 40] {
            let bytes = join(&[b"\x80\x04", &[opcode], &len.to_le_bytes(), b"abc."]);
            refused(&bytes, UnreadableKind::Truncated, what);
            refused(&gz(&bytes), UnreadableKind::Truncated, what);
        }
    }
    let frame = join(&[b"\x80\x04\x95", &(1_u64 << 63).to_le_bytes(), b"N."]);
    refused(&frame, UnreadableKind::Truncated, "a pickle frame");
    refused(
        b"\x80\x02\x8b\xff\xff\xff\x7fabc.",
        UnreadableKind::Truncated,
        "a long integer",
    );
    refused(
        b"\x80\x02\x8b\xff\xff\xff\xffabc.",
        UnreadableKind::Damaged,
        "a negative length",
    );
    refused(
        b"\x80\x02X\xff\xff\xff\xffabc.",
        UnreadableKind::Truncated,
        "a string",
    );
    refused(b"\x80\x06N.", UnreadableKind::Foreign, "not a model format");
}

#[test]
fn the_memo_takes_any_key_without_growing_to_it() {
    let high = b"\x80\x02N]r\xff\xff\xff\xff0j\xff\xff\xff\xff.";
    assert_eq!(whole(high).graph.items(whole(high).root), Some(&[][..]));
    // Keys that each stand a step beyond the last one: 8 KiB of empty places for five bytes.
    let mut bytes = b"\x80\x02N".to_vec();
    for step in 1..200_000_u32 {
        bytes.extend(join(&[b"r", &(step * 1023).to_le_bytes()]));
    }
    bytes.extend(join(&[b"0j", &(199_999_u32 * 1023).to_le_bytes(), b"."]));
    assert_eq!(whole(&bytes).graph.len(), 1);
    refused(
        b"\x80\x02Nh\x07.",
        UnreadableKind::Damaged,
        "memo entry 7 was never stored",
    );
    refused(b"\x80\x02Np-1\n.", UnreadableKind::Damaged, "PUT");
}

#[test]
fn the_stack_is_bounded_whatever_fills_it() {
    let many = 4_000_100;
    let floods: [(&[u8], &[u8]); 4] = [(b"", b"("), (b"N", b"2"), (b"N", b"N"), (b"N\x94", b"h\0")];
    for (start, filler) in floods {
        let bytes = join(&[b"\x80\x04", start, &filler.repeat(many)]);
        refused(&bytes, UnreadableKind::Budget, "values on the stack");
    }
    refused(b"\x80\x02]]]((e.", UnreadableKind::Damaged, "APPENDS");
    refused(b"\x80\x02(0\x86.", UnreadableKind::Damaged, "TUPLE");
    refused(b"\x80\x02N(.", UnreadableKind::Damaged, "STOP");
    refused(b"\x80\x02Nt.", UnreadableKind::Damaged, "no mark");
}

#[test]
fn instructions_links_and_streams_are_counted() {
    let few = Limits {
        opcodes: 1_000,
        links: 1_000,
        streams: 10,
        ..Limits::IDENTITY
    };
    let run = |bytes: Vec<u8>| {
        let mut reader = Reader::new(Stream::bytes(bytes), few);
        reader.pickle(&mut PlainPickle, false).unwrap_err().kind
    };
    let endless = run(b"(1".repeat(1_000));
    assert!(matches!(&endless, ErrorKind::Budget(what) if what.contains("instructions")));
    // A list of 400 references, made a tuple of three times.
    let mark = join(&[b"N\x94(", &b"h\0".repeat(400), b"t0"]);
    let links = run(mark.repeat(3));
    assert!(matches!(&links, ErrorKind::Budget(what) if what.contains("instructions")));
    let wide = Limits {
        links: 1_000,
        ..Limits::IDENTITY
    };
    let mut reader = Reader::new(Stream::bytes(mark.repeat(3)), wide);
    let links = reader.pickle(&mut PlainPickle, false).unwrap_err().kind;
    assert!(matches!(&links, ErrorKind::Budget(what) if what.contains("references")));
}

/// Two bytes that name a long text again would copy it into a name each time.
#[test]
fn names_are_counted_like_texts() {
    let long = "n".repeat(60_000);
    let start = join(&[b"\x80\x04", &text_of(&long), b"\x94"]);
    let bytes = join(&[&start, &b"h\0h\0\x930".repeat(2_000)]);
    refused(&bytes, UnreadableKind::Budget, "texts");
    let named = join(&[b"c", long.as_bytes(), b"\n", long.as_bytes(), b"\n"]);
    refused(&named.repeat(500), UnreadableKind::Budget, "texts");
    let longer = join(&[
        b"\x80\x04",
        &text_of(&"n".repeat(70_000)),
        b"\x8c\x01x\x93.",
    ]);
    refused(&longer, UnreadableKind::Budget, "64.0 KiB for a name");
    let line = join(&[b"(I1\nI2\nI3\nI4\nI5\nS'", &vec![b'a'; 17 << 20], b"'\nt."]);
    refused(&line, UnreadableKind::Budget, "for one line");
}

mod joblib {
    use super::*;

    /// A wrapper's state up to its `BUILD`, with the padding that joblib writes since 1.2.
    fn wrapper(shape: &[u8], dtype: &str) -> Vec<u8> {
        let state = join(&[
            b"}(",
            &text_of("shape"),
            shape,
            &text_of("order"),
            &text_of("C"),
            &text_of("dtype"),
            b"cnumpy\ndtype\n",
            &text_of(dtype),
            b"\x85R",
            &text_of("numpy_array_alignment_bytes"),
            b"K\x10u",
        ]);
        object("joblib.numpy_pickle\nNumpyArrayWrapper", &state)
    }

    fn stream(shape: &[u8], dtype: &str, rest: &[u8]) -> Vec<u8> {
        join(&[b"\x80\x02", &wrapper(shape, dtype), rest])
    }

    #[test]
    fn headers_are_not_believed() {
        let fine = read(&stream(
            b"K\x02\x85",
            "f8",
            &join(&[b"\x03\xff\xff\xff", &[7; 16], b"."]),
        ));
        assert_eq!(fine.format, Format::Joblib);
        assert!(fine.facts.is_ok());
        let huge = b"\x8a\x08\0\0\0\0\0\0\0\x40";
        let damaged: [(&[u8], &str, &str); 8] = [
            (&join(&[huge, huge, b"\x86"]), "f8", "shape"),
            (b"J\xff\xff\xff\xff\x85", "f8", "shape"),
            (b"G\x3f\xf0\0\0\0\0\0\0\x85", "f8", "shape"),
            (b"N", "f8", "shape"),
            (&join(&[b"(", &b"K\x01".repeat(65), b"t"]), "f8", "shape"),
            (b"K\x01\x85", "", "dtype"),
            (b"K\x01\x85", &"f8".repeat(40), "dtype"),
            (&join(&[b"(", &b"K\x01".repeat(1000), b"t"]), "O8", "shape"),
        ];
        for (shape, dtype, what) in damaged {
            let bytes = stream(shape, dtype, b"\0.");
            refused(&bytes, UnreadableKind::Damaged, what);
        }
        for rest in [&b""[..], b"\x09\xff", b"\x00\x01\x02", &[0xff; 200]] {
            let bytes = stream(b"K\x64\x85", "f8", rest);
            refused(&bytes, UnreadableKind::Truncated, "array 1 of the stream");
        }
        // A dimension of zero makes any shape small.
        let empty = stream(&join(&[huge, huge, b"K\0\x87"]), "f8", b"\0.");
        assert!(read(&empty).facts.is_ok());
    }

    /// Types that are not numpy's own fixed ones: text of any length is pickled like objects, and a
    /// type of another library has its size in the state.
    #[test]
    fn types_beyond_the_fixed_ones_have_a_size() {
        let wrapped = |dtype: &[u8], rest: &[u8]| {
            let shape = join(&[&text_of("shape"), b"K\x02\x85", &text_of("dtype")]);
            let state = join(&[b"}(", &shape, dtype, b"u"]);
            let wrapper = object("joblib.numpy_pickle\nNumpyArrayWrapper", &state);
            join(&[b"\x80\x02(", &wrapper, rest, b"K\x07t."])
        };
        let text = b"cnumpy._core._internal\n_convert_to_stringdtype_kwargs\nK\x01\x85R";
        let objects = whole(&wrapped(text, b"\x80\x05]."));
        assert_eq!(objects.streams.len(), 2);
        // (version, order, subtype, names, fields, size, alignment, flags): two bytes an element.
        let foreign = b"cnumpy\ndtype\ncml_dtypes\nbfloat16\n\x85R(K\x03U\x01<NNNK\x02K\x02K\0tb";
        let objects = whole(&wrapped(foreign, b"\xff\xff\xff\xff"));
        let items = objects.graph.items(objects.root).unwrap();
        assert_eq!(objects.graph.int(items[1]), Some(7));
    }

    #[test]
    fn wrappers_with_a_large_state_are_refused() {
        let filler: Vec<u8> = (0..200)
            .flat_map(|n| join(&[&text_of(&n.to_string()), b"N"]))
            .collect();
        let state = join(&[b"}(", &filler, b"u"]);
        let bytes = join(&[
            b"\x80\x02",
            &object("joblib.numpy_pickle\nNumpyArrayWrapper", &state),
            b".",
        ]);
        refused(&bytes, UnreadableKind::Damaged, "state");
    }

    /// In Python the pickle of an object array is loaded by a plain unpickler, so that wrappers
    /// inside announce nothing: nesting ends after one level.
    #[test]
    fn object_arrays_inside_object_arrays_end() {
        let inner = join(&[b"\x80\x02", &wrapper(b"K\x01\x85", "O8"), b"."]);
        let objects = whole(&stream(b"K\x01\x85", "O8", &join(&[&inner, b"."])));
        assert_eq!(objects.streams.len(), 2);
        let mut bytes = Vec::new();
        for _ in 0..1_000 {
            bytes.extend(stream(b"K\x01\x85", "O8", b""));
        }
        refused(&bytes, UnreadableKind::Truncated, "no STOP");
    }
}

mod compressed {
    use super::*;

    #[test]
    fn bombs_end_at_the_budget() {
        let budget = |name: &str, bytes: Vec<u8>| {
            assert!(
                bytes.len() < TOO_MUCH / 256,
                "{name}: {} bytes",
                bytes.len()
            );
            let read = read(&bytes);
            assert!(read.compression.is_some(), "{name}");
            refused_as(&read, UnreadableKind::Budget, "unpacking");
        };
        budget("zlib", bombs::zlib(TOO_MUCH));
        budget("gzip", bombs::gzip(TOO_MUCH));
        budget("bz2", bombs::bz2(TOO_MUCH));
        budget("xz", bombs::xz(TOO_MUCH));
        budget("lzma", bombs::lzma(TOO_MUCH));
        // LZ4 alone gives at most 255 bytes for one, which is no bomb.
        budget("lz4 in gzip", gz(&bombs::lz4(TOO_MUCH)));
        budget("zlib in gzip in gzip", gz(&gz(&bombs::zlib(TOO_MUCH))));
    }

    #[test]
    fn three_compressions_are_undone_and_no_more() {
        let plain = b"\x80\x02]K\x01a.";
        let three = gz(&gz(&gz(plain)));
        assert_eq!(whole(&three).graph.len(), 2);
        refused(&gz(&three), UnreadableKind::Foreign, "not a model format");
    }

    #[test]
    fn what_is_no_model_inside_is_told() {
        let garbage: Vec<u8> = (0..5_000_u32)
            .map(|n| ((n * n) >> 3) as u8 | 0xc0)
            .collect();
        refused(&gz(&garbage), UnreadableKind::Foreign, "not a model format");
        refused(&gz(b""), UnreadableKind::Empty, "empty");
        let cut = &gz(b"\x80\x02]K\x01a.")[..12];
        refused(cut, UnreadableKind::Truncated, "ends");
        refused(b"ZF0x106f2", UnreadableKind::Truncated, "ends");
        // An xz header that asks for a dictionary of 4 GiB, and an lzma header that does.
        let xz =
            b"\xfd7zXZ\0\0\0\xff\x12\xd9\x41\x02\x00\x21\x01\x28\0\0\0\xe6\xa0\x11\xb3\x01\0\0a\0";
        refused(xz, UnreadableKind::Budget, "unpacking");
        let mut lzma = bombs::lzma(10_000);
        lzma[1..5].copy_from_slice(&0xf000_0000_u32.to_le_bytes());
        lzma[1] = 0;
        refused(&lzma, UnreadableKind::Budget, "unpacking");
    }
}

#[cfg(unix)]
mod entries {
    use super::*;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn what_is_no_regular_file_is_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let status = std::process::Command::new("mkfifo")
            .arg(at("fifo"))
            .status();
        assert!(status.unwrap().success());
        fs::create_dir(at("directory")).unwrap();
        symlink(at("fifo"), at("link")).unwrap();
        let entries = [at("fifo"), at("link")];
        let devices = ["/dev/zero", "/dev/full", "/dev/null"].map(Into::into);
        for path in entries.iter().chain(&devices) {
            let read = artifact::read(path, Keep::Identity);
            refused_as(&read, UnreadableKind::Io, "not a regular file");
        }
        let read = artifact::read(&at("directory"), Keep::Identity);
        refused_as(&read, UnreadableKind::Foreign, "a directory");
        symlink(at("nowhere"), at("dangling")).unwrap();
        symlink(at("loop"), at("loop")).unwrap();
        for name in ["dangling", "loop", "missing"] {
            let read = artifact::read(&at(name), Keep::Identity);
            refused_as(&read, UnreadableKind::Io, "it cannot be read");
        }
    }

    #[test]
    fn a_file_without_permission_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.pkl");
        fs::write(&path, b"N.").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
        if fs::read(&path).is_ok() {
            return; // The superuser may read everything.
        }
        refused_as(
            &artifact::read(&path, Keep::Identity),
            UnreadableKind::Io,
            "cannot be read",
        );
    }

    #[test]
    fn a_file_that_shrinks_while_it_is_read_ends_early() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.pkl");
        let body = vec![b'x'; 300_000];
        let bytes = join(&[
            b"\x80\x04\x8e",
            &300_000_u64.to_le_bytes(),
            &body,
            b"K\x01\x86.",
        ]);
        for left in [0, 100, 150_000] {
            fs::write(&path, &bytes).unwrap();
            let source = source::open(&path).unwrap();
            let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
            file.set_len(left).unwrap();
            let mut reader = Reader::new(source.stream, Limits::everything(1 << 20));
            let error = reader.pickle(&mut PlainPickle, false).unwrap_err();
            assert!(matches!(error.kind, ErrorKind::Truncated(_)), "{error}");
        }
    }

    #[test]
    fn odd_names_and_escape_sequences_reach_nobody() {
        let folder = tempfile::tempdir().unwrap();
        for name in [&b"model\xff.pkl"[..], b"\x1b]0;owned\x07.pkl", b"a\nb.pkl"] {
            let path = folder
                .path()
                .join(Path::new(std::ffi::OsStr::from_bytes(name)));
            let class = "ev\x1b[2Jil\nC\u{202e}lass";
            fs::write(&path, join(&[b"\x80\x02", &object(class, b"}"), b"."])).unwrap();
            let artifact = artifact::read(&path, Keep::Identity);
            assert_eq!(artifact.path, path);
            assert!(!text::path(&artifact.path).contains(['\x1b', '\x07', '\n']));
            let root = Manifest::of(&artifact).root.unwrap();
            assert_eq!(root, "ev\u{fffd}[2Jil.C\u{fffd}lass");
            fs::write(&path, b"\x80\x02I\x1b[31m\n.").unwrap();
            refused_as(
                &artifact::read(&path, Keep::Identity),
                UnreadableKind::Damaged,
                "INT has the line",
            );
        }
    }
}
