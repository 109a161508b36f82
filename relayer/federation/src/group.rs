//! The public side of a federation's key: what `federation.json` holds.
//!
//! Decides whether key and verifying shares belong together; leaves out how they came to be.

use core::fmt;

use bitcoin::hashes::{sha256, Hash as _, HashEngine as _};
use farbank_types::{PeerIdentity, B256};
use frost::keys::{EvenY as _, PublicKeyPackage, VerifyingShare};
use frost_secp256k1_tr as frost;
use k256::elliptic_curve::sec1::FromEncodedPoint as _;
use k256::{AffinePoint, EncodedPoint, ProjectivePoint, Scalar};
use secp256k1::{PublicKey, XOnlyPublicKey};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::identity::{AttesterIndex, IdentityRejection, Roster, Threshold};

/// Version of the form of `federation.json` that this code writes and reads.
pub const GROUP_VERSION: u32 = 1;

/// Why values describe no federation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum GroupRejection {
    /// Written by another version of this program.
    #[error("federation file of version {found}, this program reads {GROUP_VERSION}")]
    UnknownVersion {
        /// The version it names.
        found: u32,
    },
    /// Numbers or identities are wrong.
    #[error(transparent)]
    Identity(#[from] IdentityRejection),
    /// Attesters are listed in ascending order without a gap.
    #[error("attester {found} is listed where {expected} belongs")]
    WrongOrder {
        /// The index listed.
        found: AttesterIndex,
        /// The index that belongs there.
        expected: AttesterIndex,
    },
    /// A verifying share is not on the polynomial whose value at zero is the federation key.
    #[error("the verifying share of attester {index} does not belong to the federation key")]
    ForeignShare {
        /// Whose share.
        index: AttesterIndex,
    },
    /// The federation key is not what the verifying shares interpolate to.
    #[error("the verifying shares do not belong to the federation key")]
    ForeignKey,
}

/// What everybody may know of a federation's key.
///
/// The federation key P is the outcome of the key generation: the joint key with the empty taproot
/// tweak of BIP-0341 applied, the point of even y. Custody is `OP_1 P.x`, signed by P as it is;
/// deposits tweak P by their leaf.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "GroupFile", into = "GroupFile")]
pub struct Group {
    roster: Roster,
    federation_key: XOnlyPublicKey,
    verifying_shares: Vec<PublicKey>,
}

impl Group {
    /// Takes the parts; `verifying_shares` in the order of the indices.
    ///
    /// # Errors
    /// [`GroupRejection::ForeignShare`] or [`GroupRejection::ForeignKey`] when the shares are not
    /// those of the key, [`GroupRejection::Identity`] when there are too few or too many.
    pub fn new(
        roster: Roster,
        federation_key: XOnlyPublicKey,
        verifying_shares: Vec<PublicKey>,
    ) -> Result<Self, GroupRejection> {
        let threshold = roster.threshold();
        if verifying_shares.len() != usize::from(threshold.attesters()) {
            let (listed, expected) = (verifying_shares.len(), threshold.attesters());
            return Err(IdentityRejection::WrongCount { listed, expected }.into());
        }
        check_polynomial(threshold, &federation_key, &verifying_shares)?;
        Ok(Self { roster, federation_key, verifying_shares })
    }

    /// Takes what FROST computed; normalises to the key of even y.
    pub(crate) fn from_package(
        roster: Roster,
        package: PublicKeyPackage,
    ) -> Result<Self, GroupRejection> {
        let package = package.into_even_y(None);
        let key = package.verifying_key().serialize().map_err(|_| GroupRejection::ForeignKey)?;
        let federation_key = key
            .get(1..)
            .and_then(|x| XOnlyPublicKey::from_slice(x).ok())
            .ok_or(GroupRejection::ForeignKey)?;
        let share_of = |index: AttesterIndex| {
            let share = package.verifying_shares().get(&index.identifier())?;
            PublicKey::from_slice(&share.serialize().ok()?).ok()
        };
        let shares = roster
            .threshold()
            .indices()
            .map(|index| share_of(index).ok_or(GroupRejection::ForeignShare { index }))
            .collect::<Result<_, _>>()?;
        Self::new(roster, federation_key, shares)
    }

    /// Returns what FROST needs to verify and add up shares.
    pub(crate) fn package(&self) -> PublicKeyPackage {
        let even = self.federation_key.public_key(secp256k1::Parity::Even).serialize();
        let key = frost::VerifyingKey::deserialize(&even).expect("secp256k1 checked the point");
        let shares = self
            .roster
            .threshold()
            .indices()
            .zip(&self.verifying_shares)
            .map(|(index, share)| (index.identifier(), frost_share(share)))
            .collect();
        PublicKeyPackage::new(shares, key, Some(self.threshold().signers()))
    }

    /// Returns the federation key P, x-only (BIP-0340).
    #[must_use]
    pub const fn federation_key(&self) -> XOnlyPublicKey {
        self.federation_key
    }

    /// Returns who holds the shares.
    #[must_use]
    pub const fn roster(&self) -> &Roster {
        &self.roster
    }

