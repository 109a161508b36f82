//! What became of a deposit: facts from the user's own Bitcoin node and from the contract.

use bitcoin::secp256k1::Secp256k1;
use bitcoin::Amount;
use farbank_contracts::{BlockAt, BlockRange, Fault, SideChainClient};
use farbank_relayer_core::peg_in::deposit_file::DepositAnnouncement;
use farbank_types::{BitcoinHeight, BlockCount, BridgeParameters, DepositId, B256};
use serde::Serialize;

use super::explain::explain;
use super::outputs::{self, DepositOutput, FoundOutputs};
use super::waits::{
    state_of, DepositFacts, DepositState, DepositTerms, Explanation, MintFacts, SideChainFacts,
};
use crate::adapters::bitcoin::BitcoindNetwork;
use crate::client::error::{ClientError, ClientFault};
use crate::client::refusal::UnusableDeposit;
use crate::client::side_chain::tip_hash;
use crate::client::{check_network, WrongNetwork};

/// What became of a deposit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PegInStatus {
    /// The address.
    pub address: String,
    /// The Bitcoin node's tip.
    pub tip: BitcoinHeight,
    /// Height of the contract's newest header; absent when the side chain could not be asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contract_tip: Option<BitcoinHeight>,
    /// Each output that pays the address; one entry without an output when nothing does.
    pub deposits: Vec<DepositStatus>,
}

/// What became of one output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DepositStatus {
    /// The output, when there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<DepositOutput>,
    /// Its id in the contract.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<B256>,
    /// First tip at which the depositor can take it back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reclaim_height: Option<BitcoinHeight>,
    /// Where it stands.
    #[serde(flatten)]
    pub state: DepositState,
    /// Why, and what to do.
    #[serde(flatten)]
    pub explanation: Explanation,
}

/// Why there is no status.
#[derive(Debug, Serialize, thiserror::Error)]
#[serde(untagged)]
#[non_exhaustive]
pub enum StatusRejection {
    /// The deposit is damaged, or for another bridge.
    #[error(transparent)]
    Unusable(#[from] UnusableDeposit),
    /// The node serves another network.
    #[error(transparent)]
    Network(#[from] WrongNetwork),
}

/// Looks at a deposit from both sides. `side_chain` is `None` when it cannot be asked.
///
/// # Errors
/// [`StatusRejection`], or a fault of a node.
pub async fn status(
    node: &BitcoindNetwork,
    side_chain: Option<&SideChainClient>,
    parameters: &BridgeParameters,
    deposit: &DepositAnnouncement,
    progress: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<PegInStatus, ClientError<StatusRejection>> {
    let address = deposit
        .checked_address(&Secp256k1::verification_only())
        .map_err(|error| ClientError::Refused(UnusableDeposit(error).into()))?;
    check_network(node, deposit.network)
        .await?
        .map_err(|error| ClientError::Refused(error.into()))?;
    let found =
        outputs::find(node, &address.script_pubkey(), deposit.birth_height, progress).await?;
    let terms = DepositTerms {
        parameters: *parameters,
        reclaim_blocks: deposit.descriptor.reclaim_blocks,
        carrier_fee: deposit.descriptor.carrier_fee,
    };
    let facts = match side_chain {
        Some(client) => {
            let at = BlockAt::Number(client.node().head().await?.number);
            Some((client, at, side_facts(node, client, at).await?))
        }
        None => None,
    };
    let contract_tip = facts.as_ref().map(|(_, _, facts)| facts.contract_height);
    let mut deposits = Vec::new();
    for output in &found.outputs {
        let side = match &facts {
            Some((client, at, facts)) => Some((facts, deposit_facts(client, *at, output).await?)),
            None => None,
        };
        let side = side.as_ref().map(|(facts, deposit)| (*facts, deposit));
        let state = state_of(output, found.tip, &terms, side);
        deposits.push(described(output, state, terms.reclaim_blocks));
    }
    if deposits.is_empty() {
        deposits.push(not_paid(&found));
    }
    Ok(PegInStatus { address: address.to_string(), tip: found.tip, contract_tip, deposits })
}

fn described(
    output: &DepositOutput,
    state: DepositState,
    reclaim_blocks: BlockCount,
) -> DepositStatus {
    // With `reclaim_blocks` confirmations, the block itself being the first.
    let above = BlockCount::new(reclaim_blocks.get().saturating_sub(1));
    DepositStatus {
        output: Some(output.clone()),
        id: Some(DepositId::of(&output.outpoint).get()),
        reclaim_height: output.block.and_then(|place| place.height.checked_add(above)),
        state,
        explanation: explain(&state),
    }
}

fn not_paid(found: &FoundOutputs) -> DepositStatus {
    let state = DepositState::NotPaid {
        searched_from: found.searched_from,
        searched_to: found.tip,
        mempool_searched: found.mempool_searched,
    };
    DepositStatus {
        output: None,
        id: None,
        reclaim_height: None,
        state,
        explanation: explain(&state),
    }
}

/// Reads what the side chain says, apart from single deposits.
///
/// # Errors
/// A fault of either node.
pub async fn side_facts(
    node: &BitcoindNetwork,
    client: &SideChainClient,
    at: BlockAt,
) -> Result<SideChainFacts, ClientFault> {
    let tip = client.header_tip(at).await?;
    let on_our_chain = match node.block_hash(tip.height).await? {
        Some(ours) => {
            tip_hash(client, tip.newest_segment(), at).await?.map(|theirs| theirs == ours)
        }
        None => None,
    };
    Ok(SideChainFacts {
        contract_height: tip.height,
        contract_time: tip.time,
        on_our_chain,
        block_time: client.node().block_at(at).await?.time,
        paused_until: client.paused_until(at).await?,
        unswept: client.reserves(at).await?.unswept,
    })
}

async fn deposit_facts(
    client: &SideChainClient,
    at: BlockAt,
    output: &DepositOutput,
) -> Result<DepositFacts, Fault> {
    let minted = client.is_minted(output.outpoint, at).await?;
    let minted = if minted { Some(mint_facts(client, at, output).await?) } else { None };
    let minted_from_block = match output.block {
        Some(place) => client.minted_from(place.height, at).await?,
        None => Amount::ZERO,
    };
    Ok(DepositFacts { minted, minted_from_block })
}

/// Finds the transaction of a mint; a node that leaves the log out hides only that.
async fn mint_facts(
    client: &SideChainClient,
    at: BlockAt,
    output: &DepositOutput,
) -> Result<MintFacts, Fault> {
    let last = client.node().block_at(at).await?.number;
    let range = BlockRange { first: client.contracts().deployed_at, last };
    let log = client.minted_deposit(output.outpoint, range).await?;
    Ok(MintFacts { transaction: log.map(|log| log.transaction), block: log.map(|log| log.block) })
}
