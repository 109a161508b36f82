//! When a party signs a settle, and what its signature reserves.
//!
//! A settle is paid by whoever holds both signatures, at any time up to its deadline. So what it pays
//! a side is reserved from the signature until a final block shows its sequence or passes its
//! deadline: neither another settle nor a commit may promise it again.

use farbank_types::UnixTime;
use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;
use thiserror::Error;

use crate::domain::{Party, Sides};
use crate::objects::Settle;
use crate::signature::CompactSignature;
use crate::units::{fits, Seconds, SettleSeq, TokenAmount};

/// Longest that a settle may be paid after it was signed: it reserves funds for that long.
pub const MAX_SETTLE_LIFE: Seconds = Seconds::new(30 * 60);
/// Most settles that may be paid at the same time.
pub const MAX_LIVE_SETTLES: usize = 16;

/// Why a settle or a cooperative close is not signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, IntoStaticStr, Serialize, Deserialize)]
pub enum SettleRefusal {
    /// The channel froze, or closes on chain.
    #[error("the channel is not open")]
    NotOpen,
    /// A greater sequence is known already.
    #[error("sequence {seq} after {newest}")]
    StaleSequence {
        /// The sequence proposed.
        seq: SettleSeq,
        /// The greatest known.
        newest: SettleSeq,
    },
    /// Totals are cumulative and never fall.
    #[error("party {party} gets {total} in total and has {withdrawn} already")]
    TotalFell {
        /// Whose total.
        party: Party,
        /// The total proposed.
        total: TokenAmount,
        /// Paid out by a final block.
        withdrawn: TokenAmount,
    },
    /// It would reserve funds for too long.
    #[error("the deadline {deadline} is later than {limit}")]
    DeadlineTooFar {
        /// The deadline proposed.
        deadline: UnixTime,
        /// The latest that is signed.
        limit: UnixTime,
    },
    /// Nothing can be done with it any more.
    #[error("the deadline {deadline} has passed at {now}")]
    DeadlinePassed {
        /// The deadline proposed.
        deadline: UnixTime,
        /// The refuser's time.
        now: UnixTime,
    },
    /// More than the party has against all proofs, locks and signed settles.
    #[error("party {party} cannot get {total} in total")]
    ExceedsBalance {
        /// Whose total.
        party: Party,
        /// The total proposed, or the greatest one signed before.
        total: TokenAmount,
    },
    /// Too many settles are neither paid nor void.
    #[error("{MAX_LIVE_SETTLES} settles may still be paid")]
    TooManySettles,
    /// A proposal of the refuser, which goes first, is under way.
    #[error("another proposal is under way")]
    Busy,
    /// A cooperative close is agreed on.
    #[error("the channel is about to be closed")]
    Leaving,
    /// A cooperative close needs both directions without locks and nothing on its way.
    #[error("locks or payments are left")]
    LocksLeft,
    /// A cooperative close pays exactly what each party has.
    #[error("the balances are others")]
    WrongBalance,
}

/// What of a side's owner the counterparty counts on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// Paid in by final blocks, in total.
    pub funded: TokenAmount,
    /// Paid out or promised by settles, the greatest total.
    pub reserved: TokenAmount,
}

/// What a settle is measured against: the newest signed and the newest held proof.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balances {
    /// Paid in by final blocks.
    pub funded: Sides<TokenAmount>,
    /// Transferred by each payer.
    pub transferred: Sides<TokenAmount>,
    /// Locked by each payer, with what it is about to lock or to pay.
    pub locked: Sides<TokenAmount>,
}

impl Balances {
    /// Returns what a party has, all settles before not deducted; nothing if it owes more.
    #[must_use]
    pub fn entitled(&self, party: Party) -> Option<TokenAmount> {
        let other = party.other();
        let got = self.funded.of(party).checked_add(*self.transferred.of(other))?;
        got.checked_sub(*self.transferred.of(party))?.checked_sub(*self.locked.of(party))
    }

    /// Whether a party can get that total.
    fn covers(&self, party: Party, total: TokenAmount) -> bool {
        let owed = [total, *self.transferred.of(party), *self.locked.of(party)];
        fits(&owed, &[*self.funded.of(party), *self.transferred.of(party.other())])
    }
}

/// A settle that the holder signed and that may still be paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveSettle {
    /// The settle.
    pub settle: Settle,
    /// The holder's signature.
    pub ours: CompactSignature,
    /// The counterparty's, once it came.
    pub theirs: Option<CompactSignature>,
}

/// All settles of a channel that still matter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement {
    withdrawn: Sides<TokenAmount>,
    /// Sequence of the newest that a final block paid.
    paid: SettleSeq,
    /// Greatest sequence that was signed or paid.
    newest: SettleSeq,
    live: Vec<LiveSettle>,
    proposed: Option<Settle>,
}

