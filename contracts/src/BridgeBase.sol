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

    /// @dev Keys before a rotation, by the commitment of its record.
    mapping(bytes32 commitment => FederationKeys) internal _keysBefore;

    constructor(Parameters memory parameters_, Custody memory custody_, address governance_) {
        ParameterBounds.check(parameters_);
        ParameterBounds.check(custody_);
        ParameterBounds.check(governance_, "governance");
        _reclaimBlocks = parameters_.reclaimBlocks;
        governance = governance_;
        token = new FBTC();
        _custody.txid = custody_.txid;
        _custody.vout = custody_.vout;
        _custody.value = custody_.value;
        _keys.current = parameters_.federationKey;
    }

    /// @dev Stops mints and new redemptions for seven days from now, so never for less than before.
    function _pause() internal {
        uint256 until = block.timestamp + PAUSE;
        // Seven days from now: 40 bits last for 34,000 years.
        _ledger.pausedUntil = uint40(until);
        emit PausedUntil(until);
    }

    function _requireNotPaused(Ledger memory ledger) internal view {
        if (block.timestamp < ledger.pausedUntil) revert Paused(ledger.pausedUntil);
    }

    /// @dev Requires invariant I1 with these reserves.
    function _requireSolvent(uint256 supply, CustodyOutput memory held) internal pure {
        uint256 left = supply + held.unpaid;
        uint256 right = uint256(held.value) + held.unswept;
        if (left > right) revert Insolvent(left, right);
    }

    function _requireGovernance() internal view {
        if (msg.sender != governance) revert NotGovernance(msg.sender);
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
