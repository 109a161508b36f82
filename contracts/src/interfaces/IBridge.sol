// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IBridgeErrors} from "./IBridgeErrors.sol";
import {ICustody} from "./ICustody.sol";
import {IHeaderChain} from "./IHeaderChain.sol";
import {IInclusionErrors} from "./IInclusionErrors.sol";
import {IPegOut} from "./IPegOut.sol";
import {BlockClaims, Deposit, Parameters, Reserves} from "../types/BridgeTypes.sol";
import {BlockProof} from "../types/HeaderTypes.sol";
import {FBTC} from "../FBTC.sol";

/// @title IBridge
/// @notice Mints fBTC for Bitcoin deposits whose inclusion in the best header chain is proven, and redeems it.
/// @dev A deposit is a taproot output. Its internal key is the federation's, its only leaf lets the depositor reclaim:
/// `<commitment> OP_DROP <reclaimBlocks> OP_CHECKSEQUENCEVERIFY OP_DROP <reclaimKey> OP_CHECKSIG`, where
/// commitment = keccak256(abi.encode(instance, recipient, uint256(carrierFee), salt, keccak256(action))).
///
/// Outside assumptions: the federation sweeps minted deposits before their reclaim height, and someone posts headers at
/// least once in `freshness` seconds. No call reaches code that this deployment did not create.
interface IBridge is IHeaderChain, IInclusionErrors, IBridgeErrors, IPegOut, ICustody {
    /// @notice A deposit was minted: `amount - carrierFee` to the recipient and `carrierFee` to the claim's sender.
    /// @param id keccak256(txid in internal byte order, vout as u32 big-endian).
    /// @param recipient Account that the depositor committed to.
    /// @param amount The whole deposit in satoshi.
    /// @param carrierFee Satoshi of it that went to the sender of the claim.
    /// @param height Height of the deposit's block.
    /// @param txid Deposit's transaction in internal byte order.
    /// @param vout Deposit's output index.
    event Minted(
        bytes32 indexed id,
        address indexed recipient,
        uint64 amount,
        uint64 carrierFee,
        uint32 height,
        bytes32 txid,
        uint32 vout
    );

    /// @notice The deposit no longer backs the supply.
    event DepositDisowned(bytes32 indexed id);

    /// @notice A disowned deposit was claimed anew and backs the supply again; nothing was minted.
    event DepositRestored(bytes32 indexed id);

    /// @notice This minted deposit is unswept too close to its reclaim height; the bridge is paused.
    event UnsweptAlarm(bytes32 indexed id);

    /// @notice Minting and new redemptions are paused until this Unix time in seconds.
    event PausedUntil(uint256 until);

    /// @notice Governance ended a pause.
    event Resumed();

    /// @notice The guardian is now this account.
    event GuardianSet(address guardian);

    /// @notice Mints the deposits that `blocks` prove; carrier fees go to msg.sender. All or nothing.
    /// @dev Each deposit: its block is in the best chain with the confirmations that the sum minted from that block
    /// needs; tip + sweepWindow <= its height + reclaimBlocks, unless it is swept; it pays the current key, or the
    /// previous one up to `previousUntil`; its outpoint was never minted. The tip is fresh. Any action is minted
    /// plainly to the recipient. A disowned deposit is restored and not minted again, which no pause stops.
    ///
    /// Reverts with the errors of IBridgeErrors and IInclusionErrors, or with `UnknownSegment` or `UnknownBlock`.
    function claim(BlockClaims[] calldata blocks) external;

    /// @notice Removes a minted, unswept deposit from the backing: its block left the best chain.
    /// @param id keccak256(txid in internal byte order, vout as u32 big-endian).
    /// @param other Another block of the best chain at the deposit's height.
    function disown(bytes32 id, BlockProof calldata other) external;

    /// @notice Removes a minted deposit from the backing: the tip is at its reclaim height and no sweep is proven.
    function disownUnswept(bytes32 id) external;

    /// @notice Pauses for seven days from now: a minted deposit is unswept fewer than unsweptAlarm blocks before its
    /// reclaim height. May be repeated.
    function raiseUnsweptAlarm(bytes32 id) external;

    /// @notice Stops minting and new redemptions for seven days from now. Guardian only. Headers, proofs and what
    /// undoes them are never paused.
    function pause() external;

    /// @notice Ends a pause. Governance only.
    function unpause() external;

    /// @notice Replaces the guardian. Governance only; the zero address leaves the bridge without one.
    function setGuardian(address guardian) external;

    /// @notice Record of a deposit.
    /// @param id keccak256(txid in internal byte order, vout as u32 big-endian).
    function deposit(bytes32 id) external view returns (Deposit memory);

    /// @notice Both sides of the balance. While supply + unpaid <= custody + unswept does not hold nothing is minted.
    function reserves() external view returns (Reserves memory);

    /// @notice Confirmations that a block needs once `sum` satoshi are minted from it, the claim itself included.
    function confirmationsNeeded(uint64 sum) external view returns (uint32);

    /// @notice Satoshi minted from the block at this height. Forgotten, and reported as zero, once a block 256 higher
    /// is minted from: at that depth no sum needs more confirmations. A reorganisation does not reset it.
    function mintedFrom(uint32 height) external view returns (uint64);

    /// @notice Constants of this deployment.
    function parameters() external view returns (Parameters memory);

    /// @notice keccak256(abi.encode(chain id, this contract, hash of the block before its deployment, checkpoint's
    /// hash)).
    function instance() external view returns (bytes32);

    /// @notice The token that this bridge mints.
    function token() external view returns (FBTC);

    /// @notice Account that may end pauses and replace the guardian.
    function governance() external view returns (address);

    /// @notice Account that may pause.
    function guardian() external view returns (address);

    /// @notice Unix time in seconds until which minting and new redemptions are paused; in the past when they are not.
    function pausedUntil() external view returns (uint256);
}
