// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IBridgeErrors} from "../interfaces/IBridgeErrors.sol";

/// @title PackedClaims
/// @notice Reads the packed claims of a block; the layout is documented at BlockClaims.claims.
library PackedClaims {
    /// @notice Where the parts of a claim lie in calldata.
    struct Claim {
        /// Offset of the claim.
        uint256 start;
        /// Its first word: index, vout, carrier fee, lengths and the recipient's beginning.
        uint256 head;
        /// Offset of the action, which the branch precedes.
        uint256 action;
        /// Offset of the transaction.
        uint256 transaction;
        /// Offset after the claim.
        uint256 next;
    }

    /// @dev A typed action with its arguments; a bound that no present or planned kind reaches.
    uint256 private constant MAX_ACTION_LENGTH = 1024;

    /// @dev Bytes before the branch.
    uint256 private constant FIXED_LENGTH = 170;

    /// @notice Reads the claim at `cursor`.
    /// @param start Calldata offset of the block's claims.
    /// @param cursor Calldata offset of this claim, at least `start`.
    /// @param end Calldata offset after the block's claims.
    /// @param depth Length of the Merkle branch.
    function read(uint256 start, uint256 cursor, uint256 end, uint256 depth)
        internal
        pure
        returns (Claim memory claim)
    {
        uint256 head;
        assembly ("memory-safe") {
            head := calldataload(cursor)
        }
        uint256 actionLength = (head >> 112) & 0xffff;
        claim.start = cursor;
        claim.head = head;
        unchecked {
            // The depth is the length of an array in calldata and the other terms are below 2^33: nothing overflows.
            claim.action = cursor + FIXED_LENGTH + 32 * depth;
            claim.transaction = claim.action + actionLength;
            claim.next = claim.transaction + transactionLength(claim);
            if (claim.next > end) revert IBridgeErrors.ClaimMalformed(cursor - start);
        }
        if (actionLength > MAX_ACTION_LENGTH) revert IBridgeErrors.ActionTooLong(actionLength, MAX_ACTION_LENGTH);
    }

    /// @notice Position of the transaction in its block.
    function index(Claim memory claim) internal pure returns (uint256) {
        return claim.head >> 224;
    }

    /// @notice Output that is the deposit.
    function vout(Claim memory claim) internal pure returns (uint256) {
        return (claim.head >> 192) & 0xffffffff;
    }

    /// @notice Satoshi for the claim's sender.
    function carrierFee(Claim memory claim) internal pure returns (uint256) {
        return (claim.head >> 128) & 0xffffffffffffffff;
    }

    /// @notice Length of the transaction in bytes.
    function transactionLength(Claim memory claim) internal pure returns (uint256) {
        return (claim.head >> 80) & 0xffffffff;
    }

    /// @notice Account that the depositor committed to.
    function recipient(Claim memory claim) internal pure returns (address account) {
        uint256 offset = claim.start;
        assembly ("memory-safe") {
            account := shr(96, calldataload(add(offset, 22)))
        }
    }

    /// @notice The depositor's salt.
    function salt(Claim memory claim) internal pure returns (bytes32) {
        return _word(claim, 42);
    }

    /// @notice The depositor's x-only key.
    function reclaimKey(Claim memory claim) internal pure returns (bytes32) {
        return _word(claim, 74);
    }

    /// @notice y of the deposit's output key.
    function outputKeyY(Claim memory claim) internal pure returns (uint256) {
        return uint256(_word(claim, 106));
    }

    /// @notice Slope of the tangent at the output key.
    function slope(Claim memory claim) internal pure returns (uint256) {
        return uint256(_word(claim, 138));
    }

    /// @notice Calldata offset of the Merkle branch.
    function branch(Claim memory claim) internal pure returns (uint256) {
        return claim.start + FIXED_LENGTH;
    }

    /// @notice keccak256 of the action.
    function actionHash(Claim memory claim) internal pure returns (bytes32 digest) {
        uint256 offset = claim.action;
        uint256 length = claim.transaction - offset;
        assembly ("memory-safe") {
            // Scratch beyond the free memory pointer, not kept.
            let buffer := mload(0x40)
            calldatacopy(buffer, offset, length)
            digest := keccak256(buffer, length)
        }
    }

    function _word(Claim memory claim, uint256 offset) private pure returns (bytes32 word) {
        unchecked {
            // An offset into calldata and a small constant.
            offset += claim.start;
        }
        assembly ("memory-safe") {
            word := calldataload(offset)
        }
    }
}
