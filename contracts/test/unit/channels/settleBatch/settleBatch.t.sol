// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IChannelFunding} from "../../../../src/interfaces/IChannelFunding.sol";
import {IChannelSettlement} from "../../../../src/interfaces/IChannelSettlement.sol";
import {IChannelsErrors} from "../../../../src/interfaces/IChannelsErrors.sol";
import {Phase, SettleItem, Signature} from "../../../../src/types/ChannelTypes.sol";
import {BatchFixture} from "../../../utils/BatchFixture.sol";
import {HostileToken} from "../../../utils/HostileToken.sol";

contract SettleBatchTest is BatchFixture {
    function test_RevertWhen_TheBatchIsEmpty() external {
        Signature memory hub = _signBatch(hubSecret, 0, DEADLINE);
        vm.expectRevert(abi.encodeWithSelector(IChannelsErrors.Empty.selector));
        channels.settleBatch(new SettleItem[](0), DEADLINE, hub);
    }

    function test_RevertWhen_TheDeadlineHasPassed() external {
        SettleItem[] memory items = _items(2);
        vm.warp(DEADLINE + 1);
        Signature memory hub = _hubSignature(items);
        vm.expectRevert(abi.encodeWithSelector(IChannelsErrors.DeadlinePassed.selector, DEADLINE, DEADLINE + 1));
        channels.settleBatch(items, DEADLINE, hub);
    }

    function test_RevertWhen_TheSignatureIsNotCanonical() external {
        SettleItem[] memory items = _items(2);
        vm.expectRevert(abi.encodeWithSelector(IChannelsErrors.HighS.selector, HIGH_S));
        channels.settleBatch(items, DEADLINE, _highSignature());
    }

    function test_RevertWhen_NoKeySignedTheBatch() external {
        SettleItem[] memory items = _items(2);
        vm.expectRevert(abi.encodeWithSelector(IChannelsErrors.NotHub.selector, address(0)));
        channels.settleBatch(items, DEADLINE, _noSignature());
    }

    function test_WhenTheHubSignedAnotherBatch() external {
        SettleItem[] memory items = _items(3);
        Signature memory hub = _hubSignature(items);
        // it should skip every item
        channels.settleBatch(items, DEADLINE - 1, hub);
        items[0].settle.deadline += 1;
        channels.settleBatch(items, DEADLINE, hub);
        for (uint256 i = 0; i < 3; ++i) {
            vm.assertEq(channels.channel(items[i].settle.id).settleSeq, 0, "settled");
        }
    }

    function test_WhenAnItemIsRefused() external {
        SettleItem[] memory items = _items(8);
        _settleAlone(0);
        items[1].settle.deadline = START_TIME - 1;
        items[2].settle.totalOutA = type(uint128).max;
        items[3].client = items[4].client;
        _closeByHub(4);
        items[5].settle.id = "unknown";
        (items[6], items[7]) = (_itemOf(6, 5), _foreignItem());
        Signature memory hub = _hubSignature(items);
        bytes[] memory reasons = new bytes[](8);
        reasons[0] = abi.encodeWithSelector(IChannelsErrors.StaleSettle.selector, 1, 1);
        reasons[1] = abi.encodeWithSelector(IChannelsErrors.DeadlinePassed.selector, START_TIME - 1, START_TIME);
        uint256 totals = uint256(type(uint128).max) + items[2].settle.totalOutB;
        reasons[2] = abi.encodeWithSelector(IChannelsErrors.TotalsExceedFunding.selector, totals, 2 * FUNDS);
        reasons[3] =
            abi.encodeWithSelector(IChannelsErrors.WrongSigner.selector, _recover(items[3]), vm.addr(_clientSecret(3)));
        reasons[4] = abi.encodeWithSelector(IChannelsErrors.WrongPhase.selector, ids[4], Phase.Closing);
        reasons[5] = abi.encodeWithSelector(IChannelsErrors.WrongPhase.selector, bytes32("unknown"), Phase.None);
        reasons[7] = abi.encodeWithSelector(IChannelsErrors.NotHub.selector, hub_);
        // it should skip it with the reason that settle gives
        for (uint256 i = 0; i < 8; ++i) {
            if (reasons[i].length == 0) continue;
            vm.expectEmit(true, false, false, true, address(channels));
            emit IChannelSettlement.SettleSkipped(items[i].settle.id, reasons[i]);
        }
        channels.settleBatch(items, DEADLINE, hub);
        // it should settle the others
        vm.assertEq(channels.channel(ids[6]).settleSeq, 5, "the good one");
    }

    function test_WhenAnItemIsThereTwice() external {
        SettleItem[] memory items = _items(2);
        items[1] = items[0];
        uint256 balance = token.balanceOf(client(0));
        channels.settleBatch(items, DEADLINE, _hubSignature(items));
        // it should settle it once
        vm.assertEq(token.balanceOf(client(0)), balance + CLIENT_OUT, "paid");
    }

    function test_WhenTheHubSignedTheBatch(uint256 count, uint8 toVault) external {
        SettleItem[] memory items = _items(_bound(count, 1, CLIENTS));
        for (uint256 i = 0; i < items.length; ++i) {
            items[i].settle.toVault = toVault;
            items[i] = _signedItem(i, items[i].settle);
        }
        uint256 balance = token.balanceOf(hub_);
        Signature memory hub = _hubSignature(items);
        // it should emit each
        for (uint256 i = 0; i < items.length; ++i) {
            vm.expectEmit(true, false, false, true, address(channels));
            emit IChannelSettlement.Settled(ids[i], 1, items[i].settle.totalOutA, items[i].settle.totalOutB);
        }
        vm.prank(STRANGER);
        channels.settleBatch(items, DEADLINE, hub);
        // it should settle every item
        uint256 credited = channels.vault(hub_, address(token));
        vm.assertEq(token.balanceOf(hub_) + credited, balance + items.length * HUB_OUT, "hub");
        for (uint256 i = 0; i < items.length; ++i) {
            uint256 held = token.balanceOf(client(i)) + channels.vault(client(i), address(token));
            vm.assertEq(held, WEALTH - FUNDS + CLIENT_OUT, "client");
        }
    }

    function test_WhenATokenOfAnItemRefuses() external {
        HostileToken hostile = new HostileToken();
        SettleItem[] memory items = _items(3);
        items[1] = _itemIn(address(hostile), 1);
        hostile.behave(HostileToken.Behaviour.BurnGas);
        // it should credit the vault
        vm.expectEmit(true, true, false, true, address(channels));
        emit IChannelFunding.VaultCredited(client(1), address(hostile), CLIENT_OUT);
        channels.settleBatch(items, DEADLINE, _hubSignature(items));
        // it should settle the others
        vm.assertEq(channels.channel(ids[0]).settleSeq, 1, "before");
        vm.assertEq(channels.channel(ids[2]).settleSeq, 1, "after");
    }
}
