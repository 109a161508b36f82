// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {FBTC} from "../../../../src/FBTC.sol";
import {IFBTC} from "../../../../src/interfaces/IFBTC.sol";
import {Test} from "../../../utils/Test.sol";

contract MintTest is Test {
    FBTC private _token;

    function setUp() external {
        _token = new FBTC();
    }

    function test_RevertWhen_TheCallerIsNotTheBridge(address caller) external {
        vm.assume(caller != address(this));
        vm.prank(caller);
        vm.expectRevert(abi.encodeWithSelector(IFBTC.NotBridge.selector, caller));
        _token.mint(caller, 1);
    }

    function test_WhenTheCallerIsTheBridge(address recipient, uint64 amount) external {
        vm.assume(recipient != address(0));
        _token.mint(recipient, amount);
        // it should create the amount
        vm.assertEq(_token.balanceOf(recipient), amount, "balance");
        vm.assertEq(_token.totalSupply(), amount, "supply");
    }

    function test_ShouldHaveEightDecimals() external view {
        vm.assertEq(_token.decimals(), 8, "decimals");
        vm.assertEq(_token.symbol(), "fBTC", "symbol");
    }
}
