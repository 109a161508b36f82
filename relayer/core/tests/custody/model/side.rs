//! The side chain: states of a contract that proves and undoes, and attesters who go by final ones.

use std::collections::BTreeMap;

use farbank_federation::custody::CustodyTransaction;
use farbank_relayer_core::custody::{
    CustodyOutput, CustodySpend, Proposal, ProvenCustody, Submission,
};
use farbank_relayer_core::peg_in::ContractView;
use farbank_relayer_core::peg_out::{Payout, Redemption, RedemptionId};
use farbank_types::{EvmBlockNumber, UnixTime};

use super::bitcoin::{block_at, Bitcoin, FIRST};
use crate::world::{height, redemption, seed, NOW};

/// Side-chain blocks on top that make one final.
const FINALITY: usize = 3;
/// Confirmations that the contract asks for, so that reorganisations reach proven transactions.
pub(super) const CONFIRMATIONS: u32 = 3;
/// A max fee that is always enough.
const GENEROUS: u64 = 60_000;

/// A proven custody transaction.
#[derive(Clone)]
pub(super) struct Record {
    spend: CustodySpend,
    output: CustodyOutput,
    paid: Vec<(Redemption, Payout)>,
}

/// The contract after one block.
#[derive(Clone, Default)]
pub(super) struct Contract {
    headers: Vec<u32>,
    lineage: Vec<Record>,
    pub(super) unpaid: BTreeMap<RedemptionId, Redemption>,
    pub(super) all: BTreeMap<RedemptionId, Redemption>,
}

pub(super) struct Side {
    states: Vec<Contract>,
    /// States that no reorganisation reaches.
    finalized: usize,
    pub(super) pool: Vec<(Submission, CustodySpend)>,
}

pub(super) fn is_generous(redemption: &Redemption) -> bool {
    redemption.max_fee.to_sat() == GENEROUS
}

impl Contract {
    pub(super) fn custody(&self) -> ProvenCustody {
        let newest = self.lineage.last();
        ProvenCustody {
            output: Some(newest.map_or(seed(), |record| record.output)),
            spend: newest.map(|record| record.spend),
        }
    }

    pub(super) fn payout(&self, id: RedemptionId) -> Option<Payout> {
        let paid = self.lineage.iter().flat_map(|record| &record.paid);
        let mut of_it = paid.filter(|(redemption, _)| redemption.id == id);
        of_it.next_back().map(|(_, payout)| *payout)
    }

    pub(super) fn view(&self, bitcoin: &Bitcoin) -> ContractView {
        let shared =
            self.headers.iter().zip(&bitcoin.blocks).take_while(|(a, b)| **a == b.mark).count();
        let at = |blocks: usize| height(FIRST + u32::try_from(blocks.max(1)).unwrap() - 1);
        ContractView {
            tip_height: at(self.headers.len()),
            tip_time: UnixTime::new(NOW),
            shared_height: at(shared),
            paused_until: UnixTime::new(0),
            side_time: UnixTime::new(NOW),
        }
    }

    /// Everything proven is in the best chain, and nothing else moved custody.
    pub(super) fn check_lineage(&self, bitcoin: &Bitcoin) {
        let stands = |record: &Record| bitcoin.stands(&record.spend.block);
        assert!(self.lineage.iter().all(stands), "a block that left is still proven");
        let spends = bitcoin.blocks.iter().filter(|block| block.spend.is_some()).count();
        assert_eq!(self.lineage.len(), spends, "not everything is proven");
    }

    fn place(&self, spend: &CustodySpend) -> Option<usize> {
        let place = usize::try_from(spend.block.height.get() - FIRST).unwrap();
        (place < self.headers.len()).then_some(place)
    }

    fn holds(&self, spend: &CustodySpend) -> bool {
        let held = |place: usize| block_at(place, self.headers[place]) == spend.block;
        self.place(spend).is_some_and(held)
    }

