//! Allowing a payout to cost more: the requester's only lever, upwards only.

use bitcoin::Amount;
use farbank_contracts::Wait;
use farbank_federation::custody::payout_dust;
use farbank_types::{Deployment, EvmAddress, Gas, Redemption, RedemptionId, B256};
use serde::Serialize;

use super::record;
use super::submit::{submit, SubmitFailure};
use crate::client::error::ClientError;
use crate::client::key::UserKey;
use crate::client::side_chain::{self, DeploymentRejection};
use crate::deploy::ContractRefusal;

/// Which redemption may cost more.
#[derive(Debug)]
pub struct RaiseRequest<'a> {
    /// The bridge.
    pub deployment: &'a Deployment,
    /// The account that requested it.
    pub key: &'a UserKey,
    /// The redemption.
    pub id: RedemptionId,
    /// Most that the payout may stay below what is owed, from now on.
    pub max_fee: Amount,
    /// How long to wait for the side chain.
    pub wait: Wait,
}

/// A rise that the contract took.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Raised {
    /// The redemption.
    pub id: RedemptionId,
    /// The transaction on the side chain.
    pub side_tx: B256,
    /// Gas that it used.
    pub gas: Gas,
    /// What is owed.
    #[serde(with = "bitcoin::amount::serde::as_sat", rename = "owed_sat")]
    pub owed: Amount,
    /// The greatest fee before.
    #[serde(with = "bitcoin::amount::serde::as_sat", rename = "previous_max_fee_sat")]
    pub previous: Amount,
    /// The greatest fee now.
    #[serde(with = "bitcoin::amount::serde::as_sat", rename = "max_fee_sat")]
    pub max_fee: Amount,
}

/// Why the greatest fee stays as it is.
#[derive(Debug, Serialize, thiserror::Error)]
#[serde(tag = "refused")]
#[non_exhaustive]
pub enum RaiseRejection {
    /// No redemption has this id.
    #[error("redemption {id} was never requested; look at what `farbank peg-out request` printed")]
    UnknownRedemption {
        /// The id.
        id: RedemptionId,
    },
    /// It is paid: nothing is left to raise.
    #[error("redemption {id} is paid and proven; there is nothing to raise")]
    AlreadyPaid {
        /// The redemption.
        id: RedemptionId,
    },
    /// Another account requested it.
    #[error("account {requester} requested it, not {caller}; name that account's key")]
    NotRequester {
        /// Account of the key.
        caller: EvmAddress,
        /// Account that may raise the fee.
        requester: EvmAddress,
    },
    /// Not more than before.
    #[error("a max fee of {max_fee} is no rise; allow at least {floor}")]
    MaxFeeTooLow {
        /// What was asked for.
        #[serde(with = "bitcoin::amount::serde::as_sat", rename = "max_fee_sat")]
        max_fee: Amount,
        /// The least: one satoshi more than now.
        #[serde(with = "bitcoin::amount::serde::as_sat", rename = "floor_sat")]
        floor: Amount,
    },
    /// After the greatest fee too little would be left.
    #[error(
        "{payout} would be left after the greatest fee, below the dust limit of {dust}; allow less"
    )]
    DustPayout {
        /// What would be paid at least.
        #[serde(with = "bitcoin::amount::serde::as_sat", rename = "payout_sat")]
        payout: Amount,
        /// Least value that nodes relay.
        #[serde(with = "bitcoin::amount::serde::as_sat", rename = "dust_sat")]
        dust: Amount,
    },
    /// The contract refuses for a reason that was not foreseen here.
    #[error(transparent)]
    #[serde(untagged)]
    Contract(#[from] ContractRefusal),
    /// The side chain does not hold this bridge.
    #[error(transparent)]
    #[serde(untagged)]
    Deployment(#[from] DeploymentRejection),
}

/// Checks a rise by the contract's rules.
///
/// # Errors
/// [`RaiseRejection`].
pub fn check(
    redemption: &Redemption,
    caller: EvmAddress,
    max_fee: Amount,
) -> Result<(), RaiseRejection> {
    let Redemption { requester, amount, .. } = *redemption;
    if caller != requester {
        return Err(RaiseRejection::NotRequester { caller, requester });
    }
    if max_fee <= redemption.max_fee {
        let floor = redemption.max_fee.checked_add(Amount::from_sat(1)).unwrap_or(Amount::MAX);
        return Err(RaiseRejection::MaxFeeTooLow { max_fee, floor });
    }
    let payout = amount.checked_sub(max_fee).unwrap_or(Amount::ZERO);
    match payout_dust(&redemption.script) {
        Some(dust) if payout < dust => Err(RaiseRejection::DustPayout { payout, dust }),
        Some(_) | None => Ok(()),
    }
}

/// Raises the greatest fee of a redemption.
///
/// # Errors
/// [`RaiseRejection`] before anything is sent, or a fault of the node.
pub async fn raise(request: &RaiseRequest<'_>) -> Result<Raised, ClientError<RaiseRejection>> {
    let RaiseRequest { deployment, key, id, max_fee, wait } = *request;
    let client = side_chain::connect(deployment).await.map_err(ClientError::within)?;
    let head = client.node().head().await?.number;
    let Some(found) = record::find(&client, id, head).await? else {
        return Err(ClientError::Refused(RaiseRejection::UnknownRedemption { id }));
    };
    if !found.is_unpaid {
        return Err(ClientError::Refused(RaiseRejection::AlreadyPaid { id }));
    }
    let redemption = found.redemption;
    check(&redemption, key.evm_address(), max_fee).map_err(ClientError::Refused)?;
    let call = client.calls().raise_max_fee(&redemption, max_fee);
    let receipt = submit(&client, key, &call, wait).await.map_err(|failure| match failure {
        SubmitFailure::Fault(fault) => ClientError::Fault(fault),
        SubmitFailure::Refused(refusal) => {
            ClientError::Refused(ContractRefusal::from(refusal).into())
        }
    })?;
    Ok(Raised {
        id,
        side_tx: receipt.hash,
        gas: receipt.gas_used,
        owed: redemption.amount,
        previous: redemption.max_fee,
        max_fee,
    })
}
