//! What the user's own Bitcoin node holds of custody beyond what is proven: the spend of the proven
//! outpoint, and those that follow it.
//!
//! Blocks are read from the tip back to that spend. Leaves out whether attesters should have signed
//! what is found.

use std::collections::BTreeMap;

use bitcoin::{Amount, Block, BlockHash, OutPoint, Transaction, Txid};
use farbank_federation::custody::{ids_hash, CustodyTransaction};
use farbank_types::{BitcoinHeight, BlockCount, Redemption};

use crate::adapters::bitcoin::BitcoindNetwork;
use crate::client::error::ClientFault;

/// Blocks that are searched at most: a week of mainnet, by when an unproven spend is evidence.
const MAX_BLOCKS: BlockCount = BlockCount::new(1_008);

/// Transactions in the mempool that are followed: one and its child are relayed.
const MAX_WAITING: usize = 2;

/// Attempts at a search that no reorganisation disturbs.
const ATTEMPTS: u32 = 3;

/// A custody transaction that the contract does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustodySpend {
    /// The transaction.
    pub transaction: Transaction,
    /// Height of its block, or `None` in the mempool.
    pub height: Option<BitcoinHeight>,
}

/// Custody transactions after the proven one, each spending the one before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustodySpends {
    /// The node's tip during the search.
    pub tip: BitcoinHeight,
    /// The transactions, oldest first.
    pub spends: Vec<CustodySpend>,
    /// What comes after them.
    pub end: SpendsEnd,
}

/// What the newest custody output is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpendsEnd {
    /// As far as the node knows nothing spends it.
    Unspent,
    /// It is spent by something that is no custody transaction.
    Foreign {
        /// That transaction.
        txid: Txid,
    },
    /// The proven outpoint is not among the unspent ones, and no block that was read spends it.
    NotFound {
        /// Lowest block that was read.
        searched_from: BitcoinHeight,
    },
}

impl CustodySpends {
    /// Searches from the proven outpoint on. `progress` is told how many of how many blocks are read.
    ///
    /// # Errors
    /// A fault of the node, or [`ClientFault::ChainMoved`].
    pub async fn search(
        node: &BitcoindNetwork,
        proven: OutPoint,
        progress: &mut (dyn FnMut(u64, u64) + Send),
    ) -> Result<Self, ClientFault> {
        for _ in 0..ATTEMPTS {
            let tip = node.chain_info().await?.height;
            let confirmed = if node.tx_out(&proven, false).await?.is_some() {
                Some(Lineage::default())
            } else {
                search_blocks(node, proven, tip, progress).await?
            };
            if let Some(lineage) = confirmed {
                let mut found = lineage.follow(proven, tip);
                if found.end == SpendsEnd::Unspent {
                    found.search_mempool(node, proven).await?;
                }
                return Ok(found);
            }
        }
        Err(ClientFault::ChainMoved)
    }

    /// Returns the transaction that pays a redemption, and what it pays.
    ///
    /// A transaction names its redemptions by a hash only. Where it pays several, one that is equal in
    /// script and amount may be meant: the proof decides.
    #[must_use]
    pub fn payout_of(&self, redemption: &Redemption) -> Option<(&CustodySpend, Amount)> {
        self.spends.iter().find_map(|spend| {
            let parsed = CustodyTransaction::parse(&spend.transaction).ok()?;
            let fits = |paid: Amount| {
                let share = redemption.amount.checked_sub(paid);
                share.is_some_and(|share| share <= redemption.max_fee)
            };
            let payout = parsed
                .payouts
                .iter()
                .find(|payout| payout.script_pubkey == redemption.script && fits(payout.value))?;
            let is_meant = parsed.payouts.len() > 1 || parsed.ids_hash == ids_hash([redemption.id]);
            is_meant.then_some((spend, payout.value))
        })
    }

    async fn search_mempool(
        &mut self,
        node: &BitcoindNetwork,
        proven: OutPoint,
    ) -> Result<(), ClientFault> {
        let newest = self.spends.last().and_then(|spend| custody_output(&spend.transaction));
        let mut outpoint = newest.unwrap_or(proven);
        for _ in 0..MAX_WAITING {
            let spenders = node.mempool_spenders(&[outpoint]).await?;
            let Some((_, txid)) = spenders.first() else { break };
            // Mined or replaced in between: the next look finds it where it is then.
            let Some(known) = node.transaction(txid, None).await? else { break };
            let Some(next) = custody_output(&known.transaction) else {
                self.end = SpendsEnd::Foreign { txid: *txid };
                break;
            };
            self.spends.push(CustodySpend { transaction: known.transaction, height: None });
            outpoint = next;
        }
        Ok(())
    }
}

fn custody_output(transaction: &Transaction) -> Option<OutPoint> {
    CustodyTransaction::parse(transaction).ok().map(|parsed| parsed.custody.outpoint)
}

/// What was read of the blocks: spends of the proven outpoint, and everything of the shape.
#[derive(Debug, Default)]
struct Lineage {
    by_input: BTreeMap<OutPoint, CustodySpend>,
    /// Set when the search ended without the spend that must be there.
    searched_from: Option<BitcoinHeight>,
}

