//! Custody transactions as the contract is shown them, and the records that it commits to.
//!
//! Leaves out whether a transaction has the shape and whether a proof holds: federation, light client
//! and contract know that. What the contract would refuse can be encoded all the same.

use ethers::abi::{encode, Token, Tokenizable as _};
use farbank_types::bitcoin::hashes::Hash as _;
use farbank_types::bitcoin::{Amount, BlockHash, OutPoint, Transaction, Txid, XOnlyPublicKey};
use farbank_types::{
    keccak256, BitcoinHeight, Bytes, CustodyRecord, DepositId, EvmAddress, Redemption,
    RedemptionId, UnixTime, B256,
};

use crate::bindings;
use crate::block_proof::{words, BlockProof};
use crate::convert;

/// A transaction in a block of the contract's best chain, and the redemptions that it pays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustodyProof {
    /// The block.
    pub block: BlockProof,
    /// Single SHA-256 of the coinbase transaction without witness.
    pub coinbase_digest: B256,
    /// Siblings of the coinbase up to the Merkle root, internal byte order.
    pub coinbase_branch: Vec<B256>,
    /// Index of the transaction in the block; the coinbase has 0.
    pub index: u32,
    /// Siblings of the transaction up to the Merkle root, as many as the coinbase's.
    pub branch: Vec<B256>,
    /// The transaction as Bitcoin serialises it without witness.
    pub transaction: Bytes,
    /// The redemptions, in the order of the outputs that pay them. Not read by
    /// [`crate::BridgeCalls::report_non_conforming`].
    pub paid: Vec<PaidRedemption>,
}

/// A redemption whose script is its payout's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaidRedemption {
    /// Its name.
    pub id: RedemptionId,
    /// What is owed.
    pub amount: Amount,
    /// Most that the payout may stay below `amount`, as raised last.
    pub max_fee: Amount,
    /// Time of the request.
    pub requested_at: UnixTime,
    /// Who requested it.
    pub requester: EvmAddress,
}

impl From<&Redemption> for PaidRedemption {
    fn from(redemption: &Redemption) -> Self {
        Self {
            id: redemption.id,
            amount: redemption.amount,
            max_fee: redemption.max_fee,
            requested_at: redemption.requested_at,
            requester: redemption.requester,
        }
    }
}

/// The federation's keys, as the contract holds them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FederationKeys {
    /// Holds custody; deposits to it are minted.
    pub current: XOnlyPublicKey,
    /// Registered by governance, with the side chain's time from which custody may move to it.
    pub next: Option<(XOnlyPublicKey, UnixTime)>,
    /// Held custody before, with the height of the last block whose deposits to it are minted.
    pub previous: Option<(XOnlyPublicKey, BitcoinHeight)>,
}

/// Record of a proven spend of the custody outpoint: all that it takes to undo it. `CustodyRecord` in
/// the contract, which keeps the newest one's commitment only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineageRecord {
    /// Commitment of the record before; zero for the first.
    pub parent: B256,
    /// The transaction.
    pub txid: Txid,
    /// Its custody output; `None` when the spend does not conform, and nothing is held after it.
    pub custody: Option<CustodyRecord>,
    /// The block that holds the transaction.
    pub block_hash: BlockHash,
    /// Height of that block.
    pub height: BitcoinHeight,
    /// The custody output that it spends.
    pub previous: CustodyRecord,
    /// Height of the block that holds that output; zero for the first, which no proof recorded.
    pub previous_height: BitcoinHeight,
    /// The redemptions that it pays, ascending.
    pub paid: Vec<PaidRecord>,
    /// Deposits that counted as unswept before it swept them.
    pub swept: Vec<DepositId>,
    /// Its other inputs: disowned deposits and outputs that were not minted.
    pub unbacked: Vec<DepositId>,
    /// Whether it moved custody to the registered key.
    pub rotated: bool,
}

/// What a record keeps of a redemption that was paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaidRecord {
    /// Its name.
    pub id: RedemptionId,
    /// What was owed.
    pub amount: Amount,
    /// What the contract held of it: [`Redemption::commitment`].
    pub commitment: B256,
}

impl CustodyProof {
    pub(crate) fn to_token(&self) -> Token {
        bindings::CustodyProof {
            block: self.block.to_binding(),
            coinbase_digest: self.coinbase_digest.0,
            coinbase_branch: words(&self.coinbase_branch),
            index: self.index.into(),
            branch: words(&self.branch),
            transaction: convert::ebytes(self.transaction.clone()),
            paid: self.paid.iter().map(|paid| paid.to_binding()).collect(),
        }
        .into_token()
    }
}

impl PaidRedemption {
    fn to_binding(self) -> bindings::PaidRedemption {
        bindings::PaidRedemption {
            id: self.id.get(),
            amount: self.amount.to_sat(),
            max_fee: self.max_fee.to_sat(),
            requested_at: self.requested_at.get(),
            requester: convert::h160(self.requester),
        }
    }
}

