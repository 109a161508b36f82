//! Channel nodes: a listener that echoes in a duplex, and its peers.

use core::time::Duration;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use farbank_transport::{
    Admission, NodeCredential, PeerClient, PeerError, PeerHost, PeerLimits, PeerListener,
    PeerReceiver, PeerSender, PeerStream, Standing,
};
use farbank_types::bitcoin::secp256k1::{PublicKey, Secp256k1, SecretKey};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::world::{limits, ANYWHERE, PROTOCOL};

/// Returns the key of a node.
pub(crate) fn secret(number: u8) -> SecretKey {
    SecretKey::from_slice(&[number; 32]).unwrap()
}

/// Returns the name of a node.
pub(crate) fn node(number: u8) -> PublicKey {
    secret(number).public_key(&Secp256k1::new())
}

/// Returns what a node proves itself with.
pub(crate) fn credential(number: u8) -> NodeCredential {
    let sign =
        |message: &_| Secp256k1::new().sign_ecdsa(message, &secret(number)).serialize_compact();
    NodeCredential::make(node(number), sign).unwrap()
}

/// Echoes in a duplex, except what it calls garbage.
#[derive(Debug, Default)]
pub(crate) struct EchoHost {
    pub(crate) met: Mutex<Vec<PublicKey>>,
    pub(crate) cut_off: Mutex<Vec<String>>,
}

impl PeerHost<PublicKey> for EchoHost {
    async fn converse(
        &self,
        stream: PeerStream<PublicKey>,
        stop: &CancellationToken,
    ) -> Result<(), PeerError> {
        self.met.lock().unwrap().push(stream.peer());
        let (mut sender, mut receiver) = stream.split();
        let (frames, mut outgoing) = mpsc::channel(4);
        let receive = async {
            while let Some(frame) = receiver.receive().await? {
                if frame == "garbage" {
                    return Err(PeerError::Garbage);
                }
                let _ = frames.send(frame).await;
            }
            Ok(())
        };
        tokio::select! {
            () = stop.cancelled() => Ok(()),
            sent = sender.relay(&mut outgoing) => sent,
            received = receive => received,
        }
    }

    fn cut_off(&self, reason: &PeerError) {
        self.cut_off.lock().unwrap().push(format!("{}: {reason}", reason.name()));
    }
}

/// Node 1 listens; how others stand is set while it does.
pub(crate) struct Nodes {
    pub(crate) host: Arc<EchoHost>,
    pub(crate) address: SocketAddr,
    standings: Arc<Mutex<BTreeMap<PublicKey, Standing>>>,
    stop: CancellationToken,
    served: JoinHandle<()>,
}

impl Nodes {
    pub(crate) async fn new(others: Standing, limits: PeerLimits) -> Self {
        let standings = Arc::new(Mutex::new(BTreeMap::from([(node(2), Standing::Known)])));
        let asked = Arc::clone(&standings);
        let policy =
            Admission::by(move |peer| asked.lock().unwrap().get(&peer).copied().unwrap_or(others));
        let own = credential(1);
        let listener = PeerListener::bind(ANYWHERE, &own, PROTOCOL, policy, limits);
        let listener = listener.await.unwrap();
        let (address, host) = (listener.address(), Arc::new(EchoHost::default()));
        let stop = CancellationToken::new();
        let served = tokio::spawn(listener.host(Arc::clone(&host), stop.clone()));
        Self { host, address, standings, stop, served }
    }

    pub(crate) fn stands(&self, number: u8, standing: Standing) {
        self.standings.lock().unwrap().insert(node(number), standing);
    }

    pub(crate) async fn dial(&self, number: u8) -> Result<Duplex, PeerError> {
        self.dial_with(number, limits()).await
    }

    pub(crate) async fn dial_with(
        &self,
        number: u8,
        limits: PeerLimits,
    ) -> Result<Duplex, PeerError> {
        let own = credential(number);
        let client = PeerClient::new(&own, PROTOCOL, self.address.into(), node(1), limits)?;
        let (sender, receiver) = client.connect().await?.split();
        Ok(Duplex { sender, receiver })
    }

    /// Fails unless node 2 is still served.
    pub(crate) async fn still_serves(&self) {
        let mut duplex = self.dial(2).await.unwrap();
        assert_eq!(duplex.ask(b"there?").await.unwrap().unwrap(), "there?");
    }

    /// Waits until a connection was cut off for this reason.
    pub(crate) async fn cut_off(&self, reason: &str) {
        for _ in 0..300 {
            if self.host.cut_off.lock().unwrap().iter().any(|cut| cut.starts_with(reason)) {
                return;
            }
            sleep(Duration::from_millis(10)).await;
        }
        panic!("{reason} not among {:?}", self.host.cut_off.lock().unwrap());
    }

    pub(crate) async fn stop(self) {
        self.stop.cancel();
        timeout(Duration::from_secs(5), self.served).await.unwrap().unwrap();
    }
}

/// A peer's end.
pub(crate) struct Duplex {
    pub(crate) sender: PeerSender,
    pub(crate) receiver: PeerReceiver,
}

impl Duplex {
    pub(crate) async fn ask(&mut self, body: &'static [u8]) -> Result<Option<Bytes>, PeerError> {
        self.sender.send(Bytes::from_static(body)).await?;
        self.receiver.receive().await
    }
}
