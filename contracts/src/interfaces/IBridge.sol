// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IBridgeErrors} from "./IBridgeErrors.sol";
import {IHeaderChain} from "./IHeaderChain.sol";
import {IInclusionErrors} from "./IInclusionErrors.sol";
import {BlockClaims, Custody, Deposit, Parameters, Reserves} from "../types/BridgeTypes.sol";
import {FBTC} from "../FBTC.sol";

/// @title IBridge
/// @notice Mints fBTC for Bitcoin deposits whose inclusion in the best header chain is proven.
/// @dev A deposit is a taproot output. Its internal key is the federation's, its only leaf lets the depositor reclaim:
/// `<commitment> OP_DROP <reclaimBlocks> OP_CHECKSEQUENCEVERIFY OP_DROP <reclaimKey> OP_CHECKSIG`, where
/// commitment = keccak256(abi.encode(instance, recipient, uint256(carrierFee), salt, keccak256(action))).
///
/// Outside assumptions: the federation sweeps minted deposits before their reclaim height, and someone posts headers at
/// least once in `freshness` seconds. No call reaches code that this deployment did not create.
interface IBridge is IHeaderChain, IInclusionErrors, IBridgeErrors {
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

    /// @notice The guardian paused minting until this Unix time in seconds.
    event MintingPausedUntil(uint256 until);

    /// @notice Governance ended a pause.
    event MintingResumed();

    /// @notice The guardian is now this account.
    event GuardianSet(address guardian);

    /// @notice Mints the deposits that `blocks` prove; carrier fees go to msg.sender. All or nothing.
    /// @dev Each deposit: its block is in the best chain with the confirmations that the sum minted from that block
    /// needs; tip + sweepWindow <= its height + reclaimBlocks; its outpoint was never minted. The tip is fresh.
    /// Any action is minted plainly to the recipient.
    ///
    /// Reverts with the errors of IBridgeErrors and IInclusionErrors, or with `UnknownSegment`.
    function claim(BlockClaims[] calldata blocks) external;

    /// @notice Stops minting for seven days from now. Guardian only. Headers are never paused.
    function pause() external;

    /// @notice Ends a pause. Governance only.
    function unpause() external;

    /// @notice Replaces the guardian. Governance only; the zero address leaves the bridge without one.
    function setGuardian(address guardian) external;

    /// @notice Record of a deposit; state `None` when it was not minted.
    /// @param id keccak256(txid in internal byte order, vout as u32 big-endian).
    function deposit(bytes32 id) external view returns (Deposit memory);

    /// @notice Both sides of the balance. supply + unpaid <= custody + unswept always holds.
    function reserves() external view returns (Reserves memory);

    /// @notice Confirmations that a block needs once `sum` satoshi are minted from it, the claim itself included.
    function confirmationsNeeded(uint64 sum) external view returns (uint32);

    /// @notice Satoshi minted from the block at this height. Forgotten, and reported as zero, once a block 256 higher
    /// is minted from: at that depth no sum needs more confirmations. A reorganisation does not reset it.
    function mintedFrom(uint32 height) external view returns (uint64);

    /// @notice Constants of this deployment.
    function parameters() external view returns (Parameters memory);

    /// @notice The proven custody output.
    function custody() external view returns (Custody memory);

    /// @notice keccak256(abi.encode(chain id, this contract, hash of the block before its deployment, checkpoint's
    /// hash)).
    function instance() external view returns (bytes32);

    /// @notice The token that this bridge mints.
    function token() external view returns (FBTC);

    /// @notice Account that may end pauses and replace the guardian.
    function governance() external view returns (address);

    /// @notice Account that may pause minting.
    function guardian() external view returns (address);

    /// @notice Unix time in seconds until which minting is paused; in the past when it is not.
    function mintingPausedUntil() external view returns (uint256);
}
