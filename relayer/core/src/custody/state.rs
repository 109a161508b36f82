//! The states of custody: one for each thing that is waited for.

use bitcoin::Txid;
use farbank_bitcoin_light_client::BlockRef;
use farbank_types::{BitcoinHeight, UnixTime};
use serde::{Deserialize, Serialize};

use super::duties::{CustodyDuty, Proposal};
use super::events::{SigningRefusal, SubmissionRefusal};

/// A custody transaction in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustodySpend {
    /// The transaction.
    pub txid: Txid,
    /// The block that holds or held it.
    pub block: BlockRef,
}

/// What the contract is told about a custody transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Submission {
    /// It is in a block.
    Prove,
    /// Its block left the best chain.
    Undo,
    /// It is against the rules.
    Report,
}

impl Submission {
    /// Returns the word that logs use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Prove => "proof",
            Self::Undo => "undoing",
            Self::Report => "report",
        }
    }
}

/// What custody waits for, with what has to be remembered until it comes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case", deny_unknown_fields)]
pub enum CustodyState {
    /// Nothing is under way.
    Idle {
        /// What has to change before something is.
        wait: CustodyWait,
    },
    /// There is something to do; waits for company.
    Collecting {
        /// End of the wait.
        until: UnixTime,
    },
    /// Waits for the attesters' signatures.
    Signing {
        /// What they are asked to sign.
        proposal: Box<Proposal>,
        /// Since when.
        since: UnixTime,
    },
    /// Signed; waits for a Bitcoin block.
    Broadcast {
        /// The attempt with the highest fee.
        txid: Txid,
        /// Bitcoin's tip when that attempt was made or first met.
        since: BitcoinHeight,
    },
    /// Signed, and no block takes it; waits for signatures of one that pays more.
    Replacing {
        /// The attempt with the highest fee so far.
        txid: Txid,
        /// What attesters are asked to sign.
        proposal: Box<Proposal>,
        /// Since when.
        since: UnixTime,
    },
    /// In a block; waits for the confirmations that the contract asks for.
    Confirmed {
        /// Where.
        spend: CustodySpend,
    },
    /// Waits until the contract took the proof.
    Proving {
        /// Of what.
        spend: CustodySpend,
    },
    /// The contract knows it in a state that is not final.
    Proven {
        /// The transaction.
        txid: Txid,
    },
    /// The contract knows a transaction whose block left the best chain, and follows the branch that
    /// the block was in; waits for its headers.
    Displaced {
        /// Where it was.
        spend: CustodySpend,
    },
    /// Waits until the contract took such a transaction back.
    Undoing {
        /// Where it was.
        spend: CustodySpend,
    },
    /// Waits until the contract saw a spend that is against the rules.
    Reporting {
        /// Where.
        spend: CustodySpend,
    },
    /// The contract refused; waits until it is asked again.
    Refused {
        /// What was submitted.
        submission: Submission,
        /// About which transaction.
        spend: CustodySpend,
        /// Why.
        refusal: SubmissionRefusal,
        /// Time of the next try.
        not_before: UnixTime,
    },
    /// The contract knows that custody was spent against the rules.
    Halted,
}

/// What has to change before a custody transaction is made. `Display` gives the cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "wait", rename_all = "kebab-case", deny_unknown_fields)]
pub enum CustodyWait {
    /// Nothing was looked at yet.
    #[error("the contract was not looked at yet")]
    Start,
    /// Bitcoin's blocks are not searched up to the tip.
    #[error("blocks are searched for custody transactions that happened before")]
    CatchingUp,
    /// Nothing to pay, nothing to sweep.
    #[error("there is nothing to pay and nothing to sweep")]
    NothingToDo,
    /// Every open redemption allows too little for fees.
    #[error("every open redemption allows less for fees than its share would be")]
    FeesTooHigh,
    /// Attesters did not sign.
    #[error("{refusal}")]
    Refused {
        /// Why.
        refusal: SigningRefusal,
        /// Time of the next try.
        not_before: UnixTime,
    },
}

impl CustodyWait {
    /// Returns what a person can do about it.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Start | Self::NothingToDo => "nothing to do",
            Self::CatchingUp => "wait: the relayer reads the blocks since the deployment",
            Self::FeesTooHigh => "raise the max fee of a redemption, or wait for a lower fee rate",
            Self::Refused { refusal, .. } => match refusal {
                SigningRefusal::TooFew { .. } => "start the missing attesters, see farbank health",
                SigningRefusal::NoAttesters => {
                    "set federation.group_file, or leave it to another relayer"
                }
                SigningRefusal::Behind | SigningRefusal::Amended => {
                    "nothing to do; it is tried again"
                }
                SigningRefusal::Limited => "wait, or ask the operators about caps and pauses",
                SigningRefusal::Disputed => {
                    "check that the relayer's nodes and deployment.json belong to the bridge"
                }
            },
        }
    }
}

impl CustodyState {
    /// The state of a relayer that knows nothing yet.
    pub const START: Self = Self::Idle { wait: CustodyWait::Start };

    /// Returns the name that logs, status and database use.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Idle { .. } => "idle",
            Self::Collecting { .. } => "collecting",
            Self::Signing { .. } => "signing",
            Self::Broadcast { .. } => "broadcast",
            Self::Replacing { .. } => "replacing",
            Self::Confirmed { .. } => "confirmed",
            Self::Proving { .. } => "proving",
            Self::Proven { .. } => "proven",
            Self::Displaced { .. } => "displaced",
            Self::Undoing { .. } => "undoing",
            Self::Reporting { .. } => "reporting",
            Self::Refused { .. } => "refused",
            Self::Halted => "halted",
        }
    }

    /// Returns everything that is to be done while the state lasts.
    #[must_use]
    pub fn duties(&self) -> Vec<CustodyDuty> {
        match self {
            Self::Signing { .. } => vec![CustodyDuty::SignCustody],
            Self::Broadcast { txid, .. } => vec![CustodyDuty::BroadcastCustody(*txid)],
            Self::Replacing { txid, .. } => {
                vec![CustodyDuty::BroadcastCustody(*txid), CustodyDuty::ReplaceCustody]
            }
            Self::Proving { spend } => vec![CustodyDuty::ProveCustody(*spend)],
            Self::Undoing { spend } => vec![CustodyDuty::UndoCustody(*spend)],
            Self::Reporting { spend } => vec![CustodyDuty::ReportCustody(*spend)],
            Self::Idle { .. }
            | Self::Collecting { .. }
            | Self::Confirmed { .. }
            | Self::Proven { .. }
            | Self::Displaced { .. }
            | Self::Refused { .. }
            | Self::Halted => Vec::new(),
        }
    }

    /// Returns the proposal that attesters are asked to sign.
    #[must_use]
    pub fn proposal(&self) -> Option<&Proposal> {
        match self {
            Self::Signing { proposal, .. } | Self::Replacing { proposal, .. } => Some(proposal),
            Self::Idle { .. }
            | Self::Collecting { .. }
            | Self::Broadcast { .. }
            | Self::Confirmed { .. }
            | Self::Proving { .. }
            | Self::Proven { .. }
            | Self::Displaced { .. }
            | Self::Undoing { .. }
            | Self::Reporting { .. }
            | Self::Refused { .. }
            | Self::Halted => None,
        }
    }
}
