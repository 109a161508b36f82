// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @title Difficulty
/// @notice Compact targets, work and the retarget of Bitcoin's mainnet (`pow.cpp`, `arith_uint256.cpp`).
library Difficulty {
    /// @notice Blocks of one retarget period.
    uint256 internal constant PERIOD = 2016;

    /// @notice Easiest compact target of mainnet.
    uint256 internal constant MAINNET_LIMIT_BITS = 0x1d00ffff;

    /// @notice Compact target of every regtest header.
    uint256 internal constant REGTEST_LIMIT_BITS = 0x207fffff;

    /// @dev Two weeks in seconds: what a period is meant to take.
    uint256 private constant TARGET_TIMESPAN = 14 days;

    /// @dev Bitcoin Core's limit is 0x00000000ffff...; every target passes through the compact form, which keeps ffff
    /// only.
    uint256 private constant MAINNET_LIMIT = 0xffff << 208;

    /// @notice Expands a compact target; zero when it is negative, zero, or does not fit 256 bits.
    /// @dev Exponents below 3, which would need a right shift, are refused too: no chain has such a target.
    function fromCompact(uint256 bits) internal pure returns (uint256) {
        uint256 exponent = bits >> 24;
        uint256 mantissa = bits & 0xffffff;
        if (exponent < 3 || exponent > 32 || mantissa > 0x7fffff) return 0;
        return mantissa << (8 * (exponent - 3));
    }

    /// @notice Rounds a target down to its compact form.
    function toCompact(uint256 target) internal pure returns (uint256) {
        uint256 exponent = 0;
        for (uint256 rest = target; rest != 0; rest >>= 8) {
            ++exponent;
        }
        uint256 mantissa = exponent > 3 ? target >> (8 * (exponent - 3)) : target << (8 * (3 - exponent));
        // The mantissa's top bit is a sign.
        if (mantissa > 0x7fffff) {
            mantissa >>= 8;
            ++exponent;
        }
        return (exponent << 24) | mantissa;
    }

    /// @notice Compact target of the period that follows one with these bits.
    /// @param bits Compact target of the ending period; at most the mainnet limit.
    /// @param firstTime Time of that period's first block.
    /// @param lastTime Time of its last block; may be earlier.
    function retarget(uint256 bits, uint256 firstTime, uint256 lastTime) internal pure returns (uint256) {
        uint256 timespan = lastTime > firstTime ? lastTime - firstTime : 0;
        if (timespan < TARGET_TIMESPAN / 4) timespan = TARGET_TIMESPAN / 4;
        if (timespan > TARGET_TIMESPAN * 4) timespan = TARGET_TIMESPAN * 4;
        // Below 2^224 * 2^23.
        uint256 target = fromCompact(bits) * timespan / TARGET_TIMESPAN;
        return toCompact(target < MAINNET_LIMIT ? target : MAINNET_LIMIT);
    }

    /// @notice Expected hashes for one header: floor(2^256 / (target + 1)).
    /// @param target Nonzero and below 2^256 - 1.
    function work(uint256 target) internal pure returns (uint256) {
        unchecked {
            // 2^256 / (t + 1) = (2^256 - 1 - t) / (t + 1) + 1, and t + 1 does not overflow.
            return ~target / (target + 1) + 1;
        }
    }
}
