// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @title MintRecord
/// @notice Sums minted from single blocks, three consecutive heights to a slot. A block 258 higher takes a block's
/// place. @dev The sum decides how many confirmations a block needs, at most 144, so it may be forgotten at such a
/// depth.
library MintRecord {
    /// @notice height / 3 as u32 above the three sums u64 in satoshi, the lowest height's in the lowest lane, by height
    /// / 3 modulo 86.
    struct Record {
        uint256[86] words;
    }

    uint256 private constant HEIGHTS = 3;
    uint256 private constant SLOTS = 86;
    uint256 private constant LANE = 64;

    /// @notice Sum minted from the block at `height`; zero when forgotten.
    function sumAt(Record storage self, uint256 height) internal view returns (uint64) {
        uint256 group = height / HEIGHTS;
        uint256 word = self.words[group % SLOTS];
        return word >> (HEIGHTS * LANE) == group ? uint64(word >> (LANE * (height % HEIGHTS))) : 0;
    }

    /// @notice Records a sum, unless higher blocks have taken the place.
    function set(Record storage self, uint256 height, uint64 sum) internal {
        uint256 group = height / HEIGHTS;
        uint256 word = self.words[group % SLOTS];
        uint256 held = word >> (HEIGHTS * LANE);
        if (held > group) return;
        if (held < group) word = group << (HEIGHTS * LANE);
        uint256 shift = LANE * (height % HEIGHTS);
        self.words[group % SLOTS] = (word & ~(uint256(type(uint64).max) << shift)) | (uint256(sum) << shift);
    }
}
