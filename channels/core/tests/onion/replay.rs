//! Packets that come again.

use farbank_channels::onion::{HopSecret, OnionRejection, ReplayCache};
use farbank_types::UnixTime;

const EXPIRY: UnixTime = UnixTime::new(1_000);
const NOW: UnixTime = UnixTime::new(900);

fn secret(number: u8) -> HopSecret {
    HopSecret::new([number; 32])
}

#[test]
fn a_packet_is_taken_once_until_its_expiry() {
    let mut cache = ReplayCache::new(10);
    assert_eq!(cache.remember(&secret(1), EXPIRY, NOW), Ok(()));
    assert_eq!(cache.remember(&secret(1), EXPIRY, NOW), Err(OnionRejection::Replayed));
    assert_eq!(cache.remember(&secret(1), EXPIRY, EXPIRY), Err(OnionRejection::Replayed));
    assert_eq!(cache.remember(&secret(2), EXPIRY, EXPIRY), Ok(()));
    assert_eq!(cache.len(), 2);
}

#[test]
fn a_full_cache_refuses_and_forgets_nothing_that_can_come_again() {
    let mut cache = ReplayCache::new(2);
    let late = UnixTime::new(2_000);
    assert_eq!(cache.remember(&secret(1), EXPIRY, NOW), Ok(()));
    assert_eq!(cache.remember(&secret(2), late, NOW), Ok(()));
    let full = OnionRejection::ReplayCacheFull { capacity: 2 };
    assert_eq!(cache.remember(&secret(3), late, NOW), Err(full));
    assert_eq!(cache.remember(&secret(1), EXPIRY, NOW), Err(OnionRejection::Replayed));

    let after = UnixTime::new(1_001);
    assert_eq!(cache.remember(&secret(3), late, after), Ok(()));
    assert_eq!(cache.remember(&secret(2), late, after), Err(OnionRejection::Replayed));
    assert_eq!(cache.len(), 2);
}
