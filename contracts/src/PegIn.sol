// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {BridgeBase} from "./BridgeBase.sol";
import {IBridge} from "./interfaces/IBridge.sol";
import {DepositScript} from "./libraries/DepositScript.sol";
import {Inclusion} from "./libraries/Inclusion.sol";
import {PackedClaims} from "./libraries/PackedClaims.sol";
import {Secp256k1} from "./libraries/Secp256k1.sol";
import {Sha256} from "./libraries/Sha256.sol";
import {Transaction} from "./libraries/Transaction.sol";
import {Head} from "./storage/Head.sol";
import {CustodyOutput, Ledger} from "./storage/Ledger.sol";
import {MintRecord} from "./storage/MintRecord.sol";
import {MintWindow} from "./storage/MintWindow.sol";
import {BlockClaims, DepositState, Parameters} from "./types/BridgeTypes.sol";
import {BlockProof} from "./types/HeaderTypes.sol";

/// @title PegIn
/// @notice Claims of deposits, and what ends a deposit's backing without a sweep. See {IBridge}.
abstract contract PegIn is BridgeBase {
    using MintRecord for MintRecord.Record;
    using PackedClaims for PackedClaims.Claim;

    /// @dev A proven block whose claims are being read.
    struct Block {
        uint256 tipHeight;
        /// The federation's current key.
        bytes32 key;
        uint256 height;
        /// Record of a deposit in this block but for its amount and state.
        uint256 depositWord;
        /// Satoshi of the claims of this block in this call.
        uint256 claimed;
        /// Sums over all blocks of this call: value and number of the deposits that are unswept now, and mints.
        uint256 value;
        uint256 count;
        uint256 mints;
        uint256 carrierFees;
        /// Sums claimed from the newest blocks, this call's included.
        MintWindow window;
    }

    /// @inheritdoc IBridge
    bytes32 public immutable instance;

    uint256 internal immutable _sweepWindow;
    uint256 internal immutable _freshness;
    uint256 internal immutable _minConfirmations;
    uint256 internal immutable _maxConfirmations;
    uint256 internal immutable _satPerConfirmation;
    uint256 internal immutable _mintCap;
    uint256 internal immutable _minDeposit;
    uint256 internal immutable _unsweptValueCap;
    uint256 internal immutable _unsweptCountCap;
    uint256 internal immutable _unsweptAlarm;

    constructor(Parameters memory parameters_, bytes32 checkpointHash) {
        _sweepWindow = parameters_.sweepWindow;
        _freshness = parameters_.freshness;
        _minConfirmations = parameters_.minConfirmations;
        _maxConfirmations = parameters_.maxConfirmations;
        _satPerConfirmation = parameters_.satPerConfirmation;
        _mintCap = parameters_.mintCap;
        _minDeposit = parameters_.minDeposit;
        _unsweptValueCap = parameters_.unsweptValueCap;
        _unsweptCountCap = parameters_.unsweptCountCap;
        _unsweptAlarm = parameters_.unsweptAlarm;
        instance = keccak256(abi.encode(block.chainid, address(this), blockhash(block.number - 1), checkpointHash));
    }

    /// @inheritdoc IBridge
    function claim(BlockClaims[] calldata blocks) external {
        Head head = _currentHead();
        Ledger memory ledger = _ledger;
        if (block.timestamp > head.time() + _freshness) revert StaleTip(head.time(), block.timestamp);

        Block memory proven;
        proven.tipHeight = head.height();
        proven.key = _keys.current;
        proven.window = _window.advanceTo(proven.tipHeight);
        for (uint256 i = 0; i < blocks.length; ++i) {
            _proveBlock(blocks[i], head, proven);
            _claimAll(blocks[i], proven);
            _requireConfirmed(proven);
            _addWithinCap(proven);
        }
        _window = proven.window;
        CustodyOutput memory held = _custody.loadAmounts();
        _addUnswept(ledger, held, proven);
        if (proven.mints == 0) return;
        _requireNotPaused(ledger);
        if (proven.carrierFees != 0) token.mint(msg.sender, proven.carrierFees);
        _requireSolvent(token.totalSupply(), held);
    }

    /// @inheritdoc IBridge
    function disown(bytes32 id, BlockProof calldata other) external {
        uint256 word = _unsweptDeposit(id);
        (bytes32 hash, uint256 height,) = _requireBlock(_currentHead(), other);
        uint256 expected = uint32(word >> HEIGHT_SHIFT);
        if (height != expected) revert WrongHeight(height, expected);
        if (uint256(hash) >> 128 == uint128(word >> BLOCK_HASH_SHIFT)) revert SameBlock(hash);
        _disown(id, word);
    }

    /// @inheritdoc IBridge
    function disownUnswept(bytes32 id) external {
        uint256 word = _unsweptDeposit(id);
        uint256 tip = _currentHead().height();
        uint256 reclaimHeight = uint32(word >> HEIGHT_SHIFT) + _reclaimBlocks;
        if (tip < reclaimHeight) revert NotYetReclaimable(tip, reclaimHeight);
        _disown(id, word);
    }

    /// @inheritdoc IBridge
    function raiseUnsweptAlarm(bytes32 id) external {
        uint256 word = _unsweptDeposit(id);
        uint256 tip = _currentHead().height();
        // The alarm is shorter than the reclaim delay.
        uint256 alarmHeight = uint32(word >> HEIGHT_SHIFT) + _reclaimBlocks - _unsweptAlarm + 1;
        if (tip < alarmHeight) revert NoUnsweptAlarm(tip, alarmHeight);
        _pause();
        emit UnsweptAlarm(id);
    }

    /// @inheritdoc IBridge
    function confirmationsNeeded(uint64 sum) external view returns (uint32) {
        return uint32(_confirmationsNeeded(sum));
    }

    /// @inheritdoc IBridge
    function mintedFrom(uint32 height) external view returns (uint64) {
        return _record.sumAt(height);
    }

    /// @dev Proves a block's header and its coinbase and makes it the one whose claims are read.
    function _proveBlock(BlockClaims calldata claims, Head head, Block memory proven) private view {
        BlockProof calldata proof;
        assembly ("memory-safe") {
            // The claims of a block begin with the members of its proof, and both locate what is dynamic from here.
            proof := claims
        }
        (bytes32 hash, uint256 height, bytes32 merkleRoot) = _requireBlock(head, proof);
        Inclusion.requireCoinbase(merkleRoot, claims.coinbaseDigest, claims.coinbaseBranch, claims.cap);
        proven.height = height;
        proven.depositWord = (height << HEIGHT_SHIFT) | ((uint256(hash) >> 128) << BLOCK_HASH_SHIFT);
        proven.claimed = 0;
    }

    /// @dev Takes every claim of a block.
    function _claimAll(BlockClaims calldata claims, Block memory proven) private {
        bytes calldata packed = claims.claims;
        if (packed.length == 0) revert ClaimMalformed(0);
        uint256 start;
        assembly ("memory-safe") {
            start := packed.offset
        }
        uint256 end = start + packed.length;
        uint256 depth = claims.coinbaseBranch.length;
        for (uint256 cursor = start; cursor != end;) {
            PackedClaims.Claim memory one = PackedClaims.read(start, cursor, end, depth);
            _claimOne(one, depth, claims.cap, proven);
            cursor = one.next;
        }
    }

    /// @dev Mints one claim, or restores its disowned deposit.
    function _claimOne(
        PackedClaims.Claim memory one,
        uint256 depth,
        bytes32[] calldata cap,
        Block memory proven
    )
        private
    {
        bytes32 txid = Sha256.doubleOfCalldata(one.transaction, one.transactionLength());
        bytes32 id = _depositId(txid, one.vout());
        DepositState state = _stateOf(_deposits[id]);
        if (state == DepositState.Minted || state == DepositState.Swept) revert AlreadyMinted(id);
        bool swept = state == DepositState.SweptUnminted;
        if (!swept) _requireInWindow(proven);
        Inclusion.requireTransaction(txid, one.index(), one.branch(), depth, cap);

        uint64 amount = _depositAmount(one, proven, swept);
        if (amount < _minDeposit) revert AmountTooSmall(amount, _minDeposit);
        if (one.carrierFee() > amount) revert CarrierFeeTooHigh(one.carrierFee(), amount);

        _deposits[id] = _withState(
            (uint256(amount) << AMOUNT_SHIFT) | proven.depositWord, swept ? DepositState.Swept : DepositState.Minted
        );
        proven.claimed += amount;
        if (!swept) {
            proven.value += amount;
            proven.count += 1;
        }
        if (state == DepositState.Disowned) {
            emit DepositRestored(id);
            return;
        }
        emit Minted({
            id: id,
            recipient: one.recipient(),
            amount: amount,
            carrierFee: uint64(one.carrierFee()),
            height: uint32(proven.height),
            txid: txid,
            vout: uint32(one.vout())
        });
        proven.mints += 1;
        proven.carrierFees += one.carrierFee();
        token.mint(one.recipient(), amount - one.carrierFee());
    }

    /// @dev Requires the block to be far enough from its deposits' reclaim height to sweep them.
    function _requireInWindow(Block memory proven) private view {
        uint256 latest = proven.height + _reclaimBlocks - _sweepWindow;
        if (proven.tipHeight > latest) revert TooCloseToReclaim(proven.tipHeight, latest);
    }

    /// @dev Amount of the claimed output, once it is known to pay the descriptor's key.
    /// @param swept True when the coins are in custody already: the previous key's time does not matter.
    function _depositAmount(
        PackedClaims.Claim memory one,
        Block memory proven,
        bool swept
    )
        private
        view
        returns (uint64)
    {
        uint256 output = Transaction.findOutput(one.transaction, one.transactionLength(), one.vout());
        (bool isTaproot, uint64 amount, bytes32 outputKey) = Transaction.taprootOutput(output);
        if (!isTaproot) revert OutputNotTaproot();
        bytes32 commitment =
            DepositScript.commitment(instance, one.recipient(), one.carrierFee(), one.salt(), one.actionHash());
        bytes32 leaf = DepositScript.leafHash(commitment, _reclaimBlocks, one.reclaimKey());
        if (!_isDepositTo(proven.key, leaf, outputKey, one)) {
            bool isOpen = swept || proven.height <= _keys.previousUntil;
            if (!isOpen || !_isDepositTo(_keys.previous, leaf, outputKey, one)) revert DescriptorMismatch();
        }
        return amount;
    }

    function _isDepositTo(
        bytes32 key,
        bytes32 leaf,
        bytes32 outputKey,
        PackedClaims.Claim memory one
    )
        private
        view
        returns (bool)
    {
        bytes32 tweak = DepositScript.tweak(key, leaf);
        return Secp256k1.isTweaked(key, tweak, uint256(outputKey), one.outputKeyY(), one.slope());
    }

    /// @dev Requires the confirmations that the sum claimed from a block needs, and records the sum.
    function _requireConfirmed(Block memory proven) private {
        uint256 sum = _record.sumAt(proven.height) + proven.claimed;
        // A block of the best chain is not above its tip.
        uint256 confirmations = proven.tipHeight - proven.height + 1;
        uint256 needed = _confirmationsNeeded(sum);
        if (confirmations < needed) revert TooShallow(confirmations, needed);
        // An amount is below 2^64 and a record too; what passes the caps that are still to be checked is far below it.
        _record.set(proven.height, uint64(sum));
    }

    /// @dev Adds a block's sum to the window of newest blocks, unless the block lies below it.
    function _addWithinCap(Block memory proven) private view {
        if (!proven.window.covers(proven.height)) return;
        uint256 sum = proven.window.total() + proven.claimed;
        if (sum > _mintCap) revert MintCapExceeded(sum, _mintCap);
        proven.window = proven.window.add(proven.height, proven.claimed);
    }

    /// @dev Adds what was claimed to the unswept deposits.
    function _addUnswept(Ledger memory ledger, CustodyOutput memory held, Block memory proven) private {
        uint256 value = held.unswept + proven.value;
        uint256 count = ledger.unsweptCount + proven.count;
        if (value > _unsweptValueCap) revert UnsweptValueExceeded(value, _unsweptValueCap);
        if (count > _unsweptCountCap) revert UnsweptCountExceeded(count, _unsweptCountCap);
        // The caps are 64 and 32 bits wide.
        held.unswept = uint64(value);
        ledger.unsweptCount = uint32(count);
        _custody.storeAmounts(held);
        _ledger = ledger;
    }

    /// @dev Takes a deposit out of the backing.
    function _disown(bytes32 id, uint256 word) private {
        _deposits[id] = _withState(word, DepositState.Disowned);
        _custody.unswept -= uint64(word >> AMOUNT_SHIFT);
        _ledger.unsweptCount -= 1;
        emit DepositDisowned(id);
    }

    /// @dev Record of a deposit that counts as unswept.
    function _unsweptDeposit(bytes32 id) private view returns (uint256 word) {
        word = _deposits[id];
        if (_stateOf(word) != DepositState.Minted) revert NothingToDisown(id);
    }

    function _confirmationsNeeded(uint256 sum) private view returns (uint256) {
        uint256 needed = _minConfirmations + sum / _satPerConfirmation;
        return needed < _maxConfirmations ? needed : _maxConfirmations;
    }
}
