//! Redemptions and custody: writing and reading.

use bitcoin::hashes::Hash as _;
use bitcoin::Txid;
use farbank_relayer_core::custody::{AttemptFacts, CustodyDuty, CustodyState};
use farbank_relayer_core::peg_out::RedemptionId;
use farbank_relayer_core::ports::{
    AttemptChange, BlockRef, CustodyChange, Page, PegOutStore, RedemptionRecord, SweepChange,
};
use farbank_types::{BitcoinHeight, EvmBlockNumber};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use crate::codec::{block_hash, decode, encode, height, number, signed};
use crate::{SqlitePegInStore, StoreError};

/// Name of the cursor over Bitcoin's blocks.
const CUSTODY_BLOCKS: &str = "custody-blocks";
/// Name of the cursor over the contract's events.
const REDEMPTION_EVENTS: &str = "redemption-events";

pub(crate) async fn put_sweep(
    connection: &mut SqliteConnection,
    change: &SweepChange,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE deposits SET spent_at = $1 WHERE id = $2")
        .bind(i64::from(change.spent_at.get()))
        .bind(change.id.get().to_vec())
        .execute(connection)
        .await?;
    Ok(())
}

pub(crate) async fn put_redemption(
    connection: &mut SqliteConnection,
    record: &RedemptionRecord,
) -> Result<(), StoreError> {
    const TABLE: &str = "redemptions";
    sqlx::query(
        "INSERT INTO redemptions (id, redemption, state_name, state, terminal) \
         VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (id) DO UPDATE SET redemption = excluded.redemption, \
         state_name = excluded.state_name, state = excluded.state, terminal = excluded.terminal",
    )
    .bind(signed(TABLE, record.redemption.id.get())?)
    .bind(encode(TABLE, &record.redemption)?)
    .bind(record.state.name())
    .bind(encode(TABLE, &record.state)?)
    .bind(i64::from(record.state.is_terminal()))
    .execute(connection)
    .await?;
    Ok(())
}

pub(crate) async fn put_custody(
    connection: &mut SqliteConnection,
    change: &CustodyChange,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO custody (single, state, duties) VALUES (1, $1, $2) \
         ON CONFLICT (single) DO UPDATE SET state = excluded.state, duties = excluded.duties",
    )
    .bind(encode("custody", &change.state)?)
    .bind(encode("custody", &change.duties)?)
    .execute(connection)
    .await?;
    Ok(())
}

pub(crate) async fn put_attempt(
    connection: &mut SqliteConnection,
    change: &AttemptChange,
) -> Result<(), StoreError> {
    const TABLE: &str = "custody_attempts";
    match change {
        AttemptChange::Put(facts) => {
            let bare = AttemptFacts { block: None, ..facts.clone() };
            sqlx::query(
                "INSERT INTO custody_attempts (txid, facts, height, hash) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT (txid) DO UPDATE SET facts = excluded.facts, \
                 height = excluded.height, hash = excluded.hash",
            )
            .bind(bytes(&facts.transaction.compute_txid()))
            .bind(encode(TABLE, &bare)?)
            .bind(facts.block.map(|block| i64::from(block.height.get())))
            .bind(facts.block.map(|block| block.hash.to_raw_hash().to_byte_array().to_vec()))
            .execute(connection)
            .await?;
        }
        AttemptChange::Forget(txid) => {
            sqlx::query("DELETE FROM custody_attempts WHERE txid = $1")
                .bind(bytes(txid))
                .execute(connection)
                .await?;
        }
    }
    Ok(())
}

fn bytes(txid: &Txid) -> Vec<u8> {
    txid.to_raw_hash().to_byte_array().to_vec()
}

/// The search for custody transactions starts above `height`, in a record where it did not.
pub(crate) async fn start_custody(
    connection: &mut SqliteConnection,
    height: BitcoinHeight,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO cursors (name, position) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
    )
    .bind(CUSTODY_BLOCKS)
    .bind(i64::from(height.get()))
    .execute(connection)
    .await?;
    Ok(())
}

/// A block was searched; `kept` blocks below, a sweep is a fact for good.
pub(crate) async fn put_searched(
    connection: &mut SqliteConnection,
    height: BitcoinHeight,
    kept: i64,
) -> Result<(), StoreError> {
    let height = i64::from(height.get());
    sqlx::query("UPDATE cursors SET position = $1 WHERE name = $2 AND position = $3")
        .bind(height)
        .bind(CUSTODY_BLOCKS)
        .bind(height.saturating_sub(1))
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "UPDATE deposits SET awaits_sweep = 0 WHERE awaits_sweep = 1 AND spent_at IS NOT NULL \
         AND spent_at <= (SELECT MAX(height) FROM scanned_blocks) - $1",
    )
    .bind(kept)
    .execute(connection)
    .await?;
    Ok(())
}

/// Blocks above `fork` left the best chain.
pub(crate) async fn clip(
    connection: &mut SqliteConnection,
    fork: BitcoinHeight,
) -> Result<(), StoreError> {
    let fork = i64::from(fork.get());
    for statement in [
        "UPDATE deposits SET spent_at = NULL WHERE spent_at > $1",
        "UPDATE custody_attempts SET height = NULL, hash = NULL WHERE height > $1",
        "UPDATE cursors SET position = $1 WHERE name = 'custody-blocks' AND position > $1",
    ] {
        sqlx::query(statement).bind(fork).execute(&mut *connection).await?;
    }
    Ok(())
}

