// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Difficulty} from "./Difficulty.sol";
import {Endian} from "./Endian.sol";
import {HeaderVerifier} from "./HeaderVerifier.sol";
import {PastTimes} from "./PastTimes.sol";
import {IHeaderErrors} from "../interfaces/IHeaderErrors.sol";
import {Checkpoint, Rules, Segment} from "../types/HeaderTypes.sol";

/// @title CheckpointSegment
/// @notice Turns the trusted first header into segment 0. Runs at deployment only.
library CheckpointSegment {
    uint256 private constant HEADER_LENGTH = 80;

    /// @notice Builds the segment, or reverts with `BadCheckpoint` when the header cannot be one of the network: wrong
    /// length, bits outside the network's bounds, no proof of work, or the first of its period with another start time.
    function build(Rules rules, Checkpoint memory checkpoint) internal pure returns (Segment memory) {
        bytes memory header = checkpoint.header;
        if (header.length != HEADER_LENGTH) revert IHeaderErrors.BadCheckpoint();
        HeaderVerifier.ChainState memory state;
        state.hash = uint256(hash(header));
        state.height = checkpoint.height;
        state.epochStart = checkpoint.epochStartTime;

        uint256 timeAndBits;
        assembly ("memory-safe") {
            // The header's eight bytes from 68 on; within its 80 bytes.
            timeAndBits := shr(192, mload(add(add(header, 0x20), 68)))
        }
        state.bits = Endian.reverse32(timeAndBits & 0xffffffff);
        uint256 time = Endian.reverse32(timeAndBits >> 32);
        _check(rules, state, time);

        state.work = Difficulty.work(Difficulty.fromCompact(state.bits));
        for (uint256 i = 0; i < 10; ++i) {
            (state.newestTimes, state.oldestTimes) =
                PastTimes.push(state.newestTimes, state.oldestTimes, checkpoint.previousTimes[i]);
        }
        (state.newestTimes, state.oldestTimes) = PastTimes.push(state.newestTimes, state.oldestTimes, time);
        return HeaderVerifier.toSegment(state, bytes32(state.hash), 1, address(0));
    }

    /// @notice Double SHA-256 of a header in memory, internal byte order.
    function hash(bytes memory header) internal pure returns (bytes32) {
        return sha256(bytes.concat(sha256(header)));
    }

    function _check(Rules rules, HeaderVerifier.ChainState memory state, uint256 time) private pure {
        uint256 target = Difficulty.fromCompact(state.bits);
        bool inBounds = rules == Rules.Mainnet
            ? target <= Difficulty.fromCompact(Difficulty.MAINNET_LIMIT_BITS)
            : state.bits == Difficulty.REGTEST_LIMIT_BITS;
        bool startsPeriod = state.height % Difficulty.PERIOD == 0;
        if (
            !inBounds || Endian.reverse256(state.hash) > target || target == 0
                || (startsPeriod && state.epochStart != time)
        ) {
            revert IHeaderErrors.BadCheckpoint();
        }
    }
}
