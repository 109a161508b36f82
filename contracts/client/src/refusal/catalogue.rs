//! One variant per custom error of the contract, in the order of the checks.

use farbank_types::bitcoin::{Amount, BlockHash, CompactTarget};
use farbank_types::{BitcoinHeight, BlockCount, Bytes, EvmAddress, UnixTime, Work, B256};

use super::values::{FromAbi, ParameterName, RefusalValue, ToReport as _};
use crate::bindings::{bridge, BridgeErrors};

macro_rules! refusals {
    ($(
        #[doc = $meaning:literal]
        $name:ident { $($(#[$field_doc:meta])* $field:ident: $unit:ty,)* }
    )*) => {
        /// Why the bridge refuses a call. Values carry the names of the contract's arguments.
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum BridgeRefusal {
            $(
                #[doc = $meaning]
                $name { $($(#[$field_doc])* $field: $unit,)* },
            )*
            /// Reverted with data that is no known refusal: another contract, another version, or an
            /// execution that ran out of gas.
            Unknown {
                /// What the execution returned; the first four bytes are the selector, if any.
                data: Bytes,
            },
        }

        impl BridgeRefusal {
            /// Returns the name that the contract uses.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self {
                    $(Self::$name { .. } => stringify!($name),)*
                    Self::Unknown { .. } => "Unknown",
                }
            }

            /// Returns the values with the names of the arguments, in their order.
            #[must_use]
            pub fn values(&self) -> Vec<(&'static str, RefusalValue)> {
                match self {
                    $(Self::$name { $($field),* } => {
                        vec![$((stringify!($field), $field.to_report())),*]
                    })*
                    Self::Unknown { data } => vec![("data", RefusalValue::Text(data.to_string()))],
                }
            }

            /// Returns what the refusal means: a clause, with a space in front.
            pub(super) const fn meaning(&self) -> &'static str {
                match self {
                    $(Self::$name { .. } => $meaning,)*
                    Self::Unknown { .. } => " reverted without a reason known here.",
                }
            }

            pub(super) fn from_binding(error: BridgeErrors) -> Option<Self> {
                match error {
                    $(BridgeErrors::$name(bridge::$name { $($field),* }) => {
                        Some(Self::$name { $($field: FromAbi::from_abi($field)?),* })
                    })*
                    BridgeErrors::RevertString(_) => None,
                }
            }
        }
    };
}

refusals! {
    /// the headers are not a whole, nonzero number of 80 bytes.
    CutOff {
        /// Bytes given.
        length: u64,
    }
    /// more headers than one segment or one branch may hold.
    TooManyHeaders {
        /// Headers given.
        count: u64,
        /// Headers allowed.
        max: u64,
    }
    /// the named segment is not stored, or its preimage is another one.
    UnknownSegment {
        /// Index named.
        index: u64,
    }
    /// the header does not name its predecessor.
    BadLink {
        /// Position of the header among those given.
        index: u64,
    }
    /// the header claims another difficulty than the network's rules give.
    BadBits {
        /// Position of the header among those given.
        index: u64,
        /// Target claimed.
        bits: CompactTarget,
        /// Target by the rules.
        expected: CompactTarget,
    }
    /// the header's hash is above its target.
    BadProofOfWork {
        /// Position of the header among those given.
        index: u64,
    }
    /// the header's time is not later than the median of the eleven before.
    TimeTooOld {
        /// Position of the header among those given.
        index: u64,
        /// Time claimed.
        time: UnixTime,
    }
    /// the header's time is more than two hours ahead.
    TimeTooNew {
        /// Position of the header among those given.
        index: u64,
        /// Time claimed.
        time: UnixTime,
        /// Latest time accepted.
        limit: UnixTime,
    }
    /// the branch does not have more work than the best chain.
    NotEnoughWork {
        /// Work of the branch, from the checkpoint on.
        work: Work,
        /// Work of the best chain, from the checkpoint on.
        tip_work: Work,
    }
    /// the transaction's index is not below 2^depth.
    IndexOutOfRange {
        /// Index claimed.
        index: u64,
        /// Levels of the tree.
        depth: u64,
    }
    /// the coinbase is no deposit.
    CoinbaseIndex {}
    /// transaction and coinbase are proved at different depths.
    BranchLengthMismatch {
        /// Nodes in the transaction's branch.
        branch: u64,
        /// Nodes in the coinbase's branch.
        coinbase_branch: u64,
    }
    /// a right child equals its left sibling (CVE-2012-2459).
    RepeatedSibling {
        /// Level of the pair, from the leaves up.
        level: u64,
    }
    /// the coinbase's branch does not lead to the block's Merkle root.
    CoinbaseNotIncluded {}
    /// the transaction's branch does not lead to the block's Merkle root.
    TransactionNotIncluded {}
    /// a transaction of 64 bytes could be an inner node of the tree.
    TransactionSize64 {}
    /// the transaction is not canonically serialised.
    TransactionMalformed {
        /// First byte that does not fit.
        offset: u64,
    }
    /// the transaction is serialised with its witness.
    WitnessSerialisation {}
    /// the transaction has no such output.
    OutputMissing {
        /// Output claimed.
        vout: u64,
        /// Outputs there are.
        outputs: u64,
    }
    /// the block is not part of the best chain that the contract knows.
    UnknownBlock {
        /// Its hash.
        hash: BlockHash,
    }
    /// the block lies not deep enough for the sum minted from it.
    TooShallow {
        /// Confirmations it has.
        confirmations: BlockCount,
        /// Confirmations it needs.
        needed: BlockCount,
    }
    /// the deposit was minted before.
    AlreadyMinted {
        /// Id of the deposit.
        id: B256,
    }
    /// the newest header is too old to mint on; post newer headers first.
    StaleTip {
        /// Time of the newest header.
        tip_time: UnixTime,
        /// Time of the side chain's block.
        now: UnixTime,
    }
    /// the depositor could reclaim the deposit before it is swept.
    TooCloseToReclaim {
        /// Height of the best chain.
        tip: BitcoinHeight,
        /// Last height at which it could be minted.
        latest: BitcoinHeight,
    }
    /// the output is not a taproot output.
    OutputNotTaproot {}
    /// the output's key commits to another recipient, fee, salt, key or action.
    DescriptorMismatch {}
    /// the deposit is smaller than the bridge accepts.
    AmountTooSmall {
        /// Value of the deposit.
        amount: Amount,
        /// Least value.
        floor: Amount,
    }
    /// the carrier fee exceeds the deposit.
    CarrierFeeTooHigh {
        /// Fee promised.
        carrier_fee: Amount,
        /// Value of the deposit.
        amount: Amount,
    }
    /// the sum minted from the newest 144 blocks would pass its cap; wait for blocks.
    MintCapExceeded {
        /// Sum with this claim.
        sum: Amount,
        /// Greatest sum.
        cap: Amount,
    }
    /// the value of unswept deposits would pass its cap; wait for a sweep.
    UnsweptValueExceeded {
        /// Sum with this claim.
        sum: Amount,
        /// Greatest sum.
        cap: Amount,
    }
    /// the number of unswept deposits would pass its cap; wait for a sweep.
    UnsweptCountExceeded {
        /// Number with this claim.
        count: u64,
        /// Greatest number.
        cap: u64,
    }
    /// a guardian has paused minting.
    MintingPaused {
        /// When the pause ends by itself.
        until: UnixTime,
    }
    /// the packed claims are cut off or carry bytes too many.
    ClaimMalformed {
        /// First byte that does not fit.
        offset: u64,
    }
    /// the action is longer than the bridge accepts.
    ActionTooLong {
        /// Bytes given.
        length: u64,
        /// Bytes allowed.
        max: u64,
    }
    /// only the guardian may do this.
    NotGuardian {
        /// Who tried.
        caller: EvmAddress,
    }
    /// only governance may do this.
    NotGovernance {
        /// Who tried.
        caller: EvmAddress,
    }
    /// a parameter of the deployment is outside its bounds.
    ParameterOutOfBounds {
        /// Which one.
        name: ParameterName,
    }
    /// the checkpoint is not a header of 80 bytes with a valid target and plausible times.
    BadCheckpoint {}
}
