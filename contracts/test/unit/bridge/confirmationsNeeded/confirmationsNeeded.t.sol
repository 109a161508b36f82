// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {BridgeFixture} from "../../../utils/BridgeFixture.sol";

contract ConfirmationsNeededTest is BridgeFixture {
    function test_WhenTheSumIsUnderOneStep() external view {
        // it should return the least
        vm.assertEq(bridge.confirmationsNeeded(0), 6, "nothing");
        vm.assertEq(bridge.confirmationsNeeded(99_999_999), 6, "under a bitcoin");
    }

    function test_WhenTheSumIsBetweenTheBounds() external view {
        // it should add one for each full step
        vm.assertEq(bridge.confirmationsNeeded(100_000_000), 7, "one bitcoin");
        vm.assertEq(bridge.confirmationsNeeded(13_799_999_999), 143, "under 138 bitcoins");
    }

    function test_WhenTheSumIsAboveTheLastStep() external view {
        // it should return the greatest
        vm.assertEq(bridge.confirmationsNeeded(13_800_000_000), 144, "138 bitcoins");
        vm.assertEq(bridge.confirmationsNeeded(type(uint64).max), 144, "anything");
    }

    function test_WhenTheSumIsAnything(uint64 sum, uint64 more) external view {
        more = uint64(_bound(more, sum, type(uint64).max));
        // it should never fall as the sum grows
        vm.assertLe(bridge.confirmationsNeeded(sum), bridge.confirmationsNeeded(more), "monotone");
    }
}
