//! What one unit of work writes.

use core::fmt;

use bitcoin::Txid;
use farbank_bitcoin_light_client::BlockRef;
use farbank_types::{BitcoinHeight, EvmBlockNumber, B256};
use serde::{Deserialize, Serialize};

use crate::custody::{AttemptFacts, CustodyDuty, CustodySpend, CustodyState, Submission};
use crate::header_relay::{HeaderRelayDuty, HeaderRelayState, SegmentPlan};
use crate::peg_in::deposit_file::DepositAnnouncement;
use crate::peg_in::{DepositFacts, DepositId, DescriptorId, PegInDuty, PegInState};
use crate::peg_out::{PegOutState, Redemption};

/// Everything that one unit of work writes: all of it or nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// New descriptors; one that is known stays as it is.
    pub descriptors: Vec<DescriptorRecord>,
    /// How far blocks were searched, in this order.
    pub scans: Vec<ScanChange>,
    /// New states of deposits with the duties that hold in them.
    pub deposits: Vec<DepositChange>,
    /// Minted deposits that a block spends, or spends no more.
    pub sweeps: Vec<SweepChange>,
    /// New states of redemptions.
    pub redemptions: Vec<RedemptionRecord>,
    /// The contract's events up to this final block are in the record.
    pub events_read_to: Option<EvmBlockNumber>,
    /// New state of custody with its duties.
    pub custody: Option<CustodyChange>,
    /// Attempts to move custody, and those that cannot matter any more.
    pub attempts: Vec<AttemptChange>,
    /// New state of the header relay with its duties.
    pub header_relay: Option<HeaderRelayChange>,
    /// Transactions about to be sent, and those done with.
    pub intents: Vec<IntentChange>,
}

impl Changes {
    /// Returns whether there is nothing to write.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A descriptor that is watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescriptorRecord {
    /// Its name.
    pub id: DescriptorId,
    /// What was announced.
    pub announcement: DepositAnnouncement,
    /// Every block up to here was searched for it.
    pub scanned_to: BitcoinHeight,
}

/// How far blocks were searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScanChange {
    /// Blocks up to here hold no spend of custody: the deployment's checkpoint. Once in a record.
    CustodyStart(BitcoinHeight),
    /// This block was searched for every descriptor and for custody; those that had all blocks below
    /// it, and this one not, have it now.
    Scanned(BlockRef),
    /// Blocks above left the best chain and count as not searched; what they held of custody is
    /// unconfirmed, what they spent is unspent.
    Clipped {
        /// Newest block that stayed.
        fork: BitcoinHeight,
    },
}

/// A deposit as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DepositRecord {
    /// What never changes.
    pub facts: DepositFacts,
    /// What it waits for.
    pub state: PegInState,
}

/// A deposit's new state; its duties replace those of the state before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DepositChange {
    /// The deposit.
    pub record: DepositRecord,
    /// What is to be done while the state lasts.
    pub duties: Vec<PegInDuty>,
}

/// A deposit that is minted for good, and what became of its output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MintedDeposit {
    /// The deposit.
    pub record: DepositRecord,
    /// Height of the block of the best chain that spends it.
    pub spent_at: Option<BitcoinHeight>,
}

/// A minted deposit's output was spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SweepChange {
    /// The deposit.
    pub id: DepositId,
    /// Height of the block of the best chain that spends it.
    pub spent_at: BitcoinHeight,
}

/// A redemption as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedemptionRecord {
    /// What the contract committed to, in the final state once the request is final.
    pub redemption: Redemption,
    /// What it waits for.
    pub state: PegOutState,
}

/// The state of custody; its duties replace those of the state before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustodyChange {
    /// The state.
    pub state: CustodyState,
    /// What is to be done while it lasts.
    pub duties: Vec<CustodyDuty>,
}

/// A change of the record of attempts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttemptChange {
    /// A new one, durable before it is first broadcast, or one of which more is known.
    Put(AttemptFacts),
    /// Neither chain can bring it back.
    Forget(Txid),
}

/// The header relay's new state; its duties replace those of the state before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderRelayChange {
    /// The state.
    pub state: HeaderRelayState,
    /// What is to be done while it lasts.
    pub duties: Vec<HeaderRelayDuty>,
}

/// Name of an intent: the hash of its first signed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IntentId(B256);

impl IntentId {
    /// Wraps a transaction hash.
    #[must_use]
    pub const fn new(hash: B256) -> Self {
        Self(hash)
    }

    /// Returns the hash.
    #[must_use]
    pub const fn get(self) -> B256 {
        self.0
    }
}

impl fmt::Display for IntentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a side-chain transaction is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IntentPurpose {
    /// Mint these deposits.
    Claim(Vec<DepositId>),
    /// Store this segment.
    SubmitHeaders(SegmentPlan),
    /// Take this about a custody transaction.
    Custody(Submission, CustodySpend),
}

impl fmt::Display for IntentPurpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Claim(ids) => write!(f, "claim of {} deposits", ids.len()),
            Self::SubmitHeaders(segment) => {
                write!(f, "headers {} to {}", segment.first, segment.last)
            }
            Self::Custody(submission, spend) => {
                write!(f, "{} of custody transaction {}", submission.name(), spend.txid)
            }
        }
    }
}

/// A side-chain transaction that was signed, stored before it was first broadcast.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntentRecord {
    /// Its name.
    pub id: IntentId,
    /// What it is for.
    pub purpose: IntentPurpose,
    /// The signed attempts, in the encoding of whoever sends them.
    pub transaction: Vec<u8>,
}

/// A change of the record of intents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IntentChange {
    /// A new one, or one with another attempt.
    Put(IntentRecord),
    /// Its nonce is spent for good.
    Resolved(IntentId),
}
