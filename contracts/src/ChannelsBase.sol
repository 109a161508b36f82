// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {IChannels} from "./interfaces/IChannels.sol";
import {KeccakTree} from "./libraries/KeccakTree.sol";
import {Payouts} from "./libraries/Payouts.sol";
import {ChannelRecord, ChannelState} from "./storage/ChannelRecord.sol";
import {Phase} from "./types/ChannelTypes.sol";

/// @title ChannelsBase
/// @notice State that the parts of the channels share, and paying out of it.
abstract contract ChannelsBase is IChannels, EIP712, ReentrancyGuard {
    /// @dev Bounds the rows of a tree; no block has room for as many leaves.
    uint256 private constant MAX_LEAVES = 2 ** 32;

    mapping(bytes32 id => ChannelRecord) internal _channels;

    /// @dev Units by owner and token.
    mapping(address owner => mapping(address token => uint256)) internal _vaults;

    /// @dev Tokens by number, from 1: a number fits into a channel's second slot, an address does not.
    mapping(uint256 number => address token) internal _tokens;

    constructor() EIP712("Farbank Channels", "1") {}

    /// @dev Ends a channel: keeps the phase alone, for ever, and pays both parties.
    function _end(
        ChannelRecord storage record,
        ChannelState memory state,
        bytes32 id,
        uint256 paidA,
        uint256 paidB,
        uint8 toVault
    )
        internal
    {
        record.bury(state);
        // Parts of a pot that fits 128 bits: see MAX_FUNDING.
        emit Closed(id, uint128(paidA), uint128(paidB));
        _payBoth(state, paidA, paidB, toVault);
    }

    /// @dev Pays both parties, to the vault where `toVault` says so.
    function _payBoth(ChannelState memory state, uint256 paidA, uint256 paidB, uint8 toVault) internal {
        address token = _tokens[state.token];
        _pay(token, state.partyA, paidA, toVault & 1 != 0);
        _pay(token, state.partyB, paidB, toVault & 2 != 0);
    }

    /// @dev What a payout that failed would have paid goes to the payee's vault.
    function _pay(address token, address payee, uint256 amount, bool toVault) private {
        if (amount == 0) return;
        if (!toVault && Payouts.tryTransfer(token, payee, amount)) return;
        _vaults[payee][token] += amount;
        emit VaultCredited(payee, token, amount);
    }

    function _requirePhase(ChannelRecord storage record, bytes32 id, Phase phase) internal view {
        if (record.phase != phase) revert WrongPhase(id, record.phase);
    }

    /// @dev Root that a leaf leads to.
    function _rootFrom(
        bytes32 leaf,
        uint256 index,
        uint256 count,
        bytes32[] calldata branch
    )
        internal
        pure
        returns (bytes32 root)
    {
        if (index < count && count <= MAX_LEAVES) root = KeccakTree.rootFromPath(leaf, index, count, branch);
        if (root == 0) revert BranchMalformed(index, count);
    }

    function _requireBefore(uint256 deadline) internal view {
        if (block.timestamp > deadline) revert DeadlinePassed(deadline, block.timestamp);
    }
}
