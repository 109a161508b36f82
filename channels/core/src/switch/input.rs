//! What happens to a node. Each input is logged before anything it leads to leaves the node.

use farbank_types::UnixTime;
use serde::{Deserialize, Serialize};

use super::config::{Registry, SwitchConfig};
use super::invoices::Expected;
use super::payments::PayCommand;
use crate::channel::{ChainEvent, SettleIntent};
use crate::domain::{ChannelId, ChannelTerms};
use crate::message::ChannelMessage;
use crate::objects::VaultFlags;
use crate::quote::Quote;
use crate::signature::NodeId;
use crate::units::{PaymentHash, Preimage, TokenAmount};

/// An input of the machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SwitchInput {
    /// A channel with that peer exists on chain, or is about to.
    Open {
        /// What it is.
        terms: ChannelTerms,
        /// The other party.
        peer: NodeId,
    },
    /// The link to a peer opened. Feed what final blocks hold before this.
    LinkUp(NodeId),
    /// The link to a peer is gone.
    LinkDown(NodeId),
    /// A peer sent a message.
    Received {
        /// The peer.
        peer: NodeId,
        /// The message.
        message: ChannelMessage,
    },
    /// The chain says something about one channel.
    Channel {
        /// The channel.
        id: ChannelId,
        /// What.
        event: ChainEvent,
    },
    /// The chain says something about every channel of a contract: a head or a reveal.
    Registry {
        /// The contract.
        registry: Registry,
        /// What.
        event: ChainEvent,
    },
    /// The node is to be paid.
    Expect(Expected),
    /// Shows the preimage for a payment that is held.
    Release(Preimage),
    /// Gives a payment that is held, or was never paid, up.
    Decline(PaymentHash),
    /// The node pays.
    Pay(Box<PayCommand>),
    /// The node pays a peer without a condition: what is too little for a lock.
    Push {
        /// The channel.
        channel: ChannelId,
        /// The amount.
        amount: TokenAmount,
        /// For the peer to read.
        memo: Vec<u8>,
    },
    /// The node offers an exchange. Sign it once this is durable.
    Offer(Quote),
    /// The node wants a settle.
    Settle {
        /// The channel.
        channel: ChannelId,
        /// What it is to pay.
        intent: SettleIntent,
    },
    /// The node wants to close a channel together with the peer.
    Leave {
        /// The channel.
        channel: ChannelId,
        /// The last second at which the contract takes it.
        deadline: UnixTime,
        /// Whose payout goes to the vault.
        to_vault: VaultFlags,
    },
    /// The node closes a channel alone.
    Close(ChannelId),
    /// Locks are exchanged with a suspended peer again.
    Trust(NodeId),
    /// The node's rules change.
    Configure(Box<SwitchConfig>),
    /// Everything that came together was applied: sign what is ready. Ends every batch.
    Tick,
}
