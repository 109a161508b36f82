//! What is signed: a message for each input, with the leaf that tweaks its key.

use bitcoin::hashes::Hash as _;
use bitcoin::{TapNodeHash, TapTweakHash};
use secp256k1::{Secp256k1, Verification, XOnlyPublicKey};
use serde::{Deserialize, Serialize};

use super::errors::BatchRejection;
use crate::custody::SigningInput;

/// Most inputs of one batch. A transaction of 10,000 vB could spend 170 outputs by key; custody and 63
/// deposits at a time keep every message small and a round short.
pub const MAX_INPUTS: usize = 64;

/// One input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningItem {
    /// The message: BIP-0341 signature hash, in the byte order in which it is hashed.
    pub message: [u8; 32],
    /// Merkle root of the script tree that the output commits to, if any: the key is the federation key P
    /// tweaked by it (BIP-0341). Nothing: P as it is.
    pub merkle_root: Option<[u8; 32]>,
}

impl SigningItem {
    /// Returns the key under which the signature must verify; nothing if the tweak is out of range,
    /// which no leaf anybody can find makes it.
    #[must_use]
    pub fn output_key(
        &self,
        federation_key: XOnlyPublicKey,
        secp: &Secp256k1<impl Verification>,
    ) -> Option<XOnlyPublicKey> {
        let Some(root) = self.merkle_root else { return Some(federation_key) };
        let root = Some(TapNodeHash::from_byte_array(root));
        let tweak = TapTweakHash::from_key_and_tweak(federation_key, root).to_scalar();
        federation_key.add_tweak(secp, &tweak).ok().map(|(key, _)| key)
    }
}

impl From<&SigningInput> for SigningItem {
    fn from(input: &SigningInput) -> Self {
        Self {
            message: input.sighash.to_byte_array(),
            merkle_root: input.merkle_root.map(|root| root.to_byte_array()),
        }
    }
}

/// The inputs of one session, in their order: 1 to [`MAX_INPUTS`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<SigningItem>", into = "Vec<SigningItem>")]
pub struct SigningBatch(Vec<SigningItem>);

impl SigningBatch {
    /// Takes the inputs.
    ///
    /// # Errors
    /// [`BatchRejection::BadSize`].
    pub fn new(items: Vec<SigningItem>) -> Result<Self, BatchRejection> {
        check_size(items.len())?;
        Ok(Self(items))
    }

    /// Takes those inputs of a transaction that the federation key `key` signs, in their order. After a
    /// rotation a transaction spends outputs of two keys, in two sessions.
    ///
    /// # Errors
    /// [`BatchRejection::BadSize`], also when none is of that key.
    pub fn of_key(inputs: &[SigningInput], key: XOnlyPublicKey) -> Result<Self, BatchRejection> {
        let own = inputs.iter().filter(|input| input.key == key);
        Self::new(own.map(SigningItem::from).collect())
    }

    /// Returns the inputs.
    #[must_use]
    pub fn items(&self) -> &[SigningItem] {
        &self.0
    }
}

impl TryFrom<Vec<SigningItem>> for SigningBatch {
    type Error = BatchRejection;

    fn try_from(items: Vec<SigningItem>) -> Result<Self, Self::Error> {
        Self::new(items)
    }
}

impl From<SigningBatch> for Vec<SigningItem> {
    fn from(batch: SigningBatch) -> Self {
        batch.0
    }
}

pub(super) const fn check_size(found: usize) -> Result<(), BatchRejection> {
    if found == 0 || found > MAX_INPUTS {
        return Err(BatchRejection::BadSize { found });
    }
    Ok(())
}
