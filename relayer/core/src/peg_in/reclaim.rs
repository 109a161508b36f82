//! The reclaim: the depositor alone takes an unswept deposit back after its timelock.

use bitcoin::absolute::LockTime;
use bitcoin::secp256k1::{Message, Secp256k1, SecretKey, Signing, Verification};
use bitcoin::sighash::{Prevouts, SighashCache, TapSighashType};
use bitcoin::taproot::{LeafVersion, Signature};
use bitcoin::transaction::Version;
use bitcoin::{
    Amount, FeeRate, OutPoint, ScriptBuf, Sequence, Transaction, TxIn, TxOut, Weight, Witness,
};

use super::descriptor::{DepositDescriptor, DescriptorRejection};

/// Why no reclaim can be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReclaimRejection {
    /// What is left after the fee could never be spent.
    #[error(
        "{amount} less a fee of {fee} is below the dust limit of {dust}; use a lower fee rate"
    )]
    DustAmount {
        /// Value of the deposit.
        amount: Amount,
        /// Fee at the chosen rate.
        fee: Amount,
        /// Least value that nodes relay for this output script.
        dust: Amount,
    },
    /// Another key than the descriptor's.
    #[error("the key given is not the deposit's reclaim key; use the deposit file that made the address")]
    WrongReclaimKey,
    /// The fee rate is beyond any sense.
    #[error("a fee rate of {rate} does not fit; use a lower one")]
    FeeRateTooHigh {
        /// What was asked for.
        rate: FeeRate,
    },
    /// The descriptor gives no output.
    #[error(transparent)]
    Descriptor(#[from] DescriptorRejection),
}

/// Builds and signs the transaction that spends `outpoint` through the reclaim leaf to `to`.
///
/// Valid in a block once the deposit has `reclaim_blocks` confirmations (BIP-0068). The signature
/// uses no auxiliary randomness (BIP-0340), so the same arguments give the same transaction.
///
/// # Errors
/// [`ReclaimRejection`].
pub fn reclaim_transaction<C: Signing + Verification>(
    secp: &Secp256k1<C>,
    descriptor: &DepositDescriptor,
    outpoint: OutPoint,
    amount: Amount,
    to: ScriptBuf,
    fee_rate: FeeRate,
    key: &SecretKey,
) -> Result<Transaction, ReclaimRejection> {
    let keypair = key.keypair(secp);
    if keypair.x_only_public_key().0 != descriptor.reclaim_key {
        return Err(ReclaimRejection::WrongReclaimKey);
    }
    let script = descriptor.leaf_script()?;
    let info = descriptor.spend_info(secp)?;
    let control = info
        .control_block(&(script.clone(), LeafVersion::TapScript))
        .ok_or(DescriptorRejection::NoOutputKey)?;
    // `reclaim_blocks` is at most 32,767 (checked by `leaf_script`), so it fits 16 bits.
    let delay = u16::try_from(descriptor.reclaim_blocks.get()).map_err(|_| {
        DescriptorRejection::ReclaimBlocksOutOfRange { found: descriptor.reclaim_blocks }
    })?;
    let witness = |signature: &[u8]| {
        Witness::from_slice(&[signature, script.as_bytes(), &control.serialize()])
    };
    let mut transaction = Transaction {
        version: Version::TWO,
        lock_time: LockTime::ZERO,
        input: vec![TxIn {
            previous_output: outpoint,
            script_sig: ScriptBuf::new(),
            sequence: Sequence::from_height(delay),
            witness: witness(&[0; 64]),
        }],
        output: vec![TxOut { value: amount, script_pubkey: to }],
    };
    transaction.output[0].value =
        value_after_fee(amount, transaction.weight(), fee_rate, &transaction.output[0])?;

    let prevout = TxOut { value: amount, script_pubkey: descriptor.script_pubkey(secp)? };
    let sighash = SighashCache::new(&transaction)
        .taproot_script_spend_signature_hash(
            0,
            &Prevouts::All(&[prevout]),
            descriptor.leaf_hash()?,
            TapSighashType::Default,
        )
        // Fails only for an index without input or prevout; index 0 has both.
        .map_err(|_| DescriptorRejection::NoOutputKey)?;
    let signature = Signature {
        signature: secp.sign_schnorr_no_aux_rand(&Message::from(sighash), &keypair),
        sighash_type: TapSighashType::Default,
    };
    transaction.input[0].witness = witness(&signature.to_vec());
    Ok(transaction)
}

fn value_after_fee(
    amount: Amount,
    weight: Weight,
    rate: FeeRate,
    output: &TxOut,
) -> Result<Amount, ReclaimRejection> {
    let fee = rate.fee_wu(weight).ok_or(ReclaimRejection::FeeRateTooHigh { rate })?;
    let dust = output.script_pubkey.minimal_non_dust();
    amount.checked_sub(fee).filter(|rest| *rest >= dust).ok_or(ReclaimRejection::DustAmount {
        amount,
        fee,
        dust,
    })
}
