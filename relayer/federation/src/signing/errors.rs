//! Refusals of the signer and of the coordinator, and the end of a session without signatures.

use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;
use thiserror::Error;

use super::batch::MAX_INPUTS;
use super::round::SessionId;
use crate::identity::AttesterIndex;

/// Why a list is no batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, Serialize, Deserialize)]
pub enum BatchRejection {
    /// A batch holds one to [`MAX_INPUTS`] inputs.
    #[error("{found} inputs in a batch of 1 to {MAX_INPUTS}")]
    BadSize {
        /// Its length.
        found: usize,
    },
}

/// Why an attester does not sign. The nonces concerned are gone in every case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, IntoStaticStr, Serialize, Deserialize)]
pub enum SigningRefusal {
    /// Never opened, already signed, or dropped for newer ones of the same peer.
    #[error("no open session {session}")]
    UnknownSession {
        /// The session named.
        session: SessionId,
    },
    /// A session is opened once.
    #[error("session {session} is open already")]
    SessionInUse {
        /// The session named.
        session: SessionId,
    },
    /// The set belongs to another session than the nonces.
    #[error("signers of session {found} for nonces of session {expected}")]
    WrongSession {
        /// The session of the set.
        found: SessionId,
        /// The session of the nonces.
        expected: SessionId,
    },
    /// A signature takes exactly k signers.
    #[error("{found} signers instead of {expected}")]
    WrongSignerCount {
        /// Signers in the set.
        found: usize,
        /// The threshold.
        expected: u16,
    },
    /// A signer is none of the federation.
    #[error("attester {signer} is none of this federation")]
    UnknownSigner {
        /// The index listed.
        signer: AttesterIndex,
    },
    /// A signer committed to another number of inputs.
    #[error("attester {signer} committed to {found} inputs of {expected}")]
    WrongInputCount {
        /// Whose commitments.
        signer: AttesterIndex,
        /// Inputs committed to.
        found: usize,
        /// Inputs of the batch.
        expected: usize,
    },
    /// The set leaves this attester out, or lists commitments for it that it never made.
    #[error("the signers' commitments are not those that attester {signer} made")]
    ForeignCommitments {
        /// This attester.
        signer: AttesterIndex,
    },
    /// FROST finds no signature for these commitments, whoever made them unusable.
    #[error("the commitments to input {input} are unusable")]
    UnusableCommitments {
        /// Position in the batch, from 0.
        input: usize,
    },
}

/// Why the coordinator does not take an answer. The session goes on as if it had not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CoordinatorRejection {
    /// The sender is none of the federation.
    #[error("attester {sender} is none of this federation")]
    UnknownSender {
        /// Who sent it.
        sender: AttesterIndex,
    },
    /// An answer to an earlier attempt, or to nothing.
    #[error("answer of session {found}, this is {expected}")]
    WrongSession {
        /// The session that it names.
        found: SessionId,
        /// The one that runs.
        expected: SessionId,
    },
    /// Nothing is awaited from that attester in this round: a repetition, an answer out of order, or
    /// one that came after k others.
    #[error("nothing is awaited from attester {sender}")]
    NotAwaited {
        /// Who sent it.
        sender: AttesterIndex,
    },
    /// The session has ended.
    #[error("this session is over")]
    Over,
}

/// Why an attester signs no more in this session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SignerFault {
    /// It did not answer in time.
    #[error("silent")]
    Silent,
    /// It declined.
    #[error("refused")]
    Refused,
    /// Its commitments or shares are for another number of inputs, or unusable.
    #[error("sent {found} answers for {expected} inputs")]
    WrongInputCount {
        /// Answers sent.
        found: usize,
        /// Inputs of the batch.
        expected: usize,
    },
    /// Its share of an input's signature does not verify.
    #[error("bad share for input {input}")]
    BadShare {
        /// Position in the batch, from 0.
        input: usize,
    },
}

/// Too few attesters are left for a signature. Nothing left the federation; the session can be tried
/// again later under another name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{have} signers of {need}; silent: {silent:?}, refused: {refused:?}, bad: {bad:?}")]
pub struct NotEnoughSigners {
    /// Attesters that are left.
    pub have: usize,
    /// The threshold.
    pub need: u16,
    /// Who did not answer.
    pub silent: Vec<AttesterIndex>,
    /// Who declined.
    pub refused: Vec<AttesterIndex>,
    /// Who sent something wrong.
    pub bad: Vec<AttesterIndex>,
}
