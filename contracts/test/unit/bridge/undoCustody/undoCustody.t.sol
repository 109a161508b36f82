// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {ICustody} from "../../../../src/interfaces/ICustody.sol";
import {IHeaderErrors} from "../../../../src/interfaces/IHeaderErrors.sol";
import {IBridgeErrors} from "../../../../src/interfaces/IBridgeErrors.sol";
import {IPegOutErrors} from "../../../../src/interfaces/IPegOutErrors.sol";
import {BlockClaims, Deposit, DepositState, Reserves} from "../../../../src/types/BridgeTypes.sol";
import {Custody, CustodyProof, CustodyRecord} from "../../../../src/types/CustodyTypes.sol";
import {BlockProof} from "../../../../src/types/HeaderTypes.sol";
import {Redemption} from "../../../../src/types/PegOutTypes.sol";
import {CustodyFixture} from "../../../utils/CustodyFixture.sol";

contract UndoCustodyTest is CustodyFixture {
    bytes private _funding;

    function setUp() public override {
        super.setUp();
        _funding = _fund();
    }

    function test_RevertWhen_TheRecordIsNotTheNewest() external {
        CustodyRecord memory first = _prove(_plan(_requests(1), _none()));
        CustodyRecord memory second = _prove(_plan(_requests(1), _none()));
        BlockProof memory other = _blockProof(first.height);
        vm.expectRevert(abi.encodeWithSelector(IPegOutErrors.NotNewestRecord.selector));
        bridge.undoCustody(first, other);
        second.previousValue += 1;
        other = _blockProof(second.height);
        vm.expectRevert(abi.encodeWithSelector(IPegOutErrors.NotNewestRecord.selector));
        bridge.undoCustody(second, other);
    }

    /// @dev The same values, but the last array, which is empty, is read from elsewhere: behind all or from `rotated`.
    function test_RevertWhen_TheRecordIsEncodedOtherwise() external {
        CustodyProof memory proof = _mined(_plan(_requests(1), _none()), 4, CUSTODY_ABOVE);
        CustodyRecord memory record = _proveMined(proof);
        _reorganise(proof.block_.segmentIndex - 1);
        bytes memory call = abi.encodeCall(bridge.undoCustody, (record, _blockProof(record.height)));
        // The record is the first argument, `unbacked` its seventeenth word: an offset to an empty array.
        uint256 at = 4 + 64 + 16 * 32;
        bytes memory moved = bytes.concat(call, new bytes(32));
        _setWord(moved, at, moved.length - 32 - 68);
        _refused(moved);
        moved = bytes.concat(call);
        _setWord(moved, at, 10 * 32);
        _refused(moved);
        (bool success,) = address(bridge).call(call);
        vm.assertTrue(success, "as it was written");
    }

    function test_RevertWhen_TheOtherBlockHasAnotherHeight() external {
        CustodyRecord memory record = _prove(_plan(_requests(1), _none()));
        BlockProof memory other = _blockProof(record.height - 1);
        bytes4 name = IHeaderErrors.WrongHeight.selector;
        vm.expectRevert(abi.encodeWithSelector(name, record.height - 1, record.height));
        bridge.undoCustody(record, other);
    }

    function test_RevertWhen_TheOtherBlockIsTheSame() external {
        CustodyRecord memory record = _prove(_plan(_requests(1), _none()));
        BlockProof memory other = _blockProof(record.height);
        vm.expectRevert(abi.encodeWithSelector(IBridgeErrors.SameBlock.selector, record.blockHash));
        bridge.undoCustody(record, other);
    }

    function test_RevertWhen_TheOtherBlockIsNotOfTheBestChain() external {
        CustodyRecord memory record = _prove(_plan(_requests(1), _none()));
        BlockProof memory other = _blockProof(record.height);
        other.header[70] ^= 0x01;
        vm.expectRevert();
        bridge.undoCustody(record, other);
    }

    function test_GivenTheBlockLeftTheBestChain() external {
        (, bytes memory unknown) = _unclaimed(1, AMOUNT, 8);
        bytes[] memory swept = new bytes[](2);
        (swept[0], swept[1]) = (_funding, unknown);
        Redemption[] memory made = _requests(2);
        Plan memory plan = _plan(made, swept);
        CustodyProof memory proof = _mined(plan, 4, CUSTODY_ABOVE);
        Custody memory custody = bridge.custody();
        Reserves memory reserves = bridge.reserves();
        Deposit memory deposit = bridge.deposit(_idOf(_funding));
        CustodyRecord memory record = _proveMined(proof);

        _reorganise(proof.block_.segmentIndex - 1);
        BlockProof memory other = _blockProof(record.height);
        // it should emit the transaction
        vm.expectEmit(true, false, false, true, address(bridge));
        emit ICustody.CustodyUndone(record.txid);
        bridge.undoCustody(record, other);
        // it should restore custody and lineage
        vm.assertEq(abi.encode(bridge.custody()), abi.encode(custody), "custody");
        vm.assertEq(bridge.lineage(), 0, "lineage");
        vm.assertEq(abi.encode(bridge.reserves()), abi.encode(reserves), "reserves");
        // it should restore redemptions
        vm.assertEq(bridge.redemption(1), _commitmentOf(made[0]), "first");
        vm.assertEq(bridge.redemption(2), _commitmentOf(made[1]), "second");
        // it should restore deposits
        vm.assertEq(abi.encode(bridge.deposit(_idOf(_funding))), abi.encode(deposit), "deposit");
        vm.assertTrue(bridge.deposit(_idOf(unknown)).state == DepositState.None, "unknown");
        // it should be provable again
        CustodyProof memory again = _minedRaw(proof.transaction, 4, CUSTODY_ABOVE);
        again.paid = proof.paid;
        bridge.proveCustody(again);
        vm.assertEq(bridge.custody().txid, record.txid, "again");
        vm.assertEq(bridge.redemption(1), 0, "paid again");
    }

    function test_GivenASweptDepositWasMintedSince() external {
        (BlockClaims memory claims, bytes memory unknown) = _unclaimed(1, AMOUNT, 8);
        Plan memory plan = _plan(new Redemption[](0), _single(unknown));
        plan.custodyValue += AMOUNT;
        CustodyProof memory proof = _mined(plan, 4, CUSTODY_ABOVE);
        CustodyRecord memory record = _proveMined(proof);
        bridge.claim(_single(claims));
        vm.assertEq(bridge.reserves().unswept, FUNDS, "in custody");
        _reorganise(proof.block_.segmentIndex - 1);
        bridge.undoCustody(record, _blockProof(record.height));
        // it should disown it
        vm.assertTrue(bridge.deposit(_idOf(unknown)).state == DepositState.Disowned, "state");
        vm.assertEq(bridge.reserves().unswept, FUNDS, "backs nothing");
        bridge.claim(_single(claims));
        vm.assertEq(bridge.reserves().unswept, FUNDS + AMOUNT, "restored");
        vm.assertEq(bridge.reserves().supply, FUNDS + AMOUNT, "not minted again");
    }

    function test_GivenASweptDepositWasDisownedBefore() external {
        bytes32 id = _idOf(_funding);
        uint32 height = bridge.deposit(id).height;
        _reorganise(0);
        bridge.disown(id, _blockProof(height));
        CustodyProof memory proof = _mined(_plan(new Redemption[](0), _single(_funding)), 4, CUSTODY_ABOVE);
        CustodyRecord memory record = _proveMined(proof);
        _reorganise(proof.block_.segmentIndex - 1);
        bridge.undoCustody(record, _blockProof(record.height));
        // it should disown it again
        vm.assertTrue(bridge.deposit(id).state == DepositState.Disowned, "state");
        vm.assertEq(bridge.reserves().unswept, 0, "unswept");
    }

    function test_GivenSeveralRecordsLieAboveEachOther() external {
        CustodyProof memory first = _mined(_plan(_requests(2), _single(_funding)), 4, CUSTODY_ABOVE);
        Reserves memory before = bridge.reserves();
        CustodyRecord[3] memory records;
        records[0] = _proveMined(first);
        for (uint256 i = 1; i < 3; ++i) {
            records[i] = _prove(_plan(new Redemption[](0), _none()));
        }
        _reorganise(first.block_.segmentIndex - 1);
        // it should undo them from the newest on
        for (uint256 i = 3; i != 0; --i) {
            bridge.undoCustody(records[i - 1], _blockProof(records[i - 1].height));
            vm.assertEq(bridge.lineage(), records[i - 1].parent, "parent");
        }
        vm.assertEq(abi.encode(bridge.reserves()), abi.encode(before), "reserves");
        vm.assertEq(bridge.custody().txid, keccak256("seed"), "seed");
    }

    function _refused(bytes memory call) private {
        (bool success, bytes memory reason) = address(bridge).call(call);
        vm.assertFalse(success, "encoded otherwise");
        vm.assertEq(reason, abi.encodeWithSelector(IPegOutErrors.NotNewestRecord.selector), "reason");
    }

    function _setWord(bytes memory data, uint256 offset, uint256 value) private pure {
        for (uint256 i = 32; i != 0; --i) {
            data[offset + i - 1] = bytes1(uint8(value));
            value >>= 8;
        }
    }
}
