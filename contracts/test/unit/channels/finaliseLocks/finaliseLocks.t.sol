// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {RevealedHash} from "../../../../src/types/ChannelTypes.sol";
import {ChannelFixture} from "../../../utils/ChannelFixture.sol";
import {TypedData} from "../../../utils/TypedData.sol";

/// @notice Which locks are paid, in a channel that A closes with B's proof.
contract FinaliseLocksTest is ChannelFixture {
    uint128 private constant LOCKED = 1000;
    uint64 private constant EXPIRY = START_TIME + 2 hours;
    uint64 private constant CLOSE_AT = START_TIME + CHALLENGE;

    bytes32 private _id;

    function setUp() public override {
        super.setUp();
        _id = _open();
    }

    function test_WhenThePreimageWasRevealedByTheExpiry(uint64 at) external {
        _revealAt(_bound(at, 1, EXPIRY));
        // it should pay the lock
        vm.assertEq(_paid(_leaf(1, LOCKED, EXPIRY, _hash(1))), LOCKED, "paid");
    }

    function test_WhenThePreimageWasRevealedAfterTheExpiry(uint64 at) external {
        _revealAt(_bound(at, EXPIRY + 1, CLOSE_AT + 1 days));
        // it should not pay the lock
        vm.assertEq(_paid(_leaf(1, LOCKED, EXPIRY, _hash(1))), 0, "paid");
    }

    function test_WhenTheExpiryIsAfterTheChallenge(uint64 at, uint64 expiry) external {
        expiry = uint64(_bound(expiry, CLOSE_AT, type(uint64).max));
        at = uint64(_bound(at, 1, CLOSE_AT + 1 days));
        _revealAt(at);
        // it should pay what was revealed within the challenge only
        vm.assertEq(_paid(_leaf(1, LOCKED, expiry, _hash(1))), at <= CLOSE_AT ? LOCKED : 0, "paid");
    }

    function test_WhenThePreimageWasNeverRevealed(uint64 expiry) external {
        channels.reveal(_preimage(2));
        // it should not pay the lock
        vm.assertEq(_paid(_leaf(1, LOCKED, expiry, _hash(1))), 0, "paid");
    }

    function test_WhenTheHashIsOf31Or33Bytes() external {
        // What a reveal takes is one word, whatever is sent behind it; less is no call at all.
        bytes memory preimage = abi.encodePacked(_preimage(1));
        bytes memory long = bytes.concat(preimage, hex"00");
        bytes memory short = new bytes(31);
        for (uint256 i = 0; i < 31; ++i) {
            short[i] = preimage[i];
        }
        (bool success,) = address(channels).call(abi.encodePacked(channels.reveal.selector, short));
        vm.assertFalse(success, "31 bytes");
        (success,) = address(channels).call(abi.encodePacked(channels.reveal.selector, long));
        vm.assertEq(channels.revealedAt(sha256(short)), 0, "short");
        vm.assertEq(channels.revealedAt(sha256(long)), 0, "long");
        bytes memory leaves =
            bytes.concat(_leaf(1, LOCKED, EXPIRY, sha256(short)), _leaf(2, LOCKED, EXPIRY, sha256(long)));
        // it should not pay the lock
        vm.assertEq(_paid(leaves), 0, "paid");
    }

    function test_WhenTheHashIsInARootAlone() external {
        bytes32[] memory preimages = new bytes32[](1);
        preimages[0] = _preimage(1);
        channels.revealRoot(preimages);
        uint256 snapshot = vm.snapshotState();
        bytes memory leaf = _leaf(1, LOCKED, EXPIRY, _hash(1));
        // it should not pay the lock
        vm.assertEq(_paid(leaf), 0, "not recorded");
        vm.revertToState(snapshot);
        // Late, yet before it is finalised: the root's time counts.
        vm.warp(CLOSE_AT);
        RevealedHash[] memory hashes = new RevealedHash[](1);
        hashes[0] = RevealedHash({hash: _hash(1), index: 0, count: 1, branch: new bytes32[](0)});
        channels.recordRevealed(hashes);
        vm.assertEq(_paid(leaf), LOCKED, "recorded");
    }

    function test_WhenTwoLocksHaveOneHash() external {
        channels.reveal(_preimage(1));
        bytes memory leaves = bytes.concat(
            _leaf(0, LOCKED, EXPIRY, _hash(1)),
            _leaf(1, 7, START_TIME - 1, _hash(1)),
            _leaf(type(uint64).max, LOCKED, EXPIRY, _hash(1))
        );
        // it should pay both
        vm.assertEq(_paid(leaves), 2 * LOCKED, "paid");
    }

    function test_WhenLocksOfBothDirectionsPay(uint128 ofA, uint128 ofB) external {
        (ofA, ofB) = (uint128(_bound(ofA, 0, FUNDS / 2)), uint128(_bound(ofB, 0, FUNDS / 2)));
        bytes memory leavesA = bytes.concat(_leaf(1, ofA, EXPIRY, _hash(1)), _leaf(2, 5, EXPIRY, _hash(3)));
        bytes memory leavesB = bytes.concat(_leaf(1, 5, EXPIRY, _hash(3)), _leaf(2, ofB, EXPIRY, _hash(2)));
        channels.reveal(_preimage(1));
        channels.reveal(_preimage(2));
        _closeByA(_id, _proof(_id, false, 1, 300, leavesB));
        _counter(_proof(_id, true, 1, 200, leavesA));
        _endChallenge(_id);
        channels.finalise(_id, _direction(200, leavesA), _direction(300, leavesB));
        // it should pay by the formula
        vm.assertEq(token.balanceOf(partyA), WEALTH + 100 + ofB - ofA, "A");
        vm.assertEq(token.balanceOf(partyB), WEALTH - 100 + ofA - ofB, "B");
    }

    function test_WhenThereAre256Locks() external {
        bytes32[] memory preimages = new bytes32[](256);
        bytes32[] memory row = new bytes32[](256);
        bytes memory leaves;
        for (uint64 i = 0; i < 256; ++i) {
            preimages[i] = _preimage(i);
            row[i] = keccak256(abi.encode(_hash(i)));
            leaves = bytes.concat(leaves, _leaf(i, 3, EXPIRY, _hash(i)));
        }
        channels.revealRoot(preimages);
        RevealedHash[] memory hashes = new RevealedHash[](256);
        for (uint256 i = 0; i < 256; ++i) {
            hashes[i] = RevealedHash({hash: _hash(i), index: i, count: 256, branch: TypedData.branch(row, i)});
        }
        channels.recordRevealed(hashes);
        uint256 before = gasleft();
        // it should pay all of them within two million gas
        vm.assertEq(_paid(leaves), 768, "paid");
        vm.assertLe(before - gasleft(), 2_000_000, "gas");
    }

    function _revealAt(uint256 at) private {
        vm.warp(at);
        channels.reveal(_preimage(1));
        vm.warp(START_TIME);
    }

    /// @dev What A gets for these locks of B.
    function _paid(bytes memory leaves) private returns (uint256) {
        vm.warp(START_TIME);
        _closeByA(_id, _proof(_id, false, 1, 0, leaves));
        _endChallenge(_id);
        channels.finalise(_id, _nothing(), _direction(0, leaves));
        vm.assertEq(token.balanceOf(partyA) + token.balanceOf(partyB), 2 * WEALTH, "sum");
        return token.balanceOf(partyA) - WEALTH;
    }
}
