// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @notice A redemption, as its request published it.
/// @dev commitment = keccak256(abi.encode(id, amount, maxFee, requestedAt, requester, keccak256(script))).
struct Redemption {
    /// Number of the request, from 1.
    uint64 id;
    /// Satoshi owed: what was burnt less the redemption fee.
    uint64 amount;
    /// Greatest part of the amount in satoshi that its payout may leave to miners.
    uint64 maxFee;
    /// Side chain's Unix time in seconds at the request.
    uint64 requestedAt;
    /// Account whose fBTC was burnt.
    address requester;
    /// Script of the Bitcoin output to be paid.
    bytes script;
}

/// @notice A redemption that a custody transaction pays; its script is the payout's.
struct PaidRedemption {
    /// See `Redemption`.
    uint64 id;
    uint64 amount;
    uint64 maxFee;
    uint64 requestedAt;
    address requester;
}
