//! What a peer proves itself with.

use core::fmt;

use farbank_types::bitcoin::secp256k1::ecdsa::Signature;
use farbank_types::bitcoin::secp256k1::{Message, PublicKey};
use farbank_types::PeerIdentity;
use rcgen::{CertificateParams, KeyPair, PublicKeyData as _, PKCS_ED25519};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use thiserror::Error;

use crate::peer_id::Identity;
use crate::{node_proof, IdentityKey};

/// Name in a node's certificate; nobody reads it.
const SUBJECT: &str = "farbank-node";

/// What a peer proves itself with: an [`IdentityKey`] or a [`NodeCredential`].
pub trait Credential: sealed::Parts {
    /// What it proves.
    type Identity: Identity;

    /// Returns who holds it.
    fn identity(&self) -> Self::Identity;
}

pub(crate) mod sealed {
    use super::{CertificateDer, PrivateKeyDer};

    /// Certificate and private key as the TLS library takes them.
    pub trait Parts {
        /// Returns both.
        fn parts(&self) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);
    }
}

impl Credential for IdentityKey {
    type Identity = PeerIdentity;

    fn identity(&self) -> PeerIdentity {
        Self::identity(self)
    }
}

/// A TLS key of this process, with a certificate for which a channel node's key vouches. The node's
/// key itself is not here. Never printed.
pub struct NodeCredential {
    key: KeyPair,
    certificate: CertificateDer<'static>,
    node: PublicKey,
}

/// Why no credential can be made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CredentialError {
    /// No key or certificate can be made.
    #[error("no certificate can be made: {0}")]
    Unmade(#[from] rcgen::Error),
    /// The signature is not the node's.
    #[error("the certificate was not signed with the key of {node}")]
    WrongSigner {
        /// Whom it was to speak for.
        node: PublicKey,
    },
}

impl NodeCredential {
    /// Makes a key and a certificate that speaks for `node`. `sign` gives the signature of the node's
    /// key over the message: `r ‖ s`, big-endian, with a low s.
    ///
    /// # Errors
    /// [`CredentialError`].
    pub fn make(
        node: PublicKey,
        sign: impl FnOnce(&Message) -> [u8; 64],
    ) -> Result<Self, CredentialError> {
        let key = KeyPair::generate_for(&PKCS_ED25519)?;
        let spki = key.subject_public_key_info();
        let signature = Signature::from_compact(&sign(&node_proof::message(&spki)))
            .map_err(|_| CredentialError::WrongSigner { node })?;
        node_proof::verify(node, &signature, &spki)
            .map_err(|_| CredentialError::WrongSigner { node })?;
        let mut params = CertificateParams::new(vec![SUBJECT.to_owned()])?;
        params.custom_extensions.push(node_proof::extension(node, &signature));
        let certificate = params.self_signed(&key)?.der().clone();
        Ok(Self { key, certificate, node })
    }
}

impl Credential for NodeCredential {
    type Identity = PublicKey;

    fn identity(&self) -> PublicKey {
        self.node
    }
}

impl sealed::Parts for NodeCredential {
    fn parts(&self) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
        let key = PrivatePkcs8KeyDer::from(self.key.serialize_der());
        (vec![self.certificate.clone()], key.into())
    }
}

impl fmt::Debug for NodeCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NodeCredential({})", self.node)
    }
}
