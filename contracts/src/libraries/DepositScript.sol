// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @title DepositScript
/// @notice Rebuilds what a deposit's output key commits to (BIP-0341, BIP-0342).
/// @dev leaf: <commitment> OP_DROP <reclaimBlocks> OP_CHECKSEQUENCEVERIFY OP_DROP <reclaimKey> OP_CHECKSIG
///
///   20 commitment(32) 75 | 02 blocks(2, little-endian) b2 75 | 20 reclaimKey(32) ac        73 bytes
library DepositScript {
    /// @dev sha256("TapLeaf") and sha256("TapTweak"): a tagged hash is sha256(tag | tag | message) (BIP-0340).
    bytes32 private constant TAP_LEAF = 0xaeea8fdc4208983105734b58081d1e2638d35f1cb54008d4d357ca03be78e9ee;
    bytes32 private constant TAP_TWEAK = 0xe80fe1639c9ca050e3af1b39c143c63e429cbceb15d940fbb5c5a1f4af57c5e9;

    /// @dev Leaf version c0, script length 73, push of 32 bytes.
    bytes3 private constant LEAF_PREFIX = 0xc04920;

    /// @dev OP_DROP, push of two bytes, 0000, OP_CHECKSEQUENCEVERIFY, OP_DROP, push of 32 bytes.
    uint256 private constant LEAF_MIDDLE = 0x75020000b27520;

    /// @dev OP_CHECKSIG.
    uint256 private constant LEAF_END = 0xac;

    /// @notice keccak256(abi.encode(instance, recipient, carrierFee, salt, actionHash)).
    function commitment(
        bytes32 instance,
        address recipient,
        uint256 carrierFee,
        bytes32 salt,
        bytes32 actionHash
    )
        internal
        pure
        returns (bytes32 digest)
    {
        assembly ("memory-safe") {
            // Scratch beyond the free memory pointer, not kept.
            let buffer := mload(0x40)
            mstore(buffer, instance)
            mstore(add(buffer, 0x20), recipient)
            mstore(add(buffer, 0x40), carrierFee)
            mstore(add(buffer, 0x60), salt)
            mstore(add(buffer, 0x80), actionHash)
            digest := keccak256(buffer, 0xa0)
        }
    }

    /// @notice Hash of the reclaim leaf.
    /// @param reclaimBlocks Relative timelock, 256 to 32,767: exactly two bytes in a minimal push.
    /// @param reclaimKey The depositor's x-only key.
    function leafHash(
        bytes32 commitment_,
        uint256 reclaimBlocks,
        bytes32 reclaimKey
    )
        internal
        view
        returns (bytes32 digest)
    {
        uint256 littleEndianBlocks = (reclaimBlocks & 0xff) << 8 | reclaimBlocks >> 8;
        assembly ("memory-safe") {
            // 139 bytes of scratch beyond the free memory pointer, not kept: tag 32 | tag 32 | prefix 3 | commitment 32
            // | middle 7 | key 32 | end 1. Each word is written before what overlaps its tail.
            let buffer := mload(0x40)
            mstore(buffer, TAP_LEAF)
            mstore(add(buffer, 32), TAP_LEAF)
            mstore(add(buffer, 64), LEAF_PREFIX)
            mstore(add(buffer, 67), commitment_)
            mstore(add(buffer, 99), shl(200, or(LEAF_MIDDLE, shl(24, littleEndianBlocks))))
            mstore(add(buffer, 106), reclaimKey)
            mstore8(add(buffer, 138), LEAF_END)
            pop(staticcall(gas(), 2, buffer, 139, 0, 32))
            digest := mload(0)
        }
    }

    /// @notice Tweak of an internal key by a script tree of one leaf.
    function tweak(bytes32 internalKey, bytes32 leafHash_) internal view returns (bytes32 digest) {
        assembly ("memory-safe") {
            // Scratch beyond the free memory pointer, not kept.
            let buffer := mload(0x40)
            mstore(buffer, TAP_TWEAK)
            mstore(add(buffer, 32), TAP_TWEAK)
            mstore(add(buffer, 64), internalKey)
            mstore(add(buffer, 96), leafHash_)
            pop(staticcall(gas(), 2, buffer, 128, 0, 32))
            digest := mload(0)
        }
    }
}
