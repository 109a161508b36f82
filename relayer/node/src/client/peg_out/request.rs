//! Burning fBTC for bitcoins: checked by the contract's own rules first, so that a refusal costs no
//! gas and has its name.

use bitcoin::address::NetworkUnchecked;
use bitcoin::{Address, Amount, Network, Script, ScriptBuf, XOnlyPublicKey};
use farbank_contracts::{
    BlockAt, BridgeEvent, BridgeRefusal, Fault, FederationKeys, Receipt, SideChainClient, Wait,
};
use farbank_federation::custody::payout_dust;
use farbank_types::{
    BridgeParameters, Deployment, EvmAddress, Gas, Redemption, RedemptionId, UnixTime, B256,
};
use serde::Serialize;

use super::fees::default_max_fee;
use super::submit::{submit, SubmitFailure};
use crate::adapters::bitcoin::BitcoindNetwork;
use crate::client::error::ClientError;
use crate::client::key::UserKey;
use crate::client::peg_in::pay::FEE_TARGET;
use crate::client::side_chain::{self, DeploymentRejection};
use crate::client::{check_network, WrongNetwork};
use crate::deploy::ContractRefusal;

/// Where the bitcoins go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payee {
    /// An address; its network is compared with the deployment's.
    Address(Address<NetworkUnchecked>),
    /// An output script.
    Script(ScriptBuf),
}

/// What is to be redeemed.
#[derive(Debug)]
pub struct RedemptionRequest<'a> {
    /// The bridge.
    pub deployment: &'a Deployment,
    /// The account whose fBTC are burnt.
    pub key: &'a UserKey,
    /// How much is burnt, both fees included.
    pub amount: Amount,
    /// Where the bitcoins go.
    pub to: Payee,
    /// Most that the payout may stay below what is owed; without one [`default_max_fee`] at the
    /// Bitcoin node's fee rate.
    pub max_fee: Option<Amount>,
    /// How long to wait for the side chain.
    pub wait: Wait,
}

/// A redemption that the contract took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Requested {
    /// Its id.
    pub id: RedemptionId,
    /// The transaction on the side chain.
    pub side_tx: B256,
    /// Gas that it used.
    pub gas: Gas,
    /// What was burnt.
    #[serde(with = "bitcoin::amount::serde::as_sat", rename = "burnt_sat")]
    pub burnt: Amount,
    /// What is owed: the burnt amount less the flat redemption fee.
    #[serde(with = "bitcoin::amount::serde::as_sat", rename = "owed_sat")]
    pub owed: Amount,
    /// Most that the payout may stay below it.
    #[serde(with = "bitcoin::amount::serde::as_sat", rename = "max_fee_sat")]
    pub max_fee: Amount,
    /// The address that is paid.
    pub address: String,
}

