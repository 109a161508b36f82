// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {BridgeBase} from "./BridgeBase.sol";
import {IPegOut} from "./interfaces/IPegOut.sol";
import {Redemptions} from "./libraries/Redemptions.sol";
import {CustodyOutput, Ledger} from "./storage/Ledger.sol";
import {Parameters} from "./types/BridgeTypes.sol";
import {Redemption} from "./types/PegOutTypes.sol";

/// @title PegOut
/// @notice See {IPegOut}.
abstract contract PegOut is BridgeBase {
    uint256 internal immutable _redemptionFee;
    uint256 internal immutable _minRedemption;
    uint256 internal immutable _maxRedemption;
    uint256 internal immutable _minMaxFee;

    constructor(Parameters memory parameters_) {
        _redemptionFee = parameters_.redemptionFee;
        _minRedemption = parameters_.minRedemption;
        _maxRedemption = parameters_.maxRedemption;
        _minMaxFee = parameters_.minMaxFee;
    }

    /// @inheritdoc IPegOut
    function requestRedemption(uint64 amount, uint64 maxFee, bytes calldata script) external returns (uint256 id) {
        Ledger memory ledger = _ledger;
        _requireNotPaused(ledger);
        if (amount < _minRedemption) revert RedemptionTooSmall(amount, _minRedemption);
        if (amount > _maxRedemption) revert RedemptionTooLarge(amount, _maxRedemption);
        if (maxFee < _minMaxFee) revert MaxFeeTooLow(maxFee, _minMaxFee);
        (uint256 dust, bytes32 key) = Redemptions.readScript(script);
        if (key != 0) _requireForeign(key);
        // The least amount exceeds the fee.
        uint64 owed = uint64(amount - _redemptionFee);
        Redemptions.requirePayable(owed, maxFee, dust);
        CustodyOutput memory held = _custody.loadAmounts();
        // Before the redemption, which itself adds its fee to the surplus.
        _requireSolvent(token.burn(msg.sender, amount) + amount, held);

        id = ++ledger.redemptionCount;
        _ledger = ledger;
        held.unpaid += owed;
        _custody.storeAmounts(held);
        // Seconds since 1970 fit 64 bits.
        uint64 requestedAt = uint64(block.timestamp);
        _redemptions[id] = Redemptions.commitment(id, owed, maxFee, requestedAt, msg.sender, keccak256(script));
        emit RedemptionRequested(id, msg.sender, owed, maxFee, requestedAt, script);
    }

    /// @inheritdoc IPegOut
    function raiseMaxFee(Redemption calldata redemption_, uint64 maxFee) external {
        if (msg.sender != redemption_.requester) revert NotRequester(msg.sender);
        if (_redemptions[redemption_.id] != _commitment(redemption_, redemption_.maxFee)) {
            revert UnknownRedemption(redemption_.id);
        }
        if (maxFee <= redemption_.maxFee) revert MaxFeeTooLow(maxFee, uint256(redemption_.maxFee) + 1);
        (uint256 dust,) = Redemptions.readScript(redemption_.script);
        Redemptions.requirePayable(redemption_.amount, maxFee, dust);
        _redemptions[redemption_.id] = _commitment(redemption_, maxFee);
        emit MaxFeeRaised(redemption_.id, maxFee);
    }

    /// @inheritdoc IPegOut
    function redemption(uint256 id) external view returns (bytes32) {
        return _redemptions[id];
    }

    /// @inheritdoc IPegOut
    function redemptionCount() external view returns (uint64) {
        return _ledger.redemptionCount;
    }

    function _requireForeign(bytes32 key) private view {
        if (key == _keys.current || key == _keys.next || key == _keys.previous) revert FederationScript(key);
    }

    /// @dev Commitment of a redemption with this greatest fee.
    function _commitment(Redemption calldata redemption_, uint64 maxFee) private pure returns (bytes32) {
        return Redemptions.commitment(
            redemption_.id,
            redemption_.amount,
            maxFee,
            redemption_.requestedAt,
            redemption_.requester,
            keccak256(redemption_.script)
        );
    }
}
