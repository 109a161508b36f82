//! New deposit addresses, derived here and registered nowhere.

use std::path::Path;

use bitcoin::secp256k1::{Secp256k1, SecretKey, Signing, Verification};
use bitcoin::{Amount, Network, XOnlyPublicKey};
use farbank_relayer_core::peg_in::deposit_file::{DepositAnnouncement, DepositFile, ReclaimSecret};
use farbank_relayer_core::peg_in::descriptor::{Action, DepositDescriptor};
use farbank_types::{BitcoinHeight, Deployment, EvmAddress, B256};
use serde::Serialize;

use crate::client::error::ClientFault;
use crate::client::file::{self, FileError};
use crate::client::refusal::UnusableDeposit;

/// What the depositor chooses.
#[derive(Debug)]
pub struct NewDeposit {
    /// Who receives the minted amount less the carrier fee.
    pub recipient: EvmAddress,
    /// What the claim pays to whoever carries it.
    pub carrier_fee: Amount,
    /// Random: two deposits with one salt would share their address.
    pub salt: B256,
    /// Who can take the deposit back.
    pub reclaim_key: ReclaimKey,
    /// The Bitcoin node's tip: no earlier block can pay the address.
    pub birth_height: BitcoinHeight,
}

/// The key that can take a deposit back.
#[derive(Debug)]
pub enum ReclaimKey {
    /// Made for this deposit; the deposit file keeps its secret.
    InFile(SecretKey),
    /// Kept elsewhere by the depositor; the deposit file holds no secret.
    Elsewhere(XOnlyPublicKey),
}

/// Why no address is made.
#[derive(Debug, Serialize, thiserror::Error)]
#[serde(tag = "refused")]
#[non_exhaustive]
pub enum AddressRejection {
    /// Nobody has the key of this account.
    #[error("the recipient is the zero address: the coins would be lost; give your own account")]
    ZeroRecipient,
    /// The fee would leave nothing of the least deposit.
    #[error(
        "a carrier fee of {carrier_fee} leaves nothing of the least deposit of {least}; choose a \
         lower one"
    )]
    CarrierFeeTooHigh {
        /// What was chosen.
        #[serde(with = "bitcoin::amount::serde::as_sat", rename = "carrier_fee_sat")]
        carrier_fee: Amount,
        /// The bridge's least deposit.
        #[serde(with = "bitcoin::amount::serde::as_sat", rename = "least_sat")]
        least: Amount,
    },
    /// The node or the deposit belongs to another network.
    #[error("the Bitcoin node serves {found}, the bridge is for {expected}; use another node")]
    WrongNetwork {
        /// The bridge's network.
        expected: Network,
        /// The node's network.
        found: Network,
    },
    /// The descriptor gives no address.
    #[error(transparent)]
    #[serde(untagged)]
    Unusable(#[from] UnusableDeposit),
}

/// Derives the address of a new deposit. Neither a node nor a file is touched.
///
/// # Errors
/// [`AddressRejection`].
pub fn derive<C: Signing + Verification>(
    secp: &Secp256k1<C>,
    deployment: &Deployment,
    new: NewDeposit,
) -> Result<DepositFile, AddressRejection> {
    if new.recipient == EvmAddress::ZERO {
        return Err(AddressRejection::ZeroRecipient);
    }
    let least = deployment.parameters.min_deposit;
    if new.carrier_fee >= least {
        return Err(AddressRejection::CarrierFeeTooHigh { carrier_fee: new.carrier_fee, least });
    }
    let (reclaim_key, secret) = match &new.reclaim_key {
        ReclaimKey::InFile(key) => (key.x_only_public_key(secp).0, Some(ReclaimSecret::new(key))),
        ReclaimKey::Elsewhere(key) => (*key, None),
    };
    let descriptor = DepositDescriptor {
        instance: deployment.instance,
        federation_key: deployment.federation_key.x_only,
        recipient: new.recipient,
        carrier_fee: new.carrier_fee,
        salt: new.salt,
        action: Action::Mint,
        reclaim_blocks: deployment.parameters.reclaim_blocks,
        reclaim_key,
    };
    let network = deployment.bitcoin.network;
    let announcement = DepositAnnouncement::new(secp, network, descriptor, new.birth_height)
        .map_err(UnusableDeposit)?;
    Ok(DepositFile::new(announcement, secret))
}

/// Writes a new deposit file with mode 600 and waits until it is durable: only then may the address
/// be shown. Never overwrites one, because it may hold the only copy of a reclaim key.
///
/// # Errors
/// [`FileError::Exists`] and other faults of the disk.
pub fn save_new(file: &DepositFile, path: &Path) -> Result<(), ClientFault> {
    let json = file.to_json()?;
    file::write_new_private(path, &json)?;
    Ok(())
}

/// Reads a deposit file and checks it for damage.
///
/// # Errors
/// [`UnusableDeposit`], or [`FileError::Unreadable`] as a fault.
pub fn load<C: Signing + Verification>(
    secp: &Secp256k1<C>,
    path: &Path,
) -> Result<Result<DepositFile, UnusableDeposit>, FileError> {
    let json = std::fs::read(path)
        .map_err(|source| FileError::Unreadable { path: path.to_owned(), source })?;
    Ok(DepositFile::from_json(secp, &json).map_err(UnusableDeposit))
}
