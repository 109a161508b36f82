// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IPegOutErrors} from "./IPegOutErrors.sol";
import {Redemption} from "../types/PegOutTypes.sol";

/// @title IPegOut
/// @notice Redemptions: fBTC is burnt at once, bitcoins are owed to a script.
/// @dev A redemption is never cancelled. It ends when a custody transaction that pays it is proven, see {ICustody}.
interface IPegOut is IPegOutErrors {
    /// @notice A redemption was requested and its fBTC burnt. The members are those of `Redemption`.
    event RedemptionRequested(
        uint256 indexed id, address indexed requester, uint64 amount, uint64 maxFee, uint64 requestedAt, bytes script
    );

    /// @notice The redemption's greatest fee is now this many satoshi.
    event MaxFeeRaised(uint256 indexed id, uint64 maxFee);

    /// @notice Burns `amount` satoshi of the caller's fBTC and owes them, less the redemption fee, to `script`.
    /// @param amount Satoshi, from minRedemption to maxRedemption. The caller needs no allowance.
    /// @param maxFee Greatest part in satoshi that the payout may leave to miners, at least minMaxFee.
    /// @param script P2PKH, P2SH, P2WPKH, P2WSH or P2TR, none of the federation's own.
    /// @return id Number of the redemption, from 1.
    /// @dev Reverts with the errors of IPegOutErrors, `Paused` or `Insolvent`; with ERC20InsufficientBalance of
    /// ERC-6093 when the caller holds less.
    function requestRedemption(uint64 amount, uint64 maxFee, bytes calldata script) external returns (uint256 id);

    /// @notice Raises the greatest fee of the caller's redemption, so that it waits no longer.
    /// @param redemption As published, with the newest greatest fee.
    /// @param maxFee Greater than before; the payout must stay above dust.
    function raiseMaxFee(Redemption calldata redemption, uint64 maxFee) external;

    /// @notice Commitment of an unpaid redemption; zero when it was never requested or is proven paid.
    function redemption(uint256 id) external view returns (bytes32);

    /// @notice Number of redemptions ever requested, which is the newest one's id.
    function redemptionCount() external view returns (uint64);
}
