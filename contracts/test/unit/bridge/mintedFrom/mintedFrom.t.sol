// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {BlockClaims} from "../../../../src/types/BridgeTypes.sol";
import {BridgeFixture} from "../../../utils/BridgeFixture.sol";

contract MintedFromTest is BridgeFixture {
    function test_GivenNothingWasMintedFromTheBlock(uint32 height) external view {
        // it should return zero
        vm.assertEq(bridge.mintedFrom(height), 0, "any height");
    }

    function test_GivenDepositsWereMintedFromTheBlock() external {
        (BlockClaims memory claims, uint32 height) = _provenDeposit(_payment(_descriptor(1), AMOUNT), 8);
        bridge.claim(_single(claims));
        // it should return their sum
        vm.assertEq(bridge.mintedFrom(height), AMOUNT, "this block");
        vm.assertEq(bridge.mintedFrom(height - 1), 0, "the block below");
        vm.assertEq(bridge.mintedFrom(height + 1), 0, "the block above");
    }

    function test_GivenAReorganisationReplacedTheBlock() external {
        (BlockClaims memory claims, uint32 height) = _provenDeposit(_payment(_descriptor(1), AMOUNT), 8);
        bridge.claim(_single(claims));
        _append(0, _mineOn(chain[0], _fillerRoots(10, 7)));
        // it should keep the sum
        vm.assertEq(bridge.mintedFrom(height), AMOUNT, "height");
    }
}
