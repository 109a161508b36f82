// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {BridgeBase} from "./BridgeBase.sol";
import {CustodyLineage} from "./CustodyLineage.sol";
import {HeaderChain} from "./HeaderChain.sol";
import {PegIn} from "./PegIn.sol";
import {PegOut} from "./PegOut.sol";
import {IBridge} from "./interfaces/IBridge.sol";
import {CheckpointSegment} from "./libraries/CheckpointSegment.sol";
import {ParameterBounds} from "./libraries/ParameterBounds.sol";
import {CustodyOutput} from "./storage/Ledger.sol";
import {Deposit, Parameters, Reserves} from "./types/BridgeTypes.sol";
import {Custody} from "./types/CustodyTypes.sol";
import {Checkpoint, Rules} from "./types/HeaderTypes.sol";

/// @title Bridge
/// @notice See {IBridge}.
contract Bridge is PegIn, PegOut, CustodyLineage {
    /// @dev The key at deployment; the one in force is in storage.
    bytes32 private immutable _federationKey;
    uint256 private immutable _feeReserve;

    constructor(
        Rules rules,
        Checkpoint memory checkpoint,
        Parameters memory parameters_,
        Custody memory custody_,
        address governance_,
        address guardian_
    )
        HeaderChain(rules, checkpoint)
        BridgeBase(parameters_, custody_, governance_)
        PegIn(parameters_, CheckpointSegment.hash(checkpoint.header))
        PegOut(parameters_)
        CustodyLineage(parameters_)
    {
        ParameterBounds.check(guardian_, "guardian");
        _federationKey = parameters_.federationKey;
        _feeReserve = parameters_.feeReserve;
        _setGuardian(guardian_);
    }

    /// @inheritdoc IBridge
    function pause() external {
        if (msg.sender != guardian) revert NotGuardian(msg.sender);
        _pause();
    }

    /// @inheritdoc IBridge
    function unpause() external {
        _requireGovernance();
        _ledger.pausedUntil = 0;
        emit Resumed();
    }

    /// @inheritdoc IBridge
    function setGuardian(address guardian_) external {
        _requireGovernance();
        _setGuardian(guardian_);
    }

    /// @inheritdoc IBridge
    function deposit(bytes32 id) external view returns (Deposit memory) {
        uint256 word = _deposits[id];
        return Deposit({
            amount: uint64(word >> AMOUNT_SHIFT),
            height: uint32(word >> HEIGHT_SHIFT),
            blockHashLow: uint128(word >> BLOCK_HASH_SHIFT),
            state: _stateOf(word)
        });
    }

    /// @inheritdoc IBridge
    function reserves() external view returns (Reserves memory) {
        CustodyOutput memory held = _custody.loadAmounts();
        // The supply is minted against outputs, each minted once: at most all bitcoins.
        return Reserves({
            supply: uint64(token.totalSupply()), unpaid: held.unpaid, custody: held.value, unswept: held.unswept
        });
    }

    /// @inheritdoc IBridge
    function parameters() external view returns (Parameters memory) {
        return Parameters({
            federationKey: _federationKey,
            reclaimBlocks: uint32(_reclaimBlocks),
            sweepWindow: uint32(_sweepWindow),
            freshness: uint32(_freshness),
            minConfirmations: uint32(_minConfirmations),
            maxConfirmations: uint32(_maxConfirmations),
            satPerConfirmation: uint64(_satPerConfirmation),
            mintCap: uint64(_mintCap),
            minDeposit: uint64(_minDeposit),
            unsweptValueCap: uint64(_unsweptValueCap),
            unsweptCountCap: uint32(_unsweptCountCap),
            custodyConfirmations: uint32(_custodyConfirmations),
            unsweptAlarm: uint32(_unsweptAlarm),
            evidenceDelay: uint32(_evidenceDelay),
            keyDelay: uint32(_keyDelay),
            redemptionFee: uint64(_redemptionFee),
            minRedemption: uint64(_minRedemption),
            maxRedemption: uint64(_maxRedemption),
            minMaxFee: uint64(_minMaxFee),
            feeReserve: uint64(_feeReserve)
        });
    }

    /// @inheritdoc IBridge
    function pausedUntil() external view returns (uint256) {
        return _ledger.pausedUntil;
    }

    function _setGuardian(address guardian_) private {
        guardian = guardian_;
        emit GuardianSet(guardian_);
    }
}
