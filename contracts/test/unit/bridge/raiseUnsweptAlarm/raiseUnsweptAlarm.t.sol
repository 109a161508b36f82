// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IBridge} from "../../../../src/interfaces/IBridge.sol";
import {IBridgeErrors} from "../../../../src/interfaces/IBridgeErrors.sol";
import {Parameters} from "../../../../src/types/BridgeTypes.sol";
import {Redemption} from "../../../../src/types/PegOutTypes.sol";
import {CustodyFixture} from "../../../utils/CustodyFixture.sol";

contract RaiseUnsweptAlarmTest is CustodyFixture {
    bytes private _funding;
    bytes32 private _id;
    /// @dev 99 blocks below the reclaim height: fewer than the parameter's 100.
    uint32 private _alarmHeight;

    function setUp() public override {
        super.setUp();
        Parameters memory parameters = _parameters();
        parameters.reclaimBlocks = 256;
        parameters.sweepWindow = 200;
        parameters.maxConfirmations = 16;
        parameters.unsweptAlarm = 100;
        _deploy(parameters);
        _funding = _fund();
        _id = _idOf(_funding);
        _alarmHeight = bridge.deposit(_id).height + 256 - 99;
    }

    function test_RevertWhen_TheDepositIsNotMinted() external {
        _refused(0, abi.encodeWithSelector(IBridgeErrors.NothingToDisown.selector, bytes32(0)));
    }

    function test_RevertGiven_TheDepositHasTime() external {
        _extend(_alarmHeight - 1 - _tipHeight());
        bytes4 name = IBridgeErrors.NoUnsweptAlarm.selector;
        _refused(_id, abi.encodeWithSelector(name, _alarmHeight - 1, _alarmHeight));
    }

    function test_RevertGiven_TheDepositIsSwept() external {
        _extend(_alarmHeight - _tipHeight());
        _prove(_plan(new Redemption[](0), _single(_funding)));
        _refused(_id, abi.encodeWithSelector(IBridgeErrors.NothingToDisown.selector, _id));
    }

    function test_GivenTheDepositIsCloseToItsReclaim() external {
        _extend(_alarmHeight - _tipHeight());
        // it should emit the deposit
        vm.expectEmit(true, false, false, true, address(bridge));
        emit IBridge.UnsweptAlarm(_id);
        bridge.raiseUnsweptAlarm(_id);
        // it should pause for seven days
        vm.assertEq(bridge.pausedUntil(), uint256(clock) + 7 days, "until");
        // it should pause again
        vm.prank(GOVERNANCE);
        bridge.unpause();
        bridge.raiseUnsweptAlarm(_id);
        vm.assertEq(bridge.pausedUntil(), uint256(clock) + 7 days, "again");
    }

    function _refused(bytes32 id, bytes memory reason) private {
        vm.expectRevert(reason);
        bridge.raiseUnsweptAlarm(id);
    }
}
