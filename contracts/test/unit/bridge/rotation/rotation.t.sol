// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IBridgeErrors} from "../../../../src/interfaces/IBridgeErrors.sol";
import {ICustody} from "../../../../src/interfaces/ICustody.sol";
import {IPegOutErrors} from "../../../../src/interfaces/IPegOutErrors.sol";
import {BlockClaims} from "../../../../src/types/BridgeTypes.sol";
import {CustodyProof, CustodyRecord, Keys, ShapeFault} from "../../../../src/types/CustodyTypes.sol";
import {Redemption} from "../../../../src/types/PegOutTypes.sol";
import {Bitcoin} from "../../../utils/Bitcoin.sol";
import {CustodyFixture} from "../../../utils/CustodyFixture.sol";
import {Deposits} from "../../../utils/Deposits.sol";

contract RotationTest is CustodyFixture {
    uint256 private _nextSecret;
    bytes32 private _nextKey;

    function setUp() public override {
        super.setUp();
        (_nextSecret, _nextKey) = Deposits.evenKey(2);
    }

    function test_RevertGiven_TheKeyIsNotUsableYet() external {
        vm.prank(GOVERNANCE);
        bridge.registerKey(_nextKey);
        uint32 usableFrom = uint32(bridge.keys().nextUsableFrom);
        CustodyProof memory proof = _mined(_toNext(), 4, CUSTODY_ABOVE);
        _setClock(usableFrom - 1);
        vm.expectRevert(abi.encodeWithSelector(IPegOutErrors.CustodyShape.selector, uint8(ShapeFault.CustodyKey)));
        bridge.proveCustody(proof);
        _setClock(usableFrom);
        bridge.proveCustody(proof);
    }

    function test_WhenCustodyMovesToTheRegisteredKey() external {
        vm.prank(GOVERNANCE);
        bridge.registerKey(_nextKey);
        uint32 usableFrom = uint32(bridge.keys().nextUsableFrom);
        CustodyProof memory proof = _mined(_toNext(), 4, CUSTODY_ABOVE);
        uint32 height = _tipHeight() - uint32(CUSTODY_ABOVE);
        _setClock(usableFrom);
        // it should emit the rotation
        vm.expectEmit(false, false, false, true, address(bridge));
        emit ICustody.KeyRotated(_nextKey, height);
        bridge.proveCustody(proof);
        Keys memory keys = bridge.keys();
        // it should make it the current one
        vm.assertEq(keys.current, _nextKey, "current");
        vm.assertEq(keys.next, 0, "next");
        vm.assertEq(keys.nextUsableFrom, 0, "usable from");
        // it should keep the one before for 144 blocks
        vm.assertEq(keys.previous, federationKey, "previous");
        vm.assertEq(keys.previousUntil, height + 144, "until");
        vm.assertEq(bridge.parameters().federationKey, federationKey, "parameter");
    }

    function test_GivenCustodyMoved() external {
        (, uint32 height) = _rotateTo(_nextKey);
        _extend(height + 143 - _tipHeight());
        // it should mint deposits to the key before up to its end
        (BlockClaims memory atEnd,) = _unclaimed(1, AMOUNT, 8);
        bridge.claim(_single(atEnd));
        // it should refuse later ones
        (BlockClaims memory late,) = _unclaimed(2, AMOUNT, 8);
        vm.expectRevert(abi.encodeWithSelector(IBridgeErrors.DescriptorMismatch.selector));
        bridge.claim(_single(late));
        // it should mint deposits to the new key
        (federationSecret, federationKey) = (_nextSecret, _nextKey);
        (BlockClaims memory toNew,) = _unclaimed(3, AMOUNT, 8);
        bridge.claim(_single(toNew));
        vm.assertEq(token.balanceOf(REQUESTER), 2 * AMOUNT, "minted");
    }

    function test_GivenADepositToTheKeyBeforeIsSweptUnminted() external {
        (, uint32 height) = _rotateTo(_nextKey);
        _extend(height + 144 - _tipHeight());
        (BlockClaims memory late, bytes memory outpoint) = _unclaimed(2, AMOUNT, 8);
        Plan memory plan = _plan(new Redemption[](0), _single(outpoint));
        plan.custodyValue += AMOUNT;
        _prove(plan);
        // it should mint it after its end
        bridge.claim(_single(late));
        vm.assertEq(token.balanceOf(REQUESTER), AMOUNT, "minted");
    }

    function test_GivenTheRotationIsUndone() external {
        vm.prank(GOVERNANCE);
        bridge.registerKey(_nextKey);
        Keys memory before = bridge.keys();
        CustodyProof memory proof = _mined(_toNext(), 4, CUSTODY_ABOVE);
        _setClock(uint32(before.nextUsableFrom));
        CustodyRecord memory record = _proveMined(proof);
        vm.assertTrue(record.rotated, "rotated");
        // Another key is registered in the meantime: it gives way.
        (, bytes32 other) = Deposits.evenKey(3);
        vm.prank(GOVERNANCE);
        bridge.registerKey(other);
        _reorganise(proof.block_.segmentIndex - 1);
        bridge.undoCustody(record, _blockProof(record.height));
        // it should restore the keys
        vm.assertEq(abi.encode(bridge.keys()), abi.encode(before), "keys");
        // it should rotate again
        CustodyProof memory again = _minedRaw(proof.transaction, 4, CUSTODY_ABOVE);
        _setClock(uint32(before.nextUsableFrom));
        bridge.proveCustody(again);
        vm.assertEq(bridge.keys().current, _nextKey, "current");
    }

    function _toNext() private view returns (Plan memory plan) {
        plan = _plan(new Redemption[](0), _none());
        plan.custodyScript = Bitcoin.taprootScript(_nextKey);
    }
}
