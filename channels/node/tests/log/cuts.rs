//! Logs that end in the middle of something.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use bytes::Bytes;
use farbank_channel_node::log::{Log, NewRecord, PayloadVersion, Record, RecordNumber};
use proptest::prelude::*;

use crate::twin::{cases, run, segment, snapshot, steps, Twin, OPTIONS};

/// Opens a log, compares what it finds, appends to it, and finds all that again.
fn goes_on(twin: &Twin, folder: &Path, expected: &[Record]) {
    let (log, found) = Log::open(folder, OPTIONS).unwrap();
    assert_eq!(found.records, expected);
    assert_eq!(found.snapshot, (twin.snapshot > 0).then(|| snapshot(twin.snapshot)));
    let next = expected.last().map_or(twin.snapshot, |last| last.number.get()) + 1;
    let new = NewRecord { version: PayloadVersion::new(9), payload: Bytes::from_static(b"new") };
    let mut all = expected.to_vec();
    for number in next..next + 3 {
        let number = RecordNumber::new(number);
        let ticket = run(log.append(vec![new.clone()])).unwrap();
        assert_eq!(run(ticket.durable()).unwrap(), number);
        all.push(Record { number, version: new.version, payload: new.payload.clone() });
    }
    drop(log);
    let (_, found) = Log::open(folder, OPTIONS).unwrap();
    assert_eq!((found.records, found.cut), (all, 0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn log_cut_at_any_byte_is_what_was_whole_before(
        steps in steps(),
        at: prop::sample::Index,
        zeroed: bool,
    ) {
        let twin = Twin::new(&steps);
        let copy = twin.copy();
        let live: Vec<u64> =
            (1..=20).filter(|number| segment(copy.path(), *number).exists()).collect();
        prop_assume!(!live.is_empty());
        let size = usize::try_from(OPTIONS.segment_bytes).unwrap();
        let at = at.index(live.len() * size);
        let (number, byte) = (live[at / size], at % size);
        for later in live.iter().filter(|later| **later > number) {
            fs::remove_file(segment(copy.path(), *later)).unwrap();
        }
        // What a file system leaves: a shorter file, or one whose blocks were never written.
        let file = OpenOptions::new().write(true).open(segment(copy.path(), number)).unwrap();
        let zeroed = zeroed && byte >= 28;
        if zeroed {
            file.write_all_at(&vec![0; size - byte], u64::try_from(byte).unwrap()).unwrap();
        } else {
            file.set_len(u64::try_from(byte).unwrap()).unwrap();
        }
        let lost = twin.places.iter().find(|place| (place.segment, place.end) > (number, byte));
        // A record that ends in zeros is whole without them only if it is.
        let until = lost.map_or(u64::MAX, |place| place.number);
        goes_on(&twin, copy.path(), &twin.expected(until));
    }

    #[test]
    fn group_that_was_never_durable_is_cut_whatever_of_it_was_written(
        steps in steps(),
        lengths in prop::collection::vec(0_usize..70, 1..5),
        sectors: u64,
    ) {
        let mut steps = steps;
        steps.push(crate::twin::Step::Append(lengths));
        let twin = Twin::new(&steps);
        let copy = twin.copy();
        let last = *twin.places.last().unwrap();
        let path = segment(copy.path(), last.segment);
        let mut bytes = fs::read(&path).unwrap();
        // Sectors of 16 bytes, so that a small group has several.
        for (place, byte) in bytes.iter_mut().enumerate().skip(last.group) {
            if sectors >> (place / 16 % 64) & 1 == 0 {
                *byte = 0;
            }
        }
        fs::write(&path, &bytes).unwrap();
        let (log, found) = Log::open(copy.path(), OPTIONS).unwrap();
        drop(log);
        let group = twin.places.iter().filter(|place| {
            (place.segment, place.group) == (last.segment, last.group)
        });
        let first = group.map(|place| place.number).min().unwrap();
        let durable = twin.expected(first);
        prop_assert!(found.records.starts_with(&durable), "{found:?}");
        prop_assert!(twin.expected(u64::MAX).starts_with(&found.records));
        goes_on(&twin, copy.path(), &found.records);
    }
}
