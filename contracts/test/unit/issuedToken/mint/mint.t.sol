// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IssuedToken} from "../../../../src/IssuedToken.sol";
import {IIssuedToken} from "../../../../src/interfaces/IIssuedToken.sol";
import {Test} from "../../../utils/Test.sol";

contract IssuedTokenMintTest is Test {
    address private constant ISSUER = address(0x155e4);

    IssuedToken private _token;

    function setUp() external {
        _token = new IssuedToken("Euro", "tEUR", 6, ISSUER);
    }

    function test_RevertWhen_TheCallerIsNotTheIssuer(address caller) external {
        vm.assume(caller != ISSUER);
        vm.prank(caller);
        vm.expectRevert(abi.encodeWithSelector(IIssuedToken.NotIssuer.selector, caller));
        _token.mint(caller, 1);
    }

    function test_WhenTheCallerIsTheIssuer(address recipient, uint128 amount) external {
        vm.assume(recipient != address(0));
        vm.prank(ISSUER);
        _token.mint(recipient, amount);
        // it should create the amount
        vm.assertEq(_token.balanceOf(recipient), amount, "balance");
        vm.assertEq(_token.totalSupply(), amount, "supply");
    }
}
