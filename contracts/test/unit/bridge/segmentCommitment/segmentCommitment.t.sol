// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Segment} from "../../../../src/types/HeaderTypes.sol";
import {Bitcoin} from "../../../utils/Bitcoin.sol";
import {BridgeFixture} from "../../../utils/BridgeFixture.sol";
import {ReferenceSegment} from "../../../utils/ReferenceSegment.sol";

contract SegmentCommitmentTest is BridgeFixture {
    function test_GivenTheSegmentIsTheCheckpoint() external view {
        Segment memory expected;
        bytes32 hash = Bitcoin.sha256d(_checkpoint().header);
        expected.root = hash;
        expected.meta = bytes32(abi.encodePacked(CHECKPOINT_HEIGHT, uint32(1), uint192(0)));
        expected.state[0] = hash;
        expected.state[1] = bytes32(abi.encodePacked(uint128(2), Bitcoin.REGTEST_BITS, EPOCH_START, uint64(0)));
        uint32[11] memory times;
        for (uint32 i = 0; i < 11; ++i) {
            times[i] = START_TIME - (10 - i) * SPACING;
        }
        (expected.state[2], expected.state[3]) = ReferenceSegment.packTimes(times);
        // it should return its commitment
        vm.assertEq(bridge.segmentCommitment(0), ReferenceSegment.commitment(expected), "checkpoint");
    }

    function test_GivenTheSegmentIsPartOfTheBestChain() external {
        _extend(3);
        _extend(1);
        // it should return its commitment
        vm.assertEq(bridge.segmentCommitment(1), ReferenceSegment.commitment(segments[1]), "first");
        vm.assertEq(bridge.segmentCommitment(2), ReferenceSegment.commitment(segments[2]), "second");
    }

    function test_GivenTheSegmentIsUnknown() external view {
        // it should return zero
        vm.assertEq(bridge.segmentCommitment(1), 0, "next");
        vm.assertEq(bridge.segmentCommitment(4096), 0, "same slot as the checkpoint");
        vm.assertEq(bridge.segmentCommitment(type(uint256).max), 0, "greatest");
    }

    function test_GivenMoreThan4096SegmentsFollowed() external {
        _extend(1);
        // Slot 0: as if 4,097 segments were stored, of which this is the newest known here.
        uint256 head = uint256(vm.load(address(bridge), 0));
        head = (head & (type(uint256).max << 32) & ((1 << 224) - 1)) | (4097 << 224) | 4097;
        vm.store(address(bridge), 0, bytes32(head));
        // it should return zero
        vm.assertEq(bridge.segmentCommitment(0), 0, "left the ring");
        vm.assertEq(bridge.segmentCommitment(1), ReferenceSegment.commitment(segments[1]), "last one in it");
    }
}
