//! What became of a redemption: facts from the contract and from the user's own Bitcoin node.

use bitcoin::{Address, Amount, Network};
use farbank_contracts::{BlockAt, Fault, LineageRecord, SideChainClient};
use farbank_types::{
    BitcoinHeight, BlockCount, Deployment, EvmAddress, EvmBlockNumber, Redemption, RedemptionId,
    UnixTime, B256,
};
use serde::Serialize;

use super::explain::explain;
use super::record::{self, Proof, RedemptionRecord};
use super::spends::CustodySpends;
use super::waits::{state_of, BitcoinFacts, PegOutState, ProofFacts, RedemptionFacts};
use crate::adapters::bitcoin::BitcoindNetwork;
use crate::adapters::side_chain::FinalityRule;
use crate::client::error::{ClientError, ClientFault};
use crate::client::peg_in::pay::FEE_TARGET;
use crate::client::peg_in::status::side_facts;
use crate::client::peg_in::waits::Explanation;
use crate::config::SideChainConfig;

/// What became of a redemption.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PegOutStatus {
    /// Its id.
    pub id: RedemptionId,
    /// Who requested it.
    pub requester: EvmAddress,
    /// Where the bitcoins go.
    pub address: String,
    /// What is owed.
    #[serde(with = "bitcoin::amount::serde::as_sat", rename = "owed_sat")]
    pub owed: Amount,
    /// Most that the payout may stay below it.
    #[serde(with = "bitcoin::amount::serde::as_sat", rename = "max_fee_sat")]
    pub max_fee: Amount,
    /// Time of the request.
    pub requested_at: UnixTime,
    /// Side-chain transaction of the request.
    pub side_tx: B256,
    /// The Bitcoin node's tip, when it answers.
    pub tip: Option<BitcoinHeight>,
    /// Height of the contract's newest header.
    pub contract_tip: BitcoinHeight,
    /// Where it stands.
    #[serde(flatten)]
    pub state: PegOutState,
    /// Why, and what to do.
    #[serde(flatten)]
    pub explanation: Explanation,
}

/// Why there is no status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "refused")]
#[non_exhaustive]
pub enum StatusRejection {
    /// No redemption has this id.
    #[error("redemption {id} was never requested; look at what `farbank peg-out request` printed")]
    UnknownRedemption {
        /// The id.
        id: RedemptionId,
    },
}

/// Returns the rule by which a user counts the deployment's blocks as final: a relayer's, as it is
/// when nobody configures it.
#[must_use]
pub fn usual_finality(deployment: &Deployment) -> FinalityRule {
    let blocks = SideChainConfig::default().finality_blocks;
    FinalityRule::for_kind(deployment.side_chain.kind, blocks)
}

/// Looks at a redemption from both sides. `node` is `None` when the Bitcoin node cannot be asked; it
/// serves the deployment's network otherwise.
///
/// # Errors
/// [`StatusRejection`], or a fault of a node.
pub async fn status(
    client: &SideChainClient,
    node: Option<&BitcoindNetwork>,
    deployment: &Deployment,
    id: RedemptionId,
    progress: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<PegOutStatus, ClientError<StatusRejection>> {
    let head = client.node().head().await?.number;
    let Some(record) = record::find(client, id, head).await? else {
        return Err(ClientError::Refused(StatusRejection::UnknownRedemption { id }));
    };
    let proof = if record.is_unpaid {
        None
    } else {
        Some(record::proof_of(client, &record, head).await?.ok_or(NO_PROOF)?)
    };
    let facts = redemption_facts(client, node, deployment, &record, proof.as_ref(), head).await?;
    let (tip, bitcoin) = match node {
        Some(node) => {
            let tip = node.chain_info().await?.height;
            let at = BlockAt::Number(head);
            let facts = match &proof {
                Some(proof) => proven(node, &proof.record, id, tip).await?,
                None => unproven(node, client, at, progress).await?,
            };
            (Some(tip), Some(facts))
        }
        None => (None, None),
    };
    let state = state_of(&facts, bitcoin.as_ref());
    let Redemption { amount, max_fee, requested_at, requester, script, .. } = facts.redemption;
    let network: Network = deployment.bitcoin.network;
    let address = Address::from_script(&script, network)
        .map_or_else(|_| script.to_hex_string(), |address| address.to_string());
    Ok(PegOutStatus {
        id,
        requester,
        address,
        owed: amount,
        max_fee,
        requested_at,
        side_tx: record.transaction,
        tip,
        contract_tip: facts.contract_height,
        state,
        explanation: explain(&state),
    })
}

const NO_PROOF: Fault = Fault::Contradiction {
    method: "eth_getLogs",
    expected: "the log of the proof by which the redemption counts as paid",
};

async fn redemption_facts(
    client: &SideChainClient,
    node: Option<&BitcoindNetwork>,
    deployment: &Deployment,
    record: &RedemptionRecord,
    proof: Option<&Proof>,
    head: EvmBlockNumber,
) -> Result<RedemptionFacts, ClientFault> {
    let at = BlockAt::Number(head);
    let (contract_height, on_our_chain) = match node {
        Some(node) => {
            let facts = side_facts(node, client, at).await?;
            (facts.contract_height, facts.on_our_chain)
        }
        None => (client.header_tip(at).await?.height, None),
    };
    let newest_final = match usual_finality(deployment) {
        FinalityRule::Blocks(count) => head.get().checked_sub(count).map(EvmBlockNumber::new),
        FinalityRule::NodeTag => client.node().finalized().await?.map(|block| block.number),
    };
    Ok(RedemptionFacts {
        redemption: record.redemption.clone(),
        requested_in: record.block,
        newest_final,
        proof: proof
            .map(|proof| ProofFacts { txid: proof.record.txid, transaction: proof.transaction }),
        has_custody: client.custody(at).await?.is_some(),
        contract_height,
        on_our_chain,
        confirmations_needed: deployment.parameters.custody_confirmations,
    })
}

async fn unproven(
    node: &BitcoindNetwork,
    client: &SideChainClient,
    at: BlockAt,
    progress: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<BitcoinFacts, ClientFault> {
    let spends = match client.custody(at).await? {
        Some(custody) => Some(CustodySpends::search(node, custody.outpoint, progress).await?),
        None => None,
    };
    Ok(BitcoinFacts::Unproven { spends, fee_rate: node.fee_rate(FEE_TARGET).await? })
}

async fn proven(
    node: &BitcoindNetwork,
    record: &LineageRecord,
    id: RedemptionId,
    tip: BitcoinHeight,
) -> Result<BitcoinFacts, ClientFault> {
    let confirmations = if node.block_hash(record.height).await? == Some(record.block_hash) {
        record.height.confirmations_at(tip)
    } else {
        BlockCount::new(0)
    };
    let known = node.transaction(&record.txid, Some(&record.block_hash)).await?;
    let payouts = known.and_then(|known| record.payouts(&known.transaction));
    let payout = payouts
        .and_then(|payouts| payouts.into_iter().find(|(paid, _)| *paid == id))
        .map(|(_, amount)| amount);
    Ok(BitcoinFacts::Proven { confirmations, payout })
}
