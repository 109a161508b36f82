// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @notice Sums minted from the newest blocks, in one word: seven buckets of 24 blocks, u32 each in units of 10,000
/// sat, the newest in the lowest lane above the newest bucket's number u32 (height / 24).
/// @dev Seven buckets cover the newest 145 to 168 blocks, so never fewer than 144. Sums are rounded up.
type MintWindow is uint256;

using {advanceTo, covers, add, total} for MintWindow global;

uint256 constant WINDOW_UNIT = 10_000;
uint256 constant BLOCKS_PER_BUCKET = 24;
uint256 constant BUCKETS = 7;

/// @notice Drops the buckets that the tip has left behind. A tip that fell back drops nothing.
function advanceTo(MintWindow self, uint256 tipHeight) pure returns (MintWindow) {
    uint256 word = MintWindow.unwrap(self);
    uint256 newest = tipHeight / BLOCKS_PER_BUCKET;
    uint256 previous = uint32(word);
    if (newest <= previous) return self;
    // A shift by 256 or more gives zero.
    uint256 buckets = ((word >> 32) << (32 * (newest - previous))) << 32;
    return MintWindow.wrap(buckets | newest);
}

/// @notice True when the window counts what is minted from the block at `height`.
function covers(MintWindow self, uint256 height) pure returns (bool) {
    return height / BLOCKS_PER_BUCKET + BUCKETS > uint32(MintWindow.unwrap(self));
}

/// @notice Adds a sum, rounded up, to the bucket of a block.
/// @param height Height of a covered block, not above the tip that the window was advanced to.
/// @param sum Satoshi. The caller must bound `total` so that a bucket stays below 2^32 units.
function add(MintWindow self, uint256 height, uint256 sum) pure returns (MintWindow) {
    uint256 word = MintWindow.unwrap(self);
    uint256 age = uint32(word) - height / BLOCKS_PER_BUCKET;
    return MintWindow.wrap(word + (((sum + WINDOW_UNIT - 1) / WINDOW_UNIT) << (32 * (age + 1))));
}

/// @notice Sum of all buckets in satoshi.
function total(MintWindow self) pure returns (uint256 sum) {
    for (uint256 lanes = MintWindow.unwrap(self) >> 32; lanes != 0; lanes >>= 32) {
        sum += uint32(lanes);
    }
    sum *= WINDOW_UNIT;
}
