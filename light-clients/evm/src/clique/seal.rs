//! Who sealed a header.

use farbank_types::{keccak256, EvmAddress, B256};
use secp256k1::ecdsa::{RecoverableSignature, RecoveryId};
use secp256k1::{Message, Secp256k1, VerifyOnly};

use super::rejection::CliqueRejection;
use crate::header::SideHeader;

/// Bytes of the seal: a recoverable signature, `r ‖ s ‖ v` with v from 0 to 3.
pub(crate) const SEAL_BYTES: usize = 65;

/// Who sealed a header, and what exactly was sealed.
pub(super) struct Seal {
    pub(super) signer: EvmAddress,
    /// Hash of the header without its seal. Anyone can turn a signature into its twin with the other
    /// s, which makes another block hash: only two of these hashes show that a signer sealed twice.
    pub(super) sealed: B256,
}

/// Recovers the signer of a header whose extra data holds a seal. Like geth, takes any s.
pub(super) fn recover(
    secp: &Secp256k1<VerifyOnly>,
    header: &SideHeader,
) -> Result<Seal, CliqueRejection> {
    let bad_seal = CliqueRejection::BadSeal { number: header.number() };
    let extra = &header.header().extra_data;
    let unsealed = extra.len().checked_sub(SEAL_BYTES).ok_or(bad_seal)?;
    let mut content = header.header().clone();
    content.extra_data = extra.slice(..unsealed);
    let sealed = keccak256(alloy_rlp::encode(&content));
    let (signature, v) = extra[unsealed..].split_at(SEAL_BYTES - 1);
    let recovered = RecoveryId::from_i32(v[0].into())
        .and_then(|id| RecoverableSignature::from_compact(signature, id))
        .and_then(|seal| secp.recover_ecdsa(&Message::from_digest(sealed.0), &seal));
    let key = recovered.map_err(|_| bad_seal)?.serialize_uncompressed();
    let digest = keccak256(&key[1..]);
    Ok(Seal { signer: EvmAddress::from_slice(&digest[12..]), sealed })
}
