//! What happens to a channel. Each input is logged before anything it leads to leaves the node.

use farbank_types::{UnixTime, B256};
use serde::{Deserialize, Serialize};

use crate::commit::FailReason;
use crate::domain::{Party, Sides};
use crate::message::ChannelMessage;
use crate::objects::VaultFlags;
use crate::units::{LockId, PaymentHash, Preimage, ProofNonce, SettleSeq, TokenAmount};

/// An input of the machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChannelInput {
    /// A link to the counterparty opened. Feed what final blocks hold of the channel before this.
    LinkUp,
    /// The link is gone.
    LinkDown,
    /// The counterparty sent a message.
    Received(ChannelMessage),
    /// The holder wants an operation; it goes with the next commit.
    Propose(OpIntent),
    /// The holder wants a settle.
    ProposeSettle(SettleIntent),
    /// The holder wants to close together with the counterparty.
    ProposeClose {
        /// The last second at which the contract takes it.
        deadline: UnixTime,
        /// Whose payout goes to the vault.
        to_vault: VaultFlags,
    },
    /// The holder closes alone.
    Close,
    /// The chain moved.
    Chain(ChainEvent),
    /// Everything that came together was applied: sign what is ready.
    Tick,
}

/// What the holder wants its next commit to say. Unlocks and drops follow by themselves from what the
/// counterparty says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OpIntent {
    /// A new lock of a hash that no final block has revealed (a reveal counts for every later lock of
    /// its hash, so the caller remembers all); its id comes back as [`super::ChannelOutput::LockQueued`].
    Add {
        /// What it pays.
        amount: TokenAmount,
        /// When it expires.
        expiry: UnixTime,
        /// What it waits for.
        hash: PaymentHash,
        /// For the counterparty to read.
        onion: Vec<u8>,
        /// The last moment at which the counterparty's preimage is taken off chain: for a forwarder
        /// the incoming lock's expiry less R. The counterparty can still reveal it on chain.
        unlock_until: UnixTime,
    },
    /// An amount without a condition.
    Pay {
        /// The amount.
        amount: TokenAmount,
        /// For the counterparty to read.
        memo: Vec<u8>,
    },
    /// Claims an incoming lock.
    Fulfil {
        /// The lock.
        lock: LockId,
        /// Its preimage.
        preimage: Preimage,
    },
    /// Gives an incoming lock up for ever. A forwarder may only do so once the outgoing lock is
    /// dropped ([`super::ChannelOutput::Dropped`]).
    Fail {
        /// The lock.
        lock: LockId,
        /// Why.
        reason: FailReason,
    },
}

/// A settle that the holder wants. The machine gives it its sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettleIntent {
    /// Paid out, in total.
    pub total_out: Sides<TokenAmount>,
    /// The last second at which the contract takes it.
    pub deadline: UnixTime,
    /// Whose payout goes to the vault.
    pub to_vault: VaultFlags,
}

/// What the chain holds. All but `Closing` and `Posted` are of final blocks only; the events of a
/// block come before its `Head`. A repeated event changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChainEvent {
    /// The newest final block has that time.
    Head {
        /// Its time.
        time: UnixTime,
    },
    /// A side was funded.
    Funded {
        /// Whose side.
        of: Party,
        /// Paid in, in total.
        total: TokenAmount,
    },
    /// A settle was paid.
    Settled {
        /// Its sequence.
        seq: SettleSeq,
        /// Paid out, in total.
        total_out: Sides<TokenAmount>,
    },
    /// A preimage was revealed, by itself or under a root.
    Revealed {
        /// Its hash.
        hash: PaymentHash,
        /// The preimage.
        preimage: Preimage,
        /// Time of the block.
        at: UnixTime,
    },
    /// A close was published, or its window grew. Final or not: nothing is paid off chain from here.
    Closing {
        /// End of the challenge period.
        close_at: UnixTime,
    },
    /// A proof was accepted by a close or a counter.
    Posted {
        /// The payer of its direction.
        payer: Party,
        /// What was posted.
        proof: PostedProof,
    },
    /// The channel is over; its id is never used again.
    Closed {
        /// Paid by the close.
        paid: Sides<TokenAmount>,
    },
}

/// What the contract keeps of a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostedProof {
    /// Its nonce.
    pub nonce: ProofNonce,
    /// Transferred, in total.
    pub transferred: TokenAmount,
    /// Root of its locks.
    pub locks_root: B256,
}
