//! The machine of one channel at one of its two holders.
//!
//! It decides what a holder signs and accepts: commits in both directions, locks, settles, closes, and
//! how two ends find together again after a cut or a loss of data. It leaves out routing, invoices and
//! exchange (the switch has those), the log, the transport and the chain.
//!
//! The state is the fold of the inputs, each with its time. An input that is refused leaves it as it
//! was; a commit that contradicts its payer freezes the channel, by an output. Outputs are derived
//! again, byte for byte, when the log is replayed, so a node logs inputs alone.

mod chain;
mod commands;
mod duties;
mod incoming;
mod input;
mod ledger;
mod link;
mod outgoing;
mod output;
mod parameters;
mod phase;
mod receive;
mod rejection;
mod restore;
mod settling;
mod sign;

use farbank_types::UnixTime;
use serde::{Deserialize, Serialize};

pub use input::{ChainEvent, ChannelInput, OpIntent, PostedProof, SettleIntent};
pub use output::{ChainDuty, ChannelOutput, DropCause, FinaliseClaim, WatchUpdate, WatchedProof};
pub use parameters::{
    ChannelParameters, MAX_LOCKS, MAX_QUEUED, MAX_UNACKED, MAX_UNACKED_WITH_ACKS,
};
pub use phase::{ChannelPhase, FreezeCause};
pub use rejection::{ChannelRejection, CommitRejection, IntentRejection, ResumeRejection};

use crate::domain::{ChannelId, ChannelTerms, Party, Sides};
use crate::message::ChannelMessage;
use crate::settlement::{Balances, Counted, Settlement};
use crate::signature::{ChannelSigner, NodeId};
use crate::units::TokenAmount;
use incoming::Incoming;
use outgoing::Outgoing;
use phase::{Leaving, Link};

/// The whole state of a channel at one holder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    terms: ChannelTerms,
    parameters: ChannelParameters,
    holder: Party,
    own_id: NodeId,
    peer_id: NodeId,
    phase: ChannelPhase,
    link: Link,
    /// Time of the newest final block.
    head: UnixTime,
    /// Paid in by final blocks.
    funded: Sides<TokenAmount>,
    outgoing: Outgoing,
    incoming: Incoming,
    settlement: Settlement,
    leaving: Leaving,
    /// When the link last resumed.
    resumed_at: UnixTime,
    /// What the contract accepted for the direction of each payer.
    posted: Sides<Option<PostedProof>>,
}

impl Channel {
    /// Returns a channel that nothing has happened to. `holder` and `counterparty` are its two nodes.
    ///
    /// # Errors
    /// [`ChannelRejection::WrongHolder`] when their addresses are not the two parties of the terms.
    pub fn new(
        terms: ChannelTerms,
        parameters: ChannelParameters,
        holder: NodeId,
        counterparty: NodeId,
    ) -> Result<Self, ChannelRejection> {
        let party = terms.party(holder.address()).ok_or(ChannelRejection::WrongHolder)?;
        if terms.address(party.other()) != counterparty.address() {
            return Err(ChannelRejection::WrongHolder);
        }
        Ok(Self {
            terms,
            parameters,
            holder: party,
            own_id: holder,
            peer_id: counterparty,
            phase: ChannelPhase::Open,
            link: Link::Down,
            head: UnixTime::new(0),
            funded: Sides::default(),
            outgoing: Outgoing::new(),
            incoming: Incoming::default(),
            settlement: Settlement::default(),
            leaving: Leaving::default(),
            resumed_at: UnixTime::new(0),
            posted: Sides::default(),
        })
    }

    /// Applies an input. Pure and deterministic.
    ///
    /// # Errors
    /// [`ChannelRejection`]; the state is as it was.
    pub fn apply(
        &mut self,
        input: &ChannelInput,
        now: UnixTime,
        signer: &impl ChannelSigner,
    ) -> Result<Vec<ChannelOutput>, ChannelRejection> {
        if signer.node_id() != self.own_id {
            return Err(ChannelRejection::WrongHolder);
        }
        match input {
            ChannelInput::LinkUp => Ok(self.link_up()),
            ChannelInput::LinkDown => {
                self.link = Link::Down;
                Ok(Vec::new())
            }
            ChannelInput::Received(message) => self.received(message, now, signer),
            ChannelInput::Propose(intent) => self.propose(intent, now),
            ChannelInput::ProposeSettle(intent) => self.propose_settle(*intent, now),
            ChannelInput::ProposeClose { deadline, to_vault } => {
                self.propose_close(*deadline, *to_vault, now)
            }
            ChannelInput::Close => self.close(),
            ChannelInput::Chain(event) => Ok(self.chain(event)),
            ChannelInput::Tick => Ok(self.tick(now, signer)),
        }
    }

