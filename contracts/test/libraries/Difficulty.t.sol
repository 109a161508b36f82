// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Difficulty} from "../../src/libraries/Difficulty.sol";
import {Test} from "../utils/Test.sol";

/// @notice Compact targets and the retarget against plain twins and known values.
contract DifficultyTest is Test {
    uint256 private constant LIMIT = 0x00000000ffff0000000000000000000000000000000000000000000000000000;

    function test_KnownTargetsExpand() external pure {
        vm.assertEq(Difficulty.fromCompact(0x1d00ffff), LIMIT, "mainnet limit");
        vm.assertEq(Difficulty.fromCompact(0x207fffff), 0x7fffff << 232, "regtest limit");
        vm.assertEq(Difficulty.fromCompact(0x03123456), 0x123456, "exponent three");
        vm.assertEq(Difficulty.work(LIMIT), 0x100010001, "work of block one");
        vm.assertEq(Difficulty.work(0x7fffff << 232), 2, "work on regtest");
    }

    function test_InvalidTargetsAreZero() external pure {
        vm.assertEq(Difficulty.fromCompact(0x1d80ffff), 0, "negative");
        vm.assertEq(Difficulty.fromCompact(0x21007fff), 0, "overflow");
        vm.assertEq(Difficulty.fromCompact(0x02123456), 0, "right shift");
        vm.assertEq(Difficulty.fromCompact(0x1d000000), 0, "zero");
    }

    function test_CompactFormRoundsDown(uint256 target) external pure {
        uint256 bits = Difficulty.toCompact(target);
        vm.assertEq(bits, _naiveCompact(target), "twin");
        if (target >= 1 << 16) {
            uint256 expanded = Difficulty.fromCompact(bits);
            // Targets above 2^255 need 33 bytes with their sign: no header has them.
            if (target >> 255 == 0) vm.assertTrue(expanded <= target && target - expanded < target >> 14, "rounded");
        }
    }

    function test_CompactFormIsStable(uint256 exponent, uint256 mantissa) external pure {
        exponent = _bound(exponent, 3, 32);
        mantissa = _bound(mantissa, 0x8000, 0x7fffff);
        uint256 bits = (exponent << 24) | mantissa;
        vm.assertEq(Difficulty.toCompact(Difficulty.fromCompact(bits)), bits, "stable");
    }

    function test_RetargetFollowsItsTwin(uint256 shift, uint256 mantissa, uint32 first, uint32 last) external pure {
        uint256 bits = Difficulty.toCompact(_bound(mantissa, 1 << 32, LIMIT) >> _bound(shift, 0, 100) | 1 << 24);
        vm.assertEq(Difficulty.retarget(bits, first, last), _naiveRetarget(bits, first, last), "twin");
    }

    function test_RetargetIsClamped() external pure {
        uint256 bits = 0x1b0404cb;
        uint256 twoWeeks = 14 days;
        vm.assertEq(Difficulty.retarget(bits, 0, twoWeeks), bits, "unchanged");
        vm.assertEq(
            Difficulty.retarget(bits, 1000, 0), Difficulty.retarget(bits, 0, twoWeeks / 4), "backwards is a quarter"
        );
        vm.assertEq(
            Difficulty.retarget(bits, 0, 100 * twoWeeks), Difficulty.retarget(bits, 0, 4 * twoWeeks), "at most four"
        );
        vm.assertEq(Difficulty.retarget(0x1d00ffff, 0, 4 * twoWeeks), 0x1d00ffff, "never easier than the limit");
    }

    function test_WorkIsTheQuotient(uint256 target) external pure {
        target = _bound(target, 1, type(uint256).max - 1);
        uint256 work = Difficulty.work(target);
        // floor(2^256 / d) = w for d >= 2: 2^256 - w * d, in modular arithmetic, is the remainder.
        unchecked {
            uint256 divisor = target + 1;
            vm.assertTrue(0 - work * divisor < divisor, "remainder");
        }
        vm.assertTrue(work >= 1, "at least one");
    }

    /// @dev Bytes of the target, most significant first, as OpenSSL's multi-precision integers hold them.
    function _naiveCompact(uint256 target) private pure returns (uint256) {
        uint256 size = 0;
        while (size < 32 && target >> (8 * size) != 0) {
            ++size;
        }
        uint256[3] memory top;
        for (uint256 i = 0; i < 3; ++i) {
            if (size > i) top[i] = (target >> (8 * (size - 1 - i))) & 0xff;
        }
        if (top[0] >= 0x80) return ((size + 1) << 24) | (top[0] << 8) | top[1];
        return (size << 24) | (top[0] << 16) | (top[1] << 8) | top[2];
    }

    function _naiveRetarget(uint256 bits, uint256 first, uint256 last) private pure returns (uint256) {
        int256 timespan = int256(last) - int256(first);
        if (timespan < 302_400) timespan = 302_400;
        if (timespan > 4_838_400) timespan = 4_838_400;
        uint256 target = ((bits & 0xffffff) * 256 ** ((bits >> 24) - 3) * uint256(timespan)) / 1_209_600;
        return _naiveCompact(target > LIMIT ? LIMIT : target);
    }
}
