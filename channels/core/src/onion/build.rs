//! Construction of a packet by the payer (BOLT #4, "Packet Construction").

use core::fmt;

use hmac::Mac as _;
use secp256k1::{PublicKey, SecretKey, SECP256K1};
use zeroize::Zeroizing;

use super::errors::RouteRejection;
use super::keys::{HopSecret, KeyKind, StreamKey};
use super::packet::{OnionPacket, HMAC_LEN, HOP_DATA_LEN};
use crate::tlv::write_big_size;

/// The payer's secret for one packet: never used for a second one.
pub struct SessionKey(SecretKey);

impl SessionKey {
    /// Takes 32 bytes that nobody can guess.
    ///
    /// # Errors
    /// [`RouteRejection::BadSessionKey`].
    pub fn new(secret: &[u8; 32]) -> Result<Self, RouteRejection> {
        SecretKey::from_slice(secret).map(Self).map_err(|_| RouteRejection::BadSessionKey)
    }
}

impl Drop for SessionKey {
    fn drop(&mut self) {
        self.0.non_secure_erase();
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionKey(..)")
    }
}

/// One node of a route and what the packet says to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnionHop {
    /// The node's key.
    pub key: PublicKey,
    /// What it reads, without a length; at least 2 bytes.
    pub payload: Vec<u8>,
}

/// A packet and what its maker needs to read a failure that comes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuiltOnion {
    /// For the first hop.
    pub packet: OnionPacket,
    /// One for each hop, in the route's order.
    pub secrets: Vec<HopSecret>,
}

/// Builds the packet of a route. `associated` binds it to the payment: every hop needs the same bytes
/// to peel it. Deterministic.
///
/// # Errors
/// [`RouteRejection`].
pub fn build(
    session: &SessionKey,
    route: &[OnionHop],
    associated: &[u8],
) -> Result<BuiltOnion, RouteRejection> {
    let frames = frames(route)?;
    let secrets = agree(session, route)?;
    let filler = filler(&frames, &secrets);

    let mut data = Zeroizing::new([0; HOP_DATA_LEN]);
    // Not zeroes: the last hop must not learn how long the route was (BOLT #4).
    StreamKey::derive(KeyKind::Pad, &session.0.secret_bytes()).apply(0, &mut data[..]);
    let mut hmac = [0; HMAC_LEN];
    for (position, (frame, secret)) in frames.iter().zip(&secrets).enumerate().rev() {
        let end = frame.len() + HMAC_LEN;
        data.copy_within(..HOP_DATA_LEN - end, end);
        data[..frame.len()].copy_from_slice(frame);
        data[frame.len()..end].copy_from_slice(&hmac);
        secret.key(KeyKind::Rho).apply(0, &mut data[..]);
        if position + 1 == frames.len() {
            data[HOP_DATA_LEN - filler.len()..].copy_from_slice(&filler);
        }
        let code = secret.key(KeyKind::Mu).authenticate([&data[..], associated]);
        hmac = code.finalize().into_bytes().into();
    }
    let key = PublicKey::from_secret_key(SECP256K1, &session.0).serialize();
    Ok(BuiltOnion { packet: OnionPacket::new(&key, &data, &hmac), secrets })
}

/// The payloads with their lengths; their sum, with an HMAC each, fits the packet.
fn frames(route: &[OnionHop]) -> Result<Vec<Vec<u8>>, RouteRejection> {
    if route.is_empty() {
        return Err(RouteRejection::EmptyRoute);
    }
    let mut frames = Vec::with_capacity(route.len());
    let mut needed: usize = 0;
    for (hop, OnionHop { payload, .. }) in route.iter().enumerate() {
        if payload.len() < 2 {
            return Err(RouteRejection::PayloadTooShort { hop });
        }
        let mut frame = Vec::with_capacity(payload.len() + 3);
        write_big_size(&mut frame, payload.len() as u64);
        frame.extend_from_slice(payload);
        needed = needed.saturating_add(frame.len()).saturating_add(HMAC_LEN);
        frames.push(frame);
    }
    if needed > HOP_DATA_LEN {
        return Err(RouteRejection::RouteTooLong { needed, available: HOP_DATA_LEN });
    }
    Ok(frames)
}

/// The secret of every hop: the session's key is blinded once a hop, so that no two hops see the same.
fn agree(session: &SessionKey, route: &[OnionHop]) -> Result<Vec<HopSecret>, RouteRejection> {
    let mut scalar = session.0;
    let mut secrets = Vec::with_capacity(route.len());
    for (position, hop) in route.iter().enumerate() {
        let secret = HopSecret::between(&hop.key, &scalar);
        if position + 1 < route.len() {
            let ephemeral = PublicKey::from_secret_key(SECP256K1, &scalar);
            let blinding = secret.blinding(&ephemeral).ok_or(RouteRejection::BadSessionKey)?;
            scalar = scalar.mul_tweak(&blinding).map_err(|_| RouteRejection::BadSessionKey)?;
        }
        secrets.push(secret);
    }
    scalar.non_secure_erase();
    Ok(secrets)
}

/// What the end of the packet will hold at the last hop, once every hop before it has shifted its own
/// part out and the stream's bytes in. The HMACs commit to it.
fn filler(frames: &[Vec<u8>], secrets: &[HopSecret]) -> Vec<u8> {
    let mut filler = Vec::new();
    for (frame, secret) in frames.iter().zip(secrets).take(frames.len() - 1) {
        let start = HOP_DATA_LEN - filler.len();
        filler.resize(filler.len() + frame.len() + HMAC_LEN, 0);
        // At most 2,600: the sum of the frames fits the packet.
        let start = u32::try_from(start).expect("a position within the packet");
        secret.key(KeyKind::Rho).apply(start, &mut filler);
    }
    filler
}
