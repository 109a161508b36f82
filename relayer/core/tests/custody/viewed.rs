//! A look at both chains: what custody waits for next.

use bitcoin::Transaction;
use farbank_relayer_core::custody::{
    apply, AttemptFacts, CustodyDuty, CustodyEvent, CustodyRejection, CustodySpend, CustodyState,
    CustodyWait, Submission, SubmissionRefusal,
};
use farbank_types::UnixTime;

use crate::world::{attempt, block, deposit, height, redemption, World, NOW};

fn view(from: &CustodyState, world: &World) -> CustodyState {
    match apply(from, CustodyEvent::Viewed, &world.context()) {
        Ok(transition) => {
            assert_eq!(transition.duties, transition.next.duties());
            transition.next
        }
        Err(CustodyRejection::Unchanged { .. }) => from.clone(),
        Err(other) => panic!("{other}"),
    }
}

fn owing() -> World {
    World::at_tip(100).owing([redemption(1, 100_000, 20_000)])
}

const START: CustodyState = CustodyState::START;

#[test]
fn nothing_happens_before_the_first_look() {
    assert_eq!(view(&START, &owing().with(|world| world.custody = None)), START);
}

#[test]
fn nothing_is_planned_before_all_blocks_are_searched() {
    let behind = owing().with(|world| world.searched_to = height(98));
    let idle = CustodyState::Idle { wait: CustodyWait::CatchingUp };
    assert_eq!(view(&START, &behind), idle);
}

#[test]
fn idle_names_why() {
    let idle = |wait| CustodyState::Idle { wait };
    assert_eq!(view(&START, &World::at_tip(100)), idle(CustodyWait::NothingToDo));
    let too_low = World::at_tip(100).owing([redemption(1, 100_000, 1)]);
    assert_eq!(view(&START, &too_low), idle(CustodyWait::FeesTooHigh));
}

#[test]
fn payout_waits_for_company_and_is_then_proposed() {
    let world = owing();
    let collecting = view(&START, &world);
    assert_eq!(collecting, CustodyState::Collecting { until: UnixTime::new(NOW + 3) });
    let world = world.later(3);
    let CustodyState::Signing { proposal, since } = view(&collecting, &world) else { panic!() };
    assert_eq!((proposal, since), (world.proposal(), world.now));
}

#[test]
fn full_batch_waits_for_nobody() {
    let full = owing().with(|world| world.parameters.max_payouts = 1);
    assert!(matches!(view(&START, &full), CustodyState::Signing { .. }));
}

#[test]
fn lone_sweep_waits_longer_until_a_payout_comes() {
    let sweep = World::at_tip(130).with(|world| world.deposits = vec![deposit(1, 100)]);
    let collecting = view(&START, &sweep);
    assert_eq!(collecting, CustodyState::Collecting { until: UnixTime::new(NOW + 10) });
    let joined = sweep.owing([redemption(1, 100_000, 20_000)]);
    let sooner = CustodyState::Collecting { until: UnixTime::new(NOW + 3) };
    assert_eq!(view(&collecting, &joined), sooner);
}

#[test]
fn proposal_lasts_until_its_time_is_over() {
    let world = owing();
    let signing = CustodyState::Signing { proposal: world.proposal(), since: world.now };
    let more = world.owing([redemption(2, 100_000, 20_000)]).later(59);
    assert_eq!(view(&signing, &more), signing);
    let more = more.later(1);
    let again = CustodyState::Signing { proposal: more.proposal(), since: more.now };
    assert_eq!(view(&signing, &more), again);
}

#[test]
fn signed_attempt_is_sent_after_a_restart() {
    let world = owing();
    let proposal = world.proposal();
    let txid = proposal.txid();
    let known = world.knowing(&proposal, None);
    let broadcast = CustodyState::Broadcast { txid, since: height(100) };
    assert_eq!(view(&START, &known), broadcast);
    assert_eq!(broadcast.duties(), [CustodyDuty::BroadcastCustody(txid)]);
}

#[test]
fn attempt_that_no_block_takes_is_replaced() {
    let world = owing();
    let proposal = world.proposal();
    let txid = proposal.txid();
    let broadcast = CustodyState::Broadcast { txid, since: height(100) };
    let early = world.knowing(&proposal, None).grown_to(102);
    assert_eq!(view(&broadcast, &early), broadcast);
    let late = early.grown_to(103);
    let unsearched = late.clone().with(|world| world.searched_to = height(102));
    assert_eq!(view(&broadcast, &unsearched), broadcast);
    let replacing = view(&broadcast, &late);
    let CustodyState::Replacing { txid: old, proposal: new, .. } = &replacing else { panic!() };
    assert_eq!(*old, txid);
    assert!(new.fee > proposal.fee);
    let duties = [CustodyDuty::BroadcastCustody(txid), CustodyDuty::ReplaceCustody];
    assert_eq!(replacing.duties(), duties);
    // Attesters that do not answer leave the old one standing.
    let given_up = CustodyState::Broadcast { txid, since: height(103) };
    assert_eq!(view(&replacing, &late.later(60)), given_up);
}

