//! The three properties of every machine: deterministic, never silently accepting, terminal states
//! reject.

use farbank_relayer_core::peg_out::{apply, PegOutEvent, QueueCause};
use farbank_types::{BitcoinHeight, UnixTime};
use proptest::prelude::{prop_oneof, proptest, Just, Strategy};
use proptest::sample::select;

use crate::transition::{at_tip, every_state, evm, payout, too_low, txid};

fn events() -> impl Strategy<Value = PegOutEvent> {
    let payouts = || (95_u32..115, 1_u8..4).prop_map(|(height, mark)| payout(height, mark));
    let causes = select(vec![
        QueueCause::NextPayout,
        too_low(500),
        too_low(600),
        QueueCause::Disputed { not_before: UnixTime::new(9) },
    ]);
    prop_oneof![
        Just(PegOutEvent::RequestFinal),
        Just(PegOutEvent::RequestVanished),
        Just(PegOutEvent::MaxFeeRaised),
        causes.prop_map(PegOutEvent::Passed),
        (1_u8..9).prop_map(|mark| PegOutEvent::PayoutSigned { txid: txid(mark) }),
        Just(PegOutEvent::PayoutDropped),
        payouts().prop_map(PegOutEvent::PayoutConfirmed),
        (90_u32..115).prop_map(|fork| PegOutEvent::Disconnected { fork: BitcoinHeight::new(fork) }),
        (payouts(), 40_u64..80)
            .prop_map(|(payout, at)| PegOutEvent::ProofObserved { payout, at: evm(at) }),
        Just(PegOutEvent::ProofVanished),
        (payouts(), 40_u64..80)
            .prop_map(|(payout, at)| PegOutEvent::ProofFinal { payout, at: evm(at) }),
    ]
}

proptest! {
    #[test]
    fn machine_is_deterministic(state in select(every_state()), event in events(), tip in 95_u32..130) {
        assert_eq!(apply(&state, event, &at_tip(tip)), apply(&state, event, &at_tip(tip)));
    }

    #[test]
    fn machine_never_silently_accepts(state in select(every_state()), event in events(), tip in 95_u32..130) {
        if let Ok(next) = apply(&state, event, &at_tip(tip)) {
            assert_ne!(next, state);
            // The same event is news only once.
            let again = apply(&next, event, &at_tip(tip));
            assert!(again.is_err(), "{event:?} twice: {again:?}");
        }
    }

    #[test]
    fn terminal_states_reject(state in select(every_state()), event in events(), tip in 95_u32..130) {
        if state.is_terminal() {
            assert!(apply(&state, event, &at_tip(tip)).is_err());
        }
    }
}
