// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @title IIssuedToken
/// @notice Money of an issuer who is fixed for ever and answers for it off chain, what it has beyond {IPermitToken}.
interface IIssuedToken {
    /// @notice The issuer of a token is not the zero address.
    error ZeroIssuer();

    /// @notice The caller is not the issuer.
    error NotIssuer(address caller);

    /// @notice The only account that mints.
    function issuer() external view returns (address);

    /// @notice Creates `amount` units for `recipient`. Reverts with `NotIssuer`.
    function mint(address recipient, uint256 amount) external;
}
