// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";

/// @title IPermitToken
/// @notice ERC-20 with name, symbol and decimals, and EIP-2612 permits.
interface IPermitToken is IERC20Metadata, IERC20Permit {}
