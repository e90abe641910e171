//! Files whose walk would cost the square of their size: what was looked at is counted, not timed.

use std::fs;
use std::io::Write;

use shelflife::artifact::{self, Artifact, Keep, UnreadableKind};
use shelflife::manifest::{self, Manifest, Surroundings};

fn read(bytes: &[u8]) -> Artifact {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.pkl");
    fs::write(&path, bytes).unwrap();
    artifact::read(&path, Keep::Identity)
}

fn text(text: &str) -> Vec<u8> {
    let mut bytes = b"X".to_vec();
    bytes.extend((text.len() as u32).to_le_bytes());
    bytes.extend(text.as_bytes());
    bytes
}

fn pickle(parts: &[&[u8]]) -> Vec<u8> {
    [b"\x80\x04", parts.concat().as_slice(), b"."].concat()
}

/// A dict of many attributes under memo key 0.
fn big_state(pairs: usize) -> Vec<u8> {
    let mut state = b"}\x94(".to_vec();
    for number in 0..pairs {
        state.extend(text(&format!("k{number}")));
        state.push(b'N');
    }
    state.extend(b"u0");
    state
}

/// How much the questions of the manifest looked at, and whether all of them were answered.
fn looked_at(bytes: &[u8]) -> (u64, bool) {
    let artifact = read(bytes);
    let manifest = Manifest::of(&artifact);
    let facts = artifact.facts.unwrap_or_else(|e| panic!("{}", e.reason));
    let effort = facts.objects.as_ref().unwrap().graph.effort();
    let told = manifest
        .notes
        .iter()
        .any(|note| note.contains("not all were looked at"));
    assert_eq!(told, effort.is_spent());
    (effort.spent(), !told)
}

#[test]
fn members_that_share_one_large_state_are_told_apart_without_gathering_it() {
    let object = b"cm\nC\n)\x81h\0b\x94";
    let list = pickle(&[
        &big_state(20_000),
        object,
        b"](",
        &b"h\x01".repeat(4_000),
        b"e",
    ]);
    let (cost, whole) = looked_at(&list);
    assert!(whole && cost < 10_000_000, "{cost}");
}

#[test]
fn a_state_that_is_set_again_and_again_is_looked_at_a_few_times() {
    let start = big_state(2_000);
    let built = pickle(&[
        &start,
        b"csklearn.base\nBase\n)\x81",
        &b"h\0b".repeat(100_000),
    ]);
    let (cost, _) = looked_at(&built);
    assert!(cost <= 60_000_000, "{cost}");
    let keys = pickle(&[
        b"}\x94(",
        &b"NN".repeat(50_000),
        b"u0cm\nC\n)\x81h\0b\x940](",
        &b"h\x01".repeat(50_000),
        b"e",
    ]);
    let (cost, _) = looked_at(&keys);
    assert!(cost <= 60_000_000, "{cost}");
}

#[test]
fn what_cannot_be_looked_at_whole_is_never_called_ready() {
    let class = b"ccatboost.core\nCatBoost\n\x940";
    let many = pickle(&[
        &big_state(4_000),
        class,
        b"](",
        &b"h\x01)\x81h\0b".repeat(40_000),
        b"e",
    ]);
    let (cost, whole) = looked_at(&many);
    assert!(!whole && cost == 60_000_000, "{cost}");
}

#[test]
fn real_models_take_a_hundredth_of_the_effort() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/demo");
    let mut count = 0;
    for entry in walkdir::WalkDir::new(root) {
        let path = entry.unwrap().into_path();
        let artifact = artifact::read(&path, Keep::Identity);
        Manifest::of(&artifact);
        let Ok(facts) = &artifact.facts else { continue };
        let Some(objects) = &facts.objects else {
            continue;
        };
        let cost = objects.graph.effort().spent();
        assert!(cost < 600_000, "{}: {cost}", path.display());
        count += 1;
    }
    assert!(count >= 5, "only {count} models");
}

/// Calls of cloudpickle around each other, and one that holds itself, were followed to the end.
#[test]
fn skeletons_of_skeletons_end() {
    let maker = b"ccloudpickle.cloudpickle\n_rehydrate_skeleton_class\n";
    let itself = pickle(&[maker, b"]\x94R\x94h\0h\x01a00h\x01"]);
    assert!(Manifest::of(&read(&itself)).root.is_some());
    let levels = 300_000;
    let chain = pickle(&[
        maker,
        b"\x940",
        &b"h\0".repeat(levels),
        b"N",
        &b"\x85R".repeat(levels),
    ]);
    assert!(Manifest::of(&read(&chain)).root.is_some());
}

