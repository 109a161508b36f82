//! Every wait has a cause and a remedy, and only what is over has none.

use farbank_types::BlockCount;

use crate::transition::{at_tip, every_state, paid, proven};

#[test]
fn every_state_that_is_not_over_names_cause_and_remedy() {
    for state in every_state() {
        let wait = state.wait(&at_tip(105), BlockCount::new(6));
        assert_eq!(wait.is_none(), state.is_terminal(), "{state:?}");
        if let Some(wait) = wait {
            assert!(!wait.to_string().is_empty() && !wait.remedy().is_empty());
        }
    }
}

#[test]
fn waits_name_heights() {
    let needed = BlockCount::new(6);
    let text = |state: farbank_relayer_core::peg_out::PegOutState| {
        state.wait(&at_tip(105), needed).unwrap().to_string()
    };
    assert_eq!(
        text(paid()),
        "paid in Bitcoin block 100; the contract takes the proof at 6 confirmations"
    );
    assert_eq!(text(proven()), "paid and proven; watched until Bitcoin height 111");
}
