//! What is signed: the key-path messages of all inputs (BIP-0341), and the signed form.

use bitcoin::key::TapTweak as _;
use bitcoin::secp256k1::{schnorr, Message, Secp256k1, Verification};
use bitcoin::sighash::{Prevouts, SighashCache};
use bitcoin::taproot::{Signature, TapLeafHash, TapNodeHash};
use bitcoin::{
    Amount, ScriptBuf, TapSighash, TapSighashType, Transaction, TxOut, Witness, XOnlyPublicKey,
};
use serde::{Deserialize, Serialize};

use super::script::custody_script;

/// An output that a custody transaction spends: value and key from state that was verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpentOutput {
    /// What it holds.
    #[serde(with = "bitcoin::amount::serde::as_sat", rename = "value_sat")]
    pub value: Amount,
    /// The federation's key that it belongs to.
    pub key: XOnlyPublicKey,
    /// A deposit's leaf; `None` for custody, whose key is not tweaked.
    pub leaf_hash: Option<TapLeafHash>,
}

impl SpentOutput {
    /// Returns the key that the output's script holds (BIP-0341).
    fn output_key<C: Verification>(&self, secp: &Secp256k1<C>) -> XOnlyPublicKey {
        match self.leaf_hash {
            None => self.key,
            Some(leaf) => {
                self.key.tap_tweak(secp, Some(TapNodeHash::from(leaf))).0.to_x_only_public_key()
            }
        }
    }

    /// Returns the output itself.
    #[must_use]
    pub fn to_output<C: Verification>(&self, secp: &Secp256k1<C>) -> TxOut {
        let script_pubkey: ScriptBuf = custody_script(self.output_key(secp));
        TxOut { value: self.value, script_pubkey }
    }
}

/// What one input is signed over and with which key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SigningInput {
    /// The message, SIGHASH_DEFAULT: it covers all inputs with their amounts and scripts, and all outputs.
    pub sighash: TapSighash,
    /// The federation's key.
    pub key: XOnlyPublicKey,
    /// Root that the key is tweaked by; `None` signs with the key as it is.
    pub merkle_root: Option<TapNodeHash>,
}

/// Signatures that do not make a transaction valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AssembleRefusal {
    /// Not one for each input.
    #[error("{found} were given for {inputs} inputs; one each is needed")]
    WrongCount {
        /// Number of the transaction's inputs.
        inputs: usize,
        /// Number of spent outputs or signatures.
        found: usize,
    },
    /// A signature does not hold for its input.
    #[error("the signature of input {input} does not hold for its key and message")]
    BadSignature {
        /// Place of the input.
        input: usize,
    },
}

/// Returns what each input of `transaction` is signed over; `spent` are the outputs that it spends, in
/// order.
///
/// # Errors
/// [`AssembleRefusal::WrongCount`] when there is not one spent output for each input.
pub fn signing_inputs<C: Verification>(
    secp: &Secp256k1<C>,
    transaction: &Transaction,
    spent: &[SpentOutput],
) -> Result<Vec<SigningInput>, AssembleRefusal> {
    let inputs = transaction.input.len();
    let wrong_count = AssembleRefusal::WrongCount { inputs, found: spent.len() };
    if spent.len() != inputs {
        return Err(wrong_count);
    }
    let outputs: Vec<_> = spent.iter().map(|output| output.to_output(secp)).collect();
    let mut cache = SighashCache::new(transaction);
    let mut all = Vec::with_capacity(inputs);
    for (input, output) in spent.iter().enumerate() {
        let sighash = cache
            .taproot_key_spend_signature_hash(
                input,
                &Prevouts::All(&outputs),
                TapSighashType::Default,
            )
            // Fails only for an index without input or output; the counts are equal.
            .map_err(|_| wrong_count)?;
        let merkle_root = output.leaf_hash.map(TapNodeHash::from);
        all.push(SigningInput { sighash, key: output.key, merkle_root });
    }
    Ok(all)
}

/// Returns the signed transaction, every signature verified; `signatures` are in the order of the
/// inputs.
///
/// # Errors
/// [`AssembleRefusal`].
pub fn assemble<C: Verification>(
    secp: &Secp256k1<C>,
    transaction: &Transaction,
    spent: &[SpentOutput],
    signatures: &[schnorr::Signature],
) -> Result<Transaction, AssembleRefusal> {
    let messages = signing_inputs(secp, transaction, spent)?;
    if signatures.len() != messages.len() {
        let (inputs, found) = (messages.len(), signatures.len());
        return Err(AssembleRefusal::WrongCount { inputs, found });
    }
    let mut signed = transaction.clone();
    for (input, ((message, output), signature)) in
        messages.iter().zip(spent).zip(signatures).enumerate()
    {
        secp.verify_schnorr(signature, &Message::from(message.sighash), &output.output_key(secp))
            .map_err(|_| AssembleRefusal::BadSignature { input })?;
        let signature = Signature { signature: *signature, sighash_type: TapSighashType::Default };
        signed.input[input].witness = Witness::p2tr_key_spend(&signature);
    }
    Ok(signed)
}
