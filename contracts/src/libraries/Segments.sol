// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Segment} from "../types/HeaderTypes.sol";

/// @title Segments
/// @notice The words of a segment's preimage and their commitment.
library Segments {
    /// @notice keccak256(abi.encode(root, meta, stateHash)).
    function commitment(bytes32 root, bytes32 meta, bytes32 stateHash) internal pure returns (bytes32 digest) {
        assembly ("memory-safe") {
            // Scratch beyond the free memory pointer, not kept.
            let buffer := mload(0x40)
            mstore(buffer, root)
            mstore(add(buffer, 0x20), meta)
            mstore(add(buffer, 0x40), stateHash)
            digest := keccak256(buffer, 0x60)
        }
    }

    /// @notice Commitment of a segment in calldata.
    function commitmentOfCalldata(Segment calldata segment) internal pure returns (bytes32) {
        bytes32 stateHash;
        bytes32[4] calldata state = segment.state;
        assembly ("memory-safe") {
            let buffer := mload(0x40)
            calldatacopy(buffer, state, 0x80)
            stateHash := keccak256(buffer, 0x80)
        }
        return commitment(segment.root, segment.meta, stateHash);
    }

    /// @notice Commitment of a segment in memory.
    function commitmentOfMemory(Segment memory segment) internal pure returns (bytes32) {
        bytes32 stateHash;
        bytes32[4] memory state = segment.state;
        assembly ("memory-safe") {
            stateHash := keccak256(state, 0x80)
        }
        return commitment(segment.root, segment.meta, stateHash);
    }

    /// @notice Meta word of a segment.
    function packMeta(uint256 height, uint256 headers, address submitter) internal pure returns (bytes32) {
        return bytes32((height << 224) | (headers << 192) | uint160(submitter));
    }

    /// @notice Height of the segment's last header.
    function lastHeight(bytes32 meta) internal pure returns (uint256) {
        return uint256(meta) >> 224;
    }

    /// @notice Number of headers in the segment.
    function count(bytes32 meta) internal pure returns (uint256) {
        return uint32(uint256(meta) >> 192);
    }
}
