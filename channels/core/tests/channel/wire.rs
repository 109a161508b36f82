//! Bytes from a peer: what is a message, what is refused by which name, and that nothing panics.

use farbank_channels::channel::{ChannelInput, ChannelOutput};
use farbank_channels::commit::{
    FailReason, LockRefusal, MalformedOps, Op, OpBytes, MAX_MEMO, MAX_ONION, MAX_REASON,
};
use farbank_channels::domain::Party;
use farbank_channels::locks::{Lock, LockRejection, LockSet};
use farbank_channels::message::{ChannelMessage, MessageRejection};
use farbank_channels::settlement::Counted;
use farbank_channels::units::{LockId, PaymentHash, Preimage, TokenAmount};
use farbank_types::UnixTime;
use proptest::prelude::{any, prop_assert, prop_assert_eq, prop_oneof, proptest, Strategy};

use crate::common::{self, amount, hash, terms, End, Pair};

fn bytes(limit: usize) -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(any::<u8>(), 0..=limit)
}

fn lock() -> impl Strategy<Value = Lock> {
    (any::<u64>(), 1..u128::MAX, any::<u64>(), any::<[u8; 32]>()).prop_map(
        |(id, amount, expiry, hash)| Lock {
            id: LockId::new(id),
            amount: TokenAmount::new(amount),
            expiry: UnixTime::new(expiry),
            hash: PaymentHash::new(hash),
        },
    )
}

fn op() -> impl Strategy<Value = Op> {
    let id = || any::<u64>().prop_map(LockId::new);
    prop_oneof![
        (lock(), bytes(MAX_ONION)).prop_map(|(lock, onion)| Op::Add { lock, onion }),
        id().prop_map(Op::Unlock),
        id().prop_map(Op::Drop),
        (1..u128::MAX, bytes(MAX_MEMO))
            .prop_map(|(value, memo)| Op::Pay { amount: amount(value), memo }),
        (id(), any::<[u8; 32]>())
            .prop_map(|(lock, bytes)| Op::Fulfil { lock, preimage: Preimage::new(bytes) }),
        (id(), bytes(MAX_REASON))
            .prop_map(|(lock, reason)| Op::Fail { lock, reason: FailReason::Onion(reason) }),
        (id(), any::<u64>()).prop_map(|(lock, expiry)| {
            let expiry = UnixTime::new(expiry);
            Op::Fail { lock, reason: FailReason::Refused(LockRefusal::LockExpired { expiry }) }
        }),
        (any::<u128>(), any::<u128>()).prop_map(|(funded, reserved)| Op::Count(Counted {
            funded: amount(funded),
            reserved: amount(reserved),
        })),
    ]
}

/// A message of each kind that two honest ends send.
fn honest_messages() -> Vec<ChannelMessage> {
    let mut pair = Pair::open(1_000, 500);
    let mut seen = Vec::new();
    pair.add(Party::A, 100, 7);
    pair.pay(Party::B, 3).expect("paid");
    let intent = farbank_channels::channel::SettleIntent {
        total_out: farbank_channels::domain::Sides { a: amount(1), b: amount(1) },
        deadline: common::at(60),
        to_vault: farbank_channels::objects::VaultFlags::default(),
    };
    pair.link();
    pair.apply(Party::A, ChannelInput::ProposeSettle(intent)).expect("proposed");
    for _ in 0..8 {
        pair.tick();
        for party in [Party::A, Party::B] {
            seen.extend(pair.end(party).wire.clone());
            while let Some(delivered) = pair.deliver(party) {
                delivered.expect("accepted");
            }
        }
    }
    assert!(seen.len() > 6, "{}", seen.len());
    seen
}

#[test]
fn honest_messages_survive_the_wire() {
    for message in honest_messages() {
        assert_eq!(common::over_the_wire(&message), message);
        assert_eq!(message.channel(), terms().id());
    }
}

#[test]
fn what_is_no_message_is_refused_by_name() {
    let sound = honest_messages()[0].encode().expect("encodes");
    let changed = |change: fn(&mut Vec<u8>)| {
        let mut bytes = sound.clone();
        change(&mut bytes);
        ChannelMessage::decode(&bytes).expect_err("refused")
    };
    let left = 1;
    assert_eq!(changed(Vec::clear), MessageRejection::TooShort { found: 0 });
    assert_eq!(changed(|bytes| bytes.truncate(1)), MessageRejection::TooShort { found: 1 });
    assert_eq!(changed(|bytes| bytes[0] = 2), MessageRejection::UnknownVersion { found: 2 });
    assert_eq!(changed(|bytes| bytes[1] = 99), MessageRejection::UnknownKind { found: 99 });
    assert_eq!(changed(|bytes| bytes.push(0)), MessageRejection::TrailingBytes { left });
    assert_eq!(changed(|bytes| bytes.truncate(20)), MessageRejection::Malformed);
    let large = changed(|bytes| bytes.resize(5_000, 0));
    assert_eq!(large, MessageRejection::TooLarge { found: 5_000, limit: 4_096 });
}

