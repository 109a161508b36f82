//! Why an input changes nothing.

use strum::IntoStaticStr;
use thiserror::Error;

use super::payments::PayRejection;
use crate::channel::ChannelRejection;
use crate::domain::ChannelId;
use crate::quote::QuoteRejection;
use crate::signature::NodeId;
use crate::units::{PaymentHash, TokenAmount};

/// Why an input changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, IntoStaticStr)]
pub enum SwitchRejection {
    /// The signer holds another key than the node's.
    #[error("the signer is not the node")]
    WrongSigner,
    /// The node has no such channel.
    #[error("no channel {id}")]
    UnknownChannel {
        /// The channel named.
        id: ChannelId,
    },
    /// The node has that channel, or had it: ids are never used again.
    #[error("channel {id} exists")]
    ChannelExists {
        /// The channel named.
        id: ChannelId,
    },
    /// The channel is not between this node and that peer.
    #[error("channel {id} is not between this node and {peer}")]
    WrongPeer {
        /// The channel named.
        id: ChannelId,
        /// The peer.
        peer: NodeId,
    },
    /// The node has no channel with that peer.
    #[error("no channel with {peer}")]
    UnknownPeer {
        /// The peer named.
        peer: NodeId,
    },
    /// The event is about one channel, not about a contract, or the other way round.
    #[error("the event does not belong there")]
    MisplacedEvent,
    /// An invoice with that hash was made before.
    #[error("an invoice for {payment_hash} was made before")]
    InvoiceExists {
        /// Its hash.
        payment_hash: PaymentHash,
    },
    /// No invoice with that hash was made, or its time is long over.
    #[error("no invoice for {payment_hash}")]
    UnknownInvoice {
        /// Its hash.
        payment_hash: PaymentHash,
    },
    /// The preimage is not the invoice's.
    #[error("the preimage is not that of {payment_hash}")]
    WrongPreimage {
        /// The hash.
        payment_hash: PaymentHash,
    },
    /// The payment is not held.
    #[error("the payment {payment_hash} is not held")]
    NotHeld {
        /// Its hash.
        payment_hash: PaymentHash,
    },
    /// What is enough for a lock is not paid without one.
    #[error("{amount} without a lock, {limit} is enough for one")]
    PushTooLarge {
        /// The amount asked for.
        amount: TokenAmount,
        /// The smallest lock.
        limit: TokenAmount,
    },
    /// The payment is not tried.
    #[error(transparent)]
    Pay(#[from] PayRejection),
    /// The quote is not entered.
    #[error(transparent)]
    Quote(#[from] QuoteRejection),
    /// The channel refuses.
    #[error(transparent)]
    Channel(#[from] ChannelRejection),
}

impl SwitchRejection {
    /// Returns the refusal's own name, such as `AlreadyPaid`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Pay(rejection) => rejection.name(),
            Self::Quote(rejection) => rejection.name(),
            Self::Channel(rejection) => rejection.name(),
            Self::WrongSigner
            | Self::UnknownChannel { .. }
            | Self::ChannelExists { .. }
            | Self::WrongPeer { .. }
            | Self::UnknownPeer { .. }
            | Self::MisplacedEvent
            | Self::InvoiceExists { .. }
            | Self::UnknownInvoice { .. }
            | Self::WrongPreimage { .. }
            | Self::NotHeld { .. }
            | Self::PushTooLarge { .. } => self.into(),
        }
    }
}