impl Settlement {
    /// Returns what final blocks paid out.
    #[must_use]
    pub const fn withdrawn(&self) -> &Sides<TokenAmount> {
        &self.withdrawn
    }

    /// Returns the greatest sequence known.
    #[must_use]
    pub const fn newest(&self) -> SettleSeq {
        self.newest
    }

    /// Returns the settles that may still be paid.
    #[must_use]
    pub fn live(&self) -> &[LiveSettle] {
        &self.live
    }

    /// Returns the holder's proposal that is not answered. It stays until it is, even past its deadline:
    /// the counterparty may have signed it.
    #[must_use]
    pub const fn proposed(&self) -> Option<&Settle> {
        self.proposed.as_ref()
    }

    /// Returns `r`: what is paid out to a party or may be, by the holder's signatures.
    #[must_use]
    pub fn reserved(&self, party: Party) -> TokenAmount {
        let live = self.live.iter().map(|live| live.settle.out(party));
        live.fold(*self.withdrawn.of(party), TokenAmount::max)
    }

    /// Returns the same with the holder's own proposal: what the holder pays out of, and says that it
    /// counts, leaves room for a signature to come.
    #[must_use]
    pub fn promised(&self, party: Party) -> TokenAmount {
        let proposed = self.proposed.map_or(TokenAmount::ZERO, |settle| settle.out(party));
        self.reserved(party).max(proposed)
    }

    /// Decides whether the holder may sign: DESIGN's settle rule.
    ///
    /// # Errors
    /// [`SettleRefusal`].
    pub fn check(
        &self,
        settle: &Settle,
        balances: &Balances,
        now: UnixTime,
    ) -> Result<(), SettleRefusal> {
        check_deadline(settle.deadline, now)?;
        if self.live.len() >= MAX_LIVE_SETTLES {
            return Err(SettleRefusal::TooManySettles);
        }
        for party in [Party::A, Party::B] {
            let (total, withdrawn) = (settle.out(party), *self.withdrawn.of(party));
            if total < withdrawn {
                return Err(SettleRefusal::TotalFell { party, total, withdrawn });
            }
            let total = total.max(self.reserved(party));
            if !balances.covers(party, total) {
                return Err(SettleRefusal::ExceedsBalance { party, total });
            }
        }
        Ok(())
    }

    /// Decides whether the sequence of a proposal is new.
    ///
    /// # Errors
    /// [`SettleRefusal::StaleSequence`].
    pub fn check_sequence(&self, seq: SettleSeq) -> Result<(), SettleRefusal> {
        let newest = self.newest;
        if seq > newest {
            Ok(())
        } else {
            Err(SettleRefusal::StaleSequence { seq, newest })
        }
    }

    pub(crate) fn propose(&mut self, settle: Settle) {
        self.proposed = Some(settle);
    }

    pub(crate) fn take_proposed(&mut self) -> Option<Settle> {
        self.proposed.take()
    }

    pub(crate) fn sign(&mut self, live: LiveSettle) {
        self.newest = self.newest.max(live.settle.seq);
        if live.settle.seq > self.paid {
            self.live.push(live);
        }
    }

    pub(crate) fn complete(&mut self, at: usize, theirs: CompactSignature) {
        if let Some(live) = self.live.get_mut(at) {
            live.theirs = Some(theirs);
        }
    }

    /// A final block shows that sequence: it and all before it are paid or void.
    pub(crate) fn settled(&mut self, seq: SettleSeq, total_out: Sides<TokenAmount>) {
        if seq <= self.paid {
            return;
        }
        (self.paid, self.withdrawn) = (seq, total_out);
        self.newest = self.newest.max(seq);
        self.live.retain(|live| live.settle.seq > seq);
    }

    /// A final block of that time: what it passed can no longer be paid.
    pub(crate) fn head(&mut self, time: UnixTime) {
        self.live.retain(|live| live.settle.deadline >= time);
    }

    /// The channel closes on chain: nothing can be settled any more.
    pub(crate) fn void(&mut self) {
        self.live.clear();
        self.proposed = None;
    }
}

/// Whether a deadline is neither past nor too far.
pub(crate) const fn check_deadline(deadline: UnixTime, now: UnixTime) -> Result<(), SettleRefusal> {
    if deadline.get() <= now.get() {
        return Err(SettleRefusal::DeadlinePassed { deadline, now });
    }
    let limit = now.saturating_add_secs(MAX_SETTLE_LIFE.get());
    if deadline.get() > limit.get() {
        return Err(SettleRefusal::DeadlineTooFar { deadline, limit });
    }
    Ok(())
}
