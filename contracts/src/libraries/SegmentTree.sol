// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @title SegmentTree
/// @notice Keccak tree over a segment's header hashes; an odd last node moves up unchanged.
/// @dev A segment's meta word fixes the number of leaves and so the shape of the tree.
library SegmentTree {
    /// @notice Root of `count` words of memory, which it overwrites.
    /// @param leaves Memory address of the first word.
    /// @param count Number of words, at least one.
    function rootInPlace(uint256 leaves, uint256 count) internal pure returns (bytes32 root) {
        // Writes stay behind reads and inside the caller's own words.
        assembly ("memory-safe") {
            for {} gt(count, 1) {} {
                let target := leaves
                let source := leaves
                let end := add(leaves, shl(6, shr(1, count)))
                for {} lt(source, end) {} {
                    mstore(target, keccak256(source, 64))
                    source := add(source, 64)
                    target := add(target, 32)
                }
                if and(count, 1) { mstore(target, mload(source)) }
                count := shr(1, add(count, 1))
            }
            root := mload(leaves)
        }
    }

    /// @notice Root that a leaf leads to, or zero when the path has the wrong length.
    /// @param leaf The leaf.
    /// @param position Position of the leaf from zero, below `count`.
    /// @param count Number of leaves, at most 2^32.
    /// @param path Siblings from the leaf upwards, without an entry where the node moves up unchanged.
    function rootFromPath(
        bytes32 leaf,
        uint256 position,
        uint256 count,
        bytes32[] calldata path
    )
        internal
        pure
        returns (bytes32 root)
    {
        root = leaf;
        uint256 used = 0;
        unchecked {
            // position < count <= 2^32 in every row, so no sum overflows; `used` is bounded by the 32 rows.
            for (; count > 1; count = (count + 1) >> 1) {
                if (position & 1 == 1) {
                    if (used == path.length) return 0;
                    root = _parent(path[used++], root);
                } else if (position + 1 < count) {
                    if (used == path.length) return 0;
                    root = _parent(root, path[used++]);
                }
                position >>= 1;
            }
        }
        if (used != path.length) return 0;
    }

    function _parent(bytes32 left, bytes32 right) private pure returns (bytes32 parent) {
        assembly ("memory-safe") {
            mstore(0, left)
            mstore(0x20, right)
            parent := keccak256(0, 64)
        }
    }
}
