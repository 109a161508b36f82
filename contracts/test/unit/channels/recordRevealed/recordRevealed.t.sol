// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IReveals} from "../../../../src/interfaces/IReveals.sol";
import {IChannelsErrors} from "../../../../src/interfaces/IChannelsErrors.sol";
import {RevealedHash} from "../../../../src/types/ChannelTypes.sol";
import {ChannelFixture} from "../../../utils/ChannelFixture.sol";
import {TypedData} from "../../../utils/TypedData.sol";

contract RecordRevealedTest is ChannelFixture {
    uint256 private constant COUNT = 11;
    uint64 private constant AT = START_TIME + 100;

    bytes32[] private _row;

    function setUp() public override {
        super.setUp();
        bytes32[] memory preimages = new bytes32[](COUNT);
        for (uint256 i = 0; i < COUNT; ++i) {
            preimages[i] = _preimage(i);
            _row.push(keccak256(abi.encode(_hash(i))));
        }
        vm.warp(AT);
        channels.revealRoot(preimages);
        vm.warp(AT + 100);
    }

    function test_RevertWhen_ThePositionIsNotBelowTheNumberOfPreimages(uint256 index) external {
        RevealedHash memory one = _revealed(1);
        one.index = _bound(index, COUNT, type(uint256).max);
        _refused(one, abi.encodeWithSelector(IChannelsErrors.BranchMalformed.selector, one.index, COUNT));
        one = _revealed(1);
        one.count = 2 ** 32 + 1;
        _refused(one, abi.encodeWithSelector(IChannelsErrors.BranchMalformed.selector, 1, one.count));
    }

    function test_RevertWhen_TheBranchHasAnotherLength() external {
        RevealedHash memory one = _revealed(1);
        one.branch = new bytes32[](one.branch.length + 1);
        _refused(one, abi.encodeWithSelector(IChannelsErrors.BranchMalformed.selector, 1, COUNT));
        one.branch = new bytes32[](0);
        _refused(one, abi.encodeWithSelector(IChannelsErrors.BranchMalformed.selector, 1, COUNT));
    }

    function test_RevertWhen_TheRootWasNotRevealed(uint256 which) external {
        RevealedHash memory one = _revealed(_bound(which, 0, COUNT - 1));
        one.hash = _hash(COUNT);
        (bool success, bytes memory reason) =
            address(channels).call(abi.encodeCall(channels.recordRevealed, (_single(one))));
        vm.assertFalse(success, "recorded");
        vm.assertEq(bytes32(bytes4(reason)), bytes32(IChannelsErrors.UnknownRoot.selector), "reason");
        vm.assertEq(channels.revealedAt(_hash(COUNT)), 0, "time");
    }

    /// @dev The parent of the first two leaves in a tree of half the size.
    function test_RevertWhen_AnInnerNodeIsShownAsAHash() external {
        RevealedHash memory one = _revealed(0);
        bytes32[] memory branch = new bytes32[](one.branch.length - 1);
        for (uint256 i = 0; i < branch.length; ++i) {
            branch[i] = one.branch[i + 1];
        }
        one.hash = keccak256(abi.encodePacked(_row[0], _row[1]));
        (one.count, one.branch) = ((COUNT + 1) / 2, branch);
        (bool success,) = address(channels).call(abi.encodeCall(channels.recordRevealed, (_single(one))));
        vm.assertFalse(success, "recorded");
        vm.assertEq(channels.revealedAt(one.hash), 0, "time");
    }

    function test_WhenTheHashWasRevealedUnderARoot() external {
        RevealedHash[] memory all = new RevealedHash[](COUNT);
        for (uint256 i = 0; i < COUNT; ++i) {
            all[i] = _revealed(i);
            // it should emit it
            vm.expectEmit(true, false, false, true, address(channels));
            emit IReveals.RevealRecorded(_hash(i), AT);
        }
        vm.prank(STRANGER);
        channels.recordRevealed(all);
        // it should keep the root's time
        for (uint256 i = 0; i < COUNT; ++i) {
            vm.assertEq(channels.revealedAt(_hash(i)), AT, "time");
        }
    }

    function test_WhenAnEarlierTimeIsKnown() external {
        vm.warp(AT - 1);
        channels.reveal(_preimage(1));
        vm.warp(AT + 100);
        vm.recordLogs();
        channels.recordRevealed(_single(_revealed(1)));
        // it should keep the earlier time
        vm.assertEq(channels.revealedAt(_hash(1)), AT - 1, "time");
        // it should emit nothing
        vm.assertEq(vm.getRecordedLogs().length, 0, "events");
    }

    /// @dev A late reveal by itself cannot void a timely one under a root.
    function test_WhenALaterTimeIsKnown() external {
        channels.reveal(_preimage(1));
        vm.assertEq(channels.revealedAt(_hash(1)), AT + 100, "late");
        channels.recordRevealed(_single(_revealed(1)));
        // it should keep the root's time
        vm.assertEq(channels.revealedAt(_hash(1)), AT, "time");
    }

    function _revealed(uint256 i) private view returns (RevealedHash memory) {
        return RevealedHash({hash: _hash(i), index: i, count: COUNT, branch: TypedData.branch(_row, i)});
    }

    function _single(RevealedHash memory one) private pure returns (RevealedHash[] memory all) {
        all = new RevealedHash[](1);
        all[0] = one;
    }

    function _refused(RevealedHash memory one, bytes memory reason) private {
        vm.expectRevert(reason);
        channels.recordRevealed(_single(one));
    }
}
