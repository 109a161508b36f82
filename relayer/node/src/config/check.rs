//! Bounds of the numbers.

use super::sections::{BitcoinConfig, PegOutConfig, RuntimeConfig};
use super::{ConfigError, RelayerConfig};

/// Seconds of a day; nothing in these processes waits longer by configuration.
pub(super) const DAY: u64 = 24 * 60 * 60;

/// Inputs that one signing session takes beside the custody input.
const MAX_SWEEPS: u64 = 63;

/// Checks numbers, each with its key, least and greatest value.
pub(super) fn bounds<const N: usize>(
    numbers: [(&'static str, u64, u64, u64); N],
) -> Result<(), ConfigError> {
    for (key, found, least, greatest) in numbers {
        if !(least..=greatest).contains(&found) {
            return Err(ConfigError::OutOfRange { key, found, least, greatest });
        }
    }
    Ok(())
}

impl BitcoinConfig {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if self.cookie_file.is_some() && self.user_password_file.is_some() {
            return Err(ConfigError::TwoCredentials);
        }
        bounds([
            ("bitcoin.request_timeout_secs", self.request_timeout_secs, 1, 600),
            ("bitcoin.poll_interval_millis", self.poll_interval_millis, 50, 600_000),
            ("bitcoin.max_response_mib", u64::from(self.max_response_mib), 10, 1_000),
        ])
    }
}

impl RuntimeConfig {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        bounds([
            ("runtime.shutdown_timeout_secs", self.shutdown_timeout_secs, 1, 600),
            ("runtime.max_backoff_secs", self.max_backoff_secs, 1, 3_600),
        ])
    }
}

impl PegOutConfig {
    fn check(&self) -> Result<(), ConfigError> {
        let wide = u64::from;
        bounds([
            ("peg_out.sweep_age_blocks", wide(self.sweep_age_blocks), 1, 4_320),
            ("peg_out.collect_secs", self.collect_secs, 0, DAY),
            ("peg_out.sweep_collect_secs", self.sweep_collect_secs, 0, DAY),
            ("peg_out.signing_timeout_secs", self.signing_timeout_secs, 1, 3_600),
            ("peg_out.replace_after_blocks", wide(self.replace_after_blocks), 1, 1_000),
            ("peg_out.fee_target_blocks", wide(self.fee_target_blocks), 1, 1_008),
            ("peg_out.max_fee_rate_sat_per_vb", wide(self.max_fee_rate_sat_per_vb), 1, 500),
            ("peg_out.max_payouts_per_transaction", wide(self.max_payouts_per_transaction), 1, 200),
            (
                "peg_out.max_sweeps_per_transaction",
                wide(self.max_sweeps_per_transaction),
                1,
                MAX_SWEEPS,
            ),
        ])
    }
}

impl RelayerConfig {
    /// Checks every number against its bounds.
    ///
    /// # Errors
    /// [`ConfigError::OutOfRange`] or [`ConfigError::TwoCredentials`].
    pub fn check(&self) -> Result<(), ConfigError> {
        let (headers, peg_in) = (&self.header_relay, &self.peg_in);
        let (side_chain, claims) = (&self.side_chain, peg_in.max_claims_per_transaction);
        self.bitcoin.check()?;
        self.runtime.check()?;
        self.peg_out.check()?;
        bounds([
            ("side_chain.request_timeout_secs", side_chain.request_timeout_secs, 1, 600),
            ("side_chain.poll_interval_millis", side_chain.poll_interval_millis, 50, 600_000),
            ("side_chain.finality_blocks", side_chain.finality_blocks, 1, 10_000),
            ("header_relay.max_segment_headers", u64::from(headers.max_segment_headers), 1, 500),
            ("header_relay.min_batch_headers", u64::from(headers.min_batch_headers), 1, 1_000),
            ("header_relay.max_tip_age_secs", headers.max_tip_age_secs, 1, DAY),
            ("peg_in.max_descriptors", u64::from(peg_in.max_descriptors), 1, 1_000_000),
            ("peg_in.max_claims_per_transaction", u64::from(claims), 1, 20),
            ("federation.answer_timeout_secs", self.federation.answer_timeout_secs, 1, 600),
            ("api.max_body_bytes", u64::from(self.api.max_body_bytes), 1_024, 1_048_576),
        ])
    }
}