    /// Returns how many of how many sign.
    #[must_use]
    pub const fn threshold(&self) -> Threshold {
        self.roster.threshold()
    }

    /// Returns the public point of an attester's share; nothing for an index of no member.
    #[must_use]
    pub fn verifying_share(&self, index: AttesterIndex) -> Option<PublicKey> {
        self.verifying_shares.get(usize::from(index.get()) - 1).copied()
    }

    /// Returns a digest of every field, by which attesters compare what they hold.
    #[must_use]
    pub fn hash(&self) -> GroupHash {
        let mut engine = sha256::Hash::engine();
        engine.input(b"farbank/federation-group/v1");
        engine.input(&self.threshold().signers().to_be_bytes());
        engine.input(&self.threshold().attesters().to_be_bytes());
        engine.input(&self.federation_key.serialize());
        for ((_, identity), share) in self.roster.members().zip(&self.verifying_shares) {
            engine.input(&identity.get());
            engine.input(&share.serialize());
        }
        GroupHash(B256::new(sha256::Hash::from_engine(engine).to_byte_array()))
    }
}

/// Digest of a [`Group`]: SHA-256 over a tag, k and n (u16 big-endian), P (32 bytes), then identity (32)
/// and verifying share (33, compressed) of each attester.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GroupHash(B256);

impl GroupHash {
    /// Returns the 32 bytes.
    #[must_use]
    pub const fn get(self) -> [u8; 32] {
        self.0 .0
    }
}

impl fmt::Display for GroupHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The form of the file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupFile {
    version: u32,
    threshold: Threshold,
    federation_key: XOnlyPublicKey,
    attesters: Vec<GroupMember>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupMember {
    index: AttesterIndex,
    identity: PeerIdentity,
    verifying_share: PublicKey,
}

impl TryFrom<GroupFile> for Group {
    type Error = GroupRejection;

    fn try_from(file: GroupFile) -> Result<Self, Self::Error> {
        if file.version != GROUP_VERSION {
            return Err(GroupRejection::UnknownVersion { found: file.version });
        }
        for (expected, member) in file.threshold.indices().zip(&file.attesters) {
            if member.index != expected {
                return Err(GroupRejection::WrongOrder { found: member.index, expected });
            }
        }
        let (identities, shares) = file
            .attesters
            .into_iter()
            .map(|member| (member.identity, member.verifying_share))
            .unzip();
        Self::new(Roster::new(file.threshold, identities)?, file.federation_key, shares)
    }
}

impl From<Group> for GroupFile {
    fn from(group: Group) -> Self {
        let attesters = group
            .roster
            .members()
            .zip(&group.verifying_shares)
            .map(|((index, identity), share)| GroupMember {
                index,
                identity,
                verifying_share: *share,
            })
            .collect();
        Self {
            version: GROUP_VERSION,
            threshold: group.threshold(),
            federation_key: group.federation_key,
            attesters,
        }
    }
}

fn frost_share(share: &PublicKey) -> VerifyingShare {
    VerifyingShare::deserialize(&share.serialize()).expect("secp256k1 checked the point")
}

/// The first k shares fix the polynomial in the exponent: its value at zero must be the key, its value
/// at every further index that share. A file that fails here would name the wrong culprit, or give
/// users an address that nobody can spend from.
fn check_polynomial(
    threshold: Threshold,
    key: &XOnlyPublicKey,
    shares: &[PublicKey],
) -> Result<(), GroupRejection> {
    let points: Vec<ProjectivePoint> = shares.iter().map(point).collect();
    let nodes: Vec<Scalar> =
        threshold.indices().map(|index| Scalar::from(u64::from(index.get()))).collect();
    let base = usize::from(threshold.signers());
    let at = |x: Scalar| {
        interpolate(&nodes[..base], &points[..base], x).ok_or(GroupRejection::ForeignKey)
    };
    if at(Scalar::ZERO)? != point(&key.public_key(secp256k1::Parity::Even)) {
        return Err(GroupRejection::ForeignKey);
    }
    for (index, (x, share)) in threshold.indices().zip(nodes.iter().zip(&points)).skip(base) {
        if at(*x)? != *share {
            return Err(GroupRejection::ForeignShare { index });
        }
    }
    Ok(())
}

fn point(key: &PublicKey) -> ProjectivePoint {
    let encoded = EncodedPoint::from_bytes(key.serialize()).expect("33 bytes, compressed");
    let affine: Option<AffinePoint> = AffinePoint::from_encoded_point(&encoded).into();
    affine.expect("secp256k1 checked the point").into()
}

/// Lagrange interpolation at `x`; the nodes are distinct.
fn interpolate(nodes: &[Scalar], values: &[ProjectivePoint], x: Scalar) -> Option<ProjectivePoint> {
    let mut sum = ProjectivePoint::IDENTITY;
    for (node, value) in nodes.iter().zip(values) {
        let (mut numerator, mut denominator) = (Scalar::ONE, Scalar::ONE);
        for other in nodes.iter().filter(|other| *other != node) {
            numerator *= x - other;
            denominator *= node - other;
        }
        let inverse: Option<Scalar> = denominator.invert().into();
        sum += *value * (numerator * inverse?);
    }
    Some(sum)
}
