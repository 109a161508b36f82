//! TLV streams, and the integers in them, as BOLT #1 writes them.
//!
//! Decides which bytes are a stream of records; leaves out what the records mean.

use thiserror::Error;

/// Why bytes are not the records that were expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TlvRejection {
    /// It ends within a record.
    #[error("the records end within one of them")]
    Truncated,
    /// A number has a shorter form: two writings of one document would differ.
    #[error("a number in the records is not in its shortest form")]
    NotMinimal,
    /// Records ascend by type, each at most once.
    #[error("record {found} follows record {after}")]
    OutOfOrder {
        /// Type of the record before.
        after: u64,
        /// Its type.
        found: u64,
    },
    /// Of an even type, so it must be understood, and is not.
    #[error("record {kind} must be understood and is unknown")]
    UnknownRecord {
        /// Its type.
        kind: u64,
    },
    /// Its value has another length than its type has.
    #[error("record {kind} has {found} bytes")]
    WrongLength {
        /// Its type.
        kind: u64,
        /// Bytes found.
        found: usize,
    },
    /// Not there.
    #[error("record {kind} is missing")]
    MissingRecord {
        /// Its type.
        kind: u64,
    },
    /// Its value is no value of its type.
    #[error("record {kind} makes no sense")]
    BadValue {
        /// Its type.
        kind: u64,
    },
    /// It belongs to another document than the other records.
    #[error("record {kind} does not belong here")]
    Misplaced {
        /// Its type.
        kind: u64,
    },
}

/// Appends a `BigSize`: big-endian, in its shortest form (BOLT #1).
pub(crate) fn write_big_size(out: &mut Vec<u8>, value: u64) {
    let bytes = value.to_be_bytes();
    let (prefix, tail): (Option<u8>, _) = match value {
        0..=0xfc => (None, &bytes[7..]),
        0xfd..=0xffff => (Some(0xfd), &bytes[6..]),
        0x1_0000..=0xffff_ffff => (Some(0xfe), &bytes[4..]),
        _ => (Some(0xff), &bytes[..]),
    };
    out.extend(prefix);
    out.extend_from_slice(tail);
}

/// Takes a `BigSize` off the front.
pub(crate) fn read_big_size(bytes: &mut &[u8]) -> Result<u64, TlvRejection> {
    let (len, floor) = match take(bytes, 1)? {
        [0xfd] => (2, 0xfd),
        [0xfe] => (4, 0x1_0000),
        [0xff] => (8, 0x1_0000_0000),
        small => return Ok(small.iter().copied().map(u64::from).sum()),
    };
    let mut word = [0; 8];
    word[8 - len..].copy_from_slice(take(bytes, len)?);
    let value = u64::from_be_bytes(word);
    if value < floor {
        return Err(TlvRejection::NotMinimal);
    }
    Ok(value)
}

/// Takes `len` bytes off the front.
pub(crate) fn take<'a>(bytes: &mut &'a [u8], len: usize) -> Result<&'a [u8], TlvRejection> {
    let (head, tail) = bytes.split_at_checked(len).ok_or(TlvRejection::Truncated)?;
    *bytes = tail;
    Ok(head)
}

/// Writes records; the caller gives them in ascending order.
#[derive(Debug, Default)]
pub(crate) struct TlvWriter(Vec<u8>);

impl TlvWriter {
    pub(crate) fn bytes(mut self, kind: u64, value: &[u8]) -> Self {
        write_big_size(&mut self.0, kind);
        // A length in memory fits 64 bits on every machine that Rust knows.
        write_big_size(&mut self.0, value.len() as u64);
        self.0.extend_from_slice(value);
        self
    }

