//! What is known of a large pickle before its end: the class of the outermost object stands at its
//! start, and every estimator inside names the version that wrote it.

use std::time::{Duration, Instant};

use super::joblib::JoblibHook;
use super::{Facts, Objects, SoFar, Stream};
use crate::pickle::{Error, Hook, NodeId, Reader};

/// The first look at a reading that goes on; each next one comes after twice the time, so that all
/// looks together cost no more than a part of the reading.
const FIRST: Duration = Duration::from_millis(100);

/// Plain files below so many bytes are at their end before the first look is due: they are not timed.
const SMALL: u64 = 1 << 20;

/// Compressed files from this many bytes on are looked at before their first array streams.
const LARGE: u64 = 4 << 20;

/// Reads joblib's arrays and tells what is known from time to time.
pub(super) struct Glance<'a> {
    pub joblib: JoblibHook,
    begun: Instant,
    next: Duration,
    timed: bool,
    so_far: SoFar<'a>,
}

impl Glance<'_> {
    /// For a file of `size` bytes on disk. In plain ones arrays are passed over quickly.
    pub fn new(joblib: JoblibHook, compressed: bool, size: u64, so_far: SoFar<'_>) -> Glance<'_> {
        let large = compressed && size >= LARGE;
        Glance {
            joblib,
            begun: Instant::now(),
            next: if large { Duration::ZERO } else { FIRST },
            timed: compressed || size >= SMALL,
            so_far,
        }
    }

    fn tell(&mut self, reader: &mut Reader) {
        let Some(root) = reader.outermost else { return };
        let ended = reader.pickles.iter().map(|pickle| Stream {
            offset: pickle.offset,
            protocol: pickle.protocol,
            root: pickle.root,
            nested: pickle.nested,
        });
        let objects = Objects {
            streams: ended.collect(),
            // It is lent and comes back: a copy would double the memory.
            graph: std::mem::take(&mut reader.graph),
            root,
        };
        let facts = Facts {
            objects: Some(objects),
            executes: true,
            ..Facts::default()
        };
        let facts = (self.so_far)(self.joblib.format(), facts);
        reader.graph = facts.objects.map(|o| o.graph).unwrap_or_default();
        self.next = self.begun.elapsed() * 2;
        self.next = self.next.max(FIRST);
    }
}

impl Hook for Glance<'_> {
    fn built(&mut self, reader: &mut Reader, object: NodeId) -> Result<Option<NodeId>, Error> {
        if self.timed && self.begun.elapsed() >= self.next {
            self.tell(reader);
        }
        self.joblib.built(reader, object)
    }
}

#[cfg(test)]
mod tests {
    use crate::artifact::{Keep, read, read_telling};
    use crate::manifest::Manifest;
    use std::io::Write;
    use std::path::Path;

    /// A pickle of protocol 2: an object of `pkg.mod.Outer` whose state holds 40 arrays of 1 MiB
    /// that do not compress, each behind an estimator that names its version.
    fn large(path: &Path) {
        let mut pickle = b"\x80\x02cpkg.mod\nOuter\n)\x81}(".to_vec();
        let mut noise = 1_u32;
        for number in 0..40_u8 {
            pickle.extend([b'K', number]);
            pickle
                .extend(b"cpkg.mod\nInner\n)\x81}X\x10\0\0\0_sklearn_versionX\x05\0\0\x001.7.2sb");
            pickle.extend([b'K', number + 100, b'T']);
            pickle.extend((1_u32 << 20).to_le_bytes());
            for _ in 0..1 << 20 {
                noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                pickle.push((noise >> 24) as u8);
            }
        }
        pickle.extend(b"ub.");
        let file = std::fs::File::create(path).unwrap();
        let level = flate2::Compression::fast();
        let mut encoder = flate2::write::ZlibEncoder::new(file, level);
        encoder.write_all(&pickle).unwrap();
        encoder.finish().unwrap();
    }

    #[test]
    fn class_and_version_of_a_compressed_file_are_known_before_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.joblib");
        large(&path);
        let mut parts = Vec::new();
        let whole = read_telling(&path, Keep::Identity, &mut |part| {
            let nodes = part.facts.as_ref().unwrap().objects.as_ref().unwrap();
            parts.push((Manifest::of(part), nodes.graph.len()));
        });
        let (first, nodes) = parts.first().expect("it is large enough for a look");
        assert_eq!(first.root.as_deref(), Some("pkg.mod.Outer"));
        assert_eq!(first.saved_with[0].wanted, "==1.7.2");
        // Looking changes nothing of what is found in the end.
        let alone = read(&path, Keep::Identity).facts.unwrap();
        let facts = whole.facts.unwrap();
        let (graph, other) = (facts.objects.unwrap().graph, alone.objects.unwrap().graph);
        // How many looks there were hangs on the machine, and each asks the graph something.
        graph.effort().renew();
        other.effort().renew();
        assert_eq!(format!("{graph:?}"), format!("{other:?}"));
        assert!(*nodes < graph.len() / 4, "{nodes} of {}", graph.len());
    }
}
