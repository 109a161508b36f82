//! Credentials of the JSON-RPC interface: always a file, read again when the node refuses them.

use core::fmt;
use std::io;
use std::path::{Path, PathBuf};

use base64::engine::general_purpose::STANDARD;
use base64::Engine as _;
use jsonrpsee::http_client::{HeaderMap, HeaderValue};
use zeroize::Zeroizing;

use super::BitcoindError;

/// Where the node's credentials are. Both files hold `user:password` on one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RpcAuth {
    /// The cookie that bitcoind writes anew at each start (`<datadir>/<network>/.cookie`).
    CookieFile(PathBuf),
    /// A file of the operator with `user:password`, the pair of an `rpcauth` line.
    UserPasswordFile(PathBuf),
}

impl RpcAuth {
    /// Returns the file's path.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::CookieFile(path) | Self::UserPasswordFile(path) => path,
        }
    }

    /// Reads the file and returns the HTTP headers of a request (RFC 7617).
    pub(super) async fn headers(&self) -> Result<HeaderMap, BitcoindError> {
        let path = self.path();
        let text = tokio::fs::read_to_string(path).await.map(Zeroizing::new).map_err(|source| {
            BitcoindError::CredentialsUnreadable { path: path.to_owned(), source }
        })?;
        let pair = text.trim();
        if !pair.contains(':') || pair.contains(char::is_whitespace) {
            return Err(self.malformed(io::ErrorKind::InvalidData));
        }
        let value = Zeroizing::new(format!("Basic {}", STANDARD.encode(pair)));
        let mut header = HeaderValue::from_str(&value)
            .map_err(|_| self.malformed(io::ErrorKind::InvalidData))?;
        header.set_sensitive(true);
        let mut headers = HeaderMap::new();
        headers.insert("authorization", header);
        Ok(headers)
    }

    fn malformed(&self, kind: io::ErrorKind) -> BitcoindError {
        BitcoindError::CredentialsUnreadable { path: self.path().to_owned(), source: kind.into() }
    }
}

impl fmt::Display for RpcAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CookieFile(path) => write!(f, "cookie file {}", path.display()),
            Self::UserPasswordFile(path) => write!(f, "user and password file {}", path.display()),
        }
    }
}
