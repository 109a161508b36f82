//! An attester: the real `judge` over its own view; and, to show what each rule is for, the same with a
//! view that takes one out.

use bitcoin::Amount;
use farbank_federation::bridge_state::{BridgeState, ProvenCustody};
use farbank_federation::policy::{judge, prunable, PolicyLimits, SignedIntent};
use farbank_types::{BitcoinHeight, BlockCount};

use crate::common::view::limits;
use crate::contract::Contract;
use crate::ledger::{Ledger, Proposed};

/// Which rules hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rules {
    /// All.
    All,
    /// What ancestors pay is not looked at.
    AncestorsIgnored,
    /// A parent that is not in the own log is taken from the relayer, who says that it pays nobody.
    ParentsByWord,
    /// The custody outpoint comes from the newest state, redemptions from when they were requested.
    StatesMixed,
    /// Whatever input 0 is, it passes for the proven custody outpoint.
    AnyCustodyInput,
    /// The newest state is judged, final or not.
    NotFinal,
}

#[derive(Clone, Default)]
pub(crate) struct Attester {
    pub(crate) own: Vec<SignedIntent>,
    /// Side-chain block up to which it knows of finality.
    pub(crate) view: usize,
}

fn model_limits() -> PolicyLimits {
    // Fees are not what is modelled.
    PolicyLimits { fee_reserve: Amount::from_sat(10_000_000), max_unproven: 6, ..limits() }
}

impl Attester {
    /// Judges, remembers, and then lets its signature out. Returns whether it signed, and in which form.
    pub(crate) fn sign(
        &mut self,
        at: usize,
        all: &[Proposed],
        chain: &[Contract],
        ledger: &Ledger,
        rules: Rules,
    ) -> Option<SignedIntent> {
        let now = ledger.headers.tip().time;
        self.observe(all, ledger);
        let view = if rules == Rules::NotFinal { chain.len() - 1 } else { self.view };
        let mut state = chain[view].read(view, now, all);
        let mut own = self.own.clone();
        take_out(rules, &mut state, &mut own, &all[at], all, &chain[view]);
        let limits = model_limits();
        let intent = judge(&all[at].request, &state, &ledger.headers, &own, &limits, now).ok()?;
        self.own.retain(|known| known.txid() != intent.txid());
        self.own.push(intent.clone());
        Some(intent)
    }

    /// Looks up its transactions in its own chain.
    fn observe(&mut self, all: &[Proposed], ledger: &Ledger) {
        for intent in &mut self.own {
            let txid = intent.txid();
            let at = all.iter().position(|one| one.parsed.txid == txid).expect("was proposed");
            intent.confirmed = ledger.place_of(at);
        }
    }

    /// Forgets what it may. Returns how much that was.
    pub(crate) fn forget(
        &mut self,
        all: &[Proposed],
        chain: &[Contract],
        ledger: &Ledger,
    ) -> usize {
        let now = ledger.headers.tip().time;
        let state = chain[self.view].read(self.view, now, all);
        let (depth, limits) = (BlockCount::new(1), model_limits());
        let gone = prunable(&self.own, &state, &ledger.headers, &limits, depth, now);
        self.own.retain(|intent| !gone.contains(&intent.txid()));
        gone.len()
    }
}

fn take_out(
    rules: Rules,
    state: &mut BridgeState,
    own: &mut Vec<SignedIntent>,
    proposed: &Proposed,
    all: &[Proposed],
    contract: &Contract,
) {
    match rules {
        Rules::All | Rules::NotFinal => {}
        Rules::AncestorsIgnored => own.iter_mut().for_each(|intent| intent.payouts.clear()),
        Rules::ParentsByWord => {
            let spent = proposed.parsed.custody_input;
            let parent = all.iter().find(|one| one.parsed.custody.outpoint == spent);
            let known = own.iter().any(|intent| intent.custody.outpoint == spent);
            let Some(parent) = parent.filter(|_| !known) else { return };
            own.push(SignedIntent {
                transaction: parent.request.transaction.clone(),
                spent: Vec::new(),
                parent: None,
                payouts: Vec::new(),
                custody: parent.parsed.custody,
                fee: Amount::ZERO,
                signed_at: state.block.time,
                confirmed: None,
            });
        }
        Rules::StatesMixed => {
            let all = contract.redemptions.iter();
            state.redemptions.extend(all.map(|owed| (owed.redemption.id, owed.commitment)));
        }
        Rules::AnyCustodyInput => {
            let outpoint = proposed.parsed.custody_input;
            let made = all.iter().find(|one| one.parsed.custody.outpoint == outpoint);
            let value = made.map_or(crate::ledger::seed().value, |one| one.parsed.custody.value);
            let height = BitcoinHeight::new(0);
            state.custody = Some(ProvenCustody { outpoint, value, height });
        }
    }
}
