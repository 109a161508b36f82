//! Over random routes: every hop reads its own part, whatever was tampered with is refused.

use farbank_channels::onion::{
    build, peel, OnionPacket, OnionRejection, Peeled, RouteRejection, SessionKey, HOP_DATA_LEN,
    PACKET_LEN,
};
use farbank_channels::signature::ChannelSigner as _;
use proptest::collection::vec;
use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

use super::support::{built, key, route, walk, PAYMENT};

/// Bytes that a payload takes in a packet.
fn framed(payload: &[u8]) -> usize {
    payload.len() + 32 + if payload.len() < 0xfd { 1 } else { 3 }
}

proptest! {
    #[test]
    fn every_hop_reads_its_own_part(payloads in vec(vec(any::<u8>(), 2..150), 1..=20)) {
        let needed = payloads.iter().map(|payload| framed(payload)).sum::<usize>();
        if needed > HOP_DATA_LEN {
            let built = build(&SessionKey::new(&[7; 32]).unwrap(), &route(&payloads), &PAYMENT);
            let available = HOP_DATA_LEN;
            prop_assert_eq!(built.unwrap_err(), RouteRejection::RouteTooLong { needed, available });
        } else {
            let built = built(&payloads);
            let (read, packets) = walk(&built);
            prop_assert_eq!(read, payloads);
            prop_assert!(packets.iter().all(|packet| packet.as_bytes().len() == PACKET_LEN));
        }
    }

    #[test]
    fn a_tampered_packet_is_refused(
        payloads in vec(vec(any::<u8>(), 2..100), 1..=4),
        position in 0..PACKET_LEN,
        flip in 1..=255_u8,
    ) {
        let mut bytes = *built(&payloads).packet.as_bytes();
        bytes[position] ^= flip;
        let packet = OnionPacket::from_bytes(&bytes).unwrap();
        let refused = peel(&packet, &PAYMENT, &key(1)).unwrap_err();
        if position == 0 {
            prop_assert_eq!(refused, OnionRejection::UnknownVersion { found: flip });
        } else if position < 34 {
            prop_assert!(matches!(refused, OnionRejection::BadKey | OnionRejection::BadHmac));
        } else {
            prop_assert_eq!(refused, OnionRejection::BadHmac);
        }
    }

    #[test]
    fn tampering_on_the_way_is_seen_by_the_next_hop(
        payloads in vec(vec(any::<u8>(), 2..100), 2..=6),
        position in 34..PACKET_LEN,
        flip in 1..=255_u8,
    ) {
        let Peeled::Forward { next, .. } = peel(&built(&payloads).packet, &PAYMENT, &key(1)).unwrap()
        else {
            panic!("the route goes on");
        };
        let mut bytes = *next.as_bytes();
        bytes[position] ^= flip;
        let packet = OnionPacket::from_bytes(&bytes).unwrap();
        prop_assert_eq!(peel(&packet, &PAYMENT, &key(2)).unwrap_err(), OnionRejection::BadHmac);
    }

    #[test]
    fn hostile_bytes_are_refused_and_never_panic(bytes in vec(any::<u8>(), 0..2 * PACKET_LEN)) {
        match OnionPacket::from_bytes(&bytes) {
            Ok(packet) => prop_assert!(peel(&packet, &PAYMENT, &key(1)).is_err()),
            Err(refused) => {
                prop_assert_eq!(refused, OnionRejection::WrongLength { found: bytes.len() });
            }
        }
    }

    #[test]
    fn hostile_packets_are_refused_and_never_panic(seed in any::<[u8; 32]>(), fill in any::<u8>()) {
        let mut bytes = [fill; PACKET_LEN];
        bytes[0] = 0;
        bytes[1..34].copy_from_slice(&key(seed[0]).node_id().public_key().serialize());
        bytes[34..66].copy_from_slice(&seed);
        let packet = OnionPacket::from_bytes(&bytes).unwrap();
        prop_assert_eq!(peel(&packet, &PAYMENT, &key(1)).unwrap_err(), OnionRejection::BadHmac);
    }
}
