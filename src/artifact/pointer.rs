//! Pointers in the place of a file: git-LFS, DVC and git-annex keep large files elsewhere and
//! leave a small text behind.

use std::path::{Path, PathBuf};

use super::yaml::{Document, Yaml};
use super::{Unreadable, UnreadableKind};
use crate::text;

/// A pointer is shorter than this; git-LFS guarantees it for its own.
const LONGEST: usize = 4096;

/// How many folders above a pointer are looked at for its repository.
const HEIGHT: usize = 64;

/// What a pointer file says, when `head` (the first bytes of a file of `size` bytes) is one.
pub(super) fn identify(path: &Path, head: &[u8], size: u64) -> Option<Unreadable> {
    if size > LONGEST as u64 {
        return None;
    }
    let content = std::str::from_utf8(head).ok()?;
    let name = path
        .file_name()
        .map(|name| text::clean(&name.to_string_lossy()).into_owned())
        .unwrap_or_default();
    lfs(path, content, &name)
        .or_else(|| annex(content, &name))
        .or_else(|| dvc(path, content, &name))
}

/// The nearest folder above `path` that holds `name`. Folders are looked at by name only.
fn above(path: &Path, name: &str) -> Option<PathBuf> {
    let path = std::path::absolute(path).ok()?;
    let mut folders = path.ancestors().skip(1).take(HEIGHT);
    folders.find_map(|folder| Some(folder.join(name)).filter(|found| found.is_dir()))
}

/// The hexadecimal digits of an id; anything else must not become part of a path.
fn digits(id: &str) -> Option<&str> {
    let id = id.trim();
    let plain = id.len() >= 8 && id.len() <= 128 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    plain.then_some(id)
}

/// `version https://git-lfs.github.com/spec/v1`, `oid sha256:…`, `size …`.
fn lfs(path: &Path, content: &str, name: &str) -> Option<Unreadable> {
    let first = content.lines().next()?;
    if !first.starts_with("version https://git-lfs.github.com/spec/")
        && !first.starts_with("version https://hawser.github.com/spec/")
    {
        return None;
    }
    let field = |key: &str| {
        content
            .lines()
            .find_map(|line| line.strip_prefix(key)?.strip_prefix(' '))
    };
    let oid = field("oid").map(|oid| oid.strip_prefix("sha256:").unwrap_or(oid));
    // git-LFS keeps what it fetched here, and a checkout without its filter leaves it there.
    let fetched = oid.and_then(digits).is_some_and(|oid| {
        above(path, ".git").is_some_and(|git| {
            let object = git.join("lfs/objects").join(&oid[..2]).join(&oid[2..4]);
            object.join(oid).is_file()
        })
    });
    let (place, repair) = if fetched {
        (
            "the model itself is in .git/lfs/objects of this repository",
            format!("git lfs checkout {}", quoted(name)),
        )
    } else {
        (
            ELSEWHERE,
            format!("git lfs pull --include {}", quoted(name)),
        )
    };
    let size = field("size").and_then(|size| size.trim().parse().ok());
    Some(pointer("git-LFS", oid, size, place, repair))
}

/// `/annex/objects/SHA256E-s1234--….pkl`, as a link's text or a pointer file.
fn annex(content: &str, name: &str) -> Option<Unreadable> {
    let line = content.lines().next()?;
    let (_, key) = line.split_once("annex/objects/")?;
    if line.len() > 1000 || key.contains(char::is_whitespace) {
        return None;
    }
    let key = key.rsplit('/').next()?;
    let (fields, hash) = key.split_once("--")?;
    let size = fields
        .split('-')
        .find_map(|field| field.strip_prefix('s')?.parse().ok());
    Some(pointer(
        "git-annex",
        Some(hash),
        size,
        ELSEWHERE,
        format!("git annex get {}", quoted(name)),
    ))
}

/// DVC's YAML: `outs:` with a hash, a size and the path beside it.
fn dvc(path: &Path, content: &str, name: &str) -> Option<Unreadable> {
    if !content.contains("outs:") {
        return None;
    }
    let document = Document::parse(content)?;
    let out = document.root()?.get("outs")?.items().next()?;
    let field = |key: &str| out.get(key).and_then(Yaml::text);
    let hash = field("md5")
        .or_else(|| field("etag"))
        .or_else(|| field("checksum"));
    let file = field("path")?;
    let size = field("size").and_then(|size| size.parse().ok());
    // Version 3 has a folder for each kind of hash; before it they stood in the cache itself.
    let cached = hash.and_then(digits).is_some_and(|hash| {
        above(path, ".dvc").is_some_and(|dvc| {
            let folders = [dvc.join("cache/files/md5"), dvc.join("cache")];
            let inner = Path::new(&hash[..2]).join(&hash[2..]);
            folders.iter().any(|folder| folder.join(&inner).is_file())
        })
    });
    let plain = !file.contains(['/', '\\', ':', '\0']) && !matches!(file, "" | "." | "..");
    let beside = plain
        .then(|| std::fs::metadata(path.with_file_name(file)).ok())
        .flatten();
    let (place, repair) = match beside {
        Some(found) if found.is_dir() || size.is_none_or(|size| size == found.len()) => {
            let repair = format!("look at {} itself", quoted(&text::short(file, 120)));
            ("the model itself stands beside it", repair)
        }
        Some(_) => (
            "the file beside it has another size",
            format!(
                "dvc status {0}, then dvc checkout or dvc commit {0}",
                quoted(name)
            ),
        ),
        None if cached => (
            "the model itself is in the cache of this repository",
            format!("dvc checkout {}", quoted(name)),
        ),
        None => (ELSEWHERE, format!("dvc pull {}", quoted(name))),
    };
    Some(pointer("DVC", hash, size, place, repair))
}

