//! What the record keeps is what was written.

use farbank_relayer_core::custody::{AttemptFacts, CustodyDuty, CustodyState};

use crate::world::{attempt, block, height, redemption, World};

#[test]
fn states_attempts_and_duties_survive_the_record() {
    let world = World::at_tip(100).owing([redemption(1, 100_000, 20_000)]);
    let proposal = world.proposal();
    let facts = attempt(&proposal, Some(block(99, 1)));
    let text = serde_json::to_string(&facts).unwrap();
    assert_eq!(serde_json::from_str::<AttemptFacts>(&text).unwrap(), facts);
    let txid = proposal.txid();
    for state in [
        CustodyState::START,
        CustodyState::Signing { proposal: proposal.clone(), since: world.now },
        CustodyState::Replacing { txid, proposal, since: world.now },
        CustodyState::Broadcast { txid, since: height(100) },
        CustodyState::Halted,
    ] {
        let text = serde_json::to_string(&state).unwrap();
        assert_eq!(serde_json::from_str::<CustodyState>(&text).unwrap(), state);
        let text = serde_json::to_string(&state.duties()).unwrap();
        assert_eq!(serde_json::from_str::<Vec<CustodyDuty>>(&text).unwrap(), state.duties());
    }
}
