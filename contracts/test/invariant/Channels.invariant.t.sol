// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Channels} from "../../src/Channels.sol";
import {Channel, Phase} from "../../src/types/ChannelTypes.sol";
import {HostileToken} from "../utils/HostileToken.sol";
import {Test} from "../utils/Test.sol";
import {ChannelsHandler} from "./ChannelsHandler.sol";

/// @notice The invariants of README.md from 10 on, one function each, under its number.
contract ChannelsInvariants is Test {
    ChannelsHandler private _handler;

    function setUp() external {
        _handler = new ChannelsHandler();
        _handler.setUp();
        bytes4[] memory selectors = new bytes4[](20);
        selectors[0] = ChannelsHandler.open.selector;
        selectors[1] = ChannelsHandler.reopen.selector;
        selectors[2] = ChannelsHandler.fund.selector;
        selectors[3] = ChannelsHandler.refill.selector;
        selectors[4] = ChannelsHandler.withdraw.selector;
        selectors[5] = ChannelsHandler.behave.selector;
        selectors[6] = ChannelsHandler.pay.selector;
        selectors[7] = ChannelsHandler.acknowledge.selector;
        selectors[8] = ChannelsHandler.reveal.selector;
        selectors[9] = ChannelsHandler.revealRoot.selector;
        selectors[10] = ChannelsHandler.record.selector;
        selectors[11] = ChannelsHandler.warp.selector;
        selectors[12] = ChannelsHandler.settle.selector;
        selectors[13] = ChannelsHandler.replaySettle.selector;
        selectors[14] = ChannelsHandler.coopClose.selector;
        selectors[15] = ChannelsHandler.close.selector;
        selectors[16] = ChannelsHandler.counter.selector;
        selectors[17] = ChannelsHandler.counterFor.selector;
        selectors[18] = ChannelsHandler.defend.selector;
        selectors[19] = ChannelsHandler.finalise.selector;
        _target(address(_handler), selectors);
    }

    /// forge-config: default.invariant.runs = 128
    /// forge-config: default.invariant.depth = 64
    function invariant_10_PayoutsOfAChannelNeverExceedItsFunding() external view {
        for (uint256 i = 0; i < _handler.count(); ++i) {
            (, uint256[2] memory funded, uint256[2] memory paid) = _handler.channelAt(i);
            vm.assertLe(paid[0] + paid[1], funded[0] + funded[1], "paid");
            if (_handler.isClosed(i)) vm.assertEq(paid[0] + paid[1], funded[0] + funded[1], "all of it");
        }
    }

    /// forge-config: default.invariant.runs = 128
    /// forge-config: default.invariant.depth = 64
    function invariant_11_TheContractHoldsPotsAndVaults() external view {
        (address honest, address hostile) = _handler.tokens();
        vm.assertEq(_balanceOf(honest), _handler.held(honest), "honest");
        vm.assertEq(_balanceOf(hostile), _handler.held(hostile), "hostile");
    }

    /// forge-config: default.invariant.runs = 128
    /// forge-config: default.invariant.depth = 64
    function invariant_12_NobodyLosesMoreThanItSigned() external view {
        for (uint256 i = 0; i < _handler.count(); ++i) {
            if (!_handler.isClosed(i)) continue;
            (,, uint256[2] memory paid) = _handler.channelAt(i);
            uint256[2] memory due = _handler.due(i);
            vm.assertGe(paid[0], due[0], "A");
            vm.assertGe(paid[1], due[1], "B");
        }
    }

    /// forge-config: default.invariant.runs = 128
    /// forge-config: default.invariant.depth = 64
    function invariant_13_NoCallBreaksARule() external view {
        vm.assertEq(_handler.breaches(), 0, "breaches");
    }

    /// forge-config: default.invariant.runs = 128
    /// forge-config: default.invariant.depth = 64
    function invariant_14_ClosedChannelsAreTombstones() external view {
        Channel memory tombstone;
        tombstone.phase = Phase.Closed;
        for (uint256 i = 0; i < _handler.count(); ++i) {
            (bytes32 id, uint256[2] memory funded, uint256[2] memory paid) = _handler.channelAt(i);
            Channel memory channel = _channels().channel(id);
            if (_handler.isClosed(i)) {
                vm.assertEq(abi.encode(channel), abi.encode(tombstone), "tombstone");
                continue;
            }
            for (uint256 x = 0; x < 2; ++x) {
                vm.assertEq(_channels().side(id, x == 0).funded, funded[x], "funded");
                vm.assertEq(_channels().side(id, x == 0).withdrawn, paid[x], "withdrawn");
            }
        }
    }

    function _balanceOf(address token) private view returns (uint256) {
        return HostileToken(token).balanceOf(address(_channels()));
    }

    function _channels() private view returns (Channels) {
        return Channels(_handler.underTest());
    }
}
