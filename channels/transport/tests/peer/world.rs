//! A listener that echoes, and the means to be rude to it.

use core::time::Duration;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use farbank_transport::{
    Admission, IdentityKey, PeerClient, PeerError, PeerIdentity, PeerLimits, PeerListener,
    PeerService, Protocol,
};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::ResolvesClientCert;
use rustls::crypto::ring;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::version::TLS13;
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_rustls::client::TlsStream;
use tokio_rustls::TlsConnector;
use tokio_util::sync::CancellationToken;

pub(crate) const PROTOCOL: Protocol = Protocol::new("test/1");
pub(crate) const ANYWHERE: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// Answers with what was asked; remembers who asked, and why connections were cut off.
#[derive(Debug, Default)]
pub(crate) struct Echo {
    pub(crate) asked: Mutex<Vec<PeerIdentity>>,
    pub(crate) cut_off: Mutex<Vec<String>>,
}

impl PeerService for Echo {
    async fn answer(&self, peer: PeerIdentity, request: Bytes) -> Bytes {
        self.asked.lock().unwrap().push(peer);
        match &request[..] {
            b"sleep" => tokio::time::sleep(Duration::from_secs(60)).await,
            b"too much" => return vec![0; 2 * 1024 * 1024].into(),
            b"a lot" => return vec![0; 1024 * 1024].into(),
            _ => {}
        }
        request
    }

    fn cut_off(&self, reason: &PeerError) {
        self.cut_off.lock().unwrap().push(format!("{}: {reason}", reason.name()));
    }
}

/// Short limits, so that tests end.
pub(crate) fn limits() -> PeerLimits {
    PeerLimits {
        handshake: Duration::from_millis(500),
        read: Duration::from_millis(300),
        write: Duration::from_millis(300),
        idle: Duration::from_secs(5),
        answer: Duration::from_secs(2),
        connect: Duration::from_millis(500),
        ..PeerLimits::default()
    }
}

/// A listener with two known peers.
pub(crate) struct World {
    pub(crate) echo: Arc<Echo>,
    pub(crate) server: PeerIdentity,
    pub(crate) address: SocketAddr,
    pub(crate) known: IdentityKey,
    pub(crate) other: IdentityKey,
    known_pair: rcgen::KeyPair,
    stop: CancellationToken,
    served: JoinHandle<()>,
}

impl World {
    pub(crate) async fn new(limits: PeerLimits) -> Self {
        let key = IdentityKey::generate().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("known.pem");
        let known = IdentityKey::open_or_make(&path).unwrap();
        let pem = std::fs::read_to_string(&path).unwrap();
        let known_pair = rcgen::KeyPair::from_pem(&pem).unwrap();
        let other = IdentityKey::generate().unwrap();
        let admitted = Admission::only([known.identity(), other.identity()]);
        let listener =
            PeerListener::bind(ANYWHERE, &key, PROTOCOL, admitted, limits).await.unwrap();
        let (address, echo) = (listener.address(), Arc::new(Echo::default()));
        let stop = CancellationToken::new();
        let served = tokio::spawn(listener.serve(Arc::clone(&echo), stop.clone()));
        Self { echo, server: key.identity(), address, known, other, known_pair, stop, served }
    }

    pub(crate) fn client(&self, key: &IdentityKey) -> PeerClient {
        PeerClient::new(key, PROTOCOL, self.address.into(), self.server, limits()).unwrap()
    }

    /// Connects as the known peer, without any of the transport's manners.
    pub(crate) async fn known_raw(&self) -> TlsStream<TcpStream> {
        dial(raw(&[&TLS13], Some(self.shown())), self.address).await.unwrap()
    }

    /// What the known peer shows.
    pub(crate) fn shown(&self) -> Arc<dyn ResolvesClientCert> {
        Shown::new(&certificate(&self.known_pair), &self.known_pair)
    }

    /// Connects with the known peer's certificate and another key.
    pub(crate) async fn stolen(&self) -> TlsStream<TcpStream> {
        let thief = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
        let shown = Shown::new(&certificate(&self.known_pair), &thief);
        dial(raw(&[&TLS13], Some(shown)), self.address).await.unwrap()
    }

    /// Fails unless the listener still serves a known peer.
    pub(crate) async fn still_serves(&self) {
        let answer = self.client(&self.other).request(Bytes::from_static(b"there?")).await;
        assert_eq!(answer.unwrap(), "there?");
    }

    /// Waits until a connection was cut off for this reason.
    pub(crate) async fn cut_off(&self, reason: &str) {
        for _ in 0..200 {
            if self.echo.cut_off.lock().unwrap().iter().any(|cut| cut.starts_with(reason)) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{reason} not among {:?}", self.echo.cut_off.lock().unwrap());
    }

    pub(crate) async fn stop(self) {
        self.stop.cancel();
        self.served.await.unwrap();
    }
}

/// A TLS client that believes anybody.
#[derive(Debug)]
pub(crate) struct Believer;

impl ServerCertVerifier for Believer {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        ring::default_provider().signature_verification_algorithms.supported_schemes()
    }
}

/// Shows one certificate and signs with one key, fitting or not.
#[derive(Debug)]
struct Shown(Arc<CertifiedKey>);

impl Shown {
    fn new(certificate: &rcgen::Certificate, key: &rcgen::KeyPair) -> Arc<Self> {
        let private = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
        let signing = any_supported_type(&private).unwrap();
        Arc::new(Self(Arc::new(CertifiedKey::new(vec![certificate.der().clone()], signing))))
    }
}

impl ResolvesClientCert for Shown {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }

    fn has_certs(&self) -> bool {
        true
    }
}

fn certificate(key: &rcgen::KeyPair) -> rcgen::Certificate {
    rcgen::CertificateParams::new(vec!["x".to_owned()]).unwrap().self_signed(key).unwrap()
}

/// Settings of a TLS client that shows whatever `resolver` gives.
pub(crate) fn raw(
    versions: &[&'static rustls::SupportedProtocolVersion],
    resolver: Option<Arc<dyn ResolvesClientCert>>,
) -> ClientConfig {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Believer));
    let mut config = match resolver {
        Some(resolver) => builder.with_client_cert_resolver(resolver),
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![PROTOCOL.name().into()];
    config
}

pub(crate) async fn dial(
    config: ClientConfig,
    address: SocketAddr,
) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(address).await?;
    let name = ServerName::try_from("anybody").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await
}
