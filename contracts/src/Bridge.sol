// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {FBTC} from "./FBTC.sol";
import {HeaderChain} from "./HeaderChain.sol";
import {IBridge} from "./interfaces/IBridge.sol";
import {CheckpointSegment} from "./libraries/CheckpointSegment.sol";
import {DepositScript} from "./libraries/DepositScript.sol";
import {Inclusion} from "./libraries/Inclusion.sol";
import {PackedClaims} from "./libraries/PackedClaims.sol";
import {ParameterBounds} from "./libraries/ParameterBounds.sol";
import {Secp256k1} from "./libraries/Secp256k1.sol";
import {Segments} from "./libraries/Segments.sol";
import {SegmentTree} from "./libraries/SegmentTree.sol";
import {Sha256} from "./libraries/Sha256.sol";
import {Transaction} from "./libraries/Transaction.sol";
import {Head} from "./storage/Head.sol";
import {MintRecord} from "./storage/MintRecord.sol";
import {MintWindow} from "./storage/MintWindow.sol";
import {BlockClaims, Custody, Deposit, DepositState, Parameters, Reserves} from "./types/BridgeTypes.sol";
import {Checkpoint, Rules} from "./types/HeaderTypes.sol";

/// @title Bridge
/// @notice See {IBridge}.
contract Bridge is IBridge, HeaderChain {
    using MintRecord for MintRecord.Record;
    using PackedClaims for PackedClaims.Claim;

    /// @dev Totals that every claim reads and writes.
    struct Ledger {
        /// Value and number of the deposits that are minted and not yet swept.
        uint64 unsweptValue;
        uint32 unsweptCount;
        /// Unix time in seconds until which minting is paused.
        uint64 pausedUntil;
    }

    /// @dev A proven block whose claims are being read.
    struct Block {
        uint256 height;
        /// Record of a deposit in this block but for its amount.
        uint256 depositWord;
        /// Satoshi minted from it by this call.
        uint256 minted;
        /// Sums over all blocks of this call.
        uint256 value;
        uint256 count;
        uint256 carrierFees;
        /// Sums minted from the newest blocks, this call's included.
        MintWindow window;
    }

    /// @dev How long a guardian's pause lasts.
    uint256 private constant PAUSE = 7 days;

    uint256 private constant HEADER_LENGTH = 80;

    /// @inheritdoc IBridge
    bytes32 public immutable instance;

    /// @inheritdoc IBridge
    FBTC public immutable token;

    /// @inheritdoc IBridge
    address public immutable governance;

    bytes32 private immutable _federationKey;
    uint256 private immutable _reclaimBlocks;
    uint256 private immutable _sweepWindow;
    uint256 private immutable _freshness;
    uint256 private immutable _minConfirmations;
    uint256 private immutable _maxConfirmations;
    uint256 private immutable _satPerConfirmation;
    uint256 private immutable _mintCap;
    uint256 private immutable _minDeposit;
    uint256 private immutable _unsweptValueCap;
    uint256 private immutable _unsweptCountCap;
    bytes32 private immutable _custodyTxid;
    uint256 private immutable _custodyVout;
    uint256 private immutable _custodyValue;

    /// @inheritdoc IBridge
    address public guardian;

    Ledger private _ledger;
    MintWindow private _window;
    MintRecord.Record private _record;

    /// @dev amount u64 | height u32 | blockHashLow u128 | state u32, by deposit id.
    mapping(bytes32 id => uint256 word) private _deposits;

    constructor(
        Rules rules,
        Checkpoint memory checkpoint,
        Parameters memory parameters_,
        Custody memory custody_,
        address governance_,
        address guardian_
    )
        HeaderChain(rules, checkpoint)
    {
        ParameterBounds.check(parameters_);
        ParameterBounds.check(custody_);
        ParameterBounds.check(governance_, "governance");
        ParameterBounds.check(guardian_, "guardian");
        _federationKey = parameters_.federationKey;
        _reclaimBlocks = parameters_.reclaimBlocks;
        _sweepWindow = parameters_.sweepWindow;
        _freshness = parameters_.freshness;
        _minConfirmations = parameters_.minConfirmations;
        _maxConfirmations = parameters_.maxConfirmations;
        _satPerConfirmation = parameters_.satPerConfirmation;
        _mintCap = parameters_.mintCap;
        _minDeposit = parameters_.minDeposit;
        _unsweptValueCap = parameters_.unsweptValueCap;
        _unsweptCountCap = parameters_.unsweptCountCap;
        _custodyTxid = custody_.txid;
        _custodyVout = custody_.vout;
        _custodyValue = custody_.value;
        governance = governance_;
        token = new FBTC();
        instance = keccak256(
            abi.encode(
                block.chainid, address(this), blockhash(block.number - 1), CheckpointSegment.hash(checkpoint.header)
            )
        );
        _setGuardian(guardian_);
    }

    /// @inheritdoc IBridge
    function claim(BlockClaims[] calldata blocks) external {
        Head head = _currentHead();
        Ledger memory ledger = _ledger;
        if (block.timestamp < ledger.pausedUntil) revert MintingPaused(ledger.pausedUntil);
        if (block.timestamp > head.time() + _freshness) revert StaleTip(head.time(), block.timestamp);

        Block memory proven;
        proven.window = _window.advanceTo(head.height());
        for (uint256 i = 0; i < blocks.length; ++i) {
            _proveBlock(blocks[i], head, proven);
            _claimAll(blocks[i], proven);
            _requireConfirmed(head.height(), proven);
            _addWithinCap(proven);
        }
        _window = proven.window;
        _storeLedger(ledger, proven);
        if (proven.carrierFees != 0) token.mint(msg.sender, proven.carrierFees);
    }

    /// @inheritdoc IBridge
    function pause() external {
        if (msg.sender != guardian) revert NotGuardian(msg.sender);
        uint256 until = block.timestamp + PAUSE;
        _ledger.pausedUntil = uint64(until);
        emit MintingPausedUntil(until);
    }

    /// @inheritdoc IBridge
    function unpause() external {
        _requireGovernance();
        _ledger.pausedUntil = 0;
        emit MintingResumed();
    }

    /// @inheritdoc IBridge
    function setGuardian(address guardian_) external {
        _requireGovernance();
        _setGuardian(guardian_);
    }

    /// @inheritdoc IBridge
    function deposit(bytes32 id) external view returns (Deposit memory) {
        uint256 word = _deposits[id];
        return Deposit({
            amount: uint64(word >> 192),
            height: uint32(word >> 160),
            blockHashLow: uint128(word >> 32),
            state: DepositState(uint32(word))
        });
    }

    /// @inheritdoc IBridge
    function reserves() external view returns (Reserves memory) {
        // The supply is minted against deposits that the unswept cap bounds to 64 bits. Redemptions cannot be requested
        // from this deployment.
        return Reserves({
            supply: uint64(token.totalSupply()),
            unpaid: 0,
            custody: uint64(_custodyValue),
            unswept: _ledger.unsweptValue
        });
    }

    /// @inheritdoc IBridge
    function confirmationsNeeded(uint64 sum) external view returns (uint32) {
        return uint32(_confirmationsNeeded(sum));
    }

    /// @inheritdoc IBridge
    function mintedFrom(uint32 height) external view returns (uint64) {
        return _record.sumAt(height);
    }

    /// @inheritdoc IBridge
    function parameters() external view returns (Parameters memory) {
        return Parameters({
            federationKey: _federationKey,
            reclaimBlocks: uint32(_reclaimBlocks),
            sweepWindow: uint32(_sweepWindow),
            freshness: uint32(_freshness),
            minConfirmations: uint32(_minConfirmations),
            maxConfirmations: uint32(_maxConfirmations),
            satPerConfirmation: uint64(_satPerConfirmation),
            mintCap: uint64(_mintCap),
            minDeposit: uint64(_minDeposit),
            unsweptValueCap: uint64(_unsweptValueCap),
            unsweptCountCap: uint32(_unsweptCountCap)
        });
    }

    /// @inheritdoc IBridge
    function custody() external view returns (Custody memory) {
        return Custody({txid: _custodyTxid, vout: uint32(_custodyVout), value: uint64(_custodyValue)});
    }

    /// @inheritdoc IBridge
    function mintingPausedUntil() external view returns (uint256) {
        return _ledger.pausedUntil;
    }

    /// @dev Proves a block's header and its coinbase and makes it the one whose claims are read.
    function _proveBlock(BlockClaims calldata claims, Head head, Block memory proven) private view {
        bytes calldata header = claims.header;
        if (header.length != HEADER_LENGTH) revert CutOff(header.length);
        bytes32 commitment = Segments.commitment(claims.root, claims.meta, claims.stateHash);
        if (_commitment(head, claims.segmentIndex) != commitment) revert UnknownSegment(claims.segmentIndex);

        uint256 offset;
        bytes32 merkleRoot;
        assembly ("memory-safe") {
            offset := header.offset
            merkleRoot := calldataload(add(offset, 36))
        }
        bytes32 hash = Sha256.doubleOfCalldata(offset, HEADER_LENGTH);
        uint256 count = Segments.count(claims.meta);
        uint256 position = claims.position;
        if (position >= count || SegmentTree.rootFromPath(hash, position, count, claims.segmentPath) != claims.root) {
            revert UnknownBlock(hash);
        }
        Inclusion.requireCoinbase(merkleRoot, claims.coinbaseDigest, claims.coinbaseBranch, claims.cap);

        uint256 height = Segments.lastHeight(claims.meta) - (count - 1 - position);
        uint256 latest = height + _reclaimBlocks - _sweepWindow;
        if (head.height() > latest) revert TooCloseToReclaim(head.height(), latest);
        proven.height = height;
        proven.depositWord = (height << 160) | (uint256(hash) >> 128 << 32) | uint256(DepositState.Minted);
        proven.minted = 0;
    }

    /// @dev Mints every claim of a block.
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

    /// @dev Mints one claim.
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
        if (_deposits[id] != 0) revert AlreadyMinted(id);
        Inclusion.requireTransaction(txid, one.index(), one.branch(), depth, cap);

        uint64 amount = _depositAmount(one);
        if (amount < _minDeposit) revert AmountTooSmall(amount, _minDeposit);
        if (one.carrierFee() > amount) revert CarrierFeeTooHigh(one.carrierFee(), amount);

        _deposits[id] = (uint256(amount) << 192) | proven.depositWord;
        emit Minted({
            id: id,
            recipient: one.recipient(),
            amount: amount,
            carrierFee: uint64(one.carrierFee()),
            height: uint32(proven.height),
            txid: txid,
            vout: uint32(one.vout())
        });
        proven.minted += amount;
        proven.count += 1;
        proven.carrierFees += one.carrierFee();
        token.mint(one.recipient(), amount - one.carrierFee());
    }

    /// @dev Amount of the claimed output, once it is known to pay the descriptor's key.
    function _depositAmount(PackedClaims.Claim memory one) private view returns (uint64) {
        uint256 output = Transaction.findOutput(one.transaction, one.transactionLength(), one.vout());
        (bool isTaproot, uint64 amount, bytes32 key) = Transaction.taprootOutput(output);
        if (!isTaproot) revert OutputNotTaproot();
        bytes32 commitment =
            DepositScript.commitment(instance, one.recipient(), one.carrierFee(), one.salt(), one.actionHash());
        bytes32 leaf = DepositScript.leafHash(commitment, _reclaimBlocks, one.reclaimKey());
        bytes32 tweak = DepositScript.tweak(_federationKey, leaf);
        if (!Secp256k1.isTweaked(_federationKey, tweak, uint256(key), one.outputKeyY(), one.slope())) {
            revert DescriptorMismatch();
        }
        return amount;
    }

    /// @dev Requires the confirmations that the sum minted from a block needs, and records the sum.
    function _requireConfirmed(uint256 tipHeight, Block memory proven) private {
        uint256 sum = _record.sumAt(proven.height) + proven.minted;
        // A block of the best chain is not above its tip.
        uint256 confirmations = tipHeight - proven.height + 1;
        uint256 needed = _confirmationsNeeded(sum);
        if (confirmations < needed) revert TooShallow(confirmations, needed);
        // The caps on the window and on unswept value, both below 2^64, are still to be checked; a greater sum reverts.
        _record.set(proven.height, uint64(sum));
    }

    /// @dev Adds a block's sum to the window of newest blocks, unless the block lies below it.
    function _addWithinCap(Block memory proven) private view {
        proven.value += proven.minted;
        if (!proven.window.covers(proven.height)) return;
        uint256 sum = proven.window.total() + proven.minted;
        if (sum > _mintCap) revert MintCapExceeded(sum, _mintCap);
        proven.window = proven.window.add(proven.height, proven.minted);
    }

    /// @dev Adds what was minted to the unswept deposits.
    function _storeLedger(Ledger memory ledger, Block memory proven) private {
        uint256 value = ledger.unsweptValue + proven.value;
        uint256 count = ledger.unsweptCount + proven.count;
        if (value > _unsweptValueCap) revert UnsweptValueExceeded(value, _unsweptValueCap);
        if (count > _unsweptCountCap) revert UnsweptCountExceeded(count, _unsweptCountCap);
        // The caps are 64 and 32 bits wide.
        ledger.unsweptValue = uint64(value);
        ledger.unsweptCount = uint32(count);
        _ledger = ledger;
    }

    function _setGuardian(address guardian_) private {
        guardian = guardian_;
        emit GuardianSet(guardian_);
    }

    function _requireGovernance() private view {
        if (msg.sender != governance) revert NotGovernance(msg.sender);
    }

    function _confirmationsNeeded(uint256 sum) private view returns (uint256) {
        uint256 needed = _minConfirmations + sum / _satPerConfirmation;
        return needed < _maxConfirmations ? needed : _maxConfirmations;
    }

    function _depositId(bytes32 txid, uint256 vout) private pure returns (bytes32 id) {
        assembly ("memory-safe") {
            mstore(0, txid)
            mstore(0x20, shl(224, vout))
            id := keccak256(0, 36)
        }
    }
}
