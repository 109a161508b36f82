//! Payments that this node makes: what is asked for, how each of them stands and ends.

use core::fmt;

use farbank_types::{UnixTime, B256};
use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;
use thiserror::Error;

use super::failure::{HopFailure, SignedFailure};
use super::route::Route;
use super::LockKey;
use crate::commit::LockRefusal;
use crate::invoice::Invoice;
use crate::onion::HopSecret;
use crate::payload::{AssetKey, PaymentSecret, Uetr};
use crate::signature::NodeId;
use crate::units::{PaymentHash, Preimage, TokenAmount};

/// A payment to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentRequest {
    /// Hash of the preimage that it buys.
    pub payment_hash: PaymentHash,
    /// The invoice's secret.
    pub secret: PaymentSecret,
    /// The payee.
    pub payee: NodeId,
    /// What the payee gets.
    pub asset: AssetKey,
    /// How much of it.
    pub amount: TokenAmount,
    /// Last second in which an attempt may start.
    pub expires_at: UnixTime,
    /// The transfer that it is a leg of.
    pub uetr: Option<Uetr>,
    /// Commitment to what the parties said to each other about it.
    pub meta_hash: Option<B256>,
    /// Most that the first lock may have, fees included, in the first lock's asset.
    pub max_amount_in: TokenAmount,
}

impl PaymentRequest {
    /// Takes what an invoice asks for. `amount` is what [`Invoice::check`] returned.
    #[must_use]
    pub fn from_invoice(
        invoice: &Invoice,
        amount: TokenAmount,
        max_amount_in: TokenAmount,
    ) -> Self {
        let terms = invoice.terms();
        Self {
            payment_hash: terms.payment_hash,
            secret: terms.secret.clone(),
            payee: *invoice.payee(),
            asset: terms.asset,
            amount,
            expires_at: invoice.expires_at(),
            uetr: None,
            meta_hash: None,
            max_amount_in,
        }
    }
}

/// A payment to be made, with everything that is needed to make it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayCommand {
    /// The payment.
    pub request: PaymentRequest,
    /// Ways to try one after another; the next one only once the one before failed for good.
    pub routes: Vec<Route>,
    /// 32 bytes that nobody can guess; every attempt's onion comes from them.
    pub entropy: [u8; 32],
}

impl fmt::Debug for PayCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { request, routes, entropy: _ } = self;
        let mut command = f.debug_struct("PayCommand");
        command.field("request", request).field("routes", routes).finish_non_exhaustive()
    }
}

/// Why a payment is not even tried. Nothing was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, IntoStaticStr)]
pub enum PayRejection {
    /// To this very node.
    #[error("a payment to oneself")]
    ToSelf,
    /// It is being made.
    #[error("the payment is on its way")]
    InFlight,
    /// It was made.
    #[error("the invoice is paid")]
    AlreadyPaid,
    /// The invoice's time is over.
    #[error("the invoice expired at {expires_at}, it is {now}")]
    InvoiceExpired {
        /// Last second in which it could be paid.
        expires_at: UnixTime,
        /// The clock.
        now: UnixTime,
    },
    /// The payment is for nothing.
    #[error("a payment of nothing")]
    ZeroAmount,
    /// No route, or one that does not end at the payee with what it asks for.
    #[error("the route does not lead to what the payee asks for")]
    WrongRoute,
    /// The route costs more than the payer allowed.
    #[error("the route takes {needed}, at most {allowed} is allowed")]
    TooExpensive {
        /// Amount of the first lock.
        needed: TokenAmount,
        /// Its bound.
        allowed: TokenAmount,
    },
}

impl PayRejection {
    /// Returns the rejection's own name, such as `ToSelf`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.into()
    }
}

/// Why a payment failed, and what shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, IntoStaticStr, Serialize, Deserialize)]
pub enum PaymentFailure {
    /// It never left: no signature was given.
    #[error("it could not be sent: {0}")]
    NotSent(HopFailure),
    /// A hop failed it and signed that.
    #[error("{} failed it: {}", .0.node, .0.failure)]
    ByHop(SignedFailure),
    /// The direct peer's channel refused the lock.
    #[error("the first channel refused it: {0}")]
    ByChannel(LockRefusal),
    /// The message that came back is not one that a hop of the route signed: somebody altered it.
    #[error("it failed, and the reason was altered on the way")]
    Unreadable,
    /// The lock's time ran out and no preimage was revealed.
    #[error("the lock expired")]
    LockExpired,
}

impl PaymentFailure {
    /// Returns the failure's own name: that of the hop's where a hop failed it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::NotSent(failure) => failure.name(),
            Self::ByHop(signed) => signed.failure.name(),
            Self::ByChannel(refusal) => refusal.into(),
            Self::Unreadable | Self::LockExpired => self.into(),
        }
    }

    /// Whether another route may do better.
    pub(super) const fn is_temporary(&self) -> bool {
        match self {
            Self::NotSent(failure) => failure.is_temporary(),
            Self::ByHop(signed) => signed.failure.is_temporary(),
            Self::ByChannel(_) | Self::Unreadable => true,
            // Time is what it had not enough of.
            Self::LockExpired => false,
        }
    }
}

/// How a payment stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PaymentState {
    /// A lock is out.
    InFlight(Attempt),
    /// Paid: the preimage shows it.
    Paid {
        /// What was bought.
        preimage: Preimage,
        /// What left this node, fees included, in the first lock's asset.
        amount: TokenAmount,
        /// When.
        at: UnixTime,
    },
    /// Failed for good.
    Failed {
        /// Why; of the last attempt.
        failure: PaymentFailure,
        /// When.
        at: UnixTime,
    },
    /// Data was lost: nobody can say. Treated as paid, so that it is never paid twice.
    Unknown,
}

/// The attempt that is under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// The lock that it hangs on.
    pub lock: LockKey,
    /// Its route: whom a failure names.
    pub route: Route,
    /// What unwraps a failure; none for a direct payment.
    pub secrets: Vec<HopSecret>,
}

/// A payment that this node makes or made.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// What is paid.
    pub request: PaymentRequest,
    /// How it stands.
    pub state: PaymentState,
    /// Routes left to try.
    pub(super) routes: Vec<Route>,
    /// Attempts so far.
    pub(super) attempts: u32,
    pub(super) entropy: [u8; 32],
}

impl fmt::Debug for Payment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { request, state, routes, attempts, entropy: _ } = self;
        let mut payment = f.debug_struct("Payment");
        payment.field("request", request).field("state", state).field("routes", routes);
        payment.field("attempts", attempts).finish_non_exhaustive()
    }
}

/// How a payment ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymentEnd {
    /// The preimage shows it.
    Paid(Preimage),
    /// Everybody is whole.
    Failed(PaymentFailure),
    /// Data was lost: nobody can say.
    Unknown,
}
