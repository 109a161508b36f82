//! Records per second by the size of a group, beside what the disk gives for a bare sync.
//!
//! A record has 300 bytes, about a Commit with one payment.

#![allow(missing_docs, reason = "criterion's macros make undocumented functions")]
#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::fs::File;
use std::os::unix::fs::FileExt as _;

use bytes::Bytes;
use criterion::{criterion_group, criterion_main, Criterion, Throughput};
use farbank_channel_node::log::{Log, LogOptions, NewRecord, PayloadVersion};

const RECORD: usize = 300;
const GROUPS: [usize; 3] = [1, 16, 256];

fn record() -> NewRecord {
    NewRecord { version: PayloadVersion::new(1), payload: Bytes::from(vec![7; RECORD]) }
}

fn appends(criterion: &mut Criterion) {
    let folder = tempfile::tempdir_in(".").unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (log, _) = Log::open(folder.path(), LogOptions::default()).unwrap();
    let mut group = criterion.benchmark_group("append_and_sync");
    group.sample_size(20);
    for size in GROUPS {
        group.throughput(Throughput::Elements(u64::try_from(size).unwrap()));
        group.bench_function(size.to_string(), |bencher| {
            bencher.iter(|| {
                let records = vec![record(); size];
                runtime.block_on(async {
                    log.append(records).await.unwrap().durable().await.unwrap();
                });
            });
        });
    }
    group.finish();
    runtime.block_on(log.close()).unwrap();
}

fn bare_syncs(criterion: &mut Criterion) {
    let folder = tempfile::tempdir_in(".").unwrap();
    let file = File::create(folder.path().join("zeros")).unwrap();
    let size = 64 * 1024 * 1024_u64;
    let chunk = vec![0; 1024 * 1024];
    for at in (0..size).step_by(chunk.len()) {
        file.write_all_at(&chunk, at).unwrap();
    }
    file.sync_all().unwrap();
    let mut group = criterion.benchmark_group("write_and_fdatasync");
    group.sample_size(20);
    for size_in_records in GROUPS {
        let bytes = vec![7; size_in_records * RECORD];
        let mut at = 0;
        group.throughput(Throughput::Elements(u64::try_from(size_in_records).unwrap()));
        group.bench_function(size_in_records.to_string(), |bencher| {
            bencher.iter(|| {
                file.write_all_at(&bytes, at).unwrap();
                file.sync_data().unwrap();
                at = (at + u64::try_from(bytes.len()).unwrap()) % (size - 1024 * 1024);
            });
        });
    }
    group.finish();
}

criterion_group!(benches, appends, bare_syncs);
criterion_main!(benches);
