//! Where a redemption stands, decided from facts alone.

use bitcoin::{Amount, FeeRate, Txid};
use farbank_types::{BitcoinHeight, BlockCount, EvmBlockNumber, Redemption, B256};
use serde::Serialize;

use super::fees::fee_alone;
use super::spends::{CustodySpends, SpendsEnd};

/// What the side chain says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedemptionFacts {
    /// The redemption, with the greatest fee as it was raised last.
    pub redemption: Redemption,
    /// Block of the request.
    pub requested_in: EvmBlockNumber,
    /// Newest final block, when the chain has one.
    pub newest_final: Option<EvmBlockNumber>,
    /// The proof, when the contract counts it as paid.
    pub proof: Option<ProofFacts>,
    /// Whether the contract holds a proven custody outpoint.
    pub has_custody: bool,
    /// Height of the newest Bitcoin header that the contract knows.
    pub contract_height: BitcoinHeight,
    /// Whether that header is in the user's own best chain; `None` when nobody can tell.
    pub on_our_chain: Option<bool>,
    /// Confirmations that a proof needs.
    pub confirmations_needed: BlockCount,
}

/// The proof of a payout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProofFacts {
    /// The custody transaction.
    pub txid: Txid,
    /// Side-chain transaction that proved it.
    pub transaction: B256,
}

/// What the user's own Bitcoin node says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BitcoinFacts {
    /// About a redemption that is not proven paid.
    Unproven {
        /// Custody transactions that the contract does not know; `None` when it holds no outpoint.
        spends: Option<CustodySpends>,
        /// The fee rate that confirms soon.
        fee_rate: FeeRate,
    },
    /// About a proven payout.
    Proven {
        /// Confirmations of its block in the node's best chain; zero when it is not there.
        confirmations: BlockCount,
        /// What was paid, when the node has the transaction.
        payout: Option<Amount>,
    },
}

/// A transaction that pays the redemption.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Payout {
    /// The transaction.
    pub bitcoin_tx: Txid,
    /// What it pays, as far as the Bitcoin node can be asked.
    #[serde(with = "bitcoin::amount::serde::as_sat::opt", rename = "payout_sat")]
    pub amount: Option<Amount>,
    /// Its confirmations, likewise; zero in the mempool.
    pub confirmations: Option<BlockCount>,
}

/// Where a redemption stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state")]
#[non_exhaustive]
pub enum PegOutState {
    /// Requested in a block that is not final.
    Requested {
        /// Block of the request.
        requested_in: EvmBlockNumber,
        /// Newest final block.
        newest_final: Option<EvmBlockNumber>,
    },
    /// Finally requested, and in no payout yet.
    Final {
        /// What it waits for.
        #[serde(flatten)]
        wait: PayoutWait,
    },
    /// The payout waits for its block.
    Paying {
        /// The payout.
        #[serde(flatten)]
        payout: Payout,
    },
    /// Paid in a block; the contract does not know yet.
    Paid {
        /// The payout.
        #[serde(flatten)]
        payout: Payout,
        /// What the proof waits for.
        #[serde(flatten)]
        wait: ProofWait,
    },
    /// Paid, and proven to the contract.
    Proven {
        /// The payout.
        #[serde(flatten)]
        payout: Payout,
        /// Side-chain transaction that proved it.
        proof_tx: B256,
    },
}

/// What a redemption waits for before a transaction pays it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "wait")]
#[non_exhaustive]
pub enum PayoutWait {
    /// The Bitcoin node could not be asked.
    BitcoinUnknown,
    /// The contract holds no custody outpoint after a spend that did not conform.
    NoCustody,
    /// The proven custody outpoint is spent by something that is no custody transaction.
    ForeignSpend {
        /// That transaction.
        txid: Txid,
    },
    /// The proven custody outpoint is neither unspent nor spent in the blocks that were read.
    SpendNotFound {
        /// Lowest block that was read.
        searched_from: BitcoinHeight,
    },
    /// Its share of the fee may be above what its requester allows.
    MaxFeeTooLow {
        /// What the payout costs when it is alone in its transaction.
        #[serde(with = "bitcoin::amount::serde::as_sat", rename = "needed_sat")]
        needed: Amount,
        /// What its requester allows.
        #[serde(with = "bitcoin::amount::serde::as_sat", rename = "allowed_sat")]
        max_fee: Amount,
    },
    /// A custody transaction that does not pay it comes first.
    CustodyBusy {
        /// That transaction.
        txid: Txid,
        /// Its confirmations.
        custody_confirmations: BlockCount,
        /// Confirmations that its proof needs.
        needed: BlockCount,
    },
    /// Nothing is in the way of the next custody transaction.
    NextPayout,
}

