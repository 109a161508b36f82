// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {ChannelsBase} from "./ChannelsBase.sol";
import {IChannelFunding} from "./interfaces/IChannelFunding.sol";
import {ChannelHashes} from "./libraries/ChannelHashes.sol";
import {Signatures} from "./libraries/Signatures.sol";
import {ChannelRecord} from "./storage/ChannelRecord.sol";
import {Phase, Refill, Side, Signature} from "./types/ChannelTypes.sol";

/// @title ChannelFunding
/// @notice See {IChannelFunding}.
abstract contract ChannelFunding is ChannelsBase {
    using ChannelHashes for Refill;
    using SafeERC20 for IERC20;

    /// @dev Both sides together fit 128 bits, and so does every total.
    uint256 private constant MAX_FUNDING = type(uint128).max / 2;

    /// @dev Below, no watcher could answer a close; above, money would be bound for longer than anybody is away.
    uint32 private constant LEAST_CHALLENGE = 10 seconds;
    uint32 private constant GREATEST_CHALLENGE = 30 days;

    /// @inheritdoc IChannelFunding
    address public immutable governance;

    /// @inheritdoc IChannelFunding
    uint32 public immutable minChallenge;

    /// @inheritdoc IChannelFunding
    uint32 public immutable maxChallenge;

    /// @dev Numbers of the tokens; zero for one that is not allowed.
    mapping(address token => uint16 number) private _numbers;
    uint16 private _tokenCount;

    constructor(address governance_, uint32 minChallenge_, uint32 maxChallenge_) {
        if (governance_ == address(0)) revert ParameterOutOfBounds("governance");
        if (minChallenge_ < LEAST_CHALLENGE) revert ParameterOutOfBounds("minChallenge");
        if (maxChallenge_ < minChallenge_ || maxChallenge_ > GREATEST_CHALLENGE) {
            revert ParameterOutOfBounds("maxChallenge");
        }
        governance = governance_;
        minChallenge = minChallenge_;
        maxChallenge = maxChallenge_;
    }

    /// @inheritdoc IChannelFunding
    function allowToken(address token) external {
        if (msg.sender != governance) revert NotGovernance(msg.sender);
        if (token.code.length == 0) revert NotAToken(token);
        if (_numbers[token] != 0) revert AlreadyAllowed(token);
        uint16 number = _tokenCount;
        if (number == type(uint16).max) revert TooManyTokens(number);
        _tokenCount = ++number;
        _numbers[token] = number;
        _tokens[number] = token;
        emit TokenAllowed(token);
    }

    /// @inheritdoc IChannelFunding
    function open(
        address partyA,
        address partyB,
        address token,
        uint32 challenge,
        bytes32 salt,
        uint128 amount
    )
        external
        nonReentrant
        returns (bytes32 id)
    {
        if (msg.sender != partyA && msg.sender != partyB) revert NotParty(msg.sender);
        if (partyA == address(0) || partyA >= partyB) revert PartiesNotOrdered(partyA, partyB);
        if (challenge < minChallenge || challenge > maxChallenge) {
            revert ChallengeOutOfBounds(challenge, minChallenge, maxChallenge);
        }
        uint16 number = _numbers[token];
        if (number == 0) revert TokenNotAllowed(token);
        id = _channelId(partyA, partyB, token, challenge, salt);
        ChannelRecord storage record = _channels[id];
        if (record.phase != Phase.None) revert IdUsed(id);

        record.partyA = partyA;
        record.challenge = challenge;
        record.partyB = partyB;
        record.token = number;
        record.phase = Phase.Open;
        emit Opened(id, partyA, partyB, token, challenge, salt);
        if (amount != 0) _fund(record, id, msg.sender == partyA, token, amount);
    }

    /// @inheritdoc IChannelFunding
    function fund(bytes32 id, bool ofA, uint128 amount) external nonReentrant {
        ChannelRecord storage record = _channels[id];
        _requirePhase(record, id, Phase.Open);
        _fund(record, id, ofA, _tokens[record.token], amount);
    }

    /// @inheritdoc IChannelFunding
    function refill(Refill calldata refill_, Signature calldata signature) external nonReentrant {
        bytes32 id = refill_.id;
        ChannelRecord storage record = _channels[id];
        _requirePhase(record, id, Phase.Open);
        _requireBefore(refill_.deadline);
        address owner = Signatures.recover(_hashTypedDataV4(refill_.hash()), signature);
        bool ofA = owner == record.partyA;
        // No party is zero.
        if (!ofA && owner != record.partyB) revert NotParty(owner);

        Side storage side_ = ofA ? record.a : record.b;
        (uint256 total, uint256 funded) = (refill_.fundedTotal, side_.funded);
        if (total <= funded) revert FundingNotRaised(total, funded);
        address token = _tokens[record.token];
        (uint256 held, uint256 amount) = (_vaults[owner][token], total - funded);
        if (held < amount) revert VaultTooLow(held, amount);
        _vaults[owner][token] = held - amount;
        emit VaultDebited(owner, token, amount);
        _setFunded(side_, id, ofA, total);
    }

    /// @inheritdoc IChannelFunding
    function withdraw(address token, address to) external nonReentrant {
        if (to == address(0) || to == address(this)) revert BadRecipient(to);
        uint256 amount = _vaults[msg.sender][token];
        if (amount == 0) revert VaultEmpty(msg.sender, token);
        delete _vaults[msg.sender][token];
        emit Withdrawn(msg.sender, token, to, amount);
        IERC20(token).safeTransfer(to, amount);
    }

    /// @inheritdoc IChannelFunding
    function isAllowed(address token) external view returns (bool) {
        return _numbers[token] != 0;
    }

    /// @inheritdoc IChannelFunding
    function vault(address owner, address token) external view returns (uint256) {
        return _vaults[owner][token];
    }

    /// @dev Takes the caller's tokens and credits the side with what arrived.
    function _fund(ChannelRecord storage record, bytes32 id, bool ofA, address token, uint256 amount) private {
        uint256 before = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransferFrom(msg.sender, address(this), amount);
        uint256 balance = IERC20(token).balanceOf(address(this));
        if (balance <= before) revert NothingReceived(token);
        Side storage side_ = ofA ? record.a : record.b;
        _setFunded(side_, id, ofA, side_.funded + (balance - before));
    }

    function _setFunded(Side storage side_, bytes32 id, bool ofA, uint256 total) private {
        if (total > MAX_FUNDING) revert FundingTooLarge(total, MAX_FUNDING);
        side_.funded = uint128(total);
        emit Funded(id, ofA, uint128(total));
    }

    function _channelId(
        address partyA,
        address partyB,
        address token,
        uint32 challenge,
        bytes32 salt
    )
        internal
        view
        returns (bytes32)
    {
        return keccak256(abi.encode(block.chainid, address(this), partyA, partyB, token, challenge, salt));
    }
}
