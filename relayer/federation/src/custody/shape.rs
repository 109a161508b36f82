//! The shape: what a custody transaction looks like, whoever made it.

use bitcoin::absolute::LockTime;
use bitcoin::hashes::Hash as _;
use bitcoin::transaction::{predict_weight, InputWeightPrediction, Version};
use bitcoin::{Amount, OutPoint, Sequence, Transaction, TxOut, Txid, Weight, XOnlyPublicKey};
use farbank_types::B256;
use serde::{Deserialize, Serialize};

use super::script::{read_anchor, read_custody_key};

/// Sequence of every input: replaceable (BIP-0125), no relative lock (BIP-0068).
pub const CUSTODY_SEQUENCE: Sequence = Sequence::ENABLE_RBF_NO_LOCKTIME;

/// Greatest weight of the signed form: the 10,000 vB of a version 3 transaction (BIP-0431).
pub const MAX_WEIGHT: Weight = Weight::from_vb_unchecked(10_000);

/// Greatest weight of a child whose parent is unconfirmed: 1,000 vB (BIP-0431).
pub const MAX_CHILD_WEIGHT: Weight = Weight::from_vb_unchecked(1_000);

/// A custody output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustodyOutput {
    /// Where it is.
    pub outpoint: OutPoint,
    /// What it holds.
    #[serde(with = "bitcoin::amount::serde::as_sat", rename = "value_sat")]
    pub value: Amount,
    /// Whose it is.
    pub key: XOnlyPublicKey,
}

/// A transaction of the shape, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustodyTransaction {
    /// Its id, the same before and after signing.
    pub txid: Txid,
    /// The custody outpoint that it spends.
    pub custody_input: OutPoint,
    /// The deposits that it spends.
    pub deposits: Vec<OutPoint>,
    /// The payouts.
    pub payouts: Vec<TxOut>,
    /// The custody output that it makes.
    pub custody: CustodyOutput,
    /// Hash of the side-chain block that it names as final.
    pub anchor: B256,
    /// Hash of the ids of the redemptions that it says it pays.
    pub ids_hash: B256,
    /// Weight once every input carries its signature.
    pub signed_weight: Weight,
}

/// A transaction is not of the shape.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    strum::IntoStaticStr,
    thiserror::Error,
)]
pub enum ShapeRefusal {
    /// Not version 3.
    #[error("the transaction has version {found}, a custody transaction has 3")]
    WrongVersion {
        /// Its version.
        found: i32,
    },
    /// Not lock time 0.
    #[error("the transaction has lock time {found}, a custody transaction has 0")]
    WrongLockTime {
        /// Its lock time as it is serialised.
        found: u32,
    },
    /// An input's sequence is not [`CUSTODY_SEQUENCE`].
    #[error("input {input} has sequence {found:#010x}, expected 0xfffffffd")]
    WrongSequence {
        /// Place of the input.
        input: usize,
        /// Its sequence.
        found: u32,
    },
    /// An input carries a script, which would change the transaction's id.
    #[error("input {input} carries a script of {length} bytes, a key-path input has none")]
    WrongInputScript {
        /// Place of the input.
        input: usize,
        /// Length of the script.
        length: usize,
    },
    /// No input at all.
    #[error("the transaction has no input; the first one is the custody outpoint")]
    NoInput,
    /// An outpoint is spent twice.
    #[error("input {input} spends {outpoint}, which another input spends already")]
    DuplicateInput {
        /// Place of the input.
        input: usize,
        /// What it spends.
        outpoint: OutPoint,
    },
    /// Deposits do not ascend.
    #[error("input {input} is not above the one before it (txid in internal order, then index)")]
    WrongOrder {
        /// Place of the input.
        input: usize,
    },
    /// Custody output and anchor are missing.
    #[error("the transaction has {found} outputs, the custody output and the anchor are needed")]
    TooFewOutputs {
        /// Number of its outputs.
        found: usize,
    },
    /// The last output is not `OP_RETURN <64 bytes>` of value 0.
    #[error("output {output} is not the anchor: OP_RETURN with 64 bytes and value 0")]
    WrongAnchorOutput {
        /// Place of the output.
        output: usize,
    },
    /// The last but one is not a taproot output of a valid key.
    #[error("output {output} is not a custody output: OP_1 and a key of the curve")]
    NoCustodyOutput {
        /// Place of the output.
        output: usize,
    },
    /// More than [`MAX_WEIGHT`] once signed.
    #[error("signed it weighs {weight}, at most {MAX_WEIGHT} are relayed")]
    TooLarge {
        /// Weight of the signed form.
        weight: Weight,
    },
}

