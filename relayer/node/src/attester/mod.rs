//! The attester: a member of the federation that signs what it has verified itself.

mod dkg;
mod members;
mod rounds;

pub use dkg::{
    dkg, Ceremony, CeremonyError, DkgError, DkgReport, Farewell, ShareFileError, SilentMember,
};
pub use members::{Members, MembersError};
pub(crate) use rounds::Rounds;
