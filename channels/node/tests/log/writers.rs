//! Whoever writes.

use std::fs;

use bytes::Bytes;
use farbank_channel_node::log::{
    Log, LogError, LogOptions, NewRecord, PayloadVersion, RecordNumber,
};

use crate::twin::{run, segment, snapshot, Step, Twin, OPTIONS};

fn record(length: usize) -> NewRecord {
    NewRecord { version: PayloadVersion::new(1), payload: Bytes::from(vec![5; length]) }
}

#[test]
fn second_writer_is_refused_until_the_first_one_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let first = Log::open(folder.path(), OPTIONS).unwrap();
    let refused = Log::open(folder.path(), OPTIONS).map(|_| ());
    assert!(matches!(&refused, Err(LogError::Locked { path }) if path == folder.path()));
    drop(first);
    Log::open(folder.path(), OPTIONS).unwrap();
}

#[test]
fn many_appends_share_a_sync() {
    let folder = tempfile::tempdir().unwrap();
    let (log, _) = Log::open(folder.path(), LogOptions::default()).unwrap();
    run(async {
        let mut tickets = Vec::new();
        for _ in 0..1_000 {
            tickets.push(log.append(vec![record(300)]).await.unwrap());
        }
        for (ticket, number) in tickets.into_iter().zip(1..) {
            assert_eq!(ticket.durable().await.unwrap(), RecordNumber::new(number));
        }
    });
    assert!(log.syncs() < 500, "{} syncs", log.syncs());
    assert_eq!(log.bytes_logged(), 1_000 * 313);
    assert_eq!(log.durable(), RecordNumber::new(1_000));
}

#[test]
fn append_larger_than_a_group_is_refused_and_the_log_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let (log, _) = Log::open(folder.path(), OPTIONS).unwrap();
    let refused = run(log.append(vec![record(200), record(200)])).map(|_| ());
    assert!(matches!(refused, Err(LogError::TooLarge { len: 400, max: 400 })), "{refused:?}");
    run(run(log.append(vec![record(387)])).unwrap().durable()).unwrap();
}

#[test]
fn segments_too_small_for_a_group_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let options = LogOptions { segment_bytes: 427, group_bytes: 400, waiting: 1 };
    let refused = Log::open(folder.path(), options).map(|_| ());
    assert!(matches!(refused, Err(LogError::SmallSegments { segment: 427, group: 400 })));
}

#[test]
fn snapshot_removes_what_it_covers_and_cannot_run_ahead() {
    let twin = Twin::new(&[vec![Step::Append(vec![60; 4]); 7], vec![Step::Snapshot]].concat());
    let segments = twin.places.last().unwrap().segment;
    for number in 1..segments {
        assert!(!segment(twin.path(), number).exists());
    }
    let (log, found) = Log::open(twin.path(), OPTIONS).unwrap();
    assert_eq!((found.records.len(), found.snapshot), (0, Some(snapshot(28))));
    let ahead = run(log.snapshot(snapshot(29)));
    assert!(matches!(ahead, Err(LogError::Ahead { at, .. }) if at == RecordNumber::new(29)));
    run(run(log.append(vec![record(1)])).unwrap().durable()).unwrap();
    run(log.snapshot(snapshot(29))).unwrap();
    let snapshots = fs::read_dir(twin.path()).unwrap().filter(|file| {
        file.as_ref().unwrap().path().extension().is_some_and(|ending| ending == "snapshot")
    });
    assert_eq!(snapshots.count(), 1);
}

#[test]
fn tail_lost_behind_a_snapshot_loses_nothing() {
    let twin = Twin::new(&[Step::Append(vec![60; 4]), Step::Snapshot]);
    let path = segment(twin.path(), 1);
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..100]).unwrap();
    let (log, found) = Log::open(twin.path(), OPTIONS).unwrap();
    assert_eq!((found.records.len(), found.snapshot), (0, Some(snapshot(4))));
    let number = run(run(log.append(vec![record(1)])).unwrap().durable()).unwrap();
    assert_eq!(number, RecordNumber::new(5));
    drop(log);
    let (_, found) = Log::open(twin.path(), OPTIONS).unwrap();
    assert_eq!(found.records.len(), 1);
}

#[test]
fn larger_and_smaller_segments_are_read_alike() {
    let twin = Twin::new(&vec![Step::Append(vec![60; 4]); 3]);
    for segment_bytes in [5_000, 450, 700] {
        let options = LogOptions { segment_bytes, ..OPTIONS };
        let (log, found) = Log::open(twin.path(), options).unwrap();
        assert!(found.records.starts_with(&twin.records));
        run(run(log.append(vec![record(1)])).unwrap().durable()).unwrap();
    }
}
