//! A signed transaction that spends a custody output: this relayer's, or one seen in a block.

use bitcoin::{Amount, OutPoint, Transaction, TxOut, Txid};
use farbank_bitcoin_light_client::BlockRef;
use farbank_federation::custody::{CustodyTransaction, RedemptionId};
use serde::{Deserialize, Serialize};

use super::state::CustodySpend;
use crate::peg_out::Payout;

/// What is remembered of an attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttemptFacts {
    /// The signed transaction.
    pub transaction: Transaction,
    /// The custody output that it spends.
    pub input: OutPoint,
    /// The redemptions that it pays, in the order of the payouts; `None` while they are not known.
    pub ids: Option<Vec<RedemptionId>>,
    /// Its fee, when this relayer knows the value of every input.
    #[serde(with = "bitcoin::amount::serde::as_sat::opt", rename = "fee_sat")]
    pub fee: Option<Amount>,
    /// The block of the best chain that holds it.
    pub block: Option<BlockRef>,
}

/// An attempt, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustodyAttempt {
    facts: AttemptFacts,
    txid: Txid,
    shape: Option<CustodyTransaction>,
}

impl From<AttemptFacts> for CustodyAttempt {
    fn from(facts: AttemptFacts) -> Self {
        let shape = CustodyTransaction::parse(&facts.transaction)
            .ok()
            .filter(|shape| shape.custody_input == facts.input);
        let txid = facts.transaction.compute_txid();
        Self { facts, txid, shape }
    }
}

impl CustodyAttempt {
    /// Returns what is remembered.
    #[must_use]
    pub const fn facts(&self) -> &AttemptFacts {
        &self.facts
    }

    /// Returns its id.
    #[must_use]
    pub const fn txid(&self) -> Txid {
        self.txid
    }

    /// Returns its parts, or `None` when it is not of the shape: then it is evidence.
    #[must_use]
    pub const fn shape(&self) -> Option<&CustodyTransaction> {
        self.shape.as_ref()
    }

    /// Returns where it is, once a block holds it.
    #[must_use]
    pub fn spend(&self) -> Option<CustodySpend> {
        self.facts.block.map(|block| CustodySpend { txid: self.txid, block })
    }

    /// Returns the redemptions that it pays, each with its output.
    pub fn payouts(&self) -> impl Iterator<Item = (RedemptionId, &TxOut)> {
        let outputs = self.shape.iter().flat_map(|shape| &shape.payouts);
        self.facts.ids.iter().flatten().copied().zip(outputs)
    }

    /// Returns the payouts as facts of the block that holds it; none while no block does.
    pub fn confirmed_payouts(&self) -> impl Iterator<Item = (RedemptionId, Payout)> + '_ {
        self.facts.block.into_iter().flat_map(move |block| {
            let txid = self.txid;
            self.payouts()
                .map(move |(id, output)| (id, Payout { txid, block, value: output.value }))
        })
    }
}
