// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Direction, Proof, Signature} from "../types/ChannelTypes.sol";

/// @title IChannelDispute
/// @notice Ending a channel without the other party: close, newer proofs within the challenge, payout.
/// @dev A proof binds its signer, who pays, and only its payee may show it: a payer could otherwise post a newer one
/// that pays less. By acknowledging a proof in one of its own the payee lets anybody show it. The window is `challenge`
/// seconds long whatever is posted in it.
interface IChannelDispute {
    /// @notice A party closed the channel. Newer proofs are taken up to and including `closeAt`, Unix time in seconds.
    event Closing(bytes32 indexed id, bool byA, uint64 closeAt);

    /// @notice This proof is the newest one posted of its direction.
    event Posted(bytes32 indexed id, bool fromA, uint64 nonce, uint128 transferred, bytes32 locksRoot);

    /// @notice The channel has ended and paid its parties these amounts, or credited them to their vaults.
    event Closed(bytes32 indexed id, uint128 paidA, uint128 paidB);

    /// @notice Closes an open channel and posts the caller's newest incoming proof. Parties only.
    /// @param proof Proof that pays the caller; one with nonce 0 stands for none and is not read further.
    /// @param signature The other party's, of the proof.
    /// @dev Reverts with `WrongPhase`, `NotParty`, `OtherChannel`, `NotPayee`, `HighS` or `WrongSigner`.
    function close(bytes32 id, Proof calldata proof, Signature calldata signature) external;

    /// @notice Posts a newer proof that pays the caller, within the challenge.
    /// @dev Reverts with `WrongPhase`, `ChallengeOver`, `NotPayee`, `HighS`, `WrongSigner` or `StaleNonce`.
    function counter(Proof calldata proof, Signature calldata signature) external;

    /// @notice Posts a newer proof that its payee acknowledged, within the challenge. Anyone may: it is how watchers
    /// work, and how a payer brings in what the payee agreed to.
    /// @param ack The payee's own proof; its ackHash is the digest of `proof`.
    /// @param ackSignature The payee's, of `ack`.
    /// @dev Reverts with `WrongPhase`, `ChallengeOver`, `NotAcknowledged`, `HighS`, `WrongSigner` or `StaleNonce`.
    function counterFor(
        Proof calldata proof,
        Signature calldata signature,
        Proof calldata ack,
        Signature calldata ackSignature
    )
        external;

    /// @notice Pays out a channel whose challenge is over, and ends it. Anyone may.
    /// @dev With F funded, W withdrawn, T transferred: S = T + the locks of that direction that pay. A lock pays when
    /// its hash was revealed at a time up to and including min(expiry, closeAt). pot = F_A + F_B - W_A - W_B. A gets
    /// F_A - W_A - S_A + S_B, no less than zero and no more than the pot; B gets the rest.
    /// @param fromA What A's posted proof commits to; empty when none is posted.
    /// @param fromB The same for B's.
    /// @dev Reverts with `WrongPhase`, `ChallengeRunning`, `DirectionMismatch`, `LeavesCutOff`, `TooManyLocks`,
    /// `LocksNotAscending` or `GasTooLow`.
    function finalise(bytes32 id, Direction calldata fromA, Direction calldata fromB) external;
}
