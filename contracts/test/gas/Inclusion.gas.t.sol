// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Bitcoin} from "../utils/Bitcoin.sol";
import {InclusionHarness} from "../utils/InclusionHarness.sol";
import {Test} from "../utils/Test.sol";

/// @notice Gas of one inclusion check as a whole transaction: run with --isolate.
contract InclusionGas is Test {
    /// @dev A block of 1,024 transactions; both branches have ten levels.
    function test_Check10Levels() external {
        bytes32[] memory leaves = new bytes32[](1024);
        bytes memory coinbase = Bitcoin.coinbase(1);
        leaves[0] = Bitcoin.sha256d(coinbase);
        for (uint256 i = 1; i < 1024; ++i) {
            leaves[i] = keccak256(abi.encode(i));
        }
        InclusionHarness.Proof memory proof;
        proof.merkleRoot = Bitcoin.merkleRoot(leaves);
        proof.index = 619;
        proof.txid = leaves[619];
        proof.branch = Bitcoin.branch(leaves, 619, 10);
        proof.coinbaseDigest = sha256(coinbase);
        proof.coinbaseBranch = Bitcoin.branch(leaves, 0, 10);
        proof.cap = Bitcoin.rowAt(leaves, 10);
        InclusionHarness harness = new InclusionHarness();
        harness.check(proof);
        vm.snapshotGasLastCall("inclusion", "check_10_levels");
    }
}
