//! What passes between coordinator and signers.

use core::fmt;
use std::collections::BTreeMap;

use farbank_types::B256;
use frost::{round1, round2};
use frost_secp256k1_tr as frost;
use rand_core::{CryptoRng, RngCore};
use serde::{Deserialize, Serialize};

use super::batch::check_size;
use super::errors::BatchRejection;
use crate::identity::AttesterIndex;

/// Name of one attempt to sign a batch. Every attempt has its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionId(B256);

impl SessionId {
    /// Wraps 32 bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(B256::new(bytes))
    }

    /// Draws a name.
    #[must_use]
    pub fn random(rng: &mut (impl CryptoRng + RngCore)) -> Self {
        let mut bytes = [0; 32];
        rng.fill_bytes(&mut bytes);
        Self::new(bytes)
    }

    /// Returns the 32 bytes.
    #[must_use]
    pub const fn get(self) -> [u8; 32] {
        self.0 .0
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One attester's commitments to its nonces, one for each input in its order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<round1::SigningCommitments>", into = "Vec<round1::SigningCommitments>")]
pub struct Commitments(Vec<round1::SigningCommitments>);

impl Commitments {
    /// Returns how many inputs they are for.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.0.len()
    }

    pub(super) const fn wrap(commitments: Vec<round1::SigningCommitments>) -> Self {
        Self(commitments)
    }
}

impl TryFrom<Vec<round1::SigningCommitments>> for Commitments {
    type Error = BatchRejection;

    fn try_from(commitments: Vec<round1::SigningCommitments>) -> Result<Self, Self::Error> {
        check_size(commitments.len())?;
        Ok(Self(commitments))
    }
}

impl From<Commitments> for Vec<round1::SigningCommitments> {
    fn from(commitments: Commitments) -> Self {
        commitments.0
    }
}

/// One attester's shares of the signatures, one for each input in its order. Not secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<round2::SignatureShare>", into = "Vec<round2::SignatureShare>")]
pub struct SignatureShares(Vec<round2::SignatureShare>);

impl SignatureShares {
    /// Returns how many inputs they are for.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.0.len()
    }

    pub(super) const fn wrap(shares: Vec<round2::SignatureShare>) -> Self {
        Self(shares)
    }

    pub(super) fn of_input(&self, input: usize) -> Option<round2::SignatureShare> {
        self.0.get(input).copied()
    }
}

impl TryFrom<Vec<round2::SignatureShare>> for SignatureShares {
    type Error = BatchRejection;

    fn try_from(shares: Vec<round2::SignatureShare>) -> Result<Self, Self::Error> {
        check_size(shares.len())?;
        Ok(Self(shares))
    }
}

impl From<SignatureShares> for Vec<round2::SignatureShare> {
    fn from(shares: SignatureShares) -> Self {
        shares.0
    }
}

/// The signers of a session and what each committed to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningSet {
    /// Which session.
    pub session: SessionId,
    /// The commitments of each signer.
    pub signers: BTreeMap<AttesterIndex, Commitments>,
}

impl SigningSet {
    /// Builds what FROST signs for one input; nothing if a signer has no commitments to it.
    pub(super) fn package(
        &self,
        input: usize,
        message: &[u8; 32],
    ) -> Option<frost::SigningPackage> {
        let of_signer = |(index, commitments): (&AttesterIndex, &Commitments)| {
            Some((index.identifier(), *commitments.0.get(input)?))
        };
        let commitments = self.signers.iter().map(of_signer).collect::<Option<BTreeMap<_, _>>>()?;
        Some(frost::SigningPackage::new(commitments, message))
    }
}
