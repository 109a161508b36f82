// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IPegOutErrors} from "../interfaces/IPegOutErrors.sol";

/// @title Redemptions
/// @notice Commitments of redemptions and the scripts that they may name.
library Redemptions {
    /// @dev Scripts without what varies in them: `prefix` before and `suffix` after a hash or key.
    uint256 private constant P2PKH_LENGTH = 25;
    uint256 private constant P2PKH_PREFIX = 0x76a914;
    uint256 private constant P2PKH_SUFFIX = 0x88ac;
    uint256 private constant P2SH_LENGTH = 23;
    uint256 private constant P2SH_PREFIX = 0xa914;
    uint256 private constant P2SH_SUFFIX = 0x87;
    uint256 private constant P2WPKH_LENGTH = 22;
    uint256 private constant P2WPKH_PREFIX = 0x0014;
    uint256 private constant P2WSH_LENGTH = 34;
    uint256 private constant P2WSH_PREFIX = 0x0020;
    uint256 private constant P2TR_PREFIX = 0x5120;

    /// @dev Bitcoin Core's `GetDustThreshold` at 3,000 sat/kvB: what it costs to make and to spend the output.
    uint256 private constant P2PKH_DUST = 546;
    uint256 private constant P2SH_DUST = 540;
    uint256 private constant P2WPKH_DUST = 294;
    uint256 private constant P2WSH_DUST = 330;

    /// @notice keccak256(abi.encode(id, amount, maxFee, requestedAt, requester, scriptHash)).
    function commitment(
        uint256 id,
        uint256 amount,
        uint256 maxFee,
        uint256 requestedAt,
        address requester,
        bytes32 scriptHash
    )
        internal
        pure
        returns (bytes32 digest)
    {
        assembly ("memory-safe") {
            // Scratch beyond the free memory pointer, not kept.
            let buffer := mload(0x40)
            mstore(buffer, id)
            mstore(add(buffer, 0x20), amount)
            mstore(add(buffer, 0x40), maxFee)
            mstore(add(buffer, 0x60), requestedAt)
            mstore(add(buffer, 0x80), requester)
            mstore(add(buffer, 0xa0), scriptHash)
            digest := keccak256(buffer, 0xc0)
        }
    }

    /// @notice Requires that what remains of an amount after the greatest fee is not dust for the script.
    function requirePayable(uint256 amount, uint256 maxFee, uint256 dust) internal pure {
        uint256 payout = amount > maxFee ? amount - maxFee : 0;
        if (payout < dust) revert IPegOutErrors.DustPayout(payout, dust);
    }

    /// @notice Least payout in satoshi that nodes relay to a script. Reverts with `UnsupportedScript`.
    /// @return dust The least payout.
    /// @return key Its key when the script is P2TR, else zero.
    function readScript(bytes calldata script) internal pure returns (uint256 dust, bytes32 key) {
        uint256 length = script.length;
        uint256 word;
        assembly ("memory-safe") {
            // What lies behind a shorter script is not compared with anything.
            word := calldataload(script.offset)
            key := calldataload(add(script.offset, 2))
        }
        uint256 prefix = word >> 240;
        if (length == P2WSH_LENGTH) {
            if (prefix == P2TR_PREFIX) return (P2WSH_DUST, key);
            if (prefix == P2WSH_PREFIX) return (P2WSH_DUST, 0);
        }
        if (length == P2WPKH_LENGTH && prefix == P2WPKH_PREFIX) return (P2WPKH_DUST, 0);
        if (length == P2PKH_LENGTH && word >> 232 == P2PKH_PREFIX && (word >> 56) & 0xffff == P2PKH_SUFFIX) {
            return (P2PKH_DUST, 0);
        }
        if (length == P2SH_LENGTH && prefix == P2SH_PREFIX && (word >> 72) & 0xff == P2SH_SUFFIX) {
            return (P2SH_DUST, 0);
        }
        revert IPegOutErrors.UnsupportedScript(script);
    }
}
