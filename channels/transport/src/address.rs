//! Where a peer listens.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Host and port, `192.0.2.1:7390`, `[2001:db8::1]:7390` or `attester-1.example:7390`. A name is
/// looked up at each connection; who answers there is told by the pinned key, never by the name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PeerAddress(String);

/// The text is no address of a peer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{text:?} is no address of a peer, expected HOST:PORT")]
pub struct PeerAddressError {
    text: String,
}

impl PeerAddress {
    /// Returns the address as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PeerAddress {
    type Err = PeerAddressError;

    fn from_str(text: &str) -> Result<Self, PeerAddressError> {
        let port = |port: &str| port.parse::<u16>().is_ok_and(|port| port != 0);
        match text.rsplit_once(':') {
            Some((host, digits))
                if !host.is_empty() && !host.contains(char::is_whitespace) && port(digits) =>
            {
                Ok(Self(text.to_owned()))
            }
            _ => Err(PeerAddressError { text: text.to_owned() }),
        }
    }
}

impl TryFrom<String> for PeerAddress {
    type Error = PeerAddressError;

    fn try_from(text: String) -> Result<Self, PeerAddressError> {
        text.parse()
    }
}

impl From<PeerAddress> for String {
    fn from(address: PeerAddress) -> Self {
        address.0
    }
}

impl From<std::net::SocketAddr> for PeerAddress {
    fn from(address: std::net::SocketAddr) -> Self {
        Self(address.to_string())
    }
}

impl fmt::Display for PeerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_needs_a_host_and_a_port() {
        for good in ["127.0.0.1:1", "[::1]:65535", "attester-1.example:7390"] {
            assert_eq!(good.parse::<PeerAddress>().unwrap().as_str(), good);
        }
        for bad in ["", ":", ":1", "host", "host:", "host:0", "host:65536", "a b:1", "host:-1"] {
            assert!(bad.parse::<PeerAddress>().is_err(), "{bad:?}");
        }
    }
}
