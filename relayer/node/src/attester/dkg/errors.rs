//! How a ceremony fails, and whose doing it is.

use farbank_federation::dkg::{DkgFailure, DkgFault, DkgRound};
use farbank_federation::identity::{AttesterIndex, IdentityRejection};
use farbank_federation::messages::Refusal;
use farbank_transport::{PeerAddress, PeerError};
use thiserror::Error;

/// Why a ceremony made no key.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CeremonyError {
    /// Some members did not take part in time.
    #[error(
        "no {round} message from attester {}; start it there, or check its address",
        list(members)
    )]
    Silent {
        /// What was awaited.
        round: DkgRound,
        /// From whom, with what went wrong on the way to it.
        members: Vec<SilentMember>,
    },
    /// A member broke the rules, or said that another one did.
    #[error(transparent)]
    Failed(#[from] DkgFailure),
    /// A member does not take this one's message.
    #[error("attester {by} refuses: {refusal}")]
    Refused {
        /// Who.
        by: AttesterIndex,
        /// Why.
        refusal: Refusal,
    },
    /// A member does not answer as one.
    #[error("attester {by} does not understand; use the same version of farbank everywhere")]
    NotUnderstood {
        /// Who.
        by: AttesterIndex,
    },
    /// A member cannot be talked to, now or later.
    #[error("attester {member} at {address}: {source}")]
    Peer {
        /// Who.
        member: AttesterIndex,
        /// Where.
        address: PeerAddress,
        /// Why.
        source: PeerError,
    },
    /// The own port, or the own key.
    #[error(transparent)]
    Own(PeerError),
    /// The members are no federation.
    #[error(transparent)]
    Roster(#[from] IdentityRejection),
    /// It was told to stop.
    #[error("stopped before the key was made")]
    Stopped,
    /// A part of this program broke down.
    #[error("the ceremony broke down; please report it")]
    BrokenDown,
}

impl CeremonyError {
    /// Returns the name of the reason, when it is an answer of the domain and no fault.
    #[must_use]
    pub const fn refusal(&self) -> Option<&'static str> {
        match self {
            Self::Silent { .. } => Some("SilentMember"),
            Self::Failed(_) => Some("CeremonyFailed"),
            Self::Refused { .. } => Some("MessageRefused"),
            Self::NotUnderstood { .. } => Some("NotUnderstood"),
            Self::Peer { source, .. } => Some(source.name()),
            Self::Own(_) | Self::Roster(_) | Self::Stopped | Self::BrokenDown => None,
        }
    }

    /// Returns the indices of the members whose doing it is, as far as that is known.
    #[must_use]
    pub fn members(&self) -> Vec<u16> {
        match self {
            Self::Silent { members, .. } => {
                members.iter().map(|member| member.index.get()).collect()
            }
            Self::Failed(DkgFailure::Here(fault) | DkgFailure::Reported { fault, .. }) => {
                blamed(fault).map(AttesterIndex::get).into_iter().collect()
            }
            Self::Refused { by, .. } | Self::NotUnderstood { by } => vec![by.get()],
            Self::Peer { member, .. } => vec![member.get()],
            Self::Own(_) | Self::Roster(_) | Self::Stopped | Self::BrokenDown => Vec::new(),
        }
    }
}

/// A member that did not take part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SilentMember {
    /// Which one.
    pub index: AttesterIndex,
    /// Where it should listen.
    pub address: PeerAddress,
    /// What went wrong on the way to it, if this one's own messages did not arrive.
    pub fault: Option<String>,
}

/// Returns whose doing a fault is.
const fn blamed(fault: &DkgFault) -> Option<AttesterIndex> {
    match fault {
        DkgFault::WrongDegree { sender, .. }
        | DkgFault::InvalidProofOfKnowledge { sender }
        | DkgFault::InconsistentBroadcast { sender, .. }
        | DkgFault::MalformedEcho { sender, .. }
        | DkgFault::BadSecretShare { sender }
        | DkgFault::DifferentResult { sender } => Some(*sender),
        DkgFault::UnusableKey => None,
    }
}

fn list(members: &[SilentMember]) -> String {
    let one = |member: &SilentMember| match &member.fault {
        Some(fault) => format!("{} at {} ({fault})", member.index, member.address),
        None => format!("{} at {}", member.index, member.address),
    };
    members.iter().map(one).collect::<Vec<_>>().join(", ")
}
