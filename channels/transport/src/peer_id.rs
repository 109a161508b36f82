//! Who may be on the other side of a connection.

use core::fmt;

use farbank_types::bitcoin::hex::DisplayHex as _;
use farbank_types::bitcoin::secp256k1::PublicKey;
use farbank_types::PeerIdentity;
use rustls::pki_types::CertificateDer;
use rustls::server::ParsedCertificate;

use crate::{error, node_proof};

/// Who a peer is, as its certificate proves: [`PeerIdentity`] where the certificate's own key is
/// pinned, [`PublicKey`] (secp256k1) where a channel node's key vouches for it.
pub trait Identity:
    sealed::Shown + Copy + Ord + fmt::Debug + fmt::Display + Into<PeerId> + Send + Sync + 'static
{
}

impl Identity for PeerIdentity {}
impl Identity for PublicKey {}

pub(crate) mod sealed {
    use super::{error, node_proof, spki, CertificateDer, PeerIdentity, PublicKey};

    /// Reads a certificate. The handshake proves that the other side holds its key.
    pub trait Shown: Sized {
        /// Returns who shows the certificate.
        fn of_certificate(certificate: &CertificateDer<'_>) -> Result<Self, rustls::Error>;
    }

    impl Shown for PeerIdentity {
        fn of_certificate(certificate: &CertificateDer<'_>) -> Result<Self, rustls::Error> {
            spki(certificate).map(|der| Self::of_spki(&der))
        }
    }

    impl Shown for PublicKey {
        fn of_certificate(certificate: &CertificateDer<'_>) -> Result<Self, rustls::Error> {
            let spki = spki(certificate)?;
            node_proof::check(certificate, &spki).map_err(error::unproven)
        }
    }
}

/// Returns the key of a certificate, as the TLS library reads it to verify the handshake.
fn spki(certificate: &CertificateDer<'_>) -> Result<Vec<u8>, rustls::Error> {
    let parsed = ParsedCertificate::try_from(certificate)?;
    Ok(parsed.subject_public_key_info().as_ref().to_vec())
}

/// An identity of either kind, for errors and logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeerId {
    /// Holder of a pinned TLS key.
    Pinned(PeerIdentity),
    /// Holder of a channel node's key, which is in its compressed form here.
    Node([u8; 33]),
}

impl From<PeerIdentity> for PeerId {
    fn from(identity: PeerIdentity) -> Self {
        Self::Pinned(identity)
    }
}

impl From<PublicKey> for PeerId {
    fn from(node: PublicKey) -> Self {
        Self::Node(node.serialize())
    }
}

impl fmt::Display for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pinned(identity) => identity.fmt(f),
            Self::Node(key) => key.as_hex().fmt(f),
        }
    }
}
