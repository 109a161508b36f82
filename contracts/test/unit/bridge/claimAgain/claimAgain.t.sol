// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IBridge} from "../../../../src/interfaces/IBridge.sol";
import {IBridgeErrors} from "../../../../src/interfaces/IBridgeErrors.sol";
import {BlockClaims, Deposit, DepositState, Parameters, Reserves} from "../../../../src/types/BridgeTypes.sol";
import {Redemption} from "../../../../src/types/PegOutTypes.sol";
import {Bitcoin} from "../../../utils/Bitcoin.sol";
import {CustodyFixture} from "../../../utils/CustodyFixture.sol";

/// @dev Claims of deposits that have a record already.
contract ClaimAgainTest is CustodyFixture {
    function test_RevertGiven_TheDepositIsSwept() external {
        (BlockClaims memory claims, bytes memory outpoint) = _unclaimed(0, AMOUNT, 8);
        bridge.claim(_single(claims));
        _prove(_plan(new Redemption[](0), _single(outpoint)));
        vm.expectRevert(abi.encodeWithSelector(IBridgeErrors.AlreadyMinted.selector, _idOf(outpoint)));
        bridge.claim(_single(claims));
    }

    function test_GivenTheDepositIsDisowned() external {
        bytes32 id = _disowned();
        (BlockClaims memory claims,) = _unclaimed(0, FUNDS, 8);
        vm.prank(GUARDIAN);
        bridge.pause();
        // it should emit the restoration
        vm.expectEmit(true, false, false, true, address(bridge));
        emit IBridge.DepositRestored(id);
        // it should do so while paused
        bridge.claim(_single(claims));
        // it should restore it with its new block
        Deposit memory deposit = bridge.deposit(id);
        vm.assertTrue(deposit.state == DepositState.Minted, "state");
        vm.assertEq(deposit.height, _tipHeight() - 8, "height");
        vm.assertEq(deposit.blockHashLow, uint128(bytes16(Bitcoin.sha256d(claims.header))), "block");
        vm.assertEq(bridge.reserves().unswept, FUNDS, "unswept");
        // it should not mint
        vm.assertEq(bridge.reserves().supply, FUNDS, "supply");
        vm.assertEq(token.balanceOf(REQUESTER), FUNDS, "balance");
        vm.expectRevert(abi.encodeWithSelector(IBridgeErrors.AlreadyMinted.selector, id));
        bridge.claim(_single(claims));
    }

    function test_GivenADisownedDepositIsClaimedWithAnother() external {
        _disowned();
        (BlockClaims memory disowned,) = _unclaimed(0, FUNDS, 1);
        (BlockClaims memory other,) = _unclaimed(1, AMOUNT, 8);
        // The other alone is not minted while the bridge is insolvent.
        vm.expectRevert();
        bridge.claim(_single(other));
        BlockClaims[] memory both = new BlockClaims[](2);
        (both[0], both[1]) = (disowned, other);
        bridge.claim(both);
        // it should mint the other alone
        vm.assertEq(bridge.reserves().supply, FUNDS + AMOUNT, "supply");
        vm.assertEq(bridge.reserves().unswept, FUNDS + AMOUNT, "unswept");
    }

    function test_GivenTheDepositWasSweptUnminted() external {
        Parameters memory parameters = _parameters();
        parameters.reclaimBlocks = 256;
        parameters.sweepWindow = 200;
        parameters.maxConfirmations = 16;
        parameters.unsweptAlarm = 100;
        _deploy(parameters);
        (BlockClaims memory claims, bytes memory outpoint) = _unclaimed(0, AMOUNT, 8);
        Plan memory plan = _plan(new Redemption[](0), _single(outpoint));
        plan.custodyValue += AMOUNT;
        _prove(plan);
        _extend(300);
        // it should refuse to mint while paused
        vm.prank(GUARDIAN);
        bridge.pause();
        vm.expectRevert(abi.encodeWithSelector(IBridgeErrors.Paused.selector, uint256(clock) + 7 days));
        bridge.claim(_single(claims));
        vm.prank(GOVERNANCE);
        bridge.unpause();
        // it should mint it late
        bridge.claim(_single(claims));
        vm.assertEq(token.balanceOf(REQUESTER), AMOUNT, "minted");
        // it should record it as swept
        Deposit memory deposit = bridge.deposit(_idOf(outpoint));
        vm.assertTrue(deposit.state == DepositState.Swept, "state");
        vm.assertEq(deposit.amount, AMOUNT, "amount");
        // it should not count it as unswept
        Reserves memory reserves = bridge.reserves();
        vm.assertEq(reserves.unswept, 0, "unswept");
        vm.assertEq(reserves.custody, CUSTODY_VALUE + AMOUNT, "custody");
    }

    /// @dev A minted deposit whose block left the best chain, disowned. The same coinbase heights come again, so the
    /// same transaction can be mined in another block.
    function _disowned() private returns (bytes32 id) {
        id = _idOf(_fund());
        uint32 height = bridge.deposit(id).height;
        _reorganise(0);
        bridge.disown(id, _blockProof(height));
    }
}
