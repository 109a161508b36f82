use farbank_relayer_core::peg_in::PegInState;

use crate::transition::every_state;

#[test]
fn every_state_survives_json() {
    for state in every_state() {
        let json = serde_json::to_string(&state).unwrap();
        assert!(json.contains(state.name()), "{json}");
        assert_eq!(serde_json::from_str::<PegInState>(&json).unwrap(), state);
    }
}

#[test]
fn unknown_state_is_refused() {
    assert!(serde_json::from_str::<PegInState>(r#"{"state":"swept"}"#).is_err());
}
