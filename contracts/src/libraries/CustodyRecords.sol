// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {CustodyRecord} from "../types/CustodyTypes.sol";

/// @title CustodyRecords
/// @notice Commitments of custody records.
library CustodyRecords {
    /// @dev What abi.encode begins with: the record follows at once.
    uint256 private constant HEAD = 0x20;

    /// @notice keccak256(abi.encode(record)) of a record in calldata.
    /// @dev Hashes calldata from the record's start to the end of its last member. A record encoded otherwise than by
    /// abi.encode has another commitment, so one that the contract knows is read as it was written.
    function commitment(CustodyRecord calldata record) internal pure returns (bytes32 digest) {
        bytes32[] calldata last = record.keysBefore;
        assembly ("memory-safe") {
            // Scratch beyond the free memory pointer, not kept. Were the end before the start, the copy would be too
            // long for any gas.
            let buffer := mload(0x40)
            let length := sub(add(last.offset, shl(5, last.length)), record)
            mstore(buffer, HEAD)
            calldatacopy(add(buffer, 0x20), record, length)
            digest := keccak256(buffer, add(length, 0x20))
        }
    }
}