    fn prove(&mut self, spend: CustodySpend, signed: &[Proposal]) {
        let tip = height(FIRST + u32::try_from(self.headers.len()).unwrap() - 1);
        let deep = spend.block.height.confirmations_at(tip).get() >= CONFIRMATIONS;
        let proposal = signed.iter().find(|proposal| proposal.txid() == spend.txid).unwrap();
        let shape = CustodyTransaction::parse(&proposal.request.transaction).unwrap();
        let next = self.custody().output.map(|output| output.outpoint);
        if !self.holds(&spend) || !deep || next != Some(shape.custody_input) {
            return;
        }
        let paid = proposal.request.redemptions.iter().zip(&shape.payouts);
        let paid: Vec<_> = paid
            .map(|(redemption, output)| {
                let payout = Payout { txid: spend.txid, block: spend.block, value: output.value };
                (redemption.clone(), payout)
            })
            .collect();
        for (redemption, _) in &paid {
            assert!(self.unpaid.remove(&redemption.id).is_some(), "proven twice");
        }
        self.lineage.push(Record { spend, output: shape.custody, paid });
    }

    fn undo(&mut self, spend: CustodySpend) {
        let newest = self.lineage.last().is_some_and(|record| record.spend == spend);
        if newest && self.place(&spend).is_some() && !self.holds(&spend) {
            let record = self.lineage.pop().unwrap();
            self.unpaid.extend(record.paid.into_iter().map(|(one, _)| (one.id, one)));
        }
    }
}

impl Side {
    pub(super) fn new() -> Self {
        let genesis = Contract { headers: vec![0], ..Contract::default() };
        Self { states: vec![genesis], finalized: 1, pool: Vec::new() }
    }

    pub(super) fn newest(&self) -> &Contract {
        self.states.last().unwrap()
    }

    pub(super) fn finalized(&self) -> &Contract {
        &self.states[self.finalized - 1]
    }

    pub(super) fn head(&self) -> EvmBlockNumber {
        EvmBlockNumber::new(u64::try_from(self.states.len()).unwrap())
    }

    fn push(&mut self, contract: Contract) {
        self.states.push(contract);
        self.finalized = self.finalized.max(self.states.len().saturating_sub(FINALITY));
    }

    pub(super) fn request(&mut self, generous: bool) {
        let mut contract = self.newest().clone();
        let id = u64::try_from(contract.all.len()).unwrap() + 1;
        let asked = redemption(id, 200_000, if generous { GENEROUS } else { 300 });
        contract.all.insert(asked.id, asked.clone());
        contract.unpaid.insert(asked.id, asked);
        self.push(contract);
    }

    pub(super) fn post_headers(&mut self, bitcoin: &Bitcoin) {
        let mut contract = self.newest().clone();
        // More blocks are more work.
        if bitcoin.blocks.len() > contract.headers.len() {
            contract.headers = bitcoin.blocks.iter().map(|block| block.mark).collect();
        }
        self.push(contract);
    }

    pub(super) fn mine(&mut self, signed: &[Proposal]) {
        let mut contract = self.newest().clone();
        for (submission, spend) in self.pool.drain(..) {
            match submission {
                Submission::Prove => contract.prove(spend, signed),
                Submission::Undo => contract.undo(spend),
                Submission::Report => panic!("every transaction is of the shape"),
            }
        }
        self.push(contract);
    }

    pub(super) fn reorganise(&mut self, depth: usize, forget: bool) {
        let depth = depth.min(self.states.len() - self.finalized);
        self.states.truncate(self.states.len() - depth);
        if forget {
            self.pool.clear();
        }
    }

    /// DESIGN's rule in its first form, which needs no memory: input 0 is the proven custody output
    /// and every redemption is unpaid, in one final state.
    pub(super) fn attesters_sign(&self, proposal: &Proposal) -> bool {
        let state = self.finalized();
        let custody = state.custody().output.map(|output| output.outpoint);
        let input = proposal.request.transaction.input[0].previous_output;
        let owed = |redemption: &Redemption| state.unpaid.get(&redemption.id) == Some(redemption);
        custody == Some(input) && proposal.request.redemptions.iter().all(owed)
    }
}
