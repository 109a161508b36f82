// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IChannelsErrors} from "../../../../src/interfaces/IChannelsErrors.sol";
import {Proof, Settle, Signature} from "../../../../src/types/ChannelTypes.sol";
import {ChannelFixture} from "../../../utils/ChannelFixture.sol";
import {ContractParty} from "../../../utils/ContractParty.sol";

/// @notice One party is a contract, which answers as it is told to; a key signs for it.
contract SettleByContractTest is ChannelFixture {
    ContractParty private _account;
    bytes32 private _id;

    function setUp() public override {
        super.setUp();
        _account = new ContractParty(vm.addr(secretA));
        // Whichever is lower: the key that signs for the contract stays A's, the other party is B's.
        (partyA, partyB) = address(_account) < partyB ? (address(_account), partyB) : (partyB, address(_account));
        if (partyA != address(_account)) (secretA, secretB) = (secretB, secretA);
        _enrich(address(_account));
        _id = _open();
    }

    function test_WhenTheContractAcceptsTheSignature() external {
        // it should settle
        _settle(_settlement(_id, 1, 10, 20));
        _assertSide(_id, true, FUNDS, 10);
        // it should close cooperatively
        _coopClose(_coop(_id, FUNDS, FUNDS));
        vm.assertEq(token.balanceOf(address(_account)), WEALTH, "paid");
    }

    function test_RevertWhen_TheContractRefusesTheSignature() external {
        _account.answer(ContractParty.Answer.Zero);
        _refused();
        _account.answer(ContractParty.Answer.Revert);
        _refused();
    }

    function test_RevertWhen_TheContractAnswersWithMoreOrLessThanOneWord() external {
        _account.answer(ContractParty.Answer.Short);
        _refused();
        _account.answer(ContractParty.Answer.Bomb);
        _refused();
    }

    function test_RevertWhen_TheContractUsesUpItsGas() external {
        _account.answer(ContractParty.Answer.Burn);
        uint256 before = gasleft();
        // it should revert
        _refused();
        // it should spend no more than the limit
        vm.assertLe(before - gasleft(), 150_000, "gas");
    }

    function test_RevertWhen_TheContractWouldSignAProof() external {
        bool fromA = partyA == address(_account);
        Proof memory proof = _proof(_id, fromA, 1, 5);
        Signature memory signature = _signed(proof);
        address key = vm.addr(fromA ? secretA : secretB);
        vm.prank(fromA ? partyB : partyA);
        vm.expectRevert(abi.encodeWithSelector(IChannelsErrors.WrongSigner.selector, key, address(_account)));
        channels.close(_id, proof, signature);
    }

    function _refused() private {
        Settle memory settle = _settlement(_id, 1, 10, 20);
        bytes32 digest = _digest(settle);
        (Signature memory a, Signature memory b) = (_sign(secretA, digest), _sign(secretB, digest));
        address key = vm.addr(partyA == address(_account) ? secretA : secretB);
        vm.expectRevert(abi.encodeWithSelector(IChannelsErrors.WrongSigner.selector, key, address(_account)));
        channels.settle(settle, a, b);
    }
}
