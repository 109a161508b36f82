// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @title MintRecord
/// @notice Sums minted from single blocks, by height. A block 256 higher takes a block's place.
/// @dev The sum decides how many confirmations a block needs, at most 144, so it may be forgotten at a depth of 256.
library MintRecord {
    /// @notice Height u32 above sum u64 in satoshi, by height modulo 256.
    struct Record {
        uint256[256] words;
    }

    /// @notice Sum minted from the block at `height`; zero when forgotten.
    function sumAt(Record storage self, uint256 height) internal view returns (uint64) {
        uint256 word = self.words[height % 256];
        return word >> 64 == height ? uint64(word) : 0;
    }

    /// @notice Records a sum, unless a higher block has taken the place.
    function set(Record storage self, uint256 height, uint64 sum) internal {
        if (self.words[height % 256] >> 64 > height) return;
        self.words[height % 256] = (height << 64) | sum;
    }
}