    /// A number, big-endian without leading zeroes ("tu64" of BOLT #1, wider).
    pub(crate) fn number(self, kind: u64, value: u128) -> Self {
        let bytes = value.to_be_bytes();
        let zeroes = bytes.iter().take_while(|byte| **byte == 0).count();
        self.bytes(kind, &bytes[zeroes..])
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// Reads records in order; ends after the first refusal.
#[derive(Debug)]
pub(crate) struct Records<'a> {
    rest: &'a [u8],
    after: Option<u64>,
}

impl<'a> Records<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, after: None }
    }

    fn record(&mut self) -> Result<(u64, &'a [u8]), TlvRejection> {
        let found = read_big_size(&mut self.rest)?;
        if let Some(after) = self.after.filter(|after| found <= *after) {
            return Err(TlvRejection::OutOfOrder { after, found });
        }
        self.after = Some(found);
        let len = read_big_size(&mut self.rest)?;
        // A length beyond the address space is beyond the bytes as well.
        let len = usize::try_from(len).map_err(|_| TlvRejection::Truncated)?;
        Ok((found, take(&mut self.rest, len)?))
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<(u64, &'a [u8]), TlvRejection>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let record = self.record();
        if record.is_err() {
            self.rest = &[];
        }
        Some(record)
    }
}

/// Answers a record of a type that the reader does not know.
pub(crate) const fn unknown(kind: u64) -> Result<(), TlvRejection> {
    if kind.is_multiple_of(2) {
        return Err(TlvRejection::UnknownRecord { kind });
    }
    Ok(())
}

/// Reads a value of a fixed length.
pub(crate) fn array<const N: usize>(kind: u64, value: &[u8]) -> Result<[u8; N], TlvRejection> {
    value.try_into().map_err(|_| TlvRejection::WrongLength { kind, found: value.len() })
}

/// Reads a number without leading zeroes.
pub(crate) fn number(kind: u64, value: &[u8]) -> Result<u128, TlvRejection> {
    if value.len() > 16 {
        return Err(TlvRejection::WrongLength { kind, found: value.len() });
    }
    if value.first() == Some(&0) {
        return Err(TlvRejection::NotMinimal);
    }
    Ok(value.iter().fold(0, |number, byte| number << 8 | u128::from(*byte)))
}

/// Reads a number of at most 64 bits.
pub(crate) fn number_u64(kind: u64, value: &[u8]) -> Result<u64, TlvRejection> {
    let found = value.len();
    u64::try_from(number(kind, value)?).map_err(|_| TlvRejection::WrongLength { kind, found })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_in_one_way_only() {
        for value in [0, 0xfc, 0xfd, 0xffff, 0x1_0000, 0xffff_ffff, 0x1_0000_0000, u64::MAX] {
            let mut bytes = Vec::new();
            write_big_size(&mut bytes, value);
            assert_eq!(read_big_size(&mut &bytes[..]), Ok(value));
        }
        for long in
            [&[0xfd, 0, 0xfc][..], &[0xfe, 0, 0, 0xff, 0xff], &[0xff, 0, 0, 0, 0, 1, 1, 1, 1]]
        {
            assert_eq!(read_big_size(&mut &long[..]), Err(TlvRejection::NotMinimal));
        }
        assert_eq!(number(2, &[0, 1]), Err(TlvRejection::NotMinimal));
        assert_eq!(number(2, &[]), Ok(0));
        assert_eq!(number(2, &[0xff; 16]), Ok(u128::MAX));
        assert_eq!(number(2, &[1; 17]), Err(TlvRejection::WrongLength { kind: 2, found: 17 }));
    }

    #[test]
    fn records_ascend_and_are_whole() {
        let read =
            |bytes: &[u8]| Records::new(bytes).collect::<Result<Vec<_>, _>>().map(|r| r.len());
        let two = TlvWriter::default().number(2, 7).bytes(4, &[1, 2]).finish();
        assert_eq!(read(&two), Ok(2));
        for cut in [1, 2, 4, 5, 6] {
            assert_eq!(read(&two[..cut]), Err(TlvRejection::Truncated), "cut at {cut}");
        }
        let twice = TlvWriter::default().number(2, 7).number(2, 7).finish();
        assert_eq!(read(&twice), Err(TlvRejection::OutOfOrder { after: 2, found: 2 }));
        assert_eq!(
            read(&[2, 0xff, 255, 255, 255, 255, 255, 255, 255, 255]),
            Err(TlvRejection::Truncated)
        );
    }
}