/// What the proof of a payout waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "wait")]
#[non_exhaustive]
pub enum ProofWait {
    /// Too few blocks on top.
    Confirming {
        /// Confirmations that the proof needs.
        needed: BlockCount,
    },
    /// The contract's best header is not in the user's best chain.
    OtherBranch {
        /// Height of that header.
        contract_height: BitcoinHeight,
    },
    /// Enough blocks, but the contract does not know them yet.
    HeadersBehind {
        /// Height of the contract's newest header.
        contract_height: BitcoinHeight,
        /// Height that it needs.
        needed_height: BitcoinHeight,
    },
    /// Anyone can prove it, and nobody did.
    Provable,
}

/// Decides where a redemption stands. `bitcoin` is `None` when the Bitcoin node could not be asked.
#[must_use]
pub fn state_of(facts: &RedemptionFacts, bitcoin: Option<&BitcoinFacts>) -> PegOutState {
    if let Some(ProofFacts { txid, transaction }) = facts.proof {
        let (confirmations, amount) = match bitcoin {
            Some(BitcoinFacts::Proven { confirmations, payout }) => (Some(*confirmations), *payout),
            Some(BitcoinFacts::Unproven { .. }) | None => (None, None),
        };
        let payout = Payout { bitcoin_tx: txid, amount, confirmations };
        return PegOutState::Proven { payout, proof_tx: transaction };
    }
    let RedemptionFacts { requested_in, newest_final, .. } = *facts;
    if newest_final.is_none_or(|newest| newest < requested_in) {
        return PegOutState::Requested { requested_in, newest_final };
    }
    if !facts.has_custody {
        return PegOutState::Final { wait: PayoutWait::NoCustody };
    }
    let Some(BitcoinFacts::Unproven { spends: Some(spends), fee_rate }) = bitcoin else {
        return PegOutState::Final { wait: PayoutWait::BitcoinUnknown };
    };
    match paid(facts, spends) {
        Some(state) => state,
        None => PegOutState::Final { wait: payout_wait(facts, spends, *fee_rate) },
    }
}

fn paid(facts: &RedemptionFacts, spends: &CustodySpends) -> Option<PegOutState> {
    let (spend, amount) = spends.payout_of(&facts.redemption)?;
    let confirmations =
        spend.height.map_or(BlockCount::new(0), |height| height.confirmations_at(spends.tip));
    let payout = Payout {
        bitcoin_tx: spend.transaction.compute_txid(),
        amount: Some(amount),
        confirmations: Some(confirmations),
    };
    Some(match spend.height {
        None => PegOutState::Paying { payout },
        Some(height) => {
            PegOutState::Paid { payout, wait: proof_wait(facts, height, confirmations) }
        }
    })
}

fn proof_wait(
    facts: &RedemptionFacts,
    height: BitcoinHeight,
    confirmations: BlockCount,
) -> ProofWait {
    let (needed, contract_height) = (facts.confirmations_needed, facts.contract_height);
    if confirmations < needed {
        return ProofWait::Confirming { needed };
    }
    if facts.on_our_chain == Some(false) {
        return ProofWait::OtherBranch { contract_height };
    }
    if height.confirmations_at(contract_height) < needed {
        let above = BlockCount::new(needed.get().saturating_sub(1));
        let needed_height = height.checked_add(above).unwrap_or(height);
        return ProofWait::HeadersBehind { contract_height, needed_height };
    }
    ProofWait::Provable
}

fn payout_wait(facts: &RedemptionFacts, spends: &CustodySpends, fee_rate: FeeRate) -> PayoutWait {
    match spends.end {
        SpendsEnd::Foreign { txid } => return PayoutWait::ForeignSpend { txid },
        SpendsEnd::NotFound { searched_from } => {
            return PayoutWait::SpendNotFound { searched_from };
        }
        SpendsEnd::Unspent => {}
    }
    let needed = fee_alone(&facts.redemption.script, fee_rate);
    let max_fee = facts.redemption.max_fee;
    if needed > max_fee {
        return PayoutWait::MaxFeeTooLow { needed, max_fee };
    }
    // The oldest is proven first.
    spends.spends.first().map_or(PayoutWait::NextPayout, |spend| PayoutWait::CustodyBusy {
        txid: spend.transaction.compute_txid(),
        custody_confirmations: spend
            .height
            .map_or(BlockCount::new(0), |height| height.confirmations_at(spends.tip)),
        needed: facts.confirmations_needed,
    })
}

impl PegOutState {
    /// Returns the name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Requested { .. } => "Requested",
            Self::Final { .. } => "Final",
            Self::Paying { .. } => "Paying",
            Self::Paid { .. } => "Paid",
            Self::Proven { .. } => "Proven",
        }
    }

    /// Returns the payout, when there is one.
    #[must_use]
    pub const fn payout(&self) -> Option<&Payout> {
        match self {
            Self::Requested { .. } | Self::Final { .. } => None,
            Self::Paying { payout } | Self::Paid { payout, .. } | Self::Proven { payout, .. } => {
                Some(payout)
            }
        }
    }

    /// Tells whether nothing will change any more, unless Bitcoin reorganises deeply.
    #[must_use]
    pub const fn is_settled(&self) -> bool {
        matches!(self, Self::Proven { .. })
    }
}