/// Where a model is that nobody fetched.
const ELSEWHERE: &str = "the model itself is not here";

fn pointer(
    tool: &str,
    id: Option<&str>,
    size: Option<u64>,
    place: &str,
    repair: String,
) -> Unreadable {
    let id: String = id.unwrap_or_default().trim().chars().take(12).collect();
    let object = if id.is_empty() {
        String::new()
    } else {
        format!(" to object {}", text::clean(&id))
    };
    let size = size.map_or_else(String::new, |size| format!(" of {}", text::bytes(size)));
    let reason = format!("a {tool} pointer{object}{size}; {place}");
    Unreadable {
        kind: UnreadableKind::Pointer,
        reason,
        repair: Some(repair),
    }
}

/// A file name as a shell takes it.
fn quoted(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-+=@%/".contains(c);
    if !name.is_empty() && name.chars().all(plain) {
        name.to_owned()
    } else {
        format!("'{}'", name.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(name: &str, content: &str) -> Option<(String, String)> {
        let found = identify(Path::new(name), content.as_bytes(), content.len() as u64)?;
        assert_eq!(found.kind, UnreadableKind::Pointer);
        Some((found.reason, found.repair.unwrap()))
    }

    #[test]
    fn lfs_pointers_name_object_and_size() {
        let content = "version https://git-lfs.github.com/spec/v1\n\
            oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n";
        assert_eq!(
            found("my model.pkl", content),
            Some((
                "a git-LFS pointer to object 4d7a214614ab of 12.1 KiB; the model itself is not here".into(),
                "git lfs pull --include 'my model.pkl'".into()
            ))
        );
    }

    #[test]
    fn dvc_and_annex_pointers_are_told_apart() {
        let (reason, repair) = found(
            "model.pkl.dvc",
            "outs:\n- md5: a304afb96060aad90176268345e10355\n  size: 37891850\n  hash: md5\n  path: model.pkl\n",
        )
        .unwrap();
        assert!(reason.starts_with("a DVC pointer to object a304afb96060 of 36.1 MiB"));
        assert_eq!(repair, "dvc pull model.pkl.dvc");
        let (reason, repair) = found(
            "model.pkl",
            "/annex/objects/SHA256E-s31390--f50d7ac4c6b9031379986bc362fcefb65f1e52621ce1708d537e740fefc59cc0.pkl\n",
        )
        .unwrap();
        assert!(reason.starts_with("a git-annex pointer to object f50d7ac4c6b9 of 30.7 KiB"));
        assert_eq!(repair, "git annex get model.pkl");
    }

    #[test]
    fn objects_that_were_fetched_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let oid = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393";
        let lfs = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize 5\n");
        let path = folder.path().join("models/m.pkl");
        let object = folder.path().join(".git/lfs/objects/4d/7a");
        std::fs::create_dir_all(&object).unwrap();
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let said = |content: &str| {
            let found = identify(&path, content.as_bytes(), content.len() as u64).unwrap();
            (found.reason, found.repair.unwrap())
        };
        assert_eq!(said(&lfs).1, "git lfs pull --include m.pkl");
        std::fs::write(object.join(oid), b"model").unwrap();
        let (reason, repair) = said(&lfs);
        assert!(
            reason.ends_with("is in .git/lfs/objects of this repository"),
            "{reason}"
        );
        assert_eq!(repair, "git lfs checkout m.pkl");
        // An id is no path.
        let hostile = lfs.replace(oid, "../../../../etc/passwd");
        assert_eq!(said(&hostile).1, "git lfs pull --include m.pkl");

        let dvc = "outs:\n- md5: a304afb96060aad90176268345e10355\n  size: 5\n  path: data.bin\n";
        assert_eq!(said(dvc).1, "dvc pull m.pkl");
        let cache = folder.path().join(".dvc/cache/files/md5/a3");
        std::fs::create_dir_all(&cache).unwrap();
        std::fs::write(cache.join("04afb96060aad90176268345e10355"), b"model").unwrap();
        assert_eq!(said(dvc).1, "dvc checkout m.pkl");
        std::fs::write(path.with_file_name("data.bin"), b"model").unwrap();
        assert!(said(dvc).0.ends_with("the model itself stands beside it"));
        std::fs::write(path.with_file_name("data.bin"), b"other model").unwrap();
        assert!(said(dvc).0.ends_with("has another size"));
    }

    #[test]
    fn other_texts_are_not_pointers() {
        assert_eq!(found("a", "version 1\n"), None);
        assert_eq!(found("a", "outs: 3\n"), None);
        assert_eq!(found("a", ""), None);
        let long = format!(
            "version https://git-lfs.github.com/spec/v1\n{}",
            "x".repeat(5000)
        );
        assert_eq!(found("a", &long), None);
    }
}
