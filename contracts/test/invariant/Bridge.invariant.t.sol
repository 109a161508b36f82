// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Bridge} from "../../src/Bridge.sol";
import {FBTC} from "../../src/FBTC.sol";
import {DepositState, Reserves} from "../../src/types/BridgeTypes.sol";
import {Test} from "../utils/Test.sol";
import {BridgeHandler} from "./BridgeHandler.sol";

/// @notice The invariants of README.md, one function each, under its number.
contract BridgeInvariants is Test {
    BridgeHandler private _handler;

    function setUp() external {
        _handler = new BridgeHandler();
        _handler.setUp();
        bytes4[] memory selectors = new bytes4[](6);
        selectors[0] = BridgeHandler.mine.selector;
        selectors[1] = BridgeHandler.mineDeposit.selector;
        selectors[2] = BridgeHandler.claim.selector;
        selectors[3] = BridgeHandler.reorganise.selector;
        selectors[4] = BridgeHandler.pause.selector;
        selectors[5] = BridgeHandler.unpause.selector;
        _target(address(_handler), selectors);
    }

    function invariant_1_ConservationOfValue() external view {
        Reserves memory reserves = _bridge().reserves();
        uint256 owed = uint256(reserves.supply) + reserves.unpaid;
        vm.assertLe(owed, uint256(reserves.custody) + reserves.unswept, "conservation");
        vm.assertEq(reserves.unswept, _handler.mintedSum(), "unswept deposits are those minted");
        vm.assertEq(reserves.supply, _handler.mintedSum(), "supply is what was minted");
    }

    function invariant_2_MintAtMostOnce() external view {
        bytes32[] memory ids = _handler.mintedIds();
        for (uint256 i = 0; i < ids.length; ++i) {
            vm.assertEq(_handler.mintsOf(ids[i]), 1, "minted more than once");
            vm.assertTrue(_bridge().deposit(ids[i]).state == DepositState.Minted, "not recorded");
        }
    }

    function invariant_3_MintsMeetTheirConditionsAndWorkOnlyGrows() external view {
        vm.assertEq(_handler.breaches(), 0, "breaches");
    }

    function invariant_4_BestChainIsTheModels() external view {
        (uint256 height, uint256 work) = _handler.modelTip();
        vm.assertEq(_bridge().tip().height, height, "height");
        vm.assertEq(_bridge().tip().work, work, "work");
        uint256 count = _handler.segmentCount();
        vm.assertEq(_bridge().tip().segments, count, "segments");
        for (uint256 i = 0; i < count; ++i) {
            vm.assertEq(_bridge().segmentCommitment(i), _handler.modelCommitment(i), "commitment");
        }
        vm.assertEq(_bridge().segmentCommitment(count), 0, "beyond the tip");
    }

    function invariant_5_BalancesSumToTheSupply() external view {
        FBTC token = _bridge().token();
        address[] memory holders = _handler.holders();
        uint256 sum = 0;
        for (uint256 i = 0; i < holders.length; ++i) {
            sum += token.balanceOf(holders[i]);
        }
        vm.assertEq(sum, token.totalSupply(), "balances");
    }

    function _bridge() private view returns (Bridge) {
        return _handler.bridgeUnderTest();
    }
}
