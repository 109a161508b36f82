//! A payee and its terms.

use farbank_channels::invoice::{Currency, InvoiceTerms};
use farbank_channels::payload::{AssetKey, PaymentSecret};
use farbank_channels::signature::NodeKey;
use farbank_channels::units::{PaymentHash, TokenAmount};
use farbank_types::{ChainId, EvmAddress, UnixTime};

pub(crate) const NOW: UnixTime = UnixTime::new(1_800_000_000);

pub(crate) fn payee() -> NodeKey {
    NodeKey::from_bytes(&[5; 32]).unwrap()
}

pub(crate) fn asset() -> AssetKey {
    AssetKey {
        chain: ChainId::new(1_337),
        contract: EvmAddress::repeat_byte(1),
        token: EvmAddress::repeat_byte(2),
    }
}

pub(crate) fn terms() -> InvoiceTerms {
    InvoiceTerms {
        network: Currency::Regtest,
        asset: asset(),
        amount: Some(TokenAmount::new(2_500_000)),
        payment_hash: PaymentHash::new([6; 32]),
        secret: PaymentSecret::new([7; 32]),
        description: "rent".to_owned(),
        created_at: NOW,
        lifetime_secs: 600,
        min_lock_secs: 30,
        quote: None,
    }
}
