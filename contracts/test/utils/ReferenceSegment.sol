// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Bitcoin} from "./Bitcoin.sol";
import {Segment} from "../../src/types/HeaderTypes.sol";

/// @notice The plain twin of the contract's segments: arrays, loops and nothing packed.
library ReferenceSegment {
    /// @dev Keccak root, an odd last node moves up unchanged.
    function root(bytes32[] memory row) internal pure returns (bytes32) {
        while (row.length > 1) {
            row = parentRow(row);
        }
        return row[0];
    }

    function parentRow(bytes32[] memory row) internal pure returns (bytes32[] memory next) {
        next = new bytes32[]((row.length + 1) / 2);
        for (uint256 i = 0; i < next.length; ++i) {
            bool paired = 2 * i + 1 < row.length;
            next[i] = paired ? keccak256(abi.encodePacked(row[2 * i], row[2 * i + 1])) : row[2 * i];
        }
    }

    /// @dev Siblings of leaf `index` up to the root; rows where it moves up unchanged have none.
    function path(bytes32[] memory row, uint256 index) internal pure returns (bytes32[] memory siblings) {
        bytes32[] memory found = new bytes32[](33);
        uint256 count = 0;
        for (; row.length > 1; index >>= 1) {
            uint256 sibling = index ^ 1;
            if (sibling < row.length) found[count++] = row[sibling];
            row = parentRow(row);
        }
        siblings = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            siblings[i] = found[i];
        }
    }

    function commitment(Segment memory segment) internal pure returns (bytes32) {
        return keccak256(abi.encode(segment.root, segment.meta, keccak256(abi.encode(segment.state))));
    }

    /// @dev Packs eleven times, oldest first, into the two state words.
    function packTimes(uint32[11] memory times) internal pure returns (bytes32 eightOldest, bytes32 threeNewest) {
        uint256 first = 0;
        uint256 second = 0;
        for (uint256 i = 0; i < 11; ++i) {
            if (i < 8) first = (first << 32) | times[i];
            else second = (second << 32) | times[i];
        }
        return (bytes32(first), bytes32(second << 160));
    }

    /// @dev In one pass: joining a thousand headers pairwise would exhaust the memory of a test.
    function concatenate(bytes[] memory parts) internal pure returns (bytes memory whole) {
        uint256 length = 0;
        for (uint256 i = 0; i < parts.length; ++i) {
            length += parts[i].length;
        }
        whole = new bytes(length);
        uint256 target = 0;
        for (uint256 i = 0; i < parts.length; ++i) {
            for (uint256 j = 0; j < parts[i].length; ++j) {
                whole[target++] = parts[i][j];
            }
        }
    }

    function hashes(bytes[] memory headers) internal pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](headers.length);
        for (uint256 i = 0; i < headers.length; ++i) {
            leaves[i] = Bitcoin.sha256d(headers[i]);
        }
    }
}
