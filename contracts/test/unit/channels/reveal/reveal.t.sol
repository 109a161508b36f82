// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IReveals} from "../../../../src/interfaces/IReveals.sol";
import {ChannelFixture} from "../../../utils/ChannelFixture.sol";

contract RevealTest is ChannelFixture {
    function test_WhenThePreimageIsNew(bytes32 preimage, uint64 at, address caller) external {
        at = uint64(_bound(at, 1, type(uint64).max));
        bytes32 hash = sha256(abi.encodePacked(preimage));
        vm.assertEq(channels.revealedAt(hash), 0, "before");
        vm.warp(at);
        // it should emit it
        vm.expectEmit(true, false, false, true, address(channels));
        emit IReveals.Revealed(hash, preimage);
        vm.prank(caller);
        channels.reveal(preimage);
        // it should keep the time by its hash
        vm.assertEq(channels.revealedAt(hash), at, "time");
        vm.assertEq(channels.revealedAt(preimage), 0, "preimage");
    }

    function test_WhenItWasRevealedBefore() external {
        channels.reveal(_preimage(1));
        vm.warp(START_TIME + 1);
        vm.recordLogs();
        channels.reveal(_preimage(1));
        // it should keep the first time
        vm.assertEq(channels.revealedAt(_hash(1)), START_TIME, "time");
        // it should not emit it again
        vm.assertEq(vm.getRecordedLogs().length, 0, "events");
    }
}
