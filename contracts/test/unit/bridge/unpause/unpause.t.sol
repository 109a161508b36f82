// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IBridge} from "../../../../src/interfaces/IBridge.sol";
import {IBridgeErrors} from "../../../../src/interfaces/IBridgeErrors.sol";
import {BlockClaims} from "../../../../src/types/BridgeTypes.sol";
import {BridgeFixture} from "../../../utils/BridgeFixture.sol";

contract UnpauseTest is BridgeFixture {
    function setUp() public override {
        super.setUp();
        vm.prank(GUARDIAN);
        bridge.pause();
    }

    function test_RevertWhen_TheCallerIsNotTheGovernance() external {
        vm.expectRevert(abi.encodeWithSelector(IBridgeErrors.NotGovernance.selector, address(this)));
        bridge.unpause();
    }

    function test_RevertWhen_TheCallerIsTheGuardian() external {
        vm.prank(GUARDIAN);
        vm.expectRevert(abi.encodeWithSelector(IBridgeErrors.NotGovernance.selector, GUARDIAN));
        bridge.unpause();
    }

    function test_WhenGovernanceEndsAPause() external {
        // it should emit the end of the pause
        vm.expectEmit(false, false, false, true, address(bridge));
        emit IBridge.Resumed();
        vm.prank(GOVERNANCE);
        bridge.unpause();
        // it should mint again
        vm.assertEq(bridge.pausedUntil(), 0, "until");
        (BlockClaims memory claims,) = _provenDeposit(_payment(_descriptor(1), AMOUNT), 8);
        bridge.claim(_single(claims));
        vm.assertEq(token.balanceOf(RECIPIENT), AMOUNT, "recipient");
    }
}