pub(crate) fn redemption_token(redemption: &Redemption) -> Token {
    bindings::Redemption {
        id: redemption.id.get(),
        amount: redemption.amount.to_sat(),
        max_fee: redemption.max_fee.to_sat(),
        requested_at: redemption.requested_at.get(),
        requester: convert::h160(redemption.requester),
        script: redemption.script.to_bytes().into(),
    }
    .into_token()
}

impl FederationKeys {
    /// `None` when a word is no key, or says something about a key that is not there.
    pub(crate) fn from_binding(keys: &bindings::Keys) -> Option<Self> {
        let paired = |word: &[u8; 32], is_alone: bool| {
            if *word == [0; 32] {
                is_alone.then_some(None)
            } else {
                XOnlyPublicKey::from_slice(word).ok().map(Some)
            }
        };
        let next = paired(&keys.next, keys.next_usable_from == 0)?;
        let previous = paired(&keys.previous, keys.previous_until == 0)?;
        Some(Self {
            current: XOnlyPublicKey::from_slice(&keys.current).ok()?,
            next: next.map(|key| (key, UnixTime::new(keys.next_usable_from))),
            previous: previous.map(|key| (key, BitcoinHeight::new(keys.previous_until))),
        })
    }
}

impl LineageRecord {
    /// Returns what the contract stores: `keccak256(abi.encode(record))`.
    #[must_use]
    pub fn commitment(&self) -> B256 {
        keccak256(encode(&[self.to_token()]))
    }

    /// Returns what each paid redemption's script receives from the transaction of this record, or
    /// `None` for another transaction.
    #[must_use]
    pub fn payouts(&self, transaction: &Transaction) -> Option<Vec<(RedemptionId, Amount)>> {
        let outputs = transaction.output.get(..self.paid.len())?;
        (transaction.compute_txid() == self.txid).then_some(())?;
        Some(self.paid.iter().zip(outputs).map(|(paid, output)| (paid.id, output.value)).collect())
    }

    pub(crate) fn to_token(&self) -> Token {
        let custody = self.custody.as_ref();
        bindings::CustodyRecord {
            parent: self.parent.0,
            txid: self.txid.to_byte_array(),
            vout: custody.map_or(0, |custody| custody.outpoint.vout),
            value: custody.map_or(0, |custody| custody.value.to_sat()),
            block_hash: self.block_hash.to_byte_array(),
            height: self.height.get(),
            previous_txid: self.previous.txid_internal().0,
            previous_vout: self.previous.outpoint.vout,
            previous_value: self.previous.value.to_sat(),
            previous_height: self.previous_height.get(),
            rotated: self.rotated,
            conforming: custody.is_some(),
            ids: self.paid.iter().map(|paid| paid.id.get()).collect(),
            amounts: self.paid.iter().map(|paid| paid.amount.to_sat()).collect(),
            commitments: self.paid.iter().map(|paid| paid.commitment.0).collect(),
            swept: self.swept.iter().map(|id| id.get().0).collect(),
            unbacked: self.unbacked.iter().map(|id| id.get().0).collect(),
        }
        .into_token()
    }

    /// `None` unless the record is one that the contract writes.
    pub(crate) fn from_binding(record: bindings::CustodyRecord) -> Option<Self> {
        let txid = Txid::from_byte_array(record.txid);
        let custody = CustodyRecord {
            outpoint: OutPoint { txid, vout: record.vout },
            value: Amount::from_sat(record.value),
        };
        let previous_txid = Txid::from_byte_array(record.previous_txid);
        let (ids, amounts) = (&record.ids, &record.amounts);
        if amounts.len() != ids.len() || record.commitments.len() != ids.len() {
            return None;
        }
        let paid = ids.iter().zip(amounts).zip(&record.commitments);
        let read = Self {
            parent: B256::from(record.parent),
            txid,
            custody: record.conforming.then_some(custody),
            block_hash: BlockHash::from_byte_array(record.block_hash),
            height: BitcoinHeight::new(record.height),
            previous: CustodyRecord {
                outpoint: OutPoint { txid: previous_txid, vout: record.previous_vout },
                value: Amount::from_sat(record.previous_value),
            },
            previous_height: BitcoinHeight::new(record.previous_height),
            paid: paid
                .map(|((id, amount), commitment)| PaidRecord {
                    id: RedemptionId::new(*id),
                    amount: Amount::from_sat(*amount),
                    commitment: B256::from(*commitment),
                })
                .collect(),
            swept: record.swept.iter().map(|id| B256::from(*id).into()).collect(),
            unbacked: record.unbacked.iter().map(|id| B256::from(*id).into()).collect(),
            rotated: record.rotated,
        };
        // What the type has no room for is not there: an output of a spend that does not conform.
        (read.to_token() == record.into_token()).then_some(read)
    }
}
