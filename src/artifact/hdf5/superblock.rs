//! The superblock: widths of addresses and the place of the root group. Versions 0 to 3.

use super::bytes::{Bytes, Stop};

pub(super) const SIGNATURE: &[u8] = b"\x89HDF\r\n\x1a\n";

/// What the superblock says.
pub(super) struct Superblock {
    pub version: u8,
    /// Where the object header of the root group stands.
    pub root: u64,
}

/// Reads it, and sets the widths of `bytes`.
pub(super) fn read(bytes: &mut Bytes) -> Result<Superblock, Stop> {
    let mut block = bytes.up_to(0, 128)?;
    block.skip(SIGNATURE.len())?;
    let version = block.byte()?;
    let (offsets, lengths) = match version {
        0 | 1 => {
            block.skip(4)?;
            let widths = (block.byte()?, block.byte()?);
            // Node sizes and flags; version 1 has one size more.
            block.skip(if version == 0 { 9 } else { 13 })?;
            widths
        }
        2 | 3 => {
            let widths = (block.byte()?, block.byte()?);
            block.skip(1)?;
            widths
        }
        other => return Err(Stop::Unknown(format!("superblock version {other}"))),
    };
    if ![2, 4, 8].contains(&offsets) || ![2, 4, 8].contains(&lengths) {
        return Stop::broken(format!(
            "addresses of {offsets} and lengths of {lengths} bytes"
        ));
    }
    bytes.offsets = offsets.into();
    bytes.lengths = lengths.into();
    let mut rest = bytes.up_to(block.at as u64, 128)?;
    let base = rest.address()?.unwrap_or(0);
    // The free-space table, or the superblock's extension.
    rest.address()?;
    let end = rest.address()?;
    if let Some(end) = end
        && base.saturating_add(end) > bytes.size
    {
        return Err(Stop::Io(std::io::ErrorKind::UnexpectedEof.into()));
    }
    if version < 2 {
        // The driver, then the root's entry, which begins with the place of its name.
        rest.address()?;
        rest.address()?;
    }
    let Some(root) = rest.address()? else {
        return Stop::broken("there is no root group");
    };
    bytes.base = base;
    Ok(Superblock { version, root })
}
