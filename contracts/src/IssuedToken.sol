// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";

import {PermitToken} from "./PermitToken.sol";
import {IIssuedToken} from "./interfaces/IIssuedToken.sol";

/// @title IssuedToken
/// @notice See {IIssuedToken}.
contract IssuedToken is PermitToken, IIssuedToken {
    /// @inheritdoc IIssuedToken
    address public immutable issuer;

    uint8 private immutable _decimals;

    constructor(
        string memory name_,
        string memory symbol_,
        uint8 decimals_,
        address issuer_
    )
        PermitToken(name_, symbol_)
    {
        if (issuer_ == address(0)) revert ZeroIssuer();
        issuer = issuer_;
        _decimals = decimals_;
    }

    /// @inheritdoc IIssuedToken
    function mint(address recipient, uint256 amount) external {
        if (msg.sender != issuer) revert NotIssuer(msg.sender);
        _mint(recipient, amount);
    }

    /// @inheritdoc IERC20Metadata
    function decimals() public view override(ERC20, IERC20Metadata) returns (uint8) {
        return _decimals;
    }
}
