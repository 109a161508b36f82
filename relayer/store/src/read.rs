//! Reading the record.

use farbank_relayer_core::header_relay::{HeaderRelayDuty, HeaderRelayState};
use farbank_relayer_core::peg_in::{DepositId, DescriptorId, PegInDuty};
use farbank_relayer_core::ports::{
    BlockRef, DepositRecord, DescriptorRecord, IntentId, IntentRecord, MintedDeposit, Page,
    PegInStore, Snapshot,
};
use sqlx::sqlite::SqliteRow;
use sqlx::Row as _;

use crate::codec::{block_hash, decode, height, word};
use crate::peg_out::{self, PegOutPart};
use crate::{SqlitePegInStore, StoreError};

impl PegInStore for SqlitePegInStore {
    async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        // One transaction, so that the parts belong together.
        let mut transaction = self.pool.begin().await?;
        let rows =
            sqlx::query("SELECT id, announcement, scanned_to FROM descriptors ORDER BY position")
                .fetch_all(&mut *transaction)
                .await?;
        let descriptors = rows.iter().map(descriptor).collect::<Result<_, _>>()?;
        let rows = sqlx::query("SELECT facts, state FROM deposits WHERE terminal = 0 ORDER BY id")
            .fetch_all(&mut *transaction)
            .await?;
        let deposits = rows.iter().map(deposit).collect::<Result<_, _>>()?;
        let rows = sqlx::query(
            "SELECT facts, state, spent_at FROM deposits WHERE awaits_sweep = 1 ORDER BY id",
        )
        .fetch_all(&mut *transaction)
        .await?;
        let minted = rows.iter().map(minted).collect::<Result<_, _>>()?;
        let rows = sqlx::query("SELECT height, hash FROM scanned_blocks ORDER BY height")
            .fetch_all(&mut *transaction)
            .await?;
        let scanned = rows.iter().map(scanned_block).collect::<Result<_, _>>()?;
        let row = sqlx::query("SELECT state FROM header_relay WHERE single = 1")
            .fetch_optional(&mut *transaction)
            .await?;
        let header_relay = match row {
            Some(row) => decode("header_relay", row.try_get("state")?)?,
            None => HeaderRelayState::START,
        };
        let rows = sqlx::query("SELECT id, purpose, attempts FROM transaction_intents ORDER BY id")
            .fetch_all(&mut *transaction)
            .await?;
        let intents = rows.iter().map(intent).collect::<Result<_, _>>()?;
        let PegOutPart { redemptions, events_read_to, custody, attempts, custody_searched_to } =
            peg_out::read(&mut transaction).await?;
        transaction.commit().await?;
        Ok(Snapshot {
            descriptors,
            deposits,
            scanned,
            minted,
            redemptions,
            events_read_to,
            custody,
            attempts,
            custody_searched_to,
            header_relay,
            intents,
        })
    }

    async fn peg_in_duties(&self) -> Result<Vec<(DepositId, PegInDuty)>, StoreError> {
        const TABLE: &str = "deposit_duties";
        let rows =
            sqlx::query("SELECT deposit_id, body FROM deposit_duties ORDER BY deposit_id, duty")
                .fetch_all(&self.pool)
                .await?;
        rows.iter()
            .map(|row| {
                let id = word(TABLE, row.try_get("deposit_id")?)?;
                Ok((DepositId::from(id), decode(TABLE, row.try_get("body")?)?))
            })
            .collect()
    }

    async fn header_relay_duties(&self) -> Result<Vec<HeaderRelayDuty>, StoreError> {
        let row = sqlx::query("SELECT duties FROM header_relay WHERE single = 1")
            .fetch_optional(&self.pool)
            .await?;
        match row {
            Some(row) => decode("header_relay", row.try_get("duties")?),
            None => Ok(Vec::new()),
        }
    }

    async fn descriptor(
        &self,
        id: DescriptorId,
    ) -> Result<Option<(DescriptorRecord, Vec<DepositRecord>)>, StoreError> {
        let bytes = id.get().to_vec();
        let row = sqlx::query("SELECT id, announcement, scanned_to FROM descriptors WHERE id = $1")
            .bind(&bytes)
            .fetch_optional(&self.pool)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let rows =
            sqlx::query("SELECT facts, state FROM deposits WHERE descriptor_id = $1 ORDER BY id")
                .bind(&bytes)
                .fetch_all(&self.pool)
                .await?;
        let deposits = rows.iter().map(deposit).collect::<Result<_, _>>()?;
        Ok(Some((descriptor(&row)?, deposits)))
    }

    async fn descriptors(&self, page: Page) -> Result<Vec<DescriptorRecord>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, announcement, scanned_to FROM descriptors ORDER BY position \
             LIMIT $1 OFFSET $2",
        )
        .bind(i64::from(page.limit))
        .bind(i64::from(page.offset))
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(descriptor).collect()
    }

    async fn descriptor_count(&self) -> Result<u32, StoreError> {
        let row =
            sqlx::query("SELECT COUNT(*) AS total FROM descriptors").fetch_one(&self.pool).await?;
        let total: i64 = row.try_get("total")?;
        Ok(u32::try_from(total).unwrap_or(u32::MAX))
    }
}

fn descriptor(row: &SqliteRow) -> Result<DescriptorRecord, StoreError> {
    const TABLE: &str = "descriptors";
    Ok(DescriptorRecord {
        id: DescriptorId::new(word(TABLE, row.try_get("id")?)?),
        announcement: decode(TABLE, row.try_get("announcement")?)?,
        scanned_to: height(TABLE, row.try_get("scanned_to")?)?,
    })
}

fn deposit(row: &SqliteRow) -> Result<DepositRecord, StoreError> {
    const TABLE: &str = "deposits";
    Ok(DepositRecord {
        facts: decode(TABLE, row.try_get("facts")?)?,
        state: decode(TABLE, row.try_get("state")?)?,
    })
}

fn minted(row: &SqliteRow) -> Result<MintedDeposit, StoreError> {
    let spent_at: Option<i64> = row.try_get("spent_at")?;
    let spent_at = spent_at.map(|at| height("deposits", at)).transpose()?;
    Ok(MintedDeposit { record: deposit(row)?, spent_at })
}

fn scanned_block(row: &SqliteRow) -> Result<BlockRef, StoreError> {
    const TABLE: &str = "scanned_blocks";
    Ok(BlockRef {
        height: height(TABLE, row.try_get("height")?)?,
        hash: block_hash(TABLE, row.try_get("hash")?)?,
    })
}

fn intent(row: &SqliteRow) -> Result<IntentRecord, StoreError> {
    const TABLE: &str = "transaction_intents";
    Ok(IntentRecord {
        id: IntentId::new(word(TABLE, row.try_get("id")?)?),
        purpose: decode(TABLE, row.try_get("purpose")?)?,
        transaction: row.try_get("attempts")?,
    })
}
