// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Channels} from "../../src/Channels.sol";
import {IssuedToken} from "../../src/IssuedToken.sol";
import {KeccakTree} from "../../src/libraries/KeccakTree.sol";
import {Locks} from "../../src/libraries/Locks.sol";
import {PayoutFormula} from "../../src/libraries/PayoutFormula.sol";
import {ChannelState} from "../../src/storage/ChannelRecord.sol";
import {CoopClose, Phase, Proof, Refill, Settle, SettleItem, Signature} from "../../src/types/ChannelTypes.sol";
import {ChannelFixture} from "../utils/ChannelFixture.sol";
import {TypedData} from "../utils/TypedData.sol";

/// @notice What the Rust channels sign, taken by the contract at the address that it is signed for.
contract ChannelVectorsTest is ChannelFixture {
    uint256 private constant PLENTY = 2 ** 126;

    string private _json;
    bytes32 private _id;
    mapping(bytes32 hash => uint64 time) private _revealedAt;

    function setUp() public override {
        super.setUp();
        _json = vm.readFile("../tests/vectors/channels.json");
        vm.chainId(_number(".chainId"));
        channels = Channels(_moved(address(channels), ".contract"));
        token = IssuedToken(_moved(address(token), ".ids[0].token"));
        _allow(address(token));
        (secretA, secretB) = (uint256(_word(".keyA.secret")), uint256(_word(".keyB.secret")));
        (partyA, partyB) = (vm.addr(secretA), vm.addr(secretB));
        _enrich(partyA);
        _enrich(partyB);
        vm.prank(ISSUER);
        token.mint(partyA, PLENTY);
        vm.prank(partyA);
        bytes32 salt = _word(".ids[0].salt");
        _id = channels.open(partyA, partyB, address(token), uint32(_number(".ids[0].challenge")), salt, 0);
    }

    function test_IdsAndDomainsAreTheContracts() external {
        vm.assertEq(channels.domainSeparator(), _word(".domainSeparator"), "domain");
        vm.assertEq(_id, _word(".ids[0].id"), "id");
        uint256 count = 0;
        for (; vm.keyExistsJson(_json, _at("ids", count)); ++count) {
            string memory key = _at("ids", count);
            vm.chainId(_number(string.concat(key, ".chainId")));
            bytes32 id = channels.channelId(
                vm.parseJsonAddress(_json, string.concat(key, ".partyA")),
                vm.parseJsonAddress(_json, string.concat(key, ".partyB")),
                vm.parseJsonAddress(_json, string.concat(key, ".token")),
                uint32(_number(string.concat(key, ".challenge"))),
                _word(string.concat(key, ".salt"))
            );
            vm.assertEq(id, _word(string.concat(key, ".id")), "id");
            vm.assertEq(channels.domainSeparator(), _word(string.concat(key, ".domainSeparator")), "domain");
        }
        vm.assertEq(count, 3, "ids");
    }

    function test_SettlesAreTaken() external {
        _fund(_id, true, uint128(PLENTY));
        for (uint256 i = 0; i < 4; ++i) {
            (Settle memory settle, Signature memory a, Signature memory b) = _settleAt(i);
            channels.settle(settle, a, b);
            vm.assertEq(channels.channel(_id).settleSeq, settle.settleSeq, "number");
            _assertSide(_id, true, PLENTY, settle.totalOutA);
            _assertSide(_id, false, 0, settle.totalOutB);
        }
    }

    function test_CooperativeCloseIsTaken() external {
        _fund(_id, true, uint128(_number(".close.fundedA")));
        _fund(_id, false, uint128(_number(".close.fundedB")));
        CoopClose memory coop = CoopClose({
            id: _word(".close.id"),
            fundedA: uint128(_number(".close.fundedA")),
            fundedB: uint128(_number(".close.fundedB")),
            totalOutA: uint128(_number(".close.totalOutA")),
            totalOutB: uint128(_number(".close.totalOutB")),
            deadline: uint64(_number(".close.deadline")),
            toVault: uint8(_number(".close.toVault"))
        });
        uint256 balance = token.balanceOf(partyA);
        channels.cooperativeClose(coop, _signature(".close.signatureA"), _signature(".close.signatureB"));
        vm.assertEq(token.balanceOf(partyA), balance + coop.totalOutA, "A");
        vm.assertEq(channels.vault(partyB, address(token)), coop.totalOutB, "B's vault");
    }

    function test_RefillIsTaken() external {
        uint128 total = uint128(_number(".refill.fundedTotal"));
        _fillVault(true, total);
        _fillVault(false, total);
        Refill memory refill =
            Refill({id: _word(".refill.id"), fundedTotal: total, deadline: uint64(_number(".refill.deadline"))});
        channels.refill(refill, _signature(".refill.signatureA"));
        channels.refill(refill, _signature(".refill.signatureB"));
        _assertSide(_id, true, total, 0);
        _assertSide(_id, false, total, 0);
    }

    /// @dev A watcher posts the first with the second, which acknowledges it; then its payee posts the second.
    function test_ProofsAreTaken() external {
        (Proof memory first, Proof memory second) = (_proofAt(0), _proofAt(1));
        _close(_id);
        vm.prank(WATCHER);
        channels.counterFor(first, _signature(".proofs[0].signatureA"), second, _signature(".proofs[1].signatureB"));
        vm.assertEq(channels.posted(_id, true).nonce, first.nonce, "first");
        vm.prank(partyA);
        channels.counter(second, _signature(".proofs[1].signatureB"));
        vm.assertEq(channels.posted(_id, false).nonce, second.nonce, "second");
    }

    /// @dev Either party is the hub of a batch that begins with the first settle.
    function test_BatchesAreTaken() external {
        _fund(_id, true, 5000);
        uint256 snapshot = vm.snapshotState();
        (Settle memory settle, Signature memory a, Signature memory b) = _settleAt(0);
        for (uint256 i = 0; i < 6; ++i) {
            string memory key = _at("batches", i);
            (uint256 count, uint64 deadline) =
                (_number(string.concat(key, ".count")), uint64(_number(string.concat(key, ".deadline"))));
            bytes32[] memory branch = vm.parseJsonBytes32Array(_json, string.concat(key, ".branches[0]"));
            Signature memory hub = _signature(string.concat(key, ".signatureA"));
            channels.settleFromBatch(SettleItem({settle: settle, client: b}), branch, 0, count, deadline, hub);
            vm.assertEq(channels.channel(_id).settleSeq, 1, "A's batch");
            vm.revertToState(snapshot);
            hub = _signature(string.concat(key, ".signatureB"));
            channels.settleFromBatch(SettleItem({settle: settle, client: a}), branch, 0, count, deadline, hub);
            vm.assertEq(channels.channel(_id).settleSeq, 1, "B's batch");
            vm.revertToState(snapshot);
        }
    }

    function test_TreesOfBatchesAreTheContracts() external view {
        for (uint256 i = 0; i < 6; ++i) {
            string memory key = _at("batches", i);
            bytes32[] memory leaves = vm.parseJsonBytes32Array(_json, string.concat(key, ".leaves"));
            bytes32 root = _word(string.concat(key, ".root"));
            for (uint256 j = 0; j < leaves.length; ++j) {
                string memory at = string.concat(key, ".branches[", vm.toString(j), "]");
                bytes32[] memory branch = vm.parseJsonBytes32Array(_json, at);
                vm.assertEq(this.rootFrom(leaves[j], j, leaves.length, branch), root, "branch");
            }
            vm.assertEq(KeccakTree.root(leaves), root, "root");
        }
    }

    function test_LeavesAreTheContracts() external view {
        uint256[3] memory counts = [uint256(0), 1, 3];
        for (uint256 i = 0; i < 3; ++i) {
            bytes memory expected;
            for (uint256 j = 0; j < counts[i]; ++j) {
                string memory lock = string.concat(_at("locks", i), ".locks[", vm.toString(j), "]");
                bytes32 hash = sha256(abi.encodePacked(_word(string.concat(lock, ".preimage"))));
                vm.assertEq(hash, _word(string.concat(lock, ".hash")), "hash");
                uint128 amount = uint128(_number(string.concat(lock, ".amount")));
                uint64 lockId = uint64(_number(string.concat(lock, ".id")));
                uint64 expiry = uint64(_number(string.concat(lock, ".expiry")));
                expected = bytes.concat(expected, _leaf(lockId, amount, expiry, hash));
            }
            vm.assertEq(_leavesAt(i), expected, "leaves");
        }
        vm.assertEq(_leavesAt(3).length, 256 * 64, "as many as can be");
    }

    function test_PayoutsAreTheContracts() external {
        uint256 count = 0;
        for (; vm.keyExistsJson(_json, _at("payouts", count)); ++count) {
            string memory key = _at("payouts", count);
            ChannelState memory state;
            (state.fundedA, state.fundedB) = _pair(key, ".funded");
            (state.withdrawnA, state.withdrawnB) = _pair(key, ".withdrawn");
            (uint256 spentA, uint256 spentB) = _pair(key, ".transferred");
            spentA += _locksOf(key, "A");
            spentB += _locksOf(key, "B");
            (uint256 paidA, uint256 paidB) = PayoutFormula.split(state, spentA, spentB);
            (uint256 expectedA, uint256 expectedB) = _pair(key, ".paid");
            vm.assertEq(paidA, expectedA, vm.parseJsonString(_json, string.concat(key, ".name")));
            vm.assertEq(paidB, expectedB, vm.parseJsonString(_json, string.concat(key, ".name")));
        }
        vm.assertGe(count, 12, "payouts");
    }

    function rootFrom(
        bytes32 leaf,
        uint256 index,
        uint256 count,
        bytes32[] calldata branch
    )
        external
        pure
        returns (bytes32)
    {
        return KeccakTree.rootFromPath(leaf, index, count, branch);
    }

    function rootOf(bytes calldata leaves) external pure returns (bytes32) {
        return Locks.root(leaves);
    }

    function sumOfPaid(bytes calldata leaves, uint256 closeAt) external view returns (uint256) {
        return Locks.sumOfPaid(leaves, closeAt, _revealedAt);
    }

    /// @dev What the locks of a payout's side pay, with its own times.
    function _locksOf(string memory key, string memory side) private returns (uint256) {
        bytes memory leaves = vm.parseJsonBytes(_json, string.concat(key, ".leaves", side));
        uint256[] memory times = vm.parseJsonUintArray(_json, string.concat(key, ".revealedAt", side));
        vm.assertEq(times.length, leaves.length / 64, "times");
        for (uint256 i = 0; i < times.length; ++i) {
            bytes32 hash;
            assembly ("memory-safe") {
                hash := mload(add(add(leaves, 0x40), mul(i, 64)))
            }
            _revealedAt[hash] = uint64(times[i]);
        }
        return this.sumOfPaid(leaves, _number(string.concat(key, ".closeAt")));
    }

    /// @dev Puts a contract's code where the vectors have it.
    function _moved(address from, string memory key) private returns (address to) {
        to = vm.parseJsonAddress(_json, key);
        vm.etch(to, from.code);
    }

    function _settleAt(uint256 i) private view returns (Settle memory settle, Signature memory a, Signature memory b) {
        string memory key = _at("settles", i);
        settle = Settle({
            id: _word(string.concat(key, ".id")),
            settleSeq: uint64(_number(string.concat(key, ".settleSeq"))),
            totalOutA: uint128(_number(string.concat(key, ".totalOutA"))),
            totalOutB: uint128(_number(string.concat(key, ".totalOutB"))),
            deadline: uint64(_number(string.concat(key, ".deadline"))),
            toVault: uint8(_number(string.concat(key, ".toVault")))
        });
        vm.assertEq(TypedData.hash(settle), _word(string.concat(key, ".structHash")), "struct hash");
        a = _signature(string.concat(key, ".signatureA"));
        b = _signature(string.concat(key, ".signatureB"));
    }

    function _proofAt(uint256 i) private view returns (Proof memory proof) {
        string memory key = _at("proofs", i);
        proof = Proof({
            id: _word(string.concat(key, ".id")),
            fromA: i == 0,
            nonce: uint64(_number(string.concat(key, ".nonce"))),
            transferred: uint128(_number(string.concat(key, ".transferred"))),
            locked: uint128(_number(string.concat(key, ".locked"))),
            locksRoot: _word(string.concat(key, ".locksRoot")),
            metaHash: _word(string.concat(key, ".metaHash")),
            ackNonce: uint64(_number(string.concat(key, ".ackNonce"))),
            ackHash: _word(string.concat(key, ".ackHash"))
        });
        vm.assertEq(_digest(proof), _word(string.concat(key, ".digest")), "digest");
    }

    /// @dev Leaves of a list of locks, whose root is right.
    function _leavesAt(uint256 i) private view returns (bytes memory leaves) {
        leaves = vm.parseJsonBytes(_json, string.concat(_at("locks", i), ".leaves"));
        vm.assertEq(this.rootOf(leaves), _word(string.concat(_at("locks", i), ".root")), "root");
    }

    function _signature(string memory key) private view returns (Signature memory) {
        return Signature({r: _word(string.concat(key, ".r")), vs: _word(string.concat(key, ".vs"))});
    }

    function _pair(string memory key, string memory name) private view returns (uint256, uint256) {
        key = string.concat(key, name);
        return (_number(string.concat(key, "A")), _number(string.concat(key, "B")));
    }

    function _word(string memory key) private view returns (bytes32) {
        return vm.parseJsonBytes32(_json, key);
    }

    function _number(string memory key) private view returns (uint256) {
        return vm.parseJsonUint(_json, key);
    }

    function _at(string memory list, uint256 i) private pure returns (string memory) {
        return string.concat(".", list, "[", vm.toString(i), "]");
    }
}
