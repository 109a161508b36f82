//! The properties of every machine, and that the contract always catches up.

use farbank_relayer_core::header_relay::{HeaderRelayEvent, HeaderRelayState};
use proptest::collection::vec;
use proptest::prelude::{any, prop_oneof, proptest, Just, ProptestConfig, Strategy};

use crate::world::{duty_of, World};

#[derive(Clone, Debug)]
enum Step {
    Mine(u32),
    Reorg { depth: u32 },
    Look { store: bool },
    UndoSubmission,
}

fn steps() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (1_u32..15).prop_map(Step::Mine),
        1 => (1_u32..20).prop_map(|depth| Step::Reorg { depth }),
        4 => any::<bool>().prop_map(|store| Step::Look { store }),
        1 => Just(Step::UndoSubmission),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn contract_catches_up_after_anything(steps in vec(steps(), 0..25)) {
        let mut world = World::new();
        let mut state = HeaderRelayState::START;
        let mut branch = 0_u8;
        for step in steps {
            match step {
                Step::Mine(count) => world.mine(count),
                Step::Reorg { depth } => {
                    branch += 1;
                    let tip = world.chain.tip().height.get();
                    let depth = depth.min(tip);
                    world.mine_on(tip - depth, depth + 1, branch);
                }
                Step::UndoSubmission => {
                    if world.contract.segments.len() > 1 {
                        world.contract.segments.pop();
                    }
                }
                Step::Look { store } => {
                    let first = world.apply(&state, HeaderRelayEvent::Viewed);
                    assert_eq!(first, world.apply(&state, HeaderRelayEvent::Viewed));
                    let Ok(transition) = first else { continue };
                    assert_ne!(transition.next, state, "silently accepted");
                    let submits = matches!(transition.next, HeaderRelayState::Submitting { .. });
                    assert_eq!(duty_of(&transition).is_some(), submits);
                    state = transition.next;
                    if let (true, Some(segment)) = (store, duty_of(&transition)) {
                        assert!(world.store(&segment), "a duty that the contract refuses");
                    }
                }
            }
        }
        world.mine(20);
        world.carry_all();
        let shared = world.contract.shared_height(&world.chain).expect("a common segment");
        assert!(world.chain.tip().height.since(shared).expect("not above").get() < 6);
    }
}
