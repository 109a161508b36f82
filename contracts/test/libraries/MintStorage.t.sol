// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {MintRecord} from "../../src/storage/MintRecord.sol";
import {MintWindow} from "../../src/storage/MintWindow.sol";
import {Test} from "../utils/Test.sol";

/// @notice The packed sums against plain maps from height to sum.
contract MintStorageTest is Test {
    using MintRecord for MintRecord.Record;

    MintRecord.Record private _record;
    mapping(uint256 height => uint64 sum) private _sums;
    mapping(uint256 bucket => uint256 units) private _units;

    /// @dev Heights within 144 of a moving tip, as far as confirmations matter.
    function test_RecordRemembersWhatConfirmationsNeed(uint256[40] memory steps) external {
        uint256 tip = 800_000;
        for (uint256 i = 0; i < steps.length; ++i) {
            tip += steps[i] % 50;
            uint256 height = tip - (steps[i] >> 16) % 144;
            uint64 sum = uint64(steps[i] >> 64);
            _record.set(height, sum);
            _sums[height] = sum;
            for (uint256 j = 0; j < 144; ++j) {
                vm.assertEq(_record.sumAt(tip - j), _sums[tip - j], "sum");
            }
        }
    }

    function test_RecordNeverForgetsForAnOlderBlock(uint256 height, uint64 sum) external {
        height = _bound(height, 1000, 4_000_000_000);
        _record.set(height, sum);
        _record.set(height - 258, 1);
        vm.assertEq(_record.sumAt(height), sum, "kept");
        vm.assertEq(_record.sumAt(height - 258), 0, "not recorded");
    }

    function test_WindowCountsAtLeastTheNewest144Blocks(uint256[40] memory steps) external {
        MintWindow window;
        uint256 tip = 800_000;
        for (uint256 i = 0; i < steps.length; ++i) {
            tip += steps[i] % 60;
            window = window.advanceTo(tip);
            uint256 height = tip - (steps[i] >> 16) % 144;
            uint256 sum = (steps[i] >> 64) % 1e12;
            vm.assertTrue(window.covers(height), "covered");
            window = window.add(height, sum);
            _units[height / 24] += (sum + 9999) / 10_000;
            _sums[height] += uint64(sum);

            uint256 exact = 0;
            for (uint256 j = 0; j < 144; ++j) {
                exact += _sums[tip - j];
            }
            uint256 buckets = 0;
            for (uint256 j = 0; j < 7; ++j) {
                buckets += _units[tip / 24 - j];
            }
            vm.assertEq(window.total(), buckets * 10_000, "buckets");
            vm.assertGe(window.total(), exact, "never less than what was minted");
        }
    }

    function test_WindowKeepsItsPlaceWhenTheTipFallsBack() external pure {
        MintWindow window = MintWindow.wrap(0).advanceTo(24 * 1000).add(24 * 1000, 50_000);
        MintWindow back = window.advanceTo(24 * 1000 - 1);
        vm.assertEq(MintWindow.unwrap(back), MintWindow.unwrap(window), "unchanged");
        vm.assertEq(back.add(24 * 1000 - 1, 1).total(), 60_000, "rounded up");
    }

    function test_WindowForgetsAfterSevenBuckets() external pure {
        MintWindow window = MintWindow.wrap(0).advanceTo(24 * 1000).add(24 * 1000, 50_000);
        vm.assertEq(window.advanceTo(24 * 1006 + 23).total(), 50_000, "168 blocks");
        vm.assertEq(window.advanceTo(24 * 1007).total(), 0, "seven buckets on");
        vm.assertTrue(!window.advanceTo(24 * 1007).covers(24 * 1000 + 23), "not covered");
        vm.assertEq(window.advanceTo(24 * 5000).total(), 0, "far on");
    }
}
