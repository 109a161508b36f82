// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {PastTimes} from "../../src/libraries/PastTimes.sol";
import {ReferenceSegment} from "../utils/ReferenceSegment.sol";
import {Test} from "../utils/Test.sol";

/// @notice The packed eleven times against a sorted array.
contract PastTimesTest is Test {
    function test_IsAfterMedianFollowsASortedArray(uint32[11] memory times, uint32 time) external pure {
        _check(times, time);
    }

    /// @dev Times close together, so that equal ones and near misses occur.
    function test_IsAfterMedianFollowsASortedArrayOfCloseTimes(uint32[11] memory times, uint32 time) external pure {
        for (uint256 i = 0; i < 11; ++i) {
            times[i] = 4_294_967_290 + times[i] % 6;
        }
        _check(times, 4_294_967_290 + time % 6);
    }

    function test_ExtremesDoNotCarryBetweenLanes() external pure {
        uint32[11] memory times;
        _check(times, 0);
        _check(times, 1);
        _check(times, type(uint32).max);
        for (uint256 i = 0; i < 11; ++i) {
            times[i] = type(uint32).max;
            _check(times, 0);
            _check(times, type(uint32).max);
            _check(times, type(uint32).max - 1);
        }
    }

    function test_PushDropsTheOldest(uint32[11] memory times, uint32 time) external pure {
        (uint256 newest, uint256 oldest) = _unpack(times);
        (newest, oldest) = PastTimes.push(newest, oldest, time);
        for (uint256 i = 0; i < 10; ++i) {
            times[i] = times[i + 1];
        }
        times[10] = time;
        (uint256 expectedNewest, uint256 expectedOldest) = _unpack(times);
        vm.assertEq(newest, expectedNewest, "newest");
        vm.assertEq(oldest, expectedOldest, "oldest");
        vm.assertEq(PastTimes.last(newest), time, "last");
    }

    function test_PackIsTheInverseOfUnpack(uint32[11] memory times) external pure {
        (bytes32 first, bytes32 second) = ReferenceSegment.packTimes(times);
        (uint256 newest, uint256 oldest) = PastTimes.unpack(uint256(first), uint256(second));
        (uint256 packedFirst, uint256 packedSecond) = PastTimes.pack(newest, oldest);
        vm.assertEq(bytes32(packedFirst), first, "eight oldest");
        vm.assertEq(bytes32(packedSecond), second, "three newest");
    }

    function _check(uint32[11] memory times, uint32 time) private pure {
        (uint256 newest, uint256 oldest) = _unpack(times);
        vm.assertTrue(PastTimes.isAfterMedian(newest, oldest, time) == (time > _median(times)), "median");
    }

    function _unpack(uint32[11] memory times) private pure returns (uint256 newest, uint256 oldest) {
        (bytes32 first, bytes32 second) = ReferenceSegment.packTimes(times);
        return PastTimes.unpack(uint256(first), uint256(second));
    }

    function _median(uint32[11] memory times) private pure returns (uint32) {
        uint32[11] memory sorted = times;
        uint32[11] memory copy;
        for (uint256 i = 0; i < 11; ++i) {
            copy[i] = sorted[i];
        }
        for (uint256 i = 1; i < 11; ++i) {
            for (uint256 j = i; j > 0 && copy[j - 1] > copy[j]; --j) {
                (copy[j - 1], copy[j]) = (copy[j], copy[j - 1]);
            }
        }
        return copy[5];
    }
}
