//! The contract as the model needs it: requests, proofs in order, undoing; and its own, older view of
//! Bitcoin.

use std::rc::Rc;

use bitcoin::{BlockHash, OutPoint};
use farbank_federation::bridge_state::{
    Anchor, BridgeState, FederationKeys, FinalBlock, ProvenCustody,
};
use farbank_federation::custody::Redemption;
use farbank_types::{BitcoinHeight, EvmAddress, EvmBlockNumber, UnixTime, B256};

use crate::common::view::GENESIS;
use crate::common::{key, redemption, ANCHOR};
use crate::ledger::{seed, Ledger, Proposed};

/// Confirmations that a proof needs; less than the deepest reorganisation.
const CONFIRMATIONS: u32 = 2;

/// Bitcoin as the posted headers show it.
pub(crate) struct Seen {
    hashes: Vec<BlockHash>,
    confirmed: Vec<(BitcoinHeight, usize)>,
}

impl Seen {
    pub(crate) fn of(ledger: &Ledger) -> Self {
        let heights = (0..=ledger.tip().get()).map(BitcoinHeight::new);
        let hashes = heights.map(|height| ledger.hash(height)).collect();
        Self { hashes, confirmed: ledger.confirmed.clone() }
    }

    fn hash(&self, height: BitcoinHeight) -> Option<&BlockHash> {
        self.hashes.get(usize::try_from(height.get()).expect("fits"))
    }
}

#[derive(Clone)]
struct Record {
    transaction: usize,
    height: BitcoinHeight,
    hash: BlockHash,
}

#[derive(Clone)]
pub(crate) struct Owed {
    pub(crate) redemption: Redemption,
    pub(crate) commitment: B256,
    pub(crate) paid: bool,
}

/// The contract's state after one block of the side chain.
#[derive(Clone)]
pub(crate) struct Contract {
    seen: Rc<Seen>,
    records: Vec<Record>,
    pub(crate) redemptions: Vec<Owed>,
}

impl Contract {
    pub(crate) fn new(ledger: &Ledger) -> Self {
        Self { seen: Rc::new(Seen::of(ledger)), records: Vec::new(), redemptions: Vec::new() }
    }

    pub(crate) fn post_headers(&mut self, ledger: &Ledger) {
        self.seen = Rc::new(Seen::of(ledger));
    }

    /// A new redemption; `requester` tells two requests of one id apart when the side chain changed.
    pub(crate) fn request(&mut self, requester: u8) {
        let id = u64::try_from(self.redemptions.len()).expect("fits") + 1;
        let requester = EvmAddress::repeat_byte(requester);
        let redemption = Redemption { requester, ..redemption(id) };
        let commitment = redemption.commitment();
        self.redemptions.push(Owed { redemption, commitment, paid: false });
    }

    pub(crate) fn custody(&self, transactions: &[Proposed]) -> OutPoint {
        let newest = self.records.last();
        newest.map_or(seed().outpoint, |one| transactions[one.transaction].parsed.custody.outpoint)
    }

    /// Proves the transaction that spends the proven custody output, when it is deep enough and pays
    /// what is owed.
    pub(crate) fn prove(&mut self, transactions: &[Proposed]) -> bool {
        let custody = self.custody(transactions);
        let tip = u32::try_from(self.seen.hashes.len()).expect("fits") - 1;
        let next = self.seen.confirmed.iter().copied().find(|(height, at)| {
            transactions[*at].parsed.custody_input == custody
                && tip + 1 - height.get() >= CONFIRMATIONS
        });
        let Some((height, transaction)) = next else { return false };
        let paid = &transactions[transaction].request.redemptions;
        let is_owed = |one: &Redemption| {
            self.owed(one).is_some_and(|owed| !owed.paid && owed.redemption == *one)
        };
        if !paid.iter().all(is_owed) {
            return false;
        }
        self.set_paid(paid, true);
        let hash = *self.seen.hash(height).expect("seen");
        self.records.push(Record { transaction, height, hash });
        true
    }

    /// Undoes the newest proof when its block left the chain that the contract sees.
    pub(crate) fn undo(&mut self, transactions: &[Proposed]) -> bool {
        let gone = |one: &mut Record| self.seen.hash(one.height).is_some_and(|h| *h != one.hash);
        let Some(record) = self.records.pop_if(gone) else { return false };
        self.set_paid(&transactions[record.transaction].request.redemptions, false);
        true
    }

    pub(crate) fn owed(&self, redemption: &Redemption) -> Option<&Owed> {
        let at = redemption.id.get().checked_sub(1)?;
        self.redemptions.get(usize::try_from(at).ok()?)
    }

    fn set_paid(&mut self, redemptions: &[Redemption], paid: bool) {
        for owed in &mut self.redemptions {
            if redemptions.contains(&owed.redemption) {
                owed.paid = paid;
            }
        }
    }

    /// The state as an attester reads it. Times never make it stale: the rule must hold without them.
    pub(crate) fn read(&self, number: usize, now: UnixTime, all: &[Proposed]) -> BridgeState {
        let number = EvmBlockNumber::new(u64::try_from(number).expect("fits"));
        let newest = self.records.last();
        let custody = newest.map_or(seed(), |record| all[record.transaction].parsed.custody);
        let height = newest.map_or(BitcoinHeight::new(0), |record| record.height);
        let unpaid = self.redemptions.iter().filter(|owed| !owed.paid);
        BridgeState {
            genesis: GENESIS,
            block: FinalBlock { number, hash: ANCHOR, time: now },
            anchor: Anchor::Final(FinalBlock { number, hash: ANCHOR, time: now }),
            custody: Some(ProvenCustody {
                outpoint: custody.outpoint,
                value: custody.value,
                height,
            }),
            keys: FederationKeys { current: key(1), next: None, previous: None },
            redemption_count: u64::try_from(self.redemptions.len()).expect("fits"),
            redemptions: unpaid.map(|owed| (owed.redemption.id, owed.commitment)).collect(),
            deposits: std::collections::BTreeMap::new(),
        }
    }
}
