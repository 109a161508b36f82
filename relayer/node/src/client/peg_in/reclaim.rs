//! The depositor takes a deposit back: with the deposit file and a Bitcoin node, and nothing else.

use bitcoin::secp256k1::Secp256k1;
use bitcoin::{Amount, FeeRate, OutPoint, ScriptBuf, Txid};
use farbank_contracts::{BlockAt, SideChainClient};
use farbank_relayer_core::peg_in::deposit_file::DepositFile;
use farbank_relayer_core::peg_in::reclaim::{reclaim_transaction, ReclaimRejection};
use farbank_types::{BitcoinHeight, BlockCount, DepositId, B256};
use serde::Serialize;

use super::outputs::{self, DepositOutput, FoundOutputs};
use super::pay::FEE_TARGET;
use crate::adapters::bitcoin::BitcoindNetwork;
use crate::client::error::{ClientError, ClientFault};
use crate::client::refusal::UnusableDeposit;
use crate::client::{check_network, WrongNetwork};

/// What is to be taken back, and where to.
#[derive(Debug)]
pub struct ReclaimRequest<'a> {
    /// The deposit.
    pub file: &'a DepositFile,
    /// Which output, when several pay the address.
    pub outpoint: Option<OutPoint>,
    /// Where the coins go.
    pub to: ScriptBuf,
    /// Fee rate; without one the node is asked.
    pub fee_rate: Option<FeeRate>,
    /// Who says whether the deposit was minted.
    pub mint_check: MintCheck<'a>,
}

/// Whether the side chain is asked.
#[derive(Clone, Copy, Debug)]
pub enum MintCheck<'a> {
    /// The contract says whether the deposit was minted.
    Ask(&'a SideChainClient),
    /// The bridge is dead as far as the depositor knows: nobody is asked.
    BridgeIsDead,
}

/// A reclaim that the node took.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Reclaimed {
    /// The transaction.
    pub txid: Txid,
    /// The deposit that it spends.
    pub outpoint: OutPoint,
    /// What the deposit held.
    #[serde(with = "bitcoin::amount::serde::as_sat", rename = "amount_sat")]
    pub amount: Amount,
    /// What the transaction pays for its place in a block.
    #[serde(with = "bitcoin::amount::serde::as_sat", rename = "fee_sat")]
    pub fee: Amount,
    /// Whether the contract was asked that it is not minted.
    pub mint_checked: bool,
}

