// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IssuedToken} from "../../../../src/IssuedToken.sol";
import {IIssuedToken} from "../../../../src/interfaces/IIssuedToken.sol";
import {Test} from "../../../utils/Test.sol";

contract IssuedTokenConstructorTest is Test {
    uint256 private constant HOLDER_SECRET = 0xa11ce;
    address private constant ISSUER = address(0x155e4);
    bytes32 private constant DOMAIN_TYPE =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant PERMIT_TYPE =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");

    function test_RevertWhen_TheIssuerIsZero() external {
        vm.expectRevert(abi.encodeWithSelector(IIssuedToken.ZeroIssuer.selector));
        new IssuedToken("Euro", "tEUR", 6, address(0));
    }

    function test_WhenThereIsAnIssuer(uint8 decimals) external {
        IssuedToken token = new IssuedToken("Rupee", "tINR", decimals, ISSUER);
        // it should keep name, symbol, decimals and issuer
        vm.assertEq(token.name(), "Rupee", "name");
        vm.assertEq(token.symbol(), "tINR", "symbol");
        vm.assertEq(token.decimals(), decimals, "decimals");
        vm.assertEq(token.issuer(), ISSUER, "issuer");
        vm.assertEq(token.totalSupply(), 0, "supply");
        // it should take permits in its name
        bytes32 name = keccak256("Rupee");
        bytes32 domain = keccak256(abi.encode(DOMAIN_TYPE, name, keccak256("1"), block.chainid, address(token)));
        address holder = vm.addr(HOLDER_SECRET);
        bytes32 permit = keccak256(abi.encode(PERMIT_TYPE, holder, ISSUER, 5, 0, block.timestamp));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(HOLDER_SECRET, keccak256(abi.encodePacked(hex"1901", domain, permit)));
        token.permit(holder, ISSUER, 5, block.timestamp, v, r, s);
        vm.assertEq(token.allowance(holder, ISSUER), 5, "allowance");
        vm.assertEq(token.nonces(holder), 1, "nonce");
    }
}
