//! The port to the side chain.

use core::future::Future;

use farbank_channels::channel::{ChainDuty, ChainEvent};
use farbank_channels::domain::{ChannelId, ChannelTerms, Sides};
use farbank_channels::objects::{CoopClose, Settle};
use farbank_channels::signature::CompactSignature;
use farbank_channels::switch::Registry;
use thiserror::Error;

/// What the chain says about channels. All but closings and postings is of final blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SideChainNews {
    /// About one channel.
    Channel {
        /// The channel.
        id: ChannelId,
        /// What.
        event: ChainEvent,
    },
    /// About every channel of a contract: a head or a reveal.
    Registry {
        /// The contract.
        registry: Registry,
        /// What.
        event: ChainEvent,
    },
}

/// What a node wants on chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SideChainRequest {
    /// What a channel's state asks for. Asked for again and again while the state lasts.
    Duty(ChainDuty),
    /// A settle that both signed.
    Settle {
        /// The settle.
        settle: Settle,
        /// The signatures of A and of B.
        signatures: Sides<CompactSignature>,
    },
    /// A cooperative close that both signed.
    CooperativeClose {
        /// The close.
        close: CoopClose,
        /// The signatures of A and of B.
        signatures: Sides<CompactSignature>,
    },
}

/// Why the chain is not reached. Transient: the same call may succeed later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SideChainFault {
    /// No answer, or one that cannot be believed.
    #[error("the node of the side chain does not serve")]
    Unavailable,
    /// The account that pays for transactions is empty.
    #[error("the account that pays for transactions is empty")]
    NoGas,
}

/// The side chain as a channel node needs it.
pub trait SideChainView: Send + Sync + 'static {
    /// Waits for news and returns them in the order of the chain: the events of a block before the head
    /// that it makes. The first call of a process begins early enough that nothing is missed; what was
    /// told before may be told again. Reorganisations are the adapter's: what it tells as final stays.
    ///
    /// # Errors
    /// [`SideChainFault`]; the next call goes on where this one failed.
    fn news(&self) -> impl Future<Output = Result<Vec<SideChainNews>, SideChainFault>> + Send;

    /// Sees to it that something happens on chain. Idempotent: the same request may come every second,
    /// and after a restart; it returns without waiting for a block.
    ///
    /// # Errors
    /// [`SideChainFault`].
    fn submit(
        &self,
        terms: &ChannelTerms,
        request: SideChainRequest,
    ) -> impl Future<Output = Result<(), SideChainFault>> + Send;
}
