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
    /// @dev Each time needs one shift from its place in the state to its lane, ten bits more for every place.
    function unpack(uint256 eightOldest, uint256 threeNewest) internal pure returns (uint256 newest, uint256 oldest) {
        oldest = ((eightOldest >> 56) & TIME_MASK << 168) | ((eightOldest >> 66) & TIME_MASK << 126)
            | ((eightOldest >> 76) & TIME_MASK << 84) | ((eightOldest >> 86) & TIME_MASK << 42)
            | ((eightOldest >> 96) & TIME_MASK);
        newest = ((eightOldest << 146) & TIME_MASK << 210) | ((eightOldest << 136) & TIME_MASK << 168)
            | ((eightOldest << 126) & TIME_MASK << 126) | ((threeNewest >> 140) & TIME_MASK << 84)
            | ((threeNewest >> 150) & TIME_MASK << 42) | ((threeNewest >> 160) & TIME_MASK);
    }

    /// @notice Inverse of `unpack`.
    function pack(uint256 newest, uint256 oldest) internal pure returns (uint256 eightOldest, uint256 threeNewest) {
        eightOldest = ((oldest << 56) & TIME_MASK << 224) | ((oldest << 66) & TIME_MASK << 192)
            | ((oldest << 76) & TIME_MASK << 160) | ((oldest << 86) & TIME_MASK << 128)
            | ((oldest << 96) & TIME_MASK << 96) | ((newest >> 146) & TIME_MASK << 64)
            | ((newest >> 136) & TIME_MASK << 32) | ((newest >> 126) & TIME_MASK);
        threeNewest = ((newest << 140) & TIME_MASK << 224) | ((newest << 150) & TIME_MASK << 192)
            | ((newest << 160) & TIME_MASK << 160);
    }
}
