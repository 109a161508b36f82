//! TLS 1.3 with pinned keys in both directions.
//!
//! A certificate's names, dates and issuer count for nothing; its key must be pinned, and the
//! handshake's signature by that key is verified with the provider's algorithms. Sessions are never
//! resumed, so that each connection is judged by the pins of the moment.

use std::collections::BTreeSet;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::Resumption;
use rustls::crypto::{ring, verify_tls13_signature, CryptoProvider};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{NoServerSessionStorage, ParsedCertificate};
use rustls::version::TLS13;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, DistinguishedName, Error,
    PeerIncompatible, ServerConfig, SignatureScheme,
};

use crate::error::unpinned;
use crate::{IdentityKey, PeerError, PeerIdentity};

/// What is spoken over a connection, told by its ALPN name (RFC 7301).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Protocol(&'static str);

impl Protocol {
    /// Between members of a federation, and from a relayer to them.
    pub const ATTESTER: Self = Self("farbank/attester/1");

    /// Names a protocol; 1 to 255 bytes.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// Returns the name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0
    }

    /// Refuses a connection on which the other side did not agree to this protocol.
    pub(crate) fn check(self, agreed: Option<&[u8]>) -> Result<(), PeerError> {
        if agreed == Some(self.0.as_bytes()) {
            Ok(())
        } else {
            Err(PeerError::WrongProtocol { expected: self.0 })
        }
    }
}

/// Returns who holds the key of a certificate.
pub(crate) fn identity_of(certificate: &CertificateDer<'_>) -> Result<PeerIdentity, Error> {
    let parsed = ParsedCertificate::try_from(certificate)?;
    Ok(PeerIdentity::of_spki(&parsed.subject_public_key_info()))
}

/// Returns the settings of a listener that serves `admitted`.
pub(crate) fn server(
    key: &IdentityKey,
    protocol: Protocol,
    admitted: BTreeSet<PeerIdentity>,
) -> Result<Arc<ServerConfig>, PeerError> {
    let provider = Arc::new(ring::default_provider());
    let verifier = Arc::new(Pins { admitted, provider: Arc::clone(&provider) });
    let (chain, private) = key.parts();
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13])
        .map_err(PeerError::Tls)?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, private)
        .map_err(PeerError::Tls)?;
    config.alpn_protocols = vec![protocol.0.into()];
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(Arc::new(config))
}

/// Returns the settings of a connection to `expected`.
pub(crate) fn client(
    key: &IdentityKey,
    protocol: Protocol,
    expected: PeerIdentity,
) -> Result<Arc<ClientConfig>, PeerError> {
    let provider = Arc::new(ring::default_provider());
    let admitted = BTreeSet::from([expected]);
    let verifier = Arc::new(Pins { admitted, provider: Arc::clone(&provider) });
    let (chain, private) = key.parts();
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13])
        .map_err(PeerError::Tls)?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_client_auth_cert(chain, private)
        .map_err(PeerError::Tls)?;
    config.alpn_protocols = vec![protocol.0.into()];
    config.resumption = Resumption::disabled();
    // There is no name to be told.
    config.enable_sni = false;
    Ok(Arc::new(config))
}

/// Accepts the pinned keys and no other.
#[derive(Debug)]
struct Pins {
    admitted: BTreeSet<PeerIdentity>,
    provider: Arc<CryptoProvider>,
}

impl Pins {
    fn judge(
        &self,
        certificate: &CertificateDer<'_>,
        further: &[CertificateDer<'_>],
    ) -> Result<(), Error> {
        if !further.is_empty() {
            return Err(CertificateError::UnknownIssuer.into());
        }
        let identity = identity_of(certificate)?;
        if self.admitted.contains(&identity) {
            Ok(())
        } else {
            Err(unpinned(identity))
        }
    }

    fn signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Only TLS 1.3 is on offer; the library has no other way to say so here.
fn no_tls12() -> Result<HandshakeSignatureValid, Error> {
    Err(PeerIncompatible::Tls12NotOffered.into())
}

impl ServerCertVerifier for Pins {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.judge(end_entity, intermediates).map(|()| ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        no_tls12()
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.schemes()
    }
}

impl ClientCertVerifier for Pins {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.judge(end_entity, intermediates).map(|()| ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        no_tls12()
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.schemes()
    }
}
