// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IInclusionErrors} from "../../src/interfaces/IInclusionErrors.sol";
import {KeccakTree} from "../../src/libraries/KeccakTree.sol";
import {MerkleTree} from "../../src/libraries/MerkleTree.sol";
import {Bitcoin} from "../utils/Bitcoin.sol";
import {ReferenceSegment} from "../utils/ReferenceSegment.sol";
import {Test} from "../utils/Test.sol";

/// @notice Gives the libraries calldata to read.
contract TreeHarness {
    function rootOfCap(bytes32[] calldata cap, uint256 level) external view returns (bytes32) {
        return MerkleTree.rootOfCap(cap, level);
    }

    function walk(bytes32 leaf, bytes32[] calldata branch, uint256 index) external view returns (bytes32) {
        uint256 offset;
        assembly ("memory-safe") {
            offset := branch.offset
        }
        return MerkleTree.walk(leaf, offset, branch.length, index);
    }

    function rootFromPath(
        bytes32 leaf,
        uint256 position,
        uint256 count,
        bytes32[] calldata path
    )
        external
        pure
        returns (bytes32)
    {
        return KeccakTree.rootFromPath(leaf, position, count, path);
    }

    function rootInPlace(bytes32[] memory leaves) external pure returns (bytes32) {
        uint256 start;
        assembly ("memory-safe") {
            start := add(leaves, 0x20)
        }
        return KeccakTree.rootInPlace(start, leaves.length);
    }
}

/// @notice Both trees against their plain twins.
contract TreesTest is Test {
    TreeHarness private _trees;

    function setUp() external {
        _trees = new TreeHarness();
    }

    function test_CapAndBranchLeadToTheRoot(uint256 size, uint256 index, uint256 level) external view {
        size = _bound(size, 1, 40);
        index = _bound(index, 0, size - 1);
        level = _bound(level, 0, Bitcoin.depthOf(size));
        bytes32[] memory leaves = _leaves(size);
        bytes32[] memory cap = Bitcoin.rowAt(leaves, level);
        vm.assertEq(_trees.rootOfCap(cap, level), Bitcoin.merkleRoot(leaves), "cap");
        bytes32[] memory branch = Bitcoin.branch(leaves, index, level);
        vm.assertEq(_trees.walk(leaves[index], branch, index), cap[index >> level], "branch");
    }

    /// @dev The forged row of CVE-2012-2459: an odd row with its last node written twice, of the same root.
    function test_RepeatedSiblingInACapIsRefused(uint256 half, uint256 level) external {
        uint256 size = 2 * _bound(half, 1, 20) + 1;
        level = _bound(level, 0, 20);
        bytes32[] memory leaves = _leaves(size);
        bytes32[] memory forged = new bytes32[](size + 1);
        for (uint256 i = 0; i <= size; ++i) {
            forged[i] = leaves[i < size ? i : size - 1];
        }
        vm.assertEq(Bitcoin.merkleRoot(forged), Bitcoin.merkleRoot(leaves), "same root");
        vm.expectRevert(abi.encodeWithSelector(IInclusionErrors.RepeatedSibling.selector, level));
        _trees.rootOfCap(forged, level);
    }

    /// @dev Six leaves, the last two written twice: the repetition shows one row up.
    function test_RepeatedPairInACapIsRefused() external {
        bytes32[] memory leaves = _leaves(6);
        bytes32[] memory forged = new bytes32[](8);
        for (uint256 i = 0; i < 8; ++i) {
            forged[i] = leaves[i < 6 ? i : i - 2];
        }
        vm.assertEq(Bitcoin.merkleRoot(forged), Bitcoin.merkleRoot(leaves), "same root");
        vm.expectRevert(abi.encodeWithSelector(IInclusionErrors.RepeatedSibling.selector, 1));
        _trees.rootOfCap(forged, 0);
    }

    function test_RepeatedLeftSiblingInABranchIsRefusedAtItsLevel(uint256 level) external {
        level = _bound(level, 0, 9);
        bytes32[] memory branch = new bytes32[](10);
        bytes32 node = keccak256("leaf");
        for (uint256 i = 0; i < 10; ++i) {
            branch[i] = i == level ? node : keccak256(abi.encode(i));
            node = Bitcoin.sha256d(abi.encodePacked(node, branch[i]));
        }
        // On the left of its equal it is valid, on the right of it not.
        vm.assertEq(_trees.walk(keccak256("leaf"), branch, 0), node, "left");
        vm.expectRevert(abi.encodeWithSelector(IInclusionErrors.RepeatedSibling.selector, level));
        _trees.walk(keccak256("leaf"), branch, 2 ** level);
    }

    function test_SegmentPathLeadsToTheRoot(uint256 size, uint256 position) external view {
        size = _bound(size, 1, 70);
        position = _bound(position, 0, size - 1);
        bytes32[] memory leaves = _leaves(size);
        bytes32 root = ReferenceSegment.root(leaves);
        vm.assertEq(_trees.rootInPlace(leaves), root, "root");
        bytes32[] memory path = ReferenceSegment.path(leaves, position);
        vm.assertEq(_trees.rootFromPath(leaves[position], position, size, path), root, "path");
    }

    function test_SegmentPathFitsOnePositionOnly(uint256 size, uint256 position, uint256 other) external view {
        size = _bound(size, 2, 70);
        position = _bound(position, 0, size - 1);
        other = _bound(other, 0, size - 1);
        vm.assume(other != position);
        bytes32[] memory leaves = _leaves(size);
        bytes32[] memory path = ReferenceSegment.path(leaves, position);
        bytes32 root = ReferenceSegment.root(leaves);
        vm.assertTrue(_trees.rootFromPath(leaves[position], other, size, path) != root, "other position");
        vm.assertTrue(_trees.rootFromPath(leaves[other], position, size, path) != root, "other leaf");
    }

    function test_SegmentPathOfAnotherLengthIsZero(uint256 size, uint256 position) external view {
        size = _bound(size, 1, 70);
        position = _bound(position, 0, size - 1);
        bytes32[] memory leaves = _leaves(size);
        uint256 length = ReferenceSegment.path(leaves, position).length;
        vm.assertEq(_trees.rootFromPath(leaves[position], position, size, new bytes32[](length + 1)), 0, "long");
        if (length != 0) {
            vm.assertEq(_trees.rootFromPath(leaves[position], position, size, new bytes32[](length - 1)), 0, "short");
        }
    }

    function _leaves(uint256 size) private pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](size);
        for (uint256 i = 0; i < size; ++i) {
            leaves[i] = keccak256(abi.encode("leaf", i));
        }
    }
}
