// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {RevealedHash} from "../types/ChannelTypes.sol";

/// @title IReveals
/// @notice When preimages were first shown to this chain, for the locks of all channels at once.
/// @dev A lock names a SHA-256 hash and is paid when that hash was revealed in time, whoever revealed it. Many
/// preimages are revealed cheapest under one root. A root proves the time, yet pays no lock by itself: before the
/// channel is
/// finalised, `recordRevealed` writes down those hashes that a lock in dispute names. Nothing can be left out then, and
/// whoever finalises has nothing to prove.
interface IReveals {
    /// @notice This preimage was revealed in this block. Not published again for a later reveal.
    event Revealed(bytes32 indexed hash, bytes32 preimage);

    /// @notice These preimages were revealed in this block, all under this root.
    event RootRevealed(bytes32 indexed root, bytes32[] preimages);

    /// @notice A hash revealed under a root is written down with that root's time.
    event RevealRecorded(bytes32 indexed hash, uint64 revealedAt);

    /// @notice Reveals one preimage. Without effect when it was revealed before.
    function reveal(bytes32 preimage) external;

    /// @notice Reveals preimages under one root. Without effect when the same ones were before, in that order.
    /// @dev Root of a tree: leaf = keccak256(SHA-256 of the preimage), node = keccak256(left, right), an odd last node
    /// moves up unchanged. A leaf hashes 32 bytes and a node 64, so no node passes for a leaf. Reverts with `Empty`.
    /// @return root The root.
    function revealRoot(bytes32[] calldata preimages) external returns (bytes32 root);

    /// @notice Writes down hashes revealed under roots, each with its root's time unless an earlier one is known. Never
    /// too late for the time, which is the root's; but a channel finalised before has paid without them.
    /// @dev Reverts with `BranchMalformed` or `UnknownRoot`.
    function recordRevealed(RevealedHash[] calldata hashes) external;

    /// @notice Unix time in seconds at which this hash's preimage was revealed; zero for never, or under a root only.
    function revealedAt(bytes32 hash) external view returns (uint64);

    /// @notice Unix time in seconds at which this root was revealed; zero for never.
    function rootRevealedAt(bytes32 root) external view returns (uint64);
}
