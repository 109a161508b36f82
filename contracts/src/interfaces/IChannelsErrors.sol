// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Phase} from "../types/ChannelTypes.sol";

/// @title IChannelsErrors
/// @notice Refusals of the channels. Amounts in units of the token, times as Unix time in seconds.
interface IChannelsErrors {
    /// @notice The named constructor argument lies outside its hard bounds.
    error ParameterOutOfBounds(bytes32 name);

    /// @notice The caller is not the governance.
    error NotGovernance(address caller);

    /// @notice There is no contract at this address.
    error NotAToken(address token);

    /// @notice The token is allowed already.
    error AlreadyAllowed(address token);

    /// @notice As many tokens are allowed as can be.
    error TooManyTokens(uint256 max);

    /// @notice Governance did not allow this token.
    error TokenNotAllowed(address token);

    /// @notice The caller, or who signed a refill, is neither party of the channel; zero when no key signed it.
    error NotParty(address account);

    /// @notice A party is zero, or the first is not below the second.
    error PartiesNotOrdered(address partyA, address partyB);

    /// @notice The challenge is shorter or longer than this deployment takes.
    error ChallengeOutOfBounds(uint256 challenge, uint256 least, uint256 greatest);

    /// @notice A channel with this id is open or was, and an id is never used again.
    error IdUsed(bytes32 id);

    /// @notice The channel's phase does not allow this.
    error WrongPhase(bytes32 id, Phase phase);

    /// @notice The token transferred nothing to this contract.
    error NothingReceived(address token);

    /// @notice A side would be funded with more than fits.
    error FundingTooLarge(uint256 total, uint256 max);

    /// @notice The side is funded with that much already: the refill was used, or others funded the side.
    error FundingNotRaised(uint256 total, uint256 funded);

    /// @notice The vault holds less than the refill needs.
    error VaultTooLow(uint256 held, uint256 needed);

    /// @notice The caller's vault holds none of this token.
    error VaultEmpty(address owner, address token);

    /// @notice Tokens are not sent to the zero address or to this contract.
    error BadRecipient(address to);

    /// @notice What was signed holds until this time only.
    error DeadlinePassed(uint256 deadline, uint256 now);

    /// @notice s is in the upper half of the group order: a signature must have one form only.
    error HighS(bytes32 s);

    /// @notice Another key signed this; the signer is zero when no key did.
    error WrongSigner(address signer, address expected);

    /// @notice A settle with this number or a greater one was made already.
    error StaleSettle(uint256 settleSeq, uint256 settled);

    /// @notice The side has been paid more than this total.
    error TotalBelowWithdrawn(uint256 total, uint256 withdrawn);

    /// @notice Both totals together exceed what the channel was funded with.
    error TotalsExceedFunding(uint256 totals, uint256 funded);

    /// @notice The totals of a close are not all of the funding that they divide up.
    error TotalsNotFunding(uint256 totals, uint256 funded);

    /// @notice A side was funded with less than the close divides up.
    error FundingBelowSigned(uint256 funded, uint256 signed);

    /// @notice A batch without items, or a reveal without preimages.
    error Empty();

    /// @notice Who signed the batch is neither party of the item's channel; zero when no key signed it.
    error NotHub(address signer);

    /// @notice The branch has another length than this position in a tree of this size.
    error BranchMalformed(uint256 index, uint256 count);

    /// @notice The proof is of another channel than the one to be closed.
    error OtherChannel(bytes32 id, bytes32 expected);

    /// @notice The caller does not get paid by this proof.
    error NotPayee(address caller);

    /// @notice A proof with this nonce or a greater one was posted already.
    error StaleNonce(uint256 nonce, uint256 posted);

    /// @notice The payee's proof acknowledges another proof than this one, or is of the same direction or another
    /// channel.
    error NotAcknowledged(bytes32 ackHash, bytes32 digest);

    /// @notice Newer proofs were taken until this time.
    error ChallengeOver(uint256 closeAt, uint256 now);

    /// @notice Newer proofs are taken until this time still.
    error ChallengeRunning(uint256 closeAt, uint256 now);

    /// @notice This is not what the posted proof of the direction commits to.
    error DirectionMismatch(bool fromA);

    /// @notice The leaves are not a whole number of 64 bytes.
    error LeavesCutOff(uint256 length);

    /// @notice A direction has more locks than can be paid at once.
    error TooManyLocks(uint256 count, uint256 max);

    /// @notice The lock with this id stands behind one with the same id or a greater one.
    error LocksNotAscending(uint256 lockId);

    /// @notice No preimages were revealed under this root.
    error UnknownRoot(bytes32 root);

    /// @notice Less gas is left than a payout may take, so it could fail for want of gas alone.
    error GasTooLow(uint256 left, uint256 needed);
}
