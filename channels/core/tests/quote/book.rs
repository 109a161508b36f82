//! What the maker checks when somebody uses a quote.

use farbank_channels::quote::{Exchange, Quote, QuoteBook, QuoteRejection};
use farbank_channels::units::{PaymentHash, TokenAmount};

use super::support::{asset, exchange, id, quote, NOW};

fn book() -> QuoteBook {
    let mut book = QuoteBook::new(2);
    book.enter(quote(), NOW).unwrap();
    book
}

#[test]
fn a_quote_serves_one_payment() {
    let mut book = book();
    assert_eq!(book.take(&exchange(), NOW), Ok(quote()));
    let again = book.take(&exchange(), NOW);
    assert_eq!(again, Err(QuoteRejection::Used { id: id(1) }));
    assert_eq!(again.unwrap_err().name(), "Used");
}

#[test]
fn a_quote_that_was_never_made_is_refused() {
    let refused = book().take(&Exchange { id: id(9), ..exchange() }, NOW);
    assert_eq!(refused, Err(QuoteRejection::Unknown { id: id(9) }));
}

#[test]
fn an_expired_quote_is_refused() {
    let (expires_at, mut book) = (quote().expires_at, book());
    let now = expires_at.saturating_add_secs(1);
    assert_eq!(book.take(&exchange(), now), Err(QuoteRejection::Expired { expires_at, now }));
    assert_eq!(book.live(&id(1), now), None);
    assert_eq!(book.take(&exchange(), expires_at), Ok(quote()));
}

#[test]
fn a_quote_serves_nothing_but_what_it_says() {
    let least = quote().amount_in.get() - 1;
    let most = quote().amount_out.get() + 1;
    let late = quote().max_expiry_out.saturating_add_secs(1);
    for (other, name) in [
        (Exchange { payment_hash: PaymentHash::new([9; 32]), ..exchange() }, "OtherPayment"),
        (Exchange { source: asset(9), ..exchange() }, "OtherAssets"),
        (Exchange { target: asset(9), ..exchange() }, "OtherAssets"),
        (Exchange { amount_in: TokenAmount::new(least), ..exchange() }, "OtherAmounts"),
        (Exchange { amount_out: TokenAmount::new(most), ..exchange() }, "OtherAmounts"),
        (Exchange { expiry_out: late, ..exchange() }, "HeldTooLong"),
    ] {
        let mut book = book();
        assert_eq!(book.take(&other, NOW).unwrap_err().name(), name);
        // What was refused used nothing up.
        assert_eq!(book.take(&exchange(), NOW), Ok(quote()));
    }
}

#[test]
fn a_full_book_makes_room_from_what_is_over() {
    let mut book = book();
    book.enter(Quote { id: id(2), ..quote() }, NOW).unwrap();
    let third = Quote { id: id(3), ..quote() };
    assert_eq!(book.enter(third, NOW), Err(QuoteRejection::NoRoom { id: id(3) }));
    book.take(&exchange(), NOW).unwrap();

    // The used one is kept while its lock can hang, the other is over.
    let later = quote().expires_at.saturating_add_secs(1);
    let fresh = Quote { expires_at: later, ..third };
    assert_eq!(book.enter(fresh, later), Ok(()));
    let expires_at = later;
    assert_eq!(book.take(&exchange(), expires_at), Err(QuoteRejection::Used { id: id(1) }));
}

#[test]
fn a_name_is_given_once() {
    let other = Quote { amount_out: TokenAmount::new(1), ..quote() };
    assert_eq!(book().enter(other, NOW), Err(QuoteRejection::NoRoom { id: id(1) }));
}
