//! The three properties of every machine: deterministic, never silently accepting, terminal states
//! reject.

use farbank_relayer_core::peg_in::{
    apply, ClaimRefusal, ClaimWait, Inclusion, PegInDuty, PegInEvent, PegInState,
};
use farbank_types::UnixTime;
use proptest::prelude::{any, prop_oneof, proptest, Just, Strategy};
use proptest::sample::select;

use crate::transition::{block, every_state, evm, height, World, NOW};

pub(crate) fn events() -> impl Strategy<Value = PegInEvent> {
    let inclusion = (95_u32..110, 1_u8..4, 1_u32..5)
        .prop_map(|(at, branch, index)| Inclusion { block: block(at, branch), index });
    let causes = select(vec![
        ClaimWait::StaleTip,
        ClaimWait::MintCapExceeded,
        ClaimWait::NotDeepEnough,
        ClaimWait::Disputed,
        ClaimWait::Unexplained,
    ]);
    prop_oneof![
        inclusion.prop_map(PegInEvent::Included),
        (90_u32..430).prop_map(|fork| PegInEvent::Disconnected { fork: height(fork) }),
        (356_u32..430).prop_map(|at| PegInEvent::Spent(block(at, 1))),
        Just(PegInEvent::BitcoinAdvanced),
        Just(PegInEvent::ContractViewed),
        (40_u64..60).prop_map(|at| PegInEvent::MintObserved { at: evm(at) }),
        Just(PegInEvent::MintVanished),
        (40_u64..60).prop_map(|at| PegInEvent::MintFinal { at: evm(at) }),
        causes.prop_map(|cause| PegInEvent::ClaimRefused(ClaimRefusal::NotNow(cause))),
        Just(PegInEvent::ClaimRefused(ClaimRefusal::TooCloseToReclaim)),
    ]
}

fn worlds() -> impl Strategy<Value = World> {
    (95_u32..430, any::<bool>(), 0_u64..1_200).prop_map(|(tip, shared, age)| {
        World::at_tip(tip).with(|world| {
            world.contract.shared_height = height(if shared { tip } else { 95 });
            world.contract.tip_time = UnixTime::new(NOW - age);
        })
    })
}

proptest! {
    #[test]
    fn machine_is_deterministic(state in select(every_state()), event in events(), world in worlds()) {
        let first = apply(&state, event, &world.context());
        assert_eq!(first, apply(&state, event, &world.context()));
    }

    #[test]
    fn machine_never_silently_accepts(state in select(every_state()), event in events(), world in worlds()) {
        if let Ok(transition) = apply(&state, event, &world.context()) {
            assert_ne!(transition.next, state);
            let claims = matches!(transition.next, PegInState::Claiming { .. });
            assert_eq!(transition.duties.contains(&PegInDuty::Claim), claims);
            // The same event is news only once.
            let world = world.context();
            let again = apply(&transition.next, event, &world);
            assert!(again.is_err(), "{:?} twice: {again:?}", event);
        }
    }

    #[test]
    fn terminal_states_reject(state in select(every_state()), event in events(), world in worlds()) {
        if state.is_terminal() {
            assert!(apply(&state, event, &world.context()).is_err());
        }
    }
}
