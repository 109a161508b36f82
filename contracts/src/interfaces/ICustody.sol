// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Custody, CustodyProof, CustodyRecord, Keys} from "../types/CustodyTypes.sol";
import {BlockProof} from "../types/HeaderTypes.sol";

/// @title ICustody
/// @notice The lineage of custody transactions: each spends the custody outpoint, pays redemptions, sweeps deposits and
/// makes the next custody outpoint.
/// @dev Shape of a custody transaction: version 3, lock time 0, no input scripts, all sequences 0xfffffffd. Input 0 is
/// the custody outpoint; further ones are deposits, strictly ascending by txid (internal bytes) and vout. Outputs:
/// payouts by ascending redemption id; `OP_1 <key>`, the key being the current one or the registered next one; value 0
/// with `OP_RETURN <64 bytes>`: hash of a final side-chain block | keccak256 of the ids as u256 words one after
/// another.
/// A proven transaction leaves a record that the contract knows by its commitment only. Events publish the records.
interface ICustody {
    /// @notice A spend of the custody outpoint was proven; the record's commitment is the lineage's now.
    event CustodyProven(bytes32 indexed txid, bytes32 indexed commitment, CustodyRecord record);

    /// @notice A record was undone: its block left the best chain.
    event CustodyUndone(bytes32 indexed txid);

    /// @notice The spend is no custody transaction: custody is zero, the bridge paused. Follows its `CustodyProven`.
    event NonConformingSpend(bytes32 indexed txid);

    /// @notice Governance registered the key that custody may move to from this Unix time in seconds.
    event KeyRegistered(bytes32 key, uint64 usableFrom);

    /// @notice A custody transaction in the block at this height moved custody to this key. Not published when undone.
    event KeyRotated(bytes32 key, uint32 height);

    /// @notice Proves the custody transaction that spends the proven custody outpoint: pays redemptions, sweeps
    /// deposits, moves custody.
    /// @dev It needs custodyConfirmations, and for each payout amount - maxFee <= payout <= amount. A minted or
    /// disowned deposit becomes `Swept`, an unknown input `SweptUnminted`. Never paused, whatever the reserves are
    /// after it.
    function proveCustody(CustodyProof calldata proof) external;

    /// @notice Undoes the newest record: restores custody, redemptions, deposits and keys. A deposit that was claimed
    /// after its sweep becomes `Disowned`.
    /// @param newest The newest record.
    /// @param other Another block of the best chain at the record's height.
    function undoCustody(CustodyRecord calldata newest, BlockProof calldata other) external;

    /// @notice Reports a confirmed transaction that spends the custody outpoint and is no custody transaction. One that
    /// has the shape is taken only once it has evidenceDelay confirmations and nobody proved it.
    /// @param proof Its `paid` is not read.
    function reportNonConforming(CustodyProof calldata proof) external;

    /// @notice Registers the key that custody may move to after keyDelay. It may be replaced until then. Governance
    /// only. @param key x-only key, 0 < key < n, on the curve.
    function registerKey(bytes32 key) external;

    /// @notice The proven custody output; all zero after a spend that does not conform.
    function custody() external view returns (Custody memory);

    /// @notice Commitment of the newest custody record; zero before the first.
    function lineage() external view returns (bytes32);

    /// @notice The federation's keys.
    function keys() external view returns (Keys memory);
}
