//! Bounds of the numbers.

use super::{ConfigError, RelayerConfig};

/// A day; nothing in this process waits longer by configuration.
const DAY_SECS: u64 = 24 * 60 * 60;

impl RelayerConfig {
    /// Checks every number against its bounds.
    ///
    /// # Errors
    /// [`ConfigError::OutOfRange`] or [`ConfigError::TwoCredentials`].
    pub fn check(&self) -> Result<(), ConfigError> {
        if self.bitcoin.cookie_file.is_some() && self.bitcoin.user_password_file.is_some() {
            return Err(ConfigError::TwoCredentials);
        }
        let (bitcoin, side_chain) = (&self.bitcoin, &self.side_chain);
        let (headers, peg_in) = (&self.header_relay, &self.peg_in);
        for (key, found, least, greatest) in [
            ("bitcoin.request_timeout_secs", bitcoin.request_timeout_secs, 1, 600),
            ("bitcoin.poll_interval_millis", bitcoin.poll_interval_millis, 50, 600_000),
            ("bitcoin.max_response_mib", u64::from(bitcoin.max_response_mib), 10, 1_000),
            ("side_chain.request_timeout_secs", side_chain.request_timeout_secs, 1, 600),
            ("side_chain.poll_interval_millis", side_chain.poll_interval_millis, 50, 600_000),
            ("side_chain.finality_blocks", side_chain.finality_blocks, 1, 10_000),
            ("header_relay.max_segment_headers", u64::from(headers.max_segment_headers), 1, 500),
            ("header_relay.min_batch_headers", u64::from(headers.min_batch_headers), 1, 1_000),
            ("header_relay.max_tip_age_secs", headers.max_tip_age_secs, 1, DAY_SECS),
            ("peg_in.max_descriptors", u64::from(peg_in.max_descriptors), 1, 1_000_000),
            (
                "peg_in.max_claims_per_transaction",
                u64::from(peg_in.max_claims_per_transaction),
                1,
                20,
            ),
            ("api.max_body_bytes", u64::from(self.api.max_body_bytes), 1_024, 1_048_576),
            ("runtime.shutdown_timeout_secs", self.runtime.shutdown_timeout_secs, 1, 600),
            ("runtime.max_backoff_secs", self.runtime.max_backoff_secs, 1, 3_600),
        ] {
            if !(least..=greatest).contains(&found) {
                return Err(ConfigError::OutOfRange { key, found, least, greatest });
            }
        }
        Ok(())
    }
}
