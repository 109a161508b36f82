//! The deposit descriptor: everything that determines a deposit's address.
//!
//! Decides how a recipient, a carrier fee and a reclaim key become one taproot output that the
//! contract can rebuild; leaves out how the output is paid, found or claimed. Whoever knows the
//! descriptor can carry the claim: it holds no secret.

use bitcoin::hashes::Hash as _;
use bitcoin::opcodes::all::{OP_CHECKSIG, OP_CSV, OP_DROP};
use bitcoin::script::{Builder, PushBytesBuf};
use bitcoin::secp256k1::{PublicKey, Secp256k1, Verification};
use bitcoin::taproot::{LeafVersion, TapLeafHash, TaprootBuilder, TaprootSpendInfo};
use bitcoin::{Address, Amount, Network, ScriptBuf, XOnlyPublicKey};
use farbank_types::{keccak256, BlockCount, Bytes, EvmAddress, B256, U256};
use serde::{Deserialize, Serialize};

/// Least reclaim delay: below it the push would be one byte and the leaf another one.
pub const MIN_RECLAIM_BLOCKS: BlockCount = BlockCount::new(256);

/// Greatest reclaim delay: above it the push would need a third byte.
pub const MAX_RECLAIM_BLOCKS: BlockCount = BlockCount::new(32_767);

/// Prime of the field of secp256k1 (SEC 2, section 2.4.1), most significant limb last.
const FIELD_PRIME: U256 = U256::from_limbs([
    0xffff_fffe_ffff_fc2f,
    0xffff_ffff_ffff_ffff,
    0xffff_ffff_ffff_ffff,
    0xffff_ffff_ffff_ffff,
]);

/// What happens with the minted amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// The recipient receives it.
    Mint,
}

impl Action {
    /// Returns the bytes that the commitment covers and the claim carries: one byte for the kind.
    #[must_use]
    pub fn encode(self) -> Bytes {
        match self {
            Self::Mint => Bytes::from_static(&[0x00]),
        }
    }
}

/// Everything that determines a deposit's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DepositDescriptor {
    /// The deployment that may mint it.
    pub instance: B256,
    /// The federation's key P, even y: the internal key of the output.
    pub federation_key: XOnlyPublicKey,
    /// Who receives the minted amount less the carrier fee.
    pub recipient: EvmAddress,
    /// What the claim pays to whoever carries it.
    #[serde(with = "bitcoin::amount::serde::as_sat", rename = "carrier_fee_sat")]
    pub carrier_fee: Amount,
    /// Random, so that two deposits of one recipient have two addresses.
    pub salt: B256,
    /// What happens with the minted amount.
    pub action: Action,
    /// Blocks after which the depositor alone can spend the output.
    pub reclaim_blocks: BlockCount,
    /// The key that does so.
    pub reclaim_key: XOnlyPublicKey,
}

/// A descriptor that gives no output that the contract would accept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DescriptorRejection {
    /// The leaf needs a two-byte push.
    #[error("the reclaim delay is {found} blocks, expected {MIN_RECLAIM_BLOCKS} to {MAX_RECLAIM_BLOCKS}; take it from deployment.json")]
    ReclaimBlocksOutOfRange {
        /// What the descriptor says.
        found: BlockCount,
    },
    /// Happens with a chance of 2^-128; another salt mends it.
    #[error("this salt gives no valid output key; make a deposit file with another salt")]
    NoOutputKey,
}

/// The output key Q of a deposit with what the contract needs to check it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutputKey {
    /// Q.x, as the output script holds it; big-endian.
    pub x: B256,
    /// Q.y, big-endian.
    pub y: B256,
    /// Slope of the tangent at Q, `3 x^2 / (2 y)` modulo the field's prime, for the check of 2Q.
    pub slope: B256,
}

impl DepositDescriptor {
    /// Returns `keccak256(abi.encode(instance, recipient, carrierFee, salt, keccak256(action)))`.
    #[must_use]
    pub fn commitment(&self) -> B256 {
        let mut words = [B256::ZERO; 5];
        words[0] = self.instance;
        words[1] = self.recipient.into_word();
        words[2] = B256::from(U256::from(self.carrier_fee.to_sat()));
        words[3] = self.salt;
        words[4] = keccak256(self.action.encode());
        keccak256(words.concat())
    }

