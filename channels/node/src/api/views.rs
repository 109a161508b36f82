//! What requests and answers look like. Amounts are decimal text, hashes and ids hexadecimal text, times
//! seconds since 1970.

use farbank_channels::channel::Channel;
use farbank_channels::payload::AssetKey;
use farbank_channels::signature::NodeId;
use farbank_channels::switch::{Payment, PaymentState};
use farbank_types::bitcoin::hex::DisplayHex as _;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Why a request is not served.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RefusalView {
    /// The reason's name.
    pub refused: String,
    /// What was wrong, what was expected, what to do.
    pub message: String,
}

/// An asset of a chain.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub struct AssetView {
    /// Chain id.
    pub chain: u64,
    /// The channels' contract.
    #[schema(value_type = String)]
    pub contract: farbank_types::EvmAddress,
    /// The token.
    #[schema(value_type = String)]
    pub token: farbank_types::EvmAddress,
}

impl From<AssetKey> for AssetView {
    fn from(asset: AssetKey) -> Self {
        Self { chain: asset.chain.get(), contract: asset.contract, token: asset.token }
    }
}

impl From<AssetView> for AssetKey {
    fn from(view: AssetView) -> Self {
        let chain = farbank_types::ChainId::new(view.chain);
        Self { chain, contract: view.contract, token: view.token }
    }
}

/// A channel.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ChannelView {
    /// Its id.
    pub id: String,
    /// The other node.
    pub peer: String,
    /// Its asset.
    pub asset: AssetView,
    /// `A` or `B`: which party this node is.
    pub holder: String,
    /// Where it stands.
    pub phase: String,
    /// Whether payments flow now.
    pub is_usable: bool,
    /// Paid in by A and by B.
    pub funded: [String; 2],
    /// What A and B would get now, locks apart.
    pub entitled: [String; 2],
    /// Locked by A and by B.
    pub locked: [String; 2],
    /// What this node can pay now.
    pub available: String,
}

impl ChannelView {
    pub(super) fn of(channel: &Channel, peer: NodeId, asset: AssetKey) -> Self {
        use farbank_channels::domain::Party::{A, B};
        let (funded, balances) = (channel.funded(), channel.balances());
        let entitled = |party| {
            // Nothing is shown for a party that owes more than it has: it cannot be.
            balances.entitled(party).map(|amount| amount.to_string()).unwrap_or_default()
        };
        Self {
            id: channel.id().to_string(),
            peer: peer.to_string(),
            asset: asset.into(),
            holder: channel.holder().to_string(),
            phase: format!("{:?}", channel.phase()),
            is_usable: channel.is_usable(),
            funded: [funded.a.to_string(), funded.b.to_string()],
            entitled: [entitled(A), entitled(B)],
            locked: [balances.locked.a.to_string(), balances.locked.b.to_string()],
            available: channel.available().to_string(),
        }
    }
}

/// All channels.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ChannelList {
    /// By id.
    pub channels: Vec<ChannelView>,
}

/// A channel to follow; it exists on chain or is about to.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenRequest {
    /// The other node.
    pub peer: String,
    /// Its asset.
    pub asset: AssetView,
    /// Challenge period in seconds.
    pub challenge_secs: u32,
    /// 32 bytes that tell it from others of the same parties.
    #[schema(value_type = String)]
    pub salt: farbank_types::B256,
}

/// A settle: both are paid out what they want, the channel stays open.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettleRequest {
    /// Paid out to A and to B, in total since the channel exists.
    pub total_out: [String; 2],
    /// Last second at which the contract takes it.
    pub deadline: u64,
    /// Whether A's and B's payout go to the vault.
    #[serde(default)]
    pub to_vault: [bool; 2],
}

/// A cooperative close.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeaveRequest {
    /// Last second at which the contract takes it.
    pub deadline: u64,
    /// Whether A's and B's payout go to the vault.
    #[serde(default)]
    pub to_vault: [bool; 2],
}

/// An invoice to make.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InvoiceRequest {
    /// The asset.
    pub asset: AssetView,
    /// How much; the payer chooses when there is none.
    pub amount: Option<String>,
    /// What it is for; at most 639 bytes.
    #[serde(default)]
    pub description: String,
    /// For how long it can be paid.
    pub lifetime_secs: u32,
    /// How long the last lock must still last when it arrives.
    pub min_lock_secs: u32,
}

/// An invoice.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct InvoiceView {
    /// Hash of the preimage.
    pub payment_hash: String,
    /// The text for the payer; only when it was just made.
    pub invoice: Option<String>,
    /// `open`, `held`, `claimed` or `received`.
    pub state: String,
}

/// A hop between payer and payee.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HopRequest {
    /// The hop.
    pub node: String,
    /// Its fee, whatever the amount is.
    #[serde(default)]
    pub fee_base: Option<String>,
    /// Its fee in parts per million.
    #[serde(default)]
    pub fee_ppm: u32,
    /// Its exchange, as it signed it; instead of a fee.
    #[schema(value_type = Option<Object>)]
    #[serde(default)]
    pub quote: Option<farbank_channels::quote::SignedQuote>,
    /// How much longer than its outgoing lock its incoming one must last.
    pub delta_secs: u32,
}

/// A payment to make.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PayRequest {
    /// The invoice.
    pub invoice: String,
    /// How much, where the invoice leaves it open.
    #[serde(default)]
    pub amount: Option<String>,
    /// Hops on the way, the direct peer first; none when that is the payee.
    #[serde(default)]
    pub via: Vec<HopRequest>,
    /// Most that may leave this node, fees included.
    pub max_amount_in: String,
}

/// A payment of this node.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PaymentView {
    /// Hash of the preimage.
    pub payment_hash: String,
    /// `in_flight`, `paid`, `failed` or `unknown`.
    pub state: String,
    /// What shows that it was paid.
    pub preimage: Option<String>,
    /// The name of the reason for which it failed.
    pub failure: Option<String>,
    /// The reason in words.
    pub message: Option<String>,
    /// What left this node, fees included.
    pub amount: Option<String>,
}

impl PaymentView {
    pub(super) fn of(payment: &Payment) -> Self {
        let mut view = Self {
            payment_hash: payment.request.payment_hash.to_string(),
            state: "in_flight".to_owned(),
            preimage: None,
            failure: None,
            message: None,
            amount: None,
        };
        match &payment.state {
            PaymentState::InFlight(_) => {}
            PaymentState::Paid { preimage, amount, .. } => {
                view.state = "paid".to_owned();
                view.preimage = Some(preimage.as_bytes().to_lower_hex_string());
                view.amount = Some(amount.to_string());
            }
            PaymentState::Failed { failure, .. } => {
                view.state = "failed".to_owned();
                view.failure = Some(failure.name().to_owned());
                view.message = Some(failure.to_string());
            }
            PaymentState::Unknown => view.state = "unknown".to_owned(),
        }
        view
    }
}

/// The node.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NodeView {
    /// Its key, compressed.
    pub node: String,
    /// Its account.
    pub address: String,
    /// Where it listens for peers.
    pub listens: String,
}
