// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Bridge} from "../../src/Bridge.sol";
import {DepositState, Reserves} from "../../src/types/BridgeTypes.sol";
import {Custody, CustodyRecord} from "../../src/types/CustodyTypes.sol";
import {Redemption} from "../../src/types/PegOutTypes.sol";
import {Test} from "../utils/Test.sol";
import {PegOutHandler} from "./PegOutHandler.sol";

/// @notice The invariants of README.md from 6 on, one function each, under its number.
contract PegOutInvariants is Test {
    PegOutHandler private _handler;

    function setUp() external {
        _handler = new PegOutHandler();
        _handler.setUp();
        bytes4[] memory selectors = new bytes4[](12);
        selectors[0] = PegOutHandler.mine.selector;
        selectors[1] = PegOutHandler.mineDeposit.selector;
        selectors[2] = PegOutHandler.claim.selector;
        selectors[3] = PegOutHandler.request.selector;
        selectors[4] = PegOutHandler.raiseMaxFee.selector;
        selectors[5] = PegOutHandler.spend.selector;
        selectors[6] = PegOutHandler.prove.selector;
        selectors[7] = PegOutHandler.report.selector;
        selectors[8] = PegOutHandler.undo.selector;
        selectors[9] = PegOutHandler.disown.selector;
        selectors[10] = PegOutHandler.reorganise.selector;
        selectors[11] = PegOutHandler.remine.selector;
        _target(address(_handler), selectors);
    }

    /// forge-config: default.invariant.runs = 128
    /// forge-config: default.invariant.depth = 64
    function invariant_6_EverySatoshiIsAccountedFor() external view {
        Reserves memory reserves = _bridge().reserves();
        vm.assertEq(reserves.unswept, _handler.sumIn(DepositState.Minted), "unswept");
        uint256 held = uint256(reserves.custody) + reserves.unswept + _handler.sumIn(DepositState.Disowned);
        uint256 owed = uint256(reserves.supply) + reserves.unpaid;
        // What was minted, what paid, and what both had from the start.
        uint256 surplus = 5_000_000 + _handler.fees() + _handler.sumIn(DepositState.SweptUnminted);
        vm.assertEq(held + _lost(), owed + surplus, "balance");
    }

    /// forge-config: default.invariant.runs = 128
    /// forge-config: default.invariant.depth = 64
    function invariant_7_NoCallBreaksARule() external view {
        vm.assertEq(_handler.breaches(), 0, "breaches");
    }

    /// forge-config: default.invariant.runs = 128
    /// forge-config: default.invariant.depth = 64
    function invariant_8_RedemptionsArePaidAtMostOnce() external view {
        Redemption[] memory made = _handler.redemptions();
        CustodyRecord[] memory records = _handler.lineage();
        vm.assertEq(_bridge().redemptionCount(), made.length, "count");
        uint256 unpaid = 0;
        for (uint256 i = 0; i < made.length; ++i) {
            uint256 payments = _payments(made[i].id, records);
            vm.assertLe(payments, 1, "paid twice");
            bytes32 stored = _bridge().redemption(made[i].id);
            vm.assertTrue((stored == 0) == (payments == 1), "paid or stored");
            if (payments == 0) unpaid += made[i].amount;
        }
        vm.assertEq(_bridge().reserves().unpaid, unpaid, "unpaid");
    }

    /// forge-config: default.invariant.runs = 128
    /// forge-config: default.invariant.depth = 64
    function invariant_9_LineageIsAChainOfRecords() external view {
        CustodyRecord[] memory records = _handler.lineage();
        bytes32 parent = 0;
        Custody memory custody = Custody({txid: keccak256("seed"), vout: 1, value: 5_000_000});
        for (uint256 i = 0; i < records.length; ++i) {
            vm.assertEq(records[i].parent, parent, "parent");
            vm.assertEq(records[i].previousTxid, custody.txid, "input");
            vm.assertEq(records[i].previousVout, custody.vout, "index");
            vm.assertEq(records[i].previousValue, custody.value, "amount");
            parent = keccak256(abi.encode(records[i]));
            custody = records[i].conforming
                ? Custody({txid: records[i].txid, vout: records[i].vout, value: records[i].value})
                : Custody({txid: 0, vout: 0, value: 0});
        }
        vm.assertEq(_bridge().lineage(), parent, "newest");
        vm.assertEq(abi.encode(_bridge().custody()), abi.encode(custody), "custody");
    }

    /// @dev What a spend that does not conform took.
    function _lost() private view returns (uint256) {
        CustodyRecord[] memory records = _handler.lineage();
        if (records.length == 0 || records[records.length - 1].conforming) return 0;
        return records[records.length - 1].previousValue;
    }

    function _payments(uint64 id, CustodyRecord[] memory records) private pure returns (uint256 count) {
        for (uint256 i = 0; i < records.length; ++i) {
            for (uint256 j = 0; j < records[i].ids.length; ++j) {
                if (records[i].ids[j] == id) ++count;
            }
        }
    }

    function _bridge() private view returns (Bridge) {
        return _handler.bridgeUnderTest();
    }
}
