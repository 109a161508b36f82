//! Failures: read by the payer alone, blamed on the right hop, never believed when altered.

use farbank_channels::onion::{FailurePacket, FAILURE_LEN, MAX_FAILURE_MESSAGE};
use proptest::collection::vec;
use proptest::prelude::{any, prop_assert_eq, proptest};
use proptest::sample::Index;

use super::support::built;

proptest! {
    #[test]
    fn a_failure_is_blamed_on_the_hop_that_made_it(
        hops in 1..=12_usize,
        maker in any::<Index>(),
        message in vec(any::<u8>(), 0..=MAX_FAILURE_MESSAGE),
    ) {
        let secrets = built(&vec![vec![1, 2, 3]; hops]).secrets;
        let maker = maker.index(hops);
        let mut failure = FailurePacket::new(&secrets[maker], &message).unwrap();
        for secret in secrets[..maker].iter().rev() {
            prop_assert_eq!(failure.as_bytes().len(), FAILURE_LEN);
            failure = FailurePacket::from_bytes(failure.as_bytes()).unwrap().wrap(secret);
        }
        prop_assert_eq!(failure.unwrap_by(&secrets), Some((maker, message)));
    }

    #[test]
    fn an_altered_failure_blames_nobody(
        hops in 1..=6_usize,
        position in 0..FAILURE_LEN,
        flip in 1..=255_u8,
    ) {
        let secrets = built(&vec![vec![1, 2, 3]; hops]).secrets;
        let mut bytes = FailurePacket::new(&secrets[hops - 1], b"no").unwrap().into_bytes();
        bytes[position] ^= flip;
        let failure = secrets[..hops - 1]
            .iter()
            .rev()
            .fold(FailurePacket::from_bytes(&bytes).unwrap(), FailurePacket::wrap);
        prop_assert_eq!(failure.unwrap_by(&secrets), None);
    }

    #[test]
    fn hostile_failures_blame_nobody(bytes in vec(any::<u8>(), 0..2 * FAILURE_LEN)) {
        let secrets = built(&vec![vec![1, 2, 3]; 3]).secrets;
        match FailurePacket::from_bytes(&bytes) {
            Some(failure) => prop_assert_eq!(failure.unwrap_by(&secrets), None),
            None => assert_ne!(bytes.len(), FAILURE_LEN),
        }
    }
}

#[test]
fn a_message_beyond_its_room_makes_no_failure() {
    let secrets = built(&[vec![1, 2, 3]]).secrets;
    assert_eq!(FailurePacket::new(&secrets[0], &[0; MAX_FAILURE_MESSAGE + 1]), None);
}
