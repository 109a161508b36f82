//! Who takes part in a federation: indices, threshold, pinned identities.
//!
//! Decides which numbers make a federation; leaves out how a peer proves its identity (the transport
//! does) and every key but the pinned ones.

use core::fmt;

use farbank_types::PeerIdentity;
use frost_secp256k1_tr as frost;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Most attesters of one federation. Keeps every message of a signing round far below a frame of the
/// transport: 64 attesters' commitments for 64 inputs are 0.3 MiB.
pub const MAX_ATTESTERS: u16 = 64;

/// Why numbers or identities make no federation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, Serialize, Deserialize)]
pub enum IdentityRejection {
    /// Attesters are numbered from 1 to [`MAX_ATTESTERS`].
    #[error("attester {index} is outside 1 to {MAX_ATTESTERS}")]
    IndexOutOfRange {
        /// The number given.
        index: u16,
    },
    /// No number of faulty attesters f >= 1 satisfies `k > (n + f) / 2` and `k <= n - f`.
    #[error("{k} of {n} signers tolerate no faulty one (k > (n+f)/2 and k <= n-f for some f >= 1, n <= {MAX_ATTESTERS})")]
    BadThreshold {
        /// Signers needed.
        k: u16,
        /// Attesters.
        n: u16,
    },
    /// A roster lists as many identities as its threshold says.
    #[error("{listed} identities for {expected} attesters")]
    WrongCount {
        /// Identities listed.
        listed: usize,
        /// Attesters by the threshold.
        expected: u16,
    },
    /// One identity would hold two shares.
    #[error("attester {index} has the identity of another one, {identity}")]
    DuplicateIdentity {
        /// The later of the two.
        index: AttesterIndex,
        /// What they share.
        identity: PeerIdentity,
    },
}

/// Number of an attester, from 1. Also its FROST identifier, so it never changes within one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct AttesterIndex(u16);

impl AttesterIndex {
    /// Takes a number from 1 to [`MAX_ATTESTERS`].
    ///
    /// # Errors
    /// [`IdentityRejection::IndexOutOfRange`].
    pub const fn new(index: u16) -> Result<Self, IdentityRejection> {
        if index == 0 || index > MAX_ATTESTERS {
            return Err(IdentityRejection::IndexOutOfRange { index });
        }
        Ok(Self(index))
    }

    /// Returns the number.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }

    /// Returns the FROST identifier of that number.
    pub(crate) fn identifier(self) -> frost::Identifier {
        frost::Identifier::try_from(self.0).expect("an index is never zero")
    }
}

impl TryFrom<u16> for AttesterIndex {
    type Error = IdentityRejection;

    fn try_from(index: u16) -> Result<Self, Self::Error> {
        Self::new(index)
    }
}

impl From<AttesterIndex> for u16 {
    fn from(index: AttesterIndex) -> Self {
        index.0
    }
}

impl fmt::Display for AttesterIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// `k` of `n` attesters sign. Tolerates at least one faulty attester: with f faulty ones, any two
/// sets of k signers share an honest one (`k > (n + f) / 2`), and the honest ones suffice
/// (`k <= n - f`). The smallest is 3 of 4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RawThreshold", into = "RawThreshold")]
pub struct Threshold {
    k: u16,
    n: u16,
}

impl Threshold {
    /// Takes `k` of `n`.
    ///
    /// # Errors
    /// [`IdentityRejection::BadThreshold`].
    pub const fn new(k: u16, n: u16) -> Result<Self, IdentityRejection> {
        // With f = 1: 2k > n + 1 and k + 1 <= n. Numbers beyond the bound cannot overflow here.
        if n > MAX_ATTESTERS || k >= n || 2 * k <= n + 1 {
            return Err(IdentityRejection::BadThreshold { k, n });
        }
        Ok(Self { k, n })
    }

    /// Returns how many signers make a signature.
    #[must_use]
    pub const fn signers(self) -> u16 {
        self.k
    }

