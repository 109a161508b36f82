//! What an attester signed.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use bitcoin::hashes::Hash as _;
use bitcoin::Txid;
use farbank_federation::policy::SignedIntent;
use farbank_types::{BitcoinHeight, B256};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqlitePool};

use crate::codec::{decode, encode, height};
use crate::open::{self, Database};
use crate::StoreError;

const DATABASE: Database = Database { file: "attester.sqlite", lock: "attester.lock" };
static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations/attester");

/// Table of the intents.
const TABLE: &str = "signed_intents";

/// An attester's record in one SQLite file: write-ahead log, every commit synced to the disk.
#[derive(Clone, Debug)]
pub struct SqliteAttesterStore {
    pool: SqlitePool,
    /// Held as long as any clone lives.
    _lock: Arc<File>,
}

/// A transaction that the attester signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntentRow {
    /// What was signed.
    pub intent: SignedIntent,
    /// Tip of the attester's Bitcoin chain when it was first signed.
    pub signed_height: BitcoinHeight,
}

impl SqliteAttesterStore {
    /// Opens the record in `folder`, or makes both, and brings the schema up to date.
    ///
    /// # Errors
    /// [`StoreError::Locked`] while another process has it open, [`StoreError::WrongInstance`] when
    /// it belongs to another bridge, and faults of the disk.
    pub async fn open(folder: &Path, instance: B256) -> Result<Self, StoreError> {
        let (pool, lock) = open::database(folder, DATABASE, &MIGRATIONS).await?;
        open::identify(&pool, instance).await?;
        Ok(Self { pool, _lock: Arc::new(lock) })
    }

    /// Closes all connections after their work. The lock goes with the last clone.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// Returns every intent.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn intents(&self) -> Result<Vec<IntentRow>, StoreError> {
        let rows =
            sqlx::query("SELECT signed_height, intent FROM signed_intents ORDER BY signed_height")
                .fetch_all(&self.pool)
                .await?;
        rows.iter().map(row).collect()
    }

    /// Writes an intent; durable when it returns. One that is there keeps its height and takes the
    /// new content.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn put(&self, row: &IntentRow) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO signed_intents (txid, signed_height, intent) VALUES ($1, $2, $3) \
             ON CONFLICT (txid) DO UPDATE SET intent = excluded.intent",
        )
        .bind(row.intent.txid().to_raw_hash().to_byte_array().to_vec())
        .bind(i64::from(row.signed_height.get()))
        .bind(encode(TABLE, &row.intent)?)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Forgets intents.
    ///
    /// # Errors
    /// [`StoreError`]; some may be gone then.
    pub async fn forget(&self, txids: &[Txid]) -> Result<(), StoreError> {
        for txid in txids {
            sqlx::query("DELETE FROM signed_intents WHERE txid = $1")
                .bind(txid.to_raw_hash().to_byte_array().to_vec())
                .execute(&self.pool)
                .await?;
        }
        Ok(())
    }
}

fn row(row: &SqliteRow) -> Result<IntentRow, StoreError> {
    Ok(IntentRow {
        intent: decode(TABLE, row.try_get("intent")?)?,
        signed_height: height(TABLE, row.try_get("signed_height")?)?,
    })
}
