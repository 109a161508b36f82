// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IBridge} from "../../../../src/interfaces/IBridge.sol";
import {IBridgeErrors} from "../../../../src/interfaces/IBridgeErrors.sol";
import {ICustody} from "../../../../src/interfaces/ICustody.sol";
import {IPegOutErrors} from "../../../../src/interfaces/IPegOutErrors.sol";
import {Custody, CustodyProof, CustodyRecord} from "../../../../src/types/CustodyTypes.sol";
import {Redemption} from "../../../../src/types/PegOutTypes.sol";
import {Bitcoin} from "../../../utils/Bitcoin.sol";
import {CustodyFixture} from "../../../utils/CustodyFixture.sol";

/// @dev What lacks the shape is in custodyShape.t.sol.
contract ReportNonConformingTest is CustodyFixture {
    function test_RevertWhen_TheTransactionDoesNotSpendTheCustodyOutpoint() external {
        CustodyProof memory proof = _minedRaw(_theft(_outpoint(keccak256("seed"), 0)), 4, CUSTODY_ABOVE);
        _refused(proof, abi.encodeWithSelector(IPegOutErrors.CustodyInputMismatch.selector));
    }

    function test_RevertGiven_TheBlockIsTooShallow() external {
        CustodyProof memory proof = _minedRaw(_theft(_custodyOutpoint()), 4, CUSTODY_ABOVE - 1);
        _refused(proof, abi.encodeWithSelector(IBridgeErrors.TooShallow.selector, 5, 6));
    }

    function test_GivenTheSpendHasTheShape() external {
        _fund();
        // It pays a redemption that was never requested.
        Redemption[] memory made = new Redemption[](1);
        made[0].id = 9;
        made[0].amount = 50_000;
        made[0].script = _script(1);
        CustodyProof memory proof = _mined(_plan(made, _none()), 4, 34);
        // it should revert before the delay
        _refused(proof, abi.encodeWithSelector(IPegOutErrors.ConformingSpend.selector));
        _extend(1);
        // it should be taken after it
        bridge.reportNonConforming(proof);
        vm.assertEq(bridge.custody().value, 0, "custody");
    }

    function test_WhenTheCustodyOutpointIsAnotherInput() external {
        Plan memory plan = _plan(new Redemption[](0), _single(_outpoint(bytes32(uint256(1)), 0)));
        (plan.inputs[0], plan.inputs[1]) = (plan.inputs[1], plan.inputs[0]);
        // it should be taken at once
        bridge.reportNonConforming(_mined(plan, 4, CUSTODY_ABOVE));
        vm.assertEq(bridge.custody().value, 0, "custody");
    }

    function test_WhenTheSpendLacksTheShape() external {
        CustodyProof memory proof = _minedRaw(_theft(_custodyOutpoint()), 4, CUSTODY_ABOVE);
        bytes32 txid = Bitcoin.sha256d(proof.transaction);
        uint256 until = uint256(clock) + 7 days;
        // it should emit the spend
        vm.expectEmit(false, false, false, true, address(bridge));
        emit IBridge.PausedUntil(until);
        vm.expectEmit(true, false, false, true, address(bridge));
        emit ICustody.NonConformingSpend(txid);
        bridge.reportNonConforming(proof);
        // it should zero custody
        Custody memory custody = bridge.custody();
        vm.assertEq(abi.encode(custody), abi.encode(Custody({txid: 0, vout: 0, value: 0})), "custody");
        vm.assertEq(bridge.reserves().custody, 0, "reserves");
        // it should pause
        vm.assertEq(bridge.pausedUntil(), until, "until");
        // it should push a record
        vm.assertTrue(bridge.lineage() != 0, "lineage");
    }

    function test_RevertGiven_CustodyIsZero() external {
        CustodyProof memory proof = _minedRaw(_theft(_custodyOutpoint()), 4, CUSTODY_ABOVE);
        bridge.reportNonConforming(proof);
        _refused(proof, abi.encodeWithSelector(IPegOutErrors.CustodyInputMismatch.selector));
    }

    function test_GivenTheSpendLeftTheBestChain() external {
        Custody memory before = bridge.custody();
        CustodyProof memory proof = _minedRaw(_theft(_custodyOutpoint()), 4, CUSTODY_ABOVE);
        vm.recordLogs();
        bridge.reportNonConforming(proof);
        CustodyRecord memory record = _recordedRecord();
        vm.assertFalse(record.conforming, "conforming");
        vm.assertEq(bridge.lineage(), keccak256(abi.encode(record)), "commitment");
        _reorganise(proof.block_.segmentIndex - 1);
        bridge.undoCustody(record, _blockProof(record.height));
        // it should be undone
        vm.assertEq(abi.encode(bridge.custody()), abi.encode(before), "custody");
        vm.assertEq(bridge.lineage(), 0, "lineage");
        _prove(_plan(new Redemption[](0), _none()));
    }

    /// @dev An ordinary transaction: three inputs with scripts, the custody outpoint in the middle.
    function _theft(bytes memory custody) private pure returns (bytes memory) {
        bytes memory script = new bytes(300);
        bytes memory before = bytes.concat(_outpoint(keccak256("a"), 3), hex"fd2c01", script, hex"ffffffff");
        bytes memory middle = bytes.concat(custody, hex"00ffffffff");
        bytes memory last = bytes.concat(_outpoint(keccak256("b"), 0), hex"0151ffffffff");
        return
            bytes.concat(
                hex"0200000003", before, middle, last, hex"01", Bitcoin.output(4_000_000, hex"51"), hex"00000000"
            );
    }

    function _refused(CustodyProof memory proof, bytes memory reason) private {
        vm.expectRevert(reason);
        bridge.reportNonConforming(proof);
    }
}
