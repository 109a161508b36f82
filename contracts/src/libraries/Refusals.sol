// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @title Refusals
/// @notice Encoded errors that a check returns, so that one caller can revert with them and another publish them.
library Refusals {
    /// @notice Reverts with this error, unless it is empty.
    function raise(bytes memory refusal) internal pure {
        if (refusal.length == 0) return;
        assembly ("memory-safe") {
            revert(add(refusal, 0x20), mload(refusal))
        }
    }
}
