//! The parent's side: starts the signers, has them sign, and takes the time.

use core::time::Duration;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;

use farbank_federation::group::Group;
use farbank_federation::identity::AttesterIndex;
use farbank_federation::messages::Refusal;
use farbank_federation::signing::{
    BatchRejection, Commitments, SessionId, SignatureShares, SigningSet,
};
use farbank_transport::{IdentityError, IdentityKey, PeerClient, PeerError, PeerLimits};
use serde::de::DeserializeOwned;
use thiserror::Error;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::{timeout, Instant};

use super::wire::{self, BenchRequest, BenchResponse, Made, Orders, Ready};
use crate::config::MemberConfig;
use crate::signing::{collect, NotSigned, Signers};

/// Signers that are started.
pub const SIGNERS: u16 = 4;
/// Signers that sign.
pub const THRESHOLD: u16 = 3;

/// Time for a line of a signer, the key generation included.
const LINE: Duration = Duration::from_secs(90);
/// Time for a round.
const ROUND: Duration = Duration::from_secs(30);

/// What was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SigningBench {
    /// From the proposal to verified signatures of all items, over connections that are open.
    pub signing: Duration,
    /// The slowest signer's key generation.
    pub key_generation: Duration,
}

/// Why nothing was measured.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SigningBenchError {
    /// A signer cannot be started or talked to.
    #[error("a signer's process failed: {0}")]
    Process(#[from] std::io::Error),
    /// A signer says nothing, or ended.
    #[error("a signer's process ended early or hangs")]
    Silent,
    /// A signer says something else.
    #[error("a signer's process makes no sense: {0}")]
    Nonsense(#[from] serde_json::Error),
    /// The signers hold different keys.
    #[error("the signers made different keys")]
    DifferentKeys,
    /// The own identity.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// A connection.
    #[error(transparent)]
    Peer(#[from] PeerError),
    /// The number of inputs.
    #[error(transparent)]
    Batch(#[from] BatchRejection),
    /// Too few signed.
    #[error(transparent)]
    NotSigned(#[from] Box<NotSigned>),
}

/// Has [`SIGNERS`] processes make a key and [`THRESHOLD`] of them sign `inputs` items. `command` with
/// `arguments` starts a process that runs [`super::signer()`] on its standard streams.
///
/// # Errors
/// [`SigningBenchError`].
pub async fn signing(
    command: &Path,
    arguments: &[&str],
    inputs: u16,
) -> Result<SigningBench, SigningBenchError> {
    let batch = wire::batch(inputs)?;
    let key = IdentityKey::generate()?;
    let mut processes = Vec::new();
    for _ in 0..SIGNERS {
        processes.push(Process::start(command, arguments)?);
    }
    let mut members = Vec::new();
    for process in &mut processes {
        members.push(process.line::<Ready>().await?.member);
    }
    let orders = Orders { parent: key.identity(), signers: THRESHOLD, members: members.clone() };
    let mut line = serde_json::to_vec(&orders)?;
    line.push(b'\n');
    for process in &mut processes {
        process.orders.write_all(&line).await?;
    }
    let mut groups: Vec<Group> = Vec::new();
    let mut key_generation = Duration::ZERO;
    for process in &mut processes {
        let Made { group, milliseconds } = process.line().await?;
        key_generation = key_generation.max(Duration::from_millis(milliseconds));
        groups.push(group);
    }
    let group = match groups.split_first() {
        Some((first, others)) if others.iter().all(|other| other == first) => first.clone(),
        _ => return Err(SigningBenchError::DifferentKeys),
    };
    let mut asked = Asked::new(&key, &group, &members, 1)?;
    // A relayer that runs has its connections open.
    collect(group.clone(), wire::batch(1)?, &asked, ROUND).await?;
    asked.inputs = inputs;
    let began = Instant::now();
    collect(group, batch, &asked, ROUND).await?;
    Ok(SigningBench { signing: began.elapsed(), key_generation })
}

/// A signer's process; ends with its pipe.
struct Process {
    _child: Child,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Process {
    fn start(command: &Path, arguments: &[&str]) -> Result<Self, SigningBenchError> {
        let mut child = Command::new(command)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let orders = child.stdin.take().ok_or(SigningBenchError::Silent)?;
        let answers = child.stdout.take().ok_or(SigningBenchError::Silent)?;
        Ok(Self { _child: child, orders, answers: BufReader::new(answers).lines() })
    }

    async fn line<T: DeserializeOwned>(&mut self) -> Result<T, SigningBenchError> {
        let line = timeout(LINE, self.answers.next_line()).await;
        let line = line.map_err(|_| SigningBenchError::Silent)??;
        Ok(serde_json::from_str(&line.ok_or(SigningBenchError::Silent)?)?)
    }
}

/// The signers, asked over the transport.
struct Asked {
    clients: BTreeMap<AttesterIndex, PeerClient>,
    inputs: u16,
}

impl Asked {
    fn new(
        key: &IdentityKey,
        group: &Group,
        members: &[MemberConfig],
        inputs: u16,
    ) -> Result<Self, PeerError> {
        let listed = group.roster().members().zip(members);
        let client = |((index, identity), member): (_, &MemberConfig)| {
            let address = member.address.clone();
            PeerClient::new(key, wire::PROTOCOL, address, identity, PeerLimits::default())
                .map(|client| (index, client))
        };
        Ok(Self { clients: listed.map(client).collect::<Result<_, _>>()?, inputs })
    }

    async fn ask(
        &self,
        attester: AttesterIndex,
        request: &BenchRequest,
    ) -> Result<BenchResponse, BenchFault> {
        let client = self.clients.get(&attester).ok_or(BenchFault::OtherAnswer)?;
        Ok(wire::decode(&client.request(wire::encode(request)?).await?)?)
    }
}

/// Why a signer gave no answer.
#[derive(Debug, Error)]
enum BenchFault {
    #[error(transparent)]
    Peer(#[from] PeerError),
    #[error(transparent)]
    Message(#[from] postcard::Error),
    #[error("the signer answered to something else")]
    OtherAnswer,
}

impl Signers for Asked {
    type Error = BenchFault;

    async fn propose(
        &self,
        attester: AttesterIndex,
        session: SessionId,
    ) -> Result<Result<Commitments, Refusal>, BenchFault> {
        let request = BenchRequest::Propose { session, inputs: self.inputs };
        match self.ask(attester, &request).await? {
            BenchResponse::Committed(commitments) => Ok(Ok(commitments)),
            BenchResponse::Refused(refusal) => Ok(Err(refusal)),
            BenchResponse::Signed(_) => Err(BenchFault::OtherAnswer),
        }
    }

    async fn sign(
        &self,
        attester: AttesterIndex,
        set: SigningSet,
    ) -> Result<Result<SignatureShares, Refusal>, BenchFault> {
        match self.ask(attester, &BenchRequest::Sign(set)).await? {
            BenchResponse::Signed(shares) => Ok(Ok(shares)),
            BenchResponse::Refused(refusal) => Ok(Err(refusal)),
            BenchResponse::Committed(_) => Err(BenchFault::OtherAnswer),
        }
    }
}
