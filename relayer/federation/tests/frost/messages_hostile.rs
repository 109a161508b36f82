//! Bytes from strangers: refused or a message, never a panic.

use std::sync::OnceLock;

use farbank_federation::messages::{Request, Response};
use proptest::prelude::*;

use crate::messages::{requests, responses};

/// The wire forms of valid messages, to be spoilt.
fn valid() -> &'static Vec<Vec<u8>> {
    static VALID: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    VALID.get_or_init(|| {
        let requests = requests().into_iter().map(|request| request.encode().unwrap().to_vec());
        let responses = responses().into_iter().map(|response| response.encode().unwrap().to_vec());
        requests.chain(responses).collect()
    })
}

/// What reads is a message like any other: it is written again in the same bytes or in fewer.
fn read_both(bytes: &[u8]) {
    if let Ok(request) = Request::decode(bytes) {
        let again = request.encode().unwrap();
        assert!(again.len() <= bytes.len());
        assert_eq!(Request::decode(&again), Ok(request));
    }
    if let Ok(response) = Response::decode(bytes) {
        let again = response.encode().unwrap();
        assert!(again.len() <= bytes.len());
        assert_eq!(Response::decode(&again), Ok(response));
    }
}

proptest! {
    #[test]
    fn any_bytes(kind in 0_u8..5, bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        read_both(&bytes);
        read_both(&[&[1, kind], bytes.as_slice()].concat());
    }

    #[test]
    fn spoilt_messages(
        message in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in prop::option::of(any::<prop::sample::Index>()),
        more in prop::collection::vec(any::<u8>(), 0..3),
    ) {
        let mut bytes = message.get(valid()).clone();
        for (position, byte) in changes {
            *position.get_mut(&mut bytes) = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        bytes.extend(more);
        read_both(&bytes);
    }
}
