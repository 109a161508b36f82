//! Nodes by number, and routes over them.

use farbank_channels::onion::{build, peel, BuiltOnion, OnionHop, OnionPacket, Peeled, SessionKey};
use farbank_channels::signature::{ChannelSigner as _, NodeKey};

pub(crate) const PAYMENT: [u8; 32] = [0x42; 32];

/// The key of node `number`; zeroes and ones are none.
pub(crate) fn key(number: u8) -> NodeKey {
    NodeKey::from_bytes(&[number.clamp(1, 250); 32]).unwrap()
}

/// A route over nodes 1, 2, 3 ... with these payloads.
pub(crate) fn route(payloads: &[Vec<u8>]) -> Vec<OnionHop> {
    (1..)
        .zip(payloads)
        .map(|(number, payload)| OnionHop {
            key: *key(number).node_id().public_key(),
            payload: payload.clone(),
        })
        .collect()
}

pub(crate) fn built(payloads: &[Vec<u8>]) -> BuiltOnion {
    build(&SessionKey::new(&[0x41; 32]).unwrap(), &route(payloads), &PAYMENT).unwrap()
}

/// Peels at every node in turn; returns what each read and the packets that travelled.
pub(crate) fn walk(built: &BuiltOnion) -> (Vec<Vec<u8>>, Vec<OnionPacket>) {
    let (mut read, mut packets) = (Vec::new(), vec![built.packet.clone()]);
    for number in 1.. {
        match peel(&packets[packets.len() - 1], &PAYMENT, &key(number)).unwrap() {
            Peeled::Forward { hop, next } => {
                assert_eq!(hop.secret, built.secrets[read.len()]);
                read.push(hop.payload);
                packets.push(next);
            }
            Peeled::Final(hop) => {
                assert_eq!(hop.secret, built.secrets[read.len()]);
                read.push(hop.payload);
                break;
            }
        }
    }
    (read, packets)
}
