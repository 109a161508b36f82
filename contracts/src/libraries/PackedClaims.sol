// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IBridgeErrors} from "../interfaces/IBridgeErrors.sol";

/// @title PackedClaims
/// @notice Reads the packed claims of a block; the layout is documented at BlockClaims.claims.
library PackedClaims {
    /// @notice One claim. Offsets are into calldata.
    struct Claim {
        /// Position of the transaction in its block.
        uint256 index;
        uint256 vout;
        /// Satoshi for the claim's sender.
        uint256 carrierFee;
        address recipient;
        bytes32 salt;
        /// The depositor's x-only key.
        bytes32 reclaimKey;
        /// y of the deposit's output key.
        uint256 outputKeyY;
        /// Slope of the tangent at the output key.
        uint256 slope;
        /// Offset of the Merkle branch.
        uint256 branch;
        bytes32 actionHash;
        /// Offset and length of the transaction.
        uint256 transaction;
        uint256 transactionLength;
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
        uint256 transactionLength = (head >> 80) & 0xffffffff;
        unchecked {
            // The depth is the length of an array in calldata and the other terms are below 2^33: nothing overflows.
            uint256 action = cursor + FIXED_LENGTH + 32 * depth;
            claim.branch = cursor + FIXED_LENGTH;
            claim.transaction = action + actionLength;
            claim.next = action + actionLength + transactionLength;
            if (claim.next > end) revert IBridgeErrors.ClaimMalformed(cursor - start);
            if (actionLength > MAX_ACTION_LENGTH) revert IBridgeErrors.ActionTooLong(actionLength, MAX_ACTION_LENGTH);
            claim.actionHash = _hash(action, actionLength);
        }
        claim.index = head >> 224;
        claim.vout = (head >> 192) & 0xffffffff;
        claim.carrierFee = (head >> 128) & 0xffffffffffffffff;
        claim.transactionLength = transactionLength;
        _readWords(claim, cursor);
    }

    /// @dev Reads the recipient and the words that follow it.
    function _readWords(Claim memory claim, uint256 cursor) private pure {
        address recipient;
        bytes32 salt;
        bytes32 reclaimKey;
        uint256 outputKeyY;
        uint256 slope;
        assembly ("memory-safe") {
            recipient := shr(96, calldataload(add(cursor, 22)))
            salt := calldataload(add(cursor, 42))
            reclaimKey := calldataload(add(cursor, 74))
            outputKeyY := calldataload(add(cursor, 106))
            slope := calldataload(add(cursor, 138))
        }
        claim.recipient = recipient;
        claim.salt = salt;
        claim.reclaimKey = reclaimKey;
        claim.outputKeyY = outputKeyY;
        claim.slope = slope;
    }

    function _hash(uint256 offset, uint256 length) private pure returns (bytes32 digest) {
        assembly ("memory-safe") {
            // Scratch beyond the free memory pointer, not kept.
            let buffer := mload(0x40)
            calldatacopy(buffer, offset, length)
            digest := keccak256(buffer, length)
        }
    }
}
