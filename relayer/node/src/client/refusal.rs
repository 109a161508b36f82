//! Refusals as the outside sees them: an object whose `refused` is the name, beside the values.

use core::fmt;

use farbank_relayer_core::peg_in::deposit_file::DepositFileRejection;
use farbank_relayer_core::peg_in::descriptor::DescriptorRejection;
use serde::{Serialize, Serializer};
use serde_json::{json, Value};

/// A deposit file that must not be used, with the name that the outside knows it by.
///
/// Damage has one name, `DamagedDepositFile`, whatever noticed it.
#[derive(Debug)]
pub struct UnusableDeposit(pub DepositFileRejection);

impl UnusableDeposit {
    fn document(&self) -> Value {
        match &self.0 {
            DepositFileRejection::DamagedDepositFile { source } => json!({
                "refused": "DamagedDepositFile",
                "damage": "not a deposit file",
                "line": source.line(),
                "column": source.column(),
            }),
            DepositFileRejection::AddressMismatch { derived, found } => json!({
                "refused": "DamagedDepositFile",
                "damage": "address",
                "expected": derived,
                "found": found,
            }),
            DepositFileRejection::ReclaimSecretMismatch => json!({
                "refused": "DamagedDepositFile",
                "damage": "reclaim secret",
            }),
            DepositFileRejection::UnknownVersion { found } => json!({
                "refused": "UnknownVersion",
                "found": found,
            }),
            DepositFileRejection::WrongNetwork { expected, found } => json!({
                "refused": "WrongNetwork",
                "expected": expected,
                "found": found,
            }),
            DepositFileRejection::WrongInstance { expected, found } => json!({
                "refused": "WrongInstance",
                "expected": expected,
                "found": found,
            }),
            DepositFileRejection::ForeignTerms => json!({ "refused": "ForeignTerms" }),
            DepositFileRejection::Descriptor(DescriptorRejection::ReclaimBlocksOutOfRange {
                found,
            }) => json!({ "refused": "ReclaimBlocksOutOfRange", "found": found }),
            DepositFileRejection::Descriptor(_) => json!({ "refused": "NoOutputKey" }),
            _ => json!({ "refused": "UnusableDeposit" }),
        }
    }
}

impl fmt::Display for UnusableDeposit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for UnusableDeposit {}

impl From<DepositFileRejection> for UnusableDeposit {
    fn from(rejection: DepositFileRejection) -> Self {
        Self(rejection)
    }
}

impl Serialize for UnusableDeposit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.document().serialize(serializer)
    }
}
