// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @notice Newest header of the best chain in one word: peak u32 | work u128 | time u32 | height u32 | segments u32.
/// @dev `peak` is the greatest value that `segments` ever had. A reorganisation lowers `segments`, but what it replaced
/// still lies in the ring of commitments and has overwritten what came a ring's length before it.
type Head is uint256;

using {segments, height, time, work, peak} for Head global;

/// @notice Packs a head. Heights and times are 32 bits wide in a segment; 2^32 segments would fill the side chain's
/// blocks for centuries; 2^128 is more work than Bitcoin will see.
function packHead(uint256 segments_, uint256 height_, uint256 time_, uint256 work_, uint256 peak_) pure returns (Head) {
    return Head.wrap((peak_ << 224) | (work_ << 96) | (time_ << 64) | (height_ << 32) | segments_);
}

/// @notice Segments of the best chain, the checkpoint's included.
function segments(Head self) pure returns (uint256) {
    return uint32(Head.unwrap(self));
}

/// @notice Height of the newest header.
function height(Head self) pure returns (uint256) {
    return uint32(Head.unwrap(self) >> 32);
}

/// @notice Time in the newest header.
function time(Head self) pure returns (uint256) {
    return uint32(Head.unwrap(self) >> 64);
}

/// @notice Work since the checkpoint.
function work(Head self) pure returns (uint256) {
    return uint128(Head.unwrap(self) >> 96);
}

/// @notice Greatest number of segments ever.
function peak(Head self) pure returns (uint256) {
    return Head.unwrap(self) >> 224;
}
