//! What can happen to custody.

use bitcoin::Txid;
use serde::{Deserialize, Serialize};

use super::state::{CustodySpend, Submission};

/// What can happen to custody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CustodyEvent {
    /// Both chains were looked at: the context holds what was seen.
    Viewed,
    /// Enough attesters signed the proposal; the transaction is written with the new state.
    Signed {
        /// The signed transaction.
        txid: Txid,
    },
    /// Not enough attesters signed the proposal.
    SigningRefused {
        /// Id of the proposed transaction.
        txid: Txid,
        /// Why.
        refusal: SigningRefusal,
    },
    /// The Bitcoin node does not take the transaction into its pool.
    BroadcastRefused {
        /// The transaction.
        txid: Txid,
    },
    /// The contract refuses a proof, before or after it was sent.
    SubmissionRefused {
        /// What was submitted.
        submission: Submission,
        /// About which transaction.
        spend: CustodySpend,
        /// Why.
        refusal: SubmissionRefusal,
    },
}

impl CustodyEvent {
    /// Returns the name that logs use.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Viewed => "viewed",
            Self::Signed { .. } => "signed",
            Self::SigningRefused { .. } => "signing-refused",
            Self::BroadcastRefused { .. } => "broadcast-refused",
            Self::SubmissionRefused { .. } => "submission-refused",
        }
    }
}

/// Why attesters did not sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "refusal", rename_all = "kebab-case", deny_unknown_fields)]
pub enum SigningRefusal {
    /// Too few are there.
    #[error("{answered} attesters answered, {needed} are needed")]
    TooFew {
        /// How many answered.
        answered: u16,
        /// How many have to sign.
        needed: u16,
    },
    /// This relayer knows none.
    #[error("this relayer is configured without attesters; it only carries proofs")]
    NoAttesters,
    /// Their view of a chain is a little behind this relayer's, or ahead of it.
    #[error("the attesters see another state of a chain")]
    Behind,
    /// One part of the proposal is disputed; the next one leaves it out.
    #[error("the attesters refused a part of the transaction; the next one leaves it out")]
    Amended,
    /// A cap or a pause.
    #[error("a limit or a pause of the attesters stands in the way")]
    Limited,
    /// They refuse what this relayer finds valid.
    #[error("the attesters refuse a transaction that this relayer finds valid; see the log")]
    Disputed,
}

/// Why the contract did not take a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum SubmissionRefusal {
    /// Another relayer was faster, or a chain was reorganised: look again.
    #[error("another relayer was faster")]
    Overtaken,
    /// The contract sees fewer confirmations than this relayer.
    #[error("the contract sees fewer confirmations than this relayer")]
    NotDeepEnough,
    /// The redemptions that it pays are not known here.
    #[error(
        "the redemptions that the transaction pays are not identified; another relayer may know"
    )]
    Unidentified,
    /// The contract refuses what this relayer finds valid.
    #[error("the contract refuses a proof that this relayer finds valid; see the log")]
    Disputed,
    /// It failed without a reason.
    #[error("the proof failed without a reason")]
    Unexplained,
}
