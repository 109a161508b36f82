//! An exact rate of exchange.

use core::fmt;
use core::num::NonZeroU128;

use farbank_types::U256;
use serde::{Deserialize, Serialize};

use crate::units::TokenAmount;

/// `target` smallest units of one asset for `source` smallest units of another: the two tokens'
/// decimals are part of it. Exact; whoever converts names the side that a fraction falls to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    source: NonZeroU128,
    target: NonZeroU128,
}

impl Rate {
    /// Gives `target` for `source`.
    #[must_use]
    pub const fn new(source: NonZeroU128, target: NonZeroU128) -> Self {
        Self { source, target }
    }

    /// Returns what `amount` of the source is worth, rounded down. `None` beyond 128 bits.
    #[must_use]
    pub fn target_down(self, amount: TokenAmount) -> Option<TokenAmount> {
        scale_down(amount, self.target.get(), self.source)
    }

    /// Returns what `amount` of the target costs, rounded up. `None` beyond 128 bits.
    #[must_use]
    pub fn source_up(self, amount: TokenAmount) -> Option<TokenAmount> {
        scale_up(amount, self.source.get(), self.target)
    }
}

impl fmt::Display for Rate {
    /// Writes `target/source`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.target, self.source)
    }
}

/// Returns `amount * numerator / denominator`, rounded down.
pub(super) fn scale_down(
    amount: TokenAmount,
    numerator: u128,
    denominator: NonZeroU128,
) -> Option<TokenAmount> {
    // 128 times 128 bits fit 256.
    let product = U256::from(amount.get()) * U256::from(numerator);
    let quotient = product / U256::from(denominator.get());
    u128::try_from(quotient).ok().map(TokenAmount::new)
}

/// Returns `amount * numerator / denominator`, rounded up.
pub(super) fn scale_up(
    amount: TokenAmount,
    numerator: u128,
    denominator: NonZeroU128,
) -> Option<TokenAmount> {
    let product = U256::from(amount.get()) * U256::from(numerator);
    let quotient = product.div_ceil(U256::from(denominator.get()));
    u128::try_from(quotient).ok().map(TokenAmount::new)
}
