//! Settles in place, and cooperative closes.

use farbank_channels::channel::{
    ChainEvent, ChannelInput, ChannelOutput, ChannelRejection, SettleIntent,
};
use farbank_channels::domain::{ChannelId, Party, Sides};
use farbank_channels::message::{ChannelMessage, Countersignature};
use farbank_channels::objects::{Settle, VaultFlags};
use farbank_channels::settlement::SettleRefusal;
use farbank_channels::signature::ChannelSigner as _;
use farbank_channels::units::SettleSeq;
use farbank_types::B256;

use crate::common::{amount, at, key, terms, Pair};

fn intent(a: u128, b: u128, deadline: u64) -> ChannelInput {
    ChannelInput::ProposeSettle(SettleIntent {
        total_out: Sides { a: amount(a), b: amount(b) },
        deadline: at(deadline),
        to_vault: VaultFlags::default(),
    })
}

fn settle(seq: u64, a: u128, b: u128, deadline: u64) -> Settle {
    Settle {
        id: terms().id(),
        seq: SettleSeq::new(seq),
        total_out: Sides { a: amount(a), b: amount(b) },
        deadline: at(deadline),
        to_vault: VaultFlags::default(),
    }
}

/// What B answers to a settle that A proposes.
fn answer(pair: &mut Pair, settle: Settle) -> ChannelOutput {
    let message = ChannelMessage::ProposeSettle(settle);
    let outputs = pair.apply(Party::B, ChannelInput::Received(message)).expect("answered");
    outputs.into_iter().last().expect("an answer")
}

fn nacked(pair: &mut Pair, settle: Settle) -> &'static str {
    match answer(pair, settle) {
        ChannelOutput::Send(ChannelMessage::Nack(nack)) => (&nack.why).into(),
        other => panic!("{other:?}"),
    }
}

fn is_ready(said: &[ChannelOutput]) -> bool {
    said.iter().any(|said| match said {
        ChannelOutput::SettleReady { settle, signatures } => {
            let digest = settle.digest(terms().domain());
            let signers = [(Party::A, signatures.a), (Party::B, signatures.b)];
            signers.iter().all(|(party, signature)| {
                let signer = signature.recover(digest).expect("a signature");
                signer.address() == terms().address(*party)
            })
        }
        _ => false,
    })
}

/// 300 of A's 1,000 are transferred.
fn paid() -> Pair {
    let mut pair = Pair::open(1_000, 0);
    pair.pay(Party::A, 300).expect("paid");
    pair.settle_down();
    pair
}

#[test]
fn a_settle_is_signed_by_both_and_reserves_until_it_is_paid() {
    let mut pair = paid();
    pair.apply(Party::A, intent(200, 300, 600)).expect("proposed");
    pair.settle_down();
    assert!(is_ready(&pair.a.said) && is_ready(&pair.b.said));
    assert_eq!(pair.a.channel.available(), amount(500));
    assert_eq!(pair.b.channel.available(), amount(0));
    let total_out = Sides { a: amount(200), b: amount(300) };
    pair.chain(ChainEvent::Settled { seq: SettleSeq::new(1), total_out });
    pair.wait(700);
    pair.settle_down();
    assert_eq!(pair.a.channel.available(), amount(500));
    assert!(pair.a.channel.settlement().live().is_empty());
}

#[test]
fn a_settle_that_nobody_paid_gives_its_reservation_back_after_its_deadline() {
    let mut pair = paid();
    pair.apply(Party::A, intent(700, 0, 600)).expect("proposed");
    pair.settle_down();
    assert_eq!(pair.a.channel.available(), amount(0));
    // A sees the deadline pass first, and does not spend what B still counts as gone.
    pair.now = at(601);
    let head = ChainEvent::Head { time: at(601) };
    pair.apply(Party::A, ChannelInput::Chain(head)).expect("seen by A");
    pair.settle_down();
    assert_eq!(pair.a.channel.available(), amount(0));
    pair.apply(Party::B, ChannelInput::Chain(head)).expect("seen by B");
    pair.settle_down();
    assert_eq!(pair.a.channel.available(), amount(700));
    pair.pay(Party::A, 700).expect("paid");
    pair.settle_down();
    assert_eq!(pair.transferred(), (1_000, 0));
}

