// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {FBTC} from "./FBTC.sol";
import {HeaderChain} from "./HeaderChain.sol";
import {IBridge} from "./interfaces/IBridge.sol";
import {ParameterBounds} from "./libraries/ParameterBounds.sol";
import {CustodyOutput, FederationKeys, Ledger} from "./storage/Ledger.sol";
import {MintRecord} from "./storage/MintRecord.sol";
import {MintWindow} from "./storage/MintWindow.sol";
import {DepositState, Parameters} from "./types/BridgeTypes.sol";
import {Custody} from "./types/CustodyTypes.sol";

/// @title BridgeBase
/// @notice State and constants that peg-in, peg-out and custody share, and the brakes.
abstract contract BridgeBase is IBridge, HeaderChain {
    /// @dev How long a pause lasts.
    uint256 private constant PAUSE = 7 days;

    /// @dev Where a deposit's record holds its parts.
    uint256 internal constant AMOUNT_SHIFT = 192;
    uint256 internal constant HEIGHT_SHIFT = 160;
    uint256 internal constant BLOCK_HASH_SHIFT = 32;

    /// @inheritdoc IBridge
    FBTC public immutable token;

    /// @inheritdoc IBridge
    address public immutable governance;

    uint256 internal immutable _reclaimBlocks;

    /// @inheritdoc IBridge
    address public guardian;

    Ledger internal _ledger;
    MintWindow internal _window;
    MintRecord.Record internal _record;

    /// @dev amount u64 | height u32 | blockHashLow u128 | state u32, by deposit id.
    mapping(bytes32 id => uint256 word) internal _deposits;

    /// @dev Commitments of unpaid redemptions.
    mapping(uint256 id => bytes32 commitment) internal _redemptions;

    CustodyOutput internal _custody;

    /// @dev Commitment of the newest custody record.
    bytes32 internal _lineage;

    FederationKeys internal _keys;

    constructor(Parameters memory parameters_, Custody memory custody_, address governance_) {
        ParameterBounds.check(parameters_);
        ParameterBounds.check(custody_);
        ParameterBounds.check(governance_, "governance");
        _reclaimBlocks = parameters_.reclaimBlocks;
        governance = governance_;
        token = new FBTC();
        _custody = CustodyOutput({txid: custody_.txid, vout: custody_.vout, value: custody_.value, height: 0});
        _keys.current = parameters_.federationKey;
    }

    /// @dev Stops mints and new redemptions for seven days from now, so never for less than before.
    function _pause(Ledger memory ledger) internal {
        uint256 until = block.timestamp + PAUSE;
        // Seven days from now: 40 bits last for 34,000 years.
        ledger.pausedUntil = uint40(until);
        emit PausedUntil(until);
    }

    function _requireNotPaused(Ledger memory ledger) internal view {
        if (block.timestamp < ledger.pausedUntil) revert Paused(ledger.pausedUntil);
    }

    /// @dev Requires invariant I1 with these totals.
    function _requireSolvent(Ledger memory ledger) internal view {
        uint256 left = token.totalSupply() + ledger.unpaid;
        uint256 right = uint256(_custody.value) + ledger.unsweptValue;
        if (left > right) revert Insolvent(left, right);
    }

    function _requireGovernance() internal view {
        if (msg.sender != governance) revert NotGovernance(msg.sender);
    }

    /// @dev Takes a deposit out of the unswept ones.
    function _subtractUnswept(Ledger memory ledger, uint256 word) internal pure {
        ledger.unsweptValue -= uint64(word >> AMOUNT_SHIFT);
        ledger.unsweptCount -= 1;
    }

    /// @dev What became of the deposit.
    function _stateOf(uint256 word) internal pure returns (DepositState) {
        return DepositState(uint32(word));
    }

    /// @dev The record with another state.
    function _withState(uint256 word, DepositState state) internal pure returns (uint256) {
        return (word >> BLOCK_HASH_SHIFT << BLOCK_HASH_SHIFT) | uint256(state);
    }

    /// @dev keccak256(txid in internal byte order, vout as u32 big-endian).
    function _depositId(bytes32 txid, uint256 vout) internal pure returns (bytes32 id) {
        assembly ("memory-safe") {
            mstore(0, txid)
            mstore(0x20, shl(224, vout))
            id := keccak256(0, 36)
        }
    }
}
