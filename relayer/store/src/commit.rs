//! One unit of work, one transaction.

use bitcoin::hashes::Hash as _;
use farbank_relayer_core::peg_in::PegInState;
use farbank_relayer_core::ports::{
    Changes, DepositChange, DescriptorRecord, HeaderRelayChange, IntentChange, ScanChange,
    UnitOfWork,
};
use sqlx::SqliteConnection;

use crate::codec::encode;
use crate::peg_out;
use crate::{SqlitePegInStore, StoreError};

/// Hashes kept of searched blocks: a reorganisation deeper than a retarget period searches more
/// blocks again than needed, and misses nothing.
const KEPT_BLOCKS: i64 = 2_016;

impl UnitOfWork for SqlitePegInStore {
    type Error = StoreError;

    async fn commit(&self, changes: &Changes) -> Result<(), StoreError> {
        if changes.is_empty() {
            return Ok(());
        }
        let mut transaction = self.pool.begin().await?;
        let connection = &mut *transaction;
        for descriptor in &changes.descriptors {
            put_descriptor(connection, descriptor).await?;
        }
        for scan in &changes.scans {
            put_scan(connection, *scan).await?;
        }
        for deposit in &changes.deposits {
            put_deposit(connection, deposit).await?;
        }
        for sweep in &changes.sweeps {
            peg_out::put_sweep(connection, sweep).await?;
        }
        for redemption in &changes.redemptions {
            peg_out::put_redemption(connection, redemption).await?;
        }
        if let Some(block) = changes.events_read_to {
            peg_out::put_events_read_to(connection, block).await?;
        }
        for attempt in &changes.attempts {
            peg_out::put_attempt(connection, attempt).await?;
        }
        if let Some(change) = &changes.custody {
            peg_out::put_custody(connection, change).await?;
        }
        if let Some(change) = &changes.header_relay {
            put_header_relay(connection, change).await?;
        }
        for intent in &changes.intents {
            put_intent(connection, intent).await?;
        }
        transaction.commit().await?;
        Ok(())
    }
}

async fn put_descriptor(
    connection: &mut SqliteConnection,
    descriptor: &DescriptorRecord,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO descriptors (id, position, announcement, scanned_to) \
         VALUES ($1, (SELECT COALESCE(MAX(position), 0) + 1 FROM descriptors), $2, $3) \
         ON CONFLICT (id) DO NOTHING",
    )
    .bind(descriptor.id.get().to_vec())
    .bind(encode("descriptors", &descriptor.announcement)?)
    .bind(i64::from(descriptor.scanned_to.get()))
    .execute(connection)
    .await?;
    Ok(())
}

async fn put_scan(connection: &mut SqliteConnection, scan: ScanChange) -> Result<(), StoreError> {
    match scan {
        ScanChange::CustodyStart(height) => peg_out::start_custody(connection, height).await?,
        ScanChange::Scanned(block) => {
            let height = i64::from(block.height.get());
            sqlx::query(
                "INSERT INTO scanned_blocks (height, hash) VALUES ($1, $2) \
                 ON CONFLICT (height) DO UPDATE SET hash = excluded.hash",
            )
            .bind(height)
            .bind(block.hash.to_raw_hash().to_byte_array().to_vec())
            .execute(&mut *connection)
            .await?;
            sqlx::query("UPDATE descriptors SET scanned_to = $1 WHERE scanned_to = $2")
                .bind(height)
                .bind(height.saturating_sub(1))
                .execute(&mut *connection)
                .await?;
            sqlx::query(
                "DELETE FROM scanned_blocks \
                 WHERE height <= (SELECT MAX(height) FROM scanned_blocks) - $1",
            )
            .bind(KEPT_BLOCKS)
            .execute(&mut *connection)
            .await?;
            peg_out::put_searched(connection, block.height, KEPT_BLOCKS).await?;
        }
        ScanChange::Clipped { fork } => {
            peg_out::clip(connection, fork).await?;
            let fork = i64::from(fork.get());
            sqlx::query("DELETE FROM scanned_blocks WHERE height > $1")
                .bind(fork)
                .execute(&mut *connection)
                .await?;
            sqlx::query("UPDATE descriptors SET scanned_to = $1 WHERE scanned_to > $1")
                .bind(fork)
                .execute(connection)
                .await?;
        }
    }
    Ok(())
}

async fn put_deposit(
    connection: &mut SqliteConnection,
    change: &DepositChange,
) -> Result<(), StoreError> {
    let record = &change.record;
    let id = record.facts.id().get().to_vec();
    sqlx::query(
        "INSERT INTO deposits \
         (id, descriptor_id, facts, state_name, state, terminal, awaits_sweep) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (id) DO UPDATE SET state_name = excluded.state_name, \
         state = excluded.state, terminal = excluded.terminal, \
         awaits_sweep = excluded.awaits_sweep",
    )
    .bind(&id)
    .bind(record.facts.descriptor.get().to_vec())
    .bind(encode("deposits", &record.facts)?)
    .bind(record.state.name())
    .bind(encode("deposits", &record.state)?)
    .bind(i64::from(record.state.is_terminal()))
    .bind(i64::from(matches!(record.state, PegInState::Done { .. })))
    .execute(&mut *connection)
    .await?;
    sqlx::query("DELETE FROM deposit_duties WHERE deposit_id = $1")
        .bind(&id)
        .execute(&mut *connection)
        .await?;
    for duty in &change.duties {
        sqlx::query("INSERT INTO deposit_duties (deposit_id, duty, body) VALUES ($1, $2, $3)")
            .bind(&id)
            .bind(duty.name())
            .bind(encode("deposit_duties", duty)?)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

async fn put_header_relay(
    connection: &mut SqliteConnection,
    change: &HeaderRelayChange,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO header_relay (single, state, duties) VALUES (1, $1, $2) \
         ON CONFLICT (single) DO UPDATE SET state = excluded.state, duties = excluded.duties",
    )
    .bind(encode("header_relay", &change.state)?)
    .bind(encode("header_relay", &change.duties)?)
    .execute(connection)
    .await?;
    Ok(())
}

async fn put_intent(
    connection: &mut SqliteConnection,
    change: &IntentChange,
) -> Result<(), StoreError> {
    match change {
        IntentChange::Put(intent) => {
            sqlx::query(
                "INSERT INTO transaction_intents (id, purpose, attempts) VALUES ($1, $2, $3) \
                 ON CONFLICT (id) DO UPDATE SET attempts = excluded.attempts",
            )
            .bind(intent.id.get().to_vec())
            .bind(encode("transaction_intents", &intent.purpose)?)
            .bind(&intent.transaction)
            .execute(connection)
            .await?;
        }
        IntentChange::Resolved(id) => {
            sqlx::query("DELETE FROM transaction_intents WHERE id = $1")
                .bind(id.get().to_vec())
                .execute(connection)
                .await?;
        }
    }
    Ok(())
}