/// Why nothing is taken back.
#[derive(Debug, Serialize, thiserror::Error)]
#[serde(tag = "refused")]
#[non_exhaustive]
pub enum ReclaimRefusal {
    /// Nothing pays the address, or not the output that was named.
    #[error("no output pays the address up to block {searched_to}; there is nothing to take back")]
    NotPaid {
        /// Last block that was searched.
        searched_to: BitcoinHeight,
    },
    /// Several outputs pay the address.
    #[error(
        "{count} outputs pay the address; name one with --outpoint (see `farbank peg-in status`)"
    )]
    SeveralDeposits {
        /// How many are unspent.
        count: usize,
    },
    /// The payment is not in a block.
    #[error("the payment waits in the mempool; the timelock starts with its block")]
    Unconfirmed,
    /// The timelock still runs.
    #[error("the timelock runs for {blocks_left} more blocks, up to block {height}; wait for it")]
    ReclaimTooEarly {
        /// Blocks that must still come before the reclaim can be broadcast.
        blocks_left: BlockCount,
        /// First tip at which it can be.
        height: BitcoinHeight,
    },
    /// Something has spent it.
    #[error("the deposit is spent by {txid}; there is nothing to take back")]
    AlreadySpent {
        /// By this transaction.
        txid: Txid,
    },
    /// The recipient has it on the side chain: the coins back what was minted.
    #[error(
        "the deposit was minted; its coins back what the recipient holds: redeem that instead"
    )]
    AlreadyMinted {
        /// The deposit's id in the contract.
        id: B256,
    },
    /// The deposit file holds no secret.
    #[error(
        "the deposit file holds no reclaim secret: it was made for key {reclaim_key}; sign with the \
         program that holds that key"
    )]
    NoReclaimSecret {
        /// The key that can sign.
        reclaim_key: bitcoin::XOnlyPublicKey,
    },
    /// What is left after the fee could never be spent.
    #[error(
        "{amount} less a fee of {fee} is below the dust limit of {dust}; use a lower fee rate"
    )]
    DustAmount {
        /// Value of the deposit.
        #[serde(with = "bitcoin::amount::serde::as_sat", rename = "amount_sat")]
        amount: Amount,
        /// Fee at the chosen rate.
        #[serde(with = "bitcoin::amount::serde::as_sat", rename = "fee_sat")]
        fee: Amount,
        /// Least value that nodes relay.
        #[serde(with = "bitcoin::amount::serde::as_sat", rename = "dust_sat")]
        dust: Amount,
    },
    /// The fee rate is beyond any sense.
    #[error(
        "a fee rate of {sat_per_kwu} sat per 1,000 weight units does not fit; use a lower one"
    )]
    FeeRateTooHigh {
        /// What was asked for.
        sat_per_kwu: u64,
    },
    /// The secret is another key's: the file was put together wrong.
    #[error("the secret is not the one of the deposit's reclaim key; use the file that made the address")]
    WrongReclaimKey,
    /// The deposit file is damaged.
    #[error(transparent)]
    #[serde(untagged)]
    Unusable(#[from] UnusableDeposit),
    /// The node serves another network.
    #[error(transparent)]
    #[serde(untagged)]
    Network(#[from] WrongNetwork),
}

impl From<ReclaimRejection> for ReclaimRefusal {
    fn from(rejection: ReclaimRejection) -> Self {
        match rejection {
            ReclaimRejection::DustAmount { amount, fee, dust } => {
                Self::DustAmount { amount, fee, dust }
            }
            ReclaimRejection::FeeRateTooHigh { rate } => {
                Self::FeeRateTooHigh { sat_per_kwu: rate.to_sat_per_kwu() }
            }
            ReclaimRejection::Descriptor(inner) => Self::Unusable(UnusableDeposit(inner.into())),
            ReclaimRejection::WrongReclaimKey | _ => Self::WrongReclaimKey,
        }
    }
}

/// Takes a deposit back and broadcasts the transaction.
///
/// # Errors
/// [`ReclaimRefusal`], or a fault of a node.
pub async fn reclaim(
    node: &BitcoindNetwork,
    request: &ReclaimRequest<'_>,
    progress: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<Reclaimed, ClientError<ReclaimRefusal>> {
    let secp = Secp256k1::new();
    let deposit = &request.file.deposit;
    let address = deposit
        .checked_address(&secp)
        .map_err(|error| ClientError::Refused(UnusableDeposit(error).into()))?;
    let Some(key) = request.file.reclaim_secret.as_ref().and_then(|secret| secret.secret_key())
    else {
        let reclaim_key = deposit.descriptor.reclaim_key;
        return Err(ClientError::Refused(ReclaimRefusal::NoReclaimSecret { reclaim_key }));
    };
    check_network(node, deposit.network)
        .await?
        .map_err(|error| ClientError::Refused(error.into()))?;
    let script = address.script_pubkey();
    let found = outputs::find(node, &script, deposit.birth_height, progress).await?;
    let output = choose(&found, request.outpoint).map_err(ClientError::Refused)?;
    let id = DepositId::of(&output.outpoint).get();
    let mint_checked = match request.mint_check {
        MintCheck::Ask(side_chain) => {
            if side_chain.is_minted(output.outpoint, BlockAt::Latest).await? {
                return Err(ClientError::Refused(ReclaimRefusal::AlreadyMinted { id }));
            }
            true
        }
        MintCheck::BridgeIsDead => false,
    };
    check_timelock(output, found.tip, deposit.descriptor.reclaim_blocks)
        .map_err(ClientError::Refused)?;
    let fee_rate = match request.fee_rate {
        Some(rate) => rate,
        None => node.fee_rate(FEE_TARGET).await?,
    };
    let transaction = reclaim_transaction(
        &secp,
        &deposit.descriptor,
        output.outpoint,
        output.amount,
        request.to.clone(),
        fee_rate,
        &key,
    )
    .map_err(|rejection| ClientError::Refused(rejection.into()))?;
    node.send_transaction(&transaction).await.map_err(ClientFault::from)?;
    let kept: Amount = transaction.output.iter().map(|output| output.value).sum();
    Ok(Reclaimed {
        txid: transaction.compute_txid(),
        outpoint: output.outpoint,
        amount: output.amount,
        fee: output.amount.checked_sub(kept).unwrap_or_default(),
        mint_checked,
    })
}

/// Chooses the output to take back: the named one, else the only one that is not spent.
fn choose(found: &FoundOutputs, named: Option<OutPoint>) -> Result<&DepositOutput, ReclaimRefusal> {
    let not_paid = ReclaimRefusal::NotPaid { searched_to: found.tip };
    let mut unspent = found
        .outputs
        .iter()
        .filter(|output| named.is_none_or(|outpoint| output.outpoint == outpoint));
    let mut candidates: Vec<&DepositOutput> =
        unspent.clone().filter(|output| output.spend.is_none()).collect();
    match (candidates.pop(), candidates.len()) {
        (Some(output), 0) => Ok(output),
        (Some(_), others) => Err(ReclaimRefusal::SeveralDeposits { count: others + 1 }),
        (None, _) => Err(unspent
            .find_map(|output| output.spend)
            .map_or(not_paid, |spend| ReclaimRefusal::AlreadySpent { txid: spend.txid })),
    }
}

/// Nodes relay the reclaim once the next block may hold it: at `reclaim_blocks` confirmations
/// (BIP-0068).
fn check_timelock(
    output: &DepositOutput,
    tip: BitcoinHeight,
    reclaim_blocks: BlockCount,
) -> Result<(), ReclaimRefusal> {
    let Some(place) = output.block else { return Err(ReclaimRefusal::Unconfirmed) };
    let confirmations = place.height.confirmations_at(tip);
    let blocks_left = BlockCount::new(reclaim_blocks.get().saturating_sub(confirmations.get()));
    if blocks_left == BlockCount::new(0) {
        return Ok(());
    }
    let height = tip.checked_add(blocks_left).unwrap_or(tip);
    Err(ReclaimRefusal::ReclaimTooEarly { blocks_left, height })
}

#[cfg(test)]
mod tests {
    use bitcoin::hashes::Hash as _;
    use bitcoin::BlockHash;

    use super::super::outputs::{BlockPlace, Spend, SpendPath};
    use super::*;

    fn output(vout: u32, height: Option<u32>, spent: bool) -> DepositOutput {
        let txid = Txid::all_zeros();
        DepositOutput {
            outpoint: OutPoint::new(txid, vout),
            amount: Amount::from_sat(100_000),
            block: height.map(|height| BlockPlace {
                height: BitcoinHeight::new(height),
                hash: BlockHash::all_zeros(),
            }),
            spend: spent.then_some(Spend { txid, height: None, path: SpendPath::Reclaim }),
        }
    }

    fn found(outputs: Vec<DepositOutput>) -> FoundOutputs {
        let tip = BitcoinHeight::new(500);
        FoundOutputs { tip, searched_from: tip, mempool_searched: true, outputs }
    }

    #[test]
    fn only_unspent_output_is_chosen() {
        let outputs = found(vec![output(0, Some(1), true), output(1, Some(1), false)]);
        assert_eq!(choose(&outputs, None).unwrap().outpoint.vout, 1);
    }

    #[test]
    fn several_or_no_outputs_are_refused_by_name() {
        let two = found(vec![output(0, Some(1), false), output(1, Some(1), false)]);
        assert!(matches!(choose(&two, None), Err(ReclaimRefusal::SeveralDeposits { count: 2 })));
        assert_eq!(choose(&two, Some(two.outputs[0].outpoint)).unwrap().outpoint.vout, 0);
        let spent = found(vec![output(0, Some(1), true)]);
        assert!(matches!(choose(&spent, None), Err(ReclaimRefusal::AlreadySpent { .. })));
        assert!(matches!(choose(&found(vec![]), None), Err(ReclaimRefusal::NotPaid { .. })));
    }

    #[test]
    fn builder_s_refusals_keep_their_names() {
        let sat = Amount::from_sat;
        let dust = ReclaimRejection::DustAmount { amount: sat(400), fee: sat(300), dust: sat(330) };
        let rate = ReclaimRejection::FeeRateTooHigh { rate: FeeRate::MAX };
        for (rejection, name) in [
            (dust, "DustAmount"),
            (rate, "FeeRateTooHigh"),
            (ReclaimRejection::WrongReclaimKey, "WrongReclaimKey"),
        ] {
            let document = serde_json::to_value(ReclaimRefusal::from(rejection)).unwrap();
            assert_eq!(document["refused"], name);
        }
    }

    #[test]
    fn timelock_ends_with_the_last_confirmation() {
        let delay = BlockCount::new(300);
        let deposit = output(0, Some(201), false);
        assert!(check_timelock(&deposit, BitcoinHeight::new(500), delay).is_ok());
        assert!(matches!(
            check_timelock(&deposit, BitcoinHeight::new(499), delay),
            Err(ReclaimRefusal::ReclaimTooEarly { blocks_left, height })
                if blocks_left.get() == 1 && height.get() == 500
        ));
        assert!(matches!(
            check_timelock(&output(0, None, false), BitcoinHeight::new(500), delay),
            Err(ReclaimRefusal::Unconfirmed)
        ));
    }
}
