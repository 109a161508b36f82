// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Test} from "./Test.sol";
import {TypedData} from "./TypedData.sol";
import {Channels} from "../../src/Channels.sol";
import {IssuedToken} from "../../src/IssuedToken.sol";
import {
    Channel,
    CoopClose,
    Direction,
    Phase,
    Proof,
    Refill,
    Settle,
    SettleItem,
    Signature
} from "../../src/types/ChannelTypes.sol";

/// @notice Channels in a token of an issuer, and what two parties sign off chain.
abstract contract ChannelFixture is Test {
    uint32 internal constant START_TIME = 1_700_000_000;
    uint32 internal constant MIN_CHALLENGE = 1 hours;
    uint32 internal constant MAX_CHALLENGE = 7 days;
    uint32 internal constant CHALLENGE = 1 days;
    uint64 internal constant DEADLINE = START_TIME + 30 minutes;
    uint128 internal constant FUNDS = 1_000_000;
    uint256 internal constant WEALTH = 1e15;
    uint256 internal constant HIGH_S = 2 ** 255 - 1;

    address internal constant GOVERNANCE = address(0x6077);
    address internal constant ISSUER = address(0x155e4);
    address internal constant WATCHER = address(0x3a7c4e4);
    address internal constant STRANGER = address(0x574a96e4);

    Channels internal channels;
    IssuedToken internal token;

    /// @dev Both parties; the address of the first is the lower one.
    uint256 internal secretA;
    uint256 internal secretB;
    address internal partyA;
    address internal partyB;

    function setUp() public virtual {
        vm.warp(START_TIME);
        channels = new Channels(GOVERNANCE, MIN_CHALLENGE, MAX_CHALLENGE);
        token = new IssuedToken("Euro", "tEUR", 6, ISSUER);
        _allow(address(token));
        (secretA, secretB) = _ordered(0xa11ce, 0xb0b);
        (partyA, partyB) = (vm.addr(secretA), vm.addr(secretB));
        _enrich(partyA);
        _enrich(partyB);
    }

    // --- on chain

    function _allow(address token_) internal {
        vm.prank(GOVERNANCE);
        channels.allowToken(token_);
    }

    /// @dev Gives an account tokens and lets the channels take them.
    function _enrich(address account) internal {
        vm.prank(ISSUER);
        token.mint(account, WEALTH);
        vm.prank(account);
        token.approve(address(channels), type(uint256).max);
    }

    function _open(bytes32 salt, uint128 fundsA, uint128 fundsB) internal returns (bytes32 id) {
        vm.prank(partyA);
        id = channels.open(partyA, partyB, address(token), CHALLENGE, salt, fundsA);
        if (fundsB != 0) _fund(id, false, fundsB);
    }

    /// @dev A channel with FUNDS on both sides.
    function _open() internal returns (bytes32) {
        return _open("first", FUNDS, FUNDS);
    }

    function _fund(bytes32 id, bool ofA, uint128 amount) internal {
        vm.prank(ofA ? partyA : partyB);
        channels.fund(id, ofA, amount);
    }

    /// @dev Closed by A with this proof.
    function _closeByA(bytes32 id, Proof memory proof) internal {
        Signature memory signature = _signed(proof);
        vm.prank(partyA);
        channels.close(id, proof, signature);
    }

    /// @dev Closed by A without a proof.
    function _close(bytes32 id) internal {
        vm.prank(partyA);
        channels.close(id, _noProof(), _noSignature());
    }

    /// @dev The payee posts its proof.
    function _counter(Proof memory proof) internal {
        Signature memory signature = _signed(proof);
        vm.prank(proof.fromA ? partyB : partyA);
        channels.counter(proof, signature);
    }

    function _endChallenge(bytes32 id) internal {
        vm.warp(channels.channel(id).closeAt + 1);
    }

    /// @dev Puts tokens into an owner's vault: a cooperative close of a channel of its own pays them there.
    function _fillVault(bool ofA, uint128 amount) internal {
        bytes32 id = _open(keccak256(abi.encode("vault", ofA)), 0, 0);
        _fund(id, ofA, amount);
        CoopClose memory coop = _coop(id, ofA ? amount : 0, ofA ? 0 : amount);
        coop.toVault = 3;
        channels.cooperativeClose(coop, _sign(secretA, _digest(coop)), _sign(secretB, _digest(coop)));
    }

    // --- off chain

    /// @dev A proof without locks or acknowledgement.
    function _proof(bytes32 id, bool fromA, uint64 nonce, uint128 transferred) internal pure returns (Proof memory) {
        return _proof(id, fromA, nonce, transferred, "");
    }

    function _proof(
        bytes32 id,
        bool fromA,
        uint64 nonce,
        uint128 transferred,
        bytes memory leaves
    )
        internal
        pure
        returns (Proof memory)
    {
        return Proof({
            id: id,
            fromA: fromA,
            nonce: nonce,
            transferred: transferred,
            locked: 0,
            locksRoot: leaves.length == 0 ? bytes32(0) : keccak256(leaves),
            metaHash: keccak256(abi.encode("meta", nonce)),
            ackNonce: 0,
            ackHash: 0
        });
    }

    /// @dev The payee's own proof that acknowledges `proof`.
    function _ack(Proof memory proof) internal view returns (Proof memory ack) {
        ack = _proof(proof.id, !proof.fromA, 1, 0);
        ack.ackNonce = proof.nonce;
        ack.ackHash = _digest(proof);
    }

    function _noProof() internal pure returns (Proof memory proof) {}

    function _noSignature() internal pure returns (Signature memory signature) {}

    function _leaf(uint64 lockId, uint128 amount, uint64 expiry, bytes32 hash) internal pure returns (bytes memory) {
        return abi.encodePacked(lockId, amount, expiry, hash);
    }

    /// @dev Preimage and payment hash number `i`.
    function _preimage(uint256 i) internal pure returns (bytes32) {
        return keccak256(abi.encode("preimage", i));
    }

    function _hash(uint256 i) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(_preimage(i)));
    }

    function _direction(uint128 transferred, bytes memory leaves) internal pure returns (Direction memory) {
        return Direction({transferred: transferred, leaves: leaves});
    }

    function _nothing() internal pure returns (Direction memory) {
        return _direction(0, "");
    }

    function _settlement(bytes32 id, uint64 seq, uint128 outA, uint128 outB) internal pure returns (Settle memory) {
        return Settle({id: id, settleSeq: seq, totalOutA: outA, totalOutB: outB, deadline: DEADLINE, toVault: 0});
    }

    /// @dev Divides FUNDS on both sides, or whatever the sum is.
    function _coop(bytes32 id, uint128 outA, uint128 outB) internal view returns (CoopClose memory) {
        return CoopClose({
            id: id,
            fundedA: channels.side(id, true).funded,
            fundedB: channels.side(id, false).funded,
            totalOutA: outA,
            totalOutB: outB,
            deadline: DEADLINE,
            toVault: 0
        });
    }

    // --- signatures

    function _signed(Proof memory proof) internal view returns (Signature memory) {
        return _sign(proof.fromA ? secretA : secretB, _digest(proof));
    }

    function _settle(Settle memory settle) internal {
        bytes32 digest = _digest(settle);
        channels.settle(settle, _sign(secretA, digest), _sign(secretB, digest));
    }

    function _coopClose(CoopClose memory coop) internal {
        bytes32 digest = _digest(coop);
        channels.cooperativeClose(coop, _sign(secretA, digest), _sign(secretB, digest));
    }

    /// @dev An item of a batch of A's, signed by B.
    function _item(Settle memory settle) internal view returns (SettleItem memory) {
        return SettleItem({settle: settle, client: _sign(secretB, _digest(settle))});
    }

    function _signBatch(uint256 secret, bytes32 root, uint64 deadline) internal view returns (Signature memory) {
        return _sign(secret, TypedData.digest(address(channels), TypedData.batch(root, deadline)));
    }

    function _sign(uint256 secret, bytes32 digest) internal pure returns (Signature memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(secret, digest);
        return Signature({r: r, vs: bytes32((uint256(v - 27) << 255) | uint256(s))});
    }

    /// @dev Almost no s of the upper half fits the 255 bits that it has here; this one does.
    function _highSignature() internal pure returns (Signature memory) {
        return Signature({r: bytes32(uint256(1)), vs: bytes32(HIGH_S)});
    }

    function _digest(Proof memory proof) internal view returns (bytes32) {
        return TypedData.digest(address(channels), TypedData.hash(proof));
    }

    function _digest(Settle memory settle) internal view returns (bytes32) {
        return TypedData.digest(address(channels), TypedData.hash(settle));
    }

    function _digest(CoopClose memory coop) internal view returns (bytes32) {
        return TypedData.digest(address(channels), TypedData.hash(coop));
    }

    function _digest(Refill memory refill) internal view returns (bytes32) {
        return TypedData.digest(address(channels), TypedData.hash(refill));
    }

    // --- what tests compare

    function _assertPhase(bytes32 id, Phase phase) internal view {
        vm.assertEq(uint256(channels.channel(id).phase), uint256(phase), "phase");
    }

    function _assertSide(bytes32 id, bool ofA, uint256 funded, uint256 withdrawn) internal view {
        vm.assertEq(channels.side(id, ofA).funded, funded, "funded");
        vm.assertEq(channels.side(id, ofA).withdrawn, withdrawn, "withdrawn");
    }

    /// @dev Nothing is left of a channel but that it is closed.
    function _assertTombstone(bytes32 id) internal view {
        Channel memory closed;
        closed.phase = Phase.Closed;
        vm.assertEq(abi.encode(channels.channel(id)), abi.encode(closed), "tombstone");
        for (uint256 i = 0; i < 2; ++i) {
            _assertSide(id, i == 0, 0, 0);
            vm.assertEq(channels.posted(id, i == 0).nonce, 0, "nonce");
            vm.assertEq(bytes32(channels.posted(id, i == 0).commitment), 0, "commitment");
        }
    }

    function _ordered(uint256 first, uint256 second) internal pure returns (uint256, uint256) {
        return vm.addr(first) < vm.addr(second) ? (first, second) : (second, first);
    }
}
