// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Bitcoin} from "./Bitcoin.sol";
import {Deposits, Descriptor, OutputKey} from "./Deposits.sol";
import {ReferenceSegment} from "./ReferenceSegment.sol";
import {Test} from "./Test.sol";
import {Vm} from "./Vm.sol";
import {Bridge} from "../../src/Bridge.sol";
import {FBTC} from "../../src/FBTC.sol";
import {IHeaderChain} from "../../src/interfaces/IHeaderChain.sol";
import {BlockClaims, Parameters} from "../../src/types/BridgeTypes.sol";
import {Custody} from "../../src/types/CustodyTypes.sol";
import {BlockProof, Checkpoint, Rules, Segment} from "../../src/types/HeaderTypes.sol";

/// @notice A bridge on a regtest chain that the test mines itself, and the means to prove things to it.
abstract contract BridgeFixture is Test {
    /// @notice Transactions of a block as a test knows them: ids of all, bytes of those it claims.
    struct TestBlock {
        bytes32[] txids;
        bytes[] transactions;
    }

    /// @notice One claim before packing.
    struct TestClaim {
        uint32 index;
        uint32 vout;
        Descriptor descriptor;
        OutputKey key;
        bytes transaction;
        bytes32[] branch;
    }

    /// @dev 116 blocks before the end of a retarget period.
    uint32 internal constant CHECKPOINT_HEIGHT = 102_700;
    uint32 internal constant EPOCH_START = START_TIME - 1900 * SPACING;
    uint32 internal constant START_TIME = 1_700_000_000;
    uint32 internal constant SPACING = 600;
    uint64 internal constant CUSTODY_VALUE = 5_000_000;
    uint256 internal constant FEDERATION_SECRET = 0xfa11ba2c;
    uint64 internal constant AMOUNT = 1_000_000;

    address internal constant GOVERNANCE = address(0x6077);
    address internal constant GUARDIAN = address(0x60a2d);
    address internal constant RECIPIENT = address(0x4ec191e27);
    address internal constant CARRIER = address(0xca441e4);

    Bridge internal bridge;
    FBTC internal token;
    uint256 internal federationSecret;
    bytes32 internal federationKey;

    /// @dev Headers of the best chain by height above the checkpoint, and where their segment is.
    bytes[] internal chain;
    uint256[] internal segmentOf;
    Segment[] internal segments;
    /// @dev Height above the checkpoint of each segment's first header.
    uint256[] internal firstOf;
    uint32 internal clock;

    function setUp() public virtual {
        (federationSecret, federationKey) = Deposits.evenKey(FEDERATION_SECRET);
        vm.roll(1000);
        vm.setBlockhash(999, keccak256("deployment block"));
        _setClock(START_TIME);
        _deploy(_parameters());
    }

    // --- deployment

    function _parameters() internal view returns (Parameters memory) {
        return Parameters({
            federationKey: federationKey,
            reclaimBlocks: 4320,
            sweepWindow: 2016,
            freshness: 6 hours,
            minConfirmations: 6,
            maxConfirmations: 144,
            satPerConfirmation: 100_000_000,
            mintCap: 100_000_000_000,
            minDeposit: 30_000,
            unsweptValueCap: 200_000_000_000,
            unsweptCountCap: 1000,
            custodyConfirmations: 6,
            unsweptAlarm: 1008,
            evidenceDelay: 36,
            keyDelay: 7 days,
            redemptionFee: 1000,
            minRedemption: 20_000,
            maxRedemption: 10_000_000_000,
            minMaxFee: 500,
            feeReserve: 1_000_000
        });
    }

    function _custody() internal pure returns (Custody memory) {
        return Custody({txid: keccak256("seed"), vout: 1, value: CUSTODY_VALUE});
    }

    function _checkpoint() internal pure returns (Checkpoint memory checkpoint) {
        checkpoint.header = Bitcoin.mine(keccak256("before"), keccak256("root"), START_TIME);
        checkpoint.height = CHECKPOINT_HEIGHT;
        checkpoint.epochStartTime = EPOCH_START;
        for (uint32 i = 0; i < 10; ++i) {
            checkpoint.previousTimes[i] = START_TIME - (10 - i) * SPACING;
        }
    }

    function _deploy(Parameters memory parameters) internal {
        vm.recordLogs();
        bridge = new Bridge(Rules.Regtest, _checkpoint(), parameters, _custody(), GOVERNANCE, GUARDIAN);
        token = bridge.token();
        delete chain;
        delete segmentOf;
        delete segments;
        delete firstOf;
        chain.push(_checkpoint().header);
        segmentOf.push(0);
        segments.push(_recordedSegment());
        firstOf.push(0);
    }

    function _setClock(uint32 time) internal {
        clock = time;
        vm.warp(time);
    }

    // --- chain

    function _tipHeight() internal view returns (uint32) {
        return CHECKPOINT_HEIGHT + uint32(chain.length) - 1;
    }

    function _timeOf(bytes memory header) internal pure returns (uint32 time) {
        for (uint256 i = 4; i != 0; --i) {
            time = (time << 8) | uint8(header[67 + i]);
        }
    }

    /// @dev Mines headers with these Merkle roots on `parent`, spaced evenly.
    function _mineOn(bytes memory parent, bytes32[] memory roots) internal pure returns (bytes[] memory headers) {
        headers = new bytes[](roots.length);
        for (uint256 i = 0; i < roots.length; ++i) {
            headers[i] = Bitcoin.mine(Bitcoin.sha256d(parent), roots[i], _timeOf(parent) + SPACING);
            parent = headers[i];
        }
    }

    function _fillerRoots(uint256 count, uint256 salt) internal pure returns (bytes32[] memory roots) {
        roots = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            roots[i] = keccak256(abi.encode("root", salt, i));
        }
    }

    /// @dev Mines `count` blocks without deposits as one segment.
    function _extend(uint256 count) internal {
        _append(segments.length - 1, _mineOn(chain[chain.length - 1], _fillerRoots(count, chain.length)));
    }

    /// @dev Mines one block with these transactions as one segment and returns its height.
    function _extendWith(TestBlock memory block_) internal returns (uint32) {
        bytes32[] memory roots = new bytes32[](1);
        roots[0] = Bitcoin.merkleRoot(block_.txids);
        _append(segments.length - 1, _mineOn(chain[chain.length - 1], roots));
        return _tipHeight();
    }

    /// @dev Mines a block with these transactions and `above` more.
    function _confirm(TestBlock memory block_, uint256 above) internal returns (uint32 height) {
        height = _extendWith(block_);
        if (above != 0) _extend(above);
    }

    /// @dev Submits headers after segment `parent`, at the time of the last one, and keeps the fixture in step.
    function _append(uint256 parent, bytes[] memory headers) internal {
        _setClock(_timeOf(headers[headers.length - 1]));
        bytes memory packed = ReferenceSegment.concatenate(headers);
        Segment memory preimage = segments[parent];
        vm.recordLogs();
        bridge.submitHeaders(parent, preimage, packed);
        _keep(parent, headers, _recordedSegment());
    }

    function _keep(uint256 parent, bytes[] memory headers, Segment memory segment) internal {
        while (segments.length > parent + 1) {
            uint256 first = firstOf[firstOf.length - 1];
            while (chain.length > first) {
                chain.pop();
                segmentOf.pop();
            }
            segments.pop();
            firstOf.pop();
        }
        firstOf.push(chain.length);
        segments.push(segment);
        for (uint256 i = 0; i < headers.length; ++i) {
            chain.push(headers[i]);
            segmentOf.push(parent + 1);
        }
    }

    function _recordedSegment() internal returns (Segment memory) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].topics[0] == IHeaderChain.SegmentStored.selector) return abi.decode(logs[i].data, (Segment));
        }
        revert("no segment recorded");
    }

    // --- deposits

    function _descriptor(uint256 salt) internal view returns (Descriptor memory) {
        return Descriptor({
            deployment: _instance(),
            recipient: RECIPIENT,
            carrierFee: 0,
            salt: keccak256(abi.encode("salt", salt)),
            action: hex"00",
            reclaimKey: keccak256(abi.encode("reclaim key", salt)),
            reclaimBlocks: bridge.parameters().reclaimBlocks
        });
    }

    /// @dev Apart from the tests: the parser of bulloak stumbles over the name.
    function _instance() internal view returns (bytes32) {
        return bridge.instance();
    }

    function _outputKey(Descriptor memory descriptor) internal returns (OutputKey memory) {
        return Deposits.outputKey(descriptor, federationSecret, federationKey);
    }

    /// @dev A block of `size` transactions: a coinbase, then the given ones, then others.
    function _block(bytes[] memory transactions, uint256 size) internal view returns (TestBlock memory block_) {
        block_.transactions = transactions;
        block_.txids = new bytes32[](size);
        block_.txids[0] = Bitcoin.sha256d(_coinbase());
        for (uint256 i = 1; i < size; ++i) {
            block_.txids[i] = i <= transactions.length
                ? Bitcoin.sha256d(transactions[i - 1])
                : keccak256(abi.encode("other transaction", i));
        }
    }

    function _coinbase() internal view returns (bytes memory) {
        return Bitcoin.coinbase(CHECKPOINT_HEIGHT + chain.length);
    }

    /// @dev A claim of output 0 of a payment of `amount` to the descriptor.
    function _payment(Descriptor memory descriptor, uint64 amount) internal returns (TestClaim memory one) {
        one.descriptor = descriptor;
        one.key = _outputKey(descriptor);
        one.transaction = Bitcoin.payment(keccak256(abi.encode(descriptor.salt)), amount, one.key.x);
        one.index = 1;
    }

    /// @dev Bytes of a claim as BlockClaims.claims lays them out.
    function _pack(TestClaim memory one) internal pure returns (bytes memory) {
        Descriptor memory d = one.descriptor;
        bytes memory head = abi.encodePacked(
            one.index,
            one.vout,
            d.carrierFee,
            uint16(d.action.length),
            uint32(one.transaction.length),
            d.recipient,
            d.salt,
            d.reclaimKey
        );
        return bytes.concat(
            head, abi.encodePacked(one.key.y, one.key.slope), abi.encodePacked(one.branch), d.action, one.transaction
        );
    }

    /// @dev Proof of the block at `height` with a cap at `level` and these packed claims. The coinbase is the one that
    /// the block was built with.
    function _proof(
        uint32 height,
        TestBlock memory block_,
        uint256 level,
        bytes memory coinbase,
        bytes memory packed
    )
        internal
        view
        returns (BlockClaims memory claims)
    {
        claims.coinbaseDigest = sha256(coinbase);
        claims.coinbaseBranch = Bitcoin.branch(block_.txids, 0, level);
        claims.cap = Bitcoin.rowAt(block_.txids, level);
        claims.claims = packed;
        _addBlock(claims, height);
    }

    /// @dev The members that prove the block.
    function _addBlock(BlockClaims memory claims, uint32 height) private view {
        BlockProof memory proof = _blockProof(height);
        claims.header = proof.header;
        claims.segmentIndex = proof.segmentIndex;
        claims.position = proof.position;
        claims.root = proof.root;
        claims.meta = proof.meta;
        claims.stateHash = proof.stateHash;
        claims.segmentPath = proof.segmentPath;
    }

    /// @dev Proof of the best chain's block at `height`.
    function _blockProof(uint32 height) internal view returns (BlockProof memory proof) {
        uint256 offset = height - CHECKPOINT_HEIGHT;
        uint256 index = segmentOf[offset];
        Segment memory segment = segments[index];
        proof.header = chain[offset];
        proof.segmentIndex = index;
        proof.position = offset - firstOf[index];
        proof.root = segment.root;
        proof.meta = segment.meta;
        proof.stateHash = keccak256(abi.encode(segment.state));
        proof.segmentPath = _segmentPath(index, proof.position);
    }

    function _segmentPath(uint256 index, uint256 position) internal view returns (bytes32[] memory) {
        uint256 first = firstOf[index];
        uint256 end = index + 1 < firstOf.length ? firstOf[index + 1] : chain.length;
        bytes[] memory headers = new bytes[](end - first);
        for (uint256 i = 0; i < headers.length; ++i) {
            headers[i] = chain[first + i];
        }
        return ReferenceSegment.path(ReferenceSegment.hashes(headers), position);
    }

    /// @dev A block of four transactions with one deposit, `above` blocks under the tip, and its proof at full depth.
    function _provenDeposit(
        TestClaim memory one,
        uint256 above
    )
        internal
        returns (BlockClaims memory claims, uint32 height)
    {
        return _provenDepositIn(one, 4, above);
    }

    function _provenDepositIn(
        TestClaim memory one,
        uint256 size,
        uint256 above
    )
        internal
        returns (BlockClaims memory claims, uint32 height)
    {
        bytes[] memory transactions = new bytes[](1);
        transactions[0] = one.transaction;
        TestBlock memory block_ = _block(transactions, size);
        bytes memory coinbase = _coinbase();
        height = _confirm(block_, above);
        uint256 depth = Bitcoin.depthOf(size);
        one.branch = Bitcoin.branch(block_.txids, one.index, depth);
        claims = _proof(height, block_, depth, coinbase, _pack(one));
    }

    function _single(BlockClaims memory claims) internal pure returns (BlockClaims[] memory blocks) {
        blocks = new BlockClaims[](1);
        blocks[0] = claims;
    }

    function _depositId(bytes memory transaction, uint32 vout) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(Bitcoin.sha256d(transaction), vout));
    }
}
