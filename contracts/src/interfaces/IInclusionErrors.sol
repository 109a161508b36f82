// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @title IInclusionErrors
/// @notice Refusals of a transaction's inclusion proof and of the transaction itself.
interface IInclusionErrors {
    /// @notice The index lies outside the tree that the cap and the branches of this depth describe.
    error IndexOutOfRange(uint256 index, uint256 depth);

    /// @notice Index 0 is the coinbase, which is neither deposit nor custody transaction.
    error CoinbaseIndex();

    /// @notice The two branches differ in length. Packed claims cannot express it: their branches take the coinbase's
    /// length.
    error BranchLengthMismatch(uint256 branch, uint256 coinbaseBranch);

    /// @notice A right node equals its left sibling at this level above the transactions (CVE-2012-2459).
    error RepeatedSibling(uint256 level);

    /// @notice The coinbase does not lead to the block's Merkle root at this depth.
    error CoinbaseNotIncluded();

    /// @notice The transaction does not lead to the block's Merkle root at this index.
    error TransactionNotIncluded();

    /// @notice The transaction has 64 bytes, so it could be an inner node of the tree.
    error TransactionSize64();

    /// @notice The transaction is cut off, has trailing bytes, no inputs or a non-minimal count at this offset.
    error TransactionMalformed(uint256 offset);

    /// @notice The transaction carries the witness marker; its txid is over the serialisation without witness.
    error WitnessSerialisation();

    /// @notice The transaction has no output of this index.
    error OutputMissing(uint256 vout, uint256 outputs);
}
