//! Failures on their way back (BOLT #4, "Returning Errors"): made by one hop, wrapped by every hop,
//! read by the payer alone.

use hmac::Mac as _;

use super::keys::{HopSecret, KeyKind};
use super::packet::HMAC_LEN;

/// Bytes of a message and its padding together: one size, whatever went wrong.
pub const MAX_FAILURE_MESSAGE: usize = 256;

/// Bytes of a failure packet: HMAC, two lengths, message and padding.
pub const FAILURE_LEN: usize = HMAC_LEN + 2 + MAX_FAILURE_MESSAGE + 2;

/// A failure in the form in which it travels: nobody but the payer can read it, or tell who made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailurePacket(Vec<u8>);

impl FailurePacket {
    /// Makes the packet at the hop that fails the payment, wrapped once for the way to the hop before.
    /// `None` when the message has more than [`MAX_FAILURE_MESSAGE`] bytes.
    #[must_use]
    pub fn new(secret: &HopSecret, message: &[u8]) -> Option<Self> {
        let padding = MAX_FAILURE_MESSAGE.checked_sub(message.len())?;
        let length = |len| u16::try_from(len).ok().map(u16::to_be_bytes);
        let mut content = Vec::with_capacity(FAILURE_LEN);
        content.extend_from_slice(&[0; HMAC_LEN]);
        content.extend_from_slice(&length(message.len())?);
        content.extend_from_slice(message);
        content.extend_from_slice(&length(padding)?);
        content.resize(FAILURE_LEN, 0);
        let code = secret.key(KeyKind::Um).authenticate([&content[HMAC_LEN..], &[]]);
        content[..HMAC_LEN].copy_from_slice(&code.finalize().into_bytes());
        Some(Self(content).wrap(secret))
    }

    /// Takes what the hop behind sent. `None` when it has another length than failures have.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        (bytes.len() == FAILURE_LEN).then(|| Self(bytes.to_vec()))
    }

    /// Wraps it once more, for the way to the hop before.
    #[must_use]
    pub fn wrap(mut self, secret: &HopSecret) -> Self {
        secret.key(KeyKind::Ammag).apply(0, &mut self.0);
        self
    }

    /// Unwraps it at the payer. Returns the position of the hop that made it, from 0, with its message;
    /// `None` when no hop of the route did, or another one altered it.
    #[must_use]
    pub fn unwrap_by(self, secrets: &[HopSecret]) -> Option<(usize, Vec<u8>)> {
        let mut packet = self;
        for (hop, secret) in secrets.iter().enumerate() {
            packet = packet.wrap(secret);
            let (code, content) = packet.0.split_at_checked(HMAC_LEN)?;
            let genuine = secret.key(KeyKind::Um).authenticate([content, &[]]).verify_slice(code);
            if genuine.is_ok() {
                let (length, rest) = content.split_first_chunk()?;
                let message = rest.get(..usize::from(u16::from_be_bytes(*length)))?;
                return Some((hop, message.to_vec()));
            }
        }
        None
    }

    /// Returns the wire form.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Gives up the wire form.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}
