//! A maker and its quote.

use farbank_channels::payload::{AssetKey, QuoteId};
use farbank_channels::quote::{Exchange, Quote};
use farbank_channels::signature::NodeKey;
use farbank_channels::units::{PaymentHash, TokenAmount};
use farbank_types::{ChainId, EvmAddress, UnixTime, B256};

pub(crate) const NOW: UnixTime = UnixTime::new(1_800_000_000);

pub(crate) fn maker() -> NodeKey {
    NodeKey::from_bytes(&[5; 32]).unwrap()
}

pub(crate) fn asset(token: u8) -> AssetKey {
    AssetKey {
        chain: ChainId::new(1_337),
        contract: EvmAddress::repeat_byte(1),
        token: EvmAddress::repeat_byte(token),
    }
}

pub(crate) fn id(number: u8) -> QuoteId {
    QuoteId::new(B256::repeat_byte(number))
}

pub(crate) fn quote() -> Quote {
    Quote {
        id: id(1),
        payment_hash: PaymentHash::new([6; 32]),
        source: asset(2),
        target: asset(3),
        amount_in: TokenAmount::new(1_010),
        amount_out: TokenAmount::new(90_000),
        premium: TokenAmount::new(3),
        expires_at: NOW.saturating_add_secs(30),
        max_expiry_out: NOW.saturating_add_secs(120),
    }
}

pub(crate) fn exchange() -> Exchange {
    let quote = quote();
    Exchange {
        id: quote.id,
        payment_hash: quote.payment_hash,
        source: quote.source,
        target: quote.target,
        amount_in: quote.amount_in,
        amount_out: quote.amount_out,
        expiry_out: quote.max_expiry_out,
    }
}
