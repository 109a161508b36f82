//! The packet: 1,366 bytes, at every hop.

use core::fmt;

use super::errors::OnionRejection;

/// Bytes of the part that holds every hop's payload: 7 hops of ours with asset and quote.
pub const HOP_DATA_LEN: usize = 1300;

/// Bytes of a packet: version, key, hop data, HMAC.
pub const PACKET_LEN: usize = KEY_END + HOP_DATA_LEN + HMAC_LEN;

pub(super) const HMAC_LEN: usize = 32;
pub(super) const VERSION: u8 = 0;
const KEY_END: usize = 1 + 33;
const DATA_END: usize = KEY_END + HOP_DATA_LEN;

/// An onion packet in its wire form: version (1 byte), compressed public key (33), hop data (1,300),
/// HMAC (32). Not checked: peeling does.
#[derive(Clone, PartialEq, Eq)]
pub struct OnionPacket(Box<[u8; PACKET_LEN]>);

impl OnionPacket {
    /// Reads the wire form; only its length is checked.
    ///
    /// # Errors
    /// [`OnionRejection::WrongLength`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, OnionRejection> {
        let found = bytes.len();
        let bytes = bytes.try_into().map_err(|_| OnionRejection::WrongLength { found })?;
        Ok(Self(Box::new(bytes)))
    }

    pub(super) fn new(key: &[u8; 33], hop_data: &[u8; HOP_DATA_LEN], hmac: &[u8; 32]) -> Self {
        let mut bytes = Box::new([VERSION; PACKET_LEN]);
        bytes[1..KEY_END].copy_from_slice(key);
        bytes[KEY_END..DATA_END].copy_from_slice(hop_data);
        bytes[DATA_END..].copy_from_slice(hmac);
        Self(bytes)
    }

    /// Returns the wire form.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; PACKET_LEN] {
        &self.0
    }

    pub(super) const fn version(&self) -> u8 {
        self.0[0]
    }

    pub(super) fn key(&self) -> &[u8] {
        &self.0[1..KEY_END]
    }

    pub(super) fn hop_data(&self) -> &[u8] {
        &self.0[KEY_END..DATA_END]
    }

    pub(super) fn hmac(&self) -> &[u8] {
        &self.0[DATA_END..]
    }
}

impl fmt::Debug for OnionPacket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OnionPacket({} bytes)", PACKET_LEN)
    }
}
