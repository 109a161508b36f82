// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IPegOutErrors} from "../../../../src/interfaces/IPegOutErrors.sol";
import {DepositState} from "../../../../src/types/BridgeTypes.sol";
import {CustodyProof, CustodyRecord, ShapeFault} from "../../../../src/types/CustodyTypes.sol";
import {Redemption} from "../../../../src/types/PegOutTypes.sol";
import {Bitcoin} from "../../../utils/Bitcoin.sol";
import {CustodyFixture} from "../../../utils/CustodyFixture.sol";
import {Deposits} from "../../../utils/Deposits.sol";

/// @dev Each fault is refused by proveCustody and accepted at once by reportNonConforming.
contract CustodyShapeTest is CustodyFixture {
    Redemption[] private _made;

    function setUp() public override {
        super.setUp();
        _fund();
        _made.push(_request(REDEEMED));
        _made.push(_request(REDEEMED));
    }

    function test_WhenTheVersionIsNot3() external {
        Plan memory plan = _valid();
        plan.version = 2;
        // it should be fault 1
        _faulty(plan, ShapeFault.Version);
    }

    function test_WhenTheLockTimeIsNotZero() external {
        Plan memory plan = _valid();
        plan.lockTime = 1;
        // it should be fault 2
        _faulty(plan, ShapeFault.LockTime);
    }

    function test_WhenAnInputHasAScript() external {
        Plan memory plan = _valid();
        plan.inputScript = hex"51";
        // it should be fault 3
        _faulty(plan, ShapeFault.InputScript);
    }

    function test_WhenASequenceIsAnother() external {
        Plan memory plan = _valid();
        plan.sequence = 0xffffffff;
        // it should be fault 4
        _faulty(plan, ShapeFault.Sequence);
    }

    function test_WhenTheInputsDoNotAscend() external {
        // it should be fault 5
        Plan memory plan = _valid();
        (plan.inputs[1], plan.inputs[2]) = (plan.inputs[2], plan.inputs[1]);
        _faulty(plan, ShapeFault.InputOrder);
        plan = _valid();
        plan.inputs[2] = plan.inputs[1];
        _faulty(plan, ShapeFault.InputOrder);
        // Little-endian 0x0100 is below 0x02 as bytes, above it as a number.
        plan = _valid();
        plan.inputs[1] = _outpoint(keccak256("same"), 0x0100);
        plan.inputs[2] = _outpoint(keccak256("same"), 2);
        _faulty(plan, ShapeFault.InputOrder);
    }

    function test_WhenThereAreOtherOutputs() external {
        // it should be fault 6
        bytes memory valid = _serialise(_valid());
        // One more payout than is named.
        CustodyProof memory proof = _minedRaw(valid, 4, CUSTODY_ABOVE);
        proof.paid = _paid(_made);
        bytes memory reason = abi.encodeWithSelector(IPegOutErrors.CustodyShape.selector, uint8(ShapeFault.Outputs));
        Redemption[] memory fewer = new Redemption[](1);
        fewer[0] = _made[0];
        proof.paid = _paid(fewer);
        vm.expectRevert(reason);
        bridge.proveCustody(proof);

        Plan memory plan = _valid();
        plan.anchor = bytes.concat(plan.anchor, hex"00");
        _faulty(plan, ShapeFault.Outputs);
        plan = _valid();
        plan.custodyScript = abi.encodePacked(hex"0014", bytes20(0));
        _faulty(plan, ShapeFault.Outputs);
        _faultyBytes(
            bytes.concat(
                hex"0300000001",
                _custodyOutpoint(),
                hex"00fdffffff01",
                Bitcoin.output(1, Bitcoin.taprootScript(federationKey)),
                hex"00000000"
            ),
            ShapeFault.Outputs
        );
    }

    function test_WhenTheCustodyOutputIsNoTaprootOutput() external {
        // it should be fault 7
        Plan memory plan = _valid();
        plan.custodyScript[0] = 0x00;
        _faulty(plan, ShapeFault.CustodyScript);
        plan = _valid();
        plan.custodyScript[1] = 0x21;
        _faulty(plan, ShapeFault.CustodyScript);
    }

    function test_WhenTheCustodyOutputPaysAnotherKey() external {
        // it should be fault 8
        (, bytes32 key) = Deposits.evenKey(2);
        Plan memory plan = _valid();
        // No registered key is no key.
        plan.custodyScript = Bitcoin.taprootScript(0);
        _faulty(plan, ShapeFault.CustodyKey);
        plan.custodyScript = Bitcoin.taprootScript(key);
        _faulty(plan, ShapeFault.CustodyKey);
        // A registered key is not usable at once.
        vm.prank(GOVERNANCE);
        bridge.registerKey(key);
        _faulty(plan, ShapeFault.CustodyKey);
    }

    function test_WhenTheAnchorIsAnother() external {
        // it should be fault 9
        Plan memory plan = _valid();
        plan.anchorValue = 1;
        _faulty(plan, ShapeFault.Anchor);
        plan = _valid();
        plan.anchor[0] = 0x6b;
        _faulty(plan, ShapeFault.Anchor);
        plan = _valid();
        plan.anchor[1] = 0x41;
        _faulty(plan, ShapeFault.Anchor);
    }

    function test_WhenCountsNeedMoreThanOneByte() external {
        bytes[] memory deposits = new bytes[](260);
        for (uint32 i = 0; i < 260; ++i) {
            deposits[i] = _outpoint(bytes32(uint256(1000)), i);
        }
        Redemption[] memory made = new Redemption[](255);
        for (uint256 i = 0; i < 255; ++i) {
            made[i] = i < 2 ? _made[i] : _request(20_000);
        }
        Plan memory plan = _plan(new Redemption[](0), deposits);
        plan.redemptions = made;
        plan.payouts = new uint64[](255);
        for (uint256 i = 0; i < 255; ++i) {
            plan.payouts[i] = made[i].amount;
        }
        plan.anchor = abi.encodePacked(hex"6a40", keccak256("side-chain block"), _idsHash(made));
        // it should have the shape
        CustodyRecord memory record = _prove(plan);
        vm.assertEq(record.unbacked.length, 260, "deposits");
        vm.assertEq(record.ids.length, 255, "redemptions");
        vm.assertTrue(bridge.deposit(_idOf(deposits[259])).state == DepositState.SweptUnminted, "last");
        vm.assertEq(bridge.reserves().unpaid, 0, "unpaid");
    }

    /// @dev Two payouts, two unknown deposits.
    function _valid() private view returns (Plan memory) {
        bytes[] memory deposits = new bytes[](2);
        deposits[0] = _outpoint(keccak256("deposit"), 0);
        deposits[1] = _outpoint(keccak256("deposit"), 1);
        return _plan(_made, deposits);
    }

    function _faulty(Plan memory plan, ShapeFault fault) private {
        _faultyBytes(_serialise(plan), fault);
    }

    function _faultyBytes(bytes memory transaction, ShapeFault fault) private {
        CustodyProof memory proof = _minedRaw(transaction, 4, CUSTODY_ABOVE);
        proof.paid = _paid(_made);
        vm.expectRevert(abi.encodeWithSelector(IPegOutErrors.CustodyShape.selector, uint8(fault)));
        bridge.proveCustody(proof);
        uint256 snapshot = vm.snapshotState();
        bridge.reportNonConforming(proof);
        vm.assertEq(bridge.custody().value, 0, "custody");
        vm.revertToState(snapshot);
    }
}
