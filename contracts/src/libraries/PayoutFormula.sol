// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {ChannelState} from "../storage/ChannelRecord.sol";

/// @title PayoutFormula
/// @notice Divides what is left in a channel between its parties.
library PayoutFormula {
    /// @notice What both parties get: A its own balance, no less than zero and no more than the pot, B the rest.
    /// @param state Its sides were paid no more together than funded.
    /// @param spentA What A owes B: transferred and paid locks, below 2^137.
    /// @param spentB What B owes A.
    function split(
        ChannelState memory state,
        uint256 spentA,
        uint256 spentB
    )
        internal
        pure
        returns (uint256 paidA, uint256 paidB)
    {
        unchecked {
            // Sums of a few terms below 2^137. The difference is at least zero: settles never pay out more than
            // funding.
            uint256 pot = state.fundedA + state.fundedB - state.withdrawnA - state.withdrawnB;
            uint256 gains = state.fundedA + spentB;
            uint256 losses = state.withdrawnA + spentA;
            paidA = gains > losses ? gains - losses : 0;
            if (paidA > pot) paidA = pot;
            paidB = pot - paidA;
        }
    }
}