impl Lineage {
    /// Takes up a block, and tells whether it spends the proven outpoint.
    fn read(&mut self, block: Block, height: BitcoinHeight, proven: OutPoint) -> bool {
        let mut is_found = false;
        for transaction in block.txdata {
            let spends_proven =
                transaction.input.iter().any(|input| input.previous_output == proven);
            is_found |= spends_proven;
            let input = if spends_proven {
                Some(proven)
            } else {
                CustodyTransaction::parse(&transaction).ok().map(|parsed| parsed.custody_input)
            };
            if let Some(input) = input {
                self.by_input.insert(input, CustodySpend { transaction, height: Some(height) });
            }
        }
        is_found
    }

    fn follow(mut self, proven: OutPoint, tip: BitcoinHeight) -> CustodySpends {
        let mut spends = Vec::new();
        let mut outpoint = proven;
        let mut end = self
            .searched_from
            .map_or(SpendsEnd::Unspent, |searched_from| SpendsEnd::NotFound { searched_from });
        while let Some(spend) = self.by_input.remove(&outpoint) {
            let Some(next) = custody_output(&spend.transaction) else {
                end = SpendsEnd::Foreign { txid: spend.transaction.compute_txid() };
                break;
            };
            spends.push(spend);
            outpoint = next;
        }
        CustodySpends { tip, spends, end }
    }
}

/// Returns `None` when the chain changed meanwhile.
async fn search_blocks(
    node: &BitcoindNetwork,
    proven: OutPoint,
    tip: BitcoinHeight,
    progress: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<Option<Lineage>, ClientFault> {
    let mut lineage = Lineage::default();
    let first = tip.get().saturating_sub(MAX_BLOCKS.get().saturating_sub(1));
    let total = u64::from(tip.get().saturating_sub(first)).saturating_add(1);
    let mut above: Option<BlockHash> = None;
    let mut searched_from = tip;
    for (done, height) in (0..).zip((first..=tip.get()).rev().map(BitcoinHeight::new)) {
        progress(done, total);
        let Some(hash) = node.block_hash(height).await? else { return Ok(None) };
        if above.is_some_and(|parent| parent != hash) {
            return Ok(None);
        }
        // A pruned node has no more to say.
        let Some(block) = node.block(&hash).await? else { break };
        above = Some(block.header.prev_blockhash);
        searched_from = height;
        if lineage.read(block, height, proven) {
            return Ok(Some(lineage));
        }
    }
    lineage.searched_from = Some(searched_from);
    Ok(Some(lineage))
}

#[cfg(test)]
mod tests {
    use bitcoin::constants::genesis_block;
    use bitcoin::transaction::Version;
    use bitcoin::{absolute, Network, ScriptBuf, Sequence, TxIn, TxOut};
    use farbank_federation::custody::{anchor_script, custody_script};
    use farbank_types::B256;

    use super::*;

    const TIP: BitcoinHeight = BitcoinHeight::new(9);

    fn custody(input: OutPoint) -> Transaction {
        let key = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
        let script = custody_script(key.parse().unwrap());
        let output = |sat, script_pubkey| TxOut { value: Amount::from_sat(sat), script_pubkey };
        Transaction {
            version: Version(3),
            lock_time: absolute::LockTime::ZERO,
            input: vec![TxIn {
                previous_output: input,
                sequence: Sequence::ENABLE_RBF_NO_LOCKTIME,
                ..TxIn::default()
            }],
            output: vec![output(50_000, script), output(0, anchor_script(B256::ZERO, B256::ZERO))],
        }
    }

    fn outpoint(transaction: &Transaction) -> OutPoint {
        OutPoint::new(transaction.compute_txid(), 0)
    }

    fn block(transactions: &[&Transaction]) -> Block {
        let mut block = genesis_block(Network::Regtest);
        block.txdata.extend(transactions.iter().copied().cloned());
        block
    }

    #[test]
    fn spends_are_followed_from_the_proven_outpoint_through_the_blocks() {
        let proven = OutPoint::new(Txid::from_raw_hash(bitcoin::hashes::Hash::all_zeros()), 3);
        let first = custody(proven);
        let second = custody(outpoint(&first));
        let third = custody(outpoint(&second));
        let stranger = custody(OutPoint::null());
        let mut lineage = Lineage::default();
        // From the tip back, as blocks are read.
        assert!(!lineage.read(block(&[&third, &stranger]), TIP, proven));
        assert!(lineage.read(block(&[&first, &second]), BitcoinHeight::new(8), proven));
        let found = lineage.follow(proven, TIP);
        let heights: Vec<_> = found
            .spends
            .iter()
            .map(|spend| (spend.transaction.compute_txid(), spend.height.unwrap().get()))
            .collect();
        let txids = [&first, &second, &third].map(Transaction::compute_txid);
        assert_eq!(heights, [(txids[0], 8), (txids[1], 8), (txids[2], 9)]);
        assert_eq!(found.end, SpendsEnd::Unspent);
    }

    #[test]
    fn spend_that_is_no_custody_transaction_ends_the_lineage() {
        let proven = OutPoint::new(Txid::from_raw_hash(bitcoin::hashes::Hash::all_zeros()), 3);
        let mut theft = custody(proven);
        theft.output = vec![TxOut { value: Amount::ZERO, script_pubkey: ScriptBuf::new() }];
        let mut lineage = Lineage::default();
        assert!(lineage.read(block(&[&theft]), TIP, proven));
        let found = lineage.follow(proven, TIP);
        assert!(found.spends.is_empty());
        assert_eq!(found.end, SpendsEnd::Foreign { txid: theft.compute_txid() });
    }
}
