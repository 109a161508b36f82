//! The line from input 0 back to the proven custody outpoint.

use bitcoin::{OutPoint, XOnlyPublicKey};
use farbank_bitcoin_light_client::HeaderChain;

use super::intent::SignedIntent;
use super::limits::PolicyLimits;
use super::refusal::LineageRefusal;
use crate::bridge_state::{BridgeState, FederationKeys, ProvenCustody};
use crate::custody::{
    CustodyOutput, CustodyTransaction, RedemptionId, SpentOutput, MAX_CHILD_WEIGHT,
};

/// Where a transaction hangs: the custody output that it spends, and its unproven ancestors, the
/// parent first.
pub(super) struct Lineage<'a> {
    pub(super) spent: SpentOutput,
    pub(super) ancestors: Vec<&'a SignedIntent>,
    /// Ancestors that this attester did not see in its best chain.
    pub(super) unconfirmed: usize,
}

impl<'a> Lineage<'a> {
    /// Walks from input 0 back to the proven outpoint, through own intents alone.
    pub(super) fn trace(
        transaction: &CustodyTransaction,
        state: &BridgeState,
        bitcoin: &HeaderChain,
        own: &'a [SignedIntent],
        limits: &PolicyLimits,
    ) -> Result<Self, LineageRefusal> {
        let proven = state.custody.ok_or(LineageRefusal::NoCustody)?;
        let mut ancestors: Vec<&SignedIntent> = Vec::new();
        let mut outpoint = transaction.custody_input;
        while outpoint != proven.outpoint {
            let parent = own.iter().find(|intent| intent.custody.outpoint == outpoint);
            let parent = parent.ok_or_else(|| break_off(outpoint, &proven, own))?;
            if ancestors.len() >= limits.max_unproven {
                return Err(LineageRefusal::TooManyUnproven { limit: limits.max_unproven });
            }
            ancestors.push(parent);
            outpoint = parent.custody_input();
        }
        let CustodyOutput { value, key, .. } = ancestors.first().map_or(
            CustodyOutput {
                outpoint: proven.outpoint,
                value: proven.value,
                key: state.keys.current,
            },
            |parent| parent.custody,
        );
        let unconfirmed = ancestors.iter().filter(|one| !one.is_confirmed(bitcoin)).count();
        Ok(Self { spent: SpentOutput { value, key, leaf_hash: None }, ancestors, unconfirmed })
    }

    /// At most one unconfirmed ancestor, and then at most a small child (BIP-0431).
    pub(super) fn check_depth(&self, child: &CustodyTransaction) -> Result<(), LineageRefusal> {
        if self.unconfirmed > 1 {
            return Err(LineageRefusal::TooManyUnconfirmed { found: self.unconfirmed });
        }
        if self.unconfirmed == 1 && child.signed_weight > MAX_CHILD_WEIGHT {
            return Err(LineageRefusal::ChildTooLarge { weight: child.signed_weight });
        }
        Ok(())
    }

    /// No ancestor pays what the child pays or spends what it spends.
    pub(super) fn check_disjoint(
        &self,
        ids: impl IntoIterator<Item = RedemptionId>,
        deposits: &[OutPoint],
    ) -> Result<(), LineageRefusal> {
        for id in ids {
            if let Some(ancestor) = self.ancestors.iter().find(|one| one.pays(id)) {
                return Err(LineageRefusal::AncestorPays { id, ancestor: ancestor.txid() });
            }
        }
        for &outpoint in deposits {
            if let Some(ancestor) = self.ancestors.iter().find(|one| one.spends(&outpoint)) {
                let ancestor = ancestor.txid();
                return Err(LineageRefusal::AncestorSpends { outpoint, ancestor });
            }
        }
        Ok(())
    }

    /// Custody stays with its key, or moves to the next one once that may be used.
    pub(super) fn check_custody_key(
        &self,
        found: XOnlyPublicKey,
        keys: &FederationKeys,
        state: &BridgeState,
    ) -> Result<(), LineageRefusal> {
        let is_next =
            keys.next.is_some_and(|next| next.key == found && next.usable_from <= state.block.time);
        if found == self.spent.key || is_next {
            return Ok(());
        }
        Err(LineageRefusal::WrongCustodyOutput { found })
    }
}

/// Names why the line ends before the proven outpoint.
fn break_off(found: OutPoint, proven: &ProvenCustody, own: &[SignedIntent]) -> LineageRefusal {
    let known = own.iter().map(|intent| intent.custody.outpoint).chain([proven.outpoint]);
    match known.into_iter().find(|custody| custody.txid == found.txid) {
        Some(expected) => LineageRefusal::WrongCustodyInput { found, expected },
        None => LineageRefusal::UnknownParent { outpoint: found, proven: proven.outpoint },
    }
}
