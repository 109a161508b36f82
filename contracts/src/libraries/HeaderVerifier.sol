// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Difficulty} from "./Difficulty.sol";
import {Endian} from "./Endian.sol";
import {KeccakTree} from "./KeccakTree.sol";
import {PastTimes} from "./PastTimes.sol";
import {Segments} from "./Segments.sol";
import {Sha256} from "./Sha256.sol";
import {IHeaderErrors} from "../interfaces/IHeaderErrors.sol";
import {Rules, Segment} from "../types/HeaderTypes.sol";

/// @title HeaderVerifier
/// @notice Checks a run of headers against the state of the chain before it: link, bits, proof of work, median time
/// past, two-hour bound, in this order for each header.
library HeaderVerifier {
    using PastTimes for uint256;

    /// @notice State of a chain after its last header, unpacked from a segment.
    struct ChainState {
        /// Hash of the last header, internal byte order.
        uint256 hash;
        uint256 height;
        /// Work since the checkpoint.
        uint256 work;
        /// Compact target of the last header.
        uint256 bits;
        /// Time of the first header of the retarget period.
        uint256 epochStart;
        /// The last eleven times, see PastTimes.
        uint256 newestTimes;
        uint256 oldestTimes;
    }

    /// @dev Where a run of headers is read from and its hashes are written to.
    struct Run {
        /// Calldata offset of the submission's first header.
        uint256 start;
        /// Calldata offset of the run's first header.
        uint256 cursor;
        /// Calldata offset after the run's last header.
        uint256 end;
        /// Memory address of the run's first hash.
        uint256 leaf;
        /// Greatest time that a header may bear.
        uint256 timeLimit;
    }

    uint256 private constant HEADER_LENGTH = 80;

    /// @notice Offset of the time in a header; bits and nonce follow.
    uint256 private constant TIME_OFFSET = 68;

    /// @dev Consensus constant of Bitcoin: how far ahead of the clock a header may be.
    uint256 private constant FUTURE_LIMIT = 2 hours;

    /// @notice Reads the state after a segment.
    function load(Segment calldata segment) internal pure returns (ChainState memory state) {
        state.hash = uint256(segment.state[0]);
        state.height = Segments.lastHeight(segment.meta);
        uint256 packed = uint256(segment.state[1]);
        state.work = packed >> 128;
        state.bits = uint32(packed >> 96);
        state.epochStart = uint32(packed >> 64);
        (state.newestTimes, state.oldestTimes) = PastTimes.unpack(uint256(segment.state[2]), uint256(segment.state[3]));
    }

    /// @notice Builds the segment that ends in this state.
    function toSegment(
        ChainState memory state,
        bytes32 root,
        uint256 count,
        address submitter
    )
        internal
        pure
        returns (Segment memory segment)
    {
        segment.root = root;
        segment.meta = Segments.packMeta(state.height, count, submitter);
        segment.state[0] = bytes32(state.hash);
        segment.state[1] = bytes32((state.work << 128) | (state.bits << 96) | (state.epochStart << 64));
        (uint256 eightOldest, uint256 threeNewest) = PastTimes.pack(state.newestTimes, state.oldestTimes);
        segment.state[2] = bytes32(eightOldest);
        segment.state[3] = bytes32(threeNewest);
    }

    /// @notice Verifies headers and moves `state` to the last of them.
    /// @param state State before the headers.
    /// @param rules Rules of the network.
    /// @param headers A whole, nonzero number of headers.
    /// @return root Root of the hashes.
    function verify(ChainState memory state, Rules rules, bytes calldata headers) internal view returns (bytes32 root) {
        uint256 count = headers.length / HEADER_LENGTH;
        uint256 leaves = _allocate(count);
        Run memory run;
        run.start = _offset(headers);
        run.end = run.start;
        run.leaf = leaves;
        run.timeLimit = block.timestamp + FUTURE_LIMIT;
        uint256 last = run.start + headers.length;
        unchecked {
            // Offsets into calldata, and counts of headers that fit a transaction.
            while (run.end != last) {
                // The target is constant up to the end of a retarget period: verify in runs of one target.
                uint256 position = (state.height + 1) % Difficulty.PERIOD;
                run.cursor = run.end;
                run.end = _min(last, run.cursor + (Difficulty.PERIOD - position) * HEADER_LENGTH);
                if (position == 0) _startPeriod(state, rules, run.cursor);
                _verifyRun(state, run);
            }
        }
        root = KeccakTree.rootInPlace(leaves, count);
    }

    /// @dev Sets the target and the start of the period whose first header is at `cursor`.
    function _startPeriod(ChainState memory state, Rules rules, uint256 cursor) private pure {
        if (rules == Rules.Mainnet) {
            state.bits = Difficulty.retarget(state.bits, state.epochStart, state.newestTimes.last());
        }
        state.epochStart = Endian.reverse32(_timeAndBits(cursor) >> 32);
    }

    /// @dev Verifies a run of headers of one target, writes their hashes and moves `state` and `run.leaf` on.
    function _verifyRun(ChainState memory state, Run memory run) private view {
        uint256 target = Difficulty.fromCompact(state.bits);
        _verifyHeaders(state, run, Endian.reverse32(state.bits), target);
        unchecked {
            // At most 1,600 headers of less than 2^224 hashes each on mainnet, of two on regtest.
            uint256 count = (run.end - run.cursor) / HEADER_LENGTH;
            state.height += count;
            state.work += count * Difficulty.work(target);
            run.leaf += count * 32;
        }
    }

    /// @dev The loop over headers.
    /// @param rawBits Compact target as the header's bytes hold it.
    function _verifyHeaders(ChainState memory state, Run memory run, uint256 rawBits, uint256 target) private view {
        uint256 hash = state.hash;
        uint256 newest = state.newestTimes;
        uint256 oldest = state.oldestTimes;
        uint256 leaf = run.leaf;
        uint256 buffer;
        assembly ("memory-safe") {
            // Scratch of one header beyond the free memory pointer, not kept.
            buffer := mload(0x40)
        }
        unchecked {
            // Offsets stay within calldata and the allocated leaves: run.end and run.leaf were computed from the
            // length.
            for (uint256 cursor = run.cursor; cursor != run.end; cursor += HEADER_LENGTH) {
                uint256 previous;
                assembly ("memory-safe") {
                    previous := calldataload(add(cursor, 4))
                }
                if (previous != hash) revert IHeaderErrors.BadLink(_index(run, cursor));

                uint256 time = _timeAndBits(cursor);
                if (time & 0xffffffff != rawBits) _revertBits(run, cursor, rawBits);
                time = Endian.reverse32(time >> 32);

                hash = Sha256.doubleOfHeader(cursor, buffer);
                assembly ("memory-safe") {
                    mstore(leaf, hash)
                    leaf := add(leaf, 32)
                }
                if (Endian.reverse256(hash) > target) revert IHeaderErrors.BadProofOfWork(_index(run, cursor));
                if (!PastTimes.isAfterMedian(newest, oldest, time)) {
                    revert IHeaderErrors.TimeTooOld(_index(run, cursor), uint32(time));
                }
                if (time > run.timeLimit) {
                    revert IHeaderErrors.TimeTooNew(_index(run, cursor), uint32(time), run.timeLimit);
                }
                (newest, oldest) = PastTimes.push(newest, oldest, time);
            }
        }
        state.hash = hash;
        state.newestTimes = newest;
        state.oldestTimes = oldest;
    }

    /// @dev Memory for `count` words.
    function _allocate(uint256 count) private pure returns (uint256 start) {
        assembly ("memory-safe") {
            start := mload(0x40)
            mstore(0x40, add(start, shl(5, count)))
        }
    }

    function _offset(bytes calldata data) private pure returns (uint256 offset) {
        assembly ("memory-safe") {
            offset := data.offset
        }
    }

    /// @dev Time and bits of the header at `cursor` as its eight bytes hold them.
    function _timeAndBits(uint256 cursor) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := shr(192, calldataload(add(cursor, TIME_OFFSET)))
        }
    }

    /// @dev Number of the header at `cursor` in the submission.
    function _index(Run memory run, uint256 cursor) private pure returns (uint256) {
        return (cursor - run.start) / HEADER_LENGTH;
    }

    function _revertBits(Run memory run, uint256 cursor, uint256 rawBits) private pure {
        uint256 bits = Endian.reverse32(_timeAndBits(cursor) & 0xffffffff);
        revert IHeaderErrors.BadBits(_index(run, cursor), uint32(bits), uint32(Endian.reverse32(rawBits)));
    }

    function _min(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}
