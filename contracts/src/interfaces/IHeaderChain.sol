// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IHeaderErrors} from "./IHeaderErrors.sol";
import {Rules, Segment, Tip} from "../types/HeaderTypes.sol";

/// @title IHeaderChain
/// @notice Bitcoin's best header chain, verified on chain and stored as commitments to segments of headers.
/// @dev Every accepted submission is one segment: one storage slot in a ring of 4,096. The slot holds a commitment; the
/// event publishes its preimage, which callers pass back. Only the best chain is stored. A competing branch is
/// submitted whole, from the segment that it leaves, and replaces everything after that segment when its work is
/// greater.
interface IHeaderChain is IHeaderErrors {
    /// @notice A segment became part of the best chain. Every known segment with the same or a greater index left it.
    /// @param index Number of the segment; the checkpoint's is zero.
    /// @param segment The commitment's preimage.
    event SegmentStored(uint256 indexed index, Segment segment);

    /// @notice Appends headers to the best chain, or replaces its end by a branch with more work.
    /// @dev Never paused. Anyone may call.
    /// @param parentIndex Index of the segment that the headers follow.
    /// @param parent Preimage of that segment.
    /// @param headers Headers of 80 bytes, back to back, oldest first: at most 1,000 on the newest segment, at most
    /// 1,600 on an older one.
    ///
    /// Reverts with `CutOff`, `TooManyHeaders`, `UnknownSegment`, `BadLink`, `BadBits`, `BadProofOfWork`, `TimeTooOld`,
    /// `TimeTooNew` (each header is held to two hours ahead of block.timestamp) or `NotEnoughWork`.
    function submitHeaders(uint256 parentIndex, Segment calldata parent, bytes calldata headers) external;

    /// @notice Newest header of the best chain.
    function tip() external view returns (Tip memory);

    /// @notice Commitment of a segment of the best chain; zero when unknown, replaced or overwritten in the ring.
    /// @param index Index of the segment.
    function segmentCommitment(uint256 index) external view returns (bytes32);

    /// @notice Header rules of this deployment.
    function rules() external view returns (Rules);
}
