//! The deposit file: what a depositor keeps until the deposit is minted.
//!
//! It is self-contained: with it, a Bitcoin node and nothing else the depositor reclaims. Its
//! public part, the announcement, is all that a relayer needs.

use core::fmt;

use bitcoin::address::NetworkUnchecked;
use bitcoin::secp256k1::{Secp256k1, SecretKey, Verification};
use bitcoin::{Address, Network};
use farbank_types::{BitcoinHeight, Deployment};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::descriptor::{DepositDescriptor, DescriptorRejection};

/// Version of the format; a file of another version is refused.
pub const DEPOSIT_FILE_VERSION: u32 = 1;

/// The public part of a deposit file: clients give it to any relayer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DepositAnnouncement {
    /// Network of the address.
    pub network: Network,
    /// The address; derived from the descriptor and kept to notice damage.
    pub address: Address<NetworkUnchecked>,
    /// What determines the address.
    pub descriptor: DepositDescriptor,
    /// Bitcoin tip when the address was made: no earlier block can pay it.
    pub birth_height: BitcoinHeight,
}

/// What a depositor keeps.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DepositFile {
    /// [`DEPOSIT_FILE_VERSION`].
    pub version: u32,
    /// The public part.
    pub deposit: DepositAnnouncement,
    /// The reclaim key's secret; absent when the depositor keeps it elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reclaim_secret: Option<ReclaimSecret>,
}

/// Secret of a reclaim key: never logged, wiped when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct ReclaimSecret([u8; 32]);

/// A deposit file or announcement that must not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DepositFileRejection {
    /// Not the JSON of a deposit file.
    #[error("the deposit file is damaged: {source}; restore it from a copy")]
    DamagedDepositFile {
        /// Where reading stopped.
        #[source]
        source: serde_json::Error,
    },
    /// Some field was changed after the address was derived.
    #[error("the deposit file is damaged: its descriptor gives {derived}, it says {found}; restore it from a copy")]
    AddressMismatch {
        /// What the descriptor gives.
        derived: String,
        /// What the file says.
        found: String,
    },
    /// The secret is not the one of the reclaim key.
    #[error("the deposit file is damaged: its secret is not the one of its reclaim key; restore it from a copy")]
    ReclaimSecretMismatch,
    /// A format of another version of this program.
    #[error(
        "the deposit file has version {found}, expected {DEPOSIT_FILE_VERSION}; use the farbank that wrote it"
    )]
    UnknownVersion {
        /// What the file says.
        found: u32,
    },
    /// Made for another Bitcoin network.
    #[error("the deposit is for {found}, expected {expected}; choose the deployment that it was made for")]
    WrongNetwork {
        /// Network of the deployment or node.
        expected: Network,
        /// Network of the deposit.
        found: Network,
    },
    /// Made for another bridge.
    #[error("the deposit is for bridge instance {found}, expected {expected}; choose the deployment that it was made for")]
    WrongInstance {
        /// Instance of the deployment.
        expected: farbank_types::B256,
        /// Instance of the deposit.
        found: farbank_types::B256,
    },
    /// Right bridge, but not its key or timelock.
    #[error("the deposit's federation key or reclaim delay is not the deployment's; nobody would mint it: do not pay it")]
    ForeignTerms,
    /// The descriptor gives no output.
    #[error(transparent)]
    Descriptor(#[from] DescriptorRejection),
}

impl DepositAnnouncement {
    /// Derives the address of `descriptor`.
    ///
    /// # Errors
    /// [`DepositFileRejection::Descriptor`].
    pub fn new<C: Verification>(
        secp: &Secp256k1<C>,
        network: Network,
        descriptor: DepositDescriptor,
        birth_height: BitcoinHeight,
    ) -> Result<Self, DepositFileRejection> {
        let address = descriptor.address(secp, network)?.into_unchecked();
        Ok(Self { network, address, descriptor, birth_height })
    }

