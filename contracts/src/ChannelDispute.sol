// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {ChannelsBase} from "./ChannelsBase.sol";
import {Reveals} from "./Reveals.sol";
import {IChannelDispute} from "./interfaces/IChannelDispute.sol";
import {ChannelHashes} from "./libraries/ChannelHashes.sol";
import {Locks} from "./libraries/Locks.sol";
import {PayoutFormula} from "./libraries/PayoutFormula.sol";
import {Signatures} from "./libraries/Signatures.sol";
import {ChannelRecord, ChannelState} from "./storage/ChannelRecord.sol";
import {Direction, Phase, PostedProof, Proof, Signature} from "./types/ChannelTypes.sol";

/// @title ChannelDispute
/// @notice See {IChannelDispute}.
abstract contract ChannelDispute is ChannelsBase, Reveals {
    using ChannelHashes for Proof;

    /// @inheritdoc IChannelDispute
    /// @dev Guarded: a token that calls back while it funds a channel must not find it closed then.
    function close(bytes32 id, Proof calldata proof, Signature calldata signature) external nonReentrant {
        ChannelRecord storage record = _channels[id];
        _requirePhase(record, id, Phase.Open);
        bool byA = msg.sender == record.partyA;
        if (!byA && msg.sender != record.partyB) revert NotParty(msg.sender);
        // The challenge is bounded by days.
        uint64 closeAt = uint64(block.timestamp + record.challenge);
        record.closeAt = closeAt;
        record.phase = Phase.Closing;
        emit Closing(id, byA, closeAt);
        if (proof.nonce == 0) return;

        if (proof.id != id) revert OtherChannel(proof.id, id);
        if (proof.fromA == byA) revert NotPayee(msg.sender);
        _requireSigned(_hashTypedDataV4(proof.hash()), signature, byA ? record.partyB : record.partyA);
        _post(record, proof);
    }

    /// @inheritdoc IChannelDispute
    function counter(Proof calldata proof, Signature calldata signature) external {
        ChannelRecord storage record = _requireChallenge(proof.id);
        (address payer, address payee) = _roles(record, proof.fromA);
        if (msg.sender != payee) revert NotPayee(msg.sender);
        _requireSigned(_hashTypedDataV4(proof.hash()), signature, payer);
        _post(record, proof);
    }

    /// @inheritdoc IChannelDispute
    function counterFor(
        Proof calldata proof,
        Signature calldata signature,
        Proof calldata ack,
        Signature calldata ackSignature
    )
        external
    {
        ChannelRecord storage record = _requireChallenge(proof.id);
        (address payer, address payee) = _roles(record, proof.fromA);
        bytes32 digest = _hashTypedDataV4(proof.hash());
        if (ack.ackHash != digest || ack.id != proof.id || ack.fromA == proof.fromA) {
            revert NotAcknowledged(ack.ackHash, digest);
        }
        _requireSigned(digest, signature, payer);
        _requireSigned(_hashTypedDataV4(ack.hash()), ackSignature, payee);
        _post(record, proof);
    }

    /// @inheritdoc IChannelDispute
    function finalise(bytes32 id, Direction calldata fromA, Direction calldata fromB) external nonReentrant {
        ChannelRecord storage record = _channels[id];
        _requirePhase(record, id, Phase.Closing);
        uint256 closeAt = record.closeAt;
        if (block.timestamp <= closeAt) revert ChallengeRunning(closeAt, block.timestamp);
        uint256 spentA = _spent(record.fromA, fromA, closeAt, true);
        uint256 spentB = _spent(record.fromB, fromB, closeAt, false);
        ChannelState memory state = record.load();
        (uint256 paidA, uint256 paidB) = PayoutFormula.split(state, spentA, spentB);
        _end(record, state, id, paidA, paidB, 0);
    }

    /// @dev Keeps a proof as the newest of its direction.
    function _post(ChannelRecord storage record, Proof calldata proof) private {
        PostedProof storage posted_ = proof.fromA ? record.fromA : record.fromB;
        if (proof.nonce <= posted_.nonce) revert StaleNonce(proof.nonce, posted_.nonce);
        posted_.nonce = proof.nonce;
        posted_.commitment = _commitment(proof.transferred, proof.locksRoot);
        emit Posted(proof.id, proof.fromA, proof.nonce, proof.transferred, proof.locksRoot);
    }

    function _requireChallenge(bytes32 id) private view returns (ChannelRecord storage record) {
        record = _channels[id];
        _requirePhase(record, id, Phase.Closing);
        if (block.timestamp > record.closeAt) revert ChallengeOver(record.closeAt, block.timestamp);
    }

    /// @dev What a direction transferred, its locks that pay included.
    function _spent(
        PostedProof memory posted_,
        Direction calldata direction,
        uint256 closeAt,
        bool fromA
    )
        private
        view
        returns (uint256)
    {
        bytes calldata leaves = direction.leaves;
        if (posted_.nonce == 0) {
            if (direction.transferred != 0 || leaves.length != 0) revert DirectionMismatch(fromA);
            return 0;
        }
        if (_commitment(direction.transferred, Locks.root(leaves)) != posted_.commitment) {
            revert DirectionMismatch(fromA);
        }
        return direction.transferred + Locks.sumOfPaid(leaves, closeAt, _revealedAt);
    }

    function _roles(ChannelRecord storage record, bool fromA) private view returns (address payer, address payee) {
        return fromA ? (record.partyA, record.partyB) : (record.partyB, record.partyA);
    }

    function _requireSigned(bytes32 digest, Signature calldata signature, address expected) private pure {
        address signer = Signatures.recover(digest, signature);
        // No party is zero.
        if (signer != expected) revert WrongSigner(signer, expected);
    }

    /// @dev What a posted proof is known by: a signer would need 2^96 tries to make two of them the same.
    function _commitment(uint128 transferred, bytes32 locksRoot) private pure returns (bytes24) {
        return bytes24(keccak256(abi.encode(transferred, locksRoot)));
    }
}
