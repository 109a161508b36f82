//! What the machine wants done.

use bitcoin::{Amount, OutPoint, Txid};
use farbank_federation::custody::{SigningRequest, SpentOutput};
use serde::{Deserialize, Serialize};

use super::state::CustodySpend;

/// A transaction that attesters are asked to sign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proposal {
    /// What attesters are sent.
    pub request: SigningRequest,
    /// The outputs that it spends, in the order of its inputs.
    pub spent: Vec<SpentOutput>,
    /// Its fee.
    #[serde(with = "bitcoin::amount::serde::as_sat", rename = "fee_sat")]
    pub fee: Amount,
}

impl Proposal {
    /// Returns the transaction's id, the same before and after signing.
    #[must_use]
    pub fn txid(&self) -> Txid {
        self.request.transaction.compute_txid()
    }

    /// Returns the custody output that it spends.
    #[must_use]
    pub fn input(&self) -> OutPoint {
        // A proposal is built with one; without any it would spend nothing at all.
        self.request
            .transaction
            .input
            .first()
            .map_or(OutPoint::null(), |input| input.previous_output)
    }
}

/// What the machine wants done. Idempotent: each runs again after a crash, for as long as the state
/// that issued it lasts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CustodyDuty {
    /// Have attesters sign the proposal of the state.
    SignCustody,
    /// Have attesters sign the state's replacement of an attempt that no block takes.
    ReplaceCustody,
    /// Send the attempt to the Bitcoin network, again and again.
    BroadcastCustody(Txid),
    /// Prove the transaction to the contract.
    ProveCustody(CustodySpend),
    /// Have the contract undo the transaction, whose block left the best chain.
    UndoCustody(CustodySpend),
    /// Show the contract a spend of custody that is against the rules.
    ReportCustody(CustodySpend),
}

impl CustodyDuty {
    /// Returns the name that logs and database use.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::SignCustody => "sign-custody",
            Self::ReplaceCustody => "replace-custody",
            Self::BroadcastCustody(_) => "broadcast-custody",
            Self::ProveCustody(_) => "prove-custody",
            Self::UndoCustody(_) => "undo-custody",
            Self::ReportCustody(_) => "report-custody",
        }
    }
}
