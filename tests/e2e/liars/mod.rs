//! What a liar has: the truth, lies made of it, a relayer's identity, and attesters' shares.

pub(crate) mod conspiracy;
pub(crate) mod lies;
pub(crate) mod relayer;
pub(crate) mod truth;

use farbank_federation::identity::AttesterIndex;
use farbank_relayer::config::AttesterConfig;
use farbank_tests::Devnet;
use serde_json::Value;

/// Asks an attester how many transactions it signed.
pub(crate) fn signed_intents(devnet: &Devnet, attester: AttesterIndex) -> u64 {
    let file = devnet.folder().join(format!("attester-{attester}/attester.toml"));
    let config = AttesterConfig::load(Some(&file)).expect("a configuration");
    let url = format!("http://{}/v1/status", config.api.listen);
    let answer = reqwest::blocking::get(url).and_then(reqwest::blocking::Response::text);
    let status: Value = serde_json::from_str(&answer.expect("an answer")).expect("JSON");
    status["signed_intents"].as_u64().expect("a number")
}
