//! The three properties of every machine: deterministic, never silently accepting, and what is over
//! rejects.

use farbank_relayer_core::custody::{
    apply, CustodyEvent, CustodyRejection, CustodySpend, CustodyState, SigningRefusal, Submission,
    SubmissionRefusal,
};
use farbank_types::UnixTime;
use proptest::prelude::{any, prop_oneof, proptest, Just, Strategy};
use proptest::sample::select;

use crate::world::{block, deposit, height, redemption, World, NOW};

fn old() -> World {
    World::at_tip(100).owing([redemption(1, 100_000, 20_000)])
}

fn spend() -> CustodySpend {
    CustodySpend { txid: old().proposal().txid(), block: block(100, 1) }
}

/// One of each.
fn every_state() -> Vec<CustodyState> {
    let proposal = old().proposal();
    let (txid, spend, since) = (proposal.txid(), spend(), UnixTime::new(NOW));
    vec![
        CustodyState::START,
        CustodyState::Collecting { until: UnixTime::new(NOW + 3) },
        CustodyState::Signing { proposal: proposal.clone(), since },
        CustodyState::Broadcast { txid, since: height(100) },
        CustodyState::Replacing { txid, proposal, since },
        CustodyState::Confirmed { spend },
        CustodyState::Proving { spend },
        CustodyState::Proven { txid },
        CustodyState::Displaced { spend },
        CustodyState::Undoing { spend },
        CustodyState::Reporting { spend },
        CustodyState::Refused {
            submission: Submission::Prove,
            spend,
            refusal: SubmissionRefusal::Disputed,
            not_before: UnixTime::new(NOW + 300),
        },
        CustodyState::Halted,
    ]
}

fn events() -> impl Strategy<Value = CustodyEvent> {
    let txid = old().proposal().txid();
    let refusals =
        select(vec![SigningRefusal::Behind, SigningRefusal::Amended, SigningRefusal::Disputed]);
    let submissions = select(vec![Submission::Prove, Submission::Undo, Submission::Report]);
    prop_oneof![
        Just(CustodyEvent::Viewed),
        Just(CustodyEvent::Signed { txid }),
        refusals.prop_map(move |refusal| CustodyEvent::SigningRefused { txid, refusal }),
        Just(CustodyEvent::BroadcastRefused { txid }),
        submissions.prop_map(|submission| CustodyEvent::SubmissionRefused {
            submission,
            spend: spend(),
            refusal: SubmissionRefusal::NotDeepEnough,
        }),
    ]
}

fn worlds() -> impl Strategy<Value = World> {
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    (100_u32..140, 0_u64..400, flags).prop_map(|(tip, secs, flags)| {
        let (known, confirmed, proven, stands, sweep) = flags;
        let proposal = old().proposal();
        let mut world = old().grown_to(tip).later(secs);
        if known {
            world = world.knowing(&proposal, confirmed.then(|| block(100, 1)));
        }
        if proven {
            world = world.proven(&proposal, block(100, 1), secs % 2 == 0);
        }
        if sweep {
            world.deposits = vec![deposit(1, 100)];
        }
        world.proven_stands = stands;
        world
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
            assert_eq!(transition.duties, transition.next.duties());
            let again = apply(&transition.next, event, &world.context());
            // A look can go one step further only where time goes on: company waited for nobody.
            assert!(again.is_err(), "{event:?} twice: {again:?}");
        }
    }

    #[test]
    fn halted_custody_rejects_every_outcome(event in events(), world in worlds()) {
        if event != CustodyEvent::Viewed {
            let got = apply(&CustodyState::Halted, event, &world.context());
            assert_eq!(got, Err(CustodyRejection::Halted));
        }
    }
}
