// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {ChannelsBase} from "./ChannelsBase.sol";
import {IReveals} from "./interfaces/IReveals.sol";
import {KeccakTree} from "./libraries/KeccakTree.sol";
import {Sha256} from "./libraries/Sha256.sol";
import {RevealedHash} from "./types/ChannelTypes.sol";

/// @title Reveals
/// @notice See {IReveals}.
abstract contract Reveals is ChannelsBase {
    /// @dev Unix times in seconds, zero for never.
    mapping(bytes32 hash => uint64 time) internal _revealedAt;
    mapping(bytes32 root => uint64 time) private _rootRevealedAt;

    /// @inheritdoc IReveals
    function reveal(bytes32 preimage) external {
        bytes32 hash = Sha256.ofWord(preimage);
        if (_revealedAt[hash] != 0) return;
        _revealedAt[hash] = uint64(block.timestamp);
        emit Revealed(hash, preimage);
    }

    /// @inheritdoc IReveals
    function revealRoot(bytes32[] calldata preimages) external returns (bytes32 root) {
        uint256 count = preimages.length;
        if (count == 0) revert Empty();
        bytes32[] memory leaves = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            leaves[i] = _leaf(Sha256.ofWord(preimages[i]));
        }
        root = KeccakTree.root(leaves);
        if (_rootRevealedAt[root] != 0) return root;
        _rootRevealedAt[root] = uint64(block.timestamp);
        emit RootRevealed(root, preimages);
    }

    /// @inheritdoc IReveals
    function recordRevealed(RevealedHash[] calldata hashes) external {
        for (uint256 i = 0; i < hashes.length; ++i) {
            RevealedHash calldata one = hashes[i];
            bytes32 root = _rootFrom(_leaf(one.hash), one.index, one.count, one.branch);
            uint64 time = _rootRevealedAt[root];
            if (time == 0) revert UnknownRoot(root);
            uint64 known = _revealedAt[one.hash];
            if (known != 0 && known <= time) continue;
            _revealedAt[one.hash] = time;
            emit RevealRecorded(one.hash, time);
        }
    }

    /// @inheritdoc IReveals
    function revealedAt(bytes32 hash) external view returns (uint64) {
        return _revealedAt[hash];
    }

    /// @inheritdoc IReveals
    function rootRevealedAt(bytes32 root) external view returns (uint64) {
        return _rootRevealedAt[root];
    }

    /// @dev Leaf of a hash in a root's tree.
    function _leaf(bytes32 hash) private pure returns (bytes32 leaf) {
        assembly ("memory-safe") {
            mstore(0, hash)
            leaf := keccak256(0, 0x20)
        }
    }
}
