//! What follows from an input.

use super::failure::HopFailure;
use super::payments::PaymentEnd;
use super::LockKey;
use crate::channel::ChannelOutput;
use crate::domain::ChannelId;
use crate::message::ChannelMessage;
use crate::payload::{AssetKey, FinalPayload};
use crate::signature::NodeId;
use crate::units::{PaymentHash, Preimage, TokenAmount};

/// What an input leads to, in order. Derived again, byte for byte, when the log is replayed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SwitchOutput {
    /// To a peer, once the input is durable.
    Send {
        /// The peer.
        peer: NodeId,
        /// The message.
        message: ChannelMessage,
    },
    /// What a channel says about settles, closes, its link and its faults; never about locks.
    Channel {
        /// The channel.
        id: ChannelId,
        /// What it says.
        output: Box<ChannelOutput>,
    },
    /// A payment that the node makes is on its way, over its next route.
    PaymentSent {
        /// The payment.
        payment_hash: PaymentHash,
        /// Attempts, this one included.
        attempt: u32,
    },
    /// A payment that the node makes ended.
    PaymentEnded {
        /// The payment.
        payment_hash: PaymentHash,
        /// How.
        end: PaymentEnd,
    },
    /// A payment to the node came, and waits for [`SwitchInput::Release`](super::SwitchInput::Release).
    PaymentHeld {
        /// The payment.
        payment_hash: PaymentHash,
        /// How much.
        amount: TokenAmount,
        /// What the payer said.
        payload: Box<FinalPayload>,
    },
    /// A payment to the node is the node's: it may be credited. The payer unlocks it, or the chain pays.
    PaymentClaimed {
        /// The payment.
        payment_hash: PaymentHash,
        /// What was shown for it.
        preimage: Preimage,
        /// How much.
        amount: TokenAmount,
        /// What the payer said.
        payload: Box<FinalPayload>,
    },
    /// The payer unlocked a payment to the node.
    PaymentReceived {
        /// The payment.
        payment_hash: PaymentHash,
        /// How much.
        amount: TokenAmount,
    },
    /// A payment between others goes on.
    ForwardStarted {
        /// The payment.
        payment_hash: PaymentHash,
        /// The lock that came.
        incoming: LockKey,
        /// The lock that went out.
        outgoing: LockKey,
    },
    /// A payment between others was paid: both sides of it.
    ForwardPaid {
        /// The payment.
        payment_hash: PaymentHash,
        /// What came in.
        taken: (AssetKey, TokenAmount),
        /// What went out.
        given: (AssetKey, TokenAmount),
    },
    /// A lock was failed: nobody paid.
    LockFailed {
        /// The payment.
        payment_hash: PaymentHash,
        /// The lock that came.
        incoming: LockKey,
        /// Why; nothing when only the payer can read it.
        failure: Option<HopFailure>,
    },
    /// A peer made the node claim a lock on chain: no locks are exchanged with it any more.
    PeerSuspended(NodeId),
}