#[test]
fn operations_beyond_the_bounds_are_refused_by_name() {
    let add = |id: u64, onion: usize| Op::Add {
        lock: Lock {
            id: LockId::new(id),
            amount: amount(1),
            expiry: UnixTime::new(1),
            hash: hash(1),
        },
        onion: vec![0; onion],
    };
    let pay = |value, memo: usize| Op::Pay { amount: amount(value), memo: vec![0; memo] };
    let cases = [
        (MalformedOps::TooManyOps { found: 65, limit: 64 }, (0..65).map(|id| add(id, 0)).collect()),
        (
            MalformedOps::TooManyOps { found: 17, limit: 16 },
            (0..17).map(|id| add(id, 1_366)).collect(),
        ),
        (MalformedOps::TooManyOps { found: 4_097, limit: 4_096 }, vec![pay(1, 0); 4_097]),
        (MalformedOps::DataTooLarge { found: 1_401, limit: 1_400 }, vec![add(1, 1_401)]),
        (MalformedOps::DataTooLarge { found: 513, limit: 512 }, vec![pay(1, 513)]),
        (MalformedOps::ZeroAmount, vec![pay(0, 0)]),
    ];
    for (refused, ops) in cases {
        let ops: Vec<Op> = ops;
        assert_eq!(OpBytes::encode(&ops), Err(refused));
        // The same from a peer that does not check what it writes: a sequence in postcard.
        let written = postcard::to_allocvec(&ops).expect("written");
        assert_eq!(OpBytes::from_bytes(written).decode(), Err(refused));
    }
    let huge = OpBytes::from_bytes(vec![0; 65_537]);
    assert_eq!(huge.decode(), Err(MalformedOps::TooLarge { found: 65_537 }));
    assert_eq!(OpBytes::from_bytes(vec![0]).decode(), Err(MalformedOps::Malformed));
}

#[test]
fn leaves_that_make_no_set_are_refused_by_name() {
    let lock = |id| Lock {
        id: LockId::new(id),
        amount: TokenAmount::new(u128::MAX),
        expiry: UnixTime::new(1),
        hash: hash(1),
    };
    let leaves = |ids: &[u64]| ids.iter().flat_map(|id| lock(*id).leaf()).collect::<Vec<u8>>();
    assert_eq!(LockSet::from_leaves(&[0; 65]), Err(LockRejection::PartialLeaf { found: 65 }));
    let many = leaves(&(0..257).collect::<Vec<_>>());
    assert_eq!(LockSet::from_leaves(&many), Err(LockRejection::TooManyLeaves { found: 257 }));
    let (id, last) = (LockId::new(1), LockId::new(1));
    let not_ascending = LockRejection::NotAscending { id, last };
    assert_eq!(LockSet::from_leaves(&leaves(&[1, 1])), Err(not_ascending));
    assert_eq!(LockSet::from_leaves(&leaves(&[1, 2])), Err(LockRejection::SumTooGreat));
}

/// What an end that is open makes of it; it must neither panic nor take it.
fn feed(end: &mut End, frame: &[u8]) -> Option<Vec<ChannelOutput>> {
    let message = ChannelMessage::decode(frame).ok()?;
    end.apply(ChannelInput::Received(message), common::at(1)).ok()
}

proptest! {
    #[test]
    fn operations_survive_the_wire(ops in proptest::collection::vec(op(), 1..12)) {
        let bytes = OpBytes::encode(&ops).expect("within the bounds");
        prop_assert_eq!(bytes.decode(), Ok(ops));
    }

    #[test]
    fn any_bytes_are_a_message_or_refused(frame in bytes(600)) {
        if let Ok(message) = ChannelMessage::decode(&frame) {
            prop_assert!(message.encode().is_ok());
        }
        drop(OpBytes::from_bytes(frame.clone()).decode());
        drop(LockSet::from_leaves(&frame));
    }

    #[test]
    fn a_changed_honest_frame_is_never_accepted_as_something_else(
        which in any::<proptest::sample::Index>(),
        at in any::<proptest::sample::Index>(),
        value in 1_u8..=255,
    ) {
        let mut pair = Pair::open(1_000, 500);
        pair.add(Party::A, 100, 7);
        pair.pay(Party::A, 5).expect("paid");
        pair.apply(Party::A, ChannelInput::Tick).expect("signed");
        let frames = [pair.a.wire[0].clone(), honest_messages()[which.index(6)].clone()];
        for sound in frames {
            let mut frame = sound.encode().expect("encodes");
            let at = at.index(frame.len());
            frame[at] ^= value;
            let before = pair.b.channel.balances();
            feed(&mut pair.b, &frame);
            prop_assert_eq!(pair.b.channel.balances(), before);
        }
    }
}
