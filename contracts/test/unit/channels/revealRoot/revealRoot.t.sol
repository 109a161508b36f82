// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IReveals} from "../../../../src/interfaces/IReveals.sol";
import {IChannelsErrors} from "../../../../src/interfaces/IChannelsErrors.sol";
import {ChannelFixture} from "../../../utils/ChannelFixture.sol";
import {TypedData} from "../../../utils/TypedData.sol";

contract RevealRootTest is ChannelFixture {
    function test_RevertWhen_ThereAreNoPreimages() external {
        vm.expectRevert(abi.encodeWithSelector(IChannelsErrors.Empty.selector));
        channels.revealRoot(new bytes32[](0));
    }

    function test_WhenThePreimagesAreNew(uint256 count) external {
        bytes32[] memory preimages = _preimages(_bound(count, 1, 20));
        bytes32[] memory leaves = new bytes32[](preimages.length);
        for (uint256 i = 0; i < leaves.length; ++i) {
            leaves[i] = keccak256(abi.encode(_hash(i)));
        }
        bytes32 expected = TypedData.rootOf(leaves);
        // it should emit root and preimages
        vm.expectEmit(true, false, false, true, address(channels));
        emit IReveals.RootRevealed(expected, preimages);
        bytes32 root = channels.revealRoot(preimages);
        vm.assertEq(root, expected, "root");
        // it should keep the time by the root
        vm.assertEq(channels.rootRevealedAt(root), START_TIME, "time");
        // it should reveal no hash by itself
        vm.assertEq(channels.revealedAt(_hash(0)), 0, "hash");
    }

    function test_WhenTheyWereRevealedBefore() external {
        bytes32 root = channels.revealRoot(_preimages(3));
        vm.warp(START_TIME + 1);
        vm.recordLogs();
        vm.assertEq(channels.revealRoot(_preimages(3)), root, "root");
        // it should keep the first time
        vm.assertEq(channels.rootRevealedAt(root), START_TIME, "time");
        // it should not emit them again
        vm.assertEq(vm.getRecordedLogs().length, 0, "events");
    }

    function test_WhenTheyAreInAnotherOrder() external {
        bytes32[] memory preimages = _preimages(3);
        bytes32 root = channels.revealRoot(preimages);
        (preimages[0], preimages[1]) = (preimages[1], preimages[0]);
        // it should have another root
        vm.assertTrue(channels.revealRoot(preimages) != root, "root");
    }

    function _preimages(uint256 count) private pure returns (bytes32[] memory preimages) {
        preimages = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            preimages[i] = _preimage(i);
        }
    }
}
