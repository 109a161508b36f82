//! What an attester remembers of what it signed. Durable before a share leaves.

use std::collections::{HashMap, HashSet};

use bitcoin::secp256k1::{Secp256k1, Verification};
use bitcoin::{Amount, OutPoint, Transaction, Txid};
use farbank_bitcoin_light_client::{BlockRef, HeaderChain};
use farbank_types::{BlockCount, UnixTime};
use serde::{Deserialize, Serialize};

use super::fees;
use super::limits::PolicyLimits;
use crate::bridge_state::BridgeState;
use crate::custody::{
    signing_inputs, AssembleRefusal, CustodyOutput, RedemptionId, SigningInput, SpentOutput,
};

/// A payout of a signed transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedPayout {
    /// The redemption that it pays.
    pub id: RedemptionId,
    /// What was owed.
    #[serde(with = "bitcoin::amount::serde::as_sat", rename = "amount_sat")]
    pub amount: Amount,
    /// What it pays.
    #[serde(with = "bitcoin::amount::serde::as_sat", rename = "value_sat")]
    pub value: Amount,
}

/// A custody transaction that an attester agreed to sign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedIntent {
    /// The transaction, without witnesses.
    pub transaction: Transaction,
    /// The outputs that it spends, in the order of its inputs.
    pub spent: Vec<SpentOutput>,
    /// The transaction whose custody output it spends, when that was not proven at the time.
    pub parent: Option<Txid>,
    /// Its payouts.
    pub payouts: Vec<SignedPayout>,
    /// The custody output that it makes.
    pub custody: CustodyOutput,
    /// Its fee.
    #[serde(with = "bitcoin::amount::serde::as_sat", rename = "fee_sat")]
    pub fee: Amount,
    /// When it was judged.
    pub signed_at: UnixTime,
    /// The block in which this attester saw it, from an inclusion proof that it verified.
    #[serde(default)]
    pub confirmed: Option<BlockRef>,
}

impl SignedIntent {
    /// Returns the transaction's id.
    #[must_use]
    pub const fn txid(&self) -> Txid {
        self.custody.outpoint.txid
    }

    /// Returns the custody outpoint that it spends; two intents with the same one conflict.
    #[must_use]
    pub fn custody_input(&self) -> OutPoint {
        // `judge` refuses a transaction without inputs; a null outpoint is never found.
        self.transaction.input.first().map_or(OutPoint::null(), |input| input.previous_output)
    }

    /// Tells whether it pays a redemption.
    #[must_use]
    pub fn pays(&self, id: RedemptionId) -> bool {
        self.payouts.iter().any(|payout| payout.id == id)
    }

    /// Tells whether the block in which it was seen is in the best chain.
    #[must_use]
    pub fn is_confirmed(&self, bitcoin: &HeaderChain) -> bool {
        self.confirmed.is_some_and(|block| bitcoin.hash(block.height) == Some(block.hash))
    }

    /// Returns what each input is signed over.
    ///
    /// # Errors
    /// [`AssembleRefusal::WrongCount`] when the record is damaged.
    pub fn signing_inputs<C: Verification>(
        &self,
        secp: &Secp256k1<C>,
    ) -> Result<Vec<SigningInput>, AssembleRefusal> {
        signing_inputs(secp, &self.transaction, &self.spent)
    }

    /// Tells whether it spends an outpoint.
    pub(super) fn spends(&self, outpoint: &OutPoint) -> bool {
        self.transaction.input.iter().any(|input| input.previous_output == *outpoint)
    }

    /// Returns the sum of its payouts.
    pub(super) fn paid(&self) -> Amount {
        fees::sum(self.payouts.iter().map(|payout| payout.value))
    }

    /// Returns by how much its payouts stay below the amounts owed.
    pub(super) fn shares(&self) -> Amount {
        fees::shares(&self.payouts)
    }
}

/// Returns the intents that may be forgotten: those that do not descend from the proven custody output,
/// once that is `depth` blocks deep in the attester's own chain and they left the payout cap's window.
///
/// Forgetting never makes a double payout possible; it only costs a child of a forgotten transaction
/// its signature, should the contract's proof be undone that deep.
#[must_use]
pub fn prunable(
    own: &[SignedIntent],
    state: &BridgeState,
    bitcoin: &HeaderChain,
    limits: &PolicyLimits,
    depth: BlockCount,
    now: UnixTime,
) -> Vec<Txid> {
    let Some(proven) = state.custody else { return Vec::new() };
    if proven.height.confirmations_at(bitcoin.tip().height) < depth {
        return Vec::new();
    }
    let mut children: HashMap<OutPoint, Vec<OutPoint>> = HashMap::new();
    for intent in own {
        children.entry(intent.custody_input()).or_default().push(intent.custody.outpoint);
    }
    let mut live = HashSet::new();
    let mut next = vec![proven.outpoint];
    while let Some(outpoint) = next.pop() {
        if live.insert(outpoint) {
            next.extend(children.remove(&outpoint).unwrap_or_default());
        }
    }
    own.iter()
        .filter(|intent| !live.contains(&intent.custody_input()))
        .filter(|intent| !limits.payout_cap.is_some_and(|cap| cap.covers(intent.signed_at, now)))
        .map(SignedIntent::txid)
        .collect()
}
