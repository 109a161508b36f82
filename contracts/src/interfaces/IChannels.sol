// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IChannelDispute} from "./IChannelDispute.sol";
import {IChannelFunding} from "./IChannelFunding.sol";
import {IChannelSettlement} from "./IChannelSettlement.sol";
import {IChannelsErrors} from "./IChannelsErrors.sol";
import {IReveals} from "./IReveals.sol";
import {Channel, PostedProof, Side} from "../types/ChannelTypes.sol";

/// @title IChannels
/// @notice Payment channels: two parties fund one token, pay each other off chain by signed proofs, and are paid here.
/// @dev Everything signed is EIP-712 of the domain {name "Farbank Channels", version "1", chainId, verifyingContract},
/// with the structs of ChannelTypes as types. Nothing is ever paused, changed or taken back.
///
/// Assumptions on tokens, which is why governance allows them one by one:
/// - A balance does not fall but by transfers. Where it does, payouts fail into the vault and the last to withdraw
/// wait. - A transfer that failed took nothing. One that returns false although it moved tokens cannot fund a channel.
/// - A fee on transfers is the payee's loss; at funding the funder's.
/// A token that breaks them hurts those who hold that token here and nobody else.
interface IChannels is IChannelFunding, IChannelSettlement, IChannelDispute, IReveals, IChannelsErrors {
    /// @notice A channel; of phase `None` when this id was never opened.
    function channel(bytes32 id) external view returns (Channel memory);

    /// @notice A party's side (`ofA`: A's); zero once the channel is closed.
    function side(bytes32 id, bool ofA) external view returns (Side memory);

    /// @notice Newest posted proof of a direction; zero before the channel is closing and once it is closed.
    function posted(bytes32 id, bool fromA) external view returns (PostedProof memory);

    /// @notice Id of a channel with these terms, see `open`.
    function channelId(
        address partyA,
        address partyB,
        address token,
        uint32 challenge,
        bytes32 salt
    )
        external
        view
        returns (bytes32);

    /// @notice Domain separator of EIP-712.
    function domainSeparator() external view returns (bytes32);
}
