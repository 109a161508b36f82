//! What an exchange costs: the rate, a spread, and the option that a firm quote is.

use core::num::NonZeroU128;

use serde::{Deserialize, Serialize};

use super::errors::PricingRejection;
use super::rate::{scale_down, scale_up, Rate};
use crate::units::TokenAmount;

/// One, in the unit of charges: small enough for every one of them to be a whole number of it.
const ONE: NonZeroU128 = NonZeroU128::new(5_000_000_000_000).expect("not zero");
/// One part in a million, in that unit.
const PPM: u128 = ONE.get() / 1_000_000;
/// Seconds to which the volatility belongs.
const DAY: u128 = 86_400;

/// By what a node makes its quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pricing {
    /// The market's rate.
    pub rate: Rate,
    /// What the node keeps, in parts per million of what it takes.
    pub spread_ppm: u32,
    /// How far the rate moves in a day (one standard deviation), in parts per million.
    pub daily_volatility_ppm: u32,
}

/// What an exchange costs in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    /// What is taken, fee and premium included.
    pub amount_in: TokenAmount,
    /// What is given.
    pub amount_out: TokenAmount,
    /// The part of `amount_in` that is the spread.
    pub fee: TokenAmount,
    /// The part of `amount_in` that pays for the option.
    pub premium: TokenAmount,
}

impl Pricing {
    /// Returns the price of giving exactly `amount_out`, with a lock that can hang for `hold_secs`.
    /// Every fraction falls to the maker.
    ///
    /// # Errors
    /// [`PricingRejection`].
    pub fn price_out(
        &self,
        amount_out: TokenAmount,
        hold_secs: u32,
    ) -> Result<Price, PricingRejection> {
        let too_much = PricingRejection::TooMuch { amount: amount_out };
        let base = self.rate.source_up(amount_out).ok_or(too_much)?;
        if base == TokenAmount::ZERO {
            return Err(PricingRejection::TooLittle { amount: amount_out });
        }
        self.charge_up(base, amount_out, hold_secs).ok_or(too_much)
    }

    /// Returns what exactly `amount_in` buys, with a lock that can hang for `hold_secs`. Every fraction
    /// falls to the maker: it is part of the fee.
    ///
    /// # Errors
    /// [`PricingRejection`].
    pub fn price_in(
        &self,
        amount_in: TokenAmount,
        hold_secs: u32,
    ) -> Result<Price, PricingRejection> {
        let too_much = PricingRejection::TooMuch { amount: amount_in };
        let charged = ONE.saturating_add(self.spread()).saturating_add(self.option_up(hold_secs));
        let mut base = scale_down(amount_in, ONE.get(), charged).ok_or(too_much)?;
        // Two charges round up, each by less than one.
        for _ in 0..3 {
            let amount_out = self.rate.target_down(base).ok_or(too_much)?;
            let price = self.charge_up(base, amount_out, hold_secs).ok_or(too_much)?;
            if amount_out == TokenAmount::ZERO {
                break;
            }
            if let Some(left) = amount_in.get().checked_sub(price.amount_in.get()) {
                let fee = price.fee.get().checked_add(left).ok_or(too_much)?;
                return Ok(Price { amount_in, fee: TokenAmount::new(fee), ..price });
            }
            base = TokenAmount::new(base.get().saturating_sub(1));
        }
        Err(PricingRejection::TooLittle { amount: amount_in })
    }

    fn charge_up(
        &self,
        base: TokenAmount,
        amount_out: TokenAmount,
        hold_secs: u32,
    ) -> Option<Price> {
        let fee = scale_up(base, self.spread(), ONE)?;
        let premium = scale_up(base, self.option_up(hold_secs), ONE)?;
        let amount_in = base.get().checked_add(fee.get())?.checked_add(premium.get())?;
        Some(Price { amount_in: TokenAmount::new(amount_in), amount_out, fee, premium })
    }

    const fn spread(&self) -> u128 {
        self.spread_ppm as u128 * PPM
    }

    /// `0.4 sigma sqrt(T)`: what an at-the-money option is worth, about (Brenner and Subrahmanyam
    /// 1988).
    const fn option_up(&self, hold_secs: u32) -> u128 {
        // A million times the square root of the days, rounded up.
        let square = (hold_secs as u128 * 1_000_000_000_000).div_ceil(DAY);
        let floor = square.isqrt();
        let root = if floor * floor < square { floor + 1 } else { floor };
        // 0.4 / 10^12 = 2 / ONE.
        2 * self.daily_volatility_ppm as u128 * root
    }
}
