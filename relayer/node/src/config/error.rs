//! What is wrong with a configuration.

use std::path::PathBuf;

use thiserror::Error;

/// What is wrong with a configuration.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file given on the command line does not exist or cannot be read.
    #[error("the configuration {} cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// An unknown key, a value of the wrong type, or no TOML.
    #[error("the configuration is refused: {source}")]
    Refused {
        /// The key, what was found and expected, and the file or variable that said it.
        source: Box<figment::Error>,
    },
    /// A number outside its bounds.
    #[error("{key} is {found}, expected {least} to {greatest}")]
    OutOfRange {
        /// Section and key.
        key: &'static str,
        /// What was set.
        found: u64,
        /// Least value.
        least: u64,
        /// Greatest value.
        greatest: u64,
    },
    /// Both kinds of credentials.
    #[error("bitcoin.cookie_file and bitcoin.user_password_file are both set; remove one")]
    TwoCredentials,
    /// The configuration cannot be written as TOML.
    #[error("the configuration cannot be printed: {source}")]
    Unprintable {
        /// Why.
        source: toml::ser::Error,
    },
}
