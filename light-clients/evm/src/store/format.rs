//! How the file is laid out. All numbers are little-endian.
//!
//! The file is a row of records, each written and synced at once. The first one is the prologue:
//!
//! | bytes | |
//! |---|---|
//! | 4 | `FBEC`; `FBER` in all other records |
//! | 4 | version of the format |
//! | 4 | bytes of content |
//! | 8 | checksum of the twelve bytes before |
//! | | content |
//! | 8 | checksum of all before |
//!
//! The prologue's content is period and epoch (8 bytes each) and the RLP of the first header, that
//! of other records is the RLP of headers, one after the other.

use farbank_types::keccak256;

use crate::clique::CliqueRules;
use crate::header::{SideHeader, MAX_HEADER_BYTES};

pub(super) const VERSION: u32 = 1;
pub(super) const HEAD_BYTES: usize = 12 + CHECKSUM;
const CHECKSUM: usize = 8;
const PROLOGUE_MARK: [u8; 4] = *b"FBEC";
pub(super) const RECORD_MARK: [u8; 4] = *b"FBER";

/// Content after which a record is closed: a crash loses no more of a long import than this.
const RECORD_CONTENT: usize = 1 << 20;

/// Most bytes of a record, its head and checksum included.
pub(super) const MAX_RECORD_BYTES: usize =
    HEAD_BYTES + RECORD_CONTENT + MAX_HEADER_BYTES + CHECKSUM;

/// Eight bytes of Keccak-256: enough against accidents; against malice the rules are checked again.
fn checksum(bytes: &[u8]) -> [u8; CHECKSUM] {
    let digest = keccak256(bytes);
    core::array::from_fn(|at| digest[at])
}

fn is_sealed(bytes: &[u8]) -> bool {
    bytes.split_last_chunk::<CHECKSUM>().is_some_and(|(body, seal)| checksum(body) == *seal)
}

fn u32_at(bytes: &[u8], offset: usize) -> Option<u32> {
    bytes.get(offset..)?.first_chunk().map(|raw| u32::from_le_bytes(*raw))
}

fn seal(mark: [u8; 4], content: &[u8]) -> Vec<u8> {
    // A record closes at RECORD_CONTENT, so its length always fits.
    let length = u32::try_from(content.len()).unwrap_or(u32::MAX);
    let mut bytes = Vec::with_capacity(HEAD_BYTES + content.len() + CHECKSUM);
    bytes.extend(mark);
    bytes.extend(VERSION.to_le_bytes());
    bytes.extend(length.to_le_bytes());
    bytes.extend(checksum(&bytes));
    bytes.extend(content);
    bytes.extend(checksum(&bytes));
    bytes
}

pub(super) fn prologue(rules: CliqueRules, first: &SideHeader) -> Vec<u8> {
    let mut content = Vec::new();
    content.extend(rules.period_secs.to_le_bytes());
    content.extend(rules.epoch.to_le_bytes());
    content.extend(first.encode());
    seal(PROLOGUE_MARK, &content)
}

/// Writes headers into as many records as they need.
pub(super) fn records<'a>(headers: impl IntoIterator<Item = &'a SideHeader>) -> Vec<Vec<u8>> {
    let mut records = Vec::new();
    let mut content = Vec::new();
    for header in headers {
        content.extend(header.encode());
        if content.len() >= RECORD_CONTENT {
            records.push(seal(RECORD_MARK, &content));
            content.clear();
        }
    }
    if !content.is_empty() {
        records.push(seal(RECORD_MARK, &content));
    }
    records
}

/// Returns how many bytes the record has that begins with this head; `None` when it is no head.
pub(super) fn size_of(head: &[u8], mark: [u8; 4]) -> Option<usize> {
    let head = head.get(..HEAD_BYTES).filter(|head| head.starts_with(&mark) && is_sealed(head))?;
    if u32_at(head, 4)? != VERSION {
        return None;
    }
    let content = usize::try_from(u32_at(head, 8)?).ok()?;
    let size = content.checked_add(HEAD_BYTES + CHECKSUM)?;
    (size <= MAX_RECORD_BYTES).then_some(size)
}

/// Returns the content of the record at the start of `bytes` when all of it is there and holds.
pub(super) fn content_of(bytes: &[u8], mark: [u8; 4]) -> Option<&[u8]> {
    let size = size_of(bytes, mark)?;
    let whole = bytes.get(..size).filter(|bytes| is_sealed(bytes))?;
    whole.get(HEAD_BYTES..size - CHECKSUM)
}

/// Reads the headers of a record's content.
pub(super) fn headers_of(mut content: &[u8]) -> Option<Vec<SideHeader>> {
    let mut headers = Vec::new();
    while !content.is_empty() {
        let mut rest = content;
        let head = alloy_rlp::Header::decode(&mut rest).ok()?;
        let size = (content.len() - rest.len()).checked_add(head.payload_length)?;
        headers.push(SideHeader::decode(content.get(..size)?).ok()?);
        content = &content[size..];
    }
    Some(headers)
}

/// What the start of a file says.
pub(super) enum Prologue {
    /// Not one of our files, or of another version.
    Unknown,
    /// One of ours, but it does not hold together.
    Damaged,
    /// As written; with its size.
    Known(CliqueRules, Box<SideHeader>, usize),
}

pub(super) fn read_prologue(bytes: &[u8]) -> Prologue {
    if !bytes.starts_with(&PROLOGUE_MARK) || u32_at(bytes, 4) != Some(VERSION) {
        return Prologue::Unknown;
    }
    parse_prologue(bytes).unwrap_or(Prologue::Damaged)
}

fn parse_prologue(bytes: &[u8]) -> Option<Prologue> {
    let content = content_of(bytes, PROLOGUE_MARK)?;
    let period_secs = u64::from_le_bytes(*content.first_chunk()?);
    let epoch = u64::from_le_bytes(*content.get(8..)?.first_chunk()?);
    let first = SideHeader::decode(content.get(16..)?).ok()?;
    let size = HEAD_BYTES + content.len() + CHECKSUM;
    Some(Prologue::Known(CliqueRules { period_secs, epoch }, Box::new(first), size))
}
