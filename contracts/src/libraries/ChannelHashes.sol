// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {CoopClose, Proof, Refill, Settle} from "../types/ChannelTypes.sol";

/// @title ChannelHashes
/// @notice Struct hashes of what is signed, by EIP-712.
/// @dev All members are of one word, so that the structs' encoding is the one that EIP-712 hashes.
library ChannelHashes {
    bytes32 internal constant PROOF_TYPE = keccak256(
        "Proof(bytes32 id,bool fromA,uint64 nonce,uint128 transferred,uint128 locked,"
        "bytes32 locksRoot,bytes32 metaHash,uint64 ackNonce,bytes32 ackHash)"
    );
    bytes32 internal constant SETTLE_TYPE = keccak256(
        "Settle(bytes32 id,uint64 settleSeq,uint128 totalOutA,uint128 totalOutB,uint64 deadline,uint8 toVault)"
    );
    bytes32 internal constant COOP_CLOSE_TYPE = keccak256(
        "CoopClose(bytes32 id,uint128 fundedA,uint128 fundedB,uint128 totalOutA,"
        "uint128 totalOutB,uint64 deadline,uint8 toVault)"
    );
    bytes32 internal constant BATCH_TYPE = keccak256("Batch(bytes32 root,uint64 deadline)");
    bytes32 internal constant REFILL_TYPE = keccak256("Refill(bytes32 id,uint128 fundedTotal,uint64 deadline)");

    function hash(Proof calldata proof) internal pure returns (bytes32) {
        return keccak256(abi.encode(PROOF_TYPE, proof));
    }

    /// @dev Copied, since a batch hashes many. Every member is read, and refused with stray bits, by whoever settles.
    function hash(Settle calldata settle) internal pure returns (bytes32 digest) {
        bytes32 type_ = SETTLE_TYPE;
        assembly ("memory-safe") {
            // Scratch beyond the free memory pointer, not kept.
            let buffer := mload(0x40)
            mstore(buffer, type_)
            calldatacopy(add(buffer, 0x20), settle, 0xc0)
            digest := keccak256(buffer, 0xe0)
        }
    }

    function hash(CoopClose calldata coopClose) internal pure returns (bytes32) {
        return keccak256(abi.encode(COOP_CLOSE_TYPE, coopClose));
    }

    function hash(Refill calldata refill) internal pure returns (bytes32) {
        return keccak256(abi.encode(REFILL_TYPE, refill));
    }

    /// @notice Struct hash of a batch.
    /// @param root Root over the struct hashes of its settles.
    /// @param deadline Unix time in seconds.
    function batch(bytes32 root, uint64 deadline) internal pure returns (bytes32) {
        return keccak256(abi.encode(BATCH_TYPE, root, deadline));
    }
}
