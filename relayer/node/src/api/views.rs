//! The JSON that is served. Amounts are satoshi, hashes in the order that people read, names of the
//! contract as `0x` words.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

/// Why a request was not served.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RefusalView {
    /// Name of the reason.
    pub refused: String,
    /// What was wrong, what was expected, what to do.
    pub message: String,
}

/// Something that is waited for.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WaitView {
    /// Who waits: a deposit's outpoint, `redemption N`, `custody`, `header-relay`, or a node.
    pub subject: String,
    /// Why.
    pub cause: String,
    /// What a person can do about it.
    pub remedy: String,
}

/// An announced deposit.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DepositView {
    /// Its name here: the taproot tweak of its address.
    pub id: String,
    /// Its address.
    pub address: String,
    /// Who receives the minted amount.
    pub recipient: String,
    /// First height that is searched for a payment.
    pub birth_height: u32,
    /// Every block up to here was searched.
    pub scanned_to: u32,
    /// Payments to the address.
    pub outputs: Vec<OutputView>,
    /// What is waited for while there is no payment.
    pub wait: Option<WaitView>,
}

/// A payment to an announced address.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OutputView {
    /// Its name in the contract.
    pub id: String,
    /// `txid:vout`.
    pub outpoint: String,
    /// Its value in satoshi.
    pub amount_sat: u64,
    /// What its claim pays to whoever carries it, in satoshi.
    pub carrier_fee_sat: u64,
    /// `confirming`, `claimable`, `claiming`, `minted`, `orphaned`, `disconnected`, `too-late`,
    /// `spent`, `done`, `refused` or `reclaimed`.
    pub state: String,
    /// Height of its Bitcoin block.
    pub height: u32,
    /// Hash of its Bitcoin block.
    pub block: String,
    /// Confirmations under the contract's Bitcoin tip.
    pub confirmations: u32,
    /// Confirmations that its mint needs.
    pub confirmations_needed: u32,
    /// Side-chain block in which its mint was seen.
    pub minted_at: Option<u64>,
    /// Why it can never be minted.
    pub refused: Option<String>,
    /// What it waits for.
    pub wait: Option<WaitView>,
}

/// A page of announced deposits, in the order of their arrival.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DepositList {
    /// All there are.
    pub total: u32,
    /// Those of this page.
    pub deposits: Vec<DepositView>,
}

/// How the relayer fares.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StatusView {
    /// Whether both nodes answer and transactions can be sent.
    pub ready: bool,
    /// The bridge: what deposits commit to.
    pub instance: String,
    /// The main chain.
    pub bitcoin: BitcoinView,
    /// The side chain.
    pub side_chain: SideChainView,
    /// The account that pays the gas.
    pub account: AccountView,
    /// Announced deposits.
    pub descriptors: u32,
    /// Live payments by state.
    pub outputs: BTreeMap<String, u32>,
    /// Live redemptions by state.
    pub redemptions: BTreeMap<String, u32>,
    /// What custody waits for, as `/v1/custody` names it.
    pub custody: String,
    /// Transactions whose nonce is not spent for good.
    pub transactions_under_way: u32,
    /// Everything that is waited for.
    pub waits: Vec<WaitView>,
}

/// The main chain as verified here.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BitcoinView {
    /// Network.
    pub network: String,
    /// Height of the tip.
    pub height: Option<u32>,
    /// Hash of the tip.
    pub tip: Option<String>,
    /// Time in the tip's header.
    pub time: Option<u64>,
    /// Last look that succeeded, seconds since 1970.
    pub last_success: Option<u64>,
}

/// The side chain as last seen.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SideChainView {
    /// Newest block.
    pub head: Option<u64>,
    /// Newest final block.
    pub finalized: Option<u64>,
    /// Height of the contract's Bitcoin tip.
    pub contract_height: Option<u32>,
    /// Highest Bitcoin block that contract and verified chain share.
    pub shared_height: Option<u32>,
    /// Time in the header of the contract's Bitcoin tip.
    pub contract_time: Option<u64>,
    /// `resting` or `submitting`.
    pub header_relay: String,
    /// Last look that succeeded, seconds since 1970.
    pub last_success: Option<u64>,
}

/// The account that pays the gas.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AccountView {
    /// Its address.
    pub address: String,
    /// Its ether in wei, as last seen.
    pub balance_wei: Option<String>,
}
