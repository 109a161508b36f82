//! The members of a federation as a configuration lists them.

use farbank_federation::identity::{AttesterIndex, IdentityRejection, Roster, Threshold};
use farbank_transport::PeerAddress;
use farbank_types::PeerIdentity;
use thiserror::Error;

use crate::config::MembersConfig;

/// The members, and which of them this one is.
#[derive(Clone, Debug)]
pub struct Members {
    /// Who they are.
    pub roster: Roster,
    /// Which one this is.
    pub own: AttesterIndex,
    /// Where they listen, in the order of their indices.
    pub addresses: Vec<PeerAddress>,
}

/// Why the configured members are no federation.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum MembersError {
    /// Numbers or identities that no federation can have.
    #[error("federation.members and federation.signers: {0}")]
    Roster(#[from] IdentityRejection),
    /// This attester is not listed.
    #[error("federation.members does not list this attester, {own}; add it as every member does")]
    NotAMember {
        /// Its identity.
        own: PeerIdentity,
    },
}

impl Members {
    /// Reads the members from the configuration of the one with the identity `own`.
    ///
    /// # Errors
    /// [`MembersError`].
    pub fn of_config(config: &MembersConfig, own: PeerIdentity) -> Result<Self, MembersError> {
        let count = u16::try_from(config.members.len()).unwrap_or(u16::MAX);
        let threshold = Threshold::new(config.signers, count)?;
        let identities = config.members.iter().map(|member| member.identity).collect();
        let roster = Roster::new(threshold, identities)?;
        let own = roster.index_of(own).ok_or(MembersError::NotAMember { own })?;
        let addresses = config.members.iter().map(|member| member.address.clone()).collect();
        Ok(Self { roster, own, addresses })
    }

    /// Returns the others with their addresses.
    pub fn others(&self) -> impl Iterator<Item = (AttesterIndex, PeerIdentity, &PeerAddress)> {
        let listed = self.roster.members().zip(&self.addresses);
        listed
            .filter(|((index, _), _)| *index != self.own)
            .map(|((index, identity), address)| (index, identity, address))
    }
}