    /// Returns how many attesters there are.
    #[must_use]
    pub const fn attesters(self) -> u16 {
        self.n
    }

    /// Returns how many faulty attesters are tolerated: the greatest f of the two conditions.
    #[must_use]
    pub const fn faults(self) -> u16 {
        let (silent, two_faced) = (self.n - self.k, 2 * self.k - self.n - 1);
        if silent < two_faced {
            silent
        } else {
            two_faced
        }
    }

    /// Whether `index` belongs to one of the `n`.
    #[must_use]
    pub const fn contains(self, index: AttesterIndex) -> bool {
        index.0 <= self.n
    }

    /// Returns every index in ascending order.
    pub fn indices(self) -> impl Iterator<Item = AttesterIndex> + Clone {
        (1..=self.n).map(AttesterIndex)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawThreshold {
    k: u16,
    n: u16,
}

impl TryFrom<RawThreshold> for Threshold {
    type Error = IdentityRejection;

    fn try_from(raw: RawThreshold) -> Result<Self, Self::Error> {
        Self::new(raw.k, raw.n)
    }
}

impl From<Threshold> for RawThreshold {
    fn from(threshold: Threshold) -> Self {
        Self { k: threshold.k, n: threshold.n }
    }
}

/// The attesters of one federation: threshold and one pinned identity for each index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RawRoster", into = "RawRoster")]
pub struct Roster {
    threshold: Threshold,
    identities: Vec<PeerIdentity>,
}

impl Roster {
    /// Takes the identities in the order of their indices.
    ///
    /// # Errors
    /// [`IdentityRejection::WrongCount`] and [`IdentityRejection::DuplicateIdentity`].
    pub fn new(
        threshold: Threshold,
        identities: Vec<PeerIdentity>,
    ) -> Result<Self, IdentityRejection> {
        if identities.len() != usize::from(threshold.n) {
            let (listed, expected) = (identities.len(), threshold.n);
            return Err(IdentityRejection::WrongCount { listed, expected });
        }
        for (position, (index, identity)) in threshold.indices().zip(&identities).enumerate() {
            if identities[..position].contains(identity) {
                let identity = *identity;
                return Err(IdentityRejection::DuplicateIdentity { index, identity });
            }
        }
        Ok(Self { threshold, identities })
    }

    /// Returns the threshold.
    #[must_use]
    pub const fn threshold(&self) -> Threshold {
        self.threshold
    }

    /// Returns every attester in ascending order.
    pub fn members(&self) -> impl Iterator<Item = (AttesterIndex, PeerIdentity)> + '_ {
        self.threshold.indices().zip(self.identities.iter().copied())
    }

    /// Returns the identity pinned for an index; nothing for an index of no member.
    #[must_use]
    pub fn identity(&self, index: AttesterIndex) -> Option<PeerIdentity> {
        self.identities.get(usize::from(index.0) - 1).copied()
    }

    /// Returns the index of an identity; nothing for a stranger.
    #[must_use]
    pub fn index_of(&self, identity: PeerIdentity) -> Option<AttesterIndex> {
        self.members().find_map(|(index, pinned)| (pinned == identity).then_some(index))
    }

    /// Returns the member that FROST blames under `identifier`.
    pub(crate) fn blamed(&self, identifier: frost::Identifier) -> Option<AttesterIndex> {
        self.threshold.indices().find(|index| index.identifier() == identifier)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRoster {
    threshold: Threshold,
    identities: Vec<PeerIdentity>,
}

impl TryFrom<RawRoster> for Roster {
    type Error = IdentityRejection;

    fn try_from(raw: RawRoster) -> Result<Self, Self::Error> {
        Self::new(raw.threshold, raw.identities)
    }
}

impl From<Roster> for RawRoster {
    fn from(roster: Roster) -> Self {
        Self { threshold: roster.threshold, identities: roster.identities }
    }
}
