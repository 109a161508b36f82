// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {ChannelsBase} from "./ChannelsBase.sol";
import {IChannelSettlement} from "./interfaces/IChannelSettlement.sol";
import {ChannelHashes} from "./libraries/ChannelHashes.sol";
import {KeccakTree} from "./libraries/KeccakTree.sol";
import {Refusals} from "./libraries/Refusals.sol";
import {Signatures} from "./libraries/Signatures.sol";
import {ChannelRecord, ChannelState} from "./storage/ChannelRecord.sol";
import {CoopClose, Phase, Settle, SettleItem, Signature} from "./types/ChannelTypes.sol";

/// @title ChannelSettlement
/// @notice See {IChannelSettlement}.
abstract contract ChannelSettlement is ChannelsBase {
    using ChannelHashes for CoopClose;
    using ChannelHashes for Settle;
    using Refusals for bytes;

    /// @inheritdoc IChannelSettlement
    function settle(Settle calldata settle_, Signature calldata a, Signature calldata b) external nonReentrant {
        ChannelRecord storage record = _channels[settle_.id];
        ChannelState memory state = record.load();
        _refusal(state, settle_).raise();
        bytes32 digest = _hashTypedDataV4(settle_.hash());
        Signatures.check(digest, a, state.partyA).raise();
        Signatures.check(digest, b, state.partyB).raise();
        _settle(record, state, settle_);
    }

    /// @inheritdoc IChannelSettlement
    function settleBatch(SettleItem[] calldata items, uint64 deadline, Signature calldata hub) external nonReentrant {
        _requireBefore(deadline);
        (bytes32[] memory hashes, bytes32 root) = _hashesOf(items);
        address signer = _hubOf(root, deadline, hub);
        for (uint256 i = 0; i < items.length; ++i) {
            bytes memory refusal = _settleItem(items[i], hashes[i], signer);
            if (refusal.length != 0) emit SettleSkipped(items[i].settle.id, refusal);
        }
    }

    /// @inheritdoc IChannelSettlement
    function settleFromBatch(
        SettleItem calldata item,
        bytes32[] calldata branch,
        uint256 index,
        uint256 count,
        uint64 deadline,
        Signature calldata hub
    )
        external
        nonReentrant
    {
        _requireBefore(deadline);
        bytes32 structHash = item.settle.hash();
        bytes32 root = _rootFrom(structHash, index, count, branch);
        _settleItem(item, structHash, _hubOf(root, deadline, hub)).raise();
    }

    /// @inheritdoc IChannelSettlement
    function cooperativeClose(
        CoopClose calldata coopClose,
        Signature calldata a,
        Signature calldata b
    )
        external
        nonReentrant
    {
        bytes32 id = coopClose.id;
        ChannelRecord storage record = _channels[id];
        ChannelState memory state = record.load();
        if (state.phase != Phase.Open && state.phase != Phase.Closing) revert WrongPhase(id, state.phase);
        _requireBefore(coopClose.deadline);
        uint256 totals = uint256(coopClose.totalOutA) + coopClose.totalOutB;
        uint256 funded = uint256(coopClose.fundedA) + coopClose.fundedB;
        if (totals != funded) revert TotalsNotFunding(totals, funded);
        uint256 paidA = _share(coopClose.totalOutA, state.withdrawnA, coopClose.fundedA, state.fundedA);
        uint256 paidB = _share(coopClose.totalOutB, state.withdrawnB, coopClose.fundedB, state.fundedB);
        bytes32 digest = _hashTypedDataV4(coopClose.hash());
        Signatures.check(digest, a, state.partyA).raise();
        Signatures.check(digest, b, state.partyB).raise();
        _end(record, state, id, paidA, paidB, coopClose.toVault);
    }

    /// @dev What is due to a side at a cooperative close.
    function _share(uint256 totalOut, uint256 withdrawn, uint256 signed, uint256 funded)
        private
        pure
        returns (uint256)
    {
        if (totalOut < withdrawn) revert TotalBelowWithdrawn(totalOut, withdrawn);
        if (funded < signed) revert FundingBelowSigned(funded, signed);
        return totalOut - withdrawn + (funded - signed);
    }

    /// @dev Settles an item of a batch that `hub` signed, or says why not.
    function _settleItem(
        SettleItem calldata item,
        bytes32 structHash,
        address hub
    )
        private
        returns (bytes memory refusal)
    {
        ChannelRecord storage record = _channels[item.settle.id];
        ChannelState memory state = record.load();
        refusal = _refusal(state, item.settle);
        if (refusal.length != 0) return refusal;
        if (hub != state.partyA && hub != state.partyB) return abi.encodeWithSelector(NotHub.selector, hub);
        address client = hub == state.partyA ? state.partyB : state.partyA;
        refusal = Signatures.check(_hashTypedDataV4(structHash), item.client, client);
        if (refusal.length == 0) _settle(record, state, item.settle);
    }

    /// @dev Pays what a settle adds to the totals. It is not refused, and signed.
    function _settle(ChannelRecord storage record, ChannelState memory state, Settle calldata settle_) private {
        (uint64 seq, uint128 outA, uint128 outB) = (settle_.settleSeq, settle_.totalOutA, settle_.totalOutB);
        record.settle(state, seq, outA, outB);
        emit Settled(settle_.id, seq, outA, outB);
        _payBoth(state, outA - state.withdrawnA, outB - state.withdrawnB, settle_.toVault);
    }

    /// @dev Who signed a batch.
    function _hubOf(bytes32 root, uint64 deadline, Signature calldata hub) private view returns (address signer) {
        signer = Signatures.recover(_hashTypedDataV4(ChannelHashes.batch(root, deadline)), hub);
        if (signer == address(0)) revert NotHub(signer);
    }

    /// @dev Why a settle is refused, signatures apart; empty when it is not.
    function _refusal(ChannelState memory state, Settle calldata settle_) private view returns (bytes memory refusal) {
        if (state.phase != Phase.Open) return abi.encodeWithSelector(WrongPhase.selector, settle_.id, state.phase);
        uint256 seq = settle_.settleSeq;
        if (seq <= state.settleSeq) return abi.encodeWithSelector(StaleSettle.selector, seq, state.settleSeq);
        if (block.timestamp > settle_.deadline) {
            return abi.encodeWithSelector(DeadlinePassed.selector, settle_.deadline, block.timestamp);
        }
        (uint256 outA, uint256 outB) = (settle_.totalOutA, settle_.totalOutB);
        (uint256 fromA, uint256 fromB) = (state.withdrawnA, state.withdrawnB);
        if (outA < fromA) return abi.encodeWithSelector(TotalBelowWithdrawn.selector, outA, fromA);
        if (outB < fromB) return abi.encodeWithSelector(TotalBelowWithdrawn.selector, outB, fromB);
        uint256 funded = state.fundedA + state.fundedB;
        if (outA + outB > funded) return abi.encodeWithSelector(TotalsExceedFunding.selector, outA + outB, funded);
    }

    /// @dev Struct hashes of a batch's settles and the root over them.
    function _hashesOf(SettleItem[] calldata items) private pure returns (bytes32[] memory hashes, bytes32 root) {
        uint256 count = items.length;
        if (count == 0) revert Empty();
        hashes = new bytes32[](count);
        bytes32[] memory nodes = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            nodes[i] = hashes[i] = items[i].settle.hash();
        }
        root = KeccakTree.root(nodes);
    }
}
