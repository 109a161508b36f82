// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {ChannelDispute} from "./ChannelDispute.sol";
import {ChannelFunding} from "./ChannelFunding.sol";
import {ChannelSettlement} from "./ChannelSettlement.sol";
import {IChannels} from "./interfaces/IChannels.sol";
import {ChannelRecord} from "./storage/ChannelRecord.sol";
import {Channel, PostedProof, Side} from "./types/ChannelTypes.sol";

/// @title Channels
/// @notice See {IChannels}.
contract Channels is ChannelFunding, ChannelSettlement, ChannelDispute {
    constructor(
        address governance_,
        uint32 minChallenge_,
        uint32 maxChallenge_
    )
        ChannelFunding(governance_, minChallenge_, maxChallenge_)
    {}

    /// @inheritdoc IChannels
    function channel(bytes32 id) external view returns (Channel memory) {
        ChannelRecord storage record = _channels[id];
        return Channel({
            partyA: record.partyA,
            partyB: record.partyB,
            token: _tokens[record.token],
            challenge: record.challenge,
            settleSeq: record.settleSeq,
            closeAt: record.closeAt,
            phase: record.phase
        });
    }

    /// @inheritdoc IChannels
    function side(bytes32 id, bool ofA) external view returns (Side memory) {
        return ofA ? _channels[id].a : _channels[id].b;
    }

    /// @inheritdoc IChannels
    function posted(bytes32 id, bool fromA) external view returns (PostedProof memory) {
        return fromA ? _channels[id].fromA : _channels[id].fromB;
    }

    /// @inheritdoc IChannels
    function channelId(
        address partyA,
        address partyB,
        address token,
        uint32 challenge,
        bytes32 salt
    )
        external
        view
        returns (bytes32)
    {
        return _channelId(partyA, partyB, token, challenge, salt);
    }

    /// @inheritdoc IChannels
    function domainSeparator() external view returns (bytes32) {
        return _domainSeparatorV4();
    }
}
