//! Verifies a file of headers or blocks, as `geth export` writes them, without forks.
//!
//! Decides whether every entry follows the one before it, from the genesis block on; leaves out the
//! blocks' transactions.

use std::io::{self, BufReader, Read};

use alloy_rlp::Header as RlpHeader;
use farbank_types::{EvmAddress, EvmBlockNumber, UnixTime, B256};
use serde::{Serialize, Serializer};

use super::chain::CliqueChain;
use super::genesis::Genesis;
use super::rejection::CliqueRejection;
use crate::header::{HeaderRejection, SideHeader};
use crate::verdict::FinalityVerifier as _;

/// Most bytes of an entry. geth itself takes no block over 10 MiB from its peers.
pub const MAX_ENTRY_BYTES: usize = 10 * 1024 * 1024;

/// Headers that are imported at once.
const BATCH: usize = 512;

/// Most bytes of the head of an RLP list: one, and eight of length.
const MAX_HEAD_BYTES: usize = 9;

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VerifySummary {
    /// Headers of the file.
    pub headers: u64,
    /// Number of the last one.
    pub number: EvmBlockNumber,
    /// Hash of the last one.
    pub tip: B256,
    /// Number of the newest block that is final, if one is.
    pub finalized: Option<EvmBlockNumber>,
    /// Signers in force after the last one, ascending.
    pub signers: Vec<EvmAddress>,
}

/// What is wrong with a header of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(untagged)]
#[non_exhaustive]
pub enum VerifyReason {
    /// It is no header.
    #[error(transparent)]
    Header(#[from] HeaderRejection),
    /// It breaks a rule.
    #[error(transparent)]
    Clique(#[from] CliqueRejection),
}

/// A header of a file is refused.
///
/// Serialised as one object: `refused` holds the name, `index`, `number` and the reason's values
/// beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("entry {index}: {reason}")]
pub struct VerifyRejection {
    /// Place of the header in the file, from zero.
    pub index: u64,
    /// Number that belongs there. Serialised as `number` unless the header names another one.
    pub number: EvmBlockNumber,
    /// What is wrong with it.
    #[source]
    pub reason: VerifyReason,
}

/// A rejection as it is written: whole in one object.
#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    reason: &'a VerifyReason,
    index: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<EvmBlockNumber>,
}

impl Serialize for VerifyRejection {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let named = match &self.reason {
            VerifyReason::Header(_) => None,
            VerifyReason::Clique(reason) => reason.number(),
        };
        let number = named.is_none().then_some(self.number);
        Document { reason: &self.reason, index: self.index, number }.serialize(serializer)
    }
}

impl VerifyRejection {
    /// Returns the name of the reason.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match &self.reason {
            VerifyReason::Header(reason) => reason.name(),
            VerifyReason::Clique(reason) => reason.name(),
        }
    }
}

/// Why a file was not verified to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// A header is refused.
    #[error(transparent)]
    Rejected(#[from] VerifyRejection),
    /// The file could not be read.
    #[error("the blocks cannot be read; check the file and its permissions")]
    Read(#[source] io::Error),
}

impl VerifyError {
    /// Tells whether the same call may succeed later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Rejected(_) => false,
            Self::Read(source) => matches!(
                source.kind(),
                io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
            ),
        }
    }
}

/// Verifies entries one after the other, with one block and a few headers in memory at a time. Each
/// entry is the RLP of a header or of a block, ascending from block 0 or from block 1.
///
/// # Errors
/// Refuses the first header that breaks a rule, another block 0 than the genesis file's, and a file
/// that is cut off or empty; and when the source cannot be read.
pub fn verify_reader(
    genesis: &Genesis,
    source: impl Read,
    now: UnixTime,
) -> Result<VerifySummary, VerifyError> {
    let mut source = BufReader::new(source);
    let mut verifier = Verifier::new(genesis, now)?;
    while let Some(header) = verifier.next_header(&mut source)? {
        verifier.push(header)?;
    }
    Ok(verifier.finish()?)
}

struct Verifier {
    chain: CliqueChain,
    now: UnixTime,
    /// Headers taken or pending.
    headers: u64,
    pending: Vec<SideHeader>,
    /// The header that the next one follows.
    last: (EvmBlockNumber, B256),
}

impl Verifier {
    fn new(genesis: &Genesis, now: UnixTime) -> Result<Self, VerifyRejection> {
        let number = genesis.header.number();
        let chain = genesis.chain();
        let chain =
            chain.map_err(|reason| VerifyRejection { index: 0, number, reason: reason.into() })?;
        let last = (number, genesis.header.hash());
        Ok(Self { chain, now, headers: 0, pending: Vec::with_capacity(BATCH), last })
    }

    /// Reads the next entry's header.
    fn next_header(&self, source: &mut impl Read) -> Result<Option<SideHeader>, VerifyError> {
        let Some(entry) = self.next_entry(source)? else { return Ok(None) };
        let rlp = header_of(&entry).map_err(|reason| self.refuse(reason.into()))?;
        let header = SideHeader::decode(rlp).map_err(|reason| self.refuse(reason.into()))?;
        Ok(Some(header))
    }

