//! What the process knows of peg-out: redemptions, custody, minted deposits, the last look.

use std::collections::{BTreeMap, HashMap};

use bitcoin::{Amount, FeeRate, OutPoint, Transaction};
use farbank_relayer_core::custody::{
    AttemptFacts, CustodyAttempt, CustodyHistory, CustodyLook, CustodyState, SweepCandidate,
};
use farbank_relayer_core::peg_in::DepositId;
use farbank_relayer_core::peg_out::{Redemption, RedemptionId};
use farbank_relayer_core::ports::{
    AttemptChange, Changes, MintedDeposit, RedemptionRecord, ScanChange, Snapshot,
};
use farbank_types::{BitcoinHeight, CustodyRecord, EvmBlockNumber, UnixTime};

/// Heights for which a spent deposit and an attempt that lost are kept; the store keeps as many.
pub(super) const KEPT_BLOCKS: u32 = 2_016;

/// What the process knows of peg-out. Everything but what the last looks saw is a copy of the record
/// and follows it.
#[derive(Debug)]
pub struct Treasury {
    seed: CustodyRecord,
    minted: BTreeMap<DepositId, MintedDeposit>,
    outpoints: HashMap<OutPoint, DepositId>,
    redemptions: BTreeMap<RedemptionId, RedemptionRecord>,
    /// As the record has it; what was read since held nothing, and is read again after a restart.
    events_stored_to: Option<EvmBlockNumber>,
    /// Events of final blocks up to here are known.
    pub(super) events_read_to: Option<EvmBlockNumber>,
    custody: CustodyState,
    history: CustodyHistory,
    searched_to: Option<BitcoinHeight>,
    /// What the contract holds for custody, once it was looked at.
    pub(super) look: Option<CustodyLook>,
    /// What the Bitcoin node thinks is needed, once it was asked.
    pub(super) fee_rate: Option<FeeRate>,
    /// Max fees that were raised in blocks that are not final.
    pub(super) raised: BTreeMap<RedemptionId, Amount>,
    /// Deposits that attesters refused, with the time until which they are left out.
    pub(super) disputed: BTreeMap<OutPoint, UnixTime>,
}

impl Treasury {
    pub(super) fn new(seed: CustodyRecord, snapshot: &Snapshot) -> Self {
        let mut treasury = Self {
            seed,
            minted: BTreeMap::new(),
            outpoints: HashMap::new(),
            redemptions: BTreeMap::new(),
            events_stored_to: snapshot.events_read_to,
            events_read_to: snapshot.events_read_to,
            custody: snapshot.custody.clone(),
            history: CustodyHistory::default(),
            searched_to: snapshot.custody_searched_to,
            look: None,
            fee_rate: None,
            raised: BTreeMap::new(),
            disputed: BTreeMap::new(),
        };
        snapshot.minted.iter().for_each(|minted| treasury.keep(*minted));
        for record in &snapshot.redemptions {
            treasury.redemptions.insert(record.redemption.id, record.clone());
        }
        for facts in &snapshot.attempts {
            treasury.history.put(facts.clone().into());
        }
        treasury
    }

    /// Takes over what was committed, scans apart.
    pub(super) fn absorb(&mut self, changes: &Changes) {
        for sweep in &changes.sweeps {
            if let Some(minted) = self.minted.get_mut(&sweep.id) {
                minted.spent_at = Some(sweep.spent_at);
            }
        }
        for record in &changes.redemptions {
            let id = record.redemption.id;
            match record.state.is_terminal() {
                true => self.redemptions.remove(&id),
                false => self.redemptions.insert(id, record.clone()),
            };
        }
        self.events_stored_to = changes.events_read_to.or(self.events_stored_to);
        for attempt in &changes.attempts {
            match attempt {
                AttemptChange::Put(facts) => self.history.put(facts.clone().into()),
                AttemptChange::Forget(txid) => self.history.forget(txid),
            }
        }
        if let Some(change) = &changes.custody {
            self.custody = change.state.clone();
        }
    }

    pub(super) fn absorb_scan(&mut self, scan: ScanChange) {
        match scan {
            ScanChange::CustodyStart(height) => {
                self.searched_to.get_or_insert(height);
            }
            ScanChange::Scanned(block) => {
                let before = block.height.get().checked_sub(1);
                if self.searched_to.map(BitcoinHeight::get) == before {
                    self.searched_to = Some(block.height);
                }
                let old = block.height.get().saturating_sub(KEPT_BLOCKS);
                let over = |minted: &MintedDeposit| {
                    minted.spent_at.is_some_and(|spent_at| spent_at.get() <= old)
                };
                self.minted.retain(|_, minted| !over(minted));
                let minted = &self.minted;
                self.outpoints.retain(|_, id| minted.contains_key(id));
            }
            ScanChange::Clipped { fork } => {
                self.history.clip(fork);
                self.searched_to = self.searched_to.map(|height| height.min(fork));
                for minted in self.minted.values_mut() {
                    minted.spent_at = minted.spent_at.filter(|height| *height <= fork);
                }
            }
        }
    }

    /// A deposit's mint is final.
    pub(super) fn keep(&mut self, minted: MintedDeposit) {
        let id = minted.record.facts.id();
        self.outpoints.insert(minted.record.facts.outpoint, id);
        self.minted.entry(id).or_insert(minted);
    }