/// Two bytes refer to a long text again; a copy for each would take gigabytes.
#[test]
fn long_texts_are_not_copied_for_each_reference() {
    let long = text(&"n".repeat(65_000));
    let count = 100_000_u32;
    let names = [b"](".as_slice(), &b"h\0".repeat(count as usize), b"e"].concat();
    let model = pickle(&[
        &long,
        b"\x940csklearn.linear_model\nLinearRegression\n)\x81}(",
        &text("feature_names_in_"),
        &names,
        b"ub",
    ]);
    assert!(Manifest::of(&read(&model)).feature_names.is_empty());
    let dtype = b"cnumpy\ndtype\n\x8c\x02O8\x89\x88\x87R";
    let labels = [
        b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85C\x01b\x87R(K\x01J"
            .as_slice(),
        &count.to_le_bytes(),
        b"\x85",
        dtype,
        b"\x89",
        &names,
        b"tb",
    ]
    .concat();
    let model = pickle(&[
        &long,
        b"\x940csklearn.svm\nSVC\n)\x81}(",
        &text("classes_"),
        &labels,
        b"ub",
    ]);
    assert_eq!(Manifest::of(&read(&model)).classes.len(), 32);
    // The same as a list of columns beside a model.
    let folder = tempfile::tempdir().unwrap();
    let columns = folder.path().join("columns.pkl");
    fs::write(&columns, pickle(&[&long, b"\x940", &names])).unwrap();
    let path = folder.path().join("model.pkl");
    let model = pickle(&[
        b"csklearn.linear_model\nLinearRegression\n)\x81}(",
        &text("n_features_in_"),
        b"K\x04ub",
    ]);
    fs::write(&path, model).unwrap();
    let artifact = artifact::read(&path, Keep::Identity);
    let mut manifest = Manifest::of(&artifact);
    manifest::relate(&artifact, &mut manifest, &Surroundings::default(), true);
    assert_eq!(manifest.siblings, []);
}

#[test]
fn versions_and_names_are_counted() {
    let mut versions = b"](".to_vec();
    let mut names = b"](".to_vec();
    for number in 0..6_000 {
        versions.push(b'}');
        versions.extend(text("_sklearn_version"));
        versions.extend(text(&format!("1.{number}")));
        versions.push(b's');
        names.extend(format!("cm\nn{number}\n").bytes());
    }
    versions.push(b'e');
    names.push(b'e');
    let manifest = Manifest::of(&read(&pickle(&[&versions])));
    assert!((100..=200).contains(&manifest.saved_with.len()));
    let refused = read(&pickle(&[&names])).facts.unwrap_err();
    assert_eq!(refused.kind, UnreadableKind::Budget);
    assert!(
        refused.reason.contains("different names"),
        "{}",
        refused.reason
    );
}

#[test]
fn memory_is_counted_whatever_takes_it() {
    for piece in [
        b"h\0)\x81Na".as_slice(),
        b"h\0)\x81h\x01b",
        b"]Na",
        b"}NNs",
        b"N\x85",
        b"C\x01a",
    ] {
        let flood = piece.repeat((9 << 20) / piece.len());
        let refused = read(&pickle(&[b"cm\nC\n\x940}\x940](", &flood, b"e"]));
        let refused = refused.facts.expect_err("must not be read");
        assert_eq!(refused.kind, UnreadableKind::Budget);
        assert!(refused.reason.contains("memory"), "{}", refused.reason);
    }
}

/// joblib up to 0.9 put each array into a file of its own: one that is named again is not read again.
#[test]
fn side_files_are_read_once() {
    let folder = tempfile::tempdir().unwrap();
    let side = [
        b"\x93NUMPY\x01\0\x46\0".as_slice(),
        format!(
            "{:<69}\n",
            "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }"
        )
        .as_bytes(),
        &[0; 8],
    ]
    .concat();
    fs::write(folder.path().join("side.npy"), side).unwrap();
    let wrapper = [
        b"cjoblib.numpy_pickle\nNDArrayWrapper\n)\x81}(".as_slice(),
        &text("filename"),
        &text("side.npy"),
        b"ub",
    ]
    .concat();
    let path = folder.path().join("model.pkl");
    fs::write(&path, pickle(&[b"](", &wrapper.repeat(1_000), b"e"])).unwrap();
    let artifact = artifact::read(&path, Keep::Identity);
    let facts = artifact.facts.unwrap();
    assert_eq!(facts.side_files.count, 1);
    let objects = facts.objects.unwrap();
    let items = objects.graph.items(objects.root).unwrap();
    assert!(items.len() == 1_000 && items.iter().all(|item| *item == items[0]));
}

#[test]
fn a_list_that_goes_on_and_on_is_joined_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut list = fs::File::create(folder.path().join("requirements.txt")).unwrap();
    list.write_all(&b"numpy \\\n".repeat(120_000)).unwrap();
    list.write_all(b"\nscipy==1.2.3\n").unwrap();
    let path = folder.path().join("model.pkl");
    fs::write(&path, b"N.").unwrap();
    let found = manifest::declared::declared(&path, folder.path());
    assert_eq!(found.last().unwrap().requirement.subject, "scipy");
    assert_eq!(found.last().unwrap().line, 120_002);
}