impl CustodyTransaction {
    /// Takes a transaction apart; witnesses are ignored, so the unsigned and the confirmed form give
    /// the same.
    ///
    /// # Errors
    /// [`ShapeRefusal`].
    pub fn parse(transaction: &Transaction) -> Result<Self, ShapeRefusal> {
        check_frame(transaction)?;
        let signed_weight = signed_weight(transaction);
        if signed_weight > MAX_WEIGHT {
            return Err(ShapeRefusal::TooLarge { weight: signed_weight });
        }
        let (custody_input, deposits) = inputs(transaction)?;
        let [payouts @ .., custody, anchor] = transaction.output.as_slice() else {
            return Err(ShapeRefusal::TooFewOutputs { found: transaction.output.len() });
        };
        let (block, ids_hash) = read_anchor(&anchor.script_pubkey)
            .filter(|_| anchor.value == Amount::ZERO)
            .ok_or(ShapeRefusal::WrongAnchorOutput { output: payouts.len().saturating_add(1) })?;
        let key = read_custody_key(&custody.script_pubkey)
            .ok_or(ShapeRefusal::NoCustodyOutput { output: payouts.len() })?;
        // Fits: each output takes more than four bytes of at most 40,000.
        let vout = u32::try_from(payouts.len()).unwrap_or(u32::MAX);
        let txid = transaction.compute_txid();
        let outpoint = OutPoint { txid, vout };
        Ok(Self {
            txid,
            custody_input,
            deposits,
            payouts: payouts.to_vec(),
            custody: CustodyOutput { outpoint, value: custody.value, key },
            anchor: block,
            ids_hash,
            signed_weight,
        })
    }
}

/// Returns the weight of a transaction once every input carries one signature of 64 bytes.
#[must_use]
pub fn signed_weight(transaction: &Transaction) -> Weight {
    let inputs = transaction.input.iter().map(|_| InputWeightPrediction::P2TR_KEY_DEFAULT_SIGHASH);
    predict_weight(inputs, transaction.script_pubkey_lens())
}

fn check_frame(transaction: &Transaction) -> Result<(), ShapeRefusal> {
    if transaction.version != Version(3) {
        return Err(ShapeRefusal::WrongVersion { found: transaction.version.0 });
    }
    if transaction.lock_time != LockTime::ZERO {
        let found = transaction.lock_time.to_consensus_u32();
        return Err(ShapeRefusal::WrongLockTime { found });
    }
    for (input, txin) in transaction.input.iter().enumerate() {
        if txin.sequence != CUSTODY_SEQUENCE {
            return Err(ShapeRefusal::WrongSequence { input, found: txin.sequence.0 });
        }
        if !txin.script_sig.is_empty() {
            let length = txin.script_sig.len();
            return Err(ShapeRefusal::WrongInputScript { input, length });
        }
    }
    Ok(())
}

/// The order of deposits among the inputs.
pub(super) fn input_order(outpoint: &OutPoint) -> ([u8; 32], u32) {
    (outpoint.txid.to_byte_array(), outpoint.vout)
}

fn inputs(transaction: &Transaction) -> Result<(OutPoint, Vec<OutPoint>), ShapeRefusal> {
    let mut all = transaction.input.iter().map(|input| input.previous_output);
    let custody = all.next().ok_or(ShapeRefusal::NoInput)?;
    let mut deposits: Vec<OutPoint> = Vec::new();
    for (outpoint, input) in all.zip(1..) {
        let last = deposits.last();
        if outpoint == custody || last == Some(&outpoint) {
            return Err(ShapeRefusal::DuplicateInput { input, outpoint });
        }
        if last.is_some_and(|last| input_order(last) > input_order(&outpoint)) {
            return Err(ShapeRefusal::WrongOrder { input });
        }
        deposits.push(outpoint);
    }
    Ok((custody, deposits))
}
