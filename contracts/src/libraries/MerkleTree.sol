// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Sha256} from "./Sha256.sol";
import {IInclusionErrors} from "../interfaces/IInclusionErrors.sol";

/// @title MerkleTree
/// @notice Bitcoin's transaction tree in two parts: branches from transactions up to a level, and the cap, which is all
/// nodes of that level, from there to the root.
/// @dev A row of odd length repeats its last node. A real block never has a right node equal to its left sibling beside
/// that, so such a pair is refused (CVE-2012-2459): it would let one root have two trees.
library MerkleTree {
    /// @notice Rows of a tree of 2^32 transactions: no block has more.
    uint256 internal constant MAX_DEPTH = 32;

    /// @notice Node that a transaction leads to.
    /// @param leaf Transaction id, internal byte order.
    /// @param branch Calldata offset of the siblings, from the leaf upwards.
    /// @param depth Number of siblings, at most `MAX_DEPTH`.
    /// @param index Position of the transaction in the block; its low `depth` bits say on which side the siblings are.
    function walk(bytes32 leaf, uint256 branch, uint256 depth, uint256 index) internal view returns (bytes32 node) {
        // What was left of the branch when a right node equalled its left sibling.
        uint256 rest;
        node = leaf;
        // Scratch space only. The calls cannot fail and let the caller go on, see Sha256.
        assembly ("memory-safe") {
            for { let end := add(branch, shl(5, depth)) } lt(branch, end) { branch := add(branch, 32) } {
                let sibling := calldataload(branch)
                switch and(index, 1)
                case 0 {
                    mstore(0, node)
                    mstore(0x20, sibling)
                }
                default {
                    if eq(node, sibling) {
                        rest := sub(end, branch)
                        break
                    }
                    mstore(0, sibling)
                    mstore(0x20, node)
                }
                pop(staticcall(gas(), 2, 0, 64, 0, 32))
                pop(staticcall(gas(), 2, 0, 32, 0, 32))
                node := mload(0)
                index := shr(1, index)
            }
        }
        if (rest != 0) revert IInclusionErrors.RepeatedSibling(depth - rest / 32);
    }

    /// @notice Root of the tree above a cap.
    /// @param cap All nodes of one level, at least one.
    /// @param level Level of those nodes above the transactions, for the refusal's sake.
    function rootOfCap(bytes32[] calldata cap, uint256 level) internal view returns (bytes32) {
        uint256 width = cap.length;
        if (width == 1) return cap[0];
        uint256 nodes;
        assembly ("memory-safe") {
            nodes := mload(0x40)
            calldatacopy(nodes, cap.offset, shl(5, width))
            mstore(0x40, add(nodes, shl(5, width)))
        }
        unchecked {
            // The width halves in every row.
            for (; width > 1; ++level) {
                if (_foldPairs(nodes, width >> 1)) revert IInclusionErrors.RepeatedSibling(level);
                if (width & 1 == 1) _foldLast(nodes, width);
                width = (width + 1) >> 1;
            }
        }
        return _load(nodes);
    }

    /// @dev Replaces the first `pairs` pairs by their parents; true when two siblings were equal.
    function _foldPairs(uint256 nodes, uint256 pairs) private view returns (bool repeated) {
        // The parent of a pair is written at or before the pair, so no unread node is lost.
        assembly ("memory-safe") {
            let source := nodes
            let end := add(nodes, shl(6, pairs))
            for { let parent := nodes } lt(source, end) { parent := add(parent, 32) } {
                repeated := or(repeated, eq(mload(source), mload(add(source, 32))))
                pop(staticcall(gas(), 2, source, 64, parent, 32))
                pop(staticcall(gas(), 2, parent, 32, parent, 32))
                source := add(source, 64)
            }
        }
    }

    /// @dev Writes the parent of an odd row's last node behind the parents of its pairs.
    function _foldLast(uint256 nodes, uint256 width) private view {
        unchecked {
            bytes32 last = _load(nodes + 32 * (width - 1));
            bytes32 parent = Sha256.doubleOfPair(last, last);
            uint256 target = nodes + 32 * (width >> 1);
            assembly ("memory-safe") {
                mstore(target, parent)
            }
        }
    }

    function _load(uint256 pointer) private pure returns (bytes32 word) {
        assembly ("memory-safe") {
            word := mload(pointer)
        }
    }
}
