//! Output scripts: those that a payout may have, and the two that every custody transaction has.

use bitcoin::key::TweakedPublicKey;
use bitcoin::opcodes::all::OP_RETURN;
use bitcoin::script::{Builder, PushBytesBuf};
use bitcoin::{Amount, Script, ScriptBuf, XOnlyPublicKey};
use farbank_types::B256;

/// Returns the least value that nodes relay for a payout to `script` (at the dust rate of 3 sat/vB),
/// or `None` when it is none of P2PKH, P2SH, P2WPKH, P2WSH and P2TR.
#[must_use]
pub fn payout_dust(script: &Script) -> Option<Amount> {
    let supported = script.is_p2pkh()
        || script.is_p2sh()
        || script.is_p2wpkh()
        || script.is_p2wsh()
        || script.is_p2tr();
    supported.then(|| script.minimal_non_dust())
}

/// Returns `OP_1 <key>`: the federation's key itself is the output key, without a further tweak,
/// since the key generation applied that of an empty tree already.
#[must_use]
pub fn custody_script(key: XOnlyPublicKey) -> ScriptBuf {
    ScriptBuf::new_p2tr_tweaked(TweakedPublicKey::dangerous_assume_tweaked(key))
}

/// Returns `OP_RETURN <anchor ‖ hash of the ids>`, 66 bytes.
#[must_use]
pub fn anchor_script(anchor: B256, ids_hash: B256) -> ScriptBuf {
    let mut data = [0; 64];
    data[..32].copy_from_slice(anchor.as_slice());
    data[32..].copy_from_slice(ids_hash.as_slice());
    Builder::new().push_opcode(OP_RETURN).push_slice(PushBytesBuf::from(data)).into_script()
}

/// Reads what [`anchor_script`] wrote: the block hash, then the hash of the ids.
pub(super) fn read_anchor(script: &Script) -> Option<(B256, B256)> {
    let data = script.as_bytes().strip_prefix(&[OP_RETURN.to_u8(), 64])?;
    (data.len() == 64).then(|| (B256::from_slice(&data[..32]), B256::from_slice(&data[32..])))
}

/// Reads what [`custody_script`] wrote, if it is a key of the curve.
pub(super) fn read_custody_key(script: &Script) -> Option<XOnlyPublicKey> {
    script
        .is_p2tr()
        .then(|| script.as_bytes().get(2..).and_then(|key| XOnlyPublicKey::from_slice(key).ok()))
        .flatten()
}
