//! Key generation: the members make a key that nobody ever holds.
//!
//! Decides when a share is written: once all members have confirmed the same key, and never over
//! another. Leaves out the rounds, which `farbank-federation` runs. Needs neither a chain nor a
//! deployment.

mod ceremony;
mod errors;
pub(crate) mod files;

use core::time::Duration;
use std::path::PathBuf;

use bitcoin::secp256k1::rand::rngs::OsRng;
use bitcoin::XOnlyPublicKey;
use farbank_federation::group::Group;
use farbank_federation::share::{KdfCost, KeyShare};
use farbank_transport::{Admission, IdentityError, IdentityKey, PeerError, PeerListener};
use serde::Serialize;
use thiserror::Error;
use tokio::task::JoinError;
use tokio_util::sync::CancellationToken;

use super::members::{Members, MembersError};
use crate::config::{AttesterConfig, ConfigError, MembersConfig};

pub use ceremony::{Ceremony, Farewell};
pub use errors::{CeremonyError, SilentMember};
pub use files::ShareFileError;

/// What key generation left behind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DkgReport {
    /// The federation's key P, x-only.
    pub federation_key: XOnlyPublicKey,
    /// Index of this member.
    pub index: u16,
    /// How many members sign.
    pub signers: u16,
    /// How many members there are.
    pub members: u16,
    /// Where the public file is.
    pub group_file: PathBuf,
    /// Where this member's share is.
    pub share_file: PathBuf,
    /// Whether the key was made now; otherwise it was there.
    pub made: bool,
}

/// Why no key was made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DkgError {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The identity of this member.
    #[error("peer.identity_file: {0}")]
    Identity(#[from] IdentityError),
    /// The members.
    #[error(transparent)]
    Members(#[from] MembersError),
    /// A file of the share.
    #[error(transparent)]
    Files(#[from] ShareFileError),
    /// There is a public file and no share: this member has lost it, or is not the one it was.
    #[error(
        "{} exists without {}; restore the share, or remove the file to make another key",
        group_file.display(), share_file.display()
    )]
    GroupWithoutShare {
        /// The public file.
        group_file: PathBuf,
        /// The missing share.
        share_file: PathBuf,
    },
    /// The files are those of another federation than the configured one.
    #[error(
        "{} holds the share of another federation than the configured one; give other file names",
        share_file.display()
    )]
    OtherFederation {
        /// The share.
        share_file: PathBuf,
    },
    /// The own port.
    #[error(transparent)]
    Listen(PeerError),
    /// The ceremony.
    #[error(transparent)]
    Ceremony(#[from] CeremonyError),
    /// A part of this program broke down.
    #[error("key generation broke down; please report it: {0}")]
    BrokenDown(#[from] JoinError),
}

impl DkgError {
    /// Returns the name of the reason, when it is an answer of the domain and no fault.
    #[must_use]
    pub const fn refusal(&self) -> Option<&'static str> {
        match self {
            Self::GroupWithoutShare { .. } => Some("GroupWithoutShare"),
            Self::OtherFederation { .. } => Some("OtherFederation"),
            Self::Ceremony(error) => error.refusal(),
            Self::Config(_)
            | Self::Identity(_)
            | Self::Members(_)
            | Self::Files(_)
            | Self::Listen(_)
            | Self::BrokenDown(_) => None,
        }
    }

    /// Returns the indices of the members whose doing it is, as far as that is known.
    #[must_use]
    pub fn members(&self) -> Vec<u16> {
        match self {
            Self::Ceremony(error) => error.members(),
            Self::Config(_)
            | Self::Identity(_)
            | Self::Members(_)
            | Self::Files(_)
            | Self::GroupWithoutShare { .. }
            | Self::OtherFederation { .. }
            | Self::Listen(_)
            | Self::BrokenDown(_) => Vec::new(),
        }
    }

    /// Returns whether the configuration or the files that it names have to change.
    #[must_use]
    pub const fn is_configuration(&self) -> bool {
        matches!(
            self,
            Self::Config(_)
                | Self::Identity(_)
                | Self::Members(_)
                | Self::Files(_)
                | Self::Listen(_)
        )
    }
}

/// Makes the federation's key together with the other members, or finds that it was made.
///
/// # Errors
/// [`DkgError`].
pub async fn dkg(config: AttesterConfig, stop: CancellationToken) -> Result<DkgReport, DkgError> {
    config.check()?;
    let key = IdentityKey::open_or_make(&config.peer.identity_file)?;
    let members = Members::of_config(&config.federation, key.identity())?;
    let paths = config.federation.clone();
    let found = members.clone();
    let existing = tokio::task::spawn_blocking(move || existing(&paths, &found)).await??;
    if let Some(group) = existing {
        tracing::info!("the key was made before");
        return Ok(report(&config.federation, &members, &group, false));
    }
    let limits = config.peer.limits();
    let admitted = Admission::only(members.others().map(|(_, identity, _)| identity));
    let listener =
        PeerListener::bind(config.peer.listen, &key, Ceremony::PROTOCOL, admitted, limits)
            .await
            .map_err(DkgError::Listen)?;
    tracing::info!(address = %listener.address(), identity = %key.identity(), "waits for members");
    let ceremony = Ceremony {
        key: &key,
        members: &members,
        label: &config.federation.ceremony,
        patience: Duration::from_secs(config.federation.ceremony_timeout_secs),
        limits,
    };
    let (outcome, farewell) = ceremony.run(listener, &stop).await?;
    let report = report(&config.federation, &members, &outcome.group, true);
    let paths = config.federation;
    tokio::task::spawn_blocking(move || keep(&paths, &outcome.share)).await??;
    farewell.say().await;
    tracing::info!(federation_key = %report.federation_key, "the federation has its key");
    Ok(report)
}

/// Seals and writes the share, then the public file.
fn keep(paths: &MembersConfig, share: &KeyShare) -> Result<(), ShareFileError> {
    let passphrase = files::passphrase(&paths.passphrase_file)?;
    let sealed = share.seal(&passphrase, KdfCost::RECOMMENDED, &mut OsRng);
    let sealed = sealed
        .map_err(|source| ShareFileError::Share { path: paths.share_file.clone(), source })?;
    files::write_share(&paths.share_file, &sealed)?;
    files::write_group(&paths.group_file, share.group())
}

/// Returns the group that was made before, its public file completed; nothing when there is none.
fn existing(paths: &MembersConfig, members: &Members) -> Result<Option<Group>, DkgError> {
    let passphrase = files::passphrase(&paths.passphrase_file)?;
    let share = files::read_share(&paths.share_file, &passphrase)?;
    let group = files::read_group(&paths.group_file)?;
    let (share_file, group_file) = (paths.share_file.clone(), paths.group_file.clone());
    let Some(share) = share else {
        return match group {
            Some(_) => Err(DkgError::GroupWithoutShare { group_file, share_file }),
            None => Ok(None),
        };
    };
    let same = share.group().roster() == &members.roster
        && share.index() == members.own
        && group.as_ref().is_none_or(|group| group == share.group());
    if !same {
        return Err(DkgError::OtherFederation { share_file });
    }
    if group.is_none() {
        files::write_group(&paths.group_file, share.group())?;
    }
    Ok(Some(share.group().clone()))
}

fn report(paths: &MembersConfig, members: &Members, group: &Group, made: bool) -> DkgReport {
    DkgReport {
        federation_key: group.federation_key(),
        index: members.own.get(),
        signers: group.threshold().signers(),
        members: group.threshold().attesters(),
        group_file: paths.group_file.clone(),
        share_file: paths.share_file.clone(),
        made,
    }
}
