// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";

import {IChannelFunding} from "../../../../src/interfaces/IChannelFunding.sol";
import {IChannelsErrors} from "../../../../src/interfaces/IChannelsErrors.sol";
import {Channel, Phase} from "../../../../src/types/ChannelTypes.sol";
import {ChannelFixture} from "../../../utils/ChannelFixture.sol";

contract OpenTest is ChannelFixture {
    function test_RevertWhen_TheCallerIsNeitherParty(address caller) external {
        vm.assume(caller != partyA && caller != partyB);
        vm.prank(caller);
        vm.expectRevert(abi.encodeWithSelector(IChannelsErrors.NotParty.selector, caller));
        channels.open(partyA, partyB, address(token), CHALLENGE, "", 0);
    }

    function test_RevertWhen_ThePartiesAreNotInOrder() external {
        _unordered(partyB, partyA);
        _unordered(partyA, partyA);
        _unordered(address(0), partyA);
    }

    function test_RevertWhen_TheChallengeIsOutsideTheBounds() external {
        _challengeRefused(MIN_CHALLENGE - 1);
        _challengeRefused(MAX_CHALLENGE + 1);
        vm.prank(partyA);
        channels.open(partyA, partyB, address(token), MIN_CHALLENGE, "", 0);
        vm.prank(partyA);
        channels.open(partyA, partyB, address(token), MAX_CHALLENGE, "", 0);
    }

    function test_RevertWhen_TheTokenIsNotAllowed() external {
        vm.prank(partyA);
        vm.expectRevert(abi.encodeWithSelector(IChannelsErrors.TokenNotAllowed.selector, STRANGER));
        channels.open(partyA, partyB, STRANGER, CHALLENGE, "", 0);
    }

    function test_RevertWhen_TheIdIsOfAChannel() external {
        _idUsed(_open());
    }

    function test_RevertWhen_TheIdIsOfAClosedChannel() external {
        bytes32 id = _open();
        _close(id);
        _idUsed(id);
        _endChallenge(id);
        channels.finalise(id, _nothing(), _nothing());
        _idUsed(id);
    }

    function test_RevertWhen_TheFundingDoesNotArrive() external {
        bytes4 name = IERC20Errors.ERC20InsufficientBalance.selector;
        vm.prank(partyA);
        vm.expectRevert(abi.encodeWithSelector(name, partyA, WEALTH, WEALTH + 1));
        channels.open(partyA, partyB, address(token), CHALLENGE, "", uint128(WEALTH + 1));
    }

    function test_WhenItIsOpenedWithoutFunding(uint32 challenge, bytes32 salt) external {
        challenge = uint32(_bound(challenge, MIN_CHALLENGE, MAX_CHALLENGE));
        bytes32 expected =
            keccak256(abi.encode(block.chainid, address(channels), partyA, partyB, address(token), challenge, salt));
        // it should emit the terms
        vm.expectEmit(true, true, true, true, address(channels));
        emit IChannelFunding.Opened(expected, partyA, partyB, address(token), challenge, salt);
        vm.prank(partyB);
        bytes32 id = channels.open(partyA, partyB, address(token), challenge, salt, 0);
        vm.assertEq(id, expected, "id");
        vm.assertEq(channels.channelId(partyA, partyB, address(token), challenge, salt), expected, "view");
        // it should keep the terms
        Channel memory channel = channels.channel(id);
        vm.assertEq(channel.partyA, partyA, "A");
        vm.assertEq(channel.partyB, partyB, "B");
        vm.assertEq(channel.token, address(token), "token");
        vm.assertEq(channel.challenge, challenge, "challenge");
        vm.assertEq(channel.settleSeq, 0, "settles");
        vm.assertEq(channel.closeAt, 0, "end");
        _assertPhase(id, Phase.Open);
        _assertSide(id, true, 0, 0);
        _assertSide(id, false, 0, 0);
    }

    function test_WhenItIsOpenedWithFunding(bool byA, uint128 amount) external {
        amount = uint128(_bound(amount, 1, WEALTH));
        // it should emit the funding
        bytes32 expected = channels.channelId(partyA, partyB, address(token), CHALLENGE, "salt");
        vm.expectEmit(true, false, false, true, address(channels));
        emit IChannelFunding.Funded(expected, byA, amount);
        vm.prank(byA ? partyA : partyB);
        bytes32 id = channels.open(partyA, partyB, address(token), CHALLENGE, "salt", amount);
        // it should credit the caller's side
        _assertSide(id, byA, amount, 0);
        _assertSide(id, !byA, 0, 0);
        vm.assertEq(token.balanceOf(address(channels)), amount, "balance");
    }

    function test_WhenAnyTermDiffers() external {
        bytes32[6] memory ids;
        ids[0] = channels.channelId(partyA, partyB, address(token), CHALLENGE, "");
        ids[1] = channels.channelId(partyA, address(type(uint160).max), address(token), CHALLENGE, "");
        ids[2] = channels.channelId(partyA, partyB, STRANGER, CHALLENGE, "");
        ids[3] = channels.channelId(partyA, partyB, address(token), CHALLENGE + 1, "");
        ids[4] = channels.channelId(partyA, partyB, address(token), CHALLENGE, "1");
        vm.chainId(block.chainid + 1);
        ids[5] = channels.channelId(partyA, partyB, address(token), CHALLENGE, "");
        // it should be another channel
        for (uint256 i = 0; i < 6; ++i) {
            for (uint256 j = 0; j < i; ++j) {
                vm.assertTrue(ids[i] != ids[j], "ids");
            }
        }
    }

    function _unordered(address first, address second) private {
        vm.prank(partyA);
        vm.expectRevert(abi.encodeWithSelector(IChannelsErrors.PartiesNotOrdered.selector, first, second));
        channels.open(first, second, address(token), CHALLENGE, "", 0);
    }

    function _challengeRefused(uint32 challenge) private {
        bytes4 name = IChannelsErrors.ChallengeOutOfBounds.selector;
        vm.prank(partyA);
        vm.expectRevert(abi.encodeWithSelector(name, challenge, MIN_CHALLENGE, MAX_CHALLENGE));
        channels.open(partyA, partyB, address(token), challenge, "", 0);
    }

    /// @dev Neither party opens the terms of `_open` again.
    function _idUsed(bytes32 id) private {
        bytes memory reason = abi.encodeWithSelector(IChannelsErrors.IdUsed.selector, id);
        vm.prank(partyA);
        vm.expectRevert(reason);
        channels.open(partyA, partyB, address(token), CHALLENGE, "first", 0);
        vm.prank(partyB);
        vm.expectRevert(reason);
        channels.open(partyA, partyB, address(token), CHALLENGE, "first", 1);
    }
}
