// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IChannelsErrors} from "../interfaces/IChannelsErrors.sol";

/// @title Payouts
/// @notice Pays tokens that may be hostile: a payout fails, it never reverts, and costs no more than its limit.
library Payouts {
    /// @dev Twice what a token behind a proxy takes that also notes its holders' history.
    uint256 private constant PAYOUT_GAS = 100_000;

    /// @dev With that much left, the 63 of 64 parts that a call may have are the whole limit.
    uint256 private constant NEEDED_GAS = 110_000;

    /// @notice Transfers tokens of this contract; false when the token failed, refused, answered with anything but true
    /// or nothing, or is no contract.
    /// @dev Reverts with `GasTooLow` when the token could fail for want of the gas that the caller left.
    function tryTransfer(address token, address to, uint256 amount) internal returns (bool isPaid) {
        if (gasleft() < NEEDED_GAS) revert IChannelsErrors.GasTooLow(gasleft(), NEEDED_GAS);
        bytes4 selector = IERC20.transfer.selector;
        assembly ("memory-safe") {
            // Scratch beyond the free memory pointer, not kept.
            let data := mload(0x40)
            mstore(data, selector)
            mstore(add(data, 0x04), to)
            mstore(add(data, 0x24), amount)
            // One word of the answer, whatever its length.
            isPaid := call(PAYOUT_GAS, token, 0, data, 0x44, 0, 0x20)
            if isPaid {
                switch returndatasize()
                case 0 { isPaid := iszero(iszero(extcodesize(token))) }
                default { isPaid := and(gt(returndatasize(), 0x1f), eq(mload(0), 1)) }
            }
        }
    }
}
