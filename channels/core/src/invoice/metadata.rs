//! The side chain's part of an invoice: TLV records in its payment metadata.

use super::InvoiceTerms;
use crate::payload::{AssetKey, QuoteId};
use crate::tlv::{array, number, number_u64, unknown, Records, TlvRejection, TlvWriter};
use crate::units::TokenAmount;

use farbank_types::B256;

const ASSET: u64 = 2;
const AMOUNT: u64 = 4;
const QUOTE: u64 = 6;
const MIN_LOCK_SECS: u64 = 8;

/// What the records say.
pub(super) struct Metadata {
    pub(super) asset: AssetKey,
    pub(super) amount: Option<TokenAmount>,
    pub(super) quote: Option<QuoteId>,
    pub(super) min_lock_secs: u32,
}

pub(super) fn encode(terms: &InvoiceTerms) -> Vec<u8> {
    let mut writer = TlvWriter::default().bytes(ASSET, &terms.asset.to_bytes());
    if let Some(amount) = terms.amount {
        writer = writer.number(AMOUNT, amount.get());
    }
    if let Some(quote) = terms.quote {
        writer = writer.bytes(QUOTE, quote.get().as_slice());
    }
    writer.number(MIN_LOCK_SECS, terms.min_lock_secs.into()).finish()
}

pub(super) fn decode(bytes: &[u8]) -> Result<Metadata, TlvRejection> {
    let (mut asset, mut amount, mut quote, mut min_lock_secs) = (None, None, None, None);
    for record in Records::new(bytes) {
        let (kind, value) = record?;
        match kind {
            ASSET => asset = Some(AssetKey::from_bytes(&array(kind, value)?)),
            AMOUNT => amount = Some(TokenAmount::new(number(kind, value)?)),
            QUOTE => quote = Some(QuoteId::new(B256::from(array(kind, value)?))),
            MIN_LOCK_SECS => {
                let found = value.len();
                let secs = u32::try_from(number_u64(kind, value)?);
                min_lock_secs = Some(secs.map_err(|_| TlvRejection::WrongLength { kind, found })?);
            }
            other => unknown(other)?,
        }
    }
    Ok(Metadata {
        asset: asset.ok_or(TlvRejection::MissingRecord { kind: ASSET })?,
        amount,
        quote,
        min_lock_secs: min_lock_secs.ok_or(TlvRejection::MissingRecord { kind: MIN_LOCK_SECS })?,
    })
}
