// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Endian} from "./Endian.sol";
import {Transaction} from "./Transaction.sol";
import {ShapeFault} from "../types/CustodyTypes.sol";

/// @title CustodyTransaction
/// @notice Checks the shape of a custody transaction, described at {ICustody}, and says where its parts are.
/// @dev Its transaction must be in a block, hence well-formed: what does not parse has no inclusion proof. Only what a
/// well-formed transaction may hold is looked at.
library CustodyTransaction {
    /// @notice Where the parts of a custody transaction lie in calldata.
    struct Layout {
        /// Inputs, the custody outpoint's included, and the offset of the first.
        uint256 inputs;
        uint256 inputsAt;
        /// Payouts and the offset of the first.
        uint256 payouts;
        uint256 payoutsAt;
        /// Offset of the custody output, which the payouts precede.
        uint256 custodyAt;
    }

    /// @notice Bytes of an input without script.
    uint256 internal constant INPUT_LENGTH = 41;

    /// @dev Version 3 and lock time 0, little-endian.
    uint256 private constant VERSION = 0x03000000;
    uint256 private constant LOCK_TIME = 0;
    uint256 private constant FIELD_LENGTH = 4;

    /// @dev Where an input holds the length of its script and then its sequence, 0xfffffffd little-endian.
    uint256 private constant SCRIPT_OFFSET = 36;
    uint256 private constant SEQUENCE = 0xfdffffff;

    uint256 private constant AMOUNT_LENGTH = 8;

    /// @dev amount 8 | script length 1 | OP_1 and a push of 32 bytes.
    uint256 private constant CUSTODY_LENGTH = 43;

    /// @dev amount 0 | script length 66 | OP_RETURN and a push of 64 bytes, the second half of which commits to the
    /// ids.
    uint256 private constant ANCHOR_PREFIX = 0x426a40;
    uint256 private constant ANCHOR_PREFIX_LENGTH = 11;
    uint256 private constant ANCHOR_LENGTH = 75;

    /// @notice Checks a transaction by itself.
    /// @param start Calldata offset of the transaction.
    /// @param length Its length in bytes.
    /// @return fault What it lacks; the layout is of use without one only.
    function read(uint256 start, uint256 length) internal pure returns (ShapeFault fault, Layout memory layout) {
        unchecked {
            // Offsets into calldata and lengths below 2^33, each compared before the next is added: nothing overflows.
            uint256 end = start + length;
            if (_word(start) >> 224 != VERSION) return (ShapeFault.Version, layout);
            if (_word(end - FIELD_LENGTH) >> 224 != LOCK_TIME) return (ShapeFault.LockTime, layout);

            (layout.inputs, layout.inputsAt) = Transaction.compactSize(start + FIELD_LENGTH, start);
            fault = _checkInputs(layout.inputs, layout.inputsAt);
            if (fault != ShapeFault.None) return (fault, layout);

            uint256 cursor = layout.inputsAt + INPUT_LENGTH * layout.inputs;
            uint256 outputs;
            (outputs, cursor) = Transaction.compactSize(cursor, start);
            if (outputs < 2) return (ShapeFault.Outputs, layout);
            layout.payouts = outputs - 2;
            layout.payoutsAt = cursor;
            layout.custodyAt = end - FIELD_LENGTH - ANCHOR_LENGTH - CUSTODY_LENGTH;
            for (uint256 i = 0; i != layout.payouts; ++i) {
                (cursor,) = skipPayout(cursor, start);
            }
            if (cursor != layout.custodyAt) return (ShapeFault.Outputs, layout);
            if (_word(cursor + CUSTODY_LENGTH) >> 168 != ANCHOR_PREFIX) return (ShapeFault.Anchor, layout);
        }
    }

    /// @notice Offset after a payout and that of its script.
    function skipPayout(uint256 cursor, uint256 start) internal pure returns (uint256 next, uint256 script) {
        unchecked {
            // See read.
            uint256 length;
            (length, script) = Transaction.compactSize(cursor + AMOUNT_LENGTH, start);
            next = script + length;
        }
    }

    /// @notice Amount of an output in satoshi.
    function amountOf(uint256 output) internal pure returns (uint256) {
        return Endian.reverse64(_word(output) >> 192);
    }

    /// @notice The hash of the ids that the transaction commits to.
    function idsHash(Layout memory layout) internal pure returns (bytes32) {
        unchecked {
            // See read.
            return bytes32(_word(layout.custodyAt + CUSTODY_LENGTH + ANCHOR_PREFIX_LENGTH + 32));
        }
    }

    /// @dev Scripts, sequences and the order of the inputs after the first.
    function _checkInputs(uint256 inputs, uint256 cursor) private pure returns (ShapeFault) {
        unchecked {
            // See read. Behind the calldata all bytes are zero, which is no sequence: the loop ends.
            bytes32 lastTxid;
            uint256 lastVout;
            for (uint256 i = 0; i != inputs; ++i) {
                uint256 rest = _word(cursor + SCRIPT_OFFSET);
                if (rest >> 248 != 0) return ShapeFault.InputScript;
                if (uint32(rest >> 216) != SEQUENCE) return ShapeFault.Sequence;
                if (i != 0) {
                    (bytes32 txid, uint256 vout) = Transaction.outpoint(cursor);
                    if (i != 1 && (txid < lastTxid || (txid == lastTxid && vout <= lastVout))) {
                        return ShapeFault.InputOrder;
                    }
                    (lastTxid, lastVout) = (txid, vout);
                }
                cursor += INPUT_LENGTH;
            }
        }
        return ShapeFault.None;
    }

    function _word(uint256 offset) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := calldataload(offset)
        }
    }
}
