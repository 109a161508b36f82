//! Prices: exact, and every fraction falls to the maker.

use core::num::NonZeroU128;

use farbank_channels::quote::{Price, Pricing, PricingRejection, Rate};
use farbank_channels::units::TokenAmount;
use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest, Strategy};

fn rate(source: u128, target: u128) -> Rate {
    Rate::new(NonZeroU128::new(source).unwrap(), NonZeroU128::new(target).unwrap())
}

fn pricing() -> impl Strategy<Value = Pricing> {
    let part = 1..=1_000_000_000_u128;
    (part.clone(), part, 0..100_000_u32, 0..100_000_u32).prop_map(
        |(source, target, spread_ppm, daily_volatility_ppm)| Pricing {
            rate: rate(source, target),
            spread_ppm,
            daily_volatility_ppm,
        },
    )
}

proptest! {
    #[test]
    fn an_exact_rate_never_gives_more_than_it_takes(
        source in 1..=u128::MAX,
        target in 1..=u128::MAX,
        amount in any::<u128>(),
    ) {
        let (rate, amount) = (rate(source, target), TokenAmount::new(amount));
        if let Some(out) = rate.target_down(amount) {
            prop_assert!(rate.source_up(out).is_some_and(|back| back <= amount));
        }
        if let Some(cost) = rate.source_up(amount) {
            prop_assert!(rate.target_down(cost).is_none_or(|back| back >= amount));
        }
    }

    #[test]
    fn what_is_given_is_covered_by_what_is_taken(
        pricing in pricing(),
        amount in 1..=u128::from(u64::MAX),
        hold_secs in 0..100_000_u32,
    ) {
        let out = TokenAmount::new(amount);
        let price = pricing.price_out(out, hold_secs).unwrap();
        prop_assert_eq!(price.amount_out, out);
        let base = price.amount_in.get() - price.fee.get() - price.premium.get();
        prop_assert_eq!(pricing.rate.source_up(out), Some(TokenAmount::new(base)));
    }

    #[test]
    fn what_is_taken_buys_as_much_as_the_maker_can_give(
        pricing in pricing(),
        amount in 1..=u128::from(u64::MAX),
        hold_secs in 0..100_000_u32,
    ) {
        let amount_in = TokenAmount::new(amount);
        match pricing.price_in(amount_in, hold_secs) {
            Ok(price) => {
                prop_assert_eq!(price.amount_in, amount_in);
                let needed = pricing.price_out(price.amount_out, hold_secs).unwrap();
                prop_assert!(needed.amount_in <= amount_in);
                prop_assert!(price.fee.get() + price.premium.get() < amount);
            }
            Err(refused) => {
                prop_assert_eq!(refused, PricingRejection::TooLittle { amount: amount_in });
            }
        }
    }
}

#[test]
fn euros_become_rupees_at_the_rate_less_spread_and_option() {
    // 1 euro for 91.5 rupees, both with 6 decimals; 0.1 % spread, 0.6 % daily volatility.
    let pricing = Pricing { rate: rate(2, 183), spread_ppm: 1_000, daily_volatility_ppm: 6_000 };
    let price = pricing.price_out(TokenAmount::new(91_500_000_000), 120).unwrap();
    let expected = Price {
        amount_in: TokenAmount::new(1_001_089_444),
        amount_out: TokenAmount::new(91_500_000_000),
        fee: TokenAmount::new(1_000_000),
        // 0.4 * 0.6 % * sqrt(120 s of a day) of 1,000 euros.
        premium: TokenAmount::new(89_444),
    };
    assert_eq!(price, expected);
    assert_eq!(pricing.price_in(expected.amount_in, 120), Ok(expected));
}

#[test]
fn too_much_and_too_little_are_refused_by_name() {
    let pricing = Pricing { rate: rate(1, 2), spread_ppm: 0, daily_volatility_ppm: 0 };
    let (all, one) = (TokenAmount::new(u128::MAX), TokenAmount::new(1));
    assert_eq!(pricing.price_in(all, 0), Err(PricingRejection::TooMuch { amount: all }));
    let dear = Pricing { rate: rate(2, 1), ..pricing };
    assert_eq!(dear.price_out(all, 0), Err(PricingRejection::TooMuch { amount: all }));
    assert_eq!(dear.price_in(one, 0), Err(PricingRejection::TooLittle { amount: one }));
    let nothing = TokenAmount::ZERO;
    assert_eq!(dear.price_out(nothing, 0), Err(PricingRejection::TooLittle { amount: nothing }));
}
