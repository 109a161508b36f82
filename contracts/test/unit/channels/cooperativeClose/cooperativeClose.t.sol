// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IChannelDispute} from "../../../../src/interfaces/IChannelDispute.sol";
import {IChannelsErrors} from "../../../../src/interfaces/IChannelsErrors.sol";
import {CoopClose, Phase, Signature} from "../../../../src/types/ChannelTypes.sol";
import {ChannelFixture} from "../../../utils/ChannelFixture.sol";

contract CooperativeCloseTest is ChannelFixture {
    bytes32 private _id;

    function setUp() public override {
        super.setUp();
        _id = _open();
    }

    function test_RevertGiven_TheChannelIsNotOpenOrClosing() external {
        CoopClose memory coop = _coop(_id, FUNDS, FUNDS);
        coop.id = "unknown";
        _refused(coop, abi.encodeWithSelector(IChannelsErrors.WrongPhase.selector, coop.id, Phase.None));
    }

    function test_RevertWhen_TheDeadlineHasPassed() external {
        vm.warp(DEADLINE + 1);
        bytes4 name = IChannelsErrors.DeadlinePassed.selector;
        _refused(_coop(_id, FUNDS, FUNDS), abi.encodeWithSelector(name, DEADLINE, DEADLINE + 1));
        vm.warp(DEADLINE);
        _coopClose(_coop(_id, FUNDS, FUNDS));
    }

    function test_RevertWhen_TheTotalsAreNotTheFunding() external {
        bytes4 name = IChannelsErrors.TotalsNotFunding.selector;
        _refused(_coop(_id, FUNDS, FUNDS - 1), abi.encodeWithSelector(name, 2 * FUNDS - 1, 2 * FUNDS));
        _refused(_coop(_id, FUNDS, FUNDS + 1), abi.encodeWithSelector(name, 2 * FUNDS + 1, 2 * FUNDS));
    }

    function test_RevertWhen_ATotalIsBelowWhatTheSideWasPaid() external {
        _settle(_settlement(_id, 1, 50, 70));
        bytes4 name = IChannelsErrors.TotalBelowWithdrawn.selector;
        _refused(_coop(_id, 49, 2 * FUNDS - 49), abi.encodeWithSelector(name, 49, 50));
        _refused(_coop(_id, 2 * FUNDS - 69, 69), abi.encodeWithSelector(name, 69, 70));
    }

    function test_RevertWhen_ASideWasFundedWithLess() external {
        CoopClose memory coop = _coop(_id, FUNDS, FUNDS);
        (coop.fundedA, coop.fundedB) = (FUNDS + 1, FUNDS - 1);
        bytes4 name = IChannelsErrors.FundingBelowSigned.selector;
        _refused(coop, abi.encodeWithSelector(name, FUNDS, FUNDS + 1));
        (coop.fundedA, coop.fundedB) = (FUNDS - 1, FUNDS + 1);
        _refused(coop, abi.encodeWithSelector(name, FUNDS, FUNDS + 1));
    }

    function test_RevertWhen_ASignatureIsNotCanonical() external {
        CoopClose memory coop = _coop(_id, FUNDS, FUNDS);
        Signature memory a = _sign(secretA, _digest(coop));
        vm.expectRevert(abi.encodeWithSelector(IChannelsErrors.HighS.selector, HIGH_S));
        channels.cooperativeClose(coop, a, _highSignature());
    }

    function test_RevertWhen_APartyDidNotSignIt() external {
        CoopClose memory coop = _coop(_id, FUNDS, FUNDS);
        bytes32 digest = _digest(coop);
        (Signature memory a, Signature memory b) = (_sign(secretA, digest), _sign(secretB, digest));
        bytes4 name = IChannelsErrors.WrongSigner.selector;
        vm.expectRevert(abi.encodeWithSelector(name, partyB, partyA));
        channels.cooperativeClose(coop, b, a);
        vm.expectRevert(abi.encodeWithSelector(name, address(0), partyB));
        channels.cooperativeClose(coop, a, _noSignature());
        coop.toVault = 1;
        (bool success,) = address(channels).call(abi.encodeCall(channels.cooperativeClose, (coop, a, b)));
        vm.assertFalse(success, "another close");
    }

    function test_RevertWhen_ItIsUsedAgain() external {
        CoopClose memory coop = _coop(_id, FUNDS, FUNDS);
        _coopClose(coop);
        _refused(coop, abi.encodeWithSelector(IChannelsErrors.WrongPhase.selector, _id, Phase.Closed));
    }

    function test_WhenBothSignedIt(uint128 outA, uint128 paidA, uint128 paidB) external {
        outA = uint128(_bound(outA, 0, 2 * FUNDS));
        paidA = uint128(_bound(paidA, 0, outA));
        paidB = uint128(_bound(paidB, 0, 2 * FUNDS - outA));
        _settle(_settlement(_id, 1, paidA, paidB));
        CoopClose memory coop = _coop(_id, outA, 2 * FUNDS - outA);
        // it should emit what they got
        vm.expectEmit(true, false, false, true, address(channels));
        emit IChannelDispute.Closed(_id, outA - paidA, 2 * FUNDS - outA - paidB);
        _coopClose(coop);
        // it should pay both parties the rest
        vm.assertEq(token.balanceOf(partyA), WEALTH - FUNDS + outA, "A");
        vm.assertEq(token.balanceOf(partyB), WEALTH + FUNDS - outA, "B");
        vm.assertEq(token.balanceOf(address(channels)), 0, "rest");
        // it should leave a tombstone
        _assertTombstone(_id);
    }

    function test_WhenASideWasFundedSince(uint128 laterA, uint128 laterB) external {
        (laterA, laterB) = (uint128(_bound(laterA, 1, 1000)), uint128(_bound(laterB, 1, 1000)));
        CoopClose memory coop = _coop(_id, 2 * FUNDS, 0);
        _fund(_id, true, laterA);
        _fund(_id, false, laterB);
        _coopClose(coop);
        // it should return that to its side
        vm.assertEq(token.balanceOf(partyA), WEALTH + FUNDS, "A");
        vm.assertEq(token.balanceOf(partyB), WEALTH - FUNDS, "B");
    }

    function test_WhenItSaysToTheVault(uint8 toVault) external {
        CoopClose memory coop = _coop(_id, FUNDS, FUNDS);
        coop.toVault = toVault;
        _coopClose(coop);
        // it should credit the vaults that it names
        vm.assertEq(channels.vault(partyA, address(token)), toVault & 1 != 0 ? FUNDS : 0, "A");
        vm.assertEq(channels.vault(partyB, address(token)), toVault & 2 != 0 ? FUNDS : 0, "B");
    }

    function test_GivenTheChannelIsClosing() external {
        _closeByA(_id, _proof(_id, false, 1, 5));
        _counter(_proof(_id, true, 1, 9));
        _coopClose(_coop(_id, FUNDS, FUNDS));
        // it should end it and its proofs
        _assertTombstone(_id);
        vm.assertEq(token.balanceOf(partyA), WEALTH, "A");
        _endChallengeOfNone();
    }

    function _endChallengeOfNone() private {
        vm.warp(START_TIME + CHALLENGE + 1);
        vm.expectRevert(abi.encodeWithSelector(IChannelsErrors.WrongPhase.selector, _id, Phase.Closed));
        channels.finalise(_id, _direction(9, ""), _direction(5, ""));
    }

    function _refused(CoopClose memory coop, bytes memory reason) private {
        bytes32 digest = _digest(coop);
        (Signature memory a, Signature memory b) = (_sign(secretA, digest), _sign(secretB, digest));
        vm.expectRevert(reason);
        channels.cooperativeClose(coop, a, b);
    }
}
