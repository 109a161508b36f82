// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IChannelFunding} from "../../../../src/interfaces/IChannelFunding.sol";
import {IChannelSettlement} from "../../../../src/interfaces/IChannelSettlement.sol";
import {IChannelsErrors} from "../../../../src/interfaces/IChannelsErrors.sol";
import {Channels} from "../../../../src/Channels.sol";
import {Phase, Settle, Signature} from "../../../../src/types/ChannelTypes.sol";
import {ChannelFixture} from "../../../utils/ChannelFixture.sol";
import {TypedData} from "../../../utils/TypedData.sol";

contract SettleTest is ChannelFixture {
    bytes32 private _id;

    function setUp() public override {
        super.setUp();
        _id = _open();
    }

    function test_RevertGiven_TheChannelIsNotOpen() external {
        Settle memory settle = _settlement("unknown", 1, 1, 1);
        _refused(settle, abi.encodeWithSelector(IChannelsErrors.WrongPhase.selector, settle.id, Phase.None));
        settle = _settlement(_id, 1, 1, 1);
        _close(_id);
        _refused(settle, abi.encodeWithSelector(IChannelsErrors.WrongPhase.selector, _id, Phase.Closing));
        _endChallenge(_id);
        channels.finalise(_id, _nothing(), _nothing());
        _refused(settle, abi.encodeWithSelector(IChannelsErrors.WrongPhase.selector, _id, Phase.Closed));
    }

    function test_RevertWhen_TheNumberIsNotGreater(uint64 seq, uint64 later) external {
        seq = uint64(_bound(seq, 1, type(uint64).max));
        later = uint64(_bound(later, 0, seq));
        _settle(_settlement(_id, seq, 1, 1));
        bytes memory reason = abi.encodeWithSelector(IChannelsErrors.StaleSettle.selector, later, seq);
        _refused(_settlement(_id, later, 2, 2), reason);
    }

    function test_RevertWhen_TheDeadlineHasPassed() external {
        vm.warp(DEADLINE + 1);
        bytes4 name = IChannelsErrors.DeadlinePassed.selector;
        _refused(_settlement(_id, 1, 1, 1), abi.encodeWithSelector(name, DEADLINE, DEADLINE + 1));
        vm.warp(DEADLINE);
        _settle(_settlement(_id, 1, 1, 1));
    }

    function test_RevertWhen_ATotalIsBelowWhatTheSideWasPaid() external {
        _settle(_settlement(_id, 1, 50, 70));
        bytes4 name = IChannelsErrors.TotalBelowWithdrawn.selector;
        _refused(_settlement(_id, 2, 49, 70), abi.encodeWithSelector(name, 49, 50));
        _refused(_settlement(_id, 2, 50, 69), abi.encodeWithSelector(name, 69, 70));
    }

    function test_RevertWhen_TheTotalsExceedTheFunding() external {
        bytes4 name = IChannelsErrors.TotalsExceedFunding.selector;
        _refused(_settlement(_id, 1, 2 * FUNDS, 1), abi.encodeWithSelector(name, 2 * FUNDS + 1, 2 * FUNDS));
        uint128 max = type(uint128).max;
        _refused(_settlement(_id, 1, max, max), abi.encodeWithSelector(name, 2 * uint256(max), 2 * FUNDS));
        _settle(_settlement(_id, 1, 2 * FUNDS, 0));
    }

    function test_RevertWhen_ASignatureIsNotCanonical() external {
        Settle memory settle = _settlement(_id, 1, 1, 1);
        bytes32 digest = _digest(settle);
        bytes memory reason = abi.encodeWithSelector(IChannelsErrors.HighS.selector, HIGH_S);
        vm.expectRevert(reason);
        channels.settle(settle, _highSignature(), _sign(secretB, digest));
        vm.expectRevert(reason);
        channels.settle(settle, _sign(secretA, digest), _highSignature());
    }

    function test_RevertWhen_APartyDidNotSignIt() external {
        Settle memory settle = _settlement(_id, 1, 1, 1);
        bytes32 digest = _digest(settle);
        (Signature memory a, Signature memory b) = (_sign(secretA, digest), _sign(secretB, digest));
        _refusedWith(settle, b, a, _wrongSigner(partyB, partyA));
        _refusedWith(settle, a, a, _wrongSigner(partyA, partyB));
        _refusedWith(settle, _noSignature(), b, _wrongSigner(address(0), partyA));
        _refusedWith(settle, a, _noSignature(), _wrongSigner(address(0), partyB));
    }

    function test_RevertWhen_AnySignedWordDiffers(uint256 word) external {
        Settle memory settle = _settlement(_id, 1, 1, 1);
        bytes32 digest = _digest(settle);
        (Signature memory a, Signature memory b) = (_sign(secretA, digest), _sign(secretB, digest));
        word = _bound(word, 0, 4);
        if (word == 0) settle.settleSeq = 2;
        if (word == 1) settle.totalOutA = 2;
        if (word == 2) settle.totalOutB = 2;
        if (word == 3) settle.deadline += 1;
        if (word == 4) settle.toVault = 1;
        (bool success,) = address(channels).call(abi.encodeCall(channels.settle, (settle, a, b)));
        vm.assertFalse(success, "settled");
    }

    function test_RevertWhen_ItWasSignedForAnotherDeployment() external {
        Settle memory settle = _settlement(_id, 1, 1, 1);
        Channels other = new Channels(GOVERNANCE, MIN_CHALLENGE, MAX_CHALLENGE);
        bytes32 digest = TypedData.digest(address(other), TypedData.hash(settle));
        (Signature memory a, Signature memory b) = (_sign(secretA, digest), _sign(secretB, digest));
        (bool success,) = address(channels).call(abi.encodeCall(channels.settle, (settle, a, b)));
        vm.assertFalse(success, "other address");
        digest = _digest(settle);
        (a, b) = (_sign(secretA, digest), _sign(secretB, digest));
        vm.chainId(block.chainid + 1);
        (success,) = address(channels).call(abi.encodeCall(channels.settle, (settle, a, b)));
        vm.assertFalse(success, "other chain");
    }

    function test_RevertWhen_LittleGasIsLeft() external {
        Settle memory settle = _settlement(_id, 1, 1, 1);
        bytes32 digest = _digest(settle);
        bytes memory call = abi.encodeCall(channels.settle, (settle, _sign(secretA, digest), _sign(secretB, digest)));
        (bool success, bytes memory reason) = address(channels).call{gas: 150_000}(call);
        vm.assertFalse(success, "settled");
        vm.assertEq(bytes32(bytes4(reason)), bytes32(IChannelsErrors.GasTooLow.selector), "reason");
        vm.assertEq(channels.vault(partyA, address(token)), 0, "vault");
    }

    function test_WhenBothSignedIt(uint128 outA, uint128 outB, uint128 moreA, uint128 moreB) external {
        outA = uint128(_bound(outA, 0, 2 * FUNDS));
        outB = uint128(_bound(outB, 0, 2 * FUNDS - outA));
        moreA = uint128(_bound(moreA, outA, 2 * FUNDS - outB));
        moreB = uint128(_bound(moreB, outB, 2 * FUNDS - moreA));
        _settle(_settlement(_id, 1, outA, outB));
        // it should emit the totals
        vm.expectEmit(true, false, false, true, address(channels));
        emit IChannelSettlement.Settled(_id, 7, moreA, moreB);
        _settle(_settlement(_id, 7, moreA, moreB));
        // it should pay both parties the difference
        vm.assertEq(token.balanceOf(partyA), WEALTH - FUNDS + moreA, "A");
        vm.assertEq(token.balanceOf(partyB), WEALTH - FUNDS + moreB, "B");
        _assertSide(_id, true, FUNDS, moreA);
        _assertSide(_id, false, FUNDS, moreB);
        // it should keep the channel open
        _assertPhase(_id, Phase.Open);
        vm.assertEq(channels.channel(_id).settleSeq, 7, "number");
    }

    function test_WhenItSaysToTheVault(uint8 toVault) external {
        Settle memory settle = _settlement(_id, 1, 30, 40);
        settle.toVault = toVault;
        if (toVault & 1 != 0) {
            vm.expectEmit(true, true, false, true, address(channels));
            emit IChannelFunding.VaultCredited(partyA, address(token), 30);
        }
        _settle(settle);
        // it should credit the vaults that it names
        vm.assertEq(channels.vault(partyA, address(token)), toVault & 1 != 0 ? 30 : 0, "A's vault");
        vm.assertEq(channels.vault(partyB, address(token)), toVault & 2 != 0 ? 40 : 0, "B's vault");
        vm.assertEq(token.balanceOf(partyA), WEALTH - FUNDS + (toVault & 1 != 0 ? 0 : 30), "A");
        vm.assertEq(token.balanceOf(partyB), WEALTH - FUNDS + (toVault & 2 != 0 ? 0 : 40), "B");
    }

    function test_WhenATotalStays(bool ofA) external {
        _settle(_settlement(_id, 1, 10, 10));
        _settle(_settlement(_id, 2, ofA ? 25 : 10, ofA ? 10 : 25));
        // it should pay the other party alone
        vm.assertEq(token.balanceOf(partyA), WEALTH - FUNDS + (ofA ? 25 : 10), "A");
        vm.assertEq(token.balanceOf(partyB), WEALTH - FUNDS + (ofA ? 10 : 25), "B");
    }

    function test_WhenLocksAreInFlight() external {
        bytes memory leaves = _leaf(1, 100, START_TIME + 1 hours, _hash(1));
        _settle(_settlement(_id, 1, 200, 300));
        _closeByA(_id, _proof(_id, false, 1, 50, leaves));
        channels.reveal(_preimage(1));
        _endChallenge(_id);
        channels.finalise(_id, _nothing(), _direction(50, leaves));
        // it should leave the proofs alone
        vm.assertEq(token.balanceOf(partyA), WEALTH + 150, "A");
        vm.assertEq(token.balanceOf(partyB), WEALTH - 150, "B");
    }

    function _refused(Settle memory settle, bytes memory reason) private {
        bytes32 digest = _digest(settle);
        _refusedWith(settle, _sign(secretA, digest), _sign(secretB, digest), reason);
    }

    function _refusedWith(Settle memory settle, Signature memory a, Signature memory b, bytes memory reason) private {
        vm.expectRevert(reason);
        channels.settle(settle, a, b);
    }

    function _wrongSigner(address signer, address expected) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IChannelsErrors.WrongSigner.selector, signer, expected);
    }
}
