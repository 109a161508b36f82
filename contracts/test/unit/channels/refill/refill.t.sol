// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IChannelFunding} from "../../../../src/interfaces/IChannelFunding.sol";
import {IChannelsErrors} from "../../../../src/interfaces/IChannelsErrors.sol";
import {Phase, Refill, Signature} from "../../../../src/types/ChannelTypes.sol";
import {ChannelFixture} from "../../../utils/ChannelFixture.sol";

contract RefillTest is ChannelFixture {
    uint128 private constant HELD = 500;

    bytes32 private _id;

    function setUp() public override {
        super.setUp();
        _fillVault(true, HELD);
        _id = _open();
    }

    function test_RevertGiven_TheChannelIsNotOpen() external {
        _close(_id);
        bytes4 name = IChannelsErrors.WrongPhase.selector;
        _refused(_refill(FUNDS + 1), abi.encodeWithSelector(name, _id, Phase.Closing));
        Refill memory unknown = _refill(FUNDS + 1);
        unknown.id = "unknown";
        _refused(unknown, abi.encodeWithSelector(name, unknown.id, Phase.None));
    }

    function test_RevertWhen_TheDeadlineHasPassed() external {
        vm.warp(DEADLINE + 1);
        _refused(
            _refill(FUNDS + 1), abi.encodeWithSelector(IChannelsErrors.DeadlinePassed.selector, DEADLINE, DEADLINE + 1)
        );
        vm.warp(DEADLINE);
        _post(_refill(FUNDS + 1));
    }

    function test_RevertWhen_TheSignatureIsNotCanonical() external {
        vm.expectRevert(abi.encodeWithSelector(IChannelsErrors.HighS.selector, HIGH_S));
        channels.refill(_refill(FUNDS + 1), _highSignature());
    }

    function test_RevertWhen_TheSignerIsNeitherParty() external {
        Refill memory refill = _refill(FUNDS + 1);
        uint256 secret = 0x574a96e4;
        bytes4 name = IChannelsErrors.NotParty.selector;
        Signature memory signature = _sign(secret, _digest(refill));
        vm.expectRevert(abi.encodeWithSelector(name, vm.addr(secret)));
        channels.refill(refill, signature);
        vm.expectRevert(abi.encodeWithSelector(name, address(0)));
        channels.refill(refill, _noSignature());
    }

    function test_RevertWhen_ItIsUsedAgain() external {
        Refill memory refill = _refill(FUNDS + 1);
        _post(refill);
        _refused(refill, abi.encodeWithSelector(IChannelsErrors.FundingNotRaised.selector, FUNDS + 1, FUNDS + 1));
        _fund(_id, true, 5);
        _refused(refill, abi.encodeWithSelector(IChannelsErrors.FundingNotRaised.selector, FUNDS + 1, FUNDS + 6));
    }

    function test_RevertWhen_TheVaultHoldsLess() external {
        _refused(
            _refill(FUNDS + HELD + 1), abi.encodeWithSelector(IChannelsErrors.VaultTooLow.selector, HELD, HELD + 1)
        );
    }

    function test_RevertWhen_TheSideWouldBeTooLarge() external {
        uint128 max = type(uint128).max / 2;
        vm.prank(ISSUER);
        token.mint(partyA, type(uint128).max);
        _fund(_id, true, max - FUNDS);
        _refused(_refill(max + 1), abi.encodeWithSelector(IChannelsErrors.FundingTooLarge.selector, max + 1, max));
    }

    function test_WhenAPartySignedIt(bool ofA, uint128 amount, uint128 added) external {
        if (!ofA) _fillVault(false, HELD);
        amount = uint128(_bound(amount, 2, HELD));
        added = uint128(_bound(added, 1, amount - 1));
        address owner = ofA ? partyA : partyB;
        uint256 balance = token.balanceOf(address(channels));
        Refill memory refill = _refill(FUNDS + amount);
        _fund(_id, ofA, added);
        // it should emit both
        vm.expectEmit(true, true, false, true, address(channels));
        emit IChannelFunding.VaultDebited(owner, address(token), amount - added);
        vm.expectEmit(true, false, false, true, address(channels));
        emit IChannelFunding.Funded(_id, ofA, FUNDS + amount);
        Signature memory signature = _sign(ofA ? secretA : secretB, _digest(refill));
        vm.prank(STRANGER);
        channels.refill(refill, signature);
        // it should move tokens from the vault to its side
        _assertSide(_id, ofA, FUNDS + amount, 0);
        _assertSide(_id, !ofA, FUNDS, 0);
        // it should pay what is missing only
        vm.assertEq(channels.vault(owner, address(token)), HELD - (amount - added), "vault");
        vm.assertEq(token.balanceOf(address(channels)), balance + added, "balance");
    }

    function _refill(uint128 total) private view returns (Refill memory) {
        return Refill({id: _id, fundedTotal: total, deadline: DEADLINE});
    }

    function _post(Refill memory refill) private {
        channels.refill(refill, _sign(secretA, _digest(refill)));
    }

    function _refused(Refill memory refill, bytes memory reason) private {
        Signature memory signature = _sign(secretA, _digest(refill));
        vm.expectRevert(reason);
        channels.refill(refill, signature);
    }
}
