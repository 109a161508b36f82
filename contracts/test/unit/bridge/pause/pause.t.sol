// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IBridge} from "../../../../src/interfaces/IBridge.sol";
import {IBridgeErrors} from "../../../../src/interfaces/IBridgeErrors.sol";
import {BlockClaims} from "../../../../src/types/BridgeTypes.sol";
import {Bitcoin} from "../../../utils/Bitcoin.sol";
import {BridgeFixture} from "../../../utils/BridgeFixture.sol";

contract PauseTest is BridgeFixture {
    function test_RevertWhen_TheCallerIsNotTheGuardian() external {
        vm.expectRevert(abi.encodeWithSelector(IBridgeErrors.NotGuardian.selector, address(this)));
        bridge.pause();
    }

    function test_RevertWhen_TheCallerIsTheGovernance() external {
        vm.prank(GOVERNANCE);
        vm.expectRevert(abi.encodeWithSelector(IBridgeErrors.NotGuardian.selector, GOVERNANCE));
        bridge.pause();
    }

    function test_WhenTheGuardianPauses() external {
        uint256 until = uint256(clock) + 7 days;
        // it should emit the end
        vm.expectEmit(false, false, false, true, address(bridge));
        emit IBridge.PausedUntil(until);
        vm.prank(GUARDIAN);
        bridge.pause();
        // it should stop minting for seven days
        vm.assertEq(bridge.pausedUntil(), until, "until");
        (BlockClaims memory claims,) = _provenDeposit(_payment(_descriptor(1), AMOUNT), 8);
        vm.expectRevert(abi.encodeWithSelector(IBridgeErrors.Paused.selector, until));
        bridge.claim(_single(claims));
    }

    function test_GivenSevenDaysHavePassed() external {
        (BlockClaims memory claims,) = _provenDeposit(_payment(_descriptor(1), AMOUNT), 8);
        vm.prank(GUARDIAN);
        bridge.pause();
        uint32 until = clock + 7 days;
        _setClock(until - 1);
        _tipNow();
        vm.expectRevert(abi.encodeWithSelector(IBridgeErrors.Paused.selector, until));
        bridge.claim(_single(claims));
        // it should mint again
        vm.warp(until);
        bridge.claim(_single(claims));
        vm.assertEq(token.balanceOf(RECIPIENT), AMOUNT, "recipient");
    }

    /// @dev A header of this moment, so that the tip is fresh.
    function _tipNow() private {
        bytes[] memory headers = new bytes[](1);
        headers[0] = Bitcoin.mine(Bitcoin.sha256d(chain[chain.length - 1]), 0, clock);
        _append(segments.length - 1, headers);
    }
}
