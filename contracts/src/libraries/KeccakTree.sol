// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @title KeccakTree
/// @notice Tree of keccak256 over words; an odd last node moves up unchanged.
/// @dev The number of leaves is the tree's shape. Whoever proves a leaf must be held to it, as a segment's meta word
/// does, or leaves must be hashes of anything but 64 bytes.
library KeccakTree {
    /// @notice Root of an array of leaves, at least one, which it overwrites.
    function root(bytes32[] memory leaves) internal pure returns (bytes32) {
        uint256 first;
        assembly ("memory-safe") {
            first := add(leaves, 0x20)
        }
        return rootInPlace(first, leaves.length);
    }

    /// @notice Root of `count` words of memory, which it overwrites.
    /// @param leaves Memory address of the first word.
    /// @param count Number of words, at least one.
    function rootInPlace(uint256 leaves, uint256 count) internal pure returns (bytes32 top) {
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
            top := mload(leaves)
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
        returns (bytes32 node)
    {
        node = leaf;
        uint256 used = 0;
        unchecked {
            // position < count <= 2^32 in every row, so no sum overflows; `used` is bounded by the 32 rows.
            for (; count > 1; count = (count + 1) >> 1) {
                if (position & 1 == 1) {
                    if (used == path.length) return 0;
                    node = _parent(path[used++], node);
                } else if (position + 1 < count) {
                    if (used == path.length) return 0;
                    node = _parent(node, path[used++]);
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
