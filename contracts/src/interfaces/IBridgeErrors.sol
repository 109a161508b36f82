// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @title IBridgeErrors
/// @notice Refusals of claims, of roles and of a deployment's parameters. Amounts in satoshi.
interface IBridgeErrors {
    /// @notice The sum minted from this block, the claim included, needs more confirmations.
    error TooShallow(uint256 confirmations, uint256 needed);

    /// @notice The deposit has been minted before.
    error AlreadyMinted(bytes32 id);

    /// @notice The tip's header is too old for minting: the chain of headers may be stalled or private.
    error StaleTip(uint256 tipTime, uint256 now);

    /// @notice The tip is above the last height at which this deposit may be minted.
    error TooCloseToReclaim(uint256 tip, uint256 latest);

    /// @notice The output's script is not OP_1 with a 32-byte key.
    error OutputNotTaproot();

    /// @notice The output key does not commit to this recipient, fee, salt, action and reclaim key.
    error DescriptorMismatch();

    /// @notice The deposit is smaller than the least that is minted.
    error AmountTooSmall(uint256 amount, uint256 floor);

    /// @notice The carrier fee is greater than the deposit.
    error CarrierFeeTooHigh(uint256 carrierFee, uint256 amount);

    /// @notice The sum minted from the newest blocks would pass its cap.
    error MintCapExceeded(uint256 sum, uint256 cap);

    /// @notice The value of unswept deposits would pass its cap.
    error UnsweptValueExceeded(uint256 sum, uint256 cap);

    /// @notice The number of unswept deposits would pass its cap.
    error UnsweptCountExceeded(uint256 count, uint256 cap);

    /// @notice Minting and new redemptions are paused until this Unix time in seconds.
    error Paused(uint256 until);

    /// @notice More is owed, supply and unpaid redemptions, than custody and unswept deposits hold.
    error Insolvent(uint256 left, uint256 right);

    /// @notice No deposit of this id is minted and unswept.
    error NothingToDisown(bytes32 id);

    /// @notice The best chain holds the very block that is said to have left it.
    error SameBlock(bytes32 hash);

    /// @notice The deposit cannot be reclaimed before a block of this height.
    error NotYetReclaimable(uint256 tip, uint256 height);

    /// @notice The tip is below the height from which this deposit raises an alarm.
    error NoUnsweptAlarm(uint256 tip, uint256 height);

    /// @notice The packed claims of a block are empty or cut off at this offset.
    error ClaimMalformed(uint256 offset);

    /// @notice The action is longer than a claim may carry.
    error ActionTooLong(uint256 length, uint256 max);

    /// @notice The caller is not the guardian.
    error NotGuardian(address caller);

    /// @notice The caller is not the governance.
    error NotGovernance(address caller);

    /// @notice The named constructor argument lies outside its hard bounds.
    error ParameterOutOfBounds(bytes32 name);
}
