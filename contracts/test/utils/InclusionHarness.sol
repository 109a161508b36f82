// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Inclusion} from "../../src/libraries/Inclusion.sol";

/// @notice Gives the library calldata to read.
contract InclusionHarness {
    struct Proof {
        bytes32 merkleRoot;
        bytes32 txid;
        uint256 index;
        bytes32[] branch;
        bytes32 coinbaseDigest;
        bytes32[] coinbaseBranch;
        bytes32[] cap;
    }

    function check(Proof calldata proof) external view {
        Inclusion.requireCoinbase(proof.merkleRoot, proof.coinbaseDigest, proof.coinbaseBranch, proof.cap);
        bytes32[] calldata branch = proof.branch;
        uint256 offset;
        assembly ("memory-safe") {
            offset := branch.offset
        }
        Inclusion.requireTransaction(proof.txid, proof.index, offset, proof.coinbaseBranch.length, proof.cap);
    }
}
