//! Paying a deposit's address from a wallet of one key.

use bitcoin::secp256k1::rand::RngCore;
use bitcoin::secp256k1::Secp256k1;
use bitcoin::{Amount, FeeRate, OutPoint};
use farbank_relayer_core::peg_in::deposit_file::DepositFile;
use farbank_types::{BlockCount, Deployment, UnixTime};
use serde::Serialize;

use crate::adapters::bitcoin::BitcoindNetwork;
use crate::client::error::{ClientError, ClientFault};
use crate::client::key::UserKey;
use crate::client::refusal::UnusableDeposit;
use crate::client::wallet::{OneKeyWallet, PaymentRejection, WalletError};
use crate::client::{check_network, WrongNetwork};

/// Blocks within which a payment should confirm.
pub const FEE_TARGET: BlockCount = BlockCount::new(6);

/// What is to be paid, from what.
#[derive(Debug)]
pub struct PayRequest<'a> {
    /// The deposit.
    pub file: &'a DepositFile,
    /// The bridge that is to mint it.
    pub deployment: &'a Deployment,
    /// How much.
    pub amount: Amount,
    /// The wallet's key.
    pub key: &'a UserKey,
    /// Fee rate; without one the node is asked.
    pub fee_rate: Option<FeeRate>,
    /// The time of the machine.
    pub now: UnixTime,
}

/// A payment that the node took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Paid {
    /// The output that pays the address.
    pub outpoint: OutPoint,
    /// Its value.
    #[serde(with = "bitcoin::amount::serde::as_sat", rename = "amount_sat")]
    pub amount: Amount,
    /// Fee of the transaction.
    #[serde(with = "bitcoin::amount::serde::as_sat", rename = "fee_sat")]
    pub fee: Amount,
    /// The address that was paid.
    pub address: String,
    /// The wallet that paid.
    pub from: String,
    /// Confirmations that the bridge needs for this sum, when nothing else is minted from its block.
    pub confirmations_needed: BlockCount,
}

/// Why nothing is paid.
#[derive(Debug, Serialize, thiserror::Error)]
#[serde(tag = "refused")]
#[non_exhaustive]
pub enum PayRejection {
    /// The bridge mints no deposit so small.
    #[error("{amount} is below the bridge's least deposit; pay at least {floor}")]
    AmountTooSmall {
        /// What was asked for.
        #[serde(with = "bitcoin::amount::serde::as_sat", rename = "amount_sat")]
        amount: Amount,
        /// The least deposit.
        #[serde(with = "bitcoin::amount::serde::as_sat", rename = "floor_sat")]
        floor: Amount,
    },
    /// The bridge never mints so much at once.
    #[error("{amount} is above what the bridge mints at once; pay at most {cap}")]
    AmountTooLarge {
        /// What was asked for.
        #[serde(with = "bitcoin::amount::serde::as_sat", rename = "amount_sat")]
        amount: Amount,
        /// The greatest sum.
        #[serde(with = "bitcoin::amount::serde::as_sat", rename = "cap_sat")]
        cap: Amount,
    },
    /// Nothing would be left for the recipient.
    #[error("the carrier fee of {carrier_fee} leaves nothing of {amount}; pay more")]
    CarrierFeeTooHigh {
        /// The deposit's carrier fee.
        #[serde(with = "bitcoin::amount::serde::as_sat", rename = "carrier_fee_sat")]
        carrier_fee: Amount,
        /// What was asked for.
        #[serde(with = "bitcoin::amount::serde::as_sat", rename = "amount_sat")]
        amount: Amount,
    },
    /// The deposit is not for this bridge, or damaged.
    #[error(transparent)]
    #[serde(untagged)]
    Unusable(#[from] UnusableDeposit),
    /// The node serves another network.
    #[error(transparent)]
    #[serde(untagged)]
    Network(#[from] WrongNetwork),
    /// The wallet cannot pay.
    #[error(transparent)]
    #[serde(untagged)]
    Payment(#[from] PaymentRejection),
}

/// Checks an amount against the bridge's bounds and the deposit's carrier fee.
///
/// # Errors
/// [`PayRejection`].
pub fn check_amount(
    amount: Amount,
    file: &DepositFile,
    deployment: &Deployment,
) -> Result<(), PayRejection> {
    let parameters = &deployment.parameters;
    let floor = parameters.min_deposit;
    if amount < floor {
        return Err(PayRejection::AmountTooSmall { amount, floor });
    }
    let cap = parameters.mint_cap.min(parameters.unswept_value_cap);
    if amount > cap {
        return Err(PayRejection::AmountTooLarge { amount, cap });
    }
    let carrier_fee = file.deposit.descriptor.carrier_fee;
    if amount <= carrier_fee {
        return Err(PayRejection::CarrierFeeTooHigh { carrier_fee, amount });
    }
    Ok(())
}

/// Pays a deposit and broadcasts the payment.
///
/// # Errors
/// [`PayRejection`] before anything is built, or a fault of the node.
pub async fn pay(
    node: &BitcoindNetwork,
    request: &PayRequest<'_>,
    randomness: &mut (impl RngCore + Send),
) -> Result<Paid, ClientError<PayRejection>> {
    let refused = ClientError::Refused;
    let PayRequest { file, deployment, amount, .. } = *request;
    let address = file
        .deposit
        .check_against(deployment)
        .and_then(|()| file.deposit.checked_address(&Secp256k1::verification_only()))
        .map_err(|error| refused(UnusableDeposit(error).into()))?;
    check_amount(amount, file, deployment).map_err(ClientError::Refused)?;
    check_network(node, deployment.bitcoin.network)
        .await?
        .map_err(|error| ClientError::Refused(error.into()))?;
    let fee_rate = match request.fee_rate {
        Some(rate) => rate,
        None => node.fee_rate(FEE_TARGET).await?,
    };
    let mut wallet =
        OneKeyWallet::new(request.key, deployment.bitcoin.network).map_err(wallet_error)?;
    wallet.sync(node, request.now).await.map_err(wallet_error)?;
    let script = address.script_pubkey();
    let payment = wallet.pay(script.clone(), amount, fee_rate, randomness).map_err(wallet_error)?;
    node.send_transaction(&payment.transaction).await?;
    let txid = payment.transaction.compute_txid();
    let outputs = (0..).zip(&payment.transaction.output);
    let vout = outputs
        .filter(|(_, output)| output.script_pubkey == script)
        .map(|(vout, _)| vout)
        .next()
        .unwrap_or_default();
    Ok(Paid {
        outpoint: OutPoint::new(txid, vout),
        amount,
        fee: payment.fee,
        address: address.to_string(),
        from: wallet.address().to_string(),
        confirmations_needed: deployment.parameters.confirmations_needed(amount),
    })
}

fn wallet_error(error: WalletError) -> ClientError<PayRejection> {
    if let WalletError::Refused(rejection) = error {
        return ClientError::Refused(rejection.into());
    }
    ClientError::Fault(ClientFault::Wallet(error))
}
