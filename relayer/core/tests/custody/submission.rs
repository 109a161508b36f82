//! The contract's answer.

use bitcoin::hashes::Hash as _;
use bitcoin::Txid;
use farbank_relayer_core::custody::{
    apply, CustodyEvent, CustodySpend, CustodyState, Submission, SubmissionRefusal,
};
use farbank_types::UnixTime;

use crate::world::{block, World, NOW};

#[test]
fn refusal_is_remembered_with_the_time_of_the_next_try() {
    let spend = CustodySpend { txid: Txid::from_byte_array([1; 32]), block: block(100, 1) };
    let refusal = SubmissionRefusal::NotDeepEnough;
    let world = World::at_tip(110);
    for (submission, from) in [
        (Submission::Prove, CustodyState::Proving { spend }),
        (Submission::Undo, CustodyState::Undoing { spend }),
        (Submission::Report, CustodyState::Reporting { spend }),
    ] {
        let event = CustodyEvent::SubmissionRefused { submission, spend, refusal };
        let next = apply(&from, event, &world.context()).unwrap().next;
        let not_before = UnixTime::new(NOW + 30);
        assert_eq!(next, CustodyState::Refused { submission, spend, refusal, not_before });
    }
}

#[test]
fn refusal_of_something_else_changes_nothing() {
    let spend = CustodySpend { txid: Txid::from_byte_array([1; 32]), block: block(100, 1) };
    let other = CustodySpend { block: block(101, 2), ..spend };
    let event = CustodyEvent::SubmissionRefused {
        submission: Submission::Prove,
        spend: other,
        refusal: SubmissionRefusal::Disputed,
    };
    let world = World::at_tip(110);
    assert!(apply(&CustodyState::Proving { spend }, event, &world.context()).is_err());
    assert!(apply(&CustodyState::Undoing { spend: other }, event, &world.context()).is_err());
}
