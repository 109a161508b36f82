//! Peeling a packet at a hop (BOLT #4, "Onion Decryption"): one key agreement, one HMAC, one stream.

use hmac::Mac as _;
use secp256k1::{PublicKey, SECP256K1};
use zeroize::Zeroizing;

use super::errors::OnionRejection;
use super::keys::{HopSecret, KeyKind, OnionKey};
use super::packet::{OnionPacket, HMAC_LEN, HOP_DATA_LEN, VERSION};
use crate::tlv::{read_big_size, take};

/// What a packet says to the node that peeled it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeeledHop {
    /// The payload, without its length.
    pub payload: Vec<u8>,
    /// Shared with the payer: wraps a failure on its way back.
    pub secret: HopSecret,
}

/// Where a peeled packet leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Peeled {
    /// On, with the packet for the next hop.
    Forward {
        /// What it says here.
        hop: PeeledHop,
        /// For the next hop; as long as the one that came.
        next: OnionPacket,
    },
    /// It ends here.
    Final(PeeledHop),
}

/// Peels a packet. `associated` must be what the payer bound it to. The HMAC is compared in constant
/// time and before anything of the content is used. The caller remembers the packet in a
/// [`ReplayCache`](super::ReplayCache).
///
/// # Errors
/// [`OnionRejection`].
pub fn peel(
    packet: &OnionPacket,
    associated: &[u8],
    key: &impl OnionKey,
) -> Result<Peeled, OnionRejection> {
    if packet.version() != VERSION {
        return Err(OnionRejection::UnknownVersion { found: packet.version() });
    }
    let ephemeral = PublicKey::from_slice(packet.key()).map_err(|_| OnionRejection::BadKey)?;
    let secret = key.agree(&ephemeral);
    secret
        .key(KeyKind::Mu)
        .authenticate([packet.hop_data(), associated])
        .verify_slice(packet.hmac())
        .map_err(|_| OnionRejection::BadHmac)?;

    // What this hop's part leaves free at the end is filled with the stream's own bytes.
    let mut data = Zeroizing::new([0; 2 * HOP_DATA_LEN]);
    data[..HOP_DATA_LEN].copy_from_slice(packet.hop_data());
    secret.key(KeyKind::Rho).apply(0, &mut data[..]);

    let Part { payload, hmac, rest } = split(&data)?;
    let payload = payload.to_vec();
    if hmac == [0; HMAC_LEN] {
        return Ok(Peeled::Final(PeeledHop { payload, secret }));
    }
    let blinding = secret.blinding(&ephemeral).ok_or(OnionRejection::BadKey)?;
    let ephemeral =
        ephemeral.mul_tweak(SECP256K1, &blinding).map_err(|_| OnionRejection::BadKey)?;
    let next = OnionPacket::new(&ephemeral.serialize(), rest, &hmac);
    Ok(Peeled::Forward { hop: PeeledHop { payload, secret }, next })
}

/// What the decrypted data falls into.
struct Part<'a> {
    payload: &'a [u8],
    /// Of the next packet; zeroes when there is none.
    hmac: [u8; HMAC_LEN],
    /// The hop data of the next packet.
    rest: &'a [u8; HOP_DATA_LEN],
}

fn split(data: &[u8; 2 * HOP_DATA_LEN]) -> Result<Part<'_>, OnionRejection> {
    let bad = |_| OnionRejection::BadPayload;
    let mut rest = &data[..HOP_DATA_LEN];
    let len = read_big_size(&mut rest).map_err(bad)?;
    if len < 2 {
        return Err(OnionRejection::BadPayload);
    }
    let len = usize::try_from(len).map_err(|_| OnionRejection::BadPayload)?;
    let payload = take(&mut rest, len).map_err(bad)?;
    let hmac = take(&mut rest, HMAC_LEN).map_err(bad)?;
    let used = HOP_DATA_LEN - rest.len();
    let rest = data[used..].first_chunk().ok_or(OnionRejection::BadPayload)?;
    let hmac = hmac.try_into().map_err(|_| OnionRejection::BadPayload)?;
    Ok(Part { payload, hmac, rest })
}
