// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IChannelFunding} from "../../../../src/interfaces/IChannelFunding.sol";
import {IChannelsErrors} from "../../../../src/interfaces/IChannelsErrors.sol";
import {Phase} from "../../../../src/types/ChannelTypes.sol";
import {ChannelFixture} from "../../../utils/ChannelFixture.sol";

contract FundTest is ChannelFixture {
    function test_RevertGiven_TheIdWasNeverOpened(bytes32 id) external {
        _refused(id, Phase.None);
    }

    function test_RevertGiven_TheChannelIsClosing() external {
        bytes32 id = _open();
        _close(id);
        _refused(id, Phase.Closing);
    }

    function test_RevertGiven_TheChannelIsClosed() external {
        bytes32 id = _open();
        _coopClose(_coop(id, FUNDS, FUNDS));
        _refused(id, Phase.Closed);
    }

    function test_RevertWhen_NothingArrives() external {
        bytes32 id = _open();
        vm.prank(partyA);
        vm.expectRevert(abi.encodeWithSelector(IChannelsErrors.NothingReceived.selector, address(token)));
        channels.fund(id, true, 0);
    }

    function test_RevertWhen_TheSideWouldBeTooLarge() external {
        uint256 max = type(uint128).max / 2;
        vm.prank(ISSUER);
        token.mint(partyA, type(uint128).max);
        bytes32 id = _open();
        _fund(id, true, uint128(max - FUNDS));
        vm.prank(partyA);
        vm.expectRevert(abi.encodeWithSelector(IChannelsErrors.FundingTooLarge.selector, max + 1, max));
        channels.fund(id, true, 1);
    }

    function test_WhenAnyoneFundsASide(bool ofA, uint128 amount) external {
        amount = uint128(_bound(amount, 1, WEALTH));
        bytes32 id = _open();
        _enrich(STRANGER);
        // it should emit the total
        vm.expectEmit(true, false, false, true, address(channels));
        emit IChannelFunding.Funded(id, ofA, FUNDS + amount);
        vm.prank(STRANGER);
        channels.fund(id, ofA, amount);
        // it should add to that side
        _assertSide(id, ofA, FUNDS + amount, 0);
        _assertSide(id, !ofA, FUNDS, 0);
        vm.assertEq(token.balanceOf(address(channels)), 2 * uint256(FUNDS) + amount, "balance");
    }

    function _refused(bytes32 id, Phase phase) private {
        vm.prank(partyA);
        vm.expectRevert(abi.encodeWithSelector(IChannelsErrors.WrongPhase.selector, id, phase));
        channels.fund(id, true, 1);
    }
}
