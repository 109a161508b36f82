//! A ceremony over the transport: every member listens, and delivers its messages to every other.

use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::Arc;

use bitcoin::secp256k1::rand::rngs::OsRng;
use bytes::Bytes;
use farbank_federation::dkg::{
    CeremonyId, DkgBody, DkgFailure, DkgMessage, DkgOutcome, DkgProgress, DkgRejection, DkgStatus,
    Outgoing, Participant,
};
use farbank_federation::identity::AttesterIndex;
use farbank_federation::messages::{Refusal, Request, Response};
use farbank_transport::{
    IdentityKey, PeerAddress, PeerClient, PeerError, PeerLimits, PeerListener, PeerService,
    Protocol,
};
use farbank_types::PeerIdentity;
use tokio::sync::{mpsc, Mutex};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::errors::{CeremonyError, SilentMember};
use crate::attester::Members;

/// Messages to one member: one a round and a notice of failure.
const MESSAGES: usize = 8;
/// Time for a member that has given up to tell why.
const PATIENCE: Duration = Duration::from_secs(2);
/// Time to deliver what is left when the ceremony is over here.
const FAREWELL: Duration = Duration::from_secs(10);

/// What a member brings to a ceremony.
#[derive(Debug)]
pub struct Ceremony<'a> {
    /// What it proves itself with.
    pub key: &'a IdentityKey,
    /// The members.
    pub members: &'a Members,
    /// Name that all members agree on.
    pub label: &'a str,
    /// Time until members that are silent are given up.
    pub patience: Duration,
    /// What a member may take.
    pub limits: PeerLimits,
}

/// The end of a ceremony for the others: this member's last messages are still under way.
#[derive(Debug)]
pub struct Farewell {
    postmen: JoinSet<()>,
    serving: tokio::task::JoinHandle<()>,
    stop: CancellationToken,
}

impl Farewell {
    /// Waits until the last messages are delivered, for a while, and stops listening.
    pub async fn say(mut self) {
        let delivered = async { while self.postmen.join_next().await.is_some() {} };
        if timeout(FAREWELL, delivered).await.is_err() {
            tracing::warn!(
                "not every member has taken the last message; it may have to start over"
            );
        }
        self.stop.cancel();
        // A listener that broke down has nothing left to serve.
        let _ = (&mut self.serving).await;
    }
}

impl Drop for Farewell {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

type Ended = Result<Box<DkgOutcome>, CeremonyError>;

impl Ceremony<'_> {
    /// Protocol of a ceremony; a signing attester does not speak it.
    pub const PROTOCOL: Protocol = Protocol::new("farbank/key-generation/1");

    /// Runs the ceremony. `listener` speaks [`Self::PROTOCOL`] and admits the other members. The
    /// outcome is to be made durable before the farewell is said.
    ///
    /// # Errors
    /// [`CeremonyError`]; the others are told, as far as they listen.
    pub async fn run(
        self,
        listener: PeerListener,
        stop: &CancellationToken,
    ) -> Result<(Box<DkgOutcome>, Farewell), CeremonyError> {
        let Members { roster, own, .. } = self.members;
        let ceremony = CeremonyId::new(roster, self.label.as_bytes());
        let (participant, first) = Participant::start(roster.clone(), *own, ceremony, &mut OsRng)?;
        tracing::info!(%ceremony, member = %own, "key generation begins");
        let (ended, mut ends) = mpsc::channel(MESSAGES);
        let (mut outboxes, mut postmen, mut faults) =
            (BTreeMap::new(), JoinSet::new(), BTreeMap::new());
        for (index, identity, address) in self.members.others() {
            let client =
                PeerClient::new(self.key, Self::PROTOCOL, address.clone(), identity, self.limits);
            let client = client.map_err(CeremonyError::Own)?;
            let (outbox, inbox) = mpsc::channel(MESSAGES);
            let fault = Arc::new(std::sync::Mutex::new(None));
            outboxes.insert(index, outbox);
            faults.insert(index, Arc::clone(&fault));
            let postman = Postman { index, client, inbox, fault, ended: ended.clone() };
            postmen.spawn(postman.deliver());
        }
        let desk = Arc::new(Desk {
            state: Mutex::new(State { participant, outboxes }),
            roster: self.members.clone(),
            ended,
        });
        desk.state.lock().await.send(first);
        let stop_serving = CancellationToken::new();
        let serving = tokio::spawn(listener.serve(Arc::clone(&desk), stop_serving.clone()));
        let farewell = Farewell { postmen, serving, stop: stop_serving };
        let end: Ended = tokio::select! {
            biased;
            () = stop.cancelled() => Err(CeremonyError::Stopped),
            end = ends.recv() => end.unwrap_or(Err(CeremonyError::BrokenDown)),
            () = sleep(self.patience) => Err(self.silent(&desk, &faults).await),
        };
        // No more messages: the postmen end when theirs are delivered.
        desk.state.lock().await.outboxes.clear();
        match end {
            Ok(outcome) => Ok((outcome, farewell)),
            Err(error) => {
                let told = matches!(error, CeremonyError::Failed(DkgFailure::Here(_)));
                if told {
                    let _ = timeout(PATIENCE, farewell.say()).await;
                }
                Err(error)
            }
        }
    }

