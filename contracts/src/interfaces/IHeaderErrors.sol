// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @title IHeaderErrors
/// @notice Refusals of headers. `index` counts the headers of one submission from zero.
interface IHeaderErrors {
    /// @notice The bytes are not a whole, nonzero number of 80-byte headers.
    error CutOff(uint256 length);

    /// @notice One submission carries more headers than a segment may hold.
    error TooManyHeaders(uint256 count, uint256 max);

    /// @notice No segment of the best chain has this index and preimage, or it left the ring.
    error UnknownSegment(uint256 index);

    /// @notice The header is not part of the segment given for it.
    error UnknownBlock(bytes32 hash);

    /// @notice The block has another height than the one it is to stand in for.
    error WrongHeight(uint256 height, uint256 expected);

    /// @notice The header does not name its predecessor's hash.
    error BadLink(uint256 index);

    /// @notice The header's difficulty is not the one that the network's rules demand at its height.
    error BadBits(uint256 index, uint32 bits, uint32 expected);

    /// @notice The header's hash is above its target.
    error BadProofOfWork(uint256 index);

    /// @notice The header's time is not after the median of its eleven predecessors' times.
    error TimeTooOld(uint256 index, uint32 time);

    /// @notice The header's time is more than two hours ahead of the side chain's clock.
    error TimeTooNew(uint256 index, uint32 time, uint256 limit);

    /// @notice The branch does not carry more work than the best chain.
    error NotEnoughWork(uint256 work, uint256 tipWork);

    /// @notice The checkpoint is not one 80-byte header with valid bits, or its epoch start lies after it.
    error BadCheckpoint();
}
