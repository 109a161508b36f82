//! The contract's half that peg-out needs: one state for each block of the side chain.

use std::collections::BTreeMap;

use bitcoin::hashes::Hash as _;
use bitcoin::{Amount, FeeRate, OutPoint, ScriptBuf, Transaction, Txid};
use farbank_federation::custody::CustodyTransaction;
use farbank_relayer_core::custody::{
    AttemptFacts, CustodyDuty, CustodyEvent, CustodyLook, CustodyOutput, CustodyParameters,
    CustodySpend, Proposal, ProvenCustody,
};
use farbank_relayer_core::peg_out::{Redemption, RedemptionId};
use farbank_relayer_core::ports::{
    ContractLook, PegOutStore as _, RedemptionEvent, RedemptionFact, RedemptionsLook,
};
use farbank_types::{BlockCount, Deployment, EvmAddress, EvmBlockNumber, UnixTime, B256};

use crate::world::{key, Relayer, World};

/// Blocks on top that make one final.
pub(crate) const FINALITY: u64 = 6;

/// What a proof left in the contract.
#[derive(Clone, Debug)]
struct Proven {
    spend: CustodySpend,
    output: CustodyOutput,
    paid: Vec<Redemption>,
}

#[derive(Clone, Debug, Default)]
struct State {
    count: u64,
    unpaid: BTreeMap<RedemptionId, Redemption>,
    lineage: Vec<Proven>,
}

/// States by block, and the events that made them.
#[derive(Debug)]
pub(crate) struct FakeTreasury {
    states: Vec<State>,
    events: Vec<RedemptionEvent>,
}

impl Default for FakeTreasury {
    fn default() -> Self {
        Self { states: vec![State::default(); 11], events: Vec::new() }
    }
}

pub(crate) fn custody_habits(deployment: &Deployment) -> CustodyParameters {
    CustodyParameters {
        confirmations: deployment.parameters.custody_confirmations,
        fee_reserve: deployment.parameters.fee_reserve,
        sweep_age: BlockCount::new(20),
        collect_secs: 3,
        sweep_collect_secs: 5,
        signing_secs: 60,
        replace_after: BlockCount::new(3),
        fee_target: BlockCount::new(6),
        max_fee_rate: FeeRate::from_sat_per_vb_u32(200),
        max_payouts: 100,
        max_sweeps: 40,
    }
}

impl FakeTreasury {
    pub(crate) fn head(&self) -> u64 {
        u64::try_from(self.states.len()).unwrap() - 1
    }

    fn at(&self, block: EvmBlockNumber) -> &State {
        &self.states[usize::try_from(block.get()).unwrap()]
    }

    pub(crate) fn custody(&self, look: &ContractLook) -> CustodyLook {
        let proven = |state: &State| ProvenCustody {
            output: Some(state.lineage.last().map_or(seed(), |record| record.output)),
            spend: state.lineage.last().map(|record| record.spend),
        };
        CustodyLook {
            newest: proven(self.at(look.head)),
            finalized: proven(self.at(look.finalized)),
            anchor: B256::repeat_byte(0x44),
            key: key(1),
        }
    }

    pub(crate) fn redemptions(&self, ids: &[RedemptionId], at: EvmBlockNumber) -> RedemptionsLook {
        let state = self.at(at);
        let commitment = |id| state.unpaid.get(id).map(Redemption::commitment);
        RedemptionsLook { count: state.count, commitments: ids.iter().map(commitment).collect() }
    }

    pub(crate) fn events(
        &self,
        first: EvmBlockNumber,
        last: EvmBlockNumber,
    ) -> Vec<RedemptionEvent> {
        let within = |event: &&RedemptionEvent| first <= event.block && event.block <= last;
        self.events.iter().filter(within).cloned().collect()
    }

    fn push(&mut self, fact: Option<RedemptionFact>, change: impl FnOnce(&mut State)) {
        let mut state = self.states.last().unwrap().clone();
        change(&mut state);
        self.states.push(state);
        let block = EvmBlockNumber::new(self.head());
        self.events.extend(fact.map(|fact| RedemptionEvent { block, fact }));
    }

    /// Everything so far becomes final.
    pub(crate) fn finalise(&mut self) {
        (0..FINALITY).for_each(|_| self.push(None, |_| ()));
    }

