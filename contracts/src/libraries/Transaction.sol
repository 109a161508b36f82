// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Endian} from "./Endian.sol";
import {IInclusionErrors} from "../interfaces/IInclusionErrors.sol";

/// @title Transaction
/// @notice Reads one output of a Bitcoin transaction in the serialisation without witness, and checks the whole of it.
/// @dev version 4 | inputs (outpoint 36, script, sequence 4) | outputs (amount 8, script) | lock time 4; counts and
/// script lengths are CompactSize in their shortest form. The cursor only moves forward and must end at the
/// transaction's last
/// byte, so bytes beyond it may be read on the way but never decide the outcome.
library Transaction {
    /// @notice Length at which a transaction could be an inner node of the Merkle tree.
    uint256 internal constant NODE_LENGTH = 64;

    uint256 private constant VERSION_LENGTH = 4;
    uint256 private constant OUTPOINT_LENGTH = 36;
    uint256 private constant SEQUENCE_LENGTH = 4;
    uint256 private constant AMOUNT_LENGTH = 8;
    uint256 private constant LOCK_TIME_LENGTH = 4;

    /// @dev Length of OP_1 with a 32-byte push, and its first two bytes.
    uint256 private constant TAPROOT_LENGTH = 34;
    uint256 private constant TAPROOT_PREFIX = 0x5120;

    /// @notice Returns where output `vout` of a transaction starts.
    /// @param start Calldata offset of the transaction.
    /// @param length Its length in bytes, below 2^32.
    /// @return output Calldata offset of the output's amount.
    function findOutput(uint256 start, uint256 length, uint256 vout) internal pure returns (uint256 output) {
        if (length == NODE_LENGTH) revert IInclusionErrors.TransactionSize64();
        unchecked {
            // Offsets are below 2^32 and grow by less than 2^33 before they are compared with `end`: nothing overflows.
            uint256 end = start + length;
            uint256 cursor = _skipInputs(start, end);
            uint256 outputs;
            (outputs, cursor) = compactSize(cursor, start);
            if (vout >= outputs) {
                _requireInside(cursor, start, end);
                revert IInclusionErrors.OutputMissing(vout, outputs);
            }
            for (uint256 i = 0; i != outputs; ++i) {
                if (i == vout) output = cursor;
                uint256 scriptLength;
                (scriptLength, cursor) = compactSize(cursor + AMOUNT_LENGTH, start);
                cursor += scriptLength;
                _requireInside(cursor, start, end);
            }
            if (cursor + LOCK_TIME_LENGTH != end) revert IInclusionErrors.TransactionMalformed(cursor - start);
        }
    }

    /// @notice Reads a taproot output.
    /// @param output Calldata offset of the output's amount.
    /// @return isTaproot True when its script is OP_1 with a 32-byte key.
    /// @return amount Amount in satoshi.
    /// @return key The x-only output key.
    function taprootOutput(uint256 output) internal pure returns (bool isTaproot, uint64 amount, bytes32 key) {
        uint256 word;
        assembly ("memory-safe") {
            word := calldataload(output)
            key := calldataload(add(output, 11))
        }
        // amount 8 bytes | script length 1 | OP_1 OP_PUSHBYTES_32.
        isTaproot = (word >> 168) & 0xffffff == (TAPROOT_LENGTH << 16 | TAPROOT_PREFIX);
        amount = uint64(Endian.reverse64(word >> 192));
    }

    /// @dev Returns the offset after the inputs.
    function _skipInputs(uint256 start, uint256 end) private pure returns (uint256 cursor) {
        unchecked {
            // See findOutput.
            uint256 inputs;
            (inputs, cursor) = compactSize(start + VERSION_LENGTH, start);
            if (inputs == 0) {
                // BIP-0144: marker 00 and flag 01 take the place of the input count.
                if (cursor < end && _byteAt(cursor) == 1) revert IInclusionErrors.WitnessSerialisation();
                revert IInclusionErrors.TransactionMalformed(VERSION_LENGTH);
            }
            for (; inputs != 0; --inputs) {
                uint256 scriptLength;
                (scriptLength, cursor) = compactSize(cursor + OUTPOINT_LENGTH, start);
                cursor += scriptLength + SEQUENCE_LENGTH;
                _requireInside(cursor, start, end);
            }
        }
    }

    /// @notice True when an input of a transaction, which must be in a block, spends this outpoint.
    /// @param start Calldata offset of the transaction.
    /// @param length Its length in bytes.
    /// @param txid Transaction of the outpoint, internal byte order.
    function spends(uint256 start, uint256 length, bytes32 txid, uint256 vout) internal pure returns (bool) {
        unchecked {
            // See findOutput.
            uint256 end = start + length;
            (uint256 inputs, uint256 cursor) = compactSize(start + VERSION_LENGTH, start);
            for (; inputs != 0; --inputs) {
                (bytes32 spentTxid, uint256 spentVout) = outpoint(cursor);
                if (spentTxid == txid && spentVout == vout) return true;
                uint256 scriptLength;
                (scriptLength, cursor) = compactSize(cursor + OUTPOINT_LENGTH, start);
                cursor += scriptLength + SEQUENCE_LENGTH;
                _requireInside(cursor, start, end);
            }
        }
        return false;
    }

    /// @notice Reads an outpoint; its txid is in internal byte order.
    function outpoint(uint256 input) internal pure returns (bytes32 txid, uint256 vout) {
        assembly ("memory-safe") {
            txid := calldataload(input)
            vout := shr(224, calldataload(add(input, 32)))
        }
        vout = Endian.reverse32(vout);
    }

    /// @notice Reads a CompactSize of at most five bytes in its shortest form. Nine-byte forms do not fit a block.
    /// @param start Calldata offset of the transaction.
    function compactSize(uint256 cursor, uint256 start) internal pure returns (uint256 value, uint256 next) {
        unchecked {
            // See findOutput.
            value = _byteAt(cursor);
            if (value < 0xfd) return (value, cursor + 1);
            uint256 word;
            assembly ("memory-safe") {
                word := shr(224, calldataload(add(cursor, 1)))
            }
            if (value == 0xfd) {
                value = Endian.reverse32(word & 0xffff0000);
                if (value > 0xfc) return (value, cursor + 3);
            } else if (value == 0xfe) {
                value = Endian.reverse32(word);
                if (value > 0xffff) return (value, cursor + 5);
            }
            revert IInclusionErrors.TransactionMalformed(cursor - start);
        }
    }

    function _byteAt(uint256 cursor) private pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := byte(0, calldataload(cursor))
        }
    }

    function _requireInside(uint256 cursor, uint256 start, uint256 end) private pure {
        unchecked {
            if (cursor > end) revert IInclusionErrors.TransactionMalformed(cursor - start);
        }
    }
}
