//! Bytes that are not what was written, in front of the tail.

use std::fs;

use farbank_channel_node::log::{Damage, Log, LogError};
use proptest::prelude::*;

use crate::twin::{cases, segment, steps, Step, Twin, OPTIONS};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn flipped_bit_in_front_of_the_tail_is_named_by_file_and_offset(
        steps in steps(),
        record: prop::sample::Index,
        bit: prop::sample::Index,
    ) {
        let mut steps = steps;
        steps.extend([Step::Append(vec![20]), Step::Append(vec![30])]);
        let twin = Twin::new(&steps);
        let last = *twin.places.last().unwrap();
        let durable: Vec<_> = twin
            .places
            .iter()
            .filter(|place| place.number > twin.snapshot)
            .filter(|place| (place.segment, place.group) != (last.segment, last.group))
            .collect();
        let place = *durable[record.index(durable.len())];
        let path = segment(twin.path(), place.segment);
        let mut bytes = fs::read(&path).unwrap();
        let bit = place.start * 8 + bit.index((place.end - place.start) * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        fs::write(&path, &bytes).unwrap();
        match Log::open(twin.path(), OPTIONS) {
            Err(LogError::Damaged { path: named, offset, damage: Damage::Record }) => {
                prop_assert_eq!(&named, &path);
                prop_assert_eq!(offset, u64::try_from(place.start).unwrap());
            }
            opened => prop_assert!(false, "{opened:?}"),
        }
        // Nothing was cut.
        prop_assert_eq!(fs::read(&path).unwrap(), bytes);
    }

    #[test]
    fn flipped_bit_anywhere_never_gives_other_records(steps in steps(), at: prop::sample::Index) {
        let twin = Twin::new(&steps);
        let mut files: Vec<_> =
            fs::read_dir(twin.path()).unwrap().map(|file| file.unwrap().path()).collect();
        files.retain(|file| fs::metadata(file).unwrap().len() > 0);
        prop_assume!(!files.is_empty());
        files.sort();
        let lengths = files.iter().map(|file| fs::read(file).unwrap().len());
        let mut bit = at.index(lengths.sum::<usize>() * 8);
        for file in &files {
            let mut bytes = fs::read(file).unwrap();
            if bit < bytes.len() * 8 {
                bytes[bit / 8] ^= 1 << (bit % 8);
                fs::write(file, bytes).unwrap();
                break;
            }
            bit -= bytes.len() * 8;
        }
        if let Ok((_, found)) = Log::open(twin.path(), OPTIONS) {
            prop_assert!(twin.expected(u64::MAX).starts_with(&found.records));
        }
    }

    #[test]
    fn garbage_never_panics(
        segments in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..900), 1..4),
        snapshot in prop::option::of(prop::collection::vec(any::<u8>(), 0..80)),
        keep_headers: bool,
    ) {
        let twin = Twin::new(&[Step::Append(vec![60; 4]), Step::Append(vec![60; 4])]);
        for (number, garbage) in (1..).zip(&segments) {
            let path = segment(twin.path(), number);
            let header = fs::read(&path).unwrap_or_default();
            let kept = if keep_headers { header.len().min(28) } else { 0 };
            fs::write(&path, [&header[..kept], garbage].concat()).unwrap();
        }
        if let Some(garbage) = snapshot {
            fs::write(twin.path().join(format!("{:020}.snapshot", 3)), garbage).unwrap();
        }
        let _ = Log::open(twin.path(), OPTIONS);
    }
}

#[test]
fn missing_segment_is_named() {
    let twin = Twin::new(&vec![Step::Append(vec![60; 4]); 6]);
    let last = twin.places.last().unwrap().segment;
    assert!(last >= 3);
    fs::remove_file(segment(twin.path(), 2)).unwrap();
    let refused = Log::open(twin.path(), OPTIONS);
    assert!(matches!(refused, Err(LogError::Damaged { damage: Damage::Record, .. })));
    fs::remove_file(segment(twin.path(), 1)).unwrap();
    let refused = Log::open(twin.path(), OPTIONS).map(|_| ());
    assert!(
        matches!(&refused, Err(LogError::Damaged { path, offset: 0, damage: Damage::Gap { .. } })
            if *path == segment(twin.path(), 3)),
        "{refused:?}"
    );
}

#[test]
fn damaged_header_and_damaged_snapshot_are_named() {
    for (file, offset, damage) in
        [("0000000000000001.segment", 9, Damage::Header), ("snapshot", 30, Damage::Snapshot)]
    {
        let twin = Twin::new(&[Step::Append(vec![9]), Step::Snapshot, Step::Append(vec![9])]);
        let file = match file {
            "snapshot" => format!("{:020}.snapshot", 1),
            segment => segment.to_owned(),
        };
        let path = twin.path().join(file);
        let mut bytes = fs::read(&path).unwrap();
        bytes[offset] ^= 1;
        fs::write(&path, bytes).unwrap();
        let refused = Log::open(twin.path(), OPTIONS).map(|_| ());
        assert!(
            matches!(&refused, Err(LogError::Damaged { path: named, damage: found, .. })
                if *named == path && *found == damage),
            "{refused:?}"
        );
    }
}
