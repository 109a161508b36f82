// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {FBTC} from "../../../../src/FBTC.sol";
import {Test} from "../../../utils/Test.sol";

contract PermitTest is Test {
    uint256 private constant OWNER_SECRET = 0xa11ce;
    address private constant SPENDER = address(0x59e);
    bytes32 private constant TYPEHASH =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");

    FBTC private _token;
    address private _owner;

    function setUp() external {
        _token = new FBTC();
        _owner = vm.addr(OWNER_SECRET);
    }

    function test_WhenTheOwnerSignedThePermit() external {
        _permit(OWNER_SECRET);
        // it should allow the spender
        vm.assertEq(_token.allowance(_owner, SPENDER), 1e8, "allowance");
        vm.assertEq(_token.nonces(_owner), 1, "nonce");
    }

    function test_RevertWhen_ThePermitIsUsedAgain() external {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(OWNER_SECRET, _digest(0));
        _token.permit(_owner, SPENDER, 1e8, type(uint256).max, v, r, s);
        vm.expectRevert();
        _token.permit(_owner, SPENDER, 1e8, type(uint256).max, v, r, s);
    }

    function test_RevertWhen_SomeoneElseSignedThePermit() external {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(OWNER_SECRET + 1, _digest(0));
        vm.expectRevert();
        _token.permit(_owner, SPENDER, 1e8, type(uint256).max, v, r, s);
    }

    function _permit(uint256 secret) private {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(secret, _digest(0));
        _token.permit(_owner, SPENDER, 1e8, type(uint256).max, v, r, s);
    }

    function _digest(uint256 nonce) private view returns (bytes32) {
        bytes32 message = keccak256(abi.encode(TYPEHASH, _owner, SPENDER, uint256(1e8), nonce, type(uint256).max));
        return keccak256(abi.encodePacked(hex"1901", _token.DOMAIN_SEPARATOR(), message));
    }
}