#[test]
fn an_lz4_frame_that_is_cut_is_not_an_empty_one() {
    let fixture = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/fixtures/joblib/0.14/lz4.joblib"
    );
    let whole = fs::read(fixture).unwrap();
    for len in 4..64.min(whole.len()) {
        let cut = read(&whole[..len]).facts.unwrap_err();
        assert_eq!(cut.kind, UnreadableKind::Truncated, "{len}: {}", cut.reason);
    }
}

#[test]
fn a_small_file_may_not_ask_for_more_in_a_trial() {
    use shelflife::pickle::Limits;
    let small = Limits::everything(100_000);
    assert!(small.memory < (120 << 20) && small.kept < (64 << 20));
    let large = Limits::everything(1 << 30);
    assert!(large.kept >= 2 << 30 && large.memory >= 2 << 30);
}

#[cfg(unix)]
mod entries {
    use super::*;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    #[test]
    fn sockets_and_memory_of_processes_are_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("model.pkl");
        let _listener = UnixListener::bind(&socket).unwrap();
        let memory = folder.path().join("memory.joblib");
        symlink("/proc/self/mem", &memory).unwrap();
        let pagemap = folder.path().join("pagemap.pkl");
        symlink("/proc/self/pagemap", &pagemap).unwrap();
        for path in [&socket, &memory, &pagemap] {
            let refused = artifact::read(path, Keep::Identity).facts.unwrap_err();
            assert!(
                matches!(refused.kind, UnreadableKind::Io | UnreadableKind::Empty),
                "{refused:?}"
            );
        }
    }

    #[test]
    fn a_file_that_vanishes_while_it_is_read_is_still_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.pkl");
        let body = vec![b'x'; 300_000];
        let bytes = [
            b"\x80\x04\x8e".as_slice(),
            &300_000_u64.to_le_bytes(),
            &body,
            b"K\x01\x86.",
        ]
        .concat();
        fs::write(&path, bytes).unwrap();
        let source = shelflife::source::open(&path).unwrap();
        fs::remove_file(&path).unwrap();
        let limits = shelflife::pickle::Limits::IDENTITY;
        let mut reader = shelflife::pickle::Reader::new(source.stream, limits);
        assert!(
            reader
                .pickle(&mut shelflife::pickle::PlainPickle, false)
                .is_ok()
        );
        let gone = artifact::read(&path, Keep::Identity).facts.unwrap_err();
        assert_eq!(gone.kind, UnreadableKind::Io);
    }

    /// A model whose second pass (the booster inside) finds another file in its place.
    #[test]
    fn a_file_that_is_replaced_between_two_passes_is_no_panic() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.pkl");
        let payload = vec![b'{'; 100_000];
        let model = pickle(&[
            b"cxgboost.core\nBooster\n)\x81}(",
            &text("handle"),
            b"B",
            &(payload.len() as u32).to_le_bytes(),
            &payload,
            b"ub",
        ]);
        std::thread::scope(|scope| {
            let writer = scope.spawn(|| {
                for round in 0..300 {
                    let cut = if round % 2 == 0 { model.len() } else { 20 };
                    fs::write(&path, &model[..cut]).unwrap();
                }
            });
            while !writer.is_finished() {
                let read = artifact::read(&path, Keep::Identity);
                Manifest::of(&read);
            }
        });
    }
}
