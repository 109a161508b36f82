//! What the contract pays when a challenge period is over: the twin of `Channels.finalise`.
//!
//! `S_X` = what the accepted proof of X's direction transferred, and its locks that pay. A lock pays
//! when its preimage was revealed by its expiry and by the end of the challenge period. Then
//! `pot = D_A + D_B - W_A - W_B`, `pay_A = clamp(D_A - W_A - S_A + S_B, 0, pot)`, `pay_B` the rest.

use farbank_types::{UnixTime, U256};
use strum::IntoStaticStr;
use thiserror::Error;

use crate::domain::Sides;
use crate::locks::LockSet;
use crate::units::{PaymentHash, TokenAmount};

/// What the chain knows of a side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SideTotals {
    /// Paid in, in total.
    pub funded: TokenAmount,
    /// Settled out, in total.
    pub withdrawn: TokenAmount,
}

/// What a direction's accepted proof commits to; the default stands for no proof.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PostedDirection {
    /// Transferred, in total.
    pub transferred: TokenAmount,
    /// Its locks.
    pub locks: LockSet,
}

/// Why there is no payout. Neither can happen to a channel that the contract keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, IntoStaticStr)]
pub enum PayoutRejection {
    /// More was settled out than paid in.
    #[error("the channel settled more than it was funded with")]
    Overdrawn,
    /// A share leaves the range of an amount.
    #[error("a share exceeds 2^128 - 1")]
    ShareTooGreat,
}

/// Returns what each party gets.
///
/// `revealed` says when a preimage was revealed on chain, `close_at` is the end of the challenge
/// period.
///
/// # Errors
/// [`PayoutRejection`].
pub fn payout(
    sides: &Sides<SideTotals>,
    posted: &Sides<PostedDirection>,
    close_at: UnixTime,
    revealed: impl Fn(PaymentHash) -> Option<UnixTime>,
) -> Result<Sides<TokenAmount>, PayoutRejection> {
    let spent = |direction: &PostedDirection| {
        let pays = |at: UnixTime, expiry: UnixTime| at.get() > 0 && at <= expiry.min(close_at);
        let locks = direction
            .locks
            .iter()
            .filter(|lock| revealed(lock.hash).is_some_and(|at| pays(at, lock.expiry)));
        // At most 2^128 + 256 * 2^128.
        locks.fold(wide(direction.transferred), |sum, lock| sum.saturating_add(wide(lock.amount)))
    };
    let funded = wide(sides.a.funded).saturating_add(wide(sides.b.funded));
    let withdrawn = wide(sides.a.withdrawn).saturating_add(wide(sides.b.withdrawn));
    let pot = funded.checked_sub(withdrawn).ok_or(PayoutRejection::Overdrawn)?;
    let plus = wide(sides.a.funded).saturating_add(spent(&posted.b));
    let minus = wide(sides.a.withdrawn).saturating_add(spent(&posted.a));
    let a = plus.saturating_sub(minus).min(pot);
    Ok(Sides { a: narrow(a)?, b: narrow(pot.saturating_sub(a))? })
}

fn wide(amount: TokenAmount) -> U256 {
    U256::from(amount.get())
}

fn narrow(amount: U256) -> Result<TokenAmount, PayoutRejection> {
    u128::try_from(amount).map(TokenAmount::new).map_err(|_| PayoutRejection::ShareTooGreat)
}
