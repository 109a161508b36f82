// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Secp256k1} from "./Secp256k1.sol";
import {IBridgeErrors} from "../interfaces/IBridgeErrors.sol";
import {Parameters} from "../types/BridgeTypes.sol";
import {Custody} from "../types/CustodyTypes.sol";

/// @title ParameterBounds
/// @notice Hard bounds of a deployment's parameters; reverts with `ParameterOutOfBounds`. Runs at deployment only.
library ParameterBounds {
    /// @dev A minimal push of exactly two bytes.
    uint256 private constant MIN_RECLAIM = 256;
    uint256 private constant MAX_RECLAIM = 32_767;

    /// @dev Below a minute Bitcoin's own gaps would stop minting most of the time; above a day a stalled chain would
    /// mint.
    uint256 private constant MIN_FRESHNESS = 1 minutes;
    uint256 private constant MAX_FRESHNESS = 1 days;

    /// @dev A day of blocks: the reach of the window of minted sums, and well inside the record's 258 blocks.
    uint256 private constant MAX_CONFIRMATIONS = 144;

    /// @dev Five times the cost of spending a taproot output (57.5 vB) at 100 sat/vB.
    uint256 private constant MIN_DEPOSIT = 28_750;

    /// @dev 100,000 bitcoins: the window of minted sums counts 2^32 units of 10,000 sat in a bucket.
    uint256 private constant MAX_MINT_CAP = 10_000_000_000_000;

    /// @dev All bitcoins.
    uint256 private constant MAX_MONEY = 2_100_000_000_000_000;

    /// @dev Older blocks cannot be counted on to stay provable, see HeaderChain.
    uint256 private constant MAX_EVIDENCE_DELAY = 4032;

    /// @dev Longer than any notice of a rotation; a key that never becomes usable would be no use.
    uint256 private constant MAX_KEY_DELAY = 90 days;

    /// @dev The greatest dust of all script types.
    uint256 private constant MAX_DUST = 546;

    /// @notice Checks every parameter.
    function check(Parameters memory parameters) internal pure {
        _require(Secp256k1.isKey(parameters.federationKey), "federationKey");
        _requireWithin(parameters.reclaimBlocks, MIN_RECLAIM, MAX_RECLAIM, "reclaimBlocks");
        _requireWithin(parameters.minConfirmations, 1, parameters.maxConfirmations, "minConfirmations");
        _requireWithin(parameters.maxConfirmations, 1, MAX_CONFIRMATIONS, "maxConfirmations");
        // A deposit that needs all confirmations must reach them before it is too close to its reclaim.
        _require(parameters.sweepWindow != 0, "sweepWindow");
        _require(
            uint256(parameters.sweepWindow) + parameters.maxConfirmations <= parameters.reclaimBlocks, "sweepWindow"
        );
        _requireWithin(parameters.freshness, MIN_FRESHNESS, MAX_FRESHNESS, "freshness");
        _requireWithin(parameters.satPerConfirmation, 1, MAX_MONEY, "satPerConfirmation");
        _requireWithin(parameters.minDeposit, MIN_DEPOSIT, MAX_MONEY, "minDeposit");
        _requireWithin(parameters.mintCap, parameters.minDeposit, MAX_MINT_CAP, "mintCap");
        _requireWithin(parameters.unsweptValueCap, parameters.minDeposit, MAX_MONEY, "unsweptValueCap");
        _require(parameters.unsweptCountCap != 0, "unsweptCountCap");
        _checkPegOut(parameters);
    }

    /// @notice Checks the custody output.
    function check(Custody memory custody) internal pure {
        _requireWithin(custody.value, 0, MAX_MONEY, "custody");
    }

    /// @notice Checks that an account of the deployment is not zero.
    function check(address account, bytes32 name) internal pure {
        _require(account != address(0), name);
    }

    function _checkPegOut(Parameters memory parameters) private pure {
        _requireWithin(parameters.custodyConfirmations, 1, MAX_CONFIRMATIONS, "custodyConfirmations");
        // A deposit just minted must not raise the alarm.
        _requireWithin(parameters.unsweptAlarm, 1, uint256(parameters.sweepWindow) - 1, "unsweptAlarm");
        // Whoever proves comes first.
        _requireWithin(
            parameters.evidenceDelay, uint256(parameters.custodyConfirmations) + 1, MAX_EVIDENCE_DELAY, "evidenceDelay"
        );
        _requireWithin(parameters.keyDelay, 1, MAX_KEY_DELAY, "keyDelay");
        _requireWithin(parameters.maxRedemption, parameters.minRedemption, MAX_MONEY, "maxRedemption");
        _requireWithin(parameters.minMaxFee, 1, MAX_MONEY, "minMaxFee");
        _requireWithin(parameters.redemptionFee, 0, MAX_MONEY, "redemptionFee");
        _requireWithin(parameters.feeReserve, 0, MAX_MONEY, "feeReserve");
        // The smallest redemption can be paid to every type of script.
        _requireWithin(
            parameters.minRedemption,
            uint256(parameters.redemptionFee) + parameters.minMaxFee + MAX_DUST,
            MAX_MONEY,
            "minRedemption"
        );
    }

    function _requireWithin(uint256 value, uint256 least, uint256 greatest, bytes32 name) private pure {
        _require(value >= least && value <= greatest, name);
    }

    function _require(bool condition, bytes32 name) private pure {
        if (!condition) revert IBridgeErrors.ParameterOutOfBounds(name);
    }
}