pub(crate) async fn put_events_read_to(
    connection: &mut SqliteConnection,
    block: EvmBlockNumber,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO cursors (name, position) VALUES ($1, $2) \
         ON CONFLICT (name) DO UPDATE SET position = excluded.position",
    )
    .bind(REDEMPTION_EVENTS)
    .bind(signed("cursors", block.get())?)
    .execute(connection)
    .await?;
    Ok(())
}

/// The peg-out part of a snapshot.
pub(crate) struct PegOutPart {
    pub(crate) redemptions: Vec<RedemptionRecord>,
    pub(crate) events_read_to: Option<EvmBlockNumber>,
    pub(crate) custody: CustodyState,
    pub(crate) attempts: Vec<AttemptFacts>,
    pub(crate) custody_searched_to: Option<BitcoinHeight>,
}

pub(crate) async fn read(connection: &mut SqliteConnection) -> Result<PegOutPart, StoreError> {
    let rows =
        sqlx::query("SELECT redemption, state FROM redemptions WHERE terminal = 0 ORDER BY id")
            .fetch_all(&mut *connection)
            .await?;
    let redemptions = rows.iter().map(redemption).collect::<Result<_, _>>()?;
    let row = sqlx::query("SELECT state FROM custody WHERE single = 1")
        .fetch_optional(&mut *connection)
        .await?;
    let custody = match row {
        Some(row) => decode("custody", row.try_get("state")?)?,
        None => CustodyState::START,
    };
    let rows = sqlx::query("SELECT facts, height, hash FROM custody_attempts ORDER BY txid")
        .fetch_all(&mut *connection)
        .await?;
    let attempts = rows.iter().map(attempt).collect::<Result<_, _>>()?;
    let searched = cursor(connection, CUSTODY_BLOCKS).await?;
    let read = cursor(connection, REDEMPTION_EVENTS).await?;
    Ok(PegOutPart {
        redemptions,
        events_read_to: read.map(|at| number("cursors", at)).transpose()?.map(Into::into),
        custody,
        attempts,
        custody_searched_to: searched.map(|at| height("cursors", at)).transpose()?,
    })
}

async fn cursor(
    connection: &mut SqliteConnection,
    name: &'static str,
) -> Result<Option<i64>, StoreError> {
    let row = sqlx::query("SELECT position FROM cursors WHERE name = $1")
        .bind(name)
        .fetch_optional(connection)
        .await?;
    Ok(row.map(|row| row.try_get("position")).transpose()?)
}

fn redemption(row: &SqliteRow) -> Result<RedemptionRecord, StoreError> {
    const TABLE: &str = "redemptions";
    Ok(RedemptionRecord {
        redemption: decode(TABLE, row.try_get("redemption")?)?,
        state: decode(TABLE, row.try_get("state")?)?,
    })
}

fn attempt(row: &SqliteRow) -> Result<AttemptFacts, StoreError> {
    const TABLE: &str = "custody_attempts";
    let facts: AttemptFacts = decode(TABLE, row.try_get("facts")?)?;
    let place: (Option<i64>, Option<Vec<u8>>) = (row.try_get("height")?, row.try_get("hash")?);
    let block = match place {
        (Some(at), Some(hash)) => {
            Some(BlockRef { height: height(TABLE, at)?, hash: block_hash(TABLE, &hash)? })
        }
        (None, _) | (_, None) => None,
    };
    Ok(AttemptFacts { block, ..facts })
}

impl PegOutStore for SqlitePegInStore {
    async fn custody_duties(&self) -> Result<Vec<CustodyDuty>, StoreError> {
        let row = sqlx::query("SELECT duties FROM custody WHERE single = 1")
            .fetch_optional(&self.pool)
            .await?;
        match row {
            Some(row) => decode("custody", row.try_get("duties")?),
            None => Ok(Vec::new()),
        }
    }

    async fn redemption(&self, id: RedemptionId) -> Result<Option<RedemptionRecord>, StoreError> {
        // One above 2^63 was never stored.
        let Ok(id) = i64::try_from(id.get()) else { return Ok(None) };
        let row = sqlx::query("SELECT redemption, state FROM redemptions WHERE id = $1")
            .bind(id)
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(redemption).transpose()
    }

    async fn redemptions(&self, page: Page) -> Result<Vec<RedemptionRecord>, StoreError> {
        let rows = sqlx::query(
            "SELECT redemption, state FROM redemptions ORDER BY id DESC LIMIT $1 OFFSET $2",
        )
        .bind(i64::from(page.limit))
        .bind(i64::from(page.offset))
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(redemption).collect()
    }

    async fn redemption_count(&self) -> Result<u32, StoreError> {
        let row =
            sqlx::query("SELECT COUNT(*) AS total FROM redemptions").fetch_one(&self.pool).await?;
        let total: i64 = row.try_get("total")?;
        Ok(u32::try_from(total).unwrap_or(u32::MAX))
    }
}
