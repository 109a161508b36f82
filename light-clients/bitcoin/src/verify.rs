//! Headers back to back in a file or a stream, checked one after the other in constant memory.
//!
//! The first header is the checkpoint: trusted, but held to its own proof of work.

use std::io::{self, Read};

use bitcoin::block::Header;
use bitcoin::consensus::Decodable as _;
use bitcoin::hashes::Hash as _;
use bitcoin::{BlockHash, Network};
use farbank_types::{BitcoinHeight, UnixTime, Work};
use serde::{Serialize, Serializer};

use crate::checkpoint::Start;
use crate::rejection::HeaderRejection;
use crate::rules::ChainRules;
use crate::state::ChainState;

/// Headers that [`verify_reader`] takes from its source at once (320 KiB).
const HEADERS_PER_READ: usize = 4_096;

/// What a run over a file found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct VerifySummary {
    /// Headers read, the checkpoint included.
    pub headers: u64,
    /// Height of the last one.
    pub height: BitcoinHeight,
    /// Its hash.
    pub tip: BlockHash,
    /// Work of all of them, the checkpoint's own included; 64 hexadecimal digits.
    #[serde(serialize_with = "as_digits")]
    pub work: Work,
}

fn as_digits<S: Serializer>(work: &Work, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(work)
}

/// The first header that breaks a rule.
///
/// Serialised as `{"refused", "index", "height", ...}` with the values of the reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("height {height}: {reason}")]
pub struct VerifyRejection {
    /// Place of the header in the file, from zero.
    pub index: u64,
    /// Height that it would have.
    pub height: BitcoinHeight,
    /// The rule.
    pub reason: HeaderRejection,
}

impl Serialize for VerifyRejection {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Document<'a> {
            #[serde(flatten)]
            reason: &'a HeaderRejection,
            #[serde(skip_serializing_if = "Option::is_none")]
            index: Option<u64>,
            #[serde(skip_serializing_if = "Option::is_none")]
            height: Option<BitcoinHeight>,
        }
        let reason = &self.reason;
        let index = reason.index().is_none().then_some(self.index);
        let names_height = matches!(reason, HeaderRejection::EpochStartUnknown { .. });
        let height = (!names_height).then_some(self.height);
        Document { reason, index, height }.serialize(serializer)
    }
}

/// Why a stream was not verified to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// A header breaks a rule.
    #[error(transparent)]
    Rejected(#[from] VerifyRejection),
    /// The source could not be read.
    #[error("the headers cannot be read; check the file and its permissions")]
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

/// Verifies headers piece by piece.
#[derive(Clone, Debug)]
pub struct HeaderVerifier {
    rules: ChainRules,
    checkpoint_height: BitcoinHeight,
    epoch_start_time: Option<UnixTime>,
    latest: UnixTime,
    state: Option<ChainState>,
    headers: u64,
}

impl HeaderVerifier {
    /// Starts before the first header, which is the checkpoint at `checkpoint_height`.
    ///
    /// `epoch_start_time` is the time of the first block of its retarget period; without it a file
    /// that reaches the next retarget is refused there, unless the checkpoint is that block.
    #[must_use]
    pub fn new(
        network: Network,
        checkpoint_height: BitcoinHeight,
        epoch_start_time: Option<UnixTime>,
        now: UnixTime,
    ) -> Self {
        Self {
            rules: ChainRules::for_network(network),
            checkpoint_height,
            epoch_start_time,
            latest: ChainState::latest_time(now),
            state: None,
            headers: 0,
        }
    }

    /// Takes the next whole headers.
    ///
    /// # Errors
    /// Refuses the first header that breaks a rule, and bytes that are not whole headers.
    pub fn push(&mut self, raw: &[u8]) -> Result<(), VerifyRejection> {
        let (headers, rest) = raw.as_chunks::<{ Header::SIZE }>();
        for bytes in headers {
            self.push_one(bytes).map_err(|reason| self.reject(reason))?;
            self.headers += 1;
        }
        if rest.is_empty() {
            Ok(())
        } else {
            Err(self.cut_off(rest.len()))
        }
    }

    #[inline]
    fn push_one(&mut self, bytes: &[u8; Header::SIZE]) -> Result<(), HeaderRejection> {
        let Ok(header) = Header::consensus_decode_from_finite_reader(&mut bytes.as_slice()) else {
            return Err(HeaderRejection::CutOff { length: 0 });
        };
        if let Some(state) = &mut self.state {
            return state.append(
                self.rules,
                &header,
                BlockHash::hash(bytes),
                self.headers,
                self.latest,
            );
        }
        let start =
            Start::check(self.rules, self.checkpoint_height, &header, self.epoch_start_time, &[])?;
        self.state = Some(ChainState::new(&start));
        Ok(())
    }

    /// Returns what was verified.
    ///
    /// # Errors
    /// Refuses a file without any header.
    pub fn finish(self) -> Result<VerifySummary, VerifyRejection> {
        let Some(state) = self.state else { return Err(self.cut_off(0)) };
        Ok(VerifySummary {
            headers: self.headers,
            height: state.height(),
            tip: state.hash(),
            work: state.work(),
        })
    }

    fn cut_off(&self, rest: usize) -> VerifyRejection {
        let whole = self.headers.saturating_mul(Header::SIZE as u64);
        let length = whole.saturating_add(u64::try_from(rest).unwrap_or(u64::MAX));
        self.reject(HeaderRejection::CutOff { length })
    }

    fn reject(&self, reason: HeaderRejection) -> VerifyRejection {
        let above = u32::try_from(self.headers).unwrap_or(u32::MAX);
        let height = BitcoinHeight::new(self.checkpoint_height.get().saturating_add(above));
        VerifyRejection { index: self.headers, height, reason }
    }
}

/// Verifies headers that are in memory.
///
/// # Errors
/// Refuses the first header that breaks a rule, and a file that is cut off or empty.
pub fn verify_raw(
    network: Network,
    checkpoint_height: BitcoinHeight,
    epoch_start_time: Option<UnixTime>,
    raw: &[u8],
    now: UnixTime,
) -> Result<VerifySummary, VerifyRejection> {
    let mut verifier = HeaderVerifier::new(network, checkpoint_height, epoch_start_time, now);
    verifier.push(raw)?;
    verifier.finish()
}

/// Verifies headers from a source, with 320 KiB of it in memory at a time.
///
/// # Errors
/// As [`verify_raw`]; and when the source cannot be read.
pub fn verify_reader(
    network: Network,
    checkpoint_height: BitcoinHeight,
    epoch_start_time: Option<UnixTime>,
    mut raw: impl Read,
    now: UnixTime,
) -> Result<VerifySummary, VerifyError> {
    let mut verifier = HeaderVerifier::new(network, checkpoint_height, epoch_start_time, now);
    let size = HEADERS_PER_READ * Header::SIZE;
    let mut buffer = Vec::with_capacity(size);
    loop {
        buffer.clear();
        let limit = u64::try_from(size).unwrap_or(u64::MAX);
        let read = raw.by_ref().take(limit).read_to_end(&mut buffer).map_err(VerifyError::Read)?;
        verifier.push(&buffer)?;
        if read < size {
            return Ok(verifier.finish()?);
        }
    }
}
