// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";

import {PermitToken} from "./PermitToken.sol";
import {IFBTC} from "./interfaces/IFBTC.sol";

/// @title FBTC
/// @notice See {IFBTC}. The account that creates the token is its bridge.
contract FBTC is PermitToken, IFBTC {
    /// @inheritdoc IFBTC
    address public immutable bridge = msg.sender;

    constructor() PermitToken("Farbank Bitcoin", "fBTC") {}

    /// @inheritdoc IFBTC
    function mint(address recipient, uint256 amount) external {
        if (msg.sender != bridge) revert NotBridge(msg.sender);
        _mint(recipient, amount);
    }

    /// @inheritdoc IFBTC
    function burn(address holder, uint256 amount) external returns (uint256 supply) {
        if (msg.sender != bridge) revert NotBridge(msg.sender);
        _burn(holder, amount);
        return totalSupply();
    }

    /// @inheritdoc IERC20Metadata
    function decimals() public pure override(ERC20, IERC20Metadata) returns (uint8) {
        return 8;
    }
}
