//! Which outputs pay a deposit's address, and what spent them: read from the user's own Bitcoin
//! node, block by block.
//!
//! Blocks are checked against their hash and Merkle root by the adapter. Where the node keeps block
//! filters (BIP-0158) only the blocks that they name are read.

use bitcoin::{Amount, Block, BlockHash, OutPoint, ScriptBuf, Transaction, Txid};
use farbank_types::{BitcoinHeight, BlockCount};
use serde::Serialize;

use crate::adapters::bitcoin::BitcoindNetwork;
use crate::client::error::ClientFault;

/// Blocks below the birth height that are read as well: a reorganisation may have moved the payment
/// there.
const REORG_MARGIN: BlockCount = BlockCount::new(100);

/// Waiting transactions up to which the whole mempool is searched; asking for each one is slow.
const MAX_MEMPOOL: usize = 2_000;

/// Attempts at a scan that no reorganisation disturbs.
const ATTEMPTS: u32 = 3;

/// An output that pays the address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DepositOutput {
    /// Its outpoint.
    pub outpoint: OutPoint,
    /// Its value.
    #[serde(with = "bitcoin::amount::serde::as_sat", rename = "amount_sat")]
    pub amount: Amount,
    /// The block that holds it, or `None` in the mempool.
    pub block: Option<BlockPlace>,
    /// What spends it.
    pub spend: Option<Spend>,
}

/// A block of the best chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct BlockPlace {
    /// Its height.
    pub height: BitcoinHeight,
    /// Its hash.
    pub hash: BlockHash,
}

/// A transaction that spends a deposit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Spend {
    /// The transaction.
    pub txid: Txid,
    /// Its block, or `None` in the mempool.
    pub height: Option<BitcoinHeight>,
    /// Through which path.
    pub path: SpendPath,
}

/// How a taproot output was spent (BIP-0341).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SpendPath {
    /// By the leaf: the depositor took it back.
    Reclaim,
    /// By the key: the federation took it into custody.
    Federation,
}

/// All that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FoundOutputs {
    /// The node's tip during the search.
    pub tip: BitcoinHeight,
    /// First block that was searched.
    pub searched_from: BitcoinHeight,
    /// Whether the mempool was searched for payments that are not in a block yet.
    pub mempool_searched: bool,
    /// The outputs, oldest first.
    pub outputs: Vec<DepositOutput>,
}