#[test]
fn settles_that_must_not_be_signed_are_refused_by_name() {
    let cases = [
        ("DeadlinePassed", settle(2, 0, 300, 0)),
        ("DeadlineTooFar", settle(2, 0, 300, 1_801)),
        ("StaleSequence", settle(1, 0, 300, 600)),
        ("TotalFell", settle(2, 0, 99, 600)),
        ("ExceedsBalance", settle(2, 701, 100, 600)),
        ("ExceedsBalance", settle(2, 0, 301, 600)),
    ];
    for (name, settle) in cases {
        let mut pair = paid();
        let total_out = Sides { a: amount(0), b: amount(100) };
        pair.chain(ChainEvent::Settled { seq: SettleSeq::new(1), total_out });
        let before = pair.b.channel.clone();
        assert_eq!(nacked(&mut pair, settle), name);
        assert_eq!(pair.b.channel, before);
    }
}

#[test]
fn a_settle_is_measured_against_locks_and_everything_signed_before() {
    let mut pair = paid();
    pair.add(Party::A, 200, 7);
    pair.settle_down();
    assert_eq!(nacked(&mut pair, settle(1, 501, 0, 600)), "ExceedsBalance");
    let first = answer(&mut pair, settle(1, 500, 0, 600));
    assert!(matches!(first, ChannelOutput::Send(ChannelMessage::AcceptSettle(_))));
    // Less for A, but the first may still be paid.
    let refused = pair.apply(Party::B, intent(0, 301, 600)).expect_err("B has 300");
    assert_eq!(refused.name(), "ExceedsBalance");
    let second = answer(&mut pair, settle(2, 0, 300, 600));
    assert!(matches!(second, ChannelOutput::Send(ChannelMessage::AcceptSettle(_))));
    // The same again gets the same answer.
    assert_eq!(answer(&mut pair, settle(1, 500, 0, 600)), first);
}

#[test]
fn a_commit_beyond_what_a_signed_settle_left_is_refused() {
    let mut pair = paid();
    let mut other = pair.a.channel.clone();
    answer(&mut pair, settle(1, 700, 0, 600));
    // A signs on as if there were no settle.
    let pay = farbank_channels::channel::OpIntent::Pay { amount: amount(1), memo: Vec::new() };
    let now = pair.now;
    other.apply(&ChannelInput::Propose(pay), now, &pair.a.key).expect("queued");
    let outputs = other.apply(&ChannelInput::Tick, now, &pair.a.key).expect("signed");
    let Some(ChannelOutput::Send(commit)) = outputs.into_iter().next() else { panic!("no commit") };
    let outputs = pair.apply(Party::B, ChannelInput::Received(commit)).expect("frozen");
    let Some(ChannelOutput::Freeze { why }) = outputs.first() else { panic!("{outputs:?}") };
    assert_eq!(why.name(), "CapacityExceeded");
}

#[test]
fn a_settle_that_crosses_commits_is_refused_and_proposed_again() {
    let mut pair = Pair::open(1_000, 1_000);
    // B pays while A's question is on its way.
    pair.apply(Party::A, intent(0, 1_000, 600)).expect("proposed");
    pair.pay(Party::B, 50).expect("paid");
    pair.apply(Party::B, ChannelInput::Tick).expect("signed");
    pair.settle_down();
    let refused = pair.a.said.iter().find_map(|said| match said {
        ChannelOutput::SettleRefused { why, .. } => Some(*why),
        _ => None,
    });
    assert!(matches!(refused, Some(SettleRefusal::ExceedsBalance { party: Party::B, .. })));
    pair.apply(Party::A, intent(50, 950, 600)).expect("proposed again");
    pair.settle_down();
    assert!(is_ready(&pair.a.said));
}

#[test]
fn when_both_propose_at_once_that_of_a_goes_on() {
    let mut pair = paid();
    pair.apply(Party::A, intent(100, 0, 600)).expect("proposed");
    pair.apply(Party::B, intent(0, 100, 600)).expect("proposed");
    pair.deliver(Party::B).expect("B's question").expect("refused as busy");
    pair.deliver(Party::A).expect("A's question").expect("answered");
    let busy =
        pair.b.said.iter().any(|said| {
            matches!(said, ChannelOutput::SettleRefused { why: SettleRefusal::Busy, .. })
        });
    assert!(busy);
    while let Some(delivered) = pair.deliver(Party::B) {
        delivered.expect("accepted");
    }
    // A's refusal finds B's proposal gone.
    assert_eq!(pair.deliver(Party::A), Some(Err(ChannelRejection::UnknownProposal)));
    pair.settle_down();
    assert!(is_ready(&pair.a.said) && is_ready(&pair.b.said));
}

