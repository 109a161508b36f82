// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IBridgeErrors} from "../../../../src/interfaces/IBridgeErrors.sol";
import {ICustody} from "../../../../src/interfaces/ICustody.sol";
import {IPegOutErrors} from "../../../../src/interfaces/IPegOutErrors.sol";
import {Keys} from "../../../../src/types/CustodyTypes.sol";
import {BridgeFixture} from "../../../utils/BridgeFixture.sol";
import {Deposits} from "../../../utils/Deposits.sol";

contract RegisterKeyTest is BridgeFixture {
    uint64 private constant DELAY = 7 days;

    function test_RevertWhen_TheCallerIsNotTheGovernance() external {
        (, bytes32 key) = Deposits.evenKey(2);
        vm.expectRevert(abi.encodeWithSelector(IBridgeErrors.NotGovernance.selector, GUARDIAN));
        vm.prank(GUARDIAN);
        bridge.registerKey(key);
    }

    function test_RevertWhen_TheKeyIsNoPointOfTheCurve() external {
        _outOfRange(0);
        // 5 is no x-coordinate of the curve.
        _outOfRange(bytes32(uint256(5)));
        _outOfRange(bytes32(Deposits.N));
        _outOfRange(bytes32(type(uint256).max));
    }

    function test_RevertWhen_TheKeyIsTheCurrentOne() external {
        _outOfRange(federationKey);
    }

    function test_RevertGiven_TheRegisteredKeyIsUsable() external {
        (, bytes32 key) = Deposits.evenKey(2);
        (, bytes32 other) = Deposits.evenKey(3);
        _register(key);
        _setClock(clock + uint32(DELAY));
        vm.expectRevert(abi.encodeWithSelector(IPegOutErrors.KeyPending.selector, key));
        vm.prank(GOVERNANCE);
        bridge.registerKey(other);
    }

    function test_GivenTheRegisteredKeyIsNotUsableYet() external {
        (, bytes32 key) = Deposits.evenKey(2);
        (, bytes32 other) = Deposits.evenKey(3);
        _register(key);
        _setClock(clock + uint32(DELAY) - 1);
        _register(other);
        // it should replace it
        vm.assertEq(bridge.keys().next, other, "next");
        vm.assertEq(bridge.keys().nextUsableFrom, clock + DELAY, "usable from");
    }

    function test_WhenTheKeyIsValid() external {
        (, bytes32 key) = Deposits.evenKey(2);
        // it should emit the key
        vm.expectEmit(false, false, false, true, address(bridge));
        emit ICustody.KeyRegistered(key, clock + DELAY);
        _register(key);
        // it should become usable after the delay
        Keys memory keys = bridge.keys();
        vm.assertEq(keys.current, federationKey, "current");
        vm.assertEq(keys.next, key, "next");
        vm.assertEq(keys.nextUsableFrom, clock + DELAY, "usable from");
        vm.assertEq(keys.previous, 0, "previous");
        vm.assertEq(keys.previousUntil, 0, "until");
    }

    function _register(bytes32 key) private {
        vm.prank(GOVERNANCE);
        bridge.registerKey(key);
    }

    function _outOfRange(bytes32 key) private {
        vm.expectRevert(abi.encodeWithSelector(IPegOutErrors.KeyOutOfRange.selector, key));
        _register(key);
    }
}
