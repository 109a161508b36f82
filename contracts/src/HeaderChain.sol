// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IHeaderChain} from "./interfaces/IHeaderChain.sol";
import {CheckpointSegment} from "./libraries/CheckpointSegment.sol";
import {HeaderVerifier} from "./libraries/HeaderVerifier.sol";
import {KeccakTree} from "./libraries/KeccakTree.sol";
import {Segments} from "./libraries/Segments.sol";
import {Sha256} from "./libraries/Sha256.sol";
import {Head, packHead} from "./storage/Head.sol";
import {BlockProof, Checkpoint, Rules, Segment, Tip} from "./types/HeaderTypes.sol";

/// @title HeaderChain
/// @notice See {IHeaderChain}.
abstract contract HeaderChain is IHeaderChain {
    /// @dev Segments that stay provable: four weeks of blocks when every block is submitted on its own.
    uint256 private constant RING = 4096;

    uint256 private constant HEADER_LENGTH = 80;

    /// @dev Where a header holds its predecessor's hash and its Merkle root.
    uint256 private constant LINK_OFFSET = 4;
    uint256 private constant MERKLE_ROOT_OFFSET = 36;

    /// @dev What fits geth's bound of 128 KiB for a transaction: most headers of a branch.
    uint256 private constant MAX_BRANCH = 1600;

    /// @dev Most headers that extend the best chain. Below MAX_BRANCH, because a branch that leaves inside a segment
    /// repeats its headers: the newest segment must always be replaceable, or a reorganisation could end the chain.
    uint256 private constant MAX_EXTENSION = 1000;

    /// @inheritdoc IHeaderChain
    Rules public immutable rules;

    /// @dev Newest header.
    Head private _head;

    /// @dev Commitments by index modulo the ring's length.
    bytes32[RING] private _ring;

    constructor(Rules rules_, Checkpoint memory checkpoint) {
        rules = rules_;
        Segment memory segment = CheckpointSegment.build(rules_, checkpoint);
        _store(0, segment, _newHead(1, 1, segment));
    }

    /// @inheritdoc IHeaderChain
    function submitHeaders(uint256 parentIndex, Segment calldata parent, bytes calldata headers) external {
        uint256 count = headers.length / HEADER_LENGTH;
        if (count == 0 || headers.length != count * HEADER_LENGTH) revert CutOff(headers.length);
        Head head = _head;
        uint256 max = parentIndex == head.segments() - 1 ? MAX_EXTENSION : MAX_BRANCH;
        if (count > max) revert TooManyHeaders(count, max);
        if (_commitment(head, parentIndex) != Segments.commitmentOfCalldata(parent)) {
            revert UnknownSegment(parentIndex);
        }

        HeaderVerifier.ChainState memory state = HeaderVerifier.load(parent);
        bytes32 root = HeaderVerifier.verify(state, rules, headers);
        if (state.work <= head.work()) revert NotEnoughWork(state.work, head.work());

        Segment memory segment = HeaderVerifier.toSegment(state, root, count, msg.sender);
        unchecked {
            // The parent is known, so its index is below 2^32.
            uint256 length = parentIndex + 2;
            _store(parentIndex + 1, segment, _newHead(length, length > head.peak() ? length : head.peak(), segment));
        }
    }

    /// @inheritdoc IHeaderChain
    function tip() external view returns (Tip memory) {
        Head head = _head;
        return Tip({
            segments: uint32(head.segments()),
            height: uint32(head.height()),
            time: uint32(head.time()),
            work: uint128(head.work())
        });
    }

    /// @inheritdoc IHeaderChain
    function segmentCommitment(uint256 index) external view returns (bytes32) {
        return _commitment(_head, index);
    }

    /// @dev Newest header's slot.
    function _currentHead() internal view returns (Head) {
        return _head;
    }

    /// @dev Requires a block to be of the best chain; hash and Merkle root are in internal byte order.
    function _requireBlock(
        Head head,
        BlockProof calldata proof
    )
        internal
        view
        returns (bytes32 hash, uint256 height, bytes32 merkleRoot)
    {
        bytes32 meta = proof.meta;
        if (_commitment(head, proof.segmentIndex) != Segments.commitment(proof.root, meta, proof.stateHash)) {
            revert UnknownSegment(proof.segmentIndex);
        }

        bytes32 last;
        uint256 above;
        (hash, last, above, merkleRoot) = _readLinked(proof.header);
        uint256 count = Segments.count(meta);
        uint256 position = proof.position;
        if (position >= count || KeccakTree.rootFromPath(last, position, count, proof.segmentPath) != proof.root) {
            revert UnknownBlock(last);
        }
        height = Segments.lastHeight(meta) - (count - 1 - position) - above;
    }

    /// @dev Hashes a header and those above it, each of which must name the one before: what leads to a block of the
    /// best chain belongs to it.
    function _readLinked(bytes calldata headers)
        private
        view
        returns (bytes32 hash, bytes32 last, uint256 above, bytes32 merkleRoot)
    {
        uint256 count = headers.length / HEADER_LENGTH;
        if (count == 0 || headers.length != count * HEADER_LENGTH) revert CutOff(headers.length);
        uint256 offset;
        assembly ("memory-safe") {
            offset := headers.offset
            merkleRoot := calldataload(add(offset, MERKLE_ROOT_OFFSET))
        }
        hash = Sha256.doubleOfCalldata(offset, HEADER_LENGTH);
        last = hash;
        above = count - 1;
        for (uint256 i = 1; i < count; ++i) {
            offset += HEADER_LENGTH;
            bytes32 link;
            assembly ("memory-safe") {
                link := calldataload(add(offset, LINK_OFFSET))
            }
            if (link != last) revert BadLink(i);
            last = Sha256.doubleOfCalldata(offset, HEADER_LENGTH);
        }
    }

    /// @dev Commitment of a segment; zero when it is not, or no longer, part of the best chain or the ring.
    function _commitment(Head head, uint256 index) internal view returns (bytes32) {
        // A slot's last write has the greatest index that was ever used and falls on it. With index + RING >= peak that
        // is `index` itself, and with index < segments the write belongs to the best chain.
        if (index >= head.segments() || index + RING < head.peak()) return 0;
        return _ring[index % RING];
    }

    function _newHead(uint256 segments, uint256 peak, Segment memory segment) private pure returns (Head) {
        uint256 time = uint32(uint256(segment.state[3]) >> 160);
        uint256 work = uint256(segment.state[1]) >> 128;
        return packHead(segments, Segments.lastHeight(segment.meta), time, work, peak);
    }

    function _store(uint256 index, Segment memory segment, Head head) private {
        _ring[index % RING] = Segments.commitmentOfMemory(segment);
        _head = head;
        emit SegmentStored(index, segment);
    }
}
