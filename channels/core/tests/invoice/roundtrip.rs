//! Whatever terms are written are read again.

use farbank_channels::invoice::{Invoice, InvoiceTerms};
use farbank_channels::payload::{AssetKey, QuoteId};
use farbank_channels::signature::ChannelSigner as _;
use farbank_channels::units::TokenAmount;
use farbank_types::{ChainId, EvmAddress, UnixTime, B256};
use proptest::option;
use proptest::prelude::{any, prop_assert_eq, proptest};

use super::support::{payee, terms};

proptest! {
    #[test]
    fn terms_survive_their_text(
        amount in option::of(1..=u128::MAX),
        chain in any::<u64>(),
        token in any::<[u8; 20]>(),
        quote in option::of(any::<[u8; 32]>()),
        created_at in 0..(1_u64 << 35),
        times in any::<[u32; 2]>(),
        description in "[ -~]{0,60}",
    ) {
        let terms = InvoiceTerms {
            asset: AssetKey {
                chain: ChainId::new(chain),
                contract: EvmAddress::repeat_byte(9),
                token: EvmAddress::from(token),
            },
            amount: amount.map(TokenAmount::new),
            quote: quote.map(|quote| QuoteId::new(B256::from(quote))),
            created_at: UnixTime::new(created_at),
            lifetime_secs: times[0],
            min_lock_secs: times[1],
            description,
            ..terms()
        };
        let invoice = Invoice::sign(&terms, &payee()).unwrap();
        let read: Invoice = invoice.to_string().parse().unwrap();
        prop_assert_eq!(read.terms(), &terms);
        prop_assert_eq!(read.payee(), &payee().node_id());
        prop_assert_eq!(read, invoice);
    }

    #[test]
    fn hostile_texts_never_panic(text in "ln(bc|bcrt)1[02-9ac-hj-np-z]{0,400}") {
        assert!(text.parse::<Invoice>().is_err());
    }
}

#[test]
fn a_description_cannot_fool_a_terminal() {
    let description = "rent\u{202e}\u{1b}[2J".to_owned();
    let invoice = Invoice::sign(&InvoiceTerms { description, ..terms() }, &payee()).unwrap();
    assert_eq!(invoice.terms().description, "rent\u{fffd}\u{fffd}[2J");
}

#[test]
fn the_text_is_that_of_a_development_network() {
    let invoice = Invoice::sign(&terms(), &payee()).unwrap();
    assert!(invoice.as_str().starts_with("lnbcrt1"), "{invoice}");
    // The same terms give the same text: a node that restarts says what it said.
    assert_eq!(Invoice::sign(&terms(), &payee()).unwrap(), invoice);
}
