//! What the libraries answer, sorted into refusals, wrong usage and faults outside.

#![expect(clippy::wildcard_enum_match_arm, reason = "a fault without a name here is outside")]

use std::error::Error;

use farbank_relayer::adapters::bitcoin::BitcoindError;
use farbank_relayer::client::error::{ClientError, ClientFault};
use farbank_relayer::client::file::FileError;
use farbank_relayer::client::key::KeyFileError;
use farbank_relayer::client::relayer::RelayerError;
use farbank_relayer::client::wallet::WalletError;
use farbank_relayer::client::WrongNetwork;
use serde::Serialize;
use serde_json::json;

use crate::failure::Failure;

/// Sorts the end of a call of the user's side.
pub(crate) fn client_failure<R: Error + Serialize>(error: ClientError<R>) -> Failure {
    match error {
        ClientError::Refused(rejection) => Failure::refused(&rejection),
        ClientError::Fault(fault) => fault_failure(fault),
    }
}

/// Sorts a fault: files and addresses that were given wrong are the user's to correct.
pub(crate) fn fault_failure(fault: ClientFault) -> Failure {
    match fault {
        ClientFault::Bitcoin(error) => bitcoin_failure(error),
        ClientFault::Wallet(error) => wallet_failure(error),
        ClientFault::File(error) => file_failure(error),
        ClientFault::Key(error) => key_failure(error),
        ClientFault::Relayer(error) => relayer_failure(error),
        other => Failure::outside(other),
    }
}

/// Another network is a refusal, an address that is none wrong usage, the rest a fault outside.
pub(crate) fn bitcoin_failure(error: BitcoindError) -> Failure {
    if let BitcoindError::WrongNetwork { expected, actual, .. } = &error {
        return Failure::refused(&WrongNetwork { expected: *expected, found: *actual });
    }
    if matches!(error, BitcoindError::BadUrl { .. }) {
        return Failure::usage(error);
    }
    Failure::outside(error)
}

/// The wallet's refusals keep their names.
pub(crate) fn wallet_failure(error: WalletError) -> Failure {
    match error {
        WalletError::Refused(rejection) => Failure::refused(&rejection),
        WalletError::Bitcoin(error) => bitcoin_failure(error),
        other => Failure::outside(other),
    }
}

/// A file that was named wrong is wrong usage; a full disk is not.
pub(crate) fn file_failure(error: FileError) -> Failure {
    if matches!(error, FileError::Exists { .. } | FileError::Unreadable { .. }) {
        return Failure::usage(error);
    }
    Failure::outside(error)
}

/// A key file that does not serve is wrong usage.
pub(crate) fn key_failure(error: KeyFileError) -> Failure {
    match error {
        KeyFileError::File(error) => file_failure(error),
        other => Failure::usage(other),
    }
}

fn relayer_failure(error: RelayerError) -> Failure {
    if let RelayerError::Refused { url, name, .. } = &error {
        return Failure::named(name, json!({ "relayer": url }), &error);
    }
    if matches!(error, RelayerError::TokenUnreadable { .. } | RelayerError::Unauthorized { .. }) {
        return Failure::usage(error);
    }
    Failure::outside(error)
}
