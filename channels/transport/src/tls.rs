//! TLS 1.3 with authenticated keys in both directions.
//!
//! A certificate's names, dates and issuer count for nothing; what it proves must be admitted, and the
//! handshake's signature by its key is verified with the provider's algorithms. Sessions are never
//! resumed, so that each connection is judged by the policy of the moment.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::Resumption;
use rustls::crypto::{ring, verify_tls13_signature, CryptoProvider};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::NoServerSessionStorage;
use rustls::version::TLS13;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, DistinguishedName, Error,
    PeerIncompatible, ServerConfig, SignatureScheme,
};

use crate::error::unpinned;
use crate::{Admission, Credential, Identity, PeerError, Standing};

/// What is spoken over a connection, told by its ALPN name (RFC 7301).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Protocol(&'static str);

impl Protocol {
    /// Between members of a federation, and from a relayer to them.
    pub const ATTESTER: Self = Self("farbank/attester/1");
    /// Between channel nodes.
    pub const CHANNELS: Self = Self("farbank/channels/1");

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

/// Returns the settings of a listener.
pub(crate) fn server<C: Credential>(
    key: &C,
    protocol: Protocol,
    admission: Admission<C::Identity>,
) -> Result<Arc<ServerConfig>, PeerError> {
    let verifier = Verifier::new(admission);
    let (chain, private) = key.parts();
    let mut config = ServerConfig::builder_with_provider(Arc::clone(&verifier.provider))
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
pub(crate) fn client<C: Credential>(
    key: &C,
    protocol: Protocol,
    expected: C::Identity,
) -> Result<Arc<ClientConfig>, PeerError> {
    let verifier = Verifier::new(Admission::only([expected]));
    let (chain, private) = key.parts();
    let mut config = ClientConfig::builder_with_provider(Arc::clone(&verifier.provider))
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

/// Accepts whom the policy admits, on either side and for either kind of identity.
#[derive(Debug)]
struct Verifier<I> {
    admission: Admission<I>,
    provider: Arc<CryptoProvider>,
}

impl<I: Identity> Verifier<I> {
    fn new(admission: Admission<I>) -> Arc<Self> {
        Arc::new(Self { admission, provider: Arc::new(ring::default_provider()) })
    }

    fn judge(
        &self,
        certificate: &CertificateDer<'_>,
        further: &[CertificateDer<'_>],
    ) -> Result<(), Error> {
        if !further.is_empty() {
            return Err(CertificateError::UnknownIssuer.into());
        }
        let identity = I::of_certificate(certificate)?;
        match self.admission.standing(identity) {
            Standing::Known | Standing::Stranger => Ok(()),
            Standing::Refused => Err(unpinned(identity.into())),
        }
    }
}

/// What the library's two traits of verifiers have in common.
macro_rules! handshake_signatures {
    () => {
        fn verify_tls12_signature(
            &self,
            _message: &[u8],
            _cert: &CertificateDer<'_>,
            _dss: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            // Only TLS 1.3 is on offer; the library has no other way to say so here.
            Err(PeerIncompatible::Tls12NotOffered.into())
        }

        fn verify_tls13_signature(
            &self,
            message: &[u8],
            cert: &CertificateDer<'_>,
            dss: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            let algorithms = &self.provider.signature_verification_algorithms;
            verify_tls13_signature(message, cert, dss, algorithms)
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            self.provider.signature_verification_algorithms.supported_schemes()
        }
    };
}

impl<I: Identity> ServerCertVerifier for Verifier<I> {
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

    handshake_signatures!();
}

impl<I: Identity> ClientCertVerifier for Verifier<I> {
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

    handshake_signatures!();
}
