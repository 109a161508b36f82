// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {CoopClose, Proof, Refill, Settle} from "../../src/types/ChannelTypes.sol";

/// @notice EIP-712 of the channels as a signer would write it, apart from the contract's own code.
library TypedData {
    string internal constant PROOF = "Proof(bytes32 id,bool fromA,uint64 nonce,uint128 transferred,uint128 locked,"
        "bytes32 locksRoot,bytes32 metaHash,uint64 ackNonce,bytes32 ackHash)";
    string internal constant SETTLE =
        "Settle(bytes32 id,uint64 settleSeq,uint128 totalOutA,uint128 totalOutB,uint64 deadline,uint8 toVault)";
    string internal constant COOP_CLOSE = "CoopClose(bytes32 id,uint128 fundedA,uint128 fundedB,uint128 totalOutA,"
        "uint128 totalOutB,uint64 deadline,uint8 toVault)";
    string internal constant BATCH = "Batch(bytes32 root,uint64 deadline)";
    string internal constant REFILL = "Refill(bytes32 id,uint128 fundedTotal,uint64 deadline)";
    string internal constant DOMAIN =
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";

    function digest(address channels, bytes32 structHash) internal view returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", domainSeparator(channels), structHash));
    }

    function domainSeparator(address channels) internal view returns (bytes32) {
        bytes32 name = keccak256("Farbank Channels");
        return keccak256(abi.encode(keccak256(bytes(DOMAIN)), name, keccak256("1"), block.chainid, channels));
    }

    function hash(Proof memory proof) internal pure returns (bytes32) {
        return keccak256(
            bytes.concat(
                abi.encode(keccak256(bytes(PROOF)), proof.id, proof.fromA, proof.nonce, proof.transferred),
                abi.encode(proof.locked, proof.locksRoot, proof.metaHash, proof.ackNonce, proof.ackHash)
            )
        );
    }

    function hash(Settle memory settle) internal pure returns (bytes32) {
        return keccak256(
            bytes.concat(
                abi.encode(keccak256(bytes(SETTLE)), settle.id, settle.settleSeq, settle.totalOutA),
                abi.encode(settle.totalOutB, settle.deadline, settle.toVault)
            )
        );
    }

    function hash(CoopClose memory coop) internal pure returns (bytes32) {
        return keccak256(
            bytes.concat(
                abi.encode(keccak256(bytes(COOP_CLOSE)), coop.id, coop.fundedA, coop.fundedB),
                abi.encode(coop.totalOutA, coop.totalOutB, coop.deadline, coop.toVault)
            )
        );
    }

    function hash(Refill memory refill) internal pure returns (bytes32) {
        return keccak256(abi.encode(keccak256(bytes(REFILL)), refill.id, refill.fundedTotal, refill.deadline));
    }

    function batch(bytes32 root, uint64 deadline) internal pure returns (bytes32) {
        return keccak256(abi.encode(keccak256(bytes(BATCH)), root, deadline));
    }

    /// @notice Root over words, row by row: pairs are hashed, an odd last word moves up.
    function rootOf(bytes32[] memory row) internal pure returns (bytes32) {
        while (row.length > 1) {
            bytes32[] memory above = new bytes32[]((row.length + 1) / 2);
            for (uint256 i = 0; i < row.length; i += 2) {
                above[i / 2] = i + 1 < row.length ? keccak256(abi.encodePacked(row[i], row[i + 1])) : row[i];
            }
            row = above;
        }
        return row[0];
    }

    /// @notice Siblings of a word from its row upwards, none where it moves up.
    function branch(bytes32[] memory row, uint256 index) internal pure returns (bytes32[] memory siblings) {
        siblings = new bytes32[](32);
        uint256 count = 0;
        for (; row.length > 1; index /= 2) {
            if (index ^ 1 < row.length) siblings[count++] = row[index ^ 1];
            bytes32[] memory above = new bytes32[]((row.length + 1) / 2);
            for (uint256 i = 0; i < row.length; i += 2) {
                above[i / 2] = i + 1 < row.length ? keccak256(abi.encodePacked(row[i], row[i + 1])) : row[i];
            }
            row = above;
        }
        assembly ("memory-safe") {
            mstore(siblings, count)
        }
    }
}
