//! BOLT #4's own vectors.

use farbank_channels::onion::{
    build, peel, FailurePacket, HopSecret, OnionHop, Peeled, SessionKey,
};
use farbank_channels::signature::NodeKey;
use serde_json::Value;

fn vectors(name: &str) -> Value {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors");
    serde_json::from_slice(&std::fs::read(folder.join("bolt-0004").join(name)).unwrap()).unwrap()
}

fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().unwrap()).unwrap()
}

fn array(value: &Value) -> [u8; 32] {
    bytes(value).try_into().unwrap()
}

/// The vectors' payloads begin with their lengths: one byte, or 0xfd and two.
fn without_length(frame: &[u8]) -> Vec<u8> {
    frame[if frame[0] == 0xfd { 3 } else { 1 }..].to_vec()
}

#[test]
fn the_packet_is_built_byte_for_byte() {
    let vectors = vectors("onion-test.json");
    let generate = &vectors["generate"];
    let route: Vec<OnionHop> = generate["hops"]
        .as_array()
        .unwrap()
        .iter()
        .map(|hop| OnionHop {
            key: secp256k1::PublicKey::from_slice(&bytes(&hop["pubkey"])).unwrap(),
            payload: without_length(&bytes(&hop["payload"])),
        })
        .collect();
    let session = SessionKey::new(&array(&generate["session_key"])).unwrap();
    let associated = bytes(&generate["associated_data"]);
    let built = build(&session, &route, &associated).unwrap();
    assert_eq!(built.packet.as_bytes(), bytes(&vectors["onion"]).as_slice());

    let mut packet = built.packet;
    let decode = vectors["decode"].as_array().unwrap();
    for (position, secret) in decode.iter().enumerate() {
        let key = NodeKey::from_bytes(&array(secret)).unwrap();
        let hop = match peel(&packet, &associated, &key).unwrap() {
            Peeled::Forward { hop, next } => {
                packet = next;
                hop
            }
            Peeled::Final(hop) => {
                assert_eq!(position, 4);
                hop
            }
        };
        assert_eq!(hop.payload, route[position].payload);
        assert_eq!(hop.secret, built.secrets[position]);
    }
}

#[test]
fn the_failure_is_wrapped_byte_for_byte_and_blames_its_maker() {
    let vectors = vectors("onion-error-test.json");
    let secrets: Vec<HopSecret> = vectors["generate"]["hops"]
        .as_array()
        .unwrap()
        .iter()
        .map(|hop| HopSecret::new(array(&hop["hop_shared_secret"])))
        .collect();
    let message = bytes(&vectors["generate"]["failure_message"]);
    let mut failure = FailurePacket::new(&secrets[4], &message).unwrap();
    for secret in secrets[..4].iter().rev() {
        failure = failure.wrap(secret);
    }
    assert_eq!(failure.as_bytes(), bytes(&vectors["errorpacket"]).as_slice());
    assert_eq!(failure.unwrap_by(&secrets), Some((4, message)));
}
