//! What the contract's storage says in one final state of the side chain, as far as a request needs it.
//!
//! Decides which storage slots those are and what their words mean. Leaves out how the words come to be
//! believed (the side chain's light client) and what follows from them ([`crate::policy`]).

mod decode;
mod layout;
mod needs;

use std::collections::BTreeMap;

use bitcoin::{Amount, OutPoint, XOnlyPublicKey};
use farbank_evm_light_client::{FinalHeader, FinalityVerifier, Verdict};
use farbank_types::{BitcoinHeight, DepositId, EvmBlockNumber, UnixTime, B256};

use crate::custody::RedemptionId;

pub use decode::{BridgeIdentity, StateAnswer, StateRejection};
pub use needs::StateNeeds;

/// A final block of the side chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FinalBlock {
    /// Its number.
    pub number: EvmBlockNumber,
    /// Its hash.
    pub hash: B256,
    /// The time that its header holds.
    pub time: UnixTime,
}

/// What the attester's own side chain says about the block that a request names as its anchor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// Final.
    Final(FinalBlock),
    /// Of the chain, not final yet.
    NotFinal {
        /// Hash of the block.
        hash: B256,
    },
    /// Not known, or contradicted.
    Unknown {
        /// Hash of the block.
        hash: B256,
    },
}

impl From<&FinalHeader> for FinalBlock {
    fn from(header: &FinalHeader) -> Self {
        Self { number: header.number(), hash: header.hash(), time: header.time() }
    }
}

impl Anchor {
    /// Asks the attester's own side chain about a block.
    #[must_use]
    pub fn ask(chain: &impl FinalityVerifier, hash: B256) -> Self {
        match chain.verdict(&hash) {
            Verdict::Final(header) => Self::Final((&header).into()),
            Verdict::NotYet(_) => Self::NotFinal { hash },
            Verdict::Invalid(_) => Self::Unknown { hash },
        }
    }
}

/// The custody output that the contract holds for proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProvenCustody {
    /// Where it is.
    pub outpoint: OutPoint,
    /// What it holds.
    pub value: Amount,
    /// Height of the block that holds its transaction.
    pub height: BitcoinHeight,
}

/// A registered key that custody may move to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NextKey {
    /// The key.
    pub key: XOnlyPublicKey,
    /// Side-chain time from which it may be used.
    pub usable_from: UnixTime,
}

/// The federation's keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FederationKeys {
    /// The key of the proven custody output.
    pub current: XOnlyPublicKey,
    /// The key that custody may move to.
    pub next: Option<NextKey>,
    /// The key before the current one, for deposits that were made to it.
    pub previous: Option<XOnlyPublicKey>,
}

/// What became of a deposit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DepositState {
    /// Minted, not swept.
    Minted,
    /// Swept into custody.
    Swept,
    /// Taken out of the backing.
    Disowned,
    /// Swept without having been minted.
    SweptUnminted,
}

/// The contract's record of a deposit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DepositRecord {
    /// Value of the output.
    pub amount: Amount,
    /// Height of the block that holds it.
    pub height: BitcoinHeight,
    /// First 16 bytes of that block's hash in internal byte order.
    pub block_hash_low: [u8; 16],
    /// What became of it.
    pub state: DepositState,
}

/// The contract's state as a request needs it, at one final block.
///
/// [`Self::verify`] makes it from proofs. What is not in the maps
/// has the word zero: a redemption that was paid or never requested, a deposit never minted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BridgeState {
    /// Hash of the genesis block of the chain that the state is of.
    pub genesis: B256,
    /// The final block.
    pub block: FinalBlock,
    /// The block that the request names.
    pub anchor: Anchor,
    /// `None` after evidence of a spend that was no custody transaction.
    pub custody: Option<ProvenCustody>,
    /// The federation's keys.
    pub keys: FederationKeys,
    /// Number of redemptions requested so far, which is the newest one's id.
    pub redemption_count: u64,
    /// Commitments of unpaid redemptions.
    pub redemptions: BTreeMap<RedemptionId, B256>,
    /// Deposits with a record.
    pub deposits: BTreeMap<DepositId, DepositRecord>,
}
