//! Why a step of the demo does not succeed.

use std::path::PathBuf;

use farbank_contracts::{Fault, SubmitError};
use farbank_relayer::adapters::bitcoin::BitcoindError;
use farbank_relayer::client::error::{ClientError, ClientFault};
use farbank_relayer::client::file::FileError;
use farbank_relayer::client::key::KeyFileError;
use farbank_relayer::client::peg_in::address::AddressRejection;
use farbank_relayer::client::peg_in::pay::PayRejection;
use farbank_relayer::client::peg_in::reclaim::ReclaimRefusal;
use farbank_relayer::client::peg_in::status::StatusRejection;
use farbank_relayer::client::peg_out::request::RequestRejection;
use farbank_relayer::client::refusal::UnusableDeposit;
use farbank_relayer::client::relayer::RelayerError;
use farbank_relayer::client::side_chain::DeploymentRejection;
use farbank_relayer_core::peg_in::reclaim::ReclaimRejection;
use thiserror::Error;

use crate::failure::{Error as DevnetError, Failure};

/// Why a step does not succeed. The demo reports it as the step's note.
#[derive(Debug, Error)]
pub(super) enum StepFailure {
    #[error(transparent)]
    Devnet(#[from] Failure),
    #[error(transparent)]
    Address(#[from] AddressRejection),
    #[error(transparent)]
    Deposit(#[from] UnusableDeposit),
    #[error(transparent)]
    Client(#[from] ClientFault),
    #[error(transparent)]
    Deployment(#[from] ClientError<DeploymentRejection>),
    #[error(transparent)]
    Pay(#[from] ClientError<PayRejection>),
    #[error(transparent)]
    Request(#[from] ClientError<RequestRejection>),
    #[error(transparent)]
    Reclaim(#[from] ClientError<ReclaimRefusal>),
    #[error(transparent)]
    Status(#[from] ClientError<StatusRejection>),
    #[error(transparent)]
    Submit(#[from] SubmitError),
    #[error(transparent)]
    ReclaimTransaction(#[from] ReclaimRejection),
    #[error("the deposit file {} holds no reclaim secret", file.display())]
    NoReclaimSecret { file: PathBuf },
    #[error("the devnet runs no relayer")]
    NoRelayer,
    #[error("expected {expected}, found {found}")]
    Unexpected { expected: &'static str, found: &'static str },
    #[error("not minted after {seconds} s: {cause}")]
    NotMinted { seconds: u64, cause: String },
    #[error("no custody transaction {what} was proven within {seconds} s; see the logs of the relayer and the attesters")]
    NoCustodyTransaction { what: &'static str, seconds: u64 },
    #[error("{what} of the deposit cannot be found on the chains")]
    Missing { what: &'static str },
}

macro_rules! through {
    ($($source:ty => $variant:ident as $via:ty),* $(,)?) => {
        $(impl From<$source> for StepFailure {
            fn from(error: $source) -> Self {
                Self::$variant(<$via>::from(error))
            }
        })*
    };
}

through! {
    DevnetError => Devnet as Failure,
    BitcoindError => Client as ClientFault,
    Fault => Client as ClientFault,
    FileError => Client as ClientFault,
    KeyFileError => Client as ClientFault,
    RelayerError => Client as ClientFault,
}
