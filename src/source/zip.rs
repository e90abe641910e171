//! Zip archives, read by position: the list of members and the content of one at a time.
//!
//! The central directory is believed, as Python's `zipfile` does. Nothing is written anywhere, so
//! that names which climb out of a folder are only names.

use std::fs::File;
use std::io::{self, Read};

use rawzip::{
    CompressionMethod, FileReader, RECOMMENDED_BUFFER_SIZE, ReaderAt, ZipArchive,
    ZipArchiveEntryWayfinder,
};

/// Members that are listed; archives with more are refused.
const MOST_MEMBERS: usize = 100_000;
/// Bytes of all names together.
const NAMES: usize = 8 << 20;

/// An open archive.
pub struct Zip {
    content: Content,
    members: Vec<Member>,
}

/// One member.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its name; bytes that are not UTF-8 are replaced.
    pub name: String,
    /// Its length after decompression, as declared.
    pub size: u64,
    /// Where its local header stands in the file.
    pub offset: u64,
    method: CompressionMethod,
    encrypted: bool,
    place: ZipArchiveEntryWayfinder,
}

enum Content {
    File(ZipArchive<FileReader>),
    Memory(ZipArchive<Vec<u8>>),
}

impl Zip {
    /// Whether these are the first bytes of an archive.
    pub fn sniff(head: &[u8]) -> bool {
        head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06")
    }

    /// Opens an archive and lists its members.
    pub fn open(file: File) -> io::Result<Self> {
        let mut buffer = vec![0; RECOMMENDED_BUFFER_SIZE];
        let archive = ZipArchive::from_file(file, &mut buffer).map_err(damaged)?;
        let members = list(&archive, &mut buffer)?;
        Ok(Self {
            content: Content::File(archive),
            members,
        })
    }

    /// Opens an archive that is a member of another one.
    pub fn inside(bytes: Vec<u8>) -> io::Result<Self> {
        let mut buffer = vec![0; RECOMMENDED_BUFFER_SIZE];
        let archive = ZipArchive::from_slice(bytes)
            .map_err(damaged)?
            .into_reader_archive();
        let members = list(&archive, &mut buffer)?;
        Ok(Self {
            content: Content::Memory(archive),
            members,
        })
    }

    /// The members, in the order of the central directory.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The member of this name; the last one when there are several, as Python takes it.
    pub fn member(&self, name: &str) -> Option<&Member> {
        self.members.iter().rev().find(|member| member.name == name)
    }

    /// The first bytes of a member, at most `limit`.
    pub fn head(&self, member: &Member, limit: u64) -> io::Result<Vec<u8>> {
        match &self.content {
            Content::File(archive) => content(archive, member, limit),
            Content::Memory(archive) => content(archive, member, limit),
        }
    }

    /// A whole member; one of more than `limit` bytes is an error of kind `FileTooLarge`.
    pub fn read(&self, member: &Member, limit: u64) -> io::Result<Vec<u8>> {
        let bytes = self.head(member, limit.saturating_add(1))?;
        if bytes.len() as u64 > limit {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        if (bytes.len() as u64) < member.size {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
        }
        Ok(bytes)
    }
}

fn list<R: ReaderAt>(archive: &ZipArchive<R>, buffer: &mut [u8]) -> io::Result<Vec<Member>> {
    let mut members = Vec::new();
    let mut names = 0;
    let mut entries = archive.entries(buffer);
    while let Some(entry) = entries.next_entry().map_err(damaged)? {
        let name = String::from_utf8_lossy(entry.file_path().as_bytes()).into_owned();
        names += name.len();
        if members.len() >= MOST_MEMBERS || names > NAMES {
            return Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                "the archive has too many members",
            ));
        }
        members.push(Member {
            name,
            size: entry.uncompressed_size_hint(),
            offset: entry.local_header_offset(),
            method: entry.compression_method(),
            encrypted: entry.flags().is_encrypted(),
            place: entry.wayfinder(),
        });
    }
    Ok(members)
}

fn content<R: ReaderAt>(
    archive: &ZipArchive<R>,
    member: &Member,
    limit: u64,
) -> io::Result<Vec<u8>> {
    if member.encrypted {
        return Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "the member is encrypted",
        ));
    }
    let entry = archive.get_entry(member.place).map_err(damaged)?;
    let mut bytes = Vec::new();
    match member.method {
        CompressionMethod::STORE => entry.reader().take(limit).read_to_end(&mut bytes)?,
        CompressionMethod::DEFLATE => flate2::read::DeflateDecoder::new(entry.reader())
            .take(limit)
            .read_to_end(&mut bytes)?,
        CompressionMethod::BZIP2 => bzip2::read::BzDecoder::new(entry.reader())
            .take(limit)
            .read_to_end(&mut bytes)?,
        other => {
            return Err(io::Error::new(
                io::ErrorKind::Unsupported,
                format!(
                    "the compression method {} is not read",
                    other.name().unwrap_or("of a member")
                ),
            ));
        }
    };
    Ok(bytes)
}

fn damaged(error: rawzip::Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn archive(method: CompressionMethod, name: &str, content: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut writer = rawzip::ZipArchiveWriter::new(&mut bytes);
        let options = writer.new_file(name).compression_method(method);
        let (mut entry, config) = options.start().unwrap();
        let descriptor = if method == CompressionMethod::DEFLATE {
            let deflate =
                flate2::write::DeflateEncoder::new(&mut entry, flate2::Compression::default());
            let mut member = config.wrap(deflate);
            member.write_all(content).unwrap();
            let (deflate, descriptor) = member.finish().unwrap();
            deflate.finish().unwrap();
            descriptor
        } else {
            let mut member = config.wrap(&mut entry);
            member.write_all(content).unwrap();
            member.finish().unwrap().1
        };
        entry.finish(descriptor).unwrap();
        writer.finish().unwrap();
        bytes
    }

    #[test]
    fn members_are_listed_and_read_within_a_limit() {
        for method in [CompressionMethod::STORE, CompressionMethod::DEFLATE] {
            let content = b"0123456789".repeat(1000);
            let bytes = archive(method, "folder/a.npy", &content);
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(&bytes).unwrap();
            for zip in [Zip::open(file).unwrap(), Zip::inside(bytes).unwrap()] {
                let member = zip.member("folder/a.npy").unwrap();
                assert_eq!(member.size, 10_000);
                assert_eq!(zip.read(member, 10_000).unwrap(), content);
                assert_eq!(zip.head(member, 4).unwrap(), b"0123");
                let error = zip.read(member, 9_999).unwrap_err();
                assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
            }
        }
    }

    #[test]
    fn every_prefix_is_an_error() {
        let bytes = archive(CompressionMethod::DEFLATE, "a", b"content content");
        for length in 0..bytes.len() {
            assert!(Zip::inside(bytes[..length].to_vec()).is_err(), "{length}");
        }
    }
}
