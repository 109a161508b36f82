// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IChannelDispute} from "../../../../src/interfaces/IChannelDispute.sol";
import {IChannelsErrors} from "../../../../src/interfaces/IChannelsErrors.sol";
import {Phase, Proof, Signature} from "../../../../src/types/ChannelTypes.sol";
import {ChannelFixture} from "../../../utils/ChannelFixture.sol";

contract CounterTest is ChannelFixture {
    bytes32 private _id;

    function setUp() public override {
        super.setUp();
        _id = _open();
    }

    function test_RevertGiven_TheChannelIsNotClosing() external {
        Proof memory proof = _proof(_id, true, 1, 5);
        _refused(proof, abi.encodeWithSelector(IChannelsErrors.WrongPhase.selector, _id, Phase.Open));
        _coopClose(_coop(_id, FUNDS, FUNDS));
        _refused(proof, abi.encodeWithSelector(IChannelsErrors.WrongPhase.selector, _id, Phase.Closed));
    }

    function test_RevertWhen_TheChallengeIsOver() external {
        _close(_id);
        uint256 closeAt = START_TIME + CHALLENGE;
        vm.warp(closeAt + 1);
        bytes4 name = IChannelsErrors.ChallengeOver.selector;
        _refused(_proof(_id, true, 1, 5), abi.encodeWithSelector(name, closeAt, closeAt + 1));
        vm.warp(closeAt);
        _counter(_proof(_id, true, 1, 5));
    }

    function test_RevertWhen_TheCallerDoesNotGetPaidByTheProof(address caller) external {
        vm.assume(caller != partyB);
        _close(_id);
        _notPayee(caller);
        // Its payer neither: it could show one that pays less.
        _notPayee(partyA);
    }

    function test_RevertWhen_TheSignatureIsNotCanonical() external {
        _close(_id);
        vm.prank(partyB);
        vm.expectRevert(abi.encodeWithSelector(IChannelsErrors.HighS.selector, HIGH_S));
        channels.counter(_proof(_id, true, 1, 5), _highSignature());
    }

    function test_RevertWhen_ThePayerDidNotSignTheProof() external {
        _close(_id);
        Proof memory proof = _proof(_id, true, 1, 5);
        Signature memory own = _sign(secretB, _digest(proof));
        vm.prank(partyB);
        vm.expectRevert(abi.encodeWithSelector(IChannelsErrors.WrongSigner.selector, partyB, partyA));
        channels.counter(proof, own);
    }

    function test_RevertWhen_TheNonceIsNotGreater(uint64 nonce, uint64 later) external {
        nonce = uint64(_bound(nonce, 1, type(uint64).max));
        later = uint64(_bound(later, 0, nonce));
        _closeByA(_id, _proof(_id, false, nonce, 5));
        bytes memory reason = abi.encodeWithSelector(IChannelsErrors.StaleNonce.selector, later, nonce);
        _refused(_proof(_id, false, later, 9), reason);
        // Nonce zero stands for no proof.
        _refused(_proof(_id, true, 0, 9), abi.encodeWithSelector(IChannelsErrors.StaleNonce.selector, 0, 0));
    }

    function test_WhenThePayeePostsANewerProof(uint64 nonce, uint32 after_) external {
        nonce = uint64(_bound(nonce, 3, type(uint64).max));
        _closeByA(_id, _proof(_id, false, 2, 50));
        vm.warp(START_TIME + _bound(after_, 0, CHALLENGE));
        // it should emit it
        vm.expectEmit(true, false, false, true, address(channels));
        emit IChannelDispute.Posted(_id, false, nonce, 40, 0);
        _counter(_proof(_id, false, nonce, 40));
        // it should replace the posted one
        vm.assertEq(channels.posted(_id, false).nonce, nonce, "nonce");
        bytes24 commitment = bytes24(keccak256(abi.encode(uint128(40), bytes32(0))));
        vm.assertEq(bytes32(channels.posted(_id, false).commitment), bytes32(commitment), "commitment");
        // it should not extend the challenge
        vm.assertEq(channels.channel(_id).closeAt, START_TIME + CHALLENGE, "end");
    }

    function test_WhenTheOtherDirectionIsPosted() external {
        _closeByA(_id, _proof(_id, false, 2, 50));
        _counter(_proof(_id, true, 1, 20));
        // it should keep both
        vm.assertEq(channels.posted(_id, false).nonce, 2, "B's");
        vm.assertEq(channels.posted(_id, true).nonce, 1, "A's");
        _endChallenge(_id);
        channels.finalise(_id, _direction(20, ""), _direction(50, ""));
        vm.assertEq(token.balanceOf(partyA), WEALTH + 30, "A");
    }

    /// @dev A's proof is refused from this caller.
    function _notPayee(address caller) private {
        Proof memory proof = _proof(_id, true, 1, 5);
        Signature memory signature = _signed(proof);
        vm.prank(caller);
        vm.expectRevert(abi.encodeWithSelector(IChannelsErrors.NotPayee.selector, caller));
        channels.counter(proof, signature);
    }

    /// @dev Refused from its payee.
    function _refused(Proof memory proof, bytes memory reason) private {
        Signature memory signature = _signed(proof);
        vm.prank(proof.fromA ? partyB : partyA);
        vm.expectRevert(reason);
        channels.counter(proof, signature);
    }
}
