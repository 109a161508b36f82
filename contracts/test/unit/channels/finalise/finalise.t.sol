// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IChannelDispute} from "../../../../src/interfaces/IChannelDispute.sol";
import {IChannelsErrors} from "../../../../src/interfaces/IChannelsErrors.sol";
import {Direction, Phase} from "../../../../src/types/ChannelTypes.sol";
import {ChannelFixture} from "../../../utils/ChannelFixture.sol";

contract FinaliseTest is ChannelFixture {
    bytes32 private _id;

    function setUp() public override {
        super.setUp();
        _id = _open();
    }

    function test_RevertGiven_TheChannelIsNotClosing() external {
        bytes4 name = IChannelsErrors.WrongPhase.selector;
        _refused("unknown", _nothing(), _nothing(), abi.encodeWithSelector(name, bytes32("unknown"), Phase.None));
        _refused(_id, _nothing(), _nothing(), abi.encodeWithSelector(name, _id, Phase.Open));
        _close(_id);
        _endChallenge(_id);
        channels.finalise(_id, _nothing(), _nothing());
        _refused(_id, _nothing(), _nothing(), abi.encodeWithSelector(name, _id, Phase.Closed));
    }

    function test_RevertWhen_TheChallengeRunsStill() external {
        _close(_id);
        uint256 closeAt = START_TIME + CHALLENGE;
        vm.warp(closeAt);
        bytes4 name = IChannelsErrors.ChallengeRunning.selector;
        _refused(_id, _nothing(), _nothing(), abi.encodeWithSelector(name, closeAt, closeAt));
        vm.warp(closeAt + 1);
        channels.finalise(_id, _nothing(), _nothing());
    }

    function test_RevertWhen_ADirectionIsNotWhatWasPosted() external {
        bytes memory leaves = _leaf(1, 100, START_TIME + 1 hours, _hash(1));
        _closeByA(_id, _proof(_id, false, 1, 50, leaves));
        _endChallenge(_id);
        _mismatch(_nothing(), _nothing(), false);
        _mismatch(_nothing(), _direction(50, ""), false);
        _mismatch(_nothing(), _direction(51, leaves), false);
        _mismatch(_nothing(), _direction(50, bytes.concat(leaves, leaves)), false);
        leaves[63] ^= 0x01;
        _mismatch(_nothing(), _direction(50, leaves), false);
    }

    function test_RevertWhen_ADirectionWasNotPostedAndIsNotEmpty() external {
        _close(_id);
        _endChallenge(_id);
        _mismatch(_direction(1, ""), _nothing(), true);
        _mismatch(_nothing(), _direction(0, _leaf(1, 1, 1, 0)), false);
    }

    function test_RevertWhen_TheLeavesAreCutOff() external {
        bytes memory leaves = new bytes(63);
        _closeByA(_id, _proof(_id, false, 1, 50, leaves));
        _endChallenge(_id);
        bytes memory reason = abi.encodeWithSelector(IChannelsErrors.LeavesCutOff.selector, 63);
        _refused(_id, _nothing(), _direction(50, leaves), reason);
    }

    function test_RevertWhen_ThereAreMoreThan256Locks() external {
        bytes memory leaves;
        for (uint64 i = 0; i < 257; ++i) {
            leaves = bytes.concat(leaves, _leaf(i, 1, START_TIME + CHALLENGE, _hash(1)));
        }
        bytes memory fewer = new bytes(256 * 64);
        for (uint256 i = 0; i < fewer.length; ++i) {
            fewer[i] = leaves[i];
        }
        _closeByA(_id, _proof(_id, false, 1, 50, leaves));
        _counter(_proof(_id, true, 1, 0, fewer));
        channels.reveal(_preimage(1));
        _endChallenge(_id);
        bytes memory reason = abi.encodeWithSelector(IChannelsErrors.TooManyLocks.selector, 257, 256);
        _refused(_id, _direction(0, fewer), _direction(50, leaves), reason);
        // A newer proof would have helped; here both agree.
        _coopCloseLate();
    }

    function test_RevertWhen_TheLocksDoNotAscend() external {
        bytes memory leaves = bytes.concat(_leaf(7, 1, 1, 0), _leaf(7, 1, 1, 0));
        _closeByA(_id, _proof(_id, false, 1, 50, leaves));
        bytes memory descending = bytes.concat(_leaf(8, 1, 1, 0), _leaf(0, 1, 1, 0));
        _counter(_proof(_id, true, 1, 50, descending));
        _endChallenge(_id);
        bytes4 name = IChannelsErrors.LocksNotAscending.selector;
        _refused(_id, _direction(50, descending), _direction(50, leaves), abi.encodeWithSelector(name, 0));
    }

    function test_WhenNothingWasPosted(uint128 fundsA, uint128 fundsB) external {
        (fundsA, fundsB) = (uint128(_bound(fundsA, 0, WEALTH / 2)), uint128(_bound(fundsB, 0, WEALTH / 2)));
        bytes32 id = _open("another", fundsA, fundsB);
        _close(id);
        _endChallenge(id);
        channels.finalise(id, _nothing(), _nothing());
        // it should return the funding
        vm.assertEq(token.balanceOf(partyA), WEALTH - FUNDS, "A");
        vm.assertEq(token.balanceOf(partyB), WEALTH - FUNDS, "B");
    }

    function test_WhenProofsWerePosted(uint128 sentA, uint128 sentB) external {
        sentA = uint128(_bound(sentA, 0, FUNDS));
        sentB = uint128(_bound(sentB, 0, FUNDS));
        _closeByA(_id, _proof(_id, false, 3, sentB));
        _counter(_proof(_id, true, 9, sentA));
        _endChallenge(_id);
        // it should emit what they got
        vm.expectEmit(true, false, false, true, address(channels));
        emit IChannelDispute.Closed(_id, FUNDS - sentA + sentB, FUNDS - sentB + sentA);
        channels.finalise(_id, _direction(sentA, ""), _direction(sentB, ""));
        // it should pay by the formula
        vm.assertEq(token.balanceOf(partyA), WEALTH - sentA + sentB, "A");
        vm.assertEq(token.balanceOf(partyB), WEALTH - sentB + sentA, "B");
        // it should leave a tombstone
        _assertTombstone(_id);
    }

    function test_WhenAPartyOwesMoreThanItHas(uint128 sent, bool fromA) external {
        sent = uint128(_bound(sent, FUNDS, type(uint128).max));
        _close(_id);
        _counter(_proof(_id, fromA, 1, sent));
        _endChallenge(_id);
        if (fromA) channels.finalise(_id, _direction(sent, ""), _nothing());
        else channels.finalise(_id, _nothing(), _direction(sent, ""));
        // it should pay the other no more than the pot
        vm.assertEq(token.balanceOf(partyA), fromA ? WEALTH - FUNDS : WEALTH + FUNDS, "A");
        vm.assertEq(token.balanceOf(partyB), fromA ? WEALTH + FUNDS : WEALTH - FUNDS, "B");
    }

    function test_WhenBothSidesWereSettledBefore(uint128 outA, uint128 outB, uint128 sent) external {
        sent = uint128(_bound(sent, 0, FUNDS));
        outA = uint128(_bound(outA, 0, FUNDS - sent));
        outB = uint128(_bound(outB, 0, FUNDS + sent));
        _settle(_settlement(_id, 1, outA, outB));
        _close(_id);
        _counter(_proof(_id, true, 1, sent));
        _endChallenge(_id);
        channels.finalise(_id, _direction(sent, ""), _nothing());
        // it should pay the rest
        vm.assertEq(token.balanceOf(partyA), WEALTH - sent, "A");
        vm.assertEq(token.balanceOf(partyB), WEALTH + sent, "B");
    }

    function test_WhenAnyoneFinalises(address caller) external {
        _close(_id);
        _endChallenge(_id);
        vm.prank(caller);
        channels.finalise(_id, _nothing(), _nothing());
        // it should pay the parties
        vm.assertEq(token.balanceOf(partyA), WEALTH, "A");
        vm.assertEq(token.balanceOf(partyB), WEALTH, "B");
    }

    /// @dev The parties end by agreement what cannot be finalised.
    function _coopCloseLate() private {
        vm.warp(START_TIME);
        _coopClose(_coop(_id, FUNDS, FUNDS));
        _assertTombstone(_id);
    }

    function _mismatch(Direction memory fromA, Direction memory fromB, bool which) private {
        _refused(_id, fromA, fromB, abi.encodeWithSelector(IChannelsErrors.DirectionMismatch.selector, which));
    }

    function _refused(bytes32 id, Direction memory fromA, Direction memory fromB, bytes memory reason) private {
        vm.expectRevert(reason);
        channels.finalise(id, fromA, fromB);
    }
}
