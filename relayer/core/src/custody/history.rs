//! Every attempt that may matter: those that can still confirm, and those that did.

use std::collections::BTreeMap;

use bitcoin::{OutPoint, Txid};
use farbank_types::BitcoinHeight;

use super::attempt::{AttemptFacts, CustodyAttempt};
use crate::peg_out::{PegOutEvent, RedemptionId};

/// Every attempt that may matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustodyHistory {
    attempts: BTreeMap<Txid, CustodyAttempt>,
}

impl CustodyHistory {
    /// Adds an attempt, or replaces what is known of it.
    pub fn put(&mut self, attempt: CustodyAttempt) {
        self.attempts.insert(attempt.txid(), attempt);
    }

    /// Drops an attempt.
    pub fn forget(&mut self, txid: &Txid) {
        self.attempts.remove(txid);
    }

    /// Blocks above `fork` left the best chain: what they held is unconfirmed again.
    pub fn clip(&mut self, fork: BitcoinHeight) {
        for attempt in self.attempts.values_mut() {
            let block = attempt.facts().block.filter(|block| block.height <= fork);
            if block != attempt.facts().block {
                *attempt = AttemptFacts { block, ..attempt.facts().clone() }.into();
            }
        }
    }

    /// Returns an attempt.
    #[must_use]
    pub fn get(&self, txid: &Txid) -> Option<&CustodyAttempt> {
        self.attempts.get(txid)
    }

    /// Returns all, by id.
    pub fn iter(&self) -> impl Iterator<Item = &CustodyAttempt> {
        self.attempts.values()
    }

    /// Returns the attempts that spend this output.
    pub fn spends(&self, outpoint: OutPoint) -> impl Iterator<Item = &CustodyAttempt> {
        self.iter().filter(move |attempt| attempt.facts().input == outpoint)
    }

    /// Returns the attempt in a block that spends this output.
    #[must_use]
    pub fn confirmed(&self, outpoint: OutPoint) -> Option<&CustodyAttempt> {
        self.spends(outpoint).find(|attempt| attempt.facts().block.is_some())
    }

    /// Returns the attempt that nodes prefer among those in no block: the one with the highest fee.
    #[must_use]
    pub fn newest(&self, outpoint: OutPoint) -> Option<&CustodyAttempt> {
        self.unconfirmed(outpoint).max_by_key(|attempt| (attempt.facts().fee, attempt.txid()))
    }

    /// Returns which redemptions are paid: those of blocks, and those of the attempts that can be in
    /// the next one, when `newest` is the custody output that the contract knows. A redemption that
    /// is not among them is in no payout.
    #[must_use]
    pub fn payouts(&self, newest: OutPoint) -> BTreeMap<RedemptionId, PegOutEvent> {
        let mut events = BTreeMap::new();
        if let Some(unspent) = self.unspent(newest) {
            let mut live: Vec<_> = self.unconfirmed(unspent).collect();
            live.sort_by_key(|attempt| (attempt.facts().fee, attempt.txid()));
            for attempt in live {
                let txid = attempt.txid();
                let ids = attempt.payouts().map(|(id, _)| (id, PegOutEvent::PayoutSigned { txid }));
                events.extend(ids);
            }
        }
        for attempt in self.iter() {
            let paid = attempt.confirmed_payouts();
            events.extend(paid.map(|(id, payout)| (id, PegOutEvent::PayoutConfirmed(payout))));
        }
        events
    }

    /// Returns whether an output is one that a known attempt made for custody.
    #[must_use]
    pub fn makes(&self, outpoint: OutPoint) -> bool {
        let shape = self.attempts.get(&outpoint.txid).and_then(CustodyAttempt::shape);
        shape.is_some_and(|shape| shape.custody.outpoint == outpoint)
    }

    fn unconfirmed(&self, outpoint: OutPoint) -> impl Iterator<Item = &CustodyAttempt> {
        self.spends(outpoint)
            .filter(|attempt| attempt.facts().block.is_none() && attempt.shape().is_some())
    }

    /// Follows the confirmed spends from `start` and returns the custody output that no block of the
    /// best chain spends; `None` when the last spend made no custody output.
    #[must_use]
    pub fn unspent(&self, start: OutPoint) -> Option<OutPoint> {
        let mut outpoint = start;
        // Each step goes up in the chain, so there are at most as many as attempts.
        for _ in 0..=self.attempts.len() {
            match self.confirmed(outpoint) {
                Some(attempt) => outpoint = attempt.shape()?.custody.outpoint,
                None => return Some(outpoint),
            }
        }
        None
    }
}
