// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @title IFBTC
/// @notice Bitcoin on the side chain, what it has beyond {IPermitToken}. 8 decimals: one unit is one satoshi.
interface IFBTC {
    /// @notice The caller is not the bridge.
    error NotBridge(address caller);

    /// @notice The only account that mints and burns.
    function bridge() external view returns (address);

    /// @notice Creates `amount` satoshi for `recipient`. Reverts with `NotBridge`.
    function mint(address recipient, uint256 amount) external;

    /// @notice Destroys `amount` satoshi of `holder`, without an allowance: the bridge burns its caller's only. Reverts
    /// with `NotBridge`, or with ERC20InsufficientBalance (ERC-6093).
    /// @return supply The supply after it.
    function burn(address holder, uint256 amount) external returns (uint256 supply);
}
