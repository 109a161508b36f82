// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IChannelsErrors} from "../interfaces/IChannelsErrors.sol";

/// @title Locks
/// @notice Reads the locks of a direction; a leaf's layout is documented at `Direction`.
library Locks {
    uint256 private constant LEAF_LENGTH = 64;

    /// @dev So many cost about a million gas to pay: well within a block.
    uint256 private constant MAX_LOCKS = 256;

    /// @notice keccak256 of the leaves, zero for none.
    function root(bytes calldata leaves) internal pure returns (bytes32) {
        return leaves.length == 0 ? bytes32(0) : keccak256(leaves);
    }

    /// @notice Sum of the locks that pay.
    /// @param leaves Leaves of the locks.
    /// @param closeAt End of the challenge as Unix time in seconds.
    /// @param revealedAt Unix times in seconds by hash, zero for never.
    function sumOfPaid(
        bytes calldata leaves,
        uint256 closeAt,
        mapping(bytes32 hash => uint64 time) storage revealedAt
    )
        internal
        view
        returns (uint256 sum)
    {
        if (leaves.length % LEAF_LENGTH != 0) revert IChannelsErrors.LeavesCutOff(leaves.length);
        uint256 count = leaves.length / LEAF_LENGTH;
        if (count > MAX_LOCKS) revert IChannelsErrors.TooManyLocks(count, MAX_LOCKS);
        uint256 leastId = 0;
        unchecked {
            // At most 256 locks of 128 bits each, ids of 64 bits.
            for (uint256 i = 0; i < count; ++i) {
                (uint256 head, bytes32 hash) = _leaf(leaves, i);
                uint256 lockId = head >> 192;
                if (lockId < leastId) revert IChannelsErrors.LocksNotAscending(lockId);
                leastId = lockId + 1;
                uint256 latest = uint64(head);
                if (latest > closeAt) latest = closeAt;
                uint256 at = revealedAt[hash];
                if (at != 0 && at <= latest) sum += uint128(head >> 64);
            }
        }
    }

    /// @dev Both words of a leaf: id u64 | amount u128 | expiry u64, and the hash.
    function _leaf(bytes calldata leaves, uint256 i) private pure returns (uint256 head, bytes32 hash) {
        assembly ("memory-safe") {
            let leaf := add(leaves.offset, shl(6, i))
            head := calldataload(leaf)
            hash := calldataload(add(leaf, 0x20))
        }
    }
}
