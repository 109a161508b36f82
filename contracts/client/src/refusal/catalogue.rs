//! One variant per custom error of the contract, in the order of the checks.

use farbank_types::bitcoin::{Amount, BlockHash, CompactTarget, ScriptBuf};
use farbank_types::{
    BitcoinHeight, BlockCount, Bytes, DepositId, EvmAddress, RedemptionId, UnixTime, Work, B256,
};

use super::values::{FromAbi, ParameterName, RefusalValue, ShapeFault, ToReport as _};
use crate::bindings::{bridge, fbtc, BridgeErrors, FBTCErrors};

refusals! {
    bridge {
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
        /// the block has another height than the one it is to stand in for.
        WrongHeight {
            /// Its height.
            height: BitcoinHeight,
            /// Height that is needed.
            expected: BitcoinHeight,
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
            /// The deposit.
            id: DepositId,
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
        /// mints and new redemptions are paused.
        Paused {
            /// When the pause ends by itself.
            until: UnixTime,
        }
        /// more is owed than custody and unswept deposits hold.
        Insolvent {
            /// Supply and unpaid redemptions.
            left: Amount,
            /// Custody and unswept deposits.
            right: Amount,
        }
        /// no such deposit is minted and unswept.
        NothingToDisown {
            /// The deposit.
            id: DepositId,
        }
        /// the best chain holds the very block that is said to have left it.
        SameBlock {
            /// Its hash.
            hash: BlockHash,
        }
        /// the deposit cannot be reclaimed yet.
        NotYetReclaimable {
            /// Height of the best chain.
            tip: BitcoinHeight,
            /// First height of a block that can hold the reclaim.
            height: BitcoinHeight,
        }
        /// the deposit is not that close to its reclaim.
        NoUnsweptAlarm {
            /// Height of the best chain.
            tip: BitcoinHeight,
            /// Height from which the deposit raises an alarm.
            height: BitcoinHeight,
        }
        /// the script is none of P2PKH, P2SH, P2WPKH, P2WSH and P2TR.
        UnsupportedScript {
            /// The script.
            script: ScriptBuf,
        }
        /// the script pays the federation itself.
        FederationScript {
            /// The federation's x-only key.
            key: B256,
        }
        /// after the greatest fee the payout would be dust for its script.
        DustPayout {
            /// What would be paid at least.
            payout: Amount,
            /// Least value that Bitcoin's nodes relay.
            dust: Amount,
        }
        /// the amount is smaller than the least that is redeemed.
        RedemptionTooSmall {
            /// The amount.
            amount: Amount,
            /// Least amount.
            floor: Amount,
        }
        /// the amount is greater than one redemption may be.
        RedemptionTooLarge {
            /// The amount.
            amount: Amount,
            /// Greatest amount.
            cap: Amount,
        }
        /// the greatest fee is below its floor; a raised one has to pass the one before.
        MaxFeeTooLow {
            /// The fee.
            max_fee: Amount,
            /// Least fee.
            floor: Amount,
        }
        /// only whoever requested a redemption may raise its fee.
        NotRequester {
            /// Who tried.
            caller: EvmAddress,
        }
        /// no unpaid redemption has this id, fee and script.
        UnknownRedemption {
            /// Its id.
            id: RedemptionId,
        }
        /// the transaction does not spend the proven custody output; its first input has to.
        CustodyInputMismatch {}
        /// the transaction is not of the custody transactions' shape.
        CustodyShape {
            /// What does not fit.
            reason: ShapeFault,
        }
        /// the payout exceeds the amount, or stays below it by more than the greatest fee.
        PayoutMismatch {
            /// The redemption.
            id: RedemptionId,
        }
        /// the ids do not ascend, or the transaction commits to others.
        IdsMismatch {}
        /// the spend has the shape of a custody transaction and still has time to be proven.
        ConformingSpend {}
        /// the record is not the newest one.
        NotNewestRecord {}
        /// the key is no x-only key, or the current one.
        KeyOutOfRange {
            /// The key.
            key: B256,
        }
        /// the registered key is usable already: nothing replaces it any more.
        KeyPending {
            /// The registered key.
            key: B256,
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
    token {
        /// the account holds less fBTC than it redeems.
        ERC20InsufficientBalance {
            /// The account.
            sender: EvmAddress,
            /// What it holds.
            balance: Amount,
            /// What it redeems.
            needed: Amount,
        }
    }
}
