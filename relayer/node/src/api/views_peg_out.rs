//! The JSON that is served of redemptions and custody.

use serde::Serialize;
use utoipa::ToSchema;

use super::views::WaitView;

/// A redemption.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RedemptionView {
    /// The contract's number of it.
    pub id: u64,
    /// What is owed, in satoshi.
    pub amount_sat: u64,
    /// What its owner allows for fees, in satoshi.
    pub max_fee_sat: u64,
    /// Time of the request, seconds since 1970.
    pub requested_at: u64,
    /// Who burnt for it.
    pub requester: String,
    /// Output script of the payout, hexadecimal.
    pub script: String,
    /// The same as an address.
    pub address: Option<String>,
    /// `requested`, `queued`, `in-payout`, `paid`, `proven`, `unbacked`, `done` or `vanished`.
    pub state: String,
    /// The output that pays it, once one is in a block.
    pub payout: Option<PayoutView>,
    /// What it waits for.
    pub wait: Option<WaitView>,
}

/// An output that pays a redemption.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PayoutView {
    /// The custody transaction.
    pub txid: String,
    /// What the script receives, in satoshi.
    pub value_sat: u64,
    /// Height of its Bitcoin block.
    pub height: u32,
    /// Hash of its Bitcoin block.
    pub block: String,
    /// Confirmations in the chain verified here.
    pub confirmations: u32,
}

/// A page of redemptions, the newest first.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RedemptionList {
    /// All there are.
    pub total: u32,
    /// Those of this page.
    pub redemptions: Vec<RedemptionView>,
}

/// How custody fares.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CustodyView {
    /// `idle`, `collecting`, `signing`, `broadcast`, `replacing`, `confirmed`, `proving`, `proven`,
    /// `displaced`, `undoing`, `reporting`, `refused` or `halted`.
    pub state: String,
    /// What it waits for.
    pub wait: Option<WaitView>,
    /// `txid:vout` of the output that the contract knows.
    pub outpoint: Option<String>,
    /// Its value in satoshi.
    pub value_sat: Option<u64>,
    /// The federation's key that holds it.
    pub key: Option<String>,
    /// Every Bitcoin block up to here was searched for custody transactions.
    pub searched_to: Option<u32>,
    /// What a payout would pay now, in satoshi per 1,000 weight units.
    pub fee_rate_sat_per_kwu: Option<u64>,
    /// Deposits that wait for a sweep.
    pub unswept: u32,
    /// Signed transactions that may still matter.
    pub attempts: Vec<AttemptView>,
}

/// A signed custody transaction.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AttemptView {
    /// Its id.
    pub txid: String,
    /// The custody output that it spends.
    pub input: String,
    /// Its fee in satoshi, when every input's value is known here.
    pub fee_sat: Option<u64>,
    /// Redemptions that it pays; absent while they are not known here.
    pub redemptions: Option<Vec<u64>>,
    /// Deposits that it sweeps.
    pub sweeps: u32,
    /// Height of its Bitcoin block.
    pub height: Option<u32>,
}