    /// Checks that the address is the descriptor's, and returns it.
    ///
    /// # Errors
    /// [`DepositFileRejection::AddressMismatch`] or [`DepositFileRejection::Descriptor`].
    pub fn checked_address<C: Verification>(
        &self,
        secp: &Secp256k1<C>,
    ) -> Result<Address, DepositFileRejection> {
        let derived = self.descriptor.address(secp, self.network)?;
        if *derived.as_unchecked() != self.address {
            return Err(DepositFileRejection::AddressMismatch {
                derived: derived.to_string(),
                found: self.address.clone().assume_checked().to_string(),
            });
        }
        Ok(derived)
    }

    /// Checks that `deployment` would mint it.
    ///
    /// # Errors
    /// [`DepositFileRejection`], each with what differs.
    pub fn check_against(&self, deployment: &Deployment) -> Result<(), DepositFileRejection> {
        let expected = deployment.bitcoin.network;
        if self.network != expected {
            return Err(DepositFileRejection::WrongNetwork { expected, found: self.network });
        }
        let descriptor = &self.descriptor;
        if descriptor.instance != deployment.instance {
            return Err(DepositFileRejection::WrongInstance {
                expected: deployment.instance,
                found: descriptor.instance,
            });
        }
        let terms = (deployment.federation_key.x_only, deployment.parameters.reclaim_blocks);
        if (descriptor.federation_key, descriptor.reclaim_blocks) != terms {
            return Err(DepositFileRejection::ForeignTerms);
        }
        Ok(())
    }
}

impl DepositFile {
    /// Puts a deposit file together.
    #[must_use]
    pub const fn new(deposit: DepositAnnouncement, reclaim_secret: Option<ReclaimSecret>) -> Self {
        Self { version: DEPOSIT_FILE_VERSION, deposit, reclaim_secret }
    }

    /// Reads a deposit file and checks that nothing in it was changed.
    ///
    /// # Errors
    /// [`DepositFileRejection`], naming the damage.
    pub fn from_json<C: Verification + bitcoin::secp256k1::Signing>(
        secp: &Secp256k1<C>,
        json: &[u8],
    ) -> Result<Self, DepositFileRejection> {
        let file: Self = serde_json::from_slice(json)
            .map_err(|source| DepositFileRejection::DamagedDepositFile { source })?;
        if file.version != DEPOSIT_FILE_VERSION {
            return Err(DepositFileRejection::UnknownVersion { found: file.version });
        }
        file.deposit.checked_address(secp)?;
        if let Some(secret) = &file.reclaim_secret {
            let key = secret
                .secret_key()
                .map(|key| key.x_only_public_key(secp).0)
                .ok_or(DepositFileRejection::ReclaimSecretMismatch)?;
            if key != file.deposit.descriptor.reclaim_key {
                return Err(DepositFileRejection::ReclaimSecretMismatch);
            }
        }
        Ok(file)
    }

    /// Writes the file as indented JSON with a final line break; it may hold a secret.
    ///
    /// # Errors
    /// As [`serde_json::to_vec_pretty`].
    pub fn to_json(&self) -> Result<zeroize::Zeroizing<Vec<u8>>, serde_json::Error> {
        let mut json = serde_json::to_vec_pretty(self)?;
        json.push(b'\n');
        Ok(zeroize::Zeroizing::new(json))
    }
}

impl ReclaimSecret {
    /// Wraps a secret key.
    #[must_use]
    pub fn new(key: &SecretKey) -> Self {
        Self(key.secret_bytes())
    }

    /// Returns the key, or `None` when the bytes are no valid one.
    #[must_use]
    pub fn secret_key(&self) -> Option<SecretKey> {
        SecretKey::from_slice(&self.0).ok()
    }
}

impl fmt::Debug for ReclaimSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReclaimSecret(..)")
    }
}

impl Serialize for ReclaimSecret {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        hex::serde::serialize(self.0, serializer)
    }
}

impl<'de> Deserialize<'de> for ReclaimSecret {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        hex::serde::deserialize(deserializer).map(Self)
    }
}