    fn received(
        &mut self,
        message: &ChannelMessage,
        now: UnixTime,
        signer: &impl ChannelSigner,
    ) -> Result<Vec<ChannelOutput>, ChannelRejection> {
        let id = message.channel();
        if id != self.terms.id() {
            return Err(ChannelRejection::ForeignChannel { id });
        }
        match message {
            ChannelMessage::Resume(resume) => return self.resume(resume, now),
            ChannelMessage::Restore(restore) => return self.restore(restore, now),
            ChannelMessage::Commit(_)
            | ChannelMessage::ProposeSettle(_)
            | ChannelMessage::AcceptSettle(_)
            | ChannelMessage::CompleteSettle(_)
            | ChannelMessage::ProposeClose(_)
            | ChannelMessage::AcceptClose(_)
            | ChannelMessage::CompleteClose(_)
            | ChannelMessage::Nack(_) => {}
        }
        if self.link != Link::Up {
            return Err(ChannelRejection::NotResumed);
        }
        match message {
            ChannelMessage::Commit(commit) => self.receive_commit(commit, now),
            ChannelMessage::ProposeSettle(settle) => Ok(self.answer_settle(settle, now, signer)),
            ChannelMessage::AcceptSettle(signed) => self.settle_accepted(signed, now, signer),
            ChannelMessage::CompleteSettle(signed) => self.settle_completed(signed),
            ChannelMessage::ProposeClose(close) => Ok(self.answer_close(close, now, signer)),
            ChannelMessage::AcceptClose(signed) => self.close_accepted(signed, now, signer),
            ChannelMessage::CompleteClose(signed) => self.close_completed(signed),
            ChannelMessage::Nack(nack) => self.nacked(nack),
            ChannelMessage::Resume(_) | ChannelMessage::Restore(_) => Ok(Vec::new()),
        }
    }

    /// Returns the channel's name.
    #[must_use]
    pub const fn id(&self) -> ChannelId {
        self.terms.id()
    }

    /// Returns what never changes about it.
    #[must_use]
    pub const fn terms(&self) -> &ChannelTerms {
        &self.terms
    }

    /// Returns which party the holder is.
    #[must_use]
    pub const fn holder(&self) -> Party {
        self.holder
    }

    /// Returns the counterparty's node.
    #[must_use]
    pub const fn counterparty(&self) -> NodeId {
        self.peer_id
    }

    /// Returns where the channel stands.
    #[must_use]
    pub const fn phase(&self) -> &ChannelPhase {
        &self.phase
    }

    /// Whether payments flow: the channel is open and the link resumed.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        self.phase == ChannelPhase::Open && self.link == Link::Up && self.leaving.may_pay()
    }

    /// Returns what final blocks paid in.
    #[must_use]
    pub const fn funded(&self) -> &Sides<TokenAmount> {
        &self.funded
    }

    /// Returns the settles that matter.
    #[must_use]
    pub const fn settlement(&self) -> &Settlement {
        &self.settlement
    }

    /// Returns what was transferred by each payer, and what is locked or about to be.
    #[must_use]
    pub fn balances(&self) -> Balances {
        let mut balances = Balances { funded: self.funded, ..Balances::default() };
        let (out, inn) = (&self.outgoing, &self.incoming);
        *balances.transferred.of_mut(self.holder) = out.ledger.transferred;
        *balances.locked.of_mut(self.holder) = out.ledger.locks.total().saturating_add(out.queued);
        *balances.transferred.of_mut(self.holder.other()) = inn.ledger.transferred;
        *balances.locked.of_mut(self.holder.other()) = inn.ledger.locks.total();
        balances
    }

    /// Returns how much the holder can pay now: what it has and what the counterparty says it counts,
    /// whichever is less.
    #[must_use]
    pub fn available(&self) -> TokenAmount {
        let own = Counted {
            funded: *self.funded.of(self.holder),
            reserved: self.settlement.promised(self.holder),
        };
        let used = self.outgoing.ledger.committed().saturating_add(self.outgoing.queued);
        let spendable = |counted: Counted| {
            let got = counted.funded.saturating_add(self.incoming.ledger.transferred);
            let left = got.checked_sub(counted.reserved).and_then(|left| left.checked_sub(used));
            left.unwrap_or(TokenAmount::ZERO)
        };
        spendable(own).min(spendable(self.outgoing.counted))
    }
}
