//! A signer's process: told by its parent over a pipe, gone when the pipe closes.

use core::time::Duration;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use farbank_federation::messages::{MessageRejection, Refusal};
use farbank_federation::signing::Signer;
use farbank_transport::{
    Admission, IdentityError, IdentityKey, PeerError, PeerIdentity, PeerLimits, PeerListener,
    PeerService,
};
use serde::Serialize;
use thiserror::Error;
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::wire::{self, BenchRequest, BenchResponse, Made, Orders, Ready};
use crate::attester::{Ceremony, CeremonyError, Members, MembersError, Rounds};
use crate::config::{MemberConfig, MembersConfig};

/// Time for making the key.
const PATIENCE: Duration = Duration::from_secs(60);

/// Why a signer ended early.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SignerError {
    /// The pipe to the parent.
    #[error("the parent does not speak: {0}")]
    Pipe(#[from] std::io::Error),
    /// What came through it.
    #[error("the parent makes no sense: {0}")]
    Orders(#[from] serde_json::Error),
    /// Its identity.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The members.
    #[error(transparent)]
    Members(#[from] MembersError),
    /// Its port.
    #[error(transparent)]
    Peer(#[from] PeerError),
    /// The key.
    #[error(transparent)]
    Ceremony(#[from] CeremonyError),
}

/// Runs a signer until `orders` closes: says where it listens, makes a key with the others, signs.
///
/// # Errors
/// [`SignerError`].
pub async fn signer(
    mut orders: impl AsyncBufRead + Unpin,
    mut answers: impl AsyncWrite + Unpin,
) -> Result<(), SignerError> {
    let key = IdentityKey::generate()?;
    let limits = PeerLimits::default();
    let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    // Holds the port until the members are known; the operating system gives it out to nobody else.
    let socket = tokio::net::TcpListener::bind(anywhere).await?;
    let address = socket.local_addr()?;
    let member = MemberConfig { identity: key.identity(), address: address.into() };
    tell(&mut answers, &Ready { member }).await?;
    let mut line = String::new();
    orders.read_line(&mut line).await?;
    let Orders { parent, signers, members } = serde_json::from_str(&line)?;
    let config = MembersConfig { signers, members, ..MembersConfig::default() };
    let members = Members::of_config(&config, key.identity())?;
    let admitted = Admission::only(members.others().map(|(_, identity, _)| identity));
    let began = Instant::now();
    let listener = PeerListener::on(socket, &key, Ceremony::PROTOCOL, admitted, limits)?;
    let ceremony =
        Ceremony { key: &key, members: &members, label: "bench", patience: PATIENCE, limits };
    let stop = CancellationToken::new();
    let (outcome, farewell) = ceremony.run(listener, &stop).await?;
    farewell.say().await;
    let milliseconds = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let parent = Admission::only([parent]);
    let listener = PeerListener::bind(address, &key, wire::PROTOCOL, parent, limits).await?;
    let desk = Arc::new(Desk(Rounds::new(Signer::new(outcome.share))));
    let served = tokio::spawn(listener.serve(desk, stop.clone()));
    tell(&mut answers, &Made { group: outcome.group, milliseconds }).await?;
    line.clear();
    orders.read_line(&mut line).await?;
    stop.cancel();
    // Nothing is left to be answered.
    let _ = served.await;
    Ok(())
}

async fn tell(
    answers: &mut (impl AsyncWrite + Unpin),
    answer: &impl Serialize,
) -> Result<(), SignerError> {
    let mut line = serde_json::to_vec(answer)?;
    line.push(b'\n');
    answers.write_all(&line).await?;
    Ok(answers.flush().await?)
}

/// Signs the items of a measurement and no others.
struct Desk(Rounds<()>);

impl Desk {
    fn respond(&self, peer: PeerIdentity, request: &[u8]) -> Result<BenchResponse, Refusal> {
        let request = wire::decode(request).map_err(|_| MessageRejection::Malformed)?;
        Ok(match request {
            BenchRequest::Propose { session, inputs } => {
                let batch = wire::batch(inputs).map_err(|_| MessageRejection::Malformed)?;
                BenchResponse::Committed(self.0.commit(peer, session, batch, ())?)
            }
            BenchRequest::Sign(set) => BenchResponse::Signed(self.0.sign(peer, &set)?.1),
        })
    }
}

impl PeerService for Desk {
    async fn answer(&self, peer: PeerIdentity, request: Bytes) -> Bytes {
        let response = self.respond(peer, &request).unwrap_or_else(BenchResponse::Refused);
        // No answer has a part that cannot be written.
        wire::encode(&response).unwrap_or_default()
    }

    fn cut_off(&self, _reason: &PeerError) {}
}