    pub(crate) fn request(&mut self, max_fee: u64) -> RedemptionId {
        let id = RedemptionId::new(self.states.last().unwrap().count + 1);
        let redemption = Redemption {
            id,
            amount: Amount::from_sat(200_000),
            max_fee: Amount::from_sat(max_fee),
            requested_at: UnixTime::new(1_400_000_000),
            requester: EvmAddress::repeat_byte(0x22),
            script: ScriptBuf::from_bytes([&[0x00, 0x14][..], &[9; 20]].concat()),
        };
        self.push(Some(RedemptionFact::Requested(redemption.clone())), |state| {
            state.count += 1;
            state.unpaid.insert(id, redemption);
        });
        id
    }

    pub(crate) fn raise(&mut self, id: RedemptionId, max_fee: u64) {
        let max_fee = Amount::from_sat(max_fee);
        self.push(Some(RedemptionFact::MaxFeeRaised { id, max_fee }), |state| {
            state.unpaid.get_mut(&id).unwrap().max_fee = max_fee;
        });
    }

    /// Somebody proves this transaction.
    pub(crate) fn prove(
        &mut self,
        transaction: &Transaction,
        ids: &[RedemptionId],
        at: CustodySpend,
    ) {
        let shape = CustodyTransaction::parse(transaction).unwrap();
        let fact = RedemptionFact::Proven { spend: at, ids: ids.to_vec() };
        self.push(Some(fact), |state| {
            let paid = ids.iter().map(|id| state.unpaid.remove(id).unwrap()).collect();
            state.lineage.push(Proven { spend: at, output: shape.custody, paid });
        });
    }

    /// Somebody has the newest record undone.
    pub(crate) fn undo(&mut self) {
        self.push(None, |state| {
            let record = state.lineage.pop().unwrap();
            state.unpaid.extend(record.paid.into_iter().map(|one| (one.id, one)));
        });
    }

    /// The newest blocks of the side chain vanish.
    pub(crate) fn reorganise(&mut self, depth: usize) {
        self.states.truncate(self.states.len() - depth);
        let head = EvmBlockNumber::new(self.head());
        self.events.retain(|event| event.block <= head);
    }
}

/// The first custody output: one bitcoin.
fn seed() -> CustodyOutput {
    let outpoint = OutPoint { txid: Txid::all_zeros(), vout: 0 };
    CustodyOutput { outpoint, value: Amount::ONE_BTC, key: key(1) }
}

impl World {
    pub(crate) fn treasury<T>(&self, change: impl FnOnce(&mut FakeTreasury) -> T) -> T {
        change(&mut self.contract.treasury.lock().unwrap())
    }

    /// Proves a transaction in the block at `height`, in a state that becomes final at once.
    pub(crate) fn prove_final(&self, transaction: &Transaction, ids: &[RedemptionId], height: u32) {
        let block = self.bitcoin.block_ref(height);
        let spend = CustodySpend { txid: transaction.compute_txid(), block };
        self.treasury(|treasury| {
            treasury.prove(transaction, ids, spend);
            treasury.finalise();
        });
    }
}

impl Relayer {
    /// Looks at both chains.
    pub(crate) async fn look_at_both(&self) {
        self.look().await.unwrap();
        self.look_at_contract().await;
    }

    /// Looks often enough for everything to be asked.
    pub(crate) async fn look_thoroughly(&self) {
        for _ in 0..16 {
            self.look_at_both().await;
        }
    }

    pub(crate) async fn custody(&self) -> &'static str {
        self.ledger.memory().await.treasury().custody().name()
    }

    pub(crate) async fn custody_duties(&self) -> Vec<CustodyDuty> {
        self.ledger.store().custody_duties().await.unwrap()
    }

    /// Returns the name of a redemption's state, from the record.
    pub(crate) async fn redemption(&self, id: RedemptionId) -> &'static str {
        self.ledger.store().redemption(id).await.unwrap().unwrap().state.name()
    }

    pub(crate) async fn proposal(&self) -> Proposal {
        self.ledger.memory().await.treasury().custody().proposal().unwrap().clone()
    }

    /// Attesters sign what is proposed. Returns the transaction; nobody has sent it.
    pub(crate) async fn sign(&self) -> Transaction {
        let proposal = self.proposal().await;
        let txid = proposal.txid();
        let facts = AttemptFacts {
            transaction: proposal.request.transaction.clone(),
            input: proposal.input(),
            ids: Some(proposal.request.redemptions.iter().map(|one| one.id).collect()),
            fee: Some(proposal.fee),
            block: None,
        };
        let transaction = facts.transaction.clone();
        let event = CustodyEvent::Signed { txid };
        self.ledger.feed_back_custody(event, Some(facts)).await.unwrap();
        transaction
    }
}
