//! Whether a node may pay an invoice, now.

use farbank_types::UnixTime;

use super::{Invoice, InvoiceRejection};
use crate::payload::AssetKey;
use crate::units::TokenAmount;

/// What a node can reach, and when.
#[derive(Clone, Copy, Debug)]
pub struct InvoiceScope<'a> {
    /// The clock.
    pub now: UnixTime,
    /// Assets that it can pay, by its channels or by an exchange.
    pub assets: &'a [AssetKey],
}

impl Invoice {
    /// Checks that it can be paid now and from here, and returns how much: the invoice's amount, or
    /// `given` when it leaves that to the payer.
    ///
    /// # Errors
    /// [`InvoiceRejection`]: expired, foreign, or for an amount that is missing or another.
    pub fn check(
        &self,
        scope: &InvoiceScope<'_>,
        given: Option<TokenAmount>,
    ) -> Result<TokenAmount, InvoiceRejection> {
        let (expires_at, now) = (self.expires_at(), scope.now);
        if now > expires_at {
            return Err(InvoiceRejection::Expired { expires_at, now });
        }
        self.check_asset(scope.assets)?;
        match (self.terms().amount, given) {
            (None, None) => Err(InvoiceRejection::AmountMissing),
            (None, Some(given)) if given == TokenAmount::ZERO => Err(InvoiceRejection::ZeroAmount),
            (None, Some(amount)) | (Some(amount), None) => Ok(amount),
            (Some(asked), Some(given)) if asked != given => {
                Err(InvoiceRejection::OtherAmount { asked, given })
            }
            (Some(amount), Some(_)) => Ok(amount),
        }
    }

    fn check_asset(&self, known: &[AssetKey]) -> Result<(), InvoiceRejection> {
        let asset = self.terms().asset;
        if known.contains(&asset) {
            return Ok(());
        }
        if known.iter().any(|known| known.same_registry(&asset)) {
            return Err(InvoiceRejection::ForeignAsset { found: asset.token });
        }
        if known.iter().any(|known| known.chain == asset.chain) {
            return Err(InvoiceRejection::ForeignContract { found: asset.contract });
        }
        Err(InvoiceRejection::ForeignChain { found: asset.chain })
    }
}
