//! Snapshot files: what a fold of all records up to a number gives. Made whole beside the log, then
//! named, so that a start finds the whole one or the one before.
//!
//! | part, big-endian | bytes |
//! |---|---|
//! | `FBSNAP\0\x01` | 8 |
//! | number of the last record in it | 8 |
//! | version of the payload | 1 |
//! | length of the payload | 8 |
//! | CRC-32C of number, version and payload | 4 |
//! | payload | |

use std::fs;

use bytes::Bytes;

use super::error::{disk, Damage, DiskStep};
use super::folder::Folder;
use super::segment::write_whole;
use super::{LogError, PayloadVersion, RecordNumber};

const MAGIC: [u8; 8] = *b"FBSNAP\0\x01";
const HEADER: usize = 29;

/// A state as it was after a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The last record that is in it.
    pub at: RecordNumber,
    /// Version of the payload.
    pub version: PayloadVersion,
    /// The state.
    pub payload: Bytes,
}

impl Snapshot {
    fn crc(&self) -> u32 {
        let crc = crc32c::crc32c(&self.at.get().to_be_bytes());
        crc32c::crc32c_append(crc32c::crc32c_append(crc, &[self.version.get()]), &self.payload)
    }

    /// Writes it, durably.
    pub(crate) fn write(&self, folder: &Folder) -> Result<(), LogError> {
        let len = u64::try_from(self.payload.len()).unwrap_or(u64::MAX);
        let mut header = MAGIC.to_vec();
        header.extend_from_slice(&self.at.get().to_be_bytes());
        header.push(self.version.get());
        header.extend_from_slice(&len.to_be_bytes());
        header.extend_from_slice(&self.crc().to_be_bytes());
        let path = folder.snapshot(self.at);
        let unfinished = write_whole(&path, &[&header, &self.payload])?;
        folder.publish(&unfinished, &path)
    }

    /// Reads the one of that number.
    pub(crate) fn read(folder: &Folder, at: RecordNumber) -> Result<Self, LogError> {
        let path = folder.snapshot(at);
        let bytes = Bytes::from(fs::read(&path).map_err(disk(&path, DiskStep::Read))?);
        match Self::decode(&bytes, at) {
            Ok(snapshot) => Ok(snapshot),
            Err((offset, damage)) => Err(LogError::Damaged { path, offset, damage }),
        }
    }

    fn decode(bytes: &Bytes, at: RecordNumber) -> Result<Self, (u64, Damage)> {
        let header = (0, Damage::Header);
        let number: [u8; 8] = slice(bytes, 8).ok_or(header)?;
        let [version]: [u8; 1] = slice(bytes, 16).ok_or(header)?;
        let len: [u8; 8] = slice(bytes, 17).ok_or(header)?;
        let crc: [u8; 4] = slice(bytes, 25).ok_or(header)?;
        let payload = bytes.slice(HEADER..);
        let whole = u64::try_from(payload.len()) == Ok(u64::from_be_bytes(len));
        if !bytes.starts_with(&MAGIC) || u64::from_be_bytes(number) != at.get() || !whole {
            return Err(header);
        }
        let found = Self { at, version: PayloadVersion::new(version), payload };
        let sound = found.crc() == u32::from_be_bytes(crc);
        sound.then_some(found).ok_or((u64::try_from(HEADER).unwrap_or(0), Damage::Snapshot))
    }
}

fn slice<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}
