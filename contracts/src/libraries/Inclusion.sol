// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {MerkleTree} from "./MerkleTree.sol";
import {Sha256} from "./Sha256.sol";
import {IInclusionErrors} from "../interfaces/IInclusionErrors.sol";

/// @title Inclusion
/// @notice Inclusion of transactions in a block by its Merkle root.
/// @dev Two tricks pass an inner node off as a transaction. A 64-byte transaction read as a node makes the tree seem
/// deeper: the coinbase, proven at the same depth, cannot be moved down with it. Its single SHA-256 suffices for that,
/// and keeps a
/// forged coinbase from being shown. A node read as a 64-byte transaction makes it seem shallower: that length is
/// refused.
library Inclusion {
    /// @notice Checks that the cap leads to the block's root and the coinbase to the cap's first node.
    /// @param merkleRoot The root in the block's header.
    /// @param coinbaseDigest Single SHA-256 of the coinbase without witness.
    /// @param coinbaseBranch Siblings of the coinbase up to the cap's level.
    /// @param cap All nodes of that level.
    function requireCoinbase(
        bytes32 merkleRoot,
        bytes32 coinbaseDigest,
        bytes32[] calldata coinbaseBranch,
        bytes32[] calldata cap
    )
        internal
        view
    {
        uint256 depth = coinbaseBranch.length;
        if (
            depth > MerkleTree.MAX_DEPTH || cap.length == 0 || MerkleTree.rootOfCap(cap, depth) != merkleRoot
                || _walk(Sha256.ofWord(coinbaseDigest), coinbaseBranch, 0) != cap[0]
        ) {
            revert IInclusionErrors.CoinbaseNotIncluded();
        }
    }

    /// @notice Checks that coinbase and transaction lead to the block's root by branches of one length.
    /// @param txid Transaction id, internal byte order.
    /// @param index Position of the transaction in the block.
    /// @param branch Siblings of the transaction.
    function requireBoth(
        bytes32 merkleRoot,
        bytes32 coinbaseDigest,
        bytes32[] calldata coinbaseBranch,
        bytes32 txid,
        uint256 index,
        bytes32[] calldata branch
    )
        internal
        view
    {
        uint256 depth = coinbaseBranch.length;
        if (branch.length != depth) revert IInclusionErrors.BranchLengthMismatch(branch.length, depth);
        if (depth > MerkleTree.MAX_DEPTH || _walk(Sha256.ofWord(coinbaseDigest), coinbaseBranch, 0) != merkleRoot) {
            revert IInclusionErrors.CoinbaseNotIncluded();
        }
        if (index == 0) revert IInclusionErrors.CoinbaseIndex();
        if (index >> depth != 0) revert IInclusionErrors.IndexOutOfRange(index, depth);
        if (_walk(txid, branch, index) != merkleRoot) revert IInclusionErrors.TransactionNotIncluded();
    }

    /// @notice Checks that a transaction leads to its node of a proven cap.
    /// @param txid Transaction id, internal byte order.
    /// @param index Position of the transaction in the block, below 2^32.
    /// @param branch Calldata offset of the siblings up to the cap's level.
    /// @param depth Their number, the same as the coinbase's.
    /// @param cap All nodes of that level.
    function requireTransaction(
        bytes32 txid,
        uint256 index,
        uint256 branch,
        uint256 depth,
        bytes32[] calldata cap
    )
        internal
        view
    {
        if (index == 0) revert IInclusionErrors.CoinbaseIndex();
        uint256 position = index >> depth;
        if (position >= cap.length) revert IInclusionErrors.IndexOutOfRange(index, depth);
        if (MerkleTree.walk(txid, branch, depth, index) != cap[position]) {
            revert IInclusionErrors.TransactionNotIncluded();
        }
    }

    function _walk(bytes32 leaf, bytes32[] calldata branch, uint256 index) private view returns (bytes32) {
        uint256 offset;
        assembly ("memory-safe") {
            offset := branch.offset
        }
        return MerkleTree.walk(leaf, offset, branch.length, index);
    }
}
