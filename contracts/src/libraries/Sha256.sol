// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @title Sha256
/// @notice Bitcoin's double SHA-256 through the precompile at address 2.
/// @dev Results of fixed-size calls are not checked, here and where other libraries hash on their own. The precompile
/// can fail only for want of gas, at most 120 for 139 bytes; the caller then keeps a 64th of what was left, fewer than
/// 3, and cannot
/// go on.
library Sha256 {
    uint256 private constant HEADER_LENGTH = 80;

    /// @notice Hashes calldata of any length twice; the digest is in internal byte order.
    function doubleOfCalldata(uint256 offset, uint256 length) internal view returns (bytes32 digest) {
        bool success;
        assembly ("memory-safe") {
            // Scratch beyond the free memory pointer, not kept.
            let buffer := mload(0x40)
            calldatacopy(buffer, offset, length)
            success := staticcall(gas(), 2, buffer, length, 0, 32)
            pop(staticcall(gas(), 2, 0, 32, 0, 32))
            digest := mload(0)
        }
        // A failed call leaves a 64th of a cost that grows with the length: not negligible, so checked.
        assert(success);
    }

    /// @notice Hashes an 80-byte header at `offset` of the calldata twice.
    /// @param buffer 80 bytes of memory to work in.
    function doubleOfHeader(uint256 offset, uint256 buffer) internal view returns (uint256 digest) {
        assembly ("memory-safe") {
            calldatacopy(buffer, offset, HEADER_LENGTH)
            pop(staticcall(gas(), 2, buffer, HEADER_LENGTH, 0, 32))
            pop(staticcall(gas(), 2, 0, 32, 0, 32))
            digest := mload(0)
        }
    }

    /// @notice Hashes two nodes of a Merkle tree into their parent.
    function doubleOfPair(bytes32 left, bytes32 right) internal view returns (bytes32 digest) {
        assembly ("memory-safe") {
            mstore(0, left)
            mstore(0x20, right)
            pop(staticcall(gas(), 2, 0, 64, 0, 32))
            pop(staticcall(gas(), 2, 0, 32, 0, 32))
            digest := mload(0)
        }
    }

    /// @notice Hashes one word once.
    function ofWord(bytes32 word) internal view returns (bytes32 digest) {
        assembly ("memory-safe") {
            mstore(0, word)
            pop(staticcall(gas(), 2, 0, 32, 0, 32))
            digest := mload(0)
        }
    }
}
