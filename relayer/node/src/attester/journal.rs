//! What this attester signed: a copy in memory of its record.

use bitcoin::Txid;
use farbank_bitcoin_light_client::{BlockRef, HeaderChain};
use farbank_federation::policy::SignedIntent;
use farbank_relayer_store::{IntentRow, SqliteAttesterStore, StoreError};
use farbank_types::BitcoinHeight;
use tokio::sync::Mutex;

/// Blocks below the tip of the signing that are searched as well: a reorganisation of that depth may
/// put the transaction into one of them.
const REORGANISED_BLOCKS: u32 = 12;

/// What this attester signed.
#[derive(Debug)]
pub(crate) struct Journal {
    store: SqliteAttesterStore,
    entries: Mutex<Vec<Entry>>,
}

#[derive(Debug)]
struct Entry {
    row: IntentRow,
    /// Every block up to this one was searched for it, as far as this process remembers.
    searched: Option<BlockRef>,
}

impl Entry {
    /// Returns the newest block that needs no search: the remembered one while the best chain holds
    /// it, otherwise one some way below the tip of the time when it was signed.
    fn searched_to(&self, chain: &HeaderChain) -> BitcoinHeight {
        let stands = |block: &BlockRef| chain.hash(block.height) == Some(block.hash);
        let lowest = self.row.signed_height.get().saturating_sub(REORGANISED_BLOCKS);
        // Nothing below the checkpoint is known, and nothing was signed then.
        let lowest = BitcoinHeight::new(lowest).max(chain.checkpoint().height);
        self.searched.filter(stands).map_or(lowest, |block| block.height)
    }
}

impl Journal {
    /// Reads the record.
    pub(crate) async fn open(store: SqliteAttesterStore) -> Result<Self, StoreError> {
        let rows = store.intents().await?;
        let entries = rows.into_iter().map(|row| Entry { row, searched: None }).collect();
        Ok(Self { store, entries: Mutex::new(entries) })
    }

    /// Returns the record itself.
    pub(crate) const fn store(&self) -> &SqliteAttesterStore {
        &self.store
    }

    /// Returns every intent.
    pub(crate) async fn own(&self) -> Vec<SignedIntent> {
        self.entries.lock().await.iter().map(|entry| entry.row.intent.clone()).collect()
    }

    /// Adds an intent; durable when it returns. `tip` is the height of the Bitcoin tip.
    pub(crate) async fn add(
        &self,
        intent: SignedIntent,
        tip: BitcoinHeight,
    ) -> Result<(), StoreError> {
        let mut entries = self.entries.lock().await;
        if entries.iter().any(|entry| entry.row.intent.txid() == intent.txid()) {
            return Ok(());
        }
        let row = IntentRow { intent, signed_height: tip };
        self.store.put(&row).await?;
        entries.push(Entry { row, searched: None });
        Ok(())
    }

    /// Forgets intents.
    pub(crate) async fn forget(&self, txids: &[Txid]) -> Result<(), StoreError> {
        if txids.is_empty() {
            return Ok(());
        }
        let mut entries = self.entries.lock().await;
        self.store.forget(txids).await?;
        entries.retain(|entry| !txids.contains(&entry.row.intent.txid()));
        Ok(())
    }

    /// Returns the next block of the best chain to be searched for intents that no block holds yet.
    pub(crate) async fn next_search(&self, chain: &HeaderChain) -> Option<BlockRef> {
        let entries = self.entries.lock().await;
        let open = entries.iter().filter(|entry| !entry.row.intent.is_confirmed(chain));
        let searched = open.map(|entry| entry.searched_to(chain)).min()?;
        let height = BitcoinHeight::new(searched.get().checked_add(1)?);
        chain.hash(height).map(|hash| BlockRef { height, hash })
    }

    /// Notes that a block of the best chain, whole and verified, holds these transactions.
    pub(crate) async fn searched(
        &self,
        block: BlockRef,
        transactions: &[Txid],
        chain: &HeaderChain,
    ) -> Result<(), StoreError> {
        if chain.hash(block.height) != Some(block.hash) {
            return Ok(());
        }
        let mut entries = self.entries.lock().await;
        for entry in entries.iter_mut() {
            let txid = entry.row.intent.txid();
            if transactions.contains(&txid) {
                let mut row = entry.row.clone();
                row.intent.confirmed = Some(block);
                self.store.put(&row).await?;
                entry.row = row;
                tracing::info!(%txid, height = %block.height, "a signed transaction is in a block");
            }
            let next = entry.searched_to(chain).get().checked_add(1);
            if next == Some(block.height.get()) {
                entry.searched = Some(block);
            }
        }
        Ok(())
    }
}
