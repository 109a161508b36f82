//! A relayer: its record, and what a pipeline does with it at each look.

use std::collections::BTreeMap;

use farbank_relayer_core::custody::{
    apply, AttemptFacts, CustodyDuty, CustodyEvent, CustodyHistory, CustodyLook, CustodySpend,
    CustodyState, Proposal, SigningRefusal, Submission,
};
use farbank_relayer_core::peg_out::{
    self, begin, PegOutContext, PegOutEvent, PegOutState, Redemption, RedemptionId,
};
use farbank_types::{BlockCount, B256, U256};

use super::bitcoin::{block_at, Bitcoin, FIRST};
use super::side::{is_generous, Contract, Side, CONFIRMATIONS};
use crate::world::{attempt, height, key, World};

pub(super) struct Relayer {
    state: CustodyState,
    history: CustodyHistory,
    redemptions: BTreeMap<RedemptionId, (Redemption, PegOutState)>,
    searched: Vec<u32>,
    tip: u32,
}

impl Relayer {
    pub(super) fn new() -> Self {
        Self {
            state: CustodyState::START,
            history: CustodyHistory::default(),
            redemptions: BTreeMap::new(),
            searched: vec![0],
            tip: FIRST,
        }
    }

    pub(super) fn look_at_bitcoin(&mut self, bitcoin: &Bitcoin, signed: &[Proposal]) {
        self.tip = bitcoin.tip();
        let marks = self.searched.iter().zip(&bitcoin.blocks);
        let shared = marks.take_while(|(mark, block)| **mark == block.mark).count();
        if shared < self.searched.len() {
            let fork = height(FIRST + u32::try_from(shared).unwrap() - 1);
            self.searched.truncate(shared);
            self.history.clip(fork);
            self.event_for_all(PegOutEvent::Disconnected { fork });
        }
        for (at, mined) in bitcoin.blocks.iter().enumerate().skip(shared) {
            if let Some(index) = mined.spend {
                let block = Some(block_at(at, mined.mark));
                let facts: AttemptFacts = attempt(&signed[index], block);
                self.history.put(facts.into());
            }
            self.searched.push(mined.mark);
        }
    }

    pub(super) fn look_at_contract(&mut self, bitcoin: &Bitcoin, side: &Side, seconds: u64) {
        let (newest, finalized, head) = (side.newest(), side.finalized(), side.head());
        for (id, asked) in &newest.all {
            let is_final = finalized.all.get(id) == Some(asked);
            let known = self.redemptions.get(id);
            if known.is_none_or(|(_, state)| *state == PegOutState::Vanished) {
                self.redemptions.insert(*id, (asked.clone(), begin(head, is_final)));
            }
            if is_final {
                self.event(*id, PegOutEvent::RequestFinal);
            }
            self.event(
                *id,
                match (newest.payout(*id), finalized.payout(*id)) {
                    (None, _) => PegOutEvent::ProofVanished,
                    (Some(payout), None) => PegOutEvent::ProofObserved { payout, at: head },
                    (Some(payout), Some(_)) => PegOutEvent::ProofFinal { payout, at: head },
                },
            );
        }
        for id in self.redemptions.keys().copied().collect::<Vec<_>>() {
            let asked = self.redemptions[&id].0.clone();
            if newest.all.get(&id) != Some(&asked) {
                self.event(id, PegOutEvent::RequestVanished);
            }
        }
        let output = newest.custody().output.unwrap();
        let paid = self.history.payouts(output.outpoint);
        for id in self.redemptions.keys().copied().collect::<Vec<_>>() {
            self.event(id, paid.get(&id).copied().unwrap_or(PegOutEvent::PayoutDropped));
        }
        self.custody_event(CustodyEvent::Viewed, bitcoin, side, seconds);
    }

    pub(super) fn proposal(&self) -> Option<Proposal> {
        self.state.proposal().cloned()
    }

    /// The attesters' answer, written with what follows.
    pub(super) fn learn(
        &mut self,
        proposal: &Proposal,
        signed: bool,
        bitcoin: &Bitcoin,
        side: &Side,
        seconds: u64,
    ) {
        let txid = proposal.txid();
        if signed {
            self.history.put(attempt(proposal, None).into());
            self.custody_event(CustodyEvent::Signed { txid }, bitcoin, side, seconds);
        } else {
            let refusal = SigningRefusal::Behind;
            let event = CustodyEvent::SigningRefused { txid, refusal };
            self.custody_event(event, bitcoin, side, seconds);
        }
    }

    pub(super) fn submissions(&self) -> Vec<(Submission, CustodySpend)> {
        let submission = |duty| match duty {
            CustodyDuty::ProveCustody(spend) => Some((Submission::Prove, spend)),
            CustodyDuty::UndoCustody(spend) => Some((Submission::Undo, spend)),
            CustodyDuty::ReportCustody(spend) => Some((Submission::Report, spend)),
            CustodyDuty::SignCustody
            | CustodyDuty::ReplaceCustody
            | CustodyDuty::BroadcastCustody(_) => None,
        };
        self.state.duties().into_iter().filter_map(submission).collect()
    }

    pub(super) fn check_all_is_over(&self, newest: &Contract) {
        for (id, (redemption, state)) in &self.redemptions {
            let over = matches!(state, PegOutState::Done { .. } | PegOutState::Vanished);
            let poor = matches!(state, PegOutState::Queued { .. }) && !is_generous(redemption);
            assert!(over || poor, "redemption {id} is {state:?}, custody {:?}", self.state);
            assert_eq!(newest.unpaid.contains_key(id), poor, "redemption {id}");
        }
    }

    fn event_for_all(&mut self, event: PegOutEvent) {
        for id in self.redemptions.keys().copied().collect::<Vec<_>>() {
            self.event(id, event);
        }
    }

    fn event(&mut self, id: RedemptionId, event: PegOutEvent) {
        let context = PegOutContext { bitcoin_tip: height(self.tip), burial: BlockCount::new(12) };
        let (_, state) = self.redemptions.get_mut(&id).unwrap();
        if let Ok(next) = peg_out::apply(state, event, &context) {
            *state = next;
        }
    }

    fn custody_event(&mut self, event: CustodyEvent, bitcoin: &Bitcoin, side: &Side, seconds: u64) {
        let (newest, finalized) = (side.newest().custody(), side.finalized().custody());
        let open = self.redemptions.values().filter(|(_, state)| state.is_open());
        let world = World::at_tip(self.tip).later(seconds).with(|world| {
            world.parameters.confirmations = BlockCount::new(CONFIRMATIONS);
            world.contract = side.newest().view(bitcoin);
            // Another final block at each look: two relayers propose two transactions.
            let anchor = B256::from(U256::from(side.head().get()));
            world.custody = Some(CustodyLook { newest, finalized, anchor, key: key() });
            world.proven_stands = newest.spend.is_none_or(|spend| bitcoin.stands(&spend.block));
            world.history = self.history.clone();
            world.redemptions = open.map(|(redemption, _)| redemption.clone()).collect();
        });
        if let Ok(transition) = apply(&self.state, event, &world.context()) {
            self.state = transition.next;
        }
    }
}
