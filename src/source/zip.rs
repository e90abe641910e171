//! Zip archives, read by position: the list of members and the content of one at a time.
//!
//! The central directory is believed, as Python's `zipfile` does. Nothing is written anywhere, so
//! that names which climb out of a folder are only names.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};

use flate2::{Decompress, FlushDecompress, Status};
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
    /// The place of the last member of each name.
    names: HashMap<String, usize>,
    size: u64,
    /// The state of a decompression, made once: archives have members by the ten thousand.
    scratch: RefCell<Decompress>,
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
        let size = file.metadata()?.len();
        let mut buffer = vec![0; RECOMMENDED_BUFFER_SIZE];
        let archive = ZipArchive::from_file(file, &mut buffer).map_err(damaged)?;
        let members = list(&archive, &mut buffer)?;
        Ok(Self {
            content: Content::File(archive),
            names: places(&members),
            members,
            size,
            scratch: RefCell::new(Decompress::new(false)),
        })
    }

    /// Opens an archive that is a member of another one.
    pub fn inside(bytes: Vec<u8>) -> io::Result<Self> {
        let size = bytes.len() as u64;
        let mut buffer = vec![0; RECOMMENDED_BUFFER_SIZE];
        let archive = ZipArchive::from_slice(bytes)
            .map_err(damaged)?
            .into_reader_archive();
        let members = list(&archive, &mut buffer)?;
        Ok(Self {
            content: Content::Memory(archive),
            names: places(&members),
            members,
            size,
            scratch: RefCell::new(Decompress::new(false)),
        })
    }

    /// The members, in the order of the central directory.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The member of this name; the last one when there are several, as Python takes it.
    pub fn member(&self, name: &str) -> Option<&Member> {
        self.names.get(name).and_then(|at| self.members.get(*at))
    }

    /// Bytes of the archive itself.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The first bytes of a member, at most `limit`.
    pub fn head(&self, member: &Member, limit: u64) -> io::Result<Vec<u8>> {
        match &self.content {
            Content::File(archive) => content(archive, member, limit, &self.scratch),
            Content::Memory(archive) => content(archive, member, limit, &self.scratch),
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

/// A reader may ask for every member by its name.
fn places(members: &[Member]) -> HashMap<String, usize> {
    let named = members.iter().enumerate();
    named
        .map(|(at, member)| (member.name.clone(), at))
        .collect()
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
    scratch: &RefCell<Decompress>,
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
        CompressionMethod::DEFLATE => {
            inflate(&mut scratch.borrow_mut(), entry.reader(), &mut bytes, limit)?;
            bytes.len()
        }
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

/// Appends what `reader` unfolds to, at most `limit` bytes.
fn inflate(
    decoder: &mut Decompress,
    mut reader: impl Read,
    bytes: &mut Vec<u8>,
    limit: u64,
) -> io::Result<()> {
    decoder.reset(false);
    let mut input = [0; 8 * 1024];
    let mut output = [0; 16 * 1024];
    let (mut at, mut end) = (0, 0);
    while (bytes.len() as u64) < limit {
        if at == end {
            at = 0;
            end = reader.read(&mut input)?;
        }
        let flush = if end == 0 {
            FlushDecompress::Finish
        } else {
            FlushDecompress::None
        };
        let (consumed, produced) = (decoder.total_in(), decoder.total_out());
        let room = usize::try_from(limit - bytes.len() as u64).unwrap_or(usize::MAX);
        let room = room.min(output.len());
        let status = decoder
            .decompress(&input[at..end], &mut output[..room], flush)
            .map_err(io::Error::from)?;
        let consumed = (decoder.total_in() - consumed) as usize;
        let produced = (decoder.total_out() - produced) as usize;
        at += consumed;
        bytes.extend_from_slice(&output[..produced]);
        if status == Status::StreamEnd {
            return Ok(());
        }
        if consumed == 0 && produced == 0 && end == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(())
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