#[test]
fn an_answer_after_the_deadline_is_not_completed() {
    let mut pair = paid();
    pair.apply(Party::A, intent(700, 0, 600)).expect("proposed");
    pair.deliver(Party::A).expect("the question").expect("answered");
    pair.now = at(600);
    pair.deliver(Party::B).expect("the answer").expect("not an error");
    let refused = pair.a.said.iter().any(|said| {
        matches!(
            said,
            ChannelOutput::SettleRefused { why: SettleRefusal::DeadlinePassed { .. }, .. }
        )
    });
    assert!(refused);
    // B signed, so A leaves alone what B reserved, until B says otherwise.
    assert_eq!(pair.a.channel.available(), amount(0));
    pair.wait(1);
    pair.settle_down();
    assert_eq!(pair.a.channel.available(), amount(700));
}

#[test]
fn foreign_and_forged_answers_change_nothing() {
    let mut pair = paid();
    pair.apply(Party::A, intent(700, 0, 600)).expect("proposed");
    let object = settle(1, 700, 0, 600).struct_hash();
    let signature = key(3).sign(settle(1, 700, 0, 600).digest(terms().domain()));
    let forged = Countersignature { id: terms().id(), object, signature };
    let cases = [
        ("WrongCountersigner", ChannelMessage::AcceptSettle(forged)),
        (
            "UnknownProposal",
            ChannelMessage::AcceptSettle(Countersignature { object: B256::ZERO, ..forged }),
        ),
        ("UnknownProposal", ChannelMessage::AcceptClose(forged)),
        (
            "ForeignChannel",
            ChannelMessage::AcceptSettle(Countersignature {
                id: ChannelId::from(B256::ZERO),
                ..forged
            }),
        ),
    ];
    for (name, message) in cases {
        let before = pair.a.channel.clone();
        let refused = pair.apply(Party::A, ChannelInput::Received(message)).expect_err("refused");
        assert_eq!(refused.name(), name);
        assert_eq!(pair.a.channel, before);
    }
}

#[test]
fn what_was_on_the_way_when_the_link_was_cut_is_said_again() {
    for lost in 0..4 {
        let mut pair = paid();
        pair.apply(Party::A, intent(200, 300, 600)).expect("proposed");
        let order = [Party::A, Party::B, Party::A];
        for from in order.into_iter().take(lost) {
            pair.deliver(from).expect("a message").expect("accepted");
        }
        pair.link();
        pair.settle_down();
        assert!(is_ready(&pair.a.said) && is_ready(&pair.b.said), "cut after {lost}");
    }
}

fn close(deadline: u64) -> ChannelInput {
    ChannelInput::ProposeClose { deadline: at(deadline), to_vault: VaultFlags::default() }
}

#[test]
fn a_cooperative_close_pays_what_both_have_and_ends_all_payments() {
    let mut pair = paid();
    pair.apply(Party::B, close(600)).expect("proposed");
    pair.settle_down();
    for end in [&pair.a, &pair.b] {
        let closes = end.said.iter().filter_map(|said| match said {
            ChannelOutput::CloseReady { close, .. } => Some(close.total_out),
            _ => None,
        });
        assert_eq!(closes.collect::<Vec<_>>(), [Sides { a: amount(700), b: amount(300) }]);
    }
    assert_eq!(pair.pay(Party::A, 1).expect_err("left").name(), "Leaving");
    // Its deadline passed: only another close follows.
    pair.wait(601);
    assert_eq!(pair.pay(Party::A, 1).expect_err("left").name(), "Leaving");
    pair.apply(Party::A, close(1_200)).expect("proposed again");
    pair.settle_down();
}

#[test]
fn a_cooperative_close_waits_for_locks() {
    let mut pair = paid();
    pair.add(Party::A, 5, 7);
    assert_eq!(pair.apply(Party::A, close(600)).expect_err("queued").name(), "LocksLeft");
    pair.settle_down();
    assert_eq!(pair.apply(Party::B, close(600)).expect_err("a lock").name(), "LocksLeft");
    assert_eq!(pair.apply(Party::B, close(0)).expect_err("late").name(), "DeadlinePassed");
}

#[test]
fn a_cooperative_close_that_crosses_a_payment_is_refused() {
    let mut pair = paid();
    pair.apply(Party::A, close(600)).expect("proposed");
    pair.pay(Party::B, 50).expect("paid");
    pair.apply(Party::B, ChannelInput::Tick).expect("signed");
    pair.settle_down();
    let refused = pair.a.said.iter().any(|said| {
        matches!(said, ChannelOutput::CloseRefused { why: SettleRefusal::WrongBalance })
    });
    assert!(refused);
    pair.apply(Party::A, close(600)).expect("proposed again");
    pair.settle_down();
    assert!(pair.b.said.iter().any(|said| matches!(said, ChannelOutput::CloseReady { .. })));
}
