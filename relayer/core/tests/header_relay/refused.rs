use farbank_relayer_core::header_relay::{
    HeaderRelayEvent, HeaderRelayRejection, HeaderRelayState, HeaderWait, SubmissionRefusal,
};
use farbank_types::UnixTime;

use crate::world::{segment, World, START};

#[test]
fn refusal_is_waited_out_and_tried_again() {
    for (refusal, secs) in [
        (SubmissionRefusal::Overtaken, 1),
        (SubmissionRefusal::TimeTooNew, 10),
        (SubmissionRefusal::Disputed, 10),
        (SubmissionRefusal::Unexplained, 10),
    ] {
        let mut world = World::new();
        world.mine(6);
        let state = world.view();
        let event = HeaderRelayEvent::Refused { segment: segment(state), refusal };
        let rested = world.apply(&state, event).unwrap().next;
        let not_before = UnixTime::new(START + secs);
        let wait = HeaderWait::Refused { refusal, not_before };
        assert_eq!(rested, HeaderRelayState::Resting { wait });
        assert!(!wait.remedy().is_empty());
        world.now = UnixTime::new(START + secs - 1);
        assert!(world.apply(&rested, HeaderRelayEvent::Viewed).is_err());
        world.now = not_before;
        assert_eq!(world.apply(&rested, HeaderRelayEvent::Viewed).unwrap().next, state);
    }
}

#[test]
fn refusal_of_another_segment_is_rejected() {
    let mut world = World::new();
    world.mine(6);
    let state = world.view();
    let old = segment(state);
    world.mine_on(3, 6, 1);
    let state = world.apply(&state, HeaderRelayEvent::Viewed).unwrap().next;
    let event = HeaderRelayEvent::Refused { segment: old, refusal: SubmissionRefusal::Overtaken };
    assert_eq!(world.apply(&state, event), Err(HeaderRelayRejection::NotSubmitting));
    let rested = HeaderRelayState::START;
    assert_eq!(world.apply(&rested, event), Err(HeaderRelayRejection::NotSubmitting));
}
