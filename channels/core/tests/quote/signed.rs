//! What the payer checks before it relies on a quote.

use farbank_channels::quote::{Quote, QuoteRejection, SignedQuote};
use farbank_channels::signature::{ChannelSigner as _, NodeKey};
use farbank_channels::units::{PaymentHash, TokenAmount};

use super::support::{asset, id, maker, quote, NOW};

#[test]
fn a_quote_is_good_until_its_last_second() {
    let signed = quote().sign(&maker());
    let (expires_at, maker) = (quote().expires_at, maker().node_id());
    assert_eq!(signed.verify(&maker, expires_at), Ok(&quote()));
    let now = expires_at.saturating_add_secs(1);
    assert_eq!(signed.verify(&maker, now), Err(QuoteRejection::Expired { expires_at, now }));
}

#[test]
fn a_quote_of_another_maker_is_refused() {
    let signed = quote().sign(&NodeKey::from_bytes(&[6; 32]).unwrap());
    let refused = signed.verify(&maker().node_id(), NOW);
    assert_eq!(refused, Err(QuoteRejection::Altered { id: id(1) }));
}

#[test]
fn a_quote_altered_in_any_field_is_refused() {
    let signed = quote().sign(&maker());
    let one_more = |amount: TokenAmount| TokenAmount::new(amount.get() + 1);
    let later = quote().max_expiry_out.saturating_add_secs(1);
    let altered = [
        Quote { id: id(2), ..quote() },
        Quote { payment_hash: PaymentHash::new([7; 32]), ..quote() },
        Quote { source: asset(9), ..quote() },
        Quote { target: asset(9), ..quote() },
        Quote { amount_in: one_more(quote().amount_in), ..quote() },
        Quote { amount_out: one_more(quote().amount_out), ..quote() },
        Quote { premium: one_more(quote().premium), ..quote() },
        Quote { expires_at: later, ..quote() },
        Quote { max_expiry_out: later, ..quote() },
    ];
    for quote in altered {
        let refused = SignedQuote { quote, ..signed.clone() };
        let id = quote.id;
        let refused = refused.verify(&maker().node_id(), NOW).unwrap_err();
        assert_eq!(refused, QuoteRejection::Altered { id });
    }
}

#[test]
fn a_quote_that_makes_no_sense_is_refused_though_signed() {
    for (senseless, name) in [
        (Quote { target: asset(2), ..quote() }, "SameAsset"),
        (Quote { amount_out: TokenAmount::ZERO, ..quote() }, "NothingExchanged"),
        (Quote { amount_in: TokenAmount::ZERO, ..quote() }, "NothingExchanged"),
        (Quote { premium: quote().amount_in, ..quote() }, "PremiumTooHigh"),
    ] {
        let signed = senseless.sign(&maker());
        assert_eq!(signed.verify(&maker().node_id(), NOW).unwrap_err().name(), name);
    }
}
