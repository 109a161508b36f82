//! Each refusal by its name.

use core::time::Duration;

use farbank_channels::domain::Digest;
use farbank_channels::invoice::{
    Invoice, InvoiceRejection, InvoiceScope, InvoiceTerms, TermsRejection,
};
use farbank_channels::payload::{AssetKey, TlvRejection};
use farbank_channels::signature::{ChannelSigner, CompactSignature, NodeId, NodeKey};
use farbank_channels::units::TokenAmount;
use farbank_types::bitcoin::hashes::{sha256, Hash as _};
use farbank_types::{ChainId, EvmAddress, UnixTime};
use lightning_invoice::{Currency, InvoiceBuilder, PaymentSecret};
use secp256k1::{SecretKey, SECP256K1};

use super::support::{asset, payee, terms, NOW};

fn refused(terms: InvoiceTerms, scope: InvoiceScope<'_>) -> InvoiceRejection {
    Invoice::sign(&terms, &payee()).unwrap().check(&scope, None).unwrap_err()
}

#[test]
fn an_invoice_can_be_paid_until_its_last_second() {
    let (assets, last) = ([asset()], NOW.saturating_add_secs(600));
    let invoice = Invoice::sign(&terms(), &payee()).unwrap();
    let at = |now| invoice.check(&InvoiceScope { now, assets: &assets }, None);
    assert_eq!(at(last), Ok(TokenAmount::new(2_500_000)));
    let late = last.saturating_add_secs(1);
    assert_eq!(at(late), Err(InvoiceRejection::Expired { expires_at: last, now: late }));
    assert_eq!(at(late).unwrap_err().name(), "Expired");
}

#[test]
fn an_invoice_of_another_chain_contract_or_token_is_refused() {
    let assets = [asset()];
    let scope = InvoiceScope { now: NOW, assets: &assets };
    let other = EvmAddress::repeat_byte(8);
    for (foreign, expected) in [
        (
            AssetKey { chain: ChainId::new(1), ..asset() },
            InvoiceRejection::ForeignChain { found: ChainId::new(1) },
        ),
        (
            AssetKey { contract: other, ..asset() },
            InvoiceRejection::ForeignContract { found: other },
        ),
        (AssetKey { token: other, ..asset() }, InvoiceRejection::ForeignAsset { found: other }),
    ] {
        assert_eq!(refused(InvoiceTerms { asset: foreign, ..terms() }, scope), expected);
    }
}

#[test]
fn an_amount_is_the_invoices_or_the_payers_and_never_two() {
    let assets = [asset()];
    let scope = InvoiceScope { now: NOW, assets: &assets };
    let given = TokenAmount::new(7);
    let fixed = Invoice::sign(&terms(), &payee()).unwrap();
    let asked = TokenAmount::new(2_500_000);
    assert_eq!(fixed.check(&scope, Some(asked)), Ok(asked));
    let refused = fixed.check(&scope, Some(given));
    assert_eq!(refused, Err(InvoiceRejection::OtherAmount { asked, given }));

    let open = Invoice::sign(&InvoiceTerms { amount: None, ..terms() }, &payee()).unwrap();
    assert_eq!(open.check(&scope, Some(given)), Ok(given));
    assert_eq!(open.check(&scope, None), Err(InvoiceRejection::AmountMissing));
    let nothing = open.check(&scope, Some(TokenAmount::ZERO));
    assert_eq!(nothing, Err(InvoiceRejection::ZeroAmount));
}

/// Signs for the payee with another key.
struct Forger(NodeKey);

impl ChannelSigner for Forger {
    fn node_id(&self) -> NodeId {
        payee().node_id()
    }

    fn sign(&self, digest: Digest) -> CompactSignature {
        self.0.sign(digest)
    }
}

#[test]
fn an_invoice_that_the_payee_did_not_sign_is_refused() {
    let forger = Forger(NodeKey::from_bytes(&[6; 32]).unwrap());
    let text = Invoice::sign(&terms(), &forger).unwrap().to_string();
    assert_eq!(text.parse::<Invoice>(), Err(InvoiceRejection::BadSignature));
}

#[test]
fn an_altered_text_is_refused() {
    let text = Invoice::sign(&terms(), &payee()).unwrap().to_string();
    for position in 7..text.len() {
        let mut altered = text.clone().into_bytes();
        altered[position] = if altered[position] == b'q' { b'p' } else { b'q' };
        let altered = String::from_utf8(altered).unwrap();
        assert!(altered.parse::<Invoice>().is_err(), "altered at {position}");
    }
}

/// An invoice as Lightning itself writes it, signed by the payee.
fn lightning(metadata: Option<Vec<u8>>, name_payee: bool, msat: Option<u64>) -> String {
    let secret = SecretKey::from_slice(&[5; 32]).unwrap();
    let mut builder = InvoiceBuilder::new(Currency::Regtest)
        .description("rent".to_owned())
        .payment_hash(sha256::Hash::hash(&[1]))
        .payment_secret(PaymentSecret([2; 32]))
        .duration_since_epoch(Duration::from_secs(NOW.get()))
        .min_final_cltv_expiry_delta(18);
    if name_payee {
        builder = builder.payee_pub_key(secret.public_key(SECP256K1));
    }
    if let Some(msat) = msat {
        builder = builder.amount_milli_satoshis(msat);
    }
    let sign = |message: &_| SECP256K1.sign_ecdsa_recoverable(message, &secret);
    match metadata {
        Some(metadata) => builder.payment_metadata(metadata).build_signed(sign),
        None => builder.build_signed(sign),
    }
    .unwrap()
    .to_string()
}

#[test]
fn an_invoice_of_lightning_itself_is_refused() {
    let refused = |text: String| text.parse::<Invoice>().unwrap_err();
    assert_eq!(refused(lightning(None, true, None)), InvoiceRejection::NoAsset);
    assert_eq!(refused(lightning(None, false, None)), InvoiceRejection::NoPayee);
    assert_eq!(refused(lightning(None, true, Some(1))), InvoiceRejection::AsksForBitcoin);
    let missing = TlvRejection::MissingRecord { kind: 2 };
    let empty = lightning(Some(Vec::new()), true, None);
    assert_eq!(refused(empty), InvoiceRejection::BadMetadata(missing));
    let unknown = TlvRejection::UnknownRecord { kind: 0 };
    let foreign = lightning(Some(vec![0, 0]), true, None);
    assert_eq!(refused(foreign), InvoiceRejection::BadMetadata(unknown));
}

#[test]
fn text_that_is_no_invoice_is_refused() {
    for text in ["", "lnbc1", "bcrt1qqqqqqqq", "lnxx1qqqqqqqqqqq"] {
        let refused = text.parse::<Invoice>().unwrap_err();
        assert_eq!(refused.name(), "Malformed", "{text}");
    }
}

#[test]
fn terms_that_no_invoice_can_hold_are_refused() {
    let nothing = InvoiceTerms { amount: Some(TokenAmount::ZERO), ..terms() };
    assert_eq!(Invoice::sign(&nothing, &payee()), Err(TermsRejection::ZeroAmount));
    for terms in [
        InvoiceTerms { description: "x".repeat(640), ..terms() },
        InvoiceTerms { created_at: UnixTime::new(1 << 35), ..terms() },
    ] {
        let refused = Invoice::sign(&terms, &payee());
        assert!(matches!(refused, Err(TermsRejection::NotWritable(_))), "{refused:?}");
    }
}
