// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IBridge} from "../../../../src/interfaces/IBridge.sol";
import {IBridgeErrors} from "../../../../src/interfaces/IBridgeErrors.sol";
import {BridgeFixture} from "../../../utils/BridgeFixture.sol";

contract SetGuardianTest is BridgeFixture {
    function test_RevertWhen_TheCallerIsNotTheGovernance() external {
        vm.expectRevert(abi.encodeWithSelector(IBridgeErrors.NotGovernance.selector, address(this)));
        bridge.setGuardian(address(1));
    }

    function test_RevertWhen_TheCallerIsTheGuardian() external {
        vm.prank(GUARDIAN);
        vm.expectRevert(abi.encodeWithSelector(IBridgeErrors.NotGovernance.selector, GUARDIAN));
        bridge.setGuardian(address(1));
    }

    function test_WhenGovernanceReplacesTheGuardian(address guardian) external {
        vm.assume(guardian != GUARDIAN);
        // it should emit the new one
        vm.expectEmit(false, false, false, true, address(bridge));
        emit IBridge.GuardianSet(guardian);
        vm.prank(GOVERNANCE);
        bridge.setGuardian(guardian);
        vm.assertEq(bridge.guardian(), guardian, "guardian");
        // it should let the new one pause
        vm.prank(guardian);
        bridge.pause();
        // it should refuse the old one
        vm.prank(GUARDIAN);
        vm.expectRevert(abi.encodeWithSelector(IBridgeErrors.NotGuardian.selector, GUARDIAN));
        bridge.pause();
    }
}
