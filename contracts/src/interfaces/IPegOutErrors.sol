// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @title IPegOutErrors
/// @notice Refusals of redemptions, of custody proofs and of keys. Amounts in satoshi.
interface IPegOutErrors {
    /// @notice The script is none of P2PKH, P2SH, P2WPKH, P2WSH and P2TR.
    error UnsupportedScript(bytes script);

    /// @notice The script pays this key of the federation.
    error FederationScript(bytes32 key);

    /// @notice After the greatest fee the payout would be dust for its script.
    error DustPayout(uint256 payout, uint256 dust);

    /// @notice The amount is smaller than the least that is redeemed.
    error RedemptionTooSmall(uint256 amount, uint256 floor);

    /// @notice The amount is greater than one redemption may be.
    error RedemptionTooLarge(uint256 amount, uint256 cap);

    /// @notice The greatest fee is below its floor; a raised one below one more than before.
    error MaxFeeTooLow(uint256 maxFee, uint256 floor);

    /// @notice The caller did not request this redemption.
    error NotRequester(address caller);

    /// @notice No unpaid redemption has this id and preimage.
    error UnknownRedemption(uint256 id);

    /// @notice The transaction does not spend the proven custody outpoint; a custody transaction does in its first
    /// input.
    error CustodyInputMismatch();

    /// @notice The transaction is not of the custody transactions' shape; `reason` is a `ShapeFault`.
    error CustodyShape(uint8 reason);

    /// @notice The payout exceeds the amount, or falls short of it by more than the greatest fee.
    error PayoutMismatch(uint256 id);

    /// @notice The ids do not ascend, or the transaction commits to others.
    error IdsMismatch();

    /// @notice The spend has the shape and still has time to be proven.
    error ConformingSpend();

    /// @notice The record is not the newest one.
    error NotNewestRecord();

    /// @notice The key is not in (0, n), is no x-coordinate of the curve, or is the current one.
    error KeyOutOfRange(bytes32 key);

    /// @notice This registered key is usable already: a signed transaction may pay it, so nothing replaces it.
    error KeyPending(bytes32 key);
}
