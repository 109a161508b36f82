// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {BridgeBase} from "./BridgeBase.sol";
import {ICustody} from "./interfaces/ICustody.sol";
import {CustodyRecords} from "./libraries/CustodyRecords.sol";
import {CustodyTransaction} from "./libraries/CustodyTransaction.sol";
import {Inclusion} from "./libraries/Inclusion.sol";
import {Redemptions} from "./libraries/Redemptions.sol";
import {Secp256k1} from "./libraries/Secp256k1.sol";
import {Sha256} from "./libraries/Sha256.sol";
import {Transaction} from "./libraries/Transaction.sol";
import {Head} from "./storage/Head.sol";
import {CustodyOutput, FederationKeys} from "./storage/Ledger.sol";
import {DepositState, Parameters} from "./types/BridgeTypes.sol";
import {Custody, CustodyProof, CustodyRecord, Keys, ShapeFault} from "./types/CustodyTypes.sol";
import {BlockProof} from "./types/HeaderTypes.sol";
import {PaidRedemption} from "./types/PegOutTypes.sol";

/// @title CustodyLineage
/// @notice See {ICustody}.
abstract contract CustodyLineage is BridgeBase {
    /// @dev A transaction that is proven to be in a block of the best chain.
    struct Spend {
        /// Calldata offset of the transaction and its length in bytes.
        uint256 start;
        uint256 length;
        uint256 confirmations;
        /// Amount of its custody output and whether that has the registered key, once the shape is known.
        uint64 value;
        bool rotates;
        CustodyTransaction.Layout layout;
    }

    /// @dev Blocks after a rotation whose deposits to the key before are minted still: a day for whoever derived an
    /// address from it.
    uint32 private constant PREVIOUS_KEY_BLOCKS = 144;

    uint256 internal immutable _custodyConfirmations;
    uint256 internal immutable _evidenceDelay;
    uint256 internal immutable _keyDelay;

    constructor(Parameters memory parameters_) {
        _custodyConfirmations = parameters_.custodyConfirmations;
        _evidenceDelay = parameters_.evidenceDelay;
        _keyDelay = parameters_.keyDelay;
    }

    /// @inheritdoc ICustody
    function proveCustody(CustodyProof calldata proof) external {
        CustodyRecord memory record;
        CustodyOutput memory held = _custody.load();
        Spend memory spend = _proveSpend(proof, held, record);
        ShapeFault fault = _readShape(spend);
        if (fault == ShapeFault.None && spend.layout.payouts != proof.paid.length) fault = ShapeFault.Outputs;
        if (fault != ShapeFault.None) revert CustodyShape(uint8(fault));
        (bytes32 txid, uint256 vout) = Transaction.outpoint(spend.layout.inputsAt);
        if (txid != record.previousTxid || vout != record.previousVout) revert CustodyInputMismatch();

        record.conforming = true;
        // As many outputs as a block holds at most.
        record.vout = uint32(spend.layout.payouts);
        record.value = spend.value;
        record.rotated = spend.rotates;
        if (spend.layout.inputs > 1) _sweep(spend.layout, held, record);
        _pay(spend, proof.paid, held, record);
        held.txid = record.txid;
        held.vout = record.vout;
        held.value = record.value;
        held.height = record.height;
        _push(record, held);
        if (record.rotated) _rotate(record.height);
    }

    /// @inheritdoc ICustody
    function undoCustody(CustodyRecord calldata newest, BlockProof calldata other) external {
        bytes32 commitment = CustodyRecords.commitment(newest);
        if (commitment != _lineage) revert NotNewestRecord();
        (bytes32 hash, uint256 height,) = _requireBlock(_currentHead(), other);
        if (height != newest.height) revert WrongHeight(height, newest.height);
        if (hash == newest.blockHash) revert SameBlock(hash);

        CustodyOutput memory held = _custody.loadAmounts();
        _unsweep(newest, held);
        for (uint256 i = 0; i < newest.ids.length; ++i) {
            _redemptions[newest.ids[i]] = newest.commitments[i];
            held.unpaid += newest.amounts[i];
        }
        held.txid = newest.previousTxid;
        held.vout = newest.previousVout;
        held.value = newest.previousValue;
        held.height = newest.previousHeight;
        _custody.store(held);
        _lineage = newest.parent;
        if (newest.rotated) _keys = _keysBefore[commitment];
        emit CustodyUndone(newest.txid);
    }

    /// @inheritdoc ICustody
    function reportNonConforming(CustodyProof calldata proof) external {
        CustodyRecord memory record;
        CustodyOutput memory held = _custody.load();
        Spend memory spend = _proveSpend(proof, held, record);
        if (!Transaction.spends(spend.start, spend.length, record.previousTxid, record.previousVout)) {
            revert CustodyInputMismatch();
        }
        if (spend.confirmations < _evidenceDelay && _isConforming(spend, record)) revert ConformingSpend();
        (held.txid, held.vout, held.value, held.height) = (0, 0, 0, 0);
        _push(record, held);
        _pause();
        emit NonConformingSpend(record.txid);
    }

    /// @inheritdoc ICustody
    function registerKey(bytes32 key) external {
        _requireGovernance();
        FederationKeys memory held = _keys;
        if (key == held.current || !Secp256k1.isKey(key)) revert KeyOutOfRange(key);
        if (held.next != 0 && block.timestamp >= held.nextUsableFrom) revert KeyPending(held.next);
        // The delay is bounded by days.
        uint64 usableFrom = uint64(block.timestamp + _keyDelay);
        _keys.next = key;
        _keys.nextUsableFrom = usableFrom;
        emit KeyRegistered(key, usableFrom);
    }

    /// @inheritdoc ICustody
    function custody() external view returns (Custody memory) {
        return Custody({txid: _custody.txid, vout: _custody.vout, value: _custody.value});
    }

    /// @inheritdoc ICustody
    function lineage() external view returns (bytes32) {
        return _lineage;
    }

    /// @inheritdoc ICustody
    function keys() external view returns (Keys memory) {
        FederationKeys memory held = _keys;
        return Keys({
            current: held.current,
            next: held.next,
            nextUsableFrom: held.nextUsableFrom,
            previous: held.previous,
            previousUntil: held.previousUntil
        });
    }

    /// @dev Proves a transaction to be in a block deep enough and begins its record.
    function _proveSpend(
        CustodyProof calldata proof,
        CustodyOutput memory held,
        CustodyRecord memory record
    )
        private
        view
        returns (Spend memory spend)
    {
        Head head = _currentHead();
        (bytes32 blockHash, uint256 height, bytes32 merkleRoot) = _requireBlock(head, proof.block_);
        // A block of the best chain is not above its tip.
        spend.confirmations = head.height() - height + 1;
        if (spend.confirmations < _custodyConfirmations) {
            revert TooShallow(spend.confirmations, _custodyConfirmations);
        }
        bytes calldata transaction = proof.transaction;
        if (transaction.length == Transaction.NODE_LENGTH) revert TransactionSize64();
        uint256 start;
        assembly ("memory-safe") {
            start := transaction.offset
        }
        spend.start = start;
        spend.length = transaction.length;
        bytes32 txid = Sha256.doubleOfCalldata(start, transaction.length);
        Inclusion.requireBoth(merkleRoot, proof.coinbaseDigest, proof.coinbaseBranch, txid, proof.index, proof.branch);

        record.parent = _lineage;
        record.txid = txid;
        record.blockHash = blockHash;
        // Heights are 32 bits wide in a segment.
        record.height = uint32(height);
        record.previousTxid = held.txid;
        record.previousVout = held.vout;
        record.previousValue = held.value;
        record.previousHeight = held.height;
    }

    /// @dev Reads a transaction as a custody transaction to a key of the federation.
    function _readShape(Spend memory spend) private view returns (ShapeFault fault) {
        (fault, spend.layout) = CustodyTransaction.read(spend.start, spend.length);
        if (fault != ShapeFault.None) return fault;
        bool isTaproot;
        bytes32 key;
        (isTaproot, spend.value, key) = Transaction.taprootOutput(spend.layout.custodyAt);
        if (!isTaproot) return ShapeFault.CustodyScript;
        if (key == _keys.current) return ShapeFault.None;
        spend.rotates = true;
        // Zero stands for none.
        bool isUsable = key != 0 && key == _keys.next && block.timestamp >= _keys.nextUsableFrom;
        return isUsable ? ShapeFault.None : ShapeFault.CustodyKey;
    }

    /// @dev True when a spend of the custody outpoint may be a custody transaction, as far as it shows by itself.
    function _isConforming(Spend memory spend, CustodyRecord memory record) private view returns (bool) {
        if (_readShape(spend) != ShapeFault.None) return false;
        (bytes32 txid, uint256 vout) = Transaction.outpoint(spend.layout.inputsAt);
        return txid == record.previousTxid && vout == record.previousVout;
    }

    /// @dev Marks the deposits among the inputs as swept.
    function _sweep(
        CustodyTransaction.Layout memory layout,
        CustodyOutput memory held,
        CustodyRecord memory record
    )
        private
    {
        uint256 deposits = layout.inputs - 1;
        bytes32[] memory swept = new bytes32[](deposits);
        bytes32[] memory unbacked = new bytes32[](deposits);
        uint256 sweptCount;
        uint256 unbackedCount;
        uint256 cursor = layout.inputsAt;
        for (uint256 i = 0; i < deposits; ++i) {
            cursor += CustodyTransaction.INPUT_LENGTH;
            (bytes32 txid, uint256 vout) = Transaction.outpoint(cursor);
            bytes32 id = _depositId(txid, vout);
            uint256 word = _deposits[id];
            DepositState state = _stateOf(word);
            if (state == DepositState.Minted) {
                swept[sweptCount++] = id;
                held.unswept -= uint64(word >> AMOUNT_SHIFT);
            } else {
                unbacked[unbackedCount++] = id;
            }
            bool isMinted = state == DepositState.Minted || state == DepositState.Disowned;
            _deposits[id] = _withState(word, isMinted ? DepositState.Swept : DepositState.SweptUnminted);
        }
        assembly ("memory-safe") {
            // Both are at most as long as they were allocated.
            mstore(swept, sweptCount)
            mstore(unbacked, unbackedCount)
        }
        record.swept = swept;
        record.unbacked = unbacked;
        // Each of them was counted when it was minted.
        if (sweptCount != 0) _ledger.unsweptCount -= uint32(sweptCount);
    }

    /// @dev Takes the paid redemptions off the books.
    function _pay(
        Spend memory spend,
        PaidRedemption[] calldata paid,
        CustodyOutput memory held,
        CustodyRecord memory record
    )
        private
    {
        uint64[] memory ids = new uint64[](paid.length);
        uint64[] memory amounts = new uint64[](paid.length);
        bytes32[] memory commitments = new bytes32[](paid.length);
        uint256 cursor = spend.layout.payoutsAt;
        uint256 last = 0;
        for (uint256 i = 0; i < paid.length; ++i) {
            PaidRedemption calldata one = paid[i];
            (uint64 id, uint64 amount, uint64 maxFee) = (one.id, one.amount, one.maxFee);
            if (id <= last) revert IdsMismatch();
            last = id;
            (uint256 next, uint256 script) = CustodyTransaction.skipPayout(cursor, spend.start);
            bytes32 commitment = Redemptions.commitment(
                id, amount, maxFee, one.requestedAt, one.requester, _hashOf(script, next - script)
            );
            if (_redemptions[id] != commitment) revert UnknownRedemption(id);
            uint256 payout = CustodyTransaction.amountOf(cursor);
            if (payout > amount || amount - payout > maxFee) revert PayoutMismatch(id);
            delete _redemptions[id];
            held.unpaid -= amount;
            (ids[i], amounts[i], commitments[i]) = (id, amount, commitment);
            cursor = next;
        }
        bytes32 idsHash;
        assembly ("memory-safe") {
            // Each id takes a word.
            idsHash := keccak256(add(ids, 0x20), shl(5, mload(ids)))
        }
        if (idsHash != CustodyTransaction.idsHash(spend.layout)) revert IdsMismatch();
        (record.ids, record.amounts, record.commitments) = (ids, amounts, commitments);
    }

    /// @dev Moves custody to the registered key, by a block at this height.
    function _rotate(uint32 height) private {
        FederationKeys memory held = _keys;
        _keysBefore[_lineage] = held;
        _keys = FederationKeys({
            current: held.next,
            next: 0,
            previous: held.current,
            nextUsableFrom: 0,
            previousUntil: height + PREVIOUS_KEY_BLOCKS
        });
        emit KeyRotated(held.next, height);
    }

    /// @dev Puts a record on top of the lineage.
    function _push(CustodyRecord memory record, CustodyOutput memory held) private {
        bytes memory encoded = CustodyRecords.encode(record);
        bytes32 commitment = keccak256(encoded);
        _lineage = commitment;
        _custody.store(held);
        bytes32 txid = record.txid;
        bytes32 selector = CustodyProven.selector;
        assembly ("memory-safe") {
            // emit CustodyProven(txid, commitment, record)
            log3(add(encoded, 0x20), mload(encoded), selector, txid, commitment)
        }
    }

    /// @dev Undoes `_sweep`.
    function _unsweep(CustodyRecord calldata newest, CustodyOutput memory held) private {
        uint256 count = newest.swept.length;
        for (uint256 i = 0; i < count; ++i) {
            bytes32 id = newest.swept[i];
            uint256 word = _deposits[id];
            _deposits[id] = _withState(word, DepositState.Minted);
            held.unswept += uint64(word >> AMOUNT_SHIFT);
        }
        // As many as were subtracted.
        if (count != 0) _ledger.unsweptCount += uint32(count);
        for (uint256 i = 0; i < newest.unbacked.length; ++i) {
            bytes32 id = newest.unbacked[i];
            uint256 word = _deposits[id];
            _deposits[id] = _stateOf(word) == DepositState.Swept ? _withState(word, DepositState.Disowned) : 0;
        }
    }

    /// @dev keccak256 of a part of the calldata.
    function _hashOf(uint256 offset, uint256 length) private pure returns (bytes32 digest) {
        assembly ("memory-safe") {
            // Scratch beyond the free memory pointer, not kept.
            let buffer := mload(0x40)
            calldatacopy(buffer, offset, length)
            digest := keccak256(buffer, length)
        }
    }
}
