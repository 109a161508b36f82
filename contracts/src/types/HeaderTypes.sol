// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @notice Header rules of a Bitcoin network, fixed at deployment.
enum Rules {
    /// Proof-of-work limit 0x1d00ffff, exact retarget every 2,016 blocks.
    Mainnet,
    /// Proof-of-work limit 0x207fffff, constant difficulty.
    Regtest
}

/// @notice The trusted header that a header chain starts from.
struct Checkpoint {
    /// The 80 bytes of the header as Bitcoin serialises them.
    bytes header;
    /// Height of that header in blocks.
    uint32 height;
    /// Unix time in seconds of the first block of its retarget period.
    uint32 epochStartTime;
    /// Unix times in seconds of its ten predecessors, oldest first.
    uint32[10] previousTimes;
}

/// @notice Preimage of a segment's commitment: a run of headers and the state of the chain after it.
/// @dev commitment = keccak256(abi.encode(root, meta, keccak256(abi.encode(state)))).
struct Segment {
    /// Keccak root of the header hashes (internal byte order); an odd node is promoted unchanged.
    bytes32 root;
    /// Big-endian: height of the last header u32 | number of headers u32 | 0 u32 | submitter 20 bytes.
    bytes32 meta;
    /// state[0] hash of the last header (internal byte order);
    /// state[1] work since the checkpoint, its own included, u128 | bits u32 | epoch start time u32 | 0 u64;
    /// state[2] the eight oldest of the last eleven times, u32 each, oldest first;
    /// state[3] the three newest times, u32 each | 0.
    bytes32[4] state;
}

/// @notice Newest header of the best chain.
struct Tip {
    /// Number of segments, the checkpoint's included; the newest one has index segments - 1.
    uint32 segments;
    /// Height of the newest header in blocks.
    uint32 height;
    /// Unix time in seconds in the newest header.
    uint32 time;
    /// Work since the checkpoint, its own included, in expected hashes.
    uint128 work;
}

/// @notice A block of the best chain.
struct BlockProof {
    /// The block's header, 80 bytes. When its segment has left the ring, the headers above it follow, up to one of a
    /// segment that has not: the other members are that one's.
    bytes header;
    /// Index of the segment that holds the header.
    uint256 segmentIndex;
    /// Position of the header in that segment, from zero.
    uint256 position;
    /// The segment's root.
    bytes32 root;
    /// The segment's meta word.
    bytes32 meta;
    /// keccak256(abi.encode(state)) of the segment.
    bytes32 stateHash;
    /// Siblings from the header's hash up to the root, promoted nodes skipped.
    bytes32[] segmentPath;
}
