// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IChannelSettlement} from "../../../../src/interfaces/IChannelSettlement.sol";
import {IChannelsErrors} from "../../../../src/interfaces/IChannelsErrors.sol";
import {SettleItem, Signature} from "../../../../src/types/ChannelTypes.sol";
import {BatchFixture} from "../../../utils/BatchFixture.sol";
import {TypedData} from "../../../utils/TypedData.sol";

contract SettleFromBatchTest is BatchFixture {
    function test_RevertWhen_TheDeadlineHasPassed() external {
        SettleItem[] memory items = _items(3);
        bytes32[] memory branch = _branchOf(items, 1);
        Signature memory hub = _hubSignature(items);
        vm.warp(DEADLINE + 1);
        vm.expectRevert(abi.encodeWithSelector(IChannelsErrors.DeadlinePassed.selector, DEADLINE, DEADLINE + 1));
        channels.settleFromBatch(items[1], branch, 1, 3, DEADLINE, hub);
    }

    function test_RevertWhen_ThePositionIsNotBelowTheNumberOfItems(uint256 index) external {
        SettleItem[] memory items = _items(3);
        index = _bound(index, 3, type(uint256).max);
        _malformed(items, _branchOf(items, 1), index, 3);
        _malformed(items, _branchOf(items, 1), index, index);
        _malformed(items, _branchOf(items, 1), 1, 2 ** 32 + 1);
    }

    function test_RevertWhen_TheBranchHasAnotherLength() external {
        SettleItem[] memory items = _items(5);
        bytes32[] memory branch = _branchOf(items, 1);
        _malformed(items, new bytes32[](0), 1, 5);
        _malformed(items, new bytes32[](branch.length + 1), 1, 5);
        _malformed(items, branch, 4, 5);
    }

    function test_RevertWhen_TheItemOrItsBranchIsAnotherOne(uint256 which, uint256 level, uint256 bit) external {
        SettleItem[] memory items = _items(CLIENTS);
        which = _bound(which, 0, CLIENTS - 1);
        bytes32[] memory branch = _branchOf(items, which);
        Signature memory hub = _hubSignature(items);
        level = _bound(level, 0, branch.length - 1);
        branch[level] ^= bytes32(2 ** _bound(bit, 0, 255));
        // Another root is another digest: whoever signed that, it is no party.
        (bool success, bytes memory reason) = address(channels)
            .call(abi.encodeCall(channels.settleFromBatch, (items[which], branch, which, CLIENTS, DEADLINE, hub)));
        vm.assertFalse(success, "settled");
        vm.assertEq(bytes32(bytes4(reason)), bytes32(IChannelsErrors.NotHub.selector), "reason");
        vm.assertEq(channels.channel(ids[which]).settleSeq, 0, "number");
    }

    function test_RevertWhen_TheSettleIsRefused() external {
        SettleItem[] memory items = _items(2);
        items[1].client = items[0].client;
        bytes4 name = IChannelsErrors.WrongSigner.selector;
        bytes memory reason = abi.encodeWithSelector(name, _recover(items[1]), client(1));
        Signature memory hub = _hubSignature(items);
        bytes32[] memory branch = _branchOf(items, 1);
        vm.expectRevert(reason);
        channels.settleFromBatch(items[1], branch, 1, 2, DEADLINE, hub);
    }

    function test_WhenTheClientPostsItsOwnItem(uint256 count, uint256 which) external {
        SettleItem[] memory items = _items(_bound(count, 1, CLIENTS));
        which = _bound(which, 0, items.length - 1);
        Signature memory hub = _hubSignature(items);
        bytes32[] memory branch = _branchOf(items, which);
        vm.prank(client(which));
        channels.settleFromBatch(items[which], branch, which, items.length, DEADLINE, hub);
        // it should settle it
        vm.assertEq(token.balanceOf(client(which)), WEALTH - FUNDS + CLIENT_OUT, "paid");
        // it should be refused in the batch after
        bytes memory reason = abi.encodeWithSelector(IChannelsErrors.StaleSettle.selector, 1, 1);
        vm.expectEmit(true, false, false, true, address(channels));
        emit IChannelSettlement.SettleSkipped(ids[which], reason);
        channels.settleBatch(items, DEADLINE, hub);
        vm.assertEq(token.balanceOf(client(which)), WEALTH - FUNDS + CLIENT_OUT, "paid twice");
    }

    function _malformed(SettleItem[] memory items, bytes32[] memory branch, uint256 index, uint256 count) private {
        Signature memory hub = _hubSignature(items);
        vm.expectRevert(abi.encodeWithSelector(IChannelsErrors.BranchMalformed.selector, index, count));
        channels.settleFromBatch(items[1], branch, index, count, DEADLINE, hub);
    }

    function _branchOf(SettleItem[] memory items, uint256 index) private pure returns (bytes32[] memory) {
        return TypedData.branch(_leaves(items), index);
    }
}
