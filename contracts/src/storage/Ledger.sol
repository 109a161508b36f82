// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @notice What claims and requests count besides the reserves.
struct Ledger {
    /// Number of the deposits that are minted and not yet swept.
    uint32 unsweptCount;
    /// Redemptions ever requested: a million every second would take two thousand years.
    uint56 redemptionCount;
    /// Unix time in seconds until which mints and new redemptions are paused.
    uint40 pausedUntil;
}

/// @notice The proven custody output, and what else the reserves consist of: together with the supply all that the
/// balance needs. Amounts in satoshi.
struct CustodyOutput {
    /// Transaction id in internal byte order.
    bytes32 txid;
    /// Output index.
    uint32 vout;
    /// Amount.
    uint64 value;
    /// Height of its block; zero for the first, which no proof recorded.
    uint32 height;
    /// Redemptions requested and not proven paid.
    uint64 unpaid;
    /// Deposits that are minted and not yet swept.
    uint64 unswept;
}

/// @notice Federation's x-only keys; see `Keys`.
struct FederationKeys {
    bytes32 current;
    bytes32 next;
    bytes32 previous;
    uint64 nextUsableFrom;
    uint32 previousUntil;
}

using CustodyOutputs for CustodyOutput global;

/// @title CustodyOutputs
/// @notice Reads and writes the proven custody output with one access to a slot, where the compiler takes one for each
/// member.
/// @dev Members follow each other a word each in memory, and from the lowest bit on in the second slot.
library CustodyOutputs {
    /// @notice Reads everything but the transaction id, which is zero.
    function loadAmounts(CustodyOutput storage self) internal view returns (CustodyOutput memory value) {
        assembly ("memory-safe") {
            let word := sload(add(self.slot, 1))
            mstore(add(value, 0x20), and(word, 0xffffffff))
            mstore(add(value, 0x40), and(shr(32, word), 0xffffffffffffffff))
            mstore(add(value, 0x60), and(shr(96, word), 0xffffffff))
            mstore(add(value, 0x80), and(shr(128, word), 0xffffffffffffffff))
            mstore(add(value, 0xa0), shr(192, word))
        }
    }

    /// @notice Writes everything but the transaction id.
    function storeAmounts(CustodyOutput storage self, CustodyOutput memory value) internal {
        assembly ("memory-safe") {
            let word := or(mload(add(value, 0x20)), shl(32, mload(add(value, 0x40))))
            word := or(word, shl(96, mload(add(value, 0x60))))
            word := or(word, shl(128, mload(add(value, 0x80))))
            sstore(add(self.slot, 1), or(word, shl(192, mload(add(value, 0xa0)))))
        }
    }

    /// @notice Reads all.
    function load(CustodyOutput storage self) internal view returns (CustodyOutput memory value) {
        value = loadAmounts(self);
        value.txid = self.txid;
    }

    /// @notice Writes all.
    function store(CustodyOutput storage self, CustodyOutput memory value) internal {
        self.txid = value.txid;
        storeAmounts(self, value);
    }
}
