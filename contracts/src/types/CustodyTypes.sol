// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {BlockProof} from "./HeaderTypes.sol";
import {PaidRedemption} from "./PegOutTypes.sol";

/// @notice Bitcoin output that holds the federation's reserves.
struct Custody {
    /// Transaction id in internal byte order.
    bytes32 txid;
    /// Output index.
    uint32 vout;
    /// Amount in satoshi.
    uint64 value;
}

/// @notice A transaction in a block of the best chain.
struct CustodyProof {
    /// The block.
    BlockProof block_;
    /// Single SHA-256 of the coinbase transaction without witness.
    bytes32 coinbaseDigest;
    /// Siblings of the coinbase up to the Merkle root, internal byte order.
    bytes32[] coinbaseBranch;
    /// Position of the transaction in the block.
    uint256 index;
    /// Siblings of the transaction up to the Merkle root, as many as the coinbase's.
    bytes32[] branch;
    /// The transaction without witness.
    bytes transaction;
    /// The redemptions that it pays, in the order of its outputs.
    PaidRedemption[] paid;
}

/// @notice Record of a proven spend of the custody outpoint: all that it takes to undo it.
/// @dev commitment = keccak256(abi.encode(record)). The contract keeps the newest record's, each names its parent's.
struct CustodyRecord {
    /// Commitment of the record before; zero for the first.
    bytes32 parent;
    /// The transaction, internal byte order.
    bytes32 txid;
    /// Its custody output: index and amount in satoshi; zero when it does not conform.
    uint32 vout;
    uint64 value;
    /// The block that holds it, internal byte order, and its height.
    bytes32 blockHash;
    uint32 height;
    /// The custody output that it spends and the height of the block that holds it, zero for the first.
    bytes32 previousTxid;
    uint32 previousVout;
    uint64 previousValue;
    uint32 previousHeight;
    /// True when it moved custody to the registered key.
    bool rotated;
    /// False when it is evidence: custody is zero after it.
    bool conforming;
    /// The redemptions that it pays, ascending: ids, amounts owed in satoshi, commitments.
    uint64[] ids;
    uint64[] amounts;
    bytes32[] commitments;
    /// Deposits that counted as unswept before it swept them.
    bytes32[] swept;
    /// Its other inputs: disowned deposits and outpoints that were not minted.
    bytes32[] unbacked;
}

/// @notice Federation's x-only keys. Zero stands for none.
struct Keys {
    /// Holds custody; deposits to it are minted.
    bytes32 current;
    /// Registered by governance; custody may move to it.
    bytes32 next;
    /// Side chain's Unix time in seconds from which it may.
    uint64 nextUsableFrom;
    /// Held custody before.
    bytes32 previous;
    /// Height of the last Bitcoin block whose deposits to it are minted.
    uint32 previousUntil;
}

/// @notice What keeps a transaction from being a custody transaction, by itself or by its custody output's key.
enum ShapeFault {
    /// It has the shape.
    None,
    /// Its version is not 3.
    Version,
    /// Its lock time is not zero.
    LockTime,
    /// An input has a script.
    InputScript,
    /// An input's sequence is not 0xfffffffd.
    Sequence,
    /// The inputs after the first are not strictly ascending by txid (internal bytes) and vout.
    InputOrder,
    /// It has other outputs than payouts, custody and anchor, or another number of payouts than redemptions named.
    Outputs,
    /// The output before the last is not OP_1 with a 32-byte key.
    CustodyScript,
    /// That key is neither the current one nor the registered one, usable by now.
    CustodyKey,
    /// The last output is not `OP_RETURN <64 bytes>` of value 0.
    Anchor
}