/// Why nothing is burnt. The names are the contract's where it has one.
#[derive(Debug, Serialize, thiserror::Error)]
#[serde(tag = "refused")]
#[non_exhaustive]
pub enum RequestRejection {
    /// The address is of another network than the bridge's.
    #[error("{address} is no address of {expected}; name one of that network")]
    #[serde(rename = "WrongNetwork")]
    ForeignAddress {
        /// The bridge's network.
        expected: Network,
        /// The address.
        address: String,
    },
    /// Attesters pay standard scripts only.
    #[error("the script {} is not supported; use P2PKH, P2SH, P2WPKH, P2WSH or P2TR", script.to_hex_string())]
    UnsupportedScript {
        /// The script.
        script: ScriptBuf,
    },
    /// The federation would pay itself.
    #[error("the address is the federation's own (key {key}); name one of yours")]
    FederationScript {
        /// Its key.
        key: XOnlyPublicKey,
    },
    /// After the greatest fee too little would be left.
    #[error("{payout} would be left after the greatest fee, below the dust limit of {dust}; redeem more or allow less")]
    DustPayout {
        /// What would be paid at least.
        #[serde(with = "bitcoin::amount::serde::as_sat", rename = "payout_sat")]
        payout: Amount,
        /// Least value that nodes relay.
        #[serde(with = "bitcoin::amount::serde::as_sat", rename = "dust_sat")]
        dust: Amount,
    },
    /// Below the least amount.
    #[error("{amount} is below the least redemption; redeem at least {floor}")]
    RedemptionTooSmall {
        /// What was asked for.
        #[serde(with = "bitcoin::amount::serde::as_sat", rename = "amount_sat")]
        amount: Amount,
        /// The least.
        #[serde(with = "bitcoin::amount::serde::as_sat", rename = "floor_sat")]
        floor: Amount,
    },
    /// Above the greatest amount.
    #[error("{amount} is above the greatest redemption; redeem at most {cap} at once")]
    RedemptionTooLarge {
        /// What was asked for.
        #[serde(with = "bitcoin::amount::serde::as_sat", rename = "amount_sat")]
        amount: Amount,
        /// The greatest.
        #[serde(with = "bitcoin::amount::serde::as_sat", rename = "cap_sat")]
        cap: Amount,
    },
    /// The greatest fee is below the contract's floor.
    #[error("a max fee of {max_fee} is too low; allow at least {floor}")]
    MaxFeeTooLow {
        /// What was asked for.
        #[serde(with = "bitcoin::amount::serde::as_sat", rename = "max_fee_sat")]
        max_fee: Amount,
        /// The least.
        #[serde(with = "bitcoin::amount::serde::as_sat", rename = "floor_sat")]
        floor: Amount,
    },
    /// The account holds too little.
    #[error("account {account} holds {balance} in fBTC, {needed} are to be redeemed; redeem less")]
    InsufficientBalance {
        /// The account.
        account: EvmAddress,
        /// What it holds.
        #[serde(with = "bitcoin::amount::serde::as_sat", rename = "balance_sat")]
        balance: Amount,
        /// What was asked for.
        #[serde(with = "bitcoin::amount::serde::as_sat", rename = "needed_sat")]
        needed: Amount,
    },
    /// The bridge takes no new redemptions.
    #[error("the bridge is paused until {until} (Unix time); ask again then")]
    Paused {
        /// Until when.
        until: UnixTime,
    },
    /// The contract refuses for a reason that was not foreseen here.
    #[error(transparent)]
    #[serde(untagged)]
    Contract(#[from] ContractRefusal),
    /// The Bitcoin node serves another network.
    #[error(transparent)]
    #[serde(untagged)]
    Network(#[from] WrongNetwork),
    /// The side chain does not hold this bridge.
    #[error(transparent)]
    #[serde(untagged)]
    Deployment(#[from] DeploymentRejection),
}

/// What the side chain says that a request depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestFacts {
    /// The account.
    pub account: EvmAddress,
    /// Its fBTC.
    pub balance: Amount,
    /// The federation's keys.
    pub keys: FederationKeys,
    /// Until when the bridge is paused.
    pub paused_until: Option<UnixTime>,
    /// Time of the newest block.
    pub block_time: UnixTime,
}

/// Checks amount and script, and returns what would be owed.
///
/// # Errors
/// [`RequestRejection`].
pub fn check_amount(
    amount: Amount,
    script: &Script,
    parameters: &BridgeParameters,
) -> Result<Amount, RequestRejection> {
    let BridgeParameters { min_redemption: floor, max_redemption: cap, .. } = *parameters;
    if amount < floor {
        return Err(RequestRejection::RedemptionTooSmall { amount, floor });
    }
    if amount > cap {
        return Err(RequestRejection::RedemptionTooLarge { amount, cap });
    }
    if payout_dust(script).is_none() {
        return Err(RequestRejection::UnsupportedScript { script: script.to_owned() });
    }
    // The contract's least amount exceeds the fee.
    Ok(amount.checked_sub(parameters.redemption_fee).unwrap_or(Amount::ZERO))
}

/// Checks the greatest fee of a redemption that is owed `owed`.
///
/// # Errors
/// [`RequestRejection::MaxFeeTooLow`] or [`RequestRejection::DustPayout`].
pub fn check_fee(
    owed: Amount,
    max_fee: Amount,
    script: &Script,
    parameters: &BridgeParameters,
) -> Result<(), RequestRejection> {
    let floor = parameters.min_max_fee;
    if max_fee < floor {
        return Err(RequestRejection::MaxFeeTooLow { max_fee, floor });
    }
    let payout = owed.checked_sub(max_fee).unwrap_or(Amount::ZERO);
    match payout_dust(script) {
        Some(dust) if payout < dust => Err(RequestRejection::DustPayout { payout, dust }),
        Some(_) | None => Ok(()),
    }
}

/// Checks what depends on the side chain's state.
///
/// # Errors
/// [`RequestRejection`].
pub fn check_facts(
    amount: Amount,
    script: &Script,
    facts: &RequestFacts,
) -> Result<(), RequestRejection> {
    if let Some(until) = facts.paused_until.filter(|until| *until > facts.block_time) {
        return Err(RequestRejection::Paused { until });
    }
    let keys = &facts.keys;
    let others = [keys.next.map(|(key, _)| key), keys.previous.map(|(key, _)| key)];
    let own = [Some(keys.current)].into_iter().chain(others).flatten();
    for key in own {
        if *script == *farbank_federation::custody::custody_script(key) {
            return Err(RequestRejection::FederationScript { key });
        }
    }
    let RequestFacts { account, balance, .. } = *facts;
    if balance < amount {
        return Err(RequestRejection::InsufficientBalance { account, balance, needed: amount });
    }
    Ok(())
}

/// Burns fBTC and returns the redemption that the contract made of it. The Bitcoin node is asked for
/// its fee rate only when no greatest fee is named.
///
/// # Errors
/// [`RequestRejection`] before anything is sent, or a fault of a node.
pub async fn request(
    node: &BitcoindNetwork,
    request: &RedemptionRequest<'_>,
) -> Result<Requested, ClientError<RequestRejection>> {
    let RedemptionRequest { deployment, key, amount, .. } = *request;
    let (network, parameters) = (deployment.bitcoin.network, &deployment.parameters);
    let script = script_of(&request.to, network).map_err(ClientError::Refused)?;
    let owed = check_amount(amount, &script, parameters).map_err(ClientError::Refused)?;
    let max_fee = match request.max_fee {
        Some(max_fee) => max_fee,
        None => {
            check_network(node, network)
                .await?
                .map_err(|error| ClientError::Refused(error.into()))?;
            default_max_fee(&script, owed, node.fee_rate(FEE_TARGET).await?, parameters)
        }
    };
    check_fee(owed, max_fee, &script, parameters).map_err(ClientError::Refused)?;
    let client = side_chain::connect(deployment).await.map_err(ClientError::within)?;
    let facts = facts(&client, key.evm_address()).await?;
    check_facts(amount, &script, &facts).map_err(ClientError::Refused)?;
    let call = client.calls().request_redemption(amount, max_fee, &script);
    let receipt = submit(&client, key, &call, request.wait).await.map_err(refuse)?;
    let redemption = requested_in(&client, &receipt, facts.account).ok_or(NO_LOG)?;
    let address = Address::from_script(&redemption.script, network)
        .map_or_else(|_| redemption.script.to_hex_string(), |address| address.to_string());
    Ok(Requested {
        id: redemption.id,
        side_tx: receipt.hash,
        gas: receipt.gas_used,
        burnt: amount,
        owed: redemption.amount,
        max_fee: redemption.max_fee,
        address,
    })
}

const NO_LOG: Fault = Fault::Contradiction {
    method: "eth_getTransactionReceipt",
    expected: "the log of the redemption that the transaction requested",
};

fn script_of(to: &Payee, network: Network) -> Result<ScriptBuf, RequestRejection> {
    match to {
        Payee::Script(script) => Ok(script.clone()),
        Payee::Address(address) => {
            let text = address.clone().assume_checked().to_string();
            let checked = address.clone().require_network(network);
            checked
                .map(|address| address.script_pubkey())
                .map_err(|_| RequestRejection::ForeignAddress { expected: network, address: text })
        }
    }
}

async fn facts(client: &SideChainClient, account: EvmAddress) -> Result<RequestFacts, Fault> {
    let head = client.node().head().await?;
    let at = BlockAt::Number(head.number);
    Ok(RequestFacts {
        account,
        balance: client.token_balance(account, at).await?,
        keys: client.keys(at).await?,
        paused_until: client.paused_until(at).await?,
        block_time: head.time,
    })
}

fn requested_in(
    client: &SideChainClient,
    receipt: &Receipt,
    requester: EvmAddress,
) -> Option<Redemption> {
    client.events_in(receipt).into_iter().find_map(|logged| {
        let BridgeEvent::RedemptionRequested(redemption) = logged.event else { return None };
        (redemption.requester == requester).then_some(redemption)
    })
}

fn refuse(failure: SubmitFailure) -> ClientError<RequestRejection> {
    ClientError::Refused(match failure {
        SubmitFailure::Fault(fault) => return ClientError::Fault(fault),
        SubmitFailure::Refused(BridgeRefusal::ERC20InsufficientBalance {
            sender,
            balance,
            needed,
        }) => RequestRejection::InsufficientBalance { account: sender, balance, needed },
        SubmitFailure::Refused(refusal) => ContractRefusal::from(refusal).into(),
    })
}
