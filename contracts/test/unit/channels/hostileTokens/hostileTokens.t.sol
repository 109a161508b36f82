// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";

import {IChannelFunding} from "../../../../src/interfaces/IChannelFunding.sol";
import {Refill, Settle, SettleItem} from "../../../../src/types/ChannelTypes.sol";
import {ChannelFixture} from "../../../utils/ChannelFixture.sol";
import {HostileToken} from "../../../utils/HostileToken.sol";

/// @notice Channels in a hostile token beside one in an honest token.
contract HostileTokensTest is ChannelFixture {
    HostileToken private _hostile;
    bytes32 private _id;
    bytes32 private _honest;

    function setUp() public override {
        super.setUp();
        _honest = _open();
        _hostile = new HostileToken();
        _hostile.mint(partyA, 10 * FUNDS);
        _hostile.mint(partyB, 10 * FUNDS);
        _allow(address(_hostile));
        vm.prank(partyA);
        _id = channels.open(partyA, partyB, address(_hostile), CHALLENGE, "", FUNDS);
        _fund(_id, false, FUNDS);
    }

    function test_RevertWhen_FundingMovesNothingOrFails() external {
        for (uint8 i = uint8(HostileToken.Behaviour.Revert); i <= uint8(HostileToken.Behaviour.RevertBomb); ++i) {
            _fundingFails(HostileToken.Behaviour(i));
        }
        _fundingFails(HostileToken.Behaviour.MoveAndReturnFalse);
        _fundingFails(HostileToken.Behaviour.MoveAndReturnShort);
        _assertSide(_id, true, FUNDS, 0);
    }

    function test_WhenFundingMovesLessThanAsked() external {
        _hostile.behave(HostileToken.Behaviour.TakeFee);
        _fund(_id, true, 1000);
        // it should credit what arrived
        _assertSide(_id, true, FUNDS + 900, 0);
    }

    function test_WhenTheTokenAnswersFundingWithNothing() external {
        _hostile.behave(HostileToken.Behaviour.ReturnNothing);
        _fund(_id, true, 1000);
        // it should credit what arrived
        _assertSide(_id, true, FUNDS + 1000, 0);
    }

    function test_WhenAPayoutFails(uint256 behaviour) external {
        uint256 last = uint256(HostileToken.Behaviour.BurnGas);
        _hostile.behave(HostileToken.Behaviour(_bound(behaviour, uint256(HostileToken.Behaviour.Revert), last)));
        uint256 before = gasleft();
        // it should credit the vault
        vm.expectEmit(true, true, false, true, address(channels));
        emit IChannelFunding.VaultCredited(partyA, address(_hostile), 30);
        _settle(_settlement(_id, 1, 30, 40));
        vm.assertEq(channels.vault(partyB, address(_hostile)), 40, "vault");
        _assertSide(_id, true, FUNDS, 30);
        // it should cost no more than the limit
        vm.assertLe(before - gasleft(), 500_000, "gas");
        // it should pay from the vault once the token behaves
        _withdrawalFails();
        _hostile.behave(HostileToken.Behaviour.Honest);
        vm.prank(partyA);
        channels.withdraw(address(_hostile), STRANGER);
        vm.assertEq(_hostile.balanceOf(STRANGER), 30, "withdrawn");
    }

    function test_WhenTheTokenAnswersAPayoutWithNothingOrABomb(bool bomb) external {
        _hostile.behave(bomb ? HostileToken.Behaviour.MoveAndReturnBomb : HostileToken.Behaviour.ReturnNothing);
        _settle(_settlement(_id, 1, 30, 40));
        // it should count as paid
        vm.assertEq(_hostile.balanceOf(partyA), 9 * FUNDS + 30, "A");
        vm.assertEq(channels.vault(partyA, address(_hostile)), 0, "vault");
    }

    function test_WhenTheTokenCallsBack() external {
        bytes[] memory calls = _guarded();
        for (uint256 i = 0; i < calls.length; ++i) {
            _hostile.reenter(address(channels), calls[i]);
            _settle(_settlement(_id, uint64(i + 1), uint128(i + 1), 0));
            // it should refuse every guarded function
            vm.assertFalse(_hostile.reentered(), "reentered");
            bytes memory reason = abi.encodeWithSelector(ReentrancyGuard.ReentrancyGuardReentrantCall.selector);
            vm.assertEq(_hostile.reason(), reason, "reason");
        }
        // it should pay once
        vm.assertEq(_hostile.balanceOf(partyA), 9 * FUNDS + calls.length, "A");
        uint256 funded = channels.side(_id, true).funded;
        _hostile.reenter(address(channels), abi.encodeCall(channels.fund, (_id, true, 50)));
        _fund(_id, true, 100);
        vm.assertFalse(_hostile.reentered(), "funded twice");
        vm.assertEq(channels.side(_id, true).funded, funded + 100, "credited");
    }

    function test_WhenTheBalanceWasRebasedDown() external {
        _hostile.rebase(50);
        _coopClose(_coop(_id, FUNDS, FUNDS));
        // it should credit what cannot be paid
        vm.assertEq(
            channels.vault(partyA, address(_hostile)) + channels.vault(partyB, address(_hostile)), FUNDS, "vault"
        );
        // it should leave other tokens alone
        _honestIsPaid();
    }

    function test_WhenTheTokenOfAnotherChannelIsHostile(uint256 behaviour) external {
        uint256 last = uint256(HostileToken.Behaviour.TakeFee);
        _hostile.behave(HostileToken.Behaviour(_bound(behaviour, 0, last)));
        _coopClose(_coop(_id, FUNDS, FUNDS));
        _assertTombstone(_id);
        // it should pay in the honest one
        _honestIsPaid();
    }

    function _honestIsPaid() private {
        _coopClose(_coop(_honest, FUNDS, FUNDS));
        vm.assertEq(token.balanceOf(partyA), WEALTH, "A");
        vm.assertEq(token.balanceOf(partyB), WEALTH, "B");
    }

    function _fundingFails(HostileToken.Behaviour behaviour) private {
        _hostile.behave(behaviour);
        vm.prank(partyA);
        (bool success,) = address(channels).call{gas: 1_000_000}(abi.encodeCall(channels.fund, (_id, true, 100)));
        vm.assertFalse(success, "funded");
    }

    function _withdrawalFails() private {
        vm.prank(partyA);
        bytes memory call = abi.encodeCall(channels.withdraw, (address(_hostile), STRANGER));
        (bool success,) = address(channels).call{gas: 1_000_000}(call);
        vm.assertFalse(success, "withdrawn");
        vm.assertEq(channels.vault(partyA, address(_hostile)), 30, "kept");
    }

    /// @dev A call of every function that is guarded, in the order of the interfaces.
    function _guarded() private view returns (bytes[] memory calls) {
        Settle memory settle = _settlement(_honest, 1, 1, 1);
        SettleItem[] memory items = new SettleItem[](1);
        items[0] = _item(settle);
        calls = new bytes[](10);
        calls[0] = abi.encodeCall(channels.open, (partyA, partyB, address(_hostile), CHALLENGE, "again", 1));
        calls[1] = abi.encodeCall(channels.fund, (_id, true, 1));
        calls[2] = abi.encodeCall(channels.refill, (_refill(), _noSignature()));
        calls[3] = abi.encodeCall(channels.withdraw, (address(token), partyA));
        calls[4] = abi.encodeCall(channels.settle, (settle, _noSignature(), _noSignature()));
        calls[5] = abi.encodeCall(channels.settleBatch, (items, DEADLINE, _noSignature()));
        calls[6] =
            abi.encodeCall(channels.settleFromBatch, (items[0], new bytes32[](0), 0, 1, DEADLINE, _noSignature()));
        calls[7] = abi.encodeCall(channels.cooperativeClose, (_coop(_id, FUNDS, FUNDS), _noSignature(), _noSignature()));
        calls[8] = abi.encodeCall(channels.finalise, (_id, _nothing(), _nothing()));
        calls[9] = abi.encodeCall(channels.close, (_id, _noProof(), _noSignature()));
    }

    function _refill() private view returns (Refill memory) {
        return Refill({id: _id, fundedTotal: 1, deadline: DEADLINE});
    }
}
