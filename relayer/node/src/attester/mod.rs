//! The attester: a member of the federation that signs what it has verified itself.
//!
//! Its own view of Bitcoin (`bitcoin`) and of the side chain (`side_chain`), what it signed
//! (`journal`), and the desk that answers peers: it judges a proposal by the federation's policy,
//! keeps nonces in memory between the two rounds, and makes the intent durable before a share leaves.
//! Decides nothing about what may be signed, which is `farbank-federation`'s; believes neither
//! relayers nor its own nodes, except for the verdict of an own node on a development chain.

mod api;

mod bitcoin;
mod desk;
mod dkg;
mod error;
mod figures;
mod journal;
mod members;
mod rounds;
mod run;
mod side_chain;
mod side_source;
mod start;
mod whole;

pub use api::{AttesterApi, FaultView, StandingView};

pub use bitcoin::BitcoinViewError;
pub use dkg::{
    dkg, Ceremony, CeremonyError, DkgError, DkgReport, Farewell, ShareFileError, SilentMember,
};
pub use error::{AttesterError, OtherFederation};
pub use members::{Members, MembersError};
pub(crate) use rounds::Rounds;
pub use run::run;
pub use side_chain::{GenesisError, SideViewError, Start, StateError};
pub use side_source::{EthersSideSource, SideSource, SideSourceError};
pub use whole::{Attester, AttesterTerms};
