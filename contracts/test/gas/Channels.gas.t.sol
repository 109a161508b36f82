// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {BatchFixture} from "../utils/BatchFixture.sol";
import {TypedData} from "../utils/TypedData.sol";
import {
    CoopClose,
    Direction,
    Proof,
    Refill,
    RevealedHash,
    Settle,
    SettleItem,
    Signature
} from "../../src/types/ChannelTypes.sol";

/// @notice Gas of channels as whole transactions: run with --isolate, which counts intrinsic gas and calldata.
/// @dev The fixture of each: an issued token that the parties and the contract hold before; both sides funded; a settle
/// before, so that no total begins at zero; proofs with acknowledgements; payouts in tokens unless the name says vault.
contract ChannelsGas is BatchFixture {
    uint256 private constant BATCH = 100;
    uint256 private constant LOCKS = 32;
    uint256 private constant REVEALS = 256;
    uint256 private constant RECORDS = 32;

    bytes32 private _id;

    function setUp() public override {
        super.setUp();
        _id = _open("fixture", 1_000_000_000, 1_000_000_000);
        _settle(_settlement(_id, 1, 1000, 2000));
    }

    function test_Open() external {
        vm.prank(partyA);
        channels.open(partyA, partyB, address(token), CHALLENGE, keccak256("salt"), FUNDS);
        vm.assertLe(vm.snapshotGasLastCall("channels", "open_fund"), 130_000, "open");
    }

    function test_TopUp() external {
        _fund(_id, true, FUNDS);
        vm.snapshotGasLastCall("channels", "top_up");
    }

    function test_Refill() external {
        _fillVault(true, FUNDS);
        Refill memory refill = Refill({id: _id, fundedTotal: 1_000_700_000, deadline: DEADLINE});
        channels.refill(refill, _sign(secretA, _digest(refill)));
        vm.snapshotGasLastCall("channels", "refill");
    }

    function test_SettleBoth() external {
        _settle(_settlement(_id, 2, 300_000_000, 500_000_000));
        vm.assertLe(vm.snapshotGasLastCall("channels", "settle_both"), 90_000, "settle");
    }

    /// @dev Both vaults hold something before.
    function test_SettleBothToTheVault() external {
        Settle memory settle = _settlement(_id, 2, 100_000_000, 100_000_000);
        settle.toVault = 3;
        _settle(settle);
        (settle.settleSeq, settle.totalOutA, settle.totalOutB) = (3, 300_000_000, 500_000_000);
        _settle(settle);
        vm.snapshotGasLastCall("channels", "settle_both_vault");
    }

    /// @dev Clients are paid in tokens that they hold before, the hub into its vault.
    function test_SettleBatch() external {
        uint256 gas = _settleBatch("settle_batch_100", true);
        vm.snapshotValue("channels", "settle_batch_100_each", gas / BATCH);
        vm.assertLe(gas / BATCH, 40_000, "each");
    }

    function test_SettleBatchToTheVault() external {
        uint256 gas = _settleBatch("settle_batch_100_vault", false);
        vm.snapshotValue("channels", "settle_batch_100_vault_each", gas / BATCH);
    }

    function test_CooperativeClose() external {
        CoopClose memory coop = _coop(_id, 700_000_000, 1_300_000_000);
        _coopClose(coop);
        vm.assertLe(vm.snapshotGasLastCall("channels", "cooperative_close"), 80_000, "cooperative close");
    }

    function test_DisputePath() external {
        (Proof memory old, Proof memory newest) = (_proof(_id, true, 3, 5_000_000), _proof(_id, true, 9, 8_000_000));
        old.ackHash = keccak256("ack");
        newest.ackHash = keccak256("ack");
        (Proof memory ack, Proof memory incoming) = (_ack(newest), _proof(_id, false, 7, 3_000_000));
        incoming.ackHash = _digest(old);
        _closeByA(_id, incoming);
        uint256 close = vm.snapshotGasLastCall("channels", "close");
        Signature memory signature = _signed(newest);
        Signature memory ackSignature = _signed(ack);
        vm.prank(WATCHER);
        channels.counterFor(newest, signature, ack, ackSignature);
        uint256 counterFor = vm.snapshotGasLastCall("channels", "counter_for");
        _endChallenge(_id);
        channels.finalise(_id, _direction(8_000_000, ""), _direction(3_000_000, ""));
        uint256 finalise = vm.snapshotGasLastCall("channels", "finalise");
        vm.snapshotValue("channels", "dispute_path", close + counterFor + finalise);
        vm.assertLe(close + counterFor + finalise, 225_000, "dispute");
    }

    function test_Counter() external {
        _closeByA(_id, _proof(_id, false, 7, 3_000_000));
        _counter(_proof(_id, true, 9, 8_000_000));
        vm.snapshotGasLastCall("channels", "counter");
    }

    /// @dev Half of the locks' hashes are revealed; each was in a transaction of its own.
    function test_LockEach() external {
        bytes memory leaves;
        for (uint64 i = 0; i < LOCKS; ++i) {
            leaves = bytes.concat(leaves, _leaf(1_000_000 + i, 250_000 + i, START_TIME + 1 hours, _hash(i)));
            if (i % 2 == 0) channels.reveal(_preimage(i));
        }
        uint256 snapshot = vm.snapshotState();
        uint256 without = _finalised("");
        vm.revertToState(snapshot);
        uint256 each = (_finalised(leaves) - without) / LOCKS;
        vm.snapshotValue("channels", "lock_each", each);
        vm.assertLe(each, 4000, "lock");
    }

    function test_Reveal() external {
        channels.reveal(_preimage(1));
        vm.snapshotGasLastCall("channels", "reveal");
    }

    function test_RevealRoot() external {
        bytes32[] memory preimages = new bytes32[](REVEALS);
        RevealedHash[] memory hashes = new RevealedHash[](RECORDS);
        bytes32[] memory row = new bytes32[](REVEALS);
        for (uint256 i = 0; i < REVEALS; ++i) {
            preimages[i] = _preimage(i);
            row[i] = keccak256(abi.encode(_hash(i)));
        }
        for (uint256 i = 0; i < RECORDS; ++i) {
            hashes[i] = RevealedHash({hash: _hash(i), index: i, count: REVEALS, branch: TypedData.branch(row, i)});
        }
        channels.revealRoot(preimages);
        uint256 gas = vm.snapshotGasLastCall("channels", "reveal_root_256");
        vm.snapshotValue("channels", "reveal_root_each", gas / REVEALS);
        channels.recordRevealed(hashes);
        gas = vm.snapshotGasLastCall("channels", "record_revealed_32");
        vm.snapshotValue("channels", "record_revealed_each", gas / RECORDS);
    }

    /// @dev Gas of finalising with these locks of B.
    function _finalised(bytes memory leaves) private returns (uint256) {
        _closeByA(_id, _proof(_id, false, 7, 3_000_000, leaves));
        _endChallenge(_id);
        Direction memory fromB = _direction(3_000_000, leaves);
        channels.finalise(_id, _nothing(), fromB);
        return vm.snapshotGasLastCall("channels", leaves.length == 0 ? "finalise_0_locks" : "finalise_32_locks");
    }

    function _settleBatch(string memory name, bool inTokens) private returns (uint256) {
        _connect(BATCH);
        SettleItem[] memory items = _items(BATCH);
        // Settled and credited once before.
        channels.settleBatch(_vaulted(items, inTokens), DEADLINE, _hubSignature(items));
        for (uint256 i = 0; i < BATCH; ++i) {
            items[i].settle.settleSeq = 2;
            items[i].settle.totalOutA += 200_000 + uint128(i);
            items[i].settle.totalOutB += 300_000 + uint128(i);
        }
        channels.settleBatch(_vaulted(items, inTokens), DEADLINE, _hubSignature(items));
        return vm.snapshotGasLastCall("channels", name);
    }

    /// @dev Payouts of the hub go to its vault, and its clients' to theirs unless in tokens.
    function _vaulted(SettleItem[] memory items, bool inTokens) private view returns (SettleItem[] memory) {
        for (uint256 i = 0; i < items.length; ++i) {
            (address first,) = _sides(i);
            items[i].settle.toVault = !inTokens ? 3 : first == hub_ ? 1 : 2;
            items[i] = _signedItem(i, items[i].settle);
        }
        return items;
    }
}