/// Finds the outputs that pay `script`, from `birth` on. `progress` is told how many of how many
/// blocks are read.
///
/// # Errors
/// A fault of the node, [`ClientFault::BlockPruned`], or [`ClientFault::ChainMoved`].
pub async fn find(
    node: &BitcoindNetwork,
    script: &ScriptBuf,
    birth: BitcoinHeight,
    progress: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<FoundOutputs, ClientFault> {
    let first = birth.checked_sub(REORG_MARGIN).unwrap_or_default();
    for _ in 0..ATTEMPTS {
        let info = node.chain_info().await?;
        let Some(outputs) = search_blocks(node, script, first, info.height, progress).await? else {
            continue;
        };
        if node.block_hash(info.height).await? != Some(info.best_block) {
            continue;
        }
        let mut found = FoundOutputs {
            tip: info.height,
            searched_from: first,
            mempool_searched: false,
            outputs,
        };
        search_mempool(node, script, &mut found).await?;
        return Ok(found);
    }
    Err(ClientFault::ChainMoved)
}

/// Returns `None` when the chain changed meanwhile.
async fn search_blocks(
    node: &BitcoindNetwork,
    script: &ScriptBuf,
    first: BitcoinHeight,
    last: BitcoinHeight,
    progress: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<Option<Vec<DepositOutput>>, ClientFault> {
    let mut outputs = Vec::new();
    let scripts = core::slice::from_ref(script);
    let named = node.blocks_by_filter(scripts, first, last).await?;
    let mut places = Vec::new();
    if let Some(hashes) = named {
        for hash in hashes {
            let Some(info) = node.header(&hash).await? else { return Ok(None) };
            if info.confirmations.is_none() {
                return Ok(None);
            }
            places.push((info.height, Some(hash)));
        }
    } else {
        let heights = (first.get()..=last.get()).map(BitcoinHeight::new);
        places.extend(heights.map(|height| (height, None)));
    }
    let total = u64::try_from(places.len()).unwrap_or(u64::MAX);
    let mut parent: Option<(BitcoinHeight, BlockHash)> = None;
    for (done, (height, hash)) in (0..).zip(places) {
        progress(done, total);
        let hash = match hash {
            Some(hash) => hash,
            None => match node.block_hash(height).await? {
                Some(hash) => hash,
                None => return Ok(None),
            },
        };
        let Some(block) = node.block(&hash).await? else {
            return Err(ClientFault::BlockPruned { hash });
        };
        let moved = parent.is_some_and(|(below, parent)| {
            height.since(below) == Some(BlockCount::new(1)) && block.header.prev_blockhash != parent
        });
        if moved {
            return Ok(None);
        }
        parent = Some((height, hash));
        read_block(&block, BlockPlace { height, hash }, script, &mut outputs);
    }
    progress(total, total);
    Ok(Some(outputs))
}

/// Takes up the payments and spends of a block, transaction by transaction: one may spend another.
fn read_block(
    block: &Block,
    place: BlockPlace,
    script: &ScriptBuf,
    outputs: &mut Vec<DepositOutput>,
) {
    for transaction in &block.txdata {
        read_spends(transaction, Some(place.height), outputs);
        outputs.extend(payments(transaction, Some(place), script));
    }
}

fn read_spends(
    transaction: &Transaction,
    height: Option<BitcoinHeight>,
    outputs: &mut [DepositOutput],
) {
    for input in &transaction.input {
        let spent = outputs.iter_mut().find(|output| output.outpoint == input.previous_output);
        if let Some(output) = spent {
            output.spend = Some(Spend {
                txid: transaction.compute_txid(),
                height,
                path: spend_path(&input.witness),
            });
        }
    }
}

/// A key-path spend has the signature alone (and perhaps an annex); a script-path spend has the
/// script and the control block as well.
fn spend_path(witness: &bitcoin::Witness) -> SpendPath {
    if witness.taproot_leaf_script().is_some() {
        SpendPath::Reclaim
    } else {
        SpendPath::Federation
    }
}

fn payments(
    transaction: &Transaction,
    block: Option<BlockPlace>,
    script: &ScriptBuf,
) -> Vec<DepositOutput> {
    let txid = transaction.compute_txid();
    (0..)
        .zip(&transaction.output)
        .filter(|(_, output)| output.script_pubkey == *script)
        .map(|(vout, output)| DepositOutput {
            outpoint: OutPoint::new(txid, vout),
            amount: output.value,
            block,
            spend: None,
        })
        .collect()
}

/// Adds what waits in the mempool: spends of the outputs, and payments when the mempool is small.
async fn search_mempool(
    node: &BitcoindNetwork,
    script: &ScriptBuf,
    found: &mut FoundOutputs,
) -> Result<(), ClientFault> {
    let waiting = node.mempool().await?;
    if waiting.len() <= MAX_MEMPOOL {
        found.mempool_searched = true;
        for txid in waiting {
            // Mined or replaced since: the next look finds it where it is then.
            if let Some(known) = node.transaction(&txid, None).await? {
                found.outputs.extend(payments(&known.transaction, None, script));
            }
        }
    }
    let unspent: Vec<OutPoint> = found
        .outputs
        .iter()
        .filter(|output| output.spend.is_none())
        .map(|output| output.outpoint)
        .collect();
    for (_, spender) in node.mempool_spenders(&unspent).await? {
        if let Some(known) = node.transaction(&spender, None).await? {
            read_spends(&known.transaction, None, &mut found.outputs);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use bitcoin::hashes::Hash as _;
    use bitcoin::{absolute, transaction, TxIn, TxOut, Witness};

    use super::*;

    fn transaction(input: Vec<TxIn>, output: Vec<TxOut>) -> Transaction {
        let (version, lock_time) = (transaction::Version::TWO, absolute::LockTime::ZERO);
        Transaction { version, lock_time, input, output }
    }

    fn script() -> ScriptBuf {
        ScriptBuf::from_bytes([&[0x51, 0x20][..], &[9; 32]].concat())
    }

    fn pay(sat: u64) -> TxOut {
        TxOut { value: Amount::from_sat(sat), script_pubkey: script() }
    }

    fn spend(outpoint: OutPoint, witness: &[&[u8]]) -> TxIn {
        TxIn { previous_output: outpoint, witness: Witness::from_slice(witness), ..TxIn::default() }
    }

    #[test]
    fn every_payment_is_found_and_how_it_was_spent() {
        let place = |height| BlockPlace {
            height: BitcoinHeight::new(height),
            hash: BlockHash::all_zeros(),
        };
        let other = TxOut { value: Amount::from_sat(5), script_pubkey: ScriptBuf::new() };
        let paying = transaction(vec![TxIn::default()], vec![other, pay(10), pay(20)]);
        let txid = paying.compute_txid();
        let mut outputs = payments(&paying, Some(place(7)), &script());
        assert_eq!(
            outputs.iter().map(|o| (o.outpoint.vout, o.amount.to_sat())).collect::<Vec<_>>(),
            [(1, 10), (2, 20)]
        );
        let control = [[0xc0; 1].as_slice(), &[7; 32]].concat();
        let reclaim = spend(OutPoint::new(txid, 1), &[&[1; 64], &[0x51], &control]);
        let sweep = spend(OutPoint::new(txid, 2), &[&[1; 64]]);
        let spending = transaction(vec![reclaim, sweep], vec![]);
        read_spends(&spending, Some(BitcoinHeight::new(9)), &mut outputs);
        let paths: Vec<_> = outputs.iter().map(|o| o.spend.unwrap().path).collect();
        assert_eq!(paths, [SpendPath::Reclaim, SpendPath::Federation]);
        assert!(outputs.iter().all(|o| o.spend.unwrap().txid == spending.compute_txid()));
    }
}
