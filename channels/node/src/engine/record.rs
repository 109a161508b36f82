//! What a record and a snapshot of the core loop say.
//!
//! A record: the time, eight bytes big-endian, then the inputs of a batch in postcard, one after the
//! other. A snapshot: the newest time in the same way, then the machine.

use bytes::Bytes;
use farbank_types::UnixTime;
use serde::de::DeserializeOwned;
use serde::Serialize;

use super::EngineError;
use crate::log::{PayloadVersion, RecordNumber};

/// Version of both.
pub(super) const VERSION: PayloadVersion = PayloadVersion::new(1);
const TIME: usize = 8;

/// A record that grows.
#[derive(Debug)]
pub(super) struct Growing(Vec<u8>);

impl Growing {
    pub(super) fn new(now: UnixTime) -> Self {
        Self(now.get().to_be_bytes().to_vec())
    }

    /// Adds an input, or the machine.
    pub(super) fn add(&mut self, item: &impl Serialize) -> Result<(), EngineError> {
        let bytes = core::mem::take(&mut self.0);
        self.0 = postcard::to_extend(item, bytes).map_err(EngineError::Unwritable)?;
        Ok(())
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.len() <= TIME
    }

    pub(super) fn finish(self) -> Bytes {
        self.0.into()
    }
}

/// Reads a record or snapshot.
pub(super) struct Reading<'a> {
    at: RecordNumber,
    rest: &'a [u8],
}

impl<'a> Reading<'a> {
    /// Returns the time, and the reader of what follows.
    pub(super) fn begin(
        at: RecordNumber,
        version: PayloadVersion,
        bytes: &'a [u8],
    ) -> Result<(UnixTime, Self), EngineError> {
        if version != VERSION {
            return Err(EngineError::UnknownVersion { at, found: version, known: VERSION });
        }
        let short =
            EngineError::Unreadable { at, source: postcard::Error::DeserializeUnexpectedEnd };
        let (time, rest) = bytes.split_first_chunk::<TIME>().ok_or(short)?;
        Ok((UnixTime::new(u64::from_be_bytes(*time)), Self { at, rest }))
    }

    /// Returns the next item; nothing behind the last one.
    pub(super) fn next<T: DeserializeOwned>(&mut self) -> Result<Option<T>, EngineError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let unreadable = |source| EngineError::Unreadable { at: self.at, source };
        let (item, rest) = postcard::take_from_bytes(self.rest).map_err(unreadable)?;
        if rest.len() == self.rest.len() {
            return Err(unreadable(postcard::Error::DeserializeBadEncoding));
        }
        self.rest = rest;
        Ok(Some(item))
    }
}
