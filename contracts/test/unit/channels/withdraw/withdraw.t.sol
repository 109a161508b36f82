// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IChannelFunding} from "../../../../src/interfaces/IChannelFunding.sol";
import {IChannelsErrors} from "../../../../src/interfaces/IChannelsErrors.sol";
import {ChannelFixture} from "../../../utils/ChannelFixture.sol";

contract WithdrawTest is ChannelFixture {
    function test_RevertWhen_TheRecipientIsZeroOrTheChannels() external {
        _fillVault(true, FUNDS);
        _badRecipient(address(0));
        _badRecipient(address(channels));
    }

    function test_RevertWhen_TheVaultIsEmpty() external {
        _fillVault(true, FUNDS);
        _empty(partyB, address(token));
        _empty(partyA, STRANGER);
    }

    function test_WhenTheVaultHoldsTokens(bool ofA, uint128 amount) external {
        amount = uint128(_bound(amount, 1, WEALTH));
        _fillVault(ofA, amount);
        address owner = ofA ? partyA : partyB;
        // it should emit it
        vm.expectEmit(true, true, false, true, address(channels));
        emit IChannelFunding.Withdrawn(owner, address(token), STRANGER, amount);
        vm.prank(owner);
        channels.withdraw(address(token), STRANGER);
        // it should pay all of them
        vm.assertEq(token.balanceOf(STRANGER), amount, "paid");
        vm.assertEq(token.balanceOf(address(channels)), 0, "rest");
        // it should leave nothing to withdraw
        vm.assertEq(channels.vault(owner, address(token)), 0, "vault");
        _empty(owner, address(token));
    }

    function _badRecipient(address to) private {
        vm.prank(partyA);
        vm.expectRevert(abi.encodeWithSelector(IChannelsErrors.BadRecipient.selector, to));
        channels.withdraw(address(token), to);
    }

    function _empty(address owner, address token_) private {
        vm.prank(owner);
        vm.expectRevert(abi.encodeWithSelector(IChannelsErrors.VaultEmpty.selector, owner, token_));
        channels.withdraw(token_, owner);
    }
}
