//! How the file is laid out. All numbers are little-endian, like those inside a header.
//!
//! The file is a row of records, each written and synced at once:
//!
//! | bytes | record head |
//! |---|---|
//! | 4 | `FBHR` |
//! | 4 | height of the first header; the record replaces everything from there on |
//! | 4 | number of headers |
//! | 8 | checksum of the twelve bytes before |
//!
//! then the headers, 80 bytes each, and 8 bytes of checksum over head and headers. The file starts
//! with a prologue of fixed size: `FBHC`, version, network magic, the checkpoint's height, header,
//! epoch start time, number of previous times, ten of those, checksum.

use bitcoin::block::Header;
use bitcoin::consensus::{deserialize, serialize};
use bitcoin::hashes::{sha256, Hash as _};
use bitcoin::p2p::Magic;
use bitcoin::Network;
use farbank_types::{BitcoinHeight, UnixTime};

use crate::checkpoint::{Checkpoint, PREVIOUS_TIMES};

pub(super) const VERSION: u32 = 1;
pub(super) const PROLOGUE_SIZE: usize = 4 + 4 + 4 + 4 + 80 + 8 + 4 + 4 * PREVIOUS_TIMES + CHECKSUM;
pub(super) const HEAD_SIZE: usize = 12 + CHECKSUM;
const CHECKSUM: usize = 8;
const FILE_MARK: [u8; 4] = *b"FBHC";
pub(super) const RECORD_MARK: [u8; 4] = *b"FBHR";

/// Eight bytes of SHA-256: enough against accidents; against malice the rules are checked again.
fn checksum(parts: &[&[u8]]) -> [u8; CHECKSUM] {
    let digest = sha256::Hash::hash(&parts.concat()).to_byte_array();
    core::array::from_fn(|at| digest[at])
}

fn is_sealed(bytes: &[u8]) -> bool {
    bytes.split_last_chunk::<CHECKSUM>().is_some_and(|(body, seal)| checksum(&[body]) == *seal)
}

fn u32_at(bytes: &[u8], offset: usize) -> Option<u32> {
    bytes.get(offset..)?.first_chunk().map(|raw| u32::from_le_bytes(*raw))
}

pub(super) fn prologue(network: Network, checkpoint: &Checkpoint) -> Vec<u8> {
    let count = u32::try_from(checkpoint.previous_times.len()).unwrap_or(u32::MAX);
    let mut bytes = Vec::with_capacity(PROLOGUE_SIZE);
    bytes.extend(FILE_MARK);
    bytes.extend(VERSION.to_le_bytes());
    bytes.extend(network.magic().to_bytes());
    bytes.extend(checkpoint.height.get().to_le_bytes());
    bytes.extend(serialize(&checkpoint.header));
    bytes.extend(checkpoint.epoch_start_time.get().to_le_bytes());
    bytes.extend(count.to_le_bytes());
    for at in 0..PREVIOUS_TIMES {
        bytes.extend(checkpoint.previous_times.get(at).copied().unwrap_or(0).to_le_bytes());
    }
    let seal = checksum(&[&bytes]);
    bytes.extend(seal);
    bytes
}

/// What the start of a file says.
pub(super) enum Prologue {
    /// Not one of our files, or of another version.
    Unknown,
    /// One of ours, but it does not hold together.
    Damaged,
    /// As written.
    Known(Network, Box<Checkpoint>),
}

pub(super) fn read_prologue(bytes: &[u8]) -> Prologue {
    let known = bytes.starts_with(&FILE_MARK) && u32_at(bytes, 4) == Some(VERSION);
    if !known {
        return Prologue::Unknown;
    }
    parse_prologue(bytes).map_or(Prologue::Damaged, |(network, checkpoint)| {
        Prologue::Known(network, Box::new(checkpoint))
    })
}

fn parse_prologue(bytes: &[u8]) -> Option<(Network, Checkpoint)> {
    let bytes = bytes.get(..PROLOGUE_SIZE).filter(|bytes| is_sealed(bytes))?;
    let network = Network::from_magic(Magic::from_bytes(*bytes[8..].first_chunk()?))?;
    let count = usize::try_from(u32_at(bytes, 104)?).ok().filter(|n| *n <= PREVIOUS_TIMES)?;
    let checkpoint = Checkpoint {
        height: BitcoinHeight::new(u32_at(bytes, 12)?),
        header: deserialize(bytes.get(16..96)?).ok()?,
        epoch_start_time: UnixTime::new(u64::from_le_bytes(*bytes[96..].first_chunk()?)),
        previous_times: (0..count).map(|at| u32_at(bytes, 108 + 4 * at)).collect::<Option<_>>()?,
    };
    Some((network, checkpoint))
}

pub(super) fn record(first: BitcoinHeight, count: u32, headers: &[Header]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEAD_SIZE + headers.len() * Header::SIZE + CHECKSUM);
    bytes.extend(RECORD_MARK);
    bytes.extend(first.get().to_le_bytes());
    bytes.extend(count.to_le_bytes());
    let seal = checksum(&[&bytes]);
    bytes.extend(seal);
    for header in headers {
        bytes.extend(serialize(header));
    }
    let seal = checksum(&[&bytes]);
    bytes.extend(seal);
    bytes
}

/// A whole record of the file.
pub(super) struct Record {
    pub(super) first: BitcoinHeight,
    pub(super) headers: Vec<Header>,
    pub(super) size: usize,
}

/// Reads the record at the start of `bytes`; `None` when there is no whole one.
pub(super) fn read_record(bytes: &[u8]) -> Option<Record> {
    let head = bytes.get(..HEAD_SIZE)?;
    if !head.starts_with(&RECORD_MARK) || !is_sealed(head) {
        return None;
    }
    let first = BitcoinHeight::new(u32_at(head, 4)?);
    let count = usize::try_from(u32_at(head, 8)?).ok()?;
    let size = count.checked_mul(Header::SIZE)?.checked_add(HEAD_SIZE + CHECKSUM)?;
    let whole = bytes.get(..size).filter(|bytes| is_sealed(bytes))?;
    let headers = whole[HEAD_SIZE..size - CHECKSUM]
        .chunks_exact(Header::SIZE)
        .map(|raw| deserialize(raw).ok())
        .collect::<Option<_>>()?;
    Some(Record { first, headers, size })
}
