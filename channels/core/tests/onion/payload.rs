//! Payloads: what is written is read, what is not a payload is refused by name.

use farbank_channels::payload::{
    AssetKey, FinalPayload, ForwardPayload, HopPayload, PaymentSecret, QuoteId, TlvRejection, Uetr,
    UetrRejection,
};
use farbank_channels::signature::ChannelSigner as _;
use farbank_channels::units::TokenAmount;
use farbank_types::{ChainId, EvmAddress, UnixTime, B256};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

use super::support::key;

const UETR: &str = "eb6305c9-1f7f-49de-aed0-16487c27b42d";

fn asset() -> AssetKey {
    AssetKey {
        chain: ChainId::new(1_337),
        contract: EvmAddress::repeat_byte(1),
        token: EvmAddress::repeat_byte(2),
    }
}

fn forward() -> ForwardPayload {
    ForwardPayload {
        next: key(2).node_id(),
        asset: asset(),
        amount: TokenAmount::new(1_000_000),
        expiry: UnixTime::new(1_800_000_000),
        quote: None,
    }
}

fn last() -> FinalPayload {
    FinalPayload {
        secret: PaymentSecret::new([3; 32]),
        asset: asset(),
        total: TokenAmount::new(999),
        expiry: UnixTime::new(1_800_000_000),
        uetr: None,
        meta_hash: None,
    }
}

proptest! {
    #[test]
    fn payloads_survive_their_wire_form(
        amount in any::<u128>(),
        expiry in any::<u64>(),
        quote in option::of(any::<[u8; 32]>()),
        meta in option::of(any::<[u8; 32]>()),
    ) {
        let (amount, expiry) = (TokenAmount::new(amount), UnixTime::new(expiry));
        let quote = quote.map(|quote| QuoteId::new(B256::from(quote)));
        let forward = HopPayload::Forward(ForwardPayload { amount, expiry, quote, ..forward() });
        prop_assert_eq!(HopPayload::decode(&forward.encode(), false).unwrap(), forward);
        let meta_hash = meta.map(B256::from);
        let uetr = meta.map(|_| UETR.parse().unwrap());
        let last = FinalPayload { total: amount, expiry, meta_hash, uetr, ..last() };
        let last = HopPayload::Final(last);
        prop_assert_eq!(HopPayload::decode(&last.encode(), true).unwrap(), last);
    }

    #[test]
    fn hostile_payloads_never_panic(bytes in vec(any::<u8>(), 0..300), last in any::<bool>()) {
        if let Ok(payload) = HopPayload::decode(&bytes, last) {
            prop_assert!(HopPayload::decode(&payload.encode(), last).is_ok());
        }
    }

    #[test]
    fn a_cut_payload_is_refused(cut in 0..200_usize) {
        let bytes = HopPayload::Forward(forward()).encode();
        let cut = cut.min(bytes.len() - 1);
        prop_assert!(HopPayload::decode(&bytes[..cut], false).is_err());
    }
}

#[test]
fn a_payload_of_the_other_place_is_refused() {
    let refused = HopPayload::decode(&HopPayload::Forward(forward()).encode(), true);
    assert_eq!(refused, Err(TlvRejection::Misplaced { kind: 6 }));
    let refused = HopPayload::decode(&HopPayload::Final(last()).encode(), false);
    assert_eq!(refused, Err(TlvRejection::Misplaced { kind: 12 }));
}

#[test]
fn a_payload_without_one_of_its_records_is_refused() {
    assert_eq!(HopPayload::decode(&[], false), Err(TlvRejection::MissingRecord { kind: 6 }));
    assert_eq!(HopPayload::decode(&[], true), Err(TlvRejection::MissingRecord { kind: 12 }));
}

#[test]
fn unknown_records_are_refused_when_they_must_be_understood() {
    let mut bytes = HopPayload::Final(last()).encode();
    bytes.extend([21, 1, 0]);
    assert!(HopPayload::decode(&bytes, true).is_ok());
    bytes.extend([22, 1, 0]);
    let refused = HopPayload::decode(&bytes, true);
    assert_eq!(refused, Err(TlvRejection::UnknownRecord { kind: 22 }));
}

#[test]
fn a_next_hop_that_is_no_key_is_refused() {
    let mut bytes = HopPayload::Forward(forward()).encode();
    let at = bytes.windows(2).position(|pair| pair == [6, 33]).unwrap();
    bytes[at + 2] = 9;
    assert_eq!(HopPayload::decode(&bytes, false), Err(TlvRejection::BadValue { kind: 6 }));
}

#[test]
fn a_reference_is_a_uuid_of_version_4() {
    assert_eq!(UETR.parse::<Uetr>().unwrap().to_string(), UETR);
    let first = "eb6305c9-1f7f-19de-aed0-16487c27b42d".parse::<Uetr>();
    assert_eq!(first, Err(UetrRejection::WrongVersion { found: 1 }));
    assert_eq!("no".parse::<Uetr>(), Err(UetrRejection::Malformed));
}
