//! Routes: what each hop of a payment gets, from the payee backwards.

use farbank_types::{UnixTime, B256, U256};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::envelope::Envelope;
use crate::onion::{build, HopSecret, OnionHop, RouteRejection, SessionKey};
use crate::payload::{AssetKey, FinalPayload, ForwardPayload, HopPayload, PaymentSecret};
use crate::payload::{QuoteId, Uetr};
use crate::quote::{QuoteRejection, SignedQuote};
use crate::signature::NodeId;
use crate::units::{PaymentHash, TokenAmount};

/// The lock that one hop gets, and what it does with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteHop {
    /// Who gets the lock.
    pub node: NodeId,
    /// The lock's asset.
    pub asset: AssetKey,
    /// Its amount.
    pub amount: TokenAmount,
    /// Its expiry.
    pub expiry: UnixTime,
    /// The exchange by which this hop forwards in another asset.
    pub quote: Option<QuoteId>,
}

/// A way to the payee: the first hop is a direct peer, the last one the payee.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route(Vec<RouteHop>);

/// What a hop takes for forwarding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Charge {
    /// A fee, in the one asset that comes and goes.
    Fee {
        /// Whatever the amount is.
        base: TokenAmount,
        /// In parts per million of what goes on, rounded up.
        ppm: u32,
    },
    /// An exchange at a quote.
    Quote(Box<SignedQuote>),
}

/// A hop between payer and payee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Via {
    /// The hop.
    pub node: NodeId,
    /// What it takes.
    pub charge: Charge,
    /// How much longer than its outgoing lock its incoming one must last, in seconds.
    pub delta_secs: u32,
}

/// What the payee gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Destination {
    /// The payee.
    pub node: NodeId,
    /// The asset.
    pub asset: AssetKey,
    /// How much.
    pub amount: TokenAmount,
    /// Expiry of the lock that it gets.
    pub expiry: UnixTime,
    /// The payment.
    pub payment_hash: PaymentHash,
}

/// Why there is no such route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PlanRejection {
    /// The amount with its fees leaves the range of an amount.
    #[error("the amount with its fees exceeds 2^128 - 1")]
    TooMuch,
    /// The quote is not its maker's, or not live.
    #[error(transparent)]
    Quote(#[from] QuoteRejection),
    /// The quote gives less than the payee is to get, or something else.
    #[error("the quote is not for what the payee is to get")]
    QuoteForOther,
    /// The same node twice.
    #[error("{node} is on the route twice")]
    Loop {
        /// The node.
        node: NodeId,
    },
}

impl Route {
    /// Plans the route to a payee over `via`, the direct peer first: amounts and expiries from the end
    /// backwards, every fraction of a fee rounded up.
    ///
    /// # Errors
    /// [`PlanRejection`].
    pub fn plan(
        destination: &Destination,
        via: &[Via],
        now: UnixTime,
    ) -> Result<Self, PlanRejection> {
        let Destination { node, asset, amount, expiry, payment_hash } = *destination;
        let mut hops = vec![RouteHop { node, asset, amount, expiry, quote: None }];
        for via in via.iter().rev() {
            if hops.iter().any(|hop| hop.node == via.node) {
                return Err(PlanRejection::Loop { node: via.node });
            }
            let next = hops[hops.len() - 1];
            let (asset, amount, quote) = match &via.charge {
                Charge::Fee { base, ppm } => {
                    let amount = with_fee_up(next.amount, *base, *ppm);
                    (next.asset, amount.ok_or(PlanRejection::TooMuch)?, None)
                }
                Charge::Quote(signed) => {
                    let quote = signed.verify(&via.node, now)?;
                    let serves = quote.payment_hash == payment_hash
                        && quote.target == next.asset
                        && quote.amount_out >= next.amount
                        && quote.max_expiry_out >= next.expiry;
                    if !serves {
                        return Err(PlanRejection::QuoteForOther);
                    }
                    (quote.source, quote.amount_in, Some(quote.id))
                }
            };
            let expiry = next.expiry.saturating_add_secs(via.delta_secs.into());
            hops.push(RouteHop { node: via.node, asset, amount, expiry, quote });
        }
        hops.reverse();
        Ok(Self(hops))
    }

    /// Takes hops as they are; whoever forwards judges them.
    #[must_use]
    pub const fn from_hops(hops: Vec<RouteHop>) -> Self {
        Self(hops)
    }

    /// Returns the hops.
    #[must_use]
    pub fn hops(&self) -> &[RouteHop] {
        &self.0
    }

    /// Returns the direct peer with the lock that it gets.
    #[must_use]
    pub fn first(&self) -> Option<&RouteHop> {
        self.0.first()
    }

    /// Returns the payee with the lock that it gets.
    #[must_use]
    pub fn last(&self) -> Option<&RouteHop> {
        self.0.last()
    }
}

/// What the payee reads besides its lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FinalNote<'a> {
    pub(super) secret: &'a PaymentSecret,
    pub(super) uetr: Option<Uetr>,
    pub(super) meta_hash: Option<B256>,
}

/// What rides beside the first lock, with the secrets that unwrap a failure.
pub(super) struct Wrapped {
    pub(super) envelope: Vec<u8>,
    pub(super) secrets: Vec<HopSecret>,
}

impl Route {
    /// Writes what rides beside the first lock: a payload in the clear for a direct peer, else an onion.
    pub(super) fn wrap(
        &self,
        payment_hash: PaymentHash,
        note: &FinalNote<'_>,
        session: &[u8; 32],
    ) -> Result<Wrapped, RouteRejection> {
        let last = self.last().ok_or(RouteRejection::EmptyRoute)?;
        let final_payload = HopPayload::Final(FinalPayload {
            secret: note.secret.clone(),
            asset: last.asset,
            total: last.amount,
            expiry: last.expiry,
            uetr: note.uetr,
            meta_hash: note.meta_hash,
        });
        if self.0.len() == 1 {
            let envelope = Envelope::Plain(&final_payload.encode()).write();
            return Ok(Wrapped { envelope, secrets: Vec::new() });
        }
        let mut hops: Vec<OnionHop> = self
            .0
            .windows(2)
            .map(|pair| OnionHop {
                key: *pair[0].node.public_key(),
                payload: forward_payload(&pair[0], &pair[1]).encode(),
            })
            .collect();
        hops.push(OnionHop { key: *last.node.public_key(), payload: final_payload.encode() });
        let built = build(&SessionKey::new(session)?, &hops, &payment_hash.get())?;
        Ok(Wrapped { envelope: Envelope::Onion(built.packet).write(), secrets: built.secrets })
    }
}

const fn forward_payload(hop: &RouteHop, next: &RouteHop) -> HopPayload {
    HopPayload::Forward(ForwardPayload {
        next: next.node,
        asset: next.asset,
        amount: next.amount,
        expiry: next.expiry,
        quote: hop.quote,
    })
}

/// Returns `amount + base + amount * ppm / 1,000,000`, rounded up.
pub(super) fn with_fee_up(amount: TokenAmount, base: TokenAmount, ppm: u32) -> Option<TokenAmount> {
    let product = U256::from(amount.get()) * U256::from(ppm);
    let share = u128::try_from(product.div_ceil(U256::from(1_000_000_u32))).ok()?;
    amount.checked_add(base)?.checked_add(TokenAmount::new(share))
}
