// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @notice Constants of a deployment; amounts in satoshi, times of Bitcoin in blocks.
struct Parameters {
    /// Federation's first x-only key P: internal key of deposit outputs and, untweaked, the custody output's. 0 < P.x <
    /// n, on the curve.
    bytes32 federationKey;
    /// Relative timelock in blocks after which the depositor alone may take a deposit back: 256 to 32,767.
    uint32 reclaimBlocks;
    /// Blocks before its reclaim height from which a deposit is no longer minted.
    uint32 sweepWindow;
    /// Greatest age of the tip's header time in seconds at which deposits are minted.
    uint32 freshness;
    /// Confirmations that the smallest claim needs; the block that holds the deposit counts one.
    uint32 minConfirmations;
    /// Confirmations that suffice for any sum: at most 144, well inside the record of minted sums.
    uint32 maxConfirmations;
    /// Satoshi minted from one block that demand one further confirmation.
    uint64 satPerConfirmation;
    /// Greatest sum minted from the newest 144 blocks.
    uint64 mintCap;
    /// Smallest deposit that is minted.
    uint64 minDeposit;
    /// Greatest value of deposits that are minted and not yet swept.
    uint64 unsweptValueCap;
    /// Greatest number of deposits that are minted and not yet swept.
    uint32 unsweptCountCap;
    /// Confirmations that a custody transaction needs to be proven.
    uint32 custodyConfirmations;
    /// An unswept deposit fewer blocks than this below its reclaim height lets anyone pause the bridge.
    uint32 unsweptAlarm;
    /// Confirmations after which an unproven spend of the custody outpoint is evidence although it has the shape.
    uint32 evidenceDelay;
    /// Seconds from a key's registration until custody may move to it.
    uint32 keyDelay;
    /// What every redemption leaves to the surplus.
    uint64 redemptionFee;
    /// Smallest amount that is redeemed.
    uint64 minRedemption;
    /// Greatest amount of one redemption.
    uint64 maxRedemption;
    /// Least fee that a redemption must allow for.
    uint64 minMaxFee;
    /// Part of the surplus that custody transactions may spend on fees beyond the redemptions' shares.
    uint64 feeReserve;
}

/// @notice Claims of deposits that lie in one Bitcoin block.
/// @dev The nodes above `cap` and the proof of the header are shared by all claims of the block. Begins with the
/// members of `BlockProof`.
struct BlockClaims {
    /// The block's header; see `BlockProof`.
    bytes header;
    /// Index of the segment that holds the header.
    uint256 segmentIndex;
    /// Position of the header in that segment, from zero.
    uint256 position;
    /// The segment's root.
    bytes32 root;
    /// The segment's meta word.
    bytes32 meta;
    /// keccak256(abi.encode(state)) of the segment.
    bytes32 stateHash;
    /// Siblings from the header's hash up to the root, promoted nodes skipped.
    bytes32[] segmentPath;
    /// Single SHA-256 of the coinbase transaction without witness.
    bytes32 coinbaseDigest;
    /// Siblings of the coinbase up to the level L of the cap, internal byte order; L is their number.
    bytes32[] coinbaseBranch;
    /// All nodes of the transaction tree at level L, left to right, an odd last one not repeated; the Merkle root alone
    /// when L is the full depth.
    bytes32[] cap;
    /// Claims back to back, integers big-endian: index u32 | vout u32 | carrierFee u64 | actionLength u16 |
    /// transactionLength u32 | recipient 20 | salt 32 | reclaimKey 32 | outputKeyY 32 | slope 32 | branch L * 32 |
    /// action | transaction without witness. slope = 3x^2 / (2y) mod p at the output key (x, y).
    bytes claims;
}

/// @notice What became of a deposit.
enum DepositState {
    /// Not minted.
    None,
    /// Minted and not yet swept into custody: it backs the supply.
    Minted,
    /// Minted and swept.
    Swept,
    /// Minted, but it left the best chain or reached its reclaim height: it backs nothing until it is claimed anew or
    /// swept.
    Disowned,
    /// Swept before it was minted; amount and block are unknown until it is.
    SweptUnminted
}

/// @notice Record of a deposit.
struct Deposit {
    /// Amount of the Bitcoin output in satoshi.
    uint64 amount;
    /// Height of the block that holds it.
    uint32 height;
    /// First 16 bytes of that block's hash in internal byte order: the half that proof of work leaves random.
    uint128 blockHashLow;
    /// What became of it.
    DepositState state;
}

/// @notice Both sides of the balance, in satoshi: supply + unpaid <= custody + unswept.
struct Reserves {
    /// fBTC in circulation.
    uint64 supply;
    /// Redemptions requested and not proven paid.
    uint64 unpaid;
    /// Value of the proven custody output.
    uint64 custody;
    /// Value of the deposits that are minted and not yet swept.
    uint64 unswept;
}
