// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";

import {FBTC} from "../../../../src/FBTC.sol";
import {IFBTC} from "../../../../src/interfaces/IFBTC.sol";
import {Test} from "../../../utils/Test.sol";

contract BurnTest is Test {
    address private constant HOLDER = address(0x401de4);

    FBTC private _token;

    function setUp() external {
        _token = new FBTC();
    }

    function test_RevertWhen_TheCallerIsNotTheBridge(address caller) external {
        vm.assume(caller != address(this));
        _token.mint(caller == address(0) ? HOLDER : caller, 1);
        vm.prank(caller);
        vm.expectRevert(abi.encodeWithSelector(IFBTC.NotBridge.selector, caller));
        _token.burn(caller, 1);
    }

    function test_RevertWhen_TheHolderHasLess(uint64 amount) external {
        _token.mint(HOLDER, amount);
        uint256 more = uint256(amount) + 1;
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, HOLDER, uint256(amount), more)
        );
        _token.burn(HOLDER, more);
    }

    function test_WhenTheBridgeBurns(uint64 held, uint64 amount) external {
        amount = uint64(_bound(amount, 0, held));
        _token.mint(HOLDER, held);
        _token.mint(address(this), 7);
        uint256 supply = _token.burn(HOLDER, amount);
        // it should lower balance and supply
        vm.assertEq(_token.balanceOf(HOLDER), held - amount, "balance");
        vm.assertEq(_token.totalSupply(), uint256(held) - amount + 7, "supply");
        // it should return the supply
        vm.assertEq(supply, _token.totalSupply(), "returned");
    }
}
