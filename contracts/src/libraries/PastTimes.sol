// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @title PastTimes
/// @notice The last eleven header times, held in two words so that a time is compared with all of them at once.
/// @dev A lane is 42 bits wide and holds a 32-bit time. `newest` holds the six newest times in six lanes, the newest
/// one in the lowest; `oldest` holds the five before them in five lanes.
library PastTimes {
    uint256 private constant LANE = 42;
    uint256 private constant TIME_MASK = 0xffffffff;

    /// @dev One in every lane.
    uint256 private constant SIX = 1 | 1 << 42 | 1 << 84 | 1 << 126 | 1 << 168 | 1 << 210;
    uint256 private constant FIVE = 1 | 1 << 42 | 1 << 84 | 1 << 126 | 1 << 168;
    uint256 private constant SIX_MASK = (1 << 252) - 1;
    uint256 private constant FIVE_MASK = (1 << 210) - 1;

    /// @notice True when `time` is later than the median of the eleven times.
    function isAfterMedian(uint256 newest, uint256 oldest, uint256 time) internal pure returns (bool) {
        unchecked {
            // A lane of the minuend holds 2^32 - 1 + time, at least as much as any past time and below 2^33, so no lane
            // borrows from or carries into another. Bit 32 of a lane remains exactly when its time is earlier.
            uint256 earlierOfSix = (SIX * TIME_MASK + SIX * time - newest) & (SIX << 32);
            uint256 earlierOfFive = (FIVE * TIME_MASK + FIVE * time - oldest) & (FIVE << 32);
            // Lane 5 of the product sums all lanes: at most eleven, in bits 242 to 245; higher lanes fall off.
            return ((earlierOfSix + earlierOfFive) * SIX) >> 242 > 5;
        }
    }

    /// @notice Appends a time and drops the oldest.
    function push(uint256 newest, uint256 oldest, uint256 time) internal pure returns (uint256, uint256) {
        return (((newest << LANE) & SIX_MASK) | time, ((oldest << LANE) & FIVE_MASK) | (newest >> 210));
    }

    /// @notice The newest time.
    function last(uint256 newest) internal pure returns (uint256) {
        return newest & TIME_MASK;
    }

    /// @notice Reads a segment's state: eight oldest times as u32, oldest first, then the three newest.
    function unpack(uint256 eightOldest, uint256 threeNewest) internal pure returns (uint256 newest, uint256 oldest) {
        unchecked {
            for (uint256 shift = 256; shift != 96; shift -= 32) {
                oldest = (oldest << LANE) | ((eightOldest >> (shift - 32)) & TIME_MASK);
            }
            newest = ((eightOldest >> 64) & TIME_MASK) << 84 | ((eightOldest >> 32) & TIME_MASK) << LANE
                | (eightOldest & TIME_MASK);
            newest = newest << 126 | (threeNewest >> 224) << 84 | ((threeNewest >> 192) & TIME_MASK) << LANE
                | ((threeNewest >> 160) & TIME_MASK);
        }
    }

    /// @notice Inverse of `unpack`.
    function pack(uint256 newest, uint256 oldest) internal pure returns (uint256 eightOldest, uint256 threeNewest) {
        unchecked {
            for (uint256 shift = 210; shift != 0; shift -= LANE) {
                eightOldest = (eightOldest << 32) | ((oldest >> (shift - LANE)) & TIME_MASK);
            }
            eightOldest = eightOldest << 96 | (newest >> 210) << 64 | ((newest >> 168) & TIME_MASK) << 32
                | ((newest >> 126) & TIME_MASK);
            threeNewest = ((newest >> 84) & TIME_MASK) << 224 | ((newest >> LANE) & TIME_MASK) << 192
                | (newest & TIME_MASK) << 160;
        }
    }
}
