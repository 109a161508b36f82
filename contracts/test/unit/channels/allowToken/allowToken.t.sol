// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IssuedToken} from "../../../../src/IssuedToken.sol";
import {IChannelFunding} from "../../../../src/interfaces/IChannelFunding.sol";
import {IChannelsErrors} from "../../../../src/interfaces/IChannelsErrors.sol";
import {ChannelFixture} from "../../../utils/ChannelFixture.sol";

contract AllowTokenTest is ChannelFixture {
    /// @dev Where the number of allowed tokens is kept.
    uint256 private constant COUNT_SLOT = 7;

    IssuedToken private _other;

    function setUp() public override {
        super.setUp();
        _other = new IssuedToken("Rupee", "tINR", 6, ISSUER);
    }

    function test_RevertWhen_TheCallerIsNotTheGovernance(address caller) external {
        vm.assume(caller != GOVERNANCE);
        vm.prank(caller);
        vm.expectRevert(abi.encodeWithSelector(IChannelsErrors.NotGovernance.selector, caller));
        channels.allowToken(address(_other));
    }

    function test_RevertWhen_ThereIsNoContract() external {
        vm.prank(GOVERNANCE);
        vm.expectRevert(abi.encodeWithSelector(IChannelsErrors.NotAToken.selector, STRANGER));
        channels.allowToken(STRANGER);
    }

    function test_RevertWhen_TheTokenIsAllowedAlready() external {
        vm.prank(GOVERNANCE);
        vm.expectRevert(abi.encodeWithSelector(IChannelsErrors.AlreadyAllowed.selector, address(token)));
        channels.allowToken(address(token));
    }

    function test_RevertWhen_65535TokensAreAllowed() external {
        bytes32 slot = bytes32(COUNT_SLOT);
        vm.assertEq(vm.load(address(channels), slot), bytes32(uint256(1)), "count");
        vm.store(address(channels), slot, bytes32(uint256(65_534)));
        _allow(address(_other));
        vm.assertEq(channels.channel(_openIn(address(_other))).token, address(_other), "the last one");
        IssuedToken more = new IssuedToken("Yen", "tJPY", 0, ISSUER);
        vm.prank(GOVERNANCE);
        vm.expectRevert(abi.encodeWithSelector(IChannelsErrors.TooManyTokens.selector, 65_535));
        channels.allowToken(address(more));
    }

    function test_WhenGovernanceAllowsAToken() external {
        vm.assertFalse(channels.isAllowed(address(_other)), "before");
        // it should emit it
        vm.expectEmit(true, false, false, true, address(channels));
        emit IChannelFunding.TokenAllowed(address(_other));
        _allow(address(_other));
        vm.assertTrue(channels.isAllowed(address(_other)), "allowed");
        // it should take channels in it
        vm.assertEq(channels.channel(_openIn(address(_other))).token, address(_other), "token");
    }

    function _openIn(address token_) private returns (bytes32) {
        vm.prank(partyA);
        return channels.open(partyA, partyB, token_, CHALLENGE, "first", 0);
    }
}
