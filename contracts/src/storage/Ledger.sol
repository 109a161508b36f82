// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @notice Totals that most calls read and write, in one word.
struct Ledger {
    /// Value in satoshi and number of the deposits that are minted and not yet swept.
    uint64 unsweptValue;
    uint32 unsweptCount;
    /// Satoshi of the redemptions that are requested and not proven paid.
    uint64 unpaid;
    /// Redemptions ever requested: a million every second would take two thousand years.
    uint56 redemptionCount;
    /// Unix time in seconds until which mints and new redemptions are paused.
    uint40 pausedUntil;
}

/// @notice The proven custody output.
struct CustodyOutput {
    /// Transaction id in internal byte order.
    bytes32 txid;
    /// Output index.
    uint32 vout;
    /// Amount in satoshi.
    uint64 value;
    /// Height of its block; zero for the first, which no proof recorded.
    uint32 height;
}

/// @notice Federation's x-only keys; see `Keys`.
struct FederationKeys {
    bytes32 current;
    bytes32 next;
    bytes32 previous;
    uint64 nextUsableFrom;
    uint32 previousUntil;
}