    /// Returns the redemptions that something can still happen to, by id.
    pub fn redemptions(&self) -> impl Iterator<Item = &RedemptionRecord> {
        self.redemptions.values()
    }

    /// Returns one of them.
    #[must_use]
    pub fn redemption(&self, id: &RedemptionId) -> Option<&RedemptionRecord> {
        self.redemptions.get(id)
    }

    /// Returns a redemption with its max fee as the side chain's newest state has it.
    #[must_use]
    pub fn newest(&self, redemption: &Redemption) -> Redemption {
        let max_fee = self.raised.get(&redemption.id).copied().unwrap_or(redemption.max_fee);
        Redemption { max_fee, ..redemption.clone() }
    }

    /// Returns the final block up to which the contract's events are known.
    #[must_use]
    pub const fn events_read_to(&self) -> Option<EvmBlockNumber> {
        self.events_read_to
    }

    pub(super) const fn events_stored_to(&self) -> Option<EvmBlockNumber> {
        self.events_stored_to
    }

    /// Returns what custody waits for.
    #[must_use]
    pub const fn custody(&self) -> &CustodyState {
        &self.custody
    }

    /// Returns every attempt that may matter.
    #[must_use]
    pub const fn history(&self) -> &CustodyHistory {
        &self.history
    }

    /// Returns the height up to which every block was searched for custody transactions.
    #[must_use]
    pub const fn searched_to(&self) -> Option<BitcoinHeight> {
        self.searched_to
    }

    /// Returns what the contract holds for custody, as of the last look.
    #[must_use]
    pub const fn look(&self) -> Option<&CustodyLook> {
        self.look.as_ref()
    }

    /// Returns what the Bitcoin node thinks a payout has to pay, once it was asked.
    #[must_use]
    pub const fn fee_rate(&self) -> Option<FeeRate> {
        self.fee_rate
    }

    /// Returns the minted deposits whose output is unspent, or was spent not long ago.
    pub fn minted(&self) -> impl Iterator<Item = &MintedDeposit> {
        self.minted.values()
    }

    /// Returns the minted deposit at an outpoint.
    #[must_use]
    pub fn minted_at(&self, outpoint: &OutPoint) -> Option<&MintedDeposit> {
        self.outpoints.get(outpoint).and_then(|id| self.minted.get(id))
    }

    /// Returns whether an output held custody: the first one, or one that a known transaction made.
    #[must_use]
    pub fn is_custody(&self, outpoint: &OutPoint) -> bool {
        let proven = self.look.iter().flat_map(|look| [look.newest.output, look.finalized.output]);
        *outpoint == self.seed.outpoint
            || self.history.makes(*outpoint)
            || proven.flatten().any(|output| output.outpoint == *outpoint)
    }

    /// Returns the height of the block in which a custody transaction spends this output.
    #[must_use]
    pub fn swept_at(&self, outpoint: &OutPoint) -> Option<BitcoinHeight> {
        let spends = |attempt: &&CustodyAttempt| {
            attempt.shape().is_some_and(|shape| shape.deposits.contains(outpoint))
        };
        let mut confirmed = self.history.iter().filter(spends);
        confirmed.find_map(|attempt| attempt.facts().block).map(|block| block.height)
    }

    /// Returns what is known of a transaction that spends custody: what was known before, or its fee
    /// when the value of every input is known.
    #[must_use]
    pub(super) fn seen(&self, transaction: &Transaction, input: OutPoint) -> AttemptFacts {
        let known = self.history.get(&transaction.compute_txid()).map(CustodyAttempt::facts);
        known.cloned().unwrap_or_else(|| AttemptFacts {
            transaction: transaction.clone(),
            input,
            ids: None,
            fee: self.fee(transaction),
            block: None,
        })
    }

    fn fee(&self, transaction: &Transaction) -> Option<Amount> {
        let mut rest = Amount::ZERO;
        for input in &transaction.input {
            rest = rest.checked_add(self.value(&input.previous_output)?)?;
        }
        for output in &transaction.output {
            rest = rest.checked_sub(output.value)?;
        }
        Some(rest)
    }

    fn value(&self, outpoint: &OutPoint) -> Option<Amount> {
        if *outpoint == self.seed.outpoint {
            return Some(self.seed.value);
        }
        let made = || {
            let shape = self.history.get(&outpoint.txid)?.shape()?;
            (shape.custody.outpoint == *outpoint).then_some(shape.custody.value)
        };
        made().or_else(|| self.minted_at(outpoint).map(|minted| minted.record.facts.amount))
    }

    /// Returns the minted deposits that no block spends and no attester disputes, oldest first,
    /// `input` telling what signing one needs.
    pub(super) fn sweepable(
        &self,
        now: UnixTime,
        input: impl Fn(&MintedDeposit) -> Option<SweepCandidate>,
    ) -> Vec<SweepCandidate> {
        let disputed = |candidate: &SweepCandidate| {
            self.disputed.get(&candidate.outpoint).is_some_and(|until| now < *until)
        };
        let unspent = self.minted.values().filter(|minted| minted.spent_at.is_none());
        let mut candidates: Vec<_> =
            unspent.filter_map(input).filter(|candidate| !disputed(candidate)).collect();
        candidates.sort_by_key(|candidate| (candidate.height, candidate.id));
        candidates
    }
}