    /// Reads the next list, its head included.
    fn next_entry(&self, source: &mut impl Read) -> Result<Option<Vec<u8>>, VerifyError> {
        let mut entry = Vec::new();
        read_up_to(source, &mut entry, 1)?;
        let Some(first) = entry.first() else { return Ok(None) };
        let malformed = |offset| self.refuse(HeaderRejection::Malformed { offset }.into());
        // RLP: 0xc0 and more begin a list, above 0xf7 with that many bytes of length.
        let Some(kind) = first.checked_sub(0xc0) else { return Err(malformed(0).into()) };
        let head = 1 + usize::from(kind.saturating_sub(0x37));
        read_up_to(source, &mut entry, head)?;
        let mut length = [0; MAX_HEAD_BYTES - 1];
        let payload = if head == 1 {
            usize::from(kind)
        } else {
            let digits = entry.get(1..head).ok_or_else(|| malformed(entry.len()))?;
            length[MAX_HEAD_BYTES - head..].copy_from_slice(digits);
            usize::try_from(u64::from_be_bytes(length)).unwrap_or(usize::MAX)
        };
        let size = payload.saturating_add(head);
        if size > MAX_ENTRY_BYTES {
            let reason = HeaderRejection::TooLarge { size, max: MAX_ENTRY_BYTES };
            return Err(self.refuse(reason.into()).into());
        }
        read_up_to(source, &mut entry, size)?;
        if entry.len() < size {
            return Err(malformed(entry.len()).into());
        }
        Ok(Some(entry))
    }

    fn push(&mut self, header: SideHeader) -> Result<(), VerifyRejection> {
        let genesis = self.chain.checkpoint();
        if self.headers == 0 && header.number() == genesis.number() {
            let (found, expected) = (header.hash(), genesis.hash());
            if found != expected {
                return Err(self.refuse(CliqueRejection::WrongGenesis { found, expected }.into()));
            }
            self.headers = 1;
            return Ok(());
        }
        if header.parent_hash() != self.last.1 {
            self.flush()?;
            let (number, parent) = (header.number(), header.parent_hash());
            return Err(self.refuse(CliqueRejection::UnknownParent { number, parent }.into()));
        }
        self.last = (header.number(), header.hash());
        self.headers = self.headers.saturating_add(1);
        self.pending.push(header);
        if self.pending.len() >= BATCH {
            self.flush()?;
        }
        Ok(())
    }

    /// Imports what is pending: at once, and one by one when that fails, to find the place.
    fn flush(&mut self) -> Result<(), VerifyRejection> {
        if self.chain.import(&self.pending, self.now).is_err() {
            let taken = self.headers.saturating_sub(to_u64(self.pending.len()));
            for (index, header) in (taken..).zip(&self.pending) {
                let number = EvmBlockNumber::new(self.chain.tip().number.get().saturating_add(1));
                let one = std::slice::from_ref(header);
                if let Err(reason) = self.chain.import(one, self.now) {
                    return Err(VerifyRejection { index, number, reason: reason.into() });
                }
            }
        }
        self.pending.clear();
        Ok(())
    }

    fn finish(mut self) -> Result<VerifySummary, VerifyRejection> {
        if self.headers == 0 {
            return Err(self.refuse(HeaderRejection::Malformed { offset: 0 }.into()));
        }
        self.flush()?;
        let tip = self.chain.tip();
        Ok(VerifySummary {
            headers: self.headers,
            number: tip.number,
            tip: tip.hash,
            finalized: self.chain.newest_final().map(|header| header.number()),
            signers: self.chain.signers().to_vec(),
        })
    }

    /// Refuses the entry after those that were taken.
    fn refuse(&self, reason: VerifyReason) -> VerifyRejection {
        let first = self.headers == 0;
        let number = self.last.0.get().saturating_add(u64::from(!first));
        VerifyRejection { index: self.headers, number: EvmBlockNumber::new(number), reason }
    }
}

/// Returns the header of an entry: the entry itself, or the first item of a block.
fn header_of(entry: &[u8]) -> Result<&[u8], HeaderRejection> {
    let mut rest = entry;
    let malformed = HeaderRejection::Malformed { offset: 0 };
    RlpHeader::decode(&mut rest).map_err(|_| malformed)?;
    let item = rest;
    let inner = RlpHeader::decode(&mut rest).map_err(|_| malformed)?;
    if !inner.list {
        return Ok(entry);
    }
    let size = (item.len() - rest.len()).saturating_add(inner.payload_length);
    item.get(..size).ok_or(malformed)
}

/// Reads until `bytes` has `size` bytes or the source ends.
fn read_up_to(source: &mut impl Read, bytes: &mut Vec<u8>, size: usize) -> Result<(), VerifyError> {
    let missing = to_u64(size.saturating_sub(bytes.len()));
    source.by_ref().take(missing).read_to_end(bytes).map_err(VerifyError::Read)?;
    Ok(())
}

fn to_u64(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
