// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IBridge} from "../../../../src/interfaces/IBridge.sol";
import {IBridgeErrors} from "../../../../src/interfaces/IBridgeErrors.sol";
import {BlockClaims, DepositState, Parameters} from "../../../../src/types/BridgeTypes.sol";
import {Redemption} from "../../../../src/types/PegOutTypes.sol";
import {CustodyFixture} from "../../../utils/CustodyFixture.sol";

contract DisownUnsweptTest is CustodyFixture {
    BlockClaims private _claims;
    bytes private _funding;
    bytes32 private _id;
    uint32 private _reclaimHeight;

    function setUp() public override {
        super.setUp();
        Parameters memory parameters = _parameters();
        parameters.reclaimBlocks = 256;
        parameters.sweepWindow = 200;
        parameters.maxConfirmations = 16;
        parameters.unsweptAlarm = 100;
        _deploy(parameters);
        (_claims, _funding) = _unclaimed(0, FUNDS, 8);
        bridge.claim(_single(_claims));
        _id = _idOf(_funding);
        _reclaimHeight = bridge.deposit(_id).height + 256;
    }

    function test_RevertWhen_TheDepositIsNotMinted() external {
        vm.expectRevert(abi.encodeWithSelector(IBridgeErrors.NothingToDisown.selector, bytes32(0)));
        bridge.disownUnswept(0);
    }

    function test_RevertGiven_TheTipIsBelowItsReclaimHeight() external {
        _extend(_reclaimHeight - 1 - _tipHeight());
        bytes4 name = IBridgeErrors.NotYetReclaimable.selector;
        vm.expectRevert(abi.encodeWithSelector(name, _reclaimHeight - 1, _reclaimHeight));
        bridge.disownUnswept(_id);
    }

    function test_RevertGiven_TheDepositIsSwept() external {
        _prove(_plan(new Redemption[](0), _single(_funding)));
        _extend(_reclaimHeight - _tipHeight());
        vm.expectRevert(abi.encodeWithSelector(IBridgeErrors.NothingToDisown.selector, _id));
        bridge.disownUnswept(_id);
    }

    function test_GivenTheTipIsAtItsReclaimHeight() external {
        _extend(_reclaimHeight - _tipHeight());
        // it should emit the deposit
        vm.expectEmit(true, false, false, true, address(bridge));
        emit IBridge.DepositDisowned(_id);
        bridge.disownUnswept(_id);
        // it should no longer back the supply
        vm.assertTrue(bridge.deposit(_id).state == DepositState.Disowned, "state");
        vm.assertEq(bridge.reserves().unswept, 0, "unswept");
        // it should not be restored by a claim
        uint256 latest = _reclaimHeight - 200;
        vm.expectRevert(abi.encodeWithSelector(IBridgeErrors.TooCloseToReclaim.selector, _reclaimHeight, latest));
        bridge.claim(_single(_claims));
    }
}