#[test]
fn block_takes_precedence_over_everything_signed() {
    let world = owing();
    let ours = world.proposal();
    let theirs = world.clone().owing([redemption(2, 50_000, 20_000)]).proposal();
    let world = world.knowing(&ours, None).knowing(&theirs, Some(block(100, 1)));
    let spend = CustodySpend { txid: theirs.txid(), block: block(100, 1) };
    let broadcast = CustodyState::Broadcast { txid: ours.txid(), since: height(99) };
    assert_eq!(view(&broadcast, &world), CustodyState::Confirmed { spend });
    let deep = world.grown_to(105);
    assert_eq!(view(&CustodyState::Confirmed { spend }, &deep), CustodyState::Proving { spend });
}

#[test]
fn depth_is_counted_on_the_contracts_chain() {
    let world = owing();
    let proposal = world.proposal();
    let spend = CustodySpend { txid: proposal.txid(), block: block(100, 1) };
    let confirmed = CustodyState::Confirmed { spend };
    let world = world.knowing(&proposal, Some(spend.block)).grown_to(110);
    let contract_behind = world.clone().with(|world| world.contract.tip_height = height(104));
    assert_eq!(view(&confirmed, &contract_behind), confirmed);
    let other_branch = world.with(|world| world.contract.shared_height = height(99));
    assert_eq!(view(&confirmed, &other_branch), confirmed);
}

#[test]
fn refused_proof_is_tried_again_later() {
    let world = owing();
    let proposal = world.proposal();
    let spend = CustodySpend { txid: proposal.txid(), block: block(100, 1) };
    let world = world.knowing(&proposal, Some(spend.block)).grown_to(110);
    let refused = CustodyState::Refused {
        submission: Submission::Prove,
        spend,
        refusal: SubmissionRefusal::Disputed,
        not_before: UnixTime::new(NOW + 300),
    };
    assert_eq!(view(&refused, &world), refused);
    assert_eq!(view(&refused, &world.later(300)), CustodyState::Proving { spend });
}

#[test]
fn nothing_follows_a_proof_before_it_is_final() {
    let world = owing();
    let proposal = world.proposal();
    let at = block(100, 1);
    let world = world.knowing(&proposal, Some(at)).grown_to(106);
    let proven = world.clone().proven(&proposal, at, false);
    let spend = CustodySpend { txid: proposal.txid(), block: at };
    let waits = CustodyState::Proven { txid: proposal.txid() };
    assert_eq!(view(&CustodyState::Proving { spend }, &proven), waits);
    let settled = world.proven(&proposal, at, true).with(|world| world.redemptions.clear());
    let idle = CustodyState::Idle { wait: CustodyWait::NothingToDo };
    assert_eq!(view(&waits, &settled), idle);
}

#[test]
fn final_state_from_before_an_undoing_does_not_count() {
    let world = owing();
    let proposal = world.proposal();
    let (old, new) = (block(99, 2), block(100, 1));
    let world = world.knowing(&proposal, Some(new)).grown_to(106);
    let again = world.proven(&proposal, old, true).proven(&proposal, new, false);
    let waits = CustodyState::Proven { txid: proposal.txid() };
    assert_eq!(view(&START, &again), waits);
}

#[test]
fn transaction_that_left_the_chain_is_sent_again() {
    let world = owing();
    let proposal = world.proposal();
    let spend = CustodySpend { txid: proposal.txid(), block: block(100, 1) };
    let gone = world.knowing(&proposal, None);
    let broadcast = CustodyState::Broadcast { txid: proposal.txid(), since: height(100) };
    assert_eq!(view(&CustodyState::Confirmed { spend }, &gone), broadcast);
}

#[test]
fn proven_transaction_that_left_the_chain_is_undone_once_the_contract_can_see_it() {
    let world = owing();
    let proposal = world.proposal();
    let spend = CustodySpend { txid: proposal.txid(), block: block(100, 1) };
    let gone = world
        .knowing(&proposal, None)
        .proven(&proposal, spend.block, true)
        .grown_to(108)
        .with(|world| world.proven_stands = false);
    let behind = gone.clone().with(|world| world.contract.shared_height = height(99));
    let displaced = CustodyState::Displaced { spend };
    assert_eq!(view(&START, &behind), displaced);
    let undoing = view(&displaced, &gone);
    assert_eq!(undoing, CustodyState::Undoing { spend });
    assert_eq!(undoing.duties(), [CustodyDuty::UndoCustody(spend)]);
}

#[test]
fn spend_against_the_rules_is_reported_and_halts() {
    let world = owing();
    let proposal = world.proposal();
    let at = block(100, 1);
    let transaction = Transaction {
        version: bitcoin::transaction::Version::TWO,
        ..proposal.request.transaction.clone()
    };
    let theft = AttemptFacts { transaction, ..attempt(&proposal, Some(at)) };
    let spend = CustodySpend { txid: theft.transaction.compute_txid(), block: at };
    let world = world.with(|world| world.history.put(theft.into())).grown_to(105);
    assert_eq!(view(&START, &world), CustodyState::Reporting { spend });
    let halted = world.with(|world| {
        let look = world.custody.as_mut().unwrap();
        look.newest.output = None;
    });
    assert_eq!(view(&CustodyState::Reporting { spend }, &halted), CustodyState::Halted);
}
