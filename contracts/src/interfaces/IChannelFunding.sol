// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Refill, Signature} from "../types/ChannelTypes.sol";

/// @title IChannelFunding
/// @notice How tokens come into channels, and out of the vault.
/// @dev A side is credited with what this contract's balance grew by, whatever the token says. The vault holds payouts
/// that were to stay here, or that the token refused.
interface IChannelFunding {
    /// @notice Channels may hold this token from now on.
    event TokenAllowed(address indexed token);

    /// @notice A channel was opened.
    event Opened(
        bytes32 indexed id,
        address indexed partyA,
        address indexed partyB,
        address token,
        uint32 challenge,
        bytes32 salt
    );

    /// @notice The side (`ofA`: A's) has been funded with this total since the channel was opened.
    event Funded(bytes32 indexed id, bool ofA, uint128 total);

    /// @notice The owner's vault holds this much more of the token.
    event VaultCredited(address indexed owner, address indexed token, uint256 amount);

    /// @notice The owner's vault holds this much less of the token, for a refill.
    event VaultDebited(address indexed owner, address indexed token, uint256 amount);

    /// @notice The owner took this out of the vault.
    event Withdrawn(address indexed owner, address indexed token, address to, uint256 amount);

    /// @notice Lets channels hold a token. Governance only, and all that governance may do; never undone.
    /// @dev Reverts with `NotGovernance`, `NotAToken`, `AlreadyAllowed` or `TooManyTokens`.
    function allowToken(address token) external;

    /// @notice Opens a channel between the caller and another party.
    /// @param partyA The lower address of both.
    /// @param partyB The higher address of both.
    /// @param token An allowed token.
    /// @param challenge Seconds in which a close may be countered.
    /// @param salt Any word that makes the id new.
    /// @param amount Units that the caller funds its side with; may be zero.
    /// @return id keccak256(abi.encode(chain id, this contract, partyA, partyB, token, challenge, salt)).
    /// @dev Reverts with `NotParty`, `PartiesNotOrdered`, `ChallengeOutOfBounds`, `TokenNotAllowed`, `IdUsed`, or as
    /// `fund` does.
    function open(
        address partyA,
        address partyB,
        address token,
        uint32 challenge,
        bytes32 salt,
        uint128 amount
    )
        external
        returns (bytes32 id);

    /// @notice Adds the caller's tokens to a side of an open channel. Anyone may.
    /// @param ofA True for A's side.
    /// @param amount Units that are asked of the token; what arrives counts.
    /// @dev Reverts with `WrongPhase`, `NothingReceived`, `FundingTooLarge`, SafeERC20FailedOperation, or the token's
    /// own reason.
    function fund(bytes32 id, bool ofA, uint128 amount) external;

    /// @notice Adds tokens of the signer's vault to the signer's side of an open channel. Anyone may post it.
    /// @dev Reverts with `WrongPhase`, `DeadlinePassed`, `HighS`, `NotParty` (another signer),
    /// `FundingNotRaised`, `FundingTooLarge` or `VaultTooLow`.
    function refill(Refill calldata refill_, Signature calldata signature) external;

    /// @notice Pays all that the caller's vault holds of a token to `to`.
    /// @dev Reverts with `BadRecipient`, `VaultEmpty`, SafeERC20FailedOperation, or the token's own reason.
    function withdraw(address token, address to) external;

    /// @notice True when channels may hold this token.
    function isAllowed(address token) external view returns (bool);

    /// @notice Units of a token in an owner's vault.
    function vault(address owner, address token) external view returns (uint256);

    /// @notice Account that may allow tokens.
    function governance() external view returns (address);

    /// @notice Least challenge in seconds.
    function minChallenge() external view returns (uint32);

    /// @notice Greatest challenge in seconds.
    function maxChallenge() external view returns (uint32);
}
