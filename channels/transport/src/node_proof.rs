//! How a certificate proves that its key speaks for a channel node.
//!
//! As in libp2p's TLS handshake, the long-lived key signs the certificate's key, and both travel in an
//! extension of the certificate; the format is our own:
//!
//! | part | bytes |
//! |---|---|
//! | node key, secp256k1, compressed (SEC 1, 2.3.3) | 33 |
//! | ECDSA signature `r ‖ s`, big-endian, low s (BIP-0062) | 64 |
//!
//! The signature is over `sha256(T ‖ T ‖ spki)`, T being the SHA-256 of [`TAG`] (the tagged hash of
//! BIP-0340) and `spki` the certificate's subject public key info in DER. So a certificate key that is
//! made anew at each start serves, and no file holds it.

use farbank_types::bitcoin::hashes::{sha256, Hash as _, HashEngine as _};
use farbank_types::bitcoin::secp256k1::ecdsa::Signature;
use farbank_types::bitcoin::secp256k1::{Message, PublicKey, Secp256k1};
use rcgen::CustomExtension;
use rustls::pki_types::CertificateDer;
use thiserror::Error;
use x509_parser::oid_registry::Oid;
use x509_parser::prelude::{FromDer as _, X509Certificate};

/// Tells this signature from every other one by a node's key.
pub const TAG: &str = "farbank/node-certificate/1";

/// 2.999.7390.1. ITU-T gives 2.999 to whoever has no arc of their own (X.660, annex A). Nobody but our
/// nodes reads these certificates, and ALPN tells them apart from everybody else.
const OID: [u64; 4] = [2, 999, 7390, 1];
/// The same as it is found in a certificate; the parser takes no second arc above 39 in numbers.
const OID_DER: [u8; 5] = [0x88, 0x37, 0xb9, 0x5e, 0x01];
const KEY: usize = 33;
const PROOF: usize = KEY + 64;

/// Why a certificate speaks for no channel node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NodeProofRejection {
    /// The certificate cannot be read, or has the extension twice.
    #[error("its certificate cannot be read")]
    Unreadable,
    /// There is no proof in it.
    #[error("its certificate names no node")]
    Missing,
    /// The proof has another length.
    #[error("its proof has {found} bytes, expected {PROOF}")]
    WrongLength {
        /// Length found.
        found: usize,
    },
    /// The first 33 bytes are no key.
    #[error("its node key is no point of the curve")]
    NoKey,
    /// The signature is none, has a high s, or is by another key or over another certificate's key.
    #[error("its node key did not sign the certificate's key")]
    BadSignature,
}

/// Returns what a node's key signs.
pub(crate) fn message(spki: &[u8]) -> Message {
    let tag = sha256::Hash::hash(TAG.as_bytes());
    let mut engine = sha256::Hash::engine();
    engine.input(tag.as_byte_array());
    engine.input(tag.as_byte_array());
    engine.input(spki);
    Message::from_digest(sha256::Hash::from_engine(engine).to_byte_array())
}

/// Returns the extension for a certificate.
pub(crate) fn extension(node: PublicKey, signature: &Signature) -> CustomExtension {
    let content = [&node.serialize()[..], &signature.serialize_compact()].concat();
    CustomExtension::from_oid_content(&OID, content)
}

/// Returns the node for which `certificate`, whose key is `spki`, speaks.
pub(crate) fn check(
    certificate: &CertificateDer<'_>,
    spki: &[u8],
) -> Result<PublicKey, NodeProofRejection> {
    let (_, parsed) =
        X509Certificate::from_der(certificate).map_err(|_| NodeProofRejection::Unreadable)?;
    let oid = Oid::new(OID_DER.as_slice().into());
    let found = parsed.get_extension_unique(&oid).map_err(|_| NodeProofRejection::Unreadable)?;
    let proof = found.ok_or(NodeProofRejection::Missing)?.value;
    if proof.len() != PROOF {
        return Err(NodeProofRejection::WrongLength { found: proof.len() });
    }
    let (key, signature) = proof.split_at(KEY);
    let node = PublicKey::from_slice(key).map_err(|_| NodeProofRejection::NoKey)?;
    let signature =
        Signature::from_compact(signature).map_err(|_| NodeProofRejection::BadSignature)?;
    verify(node, &signature, spki)
}

