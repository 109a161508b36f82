// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IBridge} from "../../../../src/interfaces/IBridge.sol";
import {IBridgeErrors} from "../../../../src/interfaces/IBridgeErrors.sol";
import {IHeaderErrors} from "../../../../src/interfaces/IHeaderErrors.sol";
import {BlockClaims, Deposit, DepositState} from "../../../../src/types/BridgeTypes.sol";
import {BlockProof} from "../../../../src/types/HeaderTypes.sol";
import {Redemption} from "../../../../src/types/PegOutTypes.sol";
import {Bitcoin} from "../../../utils/Bitcoin.sol";
import {CustodyFixture} from "../../../utils/CustodyFixture.sol";

contract DisownTest is CustodyFixture {
    bytes private _funding;
    bytes32 private _id;
    uint32 private _height;

    function setUp() public override {
        super.setUp();
        _funding = _fund();
        _id = _idOf(_funding);
        _height = bridge.deposit(_id).height;
    }

    function test_RevertWhen_TheDepositIsNotMinted() external {
        bytes32 id = keccak256("no deposit");
        _refused(id, _blockProof(_height), abi.encodeWithSelector(IBridgeErrors.NothingToDisown.selector, id));
    }

    function test_RevertGiven_TheDepositIsDisowned() external {
        _reorganise(0);
        bridge.disown(_id, _blockProof(_height));
        _refused(_id, _blockProof(_height), abi.encodeWithSelector(IBridgeErrors.NothingToDisown.selector, _id));
    }

    function test_RevertGiven_TheDepositIsSwept() external {
        _prove(_plan(new Redemption[](0), _single(_funding)));
        _refused(_id, _blockProof(_height), abi.encodeWithSelector(IBridgeErrors.NothingToDisown.selector, _id));
    }

    function test_RevertWhen_TheOtherBlockHasAnotherHeight() external {
        bytes memory reason = abi.encodeWithSelector(IHeaderErrors.WrongHeight.selector, _height + 1, _height);
        _refused(_id, _blockProof(_height + 1), reason);
    }

    function test_RevertWhen_TheOtherBlockIsTheSame() external {
        BlockProof memory other = _blockProof(_height);
        bytes32 hash = Bitcoin.sha256d(other.header);
        _refused(_id, other, abi.encodeWithSelector(IBridgeErrors.SameBlock.selector, hash));
    }

    function test_RevertWhen_TheOtherBlockIsNotOfTheBestChain() external {
        BlockProof memory other = _blockProof(_height);
        other.header[70] ^= 0x01;
        bytes32 hash = Bitcoin.sha256d(other.header);
        _refused(_id, other, abi.encodeWithSelector(IHeaderErrors.UnknownBlock.selector, hash));
        other = _blockProof(_height);
        other.segmentIndex = 7;
        _refused(_id, other, abi.encodeWithSelector(IHeaderErrors.UnknownSegment.selector, 7));
    }

    function test_GivenTheBlockLeftTheBestChain() external {
        Deposit memory before = bridge.deposit(_id);
        _reorganise(0);
        BlockProof memory other = _blockProof(_height);
        // it should emit the deposit
        vm.expectEmit(true, false, false, true, address(bridge));
        emit IBridge.DepositDisowned(_id);
        bridge.disown(_id, other);
        // it should mark the deposit
        before.state = DepositState.Disowned;
        vm.assertEq(abi.encode(bridge.deposit(_id)), abi.encode(before), "deposit");
        // it should no longer back the supply
        vm.assertEq(bridge.reserves().unswept, 0, "unswept");
        vm.assertEq(bridge.reserves().supply, FUNDS, "supply");
        // it should stop minting
        (BlockClaims memory claims,) = _unclaimed(1, AMOUNT, 8);
        vm.expectRevert(
            abi.encodeWithSelector(IBridgeErrors.Insolvent.selector, FUNDS + AMOUNT, CUSTODY_VALUE + AMOUNT)
        );
        bridge.claim(_single(claims));
    }

    function _refused(bytes32 id, BlockProof memory other, bytes memory reason) private {
        vm.expectRevert(reason);
        bridge.disown(id, other);
    }
}
