//! Which blocks are to be searched, and what is in one.

use std::collections::BTreeSet;

use bitcoin::{Block, OutPoint};
use farbank_bitcoin_light_client::BlockRef;
use farbank_relayer_core::custody::{AttemptFacts, CustodyAttempt};
use farbank_relayer_core::peg_in::{DepositFacts, DepositId, Inclusion};
use farbank_types::{BitcoinHeight, BlockCount};

use super::memory::Memory;

/// Blocks searched at once for descriptors that are up to date but for the newest blocks.
const LIVE_BLOCKS: usize = 100;
/// Blocks searched at once for those far behind: they must not hold up the others.
const BACKLOG_BLOCKS: usize = 20;

/// What a block means for the watched descriptors.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// Outputs that pay to one.
    pub(super) deposits: Vec<(DepositFacts, Inclusion)>,
    /// Live deposits that it spends.
    pub(super) spent: Vec<DepositId>,
    /// Deposits minted for good that it spends.
    pub(super) swept: Vec<DepositId>,
    /// Transactions that spend custody.
    pub(super) custody: Vec<AttemptFacts>,
}

/// Returns the blocks to search next: first those that the most advanced searches lack (one for each
/// descriptor, and one for custody), then a few for the one furthest behind.
pub(super) fn next_blocks(memory: &Memory) -> Vec<BlockRef> {
    let Some(chain) = memory.chain() else { return Vec::new() };
    let tip = chain.tip().height;
    let cursors: BTreeSet<BitcoinHeight> = memory
        .descriptors()
        .map(|descriptor| descriptor.scanned_to)
        .chain(memory.treasury().searched_to())
        .filter(|cursor| *cursor < tip)
        .collect();
    let above = |cursor: BitcoinHeight, most: usize| {
        (1..=u32::MAX)
            .map_while(move |offset| cursor.checked_add(BlockCount::new(offset)))
            .take_while(move |height| *height <= tip)
            .take(most)
            .filter_map(|height| Some(BlockRef { height, hash: chain.hash(height)? }))
    };
    let (Some(newest), Some(oldest)) = (cursors.last(), cursors.first()) else {
        return Vec::new();
    };
    let mut blocks: Vec<_> = above(*newest, LIVE_BLOCKS).collect();
    if newest != oldest {
        blocks.extend(above(*oldest, BACKLOG_BLOCKS));
    }
    blocks
}

/// Finds what the block means. It was compared with its hash and Merkle root before.
pub(super) fn search(memory: &Memory, at: BlockRef, block: &Block) -> Findings {
    let mut findings = Findings { custody: custody(memory, at, block), ..Findings::default() };
    for (index, transaction) in (0_u32..).zip(&block.txdata) {
        for input in &transaction.input {
            findings.spent.extend(memory.deposit_at(&input.previous_output));
            let minted = memory.treasury().minted_at(&input.previous_output);
            findings.swept.extend(minted.map(|minted| minted.record.facts.id()));
        }
        let mut txid = None;
        for (vout, output) in (0_u32..).zip(&transaction.output) {
            let Some(descriptor) = memory.paid_descriptor(&output.script_pubkey) else { continue };
            let txid = *txid.get_or_insert_with(|| transaction.compute_txid());
            let facts = DepositFacts {
                outpoint: OutPoint { txid, vout },
                amount: output.value,
                carrier_fee: descriptor.announcement.descriptor.carrier_fee,
                descriptor: descriptor.id,
            };
            findings.deposits.push((facts, Inclusion { block: at, index }));
        }
    }
    findings
}

/// Finds the transactions that spend custody, one after another when one spends what another made.
fn custody(memory: &Memory, at: BlockRef, block: &Block) -> Vec<AttemptFacts> {
    let treasury = memory.treasury();
    let mut found = Vec::new();
    let mut made: BTreeSet<OutPoint> = BTreeSet::new();
    for transaction in &block.txdata {
        let mut inputs = transaction.input.iter().map(|input| input.previous_output);
        let held = |outpoint: &OutPoint| treasury.is_custody(outpoint) || made.contains(outpoint);
        let Some(input) = inputs.find(held) else { continue };
        let facts = AttemptFacts { block: Some(at), ..treasury.seen(transaction, input) };
        let attempt = CustodyAttempt::from(facts);
        made.extend(attempt.shape().map(|shape| shape.custody.outpoint));
        found.push(attempt.facts().clone());
    }
    found
}
