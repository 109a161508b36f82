// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Test} from "../utils/Test.sol";
import {PayoutFormula} from "../../src/libraries/PayoutFormula.sol";
import {ChannelState} from "../../src/storage/ChannelRecord.sol";

/// @notice The formula against its plain form, and what follows from it.
contract PayoutFormulaTest is Test {
    function test_FormulaIsItsPlainForm(uint128[4] memory sides, uint136 spentA, uint136 spentB) external pure {
        ChannelState memory state = _sides(sides);
        (uint256 paidA, uint256 paidB) = PayoutFormula.split(state, spentA, spentB);
        (int256 plainA, int256 plainB) = _plain(state, spentA, spentB);
        vm.assertEq(paidA, uint256(plainA), "A");
        vm.assertEq(paidB, uint256(plainB), "B");
    }

    /// @dev Balances that both parties agreed to, so that neither owes more than it has: no clamp.
    function test_FormulaPaysBalancesWhole(uint128[4] memory sides, uint136 spentA, uint136 spentB) external pure {
        ChannelState memory state = _sides(sides);
        int256 balanceA = int256(state.fundedA) - int256(state.withdrawnA) - int256(uint256(spentA));
        balanceA += int256(uint256(spentB));
        int256 balanceB = int256(state.fundedB) - int256(state.withdrawnB) - int256(uint256(spentB));
        balanceB += int256(uint256(spentA));
        vm.assume(balanceA >= 0 && balanceB >= 0);
        (uint256 paidA, uint256 paidB) = PayoutFormula.split(state, spentA, spentB);
        vm.assertEq(paidA, uint256(balanceA), "A");
        vm.assertEq(paidB, uint256(balanceB), "B");
    }

    /// @dev A newer proof of what a party gets never lowers its part, whatever the other one shows.
    function test_MoreFromTheOtherNeverPaysLess(
        uint128[4] memory sides,
        uint136 spentA,
        uint136 spentB,
        uint136 more
    )
        external
        pure
    {
        ChannelState memory state = _sides(sides);
        (uint256 paidA, uint256 paidB) = PayoutFormula.split(state, spentA, spentB);
        (uint256 raisedA,) = PayoutFormula.split(state, spentA, uint256(spentB) + more);
        (, uint256 raisedB) = PayoutFormula.split(state, uint256(spentA) + more, spentB);
        vm.assertGe(raisedA, paidA, "A");
        vm.assertGe(raisedB, paidB, "B");
    }

    /// @dev Sides as the contract lets them be: at most half of 128 bits each, no more paid than funded.
    function _sides(uint128[4] memory words) private pure returns (ChannelState memory state) {
        (state.fundedA, state.fundedB) = (words[0] / 2, words[1] / 2);
        uint256 pot = state.fundedA + state.fundedB;
        state.withdrawnA = _bound(words[2], 0, pot);
        state.withdrawnB = _bound(words[3], 0, pot - state.withdrawnA);
    }

    function _plain(
        ChannelState memory state,
        uint256 spentA,
        uint256 spentB
    )
        private
        pure
        returns (int256 paidA, int256 paidB)
    {
        int256 pot = int256(state.fundedA + state.fundedB) - int256(state.withdrawnA + state.withdrawnB);
        paidA = int256(state.fundedA) - int256(state.withdrawnA) - int256(spentA) + int256(spentB);
        if (paidA < 0) paidA = 0;
        if (paidA > pot) paidA = pot;
        paidB = pot - paidA;
    }
}
