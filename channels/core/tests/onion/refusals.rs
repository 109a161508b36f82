//! Packets and routes that are refused for one reason each.

use farbank_channels::onion::{
    build, peel, OnionPacket, OnionRejection, RouteRejection, SessionKey, PACKET_LEN,
};

use super::support::{built, key, route, PAYMENT};

#[test]
fn a_packet_for_another_node_is_refused() {
    let built = built(&[vec![1, 2, 3], vec![4, 5]]);
    assert_eq!(peel(&built.packet, &PAYMENT, &key(2)), Err(OnionRejection::BadHmac));
}

#[test]
fn a_packet_for_another_payment_is_refused() {
    let built = built(&[vec![1, 2, 3], vec![4, 5]]);
    assert_eq!(peel(&built.packet, &[0x43; 32], &key(1)), Err(OnionRejection::BadHmac));
}

#[test]
fn a_packet_whose_key_is_no_point_is_refused() {
    let mut bytes = *built(&[vec![1, 2, 3]]).packet.as_bytes();
    bytes[1..34].fill(0xff);
    let packet = OnionPacket::from_bytes(&bytes).unwrap();
    assert_eq!(peel(&packet, &PAYMENT, &key(1)), Err(OnionRejection::BadKey));
}

#[test]
fn a_packet_of_another_length_is_refused() {
    for found in [0, 1, PACKET_LEN - 1, PACKET_LEN + 1] {
        let refused = OnionPacket::from_bytes(&vec![0; found]).unwrap_err();
        assert_eq!(refused, OnionRejection::WrongLength { found });
    }
}

#[test]
fn a_route_without_hops_or_content_is_refused() {
    let session = SessionKey::new(&[1; 32]).unwrap();
    assert_eq!(build(&session, &[], &PAYMENT), Err(RouteRejection::EmptyRoute));
    let short = route(&[vec![1, 2], vec![1]]);
    assert_eq!(build(&session, &short, &PAYMENT), Err(RouteRejection::PayloadTooShort { hop: 1 }));
}

#[test]
fn a_session_key_of_zeroes_is_refused() {
    assert_eq!(SessionKey::new(&[0; 32]).unwrap_err(), RouteRejection::BadSessionKey);
}

#[test]
fn secrets_are_not_printed() {
    let built = built(&[vec![1, 2, 3]]);
    assert_eq!(format!("{:?}", built.secrets), "[HopSecret(..)]");
    assert_eq!(format!("{:?}", SessionKey::new(&[1; 32]).unwrap()), "SessionKey(..)");
}
