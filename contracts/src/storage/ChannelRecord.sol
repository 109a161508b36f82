// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Phase, PostedProof, Side} from "../types/ChannelTypes.sol";

/// @notice What is kept of a channel: six slots, of which an open one uses three or four.
struct ChannelRecord {
    /// See `Channel`.
    address partyA;
    uint32 challenge;
    uint64 closeAt;
    /// The second slot.
    address partyB;
    uint64 settleSeq;
    /// Number of the token, from 1.
    uint16 token;
    /// All that stays once the channel is closed.
    Phase phase;
    /// Both sides, a slot each.
    Side a;
    Side b;
    /// Newest posted proof of each direction, named by who pays.
    PostedProof fromA;
    PostedProof fromB;
}

/// @notice A record without what disputes add to it, in memory.
struct ChannelState {
    address partyA;
    address partyB;
    uint256 settleSeq;
    uint256 token;
    Phase phase;
    uint256 fundedA;
    uint256 withdrawnA;
    uint256 fundedB;
    uint256 withdrawnB;
}

using ChannelRecords for ChannelRecord global;

/// @title ChannelRecords
/// @notice Reads and writes whole slots, where the compiler takes one access for each member.
/// @dev Members follow each other from the lowest bit of a slot on.
library ChannelRecords {
    uint256 private constant ADDRESS = 0x00ffffffffffffffffffffffffffffffffffffffff;
    uint256 private constant SEQ_SHIFT = 160;
    uint256 private constant TOKEN_SHIFT = 224;
    uint256 private constant PHASE_SHIFT = 240;

    /// @notice Reads the first four slots.
    function load(ChannelRecord storage self) internal view returns (ChannelState memory state) {
        assembly ("memory-safe") {
            mstore(state, and(sload(self.slot), ADDRESS))
            let word := sload(add(self.slot, 1))
            mstore(add(state, 0x20), and(word, ADDRESS))
            mstore(add(state, 0x40), and(shr(SEQ_SHIFT, word), 0xffffffffffffffff))
            mstore(add(state, 0x60), and(shr(TOKEN_SHIFT, word), 0xffff))
            mstore(add(state, 0x80), shr(PHASE_SHIFT, word))
            word := sload(add(self.slot, 2))
            mstore(add(state, 0xa0), and(word, 0xffffffffffffffffffffffffffffffff))
            mstore(add(state, 0xc0), shr(128, word))
            word := sload(add(self.slot, 3))
            mstore(add(state, 0xe0), and(word, 0xffffffffffffffffffffffffffffffff))
            mstore(add(state, 0x100), shr(128, word))
        }
    }

    /// @notice Writes the number of a settle, and what its totals change.
    /// @param state The record as it is.
    function settle(
        ChannelRecord storage self,
        ChannelState memory state,
        uint64 seq,
        uint128 outA,
        uint128 outB
    )
        internal
    {
        assembly ("memory-safe") {
            let word := or(mload(add(state, 0x20)), shl(SEQ_SHIFT, seq))
            word := or(word, shl(TOKEN_SHIFT, mload(add(state, 0x60))))
            sstore(add(self.slot, 1), or(word, shl(PHASE_SHIFT, mload(add(state, 0x80)))))
            if iszero(eq(outA, mload(add(state, 0xc0)))) {
                sstore(add(self.slot, 2), or(mload(add(state, 0xa0)), shl(128, outA)))
            }
            if iszero(eq(outB, mload(add(state, 0x100)))) {
                sstore(add(self.slot, 3), or(mload(add(state, 0xe0)), shl(128, outB)))
            }
        }
    }

    /// @notice Clears the record but for its phase, which is `Closed` from now on.
    /// @param state The record as it is.
    function bury(ChannelRecord storage self, ChannelState memory state) internal {
        uint256 phase = uint256(Phase.Closed) << PHASE_SHIFT;
        // An open channel has no posted proofs: their slots are not touched.
        uint256 slots = state.phase == Phase.Closing ? 6 : 4;
        assembly ("memory-safe") {
            sstore(self.slot, 0)
            sstore(add(self.slot, 1), phase)
            for { let i := 2 } lt(i, slots) { i := add(i, 1) } { sstore(add(self.slot, i), 0) }
        }
    }
}
