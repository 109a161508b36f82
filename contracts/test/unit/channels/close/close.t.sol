// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IChannelDispute} from "../../../../src/interfaces/IChannelDispute.sol";
import {IChannelsErrors} from "../../../../src/interfaces/IChannelsErrors.sol";
import {Phase, Proof, Signature} from "../../../../src/types/ChannelTypes.sol";
import {ChannelFixture} from "../../../utils/ChannelFixture.sol";

contract CloseTest is ChannelFixture {
    bytes32 private _id;

    function setUp() public override {
        super.setUp();
        _id = _open();
    }

    function test_RevertGiven_TheChannelIsNotOpen() external {
        bytes4 name = IChannelsErrors.WrongPhase.selector;
        _refused(partyA, "unknown", _noProof(), abi.encodeWithSelector(name, bytes32("unknown"), Phase.None));
        _close(_id);
        _refused(partyB, _id, _noProof(), abi.encodeWithSelector(name, _id, Phase.Closing));
        _coopClose(_coop(_id, FUNDS, FUNDS));
        _refused(partyB, _id, _noProof(), abi.encodeWithSelector(name, _id, Phase.Closed));
    }

    function test_RevertWhen_TheCallerIsNeitherParty(address caller) external {
        vm.assume(caller != partyA && caller != partyB);
        bytes memory reason = abi.encodeWithSelector(IChannelsErrors.NotParty.selector, caller);
        _refused(caller, _id, _proof(_id, false, 1, 5), reason);
    }

    function test_RevertWhen_TheProofIsOfAnotherChannel() external {
        bytes32 other = _open("other", FUNDS, FUNDS);
        bytes memory reason = abi.encodeWithSelector(IChannelsErrors.OtherChannel.selector, other, _id);
        _refused(partyA, _id, _proof(other, false, 1, 5), reason);
    }

    function test_RevertWhen_TheProofDoesNotPayTheCaller() external {
        bytes4 name = IChannelsErrors.NotPayee.selector;
        _refused(partyA, _id, _proof(_id, true, 1, 5), abi.encodeWithSelector(name, partyA));
        _refused(partyB, _id, _proof(_id, false, 1, 5), abi.encodeWithSelector(name, partyB));
    }

    function test_RevertWhen_TheSignatureIsNotCanonical() external {
        vm.prank(partyA);
        vm.expectRevert(abi.encodeWithSelector(IChannelsErrors.HighS.selector, HIGH_S));
        channels.close(_id, _proof(_id, false, 1, 5), _highSignature());
    }

    function test_RevertWhen_TheOtherPartyDidNotSignTheProof(uint256 word) external {
        Proof memory proof = _proof(_id, false, 1, 5);
        Signature memory own = _sign(secretA, _digest(proof));
        vm.prank(partyA);
        vm.expectRevert(abi.encodeWithSelector(IChannelsErrors.WrongSigner.selector, partyA, partyB));
        channels.close(_id, proof, own);
        vm.prank(partyA);
        vm.expectRevert(abi.encodeWithSelector(IChannelsErrors.WrongSigner.selector, address(0), partyB));
        channels.close(_id, proof, _noSignature());
        Signature memory signature = _signed(proof);
        word = _bound(word, 0, 6);
        if (word == 0) proof.nonce += 1;
        if (word == 1) proof.transferred += 1;
        if (word == 2) proof.locked += 1;
        if (word == 3) proof.locksRoot = "1";
        if (word == 4) proof.metaHash = 0;
        if (word == 5) proof.ackNonce += 1;
        if (word == 6) proof.ackHash = "1";
        vm.prank(partyA);
        (bool success,) = address(channels).call(abi.encodeCall(channels.close, (_id, proof, signature)));
        vm.assertFalse(success, "another proof");
    }

    function test_WhenAPartyClosesWithoutAProof(bool byA) external {
        // it should emit it
        vm.expectEmit(true, false, false, true, address(channels));
        emit IChannelDispute.Closing(_id, byA, START_TIME + CHALLENGE);
        vm.prank(byA ? partyA : partyB);
        channels.close(_id, _noProof(), _noSignature());
        // it should begin the challenge
        _assertPhase(_id, Phase.Closing);
        vm.assertEq(channels.channel(_id).closeAt, START_TIME + CHALLENGE, "end");
        vm.assertEq(channels.posted(_id, true).nonce, 0, "A's proof");
        vm.assertEq(channels.posted(_id, false).nonce, 0, "B's proof");
        _assertSide(_id, true, FUNDS, 0);
    }

    function test_WhenAPartyClosesWithAProof(bool byA, uint64 nonce, uint128 transferred, bytes32 root) external {
        nonce = uint64(_bound(nonce, 1, type(uint64).max));
        Proof memory proof = _proof(_id, !byA, nonce, transferred);
        proof.locksRoot = root;
        Signature memory signature = _signed(proof);
        // it should emit it after the close
        vm.expectEmit(true, false, false, true, address(channels));
        emit IChannelDispute.Closing(_id, byA, START_TIME + CHALLENGE);
        vm.expectEmit(true, false, false, true, address(channels));
        emit IChannelDispute.Posted(_id, !byA, nonce, transferred, root);
        vm.prank(byA ? partyA : partyB);
        channels.close(_id, proof, signature);
        // it should post the proof
        vm.assertEq(channels.posted(_id, !byA).nonce, nonce, "nonce");
        bytes24 commitment = bytes24(keccak256(abi.encode(transferred, root)));
        vm.assertEq(bytes32(channels.posted(_id, !byA).commitment), bytes32(commitment), "commitment");
        vm.assertEq(channels.posted(_id, byA).nonce, 0, "other direction");
    }

    function _refused(address caller, bytes32 id, Proof memory proof, bytes memory reason) private {
        Signature memory signature = _signed(proof);
        vm.prank(caller);
        vm.expectRevert(reason);
        channels.close(id, proof, signature);
    }
}
