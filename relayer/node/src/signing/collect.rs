//! One session: both rounds, again with others where somebody fails.

use core::fmt;
use core::future::Future;
use core::time::Duration;
use std::collections::BTreeMap;

use bitcoin::secp256k1::rand::rngs::OsRng;
use bitcoin::secp256k1::schnorr;
use farbank_federation::group::Group;
use farbank_federation::identity::AttesterIndex;
use farbank_federation::messages::Refusal;
use farbank_federation::signing::{
    Commitments, Coordinator, CoordinatorRejection, CoordinatorStep, NotEnoughSigners, SessionId,
    SignatureShares, SigningBatch, SigningSet,
};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};
use thiserror::Error;
use tokio::time::{sleep_until, Instant};

/// Whoever signs one batch.
pub trait Signers: Sync {
    /// Why there was no answer.
    type Error: fmt::Display + Send;

    /// Asks for commitments under a session.
    fn propose(
        &self,
        attester: AttesterIndex,
        session: SessionId,
    ) -> impl Future<Output = Result<Result<Commitments, Refusal>, Self::Error>> + Send;

    /// Asks for shares.
    fn sign(
        &self,
        attester: AttesterIndex,
        set: SigningSet,
    ) -> impl Future<Output = Result<Result<SignatureShares, Refusal>, Self::Error>> + Send;
}

/// Too few attesters signed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{shortage}{}", Reasons { refusals, faults })]
pub struct NotSigned {
    /// How many were left, and who failed how.
    pub shortage: NotEnoughSigners,
    /// Why attesters refused.
    pub refusals: BTreeMap<AttesterIndex, Refusal>,
    /// What went wrong on the way to attesters that did not answer.
    pub faults: BTreeMap<AttesterIndex, String>,
}

struct Reasons<'a> {
    refusals: &'a BTreeMap<AttesterIndex, Refusal>,
    faults: &'a BTreeMap<AttesterIndex, String>,
}

impl fmt::Display for Reasons<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (attester, refusal) in self.refusals {
            write!(f, "; {attester}: {}: {refusal}", refusal.name())?;
        }
        for (attester, fault) in self.faults {
            write!(f, "; {attester}: {fault}")?;
        }
        Ok(())
    }
}

/// An attester's answer.
enum Answer<E> {
    Committed(AttesterIndex, SessionId, Result<Result<Commitments, Refusal>, E>),
    Signed(AttesterIndex, SessionId, Result<Result<SignatureShares, Refusal>, E>),
}

/// Has a batch signed. An attester that does not answer within `round` counts as silent and is not
/// asked again; the signatures returned are verified.
///
/// # Errors
/// [`NotSigned`].
pub async fn collect<S: Signers>(
    group: Group,
    batch: SigningBatch,
    signers: &S,
    round: Duration,
) -> Result<Vec<schnorr::Signature>, Box<NotSigned>> {
    let (coordinator, mut step) = Coordinator::start(group, batch, &mut OsRng);
    let mut session = Session { coordinator, refusals: BTreeMap::new(), faults: BTreeMap::new() };
    // Answers that come too late stay in here, so that their connections are read to the end.
    let mut asked = FuturesUnordered::new();
    let mut end = Instant::now() + round;
    loop {
        step = match step {
            CoordinatorStep::Propose { session, attesters } => {
                for attester in attesters {
                    let answer = signers.propose(attester, session);
                    let answer = answer.map(move |got| Answer::Committed(attester, session, got));
                    asked.push(answer.boxed());
                }
                end = Instant::now() + round;
                CoordinatorStep::Wait
            }
            CoordinatorStep::Sign(set) => {
                let session = set.session;
                for attester in set.signers.keys().copied() {
                    let answer = signers.sign(attester, set.clone());
                    let answer = answer.map(move |got| Answer::Signed(attester, session, got));
                    asked.push(answer.boxed());
                }
                end = Instant::now() + round;
                CoordinatorStep::Wait
            }
            CoordinatorStep::Wait => tokio::select! {
                biased;
                Some(answer) = asked.next() => session.take(answer),
                () = sleep_until(end) => session.give_up_waiting(),
            },
            CoordinatorStep::Done(signatures) => return Ok(signatures),
            CoordinatorStep::Failed(shortage) => {
                let Session { refusals, faults, .. } = session;
                return Err(Box::new(NotSigned { shortage, refusals, faults }));
            }
        };
    }
}

struct Session {
    coordinator: Coordinator,
    refusals: BTreeMap<AttesterIndex, Refusal>,
    faults: BTreeMap<AttesterIndex, String>,
}

impl Session {
    fn take<E: fmt::Display>(&mut self, answer: Answer<E>) -> CoordinatorStep {
        let taken = match answer {
            Answer::Committed(from, session, Ok(Ok(commitments))) => {
                self.coordinator.committed(from, session, commitments)
            }
            Answer::Signed(from, session, Ok(Ok(shares))) => {
                self.coordinator.signed(from, session, shares, &mut OsRng)
            }
            Answer::Committed(from, session, Ok(Err(refusal)))
            | Answer::Signed(from, session, Ok(Err(refusal))) => {
                tracing::warn!(attester = %from, name = refusal.name(), %refusal, "refused to sign");
                self.refusals.insert(from, refusal);
                self.coordinator.refused(from, session, &mut OsRng)
            }
            Answer::Committed(from, session, Err(fault))
            | Answer::Signed(from, session, Err(fault)) => {
                tracing::warn!(attester = %from, %fault, "did not answer");
                self.faults.insert(from, fault.to_string());
                self.coordinator.unreachable(from, session, &mut OsRng)
            }
        };
        waiting(taken)
    }

    fn give_up_waiting(&mut self) -> CoordinatorStep {
        let silent = self.coordinator.awaited();
        tracing::warn!(?silent, "attesters did not answer in time");
        waiting(self.coordinator.timed_out(&mut OsRng))
    }
}

/// An answer that nobody waits for changes nothing.
fn waiting(taken: Result<CoordinatorStep, CoordinatorRejection>) -> CoordinatorStep {
    taken.unwrap_or_else(|rejection| {
        tracing::debug!(%rejection, "an answer came too late");
        CoordinatorStep::Wait
    })
}
