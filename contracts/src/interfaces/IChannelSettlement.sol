// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {CoopClose, Settle, SettleItem, Signature} from "../types/ChannelTypes.sol";

/// @title IChannelSettlement
/// @notice What both parties agree to: paying out in place, and closing without a challenge.
/// @dev Totals are cumulative and numbers only grow, so nothing pays twice. A party that is a contract signs by
/// ERC-1271: it is asked isValidSignature(digest, r || vs) with at most 50,000 gas and answers with one word. A payout
/// may take
/// 100,000 gas; one that fails is credited to the payee's vault.
interface IChannelSettlement {
    /// @notice Both sides have been paid these totals since the channel was opened, in payouts or to the vault.
    event Settled(bytes32 indexed id, uint64 settleSeq, uint128 totalOutA, uint128 totalOutB);

    /// @notice An item of a batch was left out. `reason` is the error, encoded, that `settle` would have reverted with,
    /// or `NotHub`.
    event SettleSkipped(bytes32 indexed id, bytes reason);

    /// @notice Pays both parties the difference of the totals to what they were paid before; the channel stays open.
    /// @param a A's signature.
    /// @param b B's signature.
    /// @dev Reverts, in this order, with `WrongPhase`, `StaleSettle`, `DeadlinePassed`, `TotalBelowWithdrawn`,
    /// `TotalsExceedFunding`, `HighS` or `WrongSigner`; with `GasTooLow` when a payout could want for gas.
    function settle(Settle calldata settle_, Signature calldata a, Signature calldata b) external;

    /// @notice Settles many channels of one hub. An item that is refused is skipped, the others are not.
    /// @param items Settles with the signature of each channel's other party.
    /// @param deadline Last second, as Unix time, in which the batch is taken.
    /// @param hub The hub's signature of Batch(bytes32 root,uint64 deadline). Root of a tree: leaf = struct hash of a
    /// settle, node = keccak256(left, right), an odd last node moves up unchanged.
    /// @dev Reverts with `Empty`, `DeadlinePassed`, `HighS`, `NotHub` (no key signed the batch) or `GasTooLow`.
    function settleBatch(SettleItem[] calldata items, uint64 deadline, Signature calldata hub) external;

    /// @notice Settles one channel of a batch that nobody posted.
    /// @param branch Siblings from the item's leaf upwards, without an entry where the node moves up unchanged.
    /// @param index Position of the item in the batch from zero.
    /// @param count Number of items in the batch.
    /// @dev Reverts with `DeadlinePassed`, `BranchMalformed`, `NotHub`, or as `settle` does. A branch that leads to
    /// another root makes the hub's signature another signer's.
    function settleFromBatch(
        SettleItem calldata item,
        bytes32[] calldata branch,
        uint256 index,
        uint256 count,
        uint64 deadline,
        Signature calldata hub
    )
        external;

    /// @notice Pays out all of a channel that is open or closing, and ends it.
    /// @param a A's signature.
    /// @param b B's signature.
    /// @dev Each side gets its total less what it was paid before, and what it was funded with beyond the signed
    /// figure. Reverts with `WrongPhase`, `DeadlinePassed`, `TotalsNotFunding`, `TotalBelowWithdrawn`,
    /// `FundingBelowSigned`,
    /// `HighS`, `WrongSigner` or `GasTooLow`.
    function cooperativeClose(CoopClose calldata coopClose, Signature calldata a, Signature calldata b) external;
}
