// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @notice What may happen to a channel.
enum Phase {
    /// Its id was never opened.
    None,
    /// It takes funding and settles.
    Open,
    /// One party closed it; newer proofs are taken until `closeAt`.
    Closing,
    /// Paid out. The id is never used again.
    Closed
}

/// @notice A channel: two parties and one token. All but `phase` is zero once it is closed.
struct Channel {
    /// The parties; partyA < partyB as addresses.
    address partyA;
    address partyB;
    address token;
    /// Seconds in which a close may be countered.
    uint32 challenge;
    /// Number of the newest settle.
    uint64 settleSeq;
    /// Last second, as Unix time, in which newer proofs are taken; zero while open.
    uint64 closeAt;
    Phase phase;
}

/// @notice What one party's side was funded with and has been paid since, in units of the token. Both only grow.
struct Side {
    uint128 funded;
    uint128 withdrawn;
}

/// @notice Newest proof of a direction that a close or counter showed.
struct PostedProof {
    /// Its nonce; zero for none.
    uint64 nonce;
    /// First 24 bytes of keccak256(abi.encode(transferred, locksRoot)).
    bytes24 commitment;
}

/// @notice secp256k1 signature of 64 bytes (EIP-2098); the low form of s only.
struct Signature {
    bytes32 r;
    /// Highest bit: parity of y. The rest: s.
    bytes32 vs;
}

/// @notice Cumulative state of one direction, signed by the party that pays in it.
struct Proof {
    bytes32 id;
    /// True when A pays.
    bool fromA;
    /// Number of the state, from 1.
    uint64 nonce;
    /// Paid for good since the channel was opened.
    uint128 transferred;
    /// Sum of the locks.
    uint128 locked;
    /// keccak256 of the locks' leaves one after another, see `Direction`; zero for none.
    bytes32 locksRoot;
    /// Commitment to what the payments were for. The contract does not read it.
    bytes32 metaHash;
    /// Nonce and digest of the newest proof of the opposite direction that the signer accepted; zero for none.
    uint64 ackNonce;
    bytes32 ackHash;
}

/// @notice Pays both parties out of an open channel; both sign.
struct Settle {
    bytes32 id;
    /// Greater each time.
    uint64 settleSeq;
    /// All that the parties have been paid after this, since the channel was opened.
    uint128 totalOutA;
    uint128 totalOutB;
    /// Last second, as Unix time, in which it is taken.
    uint64 deadline;
    /// Bit 0: A's payout is credited to A's vault; bit 1: B's to B's. Other bits mean nothing.
    uint8 toVault;
}

/// @notice Ends a channel without a challenge; both sign. What a side was funded with beyond these figures returns to
/// it.
struct CoopClose {
    bytes32 id;
    /// Funding of both sides that the totals divide up.
    uint128 fundedA;
    uint128 fundedB;
    /// As in `Settle`; together all of that funding.
    uint128 totalOutA;
    uint128 totalOutB;
    /// As in `Settle`.
    uint64 deadline;
    uint8 toVault;
}

/// @notice Moves tokens from the signer's vault to the signer's side of a channel.
struct Refill {
    bytes32 id;
    /// What the side is funded with after this.
    uint128 fundedTotal;
    /// Last second, as Unix time, in which it is taken.
    uint64 deadline;
}

/// @notice A settle of a batch: the hub signed the batch, its client the settle.
struct SettleItem {
    Settle settle;
    Signature client;
}

/// @notice What a posted proof of a direction commits to.
struct Direction {
    uint128 transferred;
    /// Leaves of 64 bytes, big-endian, at most 256, ids strictly ascending:
    /// id u64 | amount u128 | expiry u64 (Unix time in seconds) | SHA-256 of a preimage of 32 bytes.
    bytes leaves;
}

/// @notice A payment hash among those that `revealRoot` revealed at once.
struct RevealedHash {
    bytes32 hash;
    /// Its position among them from zero, and their number.
    uint256 index;
    uint256 count;
    /// Siblings from the leaf upwards, without an entry where the node moves up unchanged.
    bytes32[] branch;
}