    async fn silent(
        &self,
        desk: &Desk,
        faults: &BTreeMap<AttesterIndex, Arc<std::sync::Mutex<Option<String>>>>,
    ) -> CeremonyError {
        let state = desk.state.lock().await;
        let Some(round) = state.participant.round() else { return CeremonyError::BrokenDown };
        let awaited = state.participant.awaited();
        let member = |(index, _, address): (_, _, &PeerAddress)| SilentMember {
            index,
            address: address.clone(),
            fault: faults.get(&index).and_then(|fault| lock(fault).clone()),
        };
        let silent = self.members.others().filter(|(index, ..)| awaited.contains(index));
        CeremonyError::Silent { round, members: silent.map(member).collect() }
    }
}

fn lock<T>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Receives the others' messages.
struct Desk {
    state: Mutex<State>,
    roster: Members,
    ended: mpsc::Sender<Ended>,
}

struct State {
    participant: Participant,
    outboxes: BTreeMap<AttesterIndex, mpsc::Sender<DkgMessage>>,
}

impl State {
    fn send(&mut self, outgoing: Vec<Outgoing>) {
        for Outgoing { to, message } in outgoing {
            let sent =
                self.outboxes.get(&to).is_some_and(|outbox| outbox.try_send(message).is_ok());
            if !sent {
                tracing::debug!(member = %to, "a message has nobody to deliver it any more");
            }
        }
    }
}

impl Desk {
    async fn take(&self, sender: AttesterIndex, message: DkgMessage) -> Response {
        let round = message.body.round();
        let mut state = self.state.lock().await;
        let before = state.participant.round();
        let DkgProgress { send, status } = match state.participant.receive(sender, message) {
            Ok(progress) => progress,
            Err(rejection) => {
                tracing::warn!(member = %sender, %rejection, "refused a message");
                return Response::Refused(rejection.into());
            }
        };
        tracing::debug!(member = %sender, ?round, "took a message");
        state.send(send);
        let end = match status {
            DkgStatus::Running => {
                let now = state.participant.round();
                if let Some(awaited) = now.filter(|_| now != before) {
                    tracing::info!(%awaited, "next round of the key generation");
                }
                return Response::DkgTaken;
            }
            DkgStatus::Finished(outcome) => Ok(outcome),
            DkgStatus::Failed(failure) => Err(failure.into()),
        };
        // The channel is full only after the end.
        let _ = self.ended.try_send(end);
        Response::DkgTaken
    }
}

impl PeerService for Desk {
    async fn answer(&self, peer: PeerIdentity, request: Bytes) -> Bytes {
        let sender = self.roster.roster.index_of(peer);
        let response = match (sender, Request::decode(&request)) {
            (Some(sender), Ok(Request::Dkg(message))) => self.take(sender, message).await,
            (_, Ok(_)) => Response::Refused(Refusal::NotAllowed),
            (_, Err(rejection)) => Response::Refused(rejection.into()),
        };
        // Neither answer has a part that cannot be written.
        response.encode().map(Bytes::from_owner).unwrap_or_default()
    }

    fn cut_off(&self, _reason: &PeerError) {}
}

/// Delivers messages to one member in their order.
struct Postman {
    index: AttesterIndex,
    client: PeerClient,
    inbox: mpsc::Receiver<DkgMessage>,
    fault: Arc<std::sync::Mutex<Option<String>>>,
    ended: mpsc::Sender<Ended>,
}

impl Postman {
    async fn deliver(mut self) {
        while let Some(message) = self.inbox.recv().await {
            if let Err(error) = self.deliver_one(&message).await {
                // Nobody waits any more when the channel is closed or full.
                let _ = self.ended.try_send(Err(error));
                return;
            }
        }
    }

    async fn deliver_one(&self, message: &DkgMessage) -> Result<(), CeremonyError> {
        let by = self.index;
        let request = Request::Dkg(message.clone());
        let body = request.encode().map_err(|_| CeremonyError::BrokenDown)?;
        let body = Bytes::from_owner(body);
        let answer = loop {
            match self.client.request(body.clone()).await {
                Ok(answer) => break answer,
                Err(error) if error.is_transient() => {
                    tracing::debug!(member = %by, %error, "a message waits");
                    *lock(&self.fault) = Some(error.to_string());
                }
                Err(source) => {
                    let address = self.client.address().clone();
                    return Err(CeremonyError::Peer { member: by, address, source });
                }
            }
        };
        *lock(&self.fault) = None;
        let refusal = match Response::decode(&answer) {
            Ok(Response::DkgTaken) => return Ok(()),
            Ok(Response::Refused(refusal)) => refusal,
            Ok(_) | Err(_) => return Err(CeremonyError::NotUnderstood { by }),
        };
        // It came twice, the answer to the first was lost; or the other one has given up as well.
        let replayed = matches!(refusal, Refusal::Dkg(DkgRejection::Replayed { .. }));
        if replayed || matches!(message.body, DkgBody::Abort(_)) {
            return Ok(());
        }
        if refusal == Refusal::Dkg(DkgRejection::Over) {
            // Why it gave up is on its way.
            sleep(PATIENCE).await;
        }
        Err(CeremonyError::Refused { by, refusal })
    }
}
