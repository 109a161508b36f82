//! The quotes that a node made, and which of them were used.

use std::collections::BTreeMap;

use farbank_types::UnixTime;
use serde::{Deserialize, Serialize};

use super::{Quote, QuoteRejection};
use crate::payload::{AssetKey, QuoteId};
use crate::units::{PaymentHash, TokenAmount};

/// The quotes that a node made, each with whether it was used. When it is full, those that expired
/// unused make room, and those under which no lock can hang any more; their later use is `Unknown`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuoteBook {
    capacity: usize,
    quotes: BTreeMap<QuoteId, Entry>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    quote: Quote,
    used: bool,
}

/// What a forward asks of a quote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// Name of the quote.
    pub id: QuoteId,
    /// The payment.
    pub payment_hash: PaymentHash,
    /// Asset of the incoming lock.
    pub source: AssetKey,
    /// Asset of the outgoing lock.
    pub target: AssetKey,
    /// Amount of the incoming lock.
    pub amount_in: TokenAmount,
    /// Amount of the outgoing lock.
    pub amount_out: TokenAmount,
    /// Expiry of the outgoing lock.
    pub expiry_out: UnixTime,
}

impl QuoteBook {
    /// Makes a book for `capacity` quotes.
    #[must_use]
    pub const fn new(capacity: usize) -> Self {
        Self { capacity, quotes: BTreeMap::new() }
    }

    /// Enters a quote before it is signed.
    ///
    /// # Errors
    /// [`QuoteRejection::NoRoom`], [`QuoteRejection::Expired`], and those of [`Quote::check`].
    pub fn enter(&mut self, quote: Quote, now: UnixTime) -> Result<(), QuoteRejection> {
        quote.check()?;
        quote.check_live(now)?;
        if self.quotes.len() >= self.capacity {
            self.forget_before(now);
        }
        if self.quotes.len() >= self.capacity || self.quotes.contains_key(&quote.id) {
            return Err(QuoteRejection::NoRoom { id: quote.id });
        }
        self.quotes.insert(quote.id, Entry { quote, used: false });
        Ok(())
    }

    /// Checks that a quote could be used, now and for that.
    ///
    /// # Errors
    /// [`QuoteRejection`]: unknown, used, expired, or made for something else.
    pub fn check(&self, exchange: &Exchange, now: UnixTime) -> Result<Quote, QuoteRejection> {
        let id = exchange.id;
        let Entry { quote, used } = self.quotes.get(&id).ok_or(QuoteRejection::Unknown { id })?;
        if *used {
            return Err(QuoteRejection::Used { id });
        }
        quote.check_live(now)?;
        check_same(quote, exchange)?;
        Ok(*quote)
    }

    /// Uses a quote: the one time. Nothing is used up when it is refused.
    ///
    /// # Errors
    /// Those of [`QuoteBook::check`].
    pub fn take(&mut self, exchange: &Exchange, now: UnixTime) -> Result<Quote, QuoteRejection> {
        let quote = self.check(exchange, now)?;
        self.use_up(&quote.id);
        Ok(quote)
    }

    /// Uses a quote that was checked in the same step.
    pub(crate) fn use_up(&mut self, id: &QuoteId) {
        if let Some(entry) = self.quotes.get_mut(id) {
            entry.used = true;
        }
    }

    /// Returns a quote that is neither used nor expired.
    #[must_use]
    pub fn live(&self, id: &QuoteId, now: UnixTime) -> Option<&Quote> {
        let entry = self.quotes.get(id)?;
        (!entry.used && entry.quote.check_live(now).is_ok()).then_some(&entry.quote)
    }

    /// Forgets the quotes under which no lock can hang any more.
    pub fn forget_before(&mut self, now: UnixTime) {
        self.quotes.retain(|_, entry| {
            now <= entry.quote.expires_at || (entry.used && now <= entry.quote.max_expiry_out)
        });
    }
}

fn check_same(quote: &Quote, exchange: &Exchange) -> Result<(), QuoteRejection> {
    if exchange.payment_hash != quote.payment_hash {
        return Err(QuoteRejection::OtherPayment { id: quote.id });
    }
    if (exchange.source, exchange.target) != (quote.source, quote.target) {
        let (source_asset, target) = (quote.source, quote.target);
        return Err(QuoteRejection::OtherAssets { source_asset, target });
    }
    if exchange.amount_in < quote.amount_in || exchange.amount_out > quote.amount_out {
        return Err(QuoteRejection::OtherAmounts {
            amount_in: quote.amount_in,
            amount_out: quote.amount_out,
            offered: exchange.amount_in,
            wanted: exchange.amount_out,
        });
    }
    if exchange.expiry_out > quote.max_expiry_out {
        let (expiry_out, max_expiry_out) = (exchange.expiry_out, quote.max_expiry_out);
        return Err(QuoteRejection::HeldTooLong { expiry_out, max_expiry_out });
    }
    Ok(())
}
