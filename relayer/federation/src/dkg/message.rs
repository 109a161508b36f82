//! The messages of a ceremony.

use core::fmt;

use bitcoin::hashes::{sha256, Hash as _, HashEngine as _};
use farbank_types::B256;
use frost::keys::dkg::{round1, round2};
use frost_secp256k1_tr as frost;
use serde::{Deserialize, Serialize};

use super::errors::DkgFault;
use crate::group::GroupHash;
use crate::identity::Roster;

/// Name of one ceremony. A ceremony that is started again needs another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CeremonyId(B256);

impl CeremonyId {
    /// Names the ceremony of a roster: SHA-256 over a tag, the roster and `label`, which the operators
    /// agree on and never use twice.
    #[must_use]
    pub fn new(roster: &Roster, label: &[u8]) -> Self {
        let mut engine = sha256::Hash::engine();
        engine.input(b"farbank/key-generation/v1");
        engine.input(&roster.threshold().signers().to_be_bytes());
        engine.input(&roster.threshold().attesters().to_be_bytes());
        for (_, identity) in roster.members() {
            engine.input(&identity.get());
        }
        engine.input(label);
        Self(B256::new(sha256::Hash::from_engine(engine).to_byte_array()))
    }

    /// Returns the 32 bytes.
    #[must_use]
    pub const fn get(self) -> [u8; 32] {
        self.0 .0
    }
}

impl fmt::Display for CeremonyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The rounds, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum DkgRound {
    /// Commitments to a secret polynomial with a proof of knowledge, the same to everybody.
    Commit,
    /// Hashes of everybody's commitments.
    Echo,
    /// A secret share, another for each.
    Share,
    /// Hash of the result.
    Confirm,
}

impl DkgRound {
    /// Returns the round after this one.
    #[must_use]
    pub const fn next(self) -> Option<Self> {
        match self {
            Self::Commit => Some(Self::Echo),
            Self::Echo => Some(Self::Share),
            Self::Share => Some(Self::Confirm),
            Self::Confirm => None,
        }
    }
}

impl fmt::Display for DkgRound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Commit => "commitment",
            Self::Echo => "echo",
            Self::Share => "share",
            Self::Confirm => "confirmation",
        })
    }
}

/// SHA-256 of a participant's first message in its wire form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PackageHash(B256);

impl PackageHash {
    pub(super) fn of(ceremony: CeremonyId, package: &round1::Package) -> Self {
        let mut engine = sha256::Hash::engine();
        engine.input(&ceremony.get());
        // Points and scalars have one encoding each, so equal packages have equal bytes.
        let bytes = postcard::to_allocvec(package).expect("no commitment decodes to the identity");
        engine.input(&bytes);
        Self(B256::new(sha256::Hash::from_engine(engine).to_byte_array()))
    }
}

/// A share of the sender's secret, for one receiver. Zeroised on drop; travels over an encrypted,
/// authenticated channel only.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretShare(pub(super) round2::Package);

impl fmt::Debug for SecretShare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretShare")
    }
}

/// What a message says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DkgBody {
    /// First round.
    Commit(round1::Package),
    /// Second round: a hash for each attester, in the order of the indices.
    Echo(Vec<PackageHash>),
    /// Third round.
    Share(SecretShare),
    /// Fourth round.
    Confirm(GroupHash),
    /// The sender has given up, at whatever round.
    Abort(DkgFault),
}

impl DkgBody {
    /// Returns the round; nothing for a notice that the sender has given up.
    #[must_use]
    pub const fn round(&self) -> Option<DkgRound> {
        match self {
            Self::Commit(_) => Some(DkgRound::Commit),
            Self::Echo(_) => Some(DkgRound::Echo),
            Self::Share(_) => Some(DkgRound::Share),
            Self::Confirm(_) => Some(DkgRound::Confirm),
            Self::Abort(_) => None,
        }
    }
}

/// A message between two participants. Its sender is whom the transport authenticated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DkgMessage {
    /// Which ceremony.
    pub ceremony: CeremonyId,
    /// What it says.
    pub body: DkgBody,
}
