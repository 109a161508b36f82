// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {CustodyRecord} from "../types/CustodyTypes.sol";

/// @title CustodyRecords
/// @notice abi.encode of custody records, which is both the preimage of their commitment and the data of their event.
library CustodyRecords {
    /// @dev What abi.encode begins with: the record follows at once.
    uint256 private constant HEAD = 0x20;

    /// @dev Bytes of the record's members, the first twelve of them without and the last five with a tail.
    uint256 private constant STATIC_LENGTH = 0x180;
    uint256 private constant MEMBERS_LENGTH = 0x220;

    /// @notice abi.encode(record) of a record in memory.
    /// @dev By hand, since the compiler's code takes 6,000 gas for it: in memory the members stand as abi.encode orders
    /// them, a word each, with a pointer where it wants an offset, and an array is its length and a word for each
    /// element.
    function encode(CustodyRecord memory record) internal view returns (bytes memory encoded) {
        assembly ("memory-safe") {
            function copy(source, target, length) {
                for { let end := add(source, length) } lt(source, end) { source := add(source, 0x20) } {
                    mstore(target, mload(source))
                    target := add(target, 0x20)
                }
            }
            encoded := mload(0x40)
            mstore(add(encoded, 0x20), HEAD)
            let start := add(encoded, 0x40)
            // The identity precompile: cheaper than the loop from a few words on. It cannot fail and let the caller go
            // on.
            pop(staticcall(gas(), 4, record, STATIC_LENGTH, start, STATIC_LENGTH))
            let tail := MEMBERS_LENGTH
            for { let member := STATIC_LENGTH } lt(member, MEMBERS_LENGTH) { member := add(member, 0x20) } {
                let array := mload(add(record, member))
                let length := shl(5, add(mload(array), 1))
                mstore(add(start, member), tail)
                copy(array, add(start, tail), length)
                tail := add(tail, length)
            }
            mstore(encoded, add(tail, 0x20))
            mstore(0x40, add(start, tail))
        }
    }

    /// @notice keccak256(abi.encode(record)) of a record in calldata.
    /// @dev Hashes calldata from the record's start to the end of its last member. A record encoded otherwise than by
    /// abi.encode has another commitment, so one that the contract knows is read as it was written.
    function commitment(CustodyRecord calldata record) internal pure returns (bytes32 digest) {
        bytes32[] calldata last = record.unbacked;
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
