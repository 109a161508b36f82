//! What a participant answers to a message that it does not take, and how a ceremony fails.

use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;
use thiserror::Error;

use super::message::{CeremonyId, DkgRound};
use crate::identity::AttesterIndex;

/// Why a message is refused. The ceremony goes on as if it had not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, IntoStaticStr, Serialize, Deserialize)]
pub enum DkgRejection {
    /// The sender takes no part.
    #[error("attester {sender} takes no part in this key generation")]
    UnknownSender {
        /// Who sent it.
        sender: AttesterIndex,
    },
    /// It carries the receiver's own index.
    #[error("attester {sender} is this attester itself")]
    OwnIndex {
        /// The index.
        sender: AttesterIndex,
    },
    /// It belongs to another ceremony.
    #[error("message of ceremony {found}, this is {expected}")]
    WrongCeremony {
        /// The ceremony that it names.
        found: CeremonyId,
        /// The one that runs here.
        expected: CeremonyId,
    },
    /// The sender's message of that round is here already; nothing replaces it.
    #[error("attester {sender} has sent its {round} message before")]
    Replayed {
        /// Who sent it.
        sender: AttesterIndex,
        /// Its round.
        round: DkgRound,
    },
    /// The sender left out a round.
    #[error("attester {sender} sent its {found} message, {expected} comes first")]
    OutOfOrder {
        /// Who sent it.
        sender: AttesterIndex,
        /// The round that came.
        found: DkgRound,
        /// The round that comes next from it.
        expected: DkgRound,
    },
    /// The sender cannot have what it needs for that round: this attester has not sent it yet.
    #[error("attester {sender} sent its {round} message before it could")]
    Premature {
        /// Who sent it.
        sender: AttesterIndex,
        /// Its round.
        round: DkgRound,
    },
    /// The ceremony has ended here.
    #[error("this key generation is over")]
    Over,
}

/// What ends a ceremony, and whose doing it is. Also sent to the others, so that every operator reads
/// the same reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, IntoStaticStr, Serialize, Deserialize)]
pub enum DkgFault {
    /// Commitments to a polynomial of another degree.
    #[error("attester {sender} committed to {found} coefficients instead of {expected}")]
    WrongDegree {
        /// Whose.
        sender: AttesterIndex,
        /// Coefficients sent.
        found: usize,
        /// The threshold.
        expected: u16,
    },
    /// No proof that the sender knows the secret behind its commitment.
    #[error("attester {sender} does not prove that it knows its secret")]
    InvalidProofOfKnowledge {
        /// Whose.
        sender: AttesterIndex,
    },
    /// Two attesters saw different first messages of one sender: it sent two, or `seen_by` lies.
    #[error("attester {seen_by} saw another first message of attester {sender} than this one")]
    InconsistentBroadcast {
        /// Whose message.
        sender: AttesterIndex,
        /// Who saw another one.
        seen_by: AttesterIndex,
    },
    /// An echo lists one hash for each attester.
    #[error("attester {sender} echoed {found} hashes instead of {expected}")]
    MalformedEcho {
        /// Whose.
        sender: AttesterIndex,
        /// Hashes sent.
        found: usize,
        /// Attesters.
        expected: u16,
    },
    /// A secret share that does not lie on the polynomial that its sender committed to.
    #[error("attester {sender} sent a secret share that does not fit its commitments")]
    BadSecretShare {
        /// Whose.
        sender: AttesterIndex,
    },
    /// Another result than this attester's.
    #[error("attester {sender} arrived at another key")]
    DifferentResult {
        /// Whose.
        sender: AttesterIndex,
    },
    /// The packages add up to no usable key. Nobody can bring this about alone; start again.
    #[error("the packages add up to no usable key")]
    UnusableKey,
}

/// How a ceremony failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DkgFailure {
    /// Found here.
    #[error(transparent)]
    Here(#[from] DkgFault),
    /// Reported by another attester; its word only.
    #[error("attester {reporter} gave up: {fault}")]
    Reported {
        /// Who reported.
        reporter: AttesterIndex,
        /// What it found.
        fault: DkgFault,
    },
}
