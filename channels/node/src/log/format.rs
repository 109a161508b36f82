//! Bytes of a segment. All numbers are big-endian.
//!
//! | header of a segment | bytes |
//! |---|---|
//! | `FBLOG\0\0\x01` | 8 |
//! | number of the segment | 8 |
//! | number of its first record | 8 |
//! | CRC-32C of the above | 4 |
//!
//! | record | bytes |
//! |---|---|
//! | length of version and payload, never 0 | 4 |
//! | CRC-32C of the segment's number, the record's and its group's offset, version and payload | 4 |
//! | offset of the first record of its group | 4 |
//! | version of the payload | 1 |
//! | payload | |
//!
//! Behind the last record are zeros. The group is what tells a torn tail from damage: a group is
//! written only after the one before is durable, so an unreadable place that lies before the group of
//! any later record was durable once.

use core::ops::Range;

use super::{PayloadVersion, RecordNumber};

/// Bytes of a segment's header.
pub(crate) const HEADER: u32 = 28;
/// Bytes of a record before version and payload.
const PREFIX: usize = 12;
const MAGIC: [u8; 8] = *b"FBLOG\0\0\x01";

/// What a segment says about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SegmentHeader {
    pub(crate) segment: u64,
    pub(crate) first: RecordNumber,
}

impl SegmentHeader {
    pub(crate) fn encode(self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&self.segment.to_be_bytes());
        bytes.extend_from_slice(&self.first.get().to_be_bytes());
        let crc = crc32c::crc32c(&bytes);
        bytes.extend_from_slice(&crc.to_be_bytes());
        bytes
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader { bytes, at: 0 };
        let magic: [u8; 8] = reader.take()?;
        let (segment, first) = (reader.take()?, reader.take()?);
        let crc = u32::from_be_bytes(reader.take()?);
        let covered = bytes.get(..24)?;
        let sound = magic == MAGIC && crc32c::crc32c(covered) == crc;
        let first = RecordNumber::new(u64::from_be_bytes(first));
        sound.then_some(Self { segment: u64::from_be_bytes(segment), first })
    }
}

/// A record where it lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// Offset of its group's first record.
    pub(crate) group: u32,
    pub(crate) version: PayloadVersion,
    /// Where its payload is.
    pub(crate) payload: Range<usize>,
}

/// Returns how many bytes a record takes; `None` beyond 4 GiB.
pub(crate) fn record_len(payload: usize) -> Option<u32> {
    u32::try_from(payload.checked_add(PREFIX + 1)?).ok()
}

/// Appends a record that will lie at `at` of its segment. `None` when its length has no number.
pub(crate) fn encode(
    out: &mut Vec<u8>,
    (segment, group, at): (u64, u32, u32),
    version: PayloadVersion,
    payload: &[u8],
) -> Option<()> {
    let len = u32::try_from(payload.len().checked_add(1)?).ok()?;
    let crc = crc32c::crc32c_append(crc(segment, group, at, version), payload);
    for number in [len, crc, group] {
        out.extend_from_slice(&number.to_be_bytes());
    }
    out.push(version.get());
    out.extend_from_slice(payload);
    Some(())
}

/// Reads the record at `at`; `None` when there is no sound one.
pub(crate) fn decode(bytes: &[u8], segment: u64, at: usize) -> Option<Found> {
    let mut reader = Reader { bytes, at };
    let len = usize::try_from(u32::from_be_bytes(reader.take()?)).ok()?;
    let stored = u32::from_be_bytes(reader.take()?);
    let group = u32::from_be_bytes(reader.take()?);
    let [version] = reader.take()?;
    let version = PayloadVersion::new(version);
    let payload = reader.at..reader.at.checked_add(len.checked_sub(1)?)?;
    let offset = u32::try_from(at).ok()?;
    if group < HEADER || group > offset {
        return None;
    }
    let found = crc(segment, group, offset, version);
    let found = crc32c::crc32c_append(found, bytes.get(payload.clone())?);
    (found == stored).then_some(Found { group, version, payload })
}

fn crc(segment: u64, group: u32, at: u32, version: PayloadVersion) -> u32 {
    let crc = crc32c::crc32c(&segment.to_be_bytes());
    let crc = crc32c::crc32c_append(crc, &at.to_be_bytes());
    let crc = crc32c::crc32c_append(crc, &group.to_be_bytes());
    crc32c::crc32c_append(crc, &[version.get()])
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let end = self.at.checked_add(N)?;
        let taken = self.bytes.get(self.at..end)?.try_into().ok()?;
        self.at = end;
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const V: PayloadVersion = PayloadVersion::new(1);

    #[test]
    fn header_is_read_as_written_and_no_bit_may_differ() {
        let header = SegmentHeader { segment: 7, first: RecordNumber::new(99) };
        let bytes = header.encode();
        assert_eq!(bytes.len(), usize::try_from(HEADER).unwrap());
        assert_eq!(SegmentHeader::decode(&bytes), Some(header));
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(SegmentHeader::decode(&flipped), None, "bit {bit}");
        }
    }

    #[test]
    fn record_is_sound_at_its_own_place_only() {
        let mut bytes = vec![0; 40];
        encode(&mut bytes, (3, 40, 40), V, b"abc").unwrap();
        assert_eq!(bytes.len(), 40 + usize::try_from(record_len(3).unwrap()).unwrap());
        assert_eq!(&bytes[decode(&bytes, 3, 40).unwrap().payload], b"abc");
        assert_eq!(decode(&bytes, 4, 40), None);
        bytes.insert(0, 0);
        assert_eq!(decode(&bytes, 3, 41), None);
    }

    proptest! {
        #[test]
        fn garbage_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..64), at in 0_usize..80) {
            let _ = decode(&bytes, 1, at);
            let _ = SegmentHeader::decode(&bytes);
        }

        #[test]
        fn flipped_bit_is_noticed(payload in prop::collection::vec(any::<u8>(), 0..40), bit: prop::sample::Index) {
            let mut bytes = vec![0; 28];
            encode(&mut bytes, (1, 28, 28), V, &payload).unwrap();
            let bit = bit.index((bytes.len() - 28) * 8);
            bytes[28 + bit / 8] ^= 1 << (bit % 8);
            prop_assert_eq!(decode(&bytes, 1, 28), None);
        }
    }
}