    /// Returns the reclaim leaf: `<commitment> OP_DROP <reclaim blocks> OP_CSV OP_DROP <key>
    /// OP_CHECKSIG`.
    ///
    /// # Errors
    /// [`DescriptorRejection::ReclaimBlocksOutOfRange`].
    pub fn leaf_script(&self) -> Result<ScriptBuf, DescriptorRejection> {
        if !(MIN_RECLAIM_BLOCKS..=MAX_RECLAIM_BLOCKS).contains(&self.reclaim_blocks) {
            return Err(DescriptorRejection::ReclaimBlocksOutOfRange {
                found: self.reclaim_blocks,
            });
        }
        Ok(Builder::new()
            .push_slice(PushBytesBuf::from(self.commitment().0))
            .push_opcode(OP_DROP)
            .push_int(i64::from(self.reclaim_blocks.get()))
            .push_opcode(OP_CSV)
            .push_opcode(OP_DROP)
            .push_x_only_key(&self.reclaim_key)
            .push_opcode(OP_CHECKSIG)
            .into_script())
    }

    /// Returns the hash of the leaf (BIP-0341), which is also the root of the one-leaf tree.
    ///
    /// # Errors
    /// As [`Self::leaf_script`].
    pub fn leaf_hash(&self) -> Result<TapLeafHash, DescriptorRejection> {
        Ok(TapLeafHash::from_script(&self.leaf_script()?, LeafVersion::TapScript))
    }

    /// Returns the taproot tree with its output key and control block (BIP-0341).
    ///
    /// # Errors
    /// [`DescriptorRejection`].
    pub fn spend_info<C: Verification>(
        &self,
        secp: &Secp256k1<C>,
    ) -> Result<TaprootSpendInfo, DescriptorRejection> {
        TaprootBuilder::with_huffman_tree([(1, self.leaf_script()?)])
            .map_err(|_| DescriptorRejection::NoOutputKey)?
            .finalize(secp, self.federation_key)
            .map_err(|_| DescriptorRejection::NoOutputKey)
    }

    /// Returns the output script `OP_1 <Q.x>`.
    ///
    /// # Errors
    /// [`DescriptorRejection`].
    pub fn script_pubkey<C: Verification>(
        &self,
        secp: &Secp256k1<C>,
    ) -> Result<ScriptBuf, DescriptorRejection> {
        Ok(ScriptBuf::new_p2tr_tweaked(self.spend_info(secp)?.output_key()))
    }

    /// Returns the address that any wallet which knows bech32m (BIP-0350) can pay.
    ///
    /// # Errors
    /// [`DescriptorRejection`].
    pub fn address<C: Verification>(
        &self,
        secp: &Secp256k1<C>,
        network: Network,
    ) -> Result<Address, DescriptorRejection> {
        Ok(Address::p2tr_tweaked(self.spend_info(secp)?.output_key(), network))
    }

    /// Returns the output key as a full point with its tangent, as the claim carries it.
    ///
    /// # Errors
    /// [`DescriptorRejection`].
    pub fn output_key<C: Verification>(
        &self,
        secp: &Secp256k1<C>,
    ) -> Result<OutputKey, DescriptorRejection> {
        let info = self.spend_info(secp)?;
        let point = PublicKey::from_x_only_public_key(
            info.output_key().to_x_only_public_key(),
            info.output_key_parity(),
        );
        let bytes = point.serialize_uncompressed();
        let x = U256::from_be_slice(&bytes[1..33]);
        let y = U256::from_be_slice(&bytes[33..65]);
        let numerator = x.mul_mod(x, FIELD_PRIME).mul_mod(U256::from(3), FIELD_PRIME);
        let denominator = y.add_mod(y, FIELD_PRIME);
        // No point of the curve has y = 0, so 2y has an inverse.
        let inverse = denominator.inv_mod(FIELD_PRIME).ok_or(DescriptorRejection::NoOutputKey)?;
        let slope = numerator.mul_mod(inverse, FIELD_PRIME);
        Ok(OutputKey { x: x.into(), y: y.into(), slope: slope.into() })
    }

    /// Returns the digest that names this descriptor among a relayer's: keccak256 of its output
    /// script's key, which commits to every field.
    ///
    /// # Errors
    /// [`DescriptorRejection`].
    pub fn tweak_hash(&self) -> Result<B256, DescriptorRejection> {
        let hash = bitcoin::TapTweakHash::from_key_and_tweak(
            self.federation_key,
            Some(self.leaf_hash()?.into()),
        );
        Ok(B256::from(hash.to_byte_array()))
    }
}