/// Verifies a proof's signature; libsecp256k1 takes a low s only.
pub(crate) fn verify(
    node: PublicKey,
    signature: &Signature,
    spki: &[u8],
) -> Result<PublicKey, NodeProofRejection> {
    Secp256k1::verification_only()
        .verify_ecdsa(&message(spki), signature, &node)
        .map(|()| node)
        .map_err(|_| NodeProofRejection::BadSignature)
}

#[cfg(test)]
mod tests {
    use farbank_types::bitcoin::secp256k1::SecretKey;
    use proptest::prelude::*;
    use rcgen::{CertificateParams, KeyPair, PublicKeyData as _};

    use super::*;

    fn proof(secret: &SecretKey, spki: &[u8]) -> (PublicKey, Signature) {
        let secp = Secp256k1::new();
        (secret.public_key(&secp), secp.sign_ecdsa(&message(spki), secret))
    }

    fn certificate(extensions: Vec<CustomExtension>) -> (CertificateDer<'static>, Vec<u8>) {
        let pair = KeyPair::from_pem(PEM).unwrap();
        let mut params = CertificateParams::new(vec!["x".to_owned()]).unwrap();
        params.custom_extensions = extensions;
        (params.self_signed(&pair).unwrap().der().clone(), pair.subject_public_key_info())
    }

    /// The key of RFC 8410, section 10.3.
    const PEM: &str = "-----BEGIN PRIVATE KEY-----\n\
        MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
        -----END PRIVATE KEY-----\n";

    fn secret() -> SecretKey {
        SecretKey::from_slice(&[7; 32]).unwrap()
    }

    #[test]
    fn proof_is_read_and_each_fault_of_it_is_named() {
        let (_, spki) = certificate(vec![]);
        let (node, signature) = proof(&secret(), &spki);
        let good = extension(node, &signature);
        let of = |extensions| {
            let (certificate, spki) = certificate(extensions);
            check(&certificate, &spki)
        };
        assert_eq!(of(vec![good.clone()]), Ok(node));
        assert_eq!(of(vec![]), Err(NodeProofRejection::Missing));
        assert_eq!(of(vec![good.clone(), good]), Err(NodeProofRejection::Unreadable));
        let raw = |content| vec![CustomExtension::from_oid_content(&OID, content)];
        assert_eq!(of(raw(vec![2; 96])), Err(NodeProofRejection::WrongLength { found: 96 }));
        assert_eq!(of(raw(vec![0; 97])), Err(NodeProofRejection::NoKey));
        let (_, foreign) = proof(&secret(), b"another certificate's key");
        assert_eq!(of(vec![extension(node, &foreign)]), Err(NodeProofRejection::BadSignature));
        let (_, other) = proof(&SecretKey::from_slice(&[8; 32]).unwrap(), &spki);
        assert_eq!(of(vec![extension(node, &other)]), Err(NodeProofRejection::BadSignature));
    }

    #[test]
    fn high_s_is_refused() {
        let (_, spki) = certificate(vec![]);
        let (node, signature) = proof(&secret(), &spki);
        let mut compact = signature.serialize_compact();
        let s = SecretKey::from_slice(&compact[32..]).unwrap().negate();
        compact[32..].copy_from_slice(&s.secret_bytes());
        let high = Signature::from_compact(&compact).unwrap();
        assert_eq!(verify(node, &high, &spki), Err(NodeProofRejection::BadSignature));
    }

    proptest! {
        #[test]
        fn altered_certificate_never_speaks_for_somebody_else(at in any::<prop::sample::Index>(), to: u8) {
            let (_, spki) = certificate(vec![]);
            let (node, signature) = proof(&secret(), &spki);
            let (certificate, spki) = certificate(vec![extension(node, &signature)]);
            let mut bytes = certificate.to_vec();
            let at = at.index(bytes.len());
            bytes[at] = to;
            if let Ok(found) = check(&bytes.into(), &spki) {
                prop_assert_eq!(found, node);
            }
        }

        #[test]
        fn garbage_speaks_for_nobody(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(check(&bytes.into(), b"").is_err());
        }
    }
}
