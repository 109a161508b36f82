//! From proofs to words, and from words to what they mean.

use std::collections::BTreeMap;

use bitcoin::hashes::Hash as _;
use bitcoin::{Amount, OutPoint, Txid, XOnlyPublicKey};
use farbank_evm_light_client::proof::{AccountProof, ProofRejection, StorageProof};
use farbank_evm_light_client::FinalHeader;
use farbank_types::{BitcoinHeight, DepositId, EvmAddress, UnixTime, B256, U256};

use super::needs::{deposit_slot, redemption_slot};
use super::{
    layout, Anchor, BridgeState, DepositRecord, DepositState, FederationKeys, FinalBlock, NextKey,
    ProvenCustody, StateNeeds,
};

/// Storage that is not what `Bridge` would hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StateRejection {
    /// A needed slot was not proved.
    #[error("slot {slot} is needed and was not proved; ask for all slots of the request")]
    MissingSlot {
        /// The slot.
        slot: B256,
    },
    /// A key's word is no key of the curve.
    #[error("slot {slot} holds {word}, which is no x coordinate of the curve")]
    NotAKey {
        /// The slot.
        slot: B256,
        /// Its word.
        word: B256,
    },
    /// A deposit's record has a state that this version does not know.
    #[error("deposit {id} has the unknown state {state}")]
    UnknownDepositState {
        /// The deposit.
        id: DepositId,
        /// Number of the state.
        state: u32,
    },
    /// The account is not the bridge's.
    #[error("account {found} was proved instead of the bridge {expected}")]
    WrongAccount {
        /// The account that was proved.
        found: EvmAddress,
        /// The bridge.
        expected: EvmAddress,
    },
    /// The account's code is not the bridge's.
    #[error("the bridge's code has the hash {found}, this version expects {expected}")]
    WrongCode {
        /// Hash of the code on the side chain.
        found: B256,
        /// Hash of the code that this version deploys.
        expected: B256,
    },
    /// A proof does not hold.
    #[error(transparent)]
    Proof(#[from] ProofRejection),
}

/// Bits of the number of redemptions: u56.
const COUNT_MASK: u64 = (1 << 56) - 1;

/// The bridge that an attester serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BridgeIdentity {
    /// Where it is.
    pub address: EvmAddress,
    /// Keccak-256 of its code, immutables filled in.
    pub code_hash: B256,
}

/// What a side-chain node answers when asked for [`StateNeeds::slots`]; nothing in it is believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateAnswer {
    /// Proof of the bridge's account.
    pub account: AccountProof,
    /// Proofs of its slots, in any order.
    pub storage: Vec<StorageProof>,
}

impl BridgeState {
    /// Verifies an answer against a final header and reads it; `genesis` is that of the header's chain.
    ///
    /// # Errors
    /// [`StateRejection`]: the answer is not of the bridge, lacks a slot, or a proof does not hold.
    pub fn verify(
        answer: &StateAnswer,
        bridge: &BridgeIdentity,
        genesis: B256,
        header: &FinalHeader,
        anchor: Anchor,
        needs: &StateNeeds,
    ) -> Result<Self, StateRejection> {
        let found = answer.account.address;
        if found != bridge.address {
            return Err(StateRejection::WrongAccount { found, expected: bridge.address });
        }
        let account = answer.account.verify(header)?;
        let (found, expected) = (account.code_hash(), bridge.code_hash);
        if found != expected {
            return Err(StateRejection::WrongCode { found, expected });
        }
        let mut words = BTreeMap::new();
        for proof in &answer.storage {
            words.insert(proof.slot, proof.verify(&account)?);
        }
        Words(words).state(genesis, header.into(), anchor, needs)
    }
}

/// Words by slot, zero for a slot proved to be empty.
struct Words(BTreeMap<B256, U256>);

impl Words {
    fn word(&self, slot: B256) -> Result<U256, StateRejection> {
        self.0.get(&slot).copied().ok_or(StateRejection::MissingSlot { slot })
    }

    /// A key, or `None` for the word zero.
    fn key(&self, slot: B256) -> Result<Option<XOnlyPublicKey>, StateRejection> {
        let word = B256::from(self.word(slot)?);
        if word == B256::ZERO {
            return Ok(None);
        }
        let key = XOnlyPublicKey::from_slice(word.as_slice());
        key.map(Some).map_err(|_| StateRejection::NotAKey { slot, word })
    }

    fn custody(&self) -> Result<Option<ProvenCustody>, StateRejection> {
        let txid = B256::from(self.word(layout::slot(layout::CUSTODY, 0))?);
        if txid == B256::ZERO {
            return Ok(None);
        }
        let packed = self.word(layout::slot(layout::CUSTODY, 1))?;
        let txid = Txid::from_byte_array(txid.0);
        Ok(Some(ProvenCustody {
            outpoint: OutPoint { txid, vout: bits_u32(packed, 0) },
            value: Amount::from_sat(bits_u64(packed, 32)),
            height: BitcoinHeight::new(bits_u32(packed, 96)),
        }))
    }

    fn keys(&self) -> Result<FederationKeys, StateRejection> {
        let at = |offset| layout::slot(layout::KEYS, offset);
        let current = self.key(at(0))?;
        let current = current.ok_or(StateRejection::NotAKey { slot: at(0), word: B256::ZERO })?;
        let usable_from = UnixTime::new(bits_u64(self.word(at(3))?, 0));
        let next = self.key(at(1))?.map(|key| NextKey { key, usable_from });
        Ok(FederationKeys { current, next, previous: self.key(at(2))? })
    }

    fn deposit(&self, id: DepositId) -> Result<Option<DepositRecord>, StateRejection> {
        let word = self.word(deposit_slot(id))?;
        let state = match bits_u32(word, 0) {
            0 => return Ok(None),
            1 => DepositState::Minted,
            2 => DepositState::Swept,
            3 => DepositState::Disowned,
            4 => DepositState::SweptUnminted,
            state => return Err(StateRejection::UnknownDepositState { id, state }),
        };
        let bytes: [u8; 32] = word.to_be_bytes();
        let mut block_hash_low = [0; 16];
        block_hash_low.copy_from_slice(&bytes[12..28]);
        Ok(Some(DepositRecord {
            amount: Amount::from_sat(bits_u64(word, 192)),
            height: BitcoinHeight::new(bits_u32(word, 160)),
            block_hash_low,
            state,
        }))
    }

    /// Reads everything that `needs` names.
    fn state(
        &self,
        genesis: B256,
        block: FinalBlock,
        anchor: Anchor,
        needs: &StateNeeds,
    ) -> Result<BridgeState, StateRejection> {
        let mut state = BridgeState {
            genesis,
            block,
            anchor,
            custody: self.custody()?,
            keys: self.keys()?,
            redemption_count: bits_u64(self.word(layout::slot(layout::LEDGER, 0))?, 32)
                & COUNT_MASK,
            redemptions: BTreeMap::new(),
            deposits: BTreeMap::new(),
        };
        for id in &needs.redemptions {
            let commitment = B256::from(self.word(redemption_slot(*id))?);
            if commitment != B256::ZERO {
                state.redemptions.insert(*id, commitment);
            }
        }
        for id in &needs.deposits {
            if let Some(record) = self.deposit(*id)? {
                state.deposits.insert(*id, record);
            }
        }
        Ok(state)
    }
}

fn bits_u64(word: U256, low: usize) -> u64 {
    (word >> low).as_limbs()[0]
}

fn bits_u32(word: U256, low: usize) -> u32 {
    let bytes = bits_u64(word, low).to_le_bytes();
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}
