// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IChannelDispute} from "../../../../src/interfaces/IChannelDispute.sol";
import {IChannelsErrors} from "../../../../src/interfaces/IChannelsErrors.sol";
import {Phase, Proof, Signature} from "../../../../src/types/ChannelTypes.sol";
import {ChannelFixture} from "../../../utils/ChannelFixture.sol";

contract CounterForTest is ChannelFixture {
    bytes32 private _id;

    function setUp() public override {
        super.setUp();
        _id = _open();
    }

    function test_RevertGiven_TheChannelIsNotClosing() external {
        Proof memory proof = _proof(_id, true, 1, 5);
        bytes4 name = IChannelsErrors.WrongPhase.selector;
        _refused(proof, _ack(proof), abi.encodeWithSelector(name, _id, Phase.Open));
        _coopClose(_coop(_id, FUNDS, FUNDS));
        _refused(proof, _ack(proof), abi.encodeWithSelector(name, _id, Phase.Closed));
    }

    function test_RevertWhen_TheChallengeIsOver() external {
        _close(_id);
        _endChallenge(_id);
        Proof memory proof = _proof(_id, true, 1, 5);
        uint256 closeAt = START_TIME + CHALLENGE;
        bytes4 name = IChannelsErrors.ChallengeOver.selector;
        _refused(proof, _ack(proof), abi.encodeWithSelector(name, closeAt, closeAt + 1));
        vm.warp(closeAt);
        _post(proof, _ack(proof));
    }

    function test_RevertWhen_TheAcknowledgementIsOfAnotherProof() external {
        _close(_id);
        Proof memory proof = _proof(_id, true, 1, 5);
        _notAcknowledged(proof, _ack(_proof(_id, true, 1, 6)));
        _notAcknowledged(proof, _proof(_id, false, 1, 0));
    }

    function test_RevertWhen_TheAcknowledgementIsOfAnotherChannel() external {
        bytes32 other = _open("other", FUNDS, FUNDS);
        _close(_id);
        Proof memory proof = _proof(_id, true, 1, 5);
        Proof memory ack = _ack(proof);
        ack.id = other;
        _notAcknowledged(proof, ack);
    }

    /// @dev A payer cannot acknowledge for its payee.
    function test_RevertWhen_TheAcknowledgementIsOfTheSameDirection() external {
        _close(_id);
        Proof memory proof = _proof(_id, true, 1, 5);
        Proof memory ack = _ack(proof);
        ack.fromA = true;
        _notAcknowledged(proof, ack);
    }

    function test_RevertWhen_ASignatureIsNotCanonical() external {
        _close(_id);
        Proof memory proof = _proof(_id, true, 1, 5);
        Proof memory ack = _ack(proof);
        (Signature memory signature, Signature memory ackSignature) = (_signed(proof), _signed(ack));
        bytes memory reason = abi.encodeWithSelector(IChannelsErrors.HighS.selector, HIGH_S);
        vm.expectRevert(reason);
        channels.counterFor(proof, _highSignature(), ack, ackSignature);
        vm.expectRevert(reason);
        channels.counterFor(proof, signature, ack, _highSignature());
    }

    function test_RevertWhen_ThePayerDidNotSignTheProof() external {
        _close(_id);
        Proof memory proof = _proof(_id, true, 1, 5);
        Proof memory ack = _ack(proof);
        (Signature memory signature, Signature memory ackSignature) = (_sign(secretB, _digest(proof)), _signed(ack));
        vm.expectRevert(abi.encodeWithSelector(IChannelsErrors.WrongSigner.selector, partyB, partyA));
        channels.counterFor(proof, signature, ack, ackSignature);
    }

    function test_RevertWhen_ThePayeeDidNotSignTheAcknowledgement() external {
        _close(_id);
        Proof memory proof = _proof(_id, true, 1, 5);
        Proof memory ack = _ack(proof);
        (Signature memory signature, Signature memory ackSignature) = (_signed(proof), _sign(secretA, _digest(ack)));
        vm.expectRevert(abi.encodeWithSelector(IChannelsErrors.WrongSigner.selector, partyA, partyB));
        channels.counterFor(proof, signature, ack, ackSignature);
    }

    function test_RevertWhen_TheNonceIsNotGreater(uint64 nonce, uint64 later) external {
        nonce = uint64(_bound(nonce, 1, type(uint64).max));
        later = uint64(_bound(later, 0, nonce));
        _closeByA(_id, _proof(_id, false, nonce, 5));
        Proof memory proof = _proof(_id, false, later, 9);
        bytes4 name = IChannelsErrors.StaleNonce.selector;
        _refused(proof, _ack(proof), abi.encodeWithSelector(name, later, nonce));
    }

    function test_WhenAnyonePostsWhatThePayeeAcknowledged(bool fromA, uint64 nonce, address caller) external {
        nonce = uint64(_bound(nonce, 1, type(uint64).max));
        _close(_id);
        Proof memory proof = _proof(_id, fromA, nonce, 40);
        // it should emit it
        vm.expectEmit(true, false, false, true, address(channels));
        emit IChannelDispute.Posted(_id, fromA, nonce, 40, 0);
        _postFrom(caller, proof, _ack(proof));
        // it should post the proof
        vm.assertEq(channels.posted(_id, fromA).nonce, nonce, "nonce");
        // it should not post the acknowledgement
        vm.assertEq(channels.posted(_id, !fromA).nonce, 0, "other direction");
        vm.assertEq(channels.channel(_id).closeAt, START_TIME + CHALLENGE, "end");
    }

    /// @dev B closes with an older proof whose lock A has dropped since, with B's consent.
    function test_WhenThePayerPostsWhatThePayeeAcknowledged() external {
        bytes memory leaves = _leaf(1, 700, START_TIME + 1 hours, _hash(1));
        Proof memory old = _proof(_id, true, 1, 100, leaves);
        Signature memory signature = _signed(old);
        vm.prank(partyB);
        channels.close(_id, old, signature);
        channels.reveal(_preimage(1));
        Proof memory dropped = _proof(_id, true, 2, 100);
        _postFrom(partyA, dropped, _ack(dropped));
        _endChallenge(_id);
        channels.finalise(_id, _direction(100, ""), _nothing());
        // it should pay by it
        vm.assertEq(token.balanceOf(partyB), WEALTH + 100, "B");
    }

    function _post(Proof memory proof, Proof memory ack) private {
        _postFrom(WATCHER, proof, ack);
    }

    function _postFrom(address caller, Proof memory proof, Proof memory ack) private {
        (Signature memory signature, Signature memory ackSignature) = (_signed(proof), _signed(ack));
        vm.prank(caller);
        channels.counterFor(proof, signature, ack, ackSignature);
    }

    function _notAcknowledged(Proof memory proof, Proof memory ack) private {
        bytes4 name = IChannelsErrors.NotAcknowledged.selector;
        _refused(proof, ack, abi.encodeWithSelector(name, ack.ackHash, _digest(proof)));
    }

    function _refused(Proof memory proof, Proof memory ack, bytes memory reason) private {
        (Signature memory signature, Signature memory ackSignature) = (_signed(proof), _signed(ack));
        vm.prank(WATCHER);
        vm.expectRevert(reason);
        channels.counterFor(proof, signature, ack, ackSignature);
    }
}
