// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {HostileToken} from "../utils/HostileToken.sol";
import {TypedData} from "../utils/TypedData.sol";
import {ChannelsModel} from "./ChannelsModel.sol";
import {
    CoopClose,
    Direction,
    Phase,
    Proof,
    Refill,
    RevealedHash,
    Settle,
    Signature
} from "../../src/types/ChannelTypes.sol";

/// @notice Drives channels of two parties at random: both sign by the rules, and show whatever they ever signed.
contract ChannelsHandler is ChannelsModel {
    /// @dev Two channels in which both have paid, locked and acknowledged.
    function setUp() public override {
        super.setUp();
        for (uint256 i = 0; i < 2; ++i) {
            open(i, FUNDS - 1, FUNDS - 1);
            for (uint256 x = 0; x < 2; ++x) {
                pay(4 * i + 1, x, 0, 500, 0);
                acknowledge(4 * i + 1, x);
                pay(4 * i + 1, x, 1, 700, x + 1);
                acknowledge(4 * i + 1, x);
                pay(4 * i + 1, x, 3, 0, 0);
            }
        }
    }

    // --- funding

    function open(uint256 which, uint128 fundsA, uint128 fundsB) public {
        if (known.length == CHANNELS) return;
        hostile.behave(HostileToken.Behaviour.Honest);
        Known storage one = known.push();
        one.salt = keccak256(abi.encode(known.length));
        one.token = which % 2 == 0 ? address(token) : address(hostile);
        one.funded[0] = _bound(fundsA, 1, FUNDS);
        vm.prank(partyA);
        one.id = channels.open(partyA, partyB, one.token, CHALLENGE, one.salt, uint128(one.funded[0]));
        fund(known.length - 1, false, fundsB);
    }

    /// @dev An id is used once, whatever became of its channel.
    function reopen(uint256 which, bool byA) external {
        Known storage one = _pick(which);
        bytes memory call = abi.encodeCall(channels.open, (partyA, partyB, one.token, CHALLENGE, one.salt, 0));
        _expect(!_call(one, byA ? partyA : partyB, call));
    }

    function fund(uint256 which, bool ofA, uint128 amount) public {
        hostile.behave(HostileToken.Behaviour.Honest);
        Known storage one = _pick(which);
        amount = uint128(_bound(amount, 1, FUNDS));
        vm.prank(ofA ? partyB : partyA);
        (bool success,) = address(channels).call(abi.encodeCall(channels.fund, (one.id, ofA, amount)));
        _expect(success == _isIn(one, Phase.Open));
        if (success) one.funded[ofA ? 0 : 1] += amount;
    }

    function refill(uint256 which, bool ofA, uint128 amount) external {
        Known storage one = _pickIn(which, Phase.Open);
        uint256 x = ofA ? 0 : 1;
        uint256 inVault = channels.vault(_party(x), one.token);
        if (inVault == 0) return;
        amount = uint128(_bound(amount, 1, inVault));
        Refill memory made = Refill(one.id, uint128(one.funded[x]) + amount, uint64(block.timestamp) + 1 hours);
        Signature memory signature = _sign(ofA ? secretA : secretB, _digest(made));
        bytes memory call = abi.encodeCall(channels.refill, (made, signature));
        (bool success,) = address(channels).call(call);
        _expect(success == _isIn(one, Phase.Open));
        if (!success) return;
        one.funded[x] += amount;
        (success,) = address(channels).call(call);
        _expect(!success);
    }

    function withdraw(bool ofA, bool inHostile) external {
        address token_ = inHostile ? address(hostile) : address(token);
        address owner = ofA ? partyA : partyB;
        uint256 x = ofA ? 0 : 1;
        uint256 wealth = _wealth(token_, x);
        vm.prank(owner);
        (bool success,) = address(channels).call{gas: 1_000_000}(abi.encodeCall(channels.withdraw, (token_, owner)));
        _expect(_wealth(token_, x) == wealth);
        if (success) _expect(channels.vault(owner, token_) == 0);
    }

    /// @dev A hostile token fails payouts, or not.
    function behave(uint8 behaviour) external {
        hostile.behave(HostileToken.Behaviour(_bound(behaviour, 0, uint256(HostileToken.Behaviour.ReturnNothing))));
    }

    // --- off chain

    /// @dev The payer pays, locks, unlocks or drops; the payee accepts what the payer can afford.
    function pay(uint256 which, uint256 x, uint256 what, uint128 amount, uint256 random) public {
        Known storage one = _pickIn(which, Phase.Open);
        if (one.closed || one.proofs[x %= 2].length > 20) return;
        uint256 transferred = _transferred(one, x);
        uint256 free = _free(one, x);
        what %= 4;
        if (what < 2 && free == 0) return;
        if (what == 0) transferred += _bound(amount, 1, free);
        if (what == 1) _lock(one, x, uint128(_bound(amount, 1, free)), random);
        if (what >= 2) {
            if (one.locks[x].length == 0) return;
            uint256 removed = _removeLock(one, x, random % one.locks[x].length);
            if (what == 2) transferred += removed;
        }
        _signNext(one, x, transferred, 0);
    }

    /// @dev The payee signs its next proof, which acknowledges the payer's newest one.
    function acknowledge(uint256 which, uint256 x) public {
        Known storage one = _pickIn(which, Phase.Open);
        if (one.closed || one.proofs[x %= 2].length == 0 || one.proofs[1 - x].length > 20) return;
        Signed storage newest = _newest(one, x);
        _signNext(one, 1 - x, _transferred(one, 1 - x), _digest(newest.proof));
        (newest.acknowledged, newest.ack) = (true, _newest(one, 1 - x).proof);
    }

    function reveal(uint256 i) external {
        channels.reveal(_preimage(i %= PREIMAGES));
        if (revealedAt[i] == 0) revealedAt[i] = uint64(block.timestamp);
    }

    function revealRoot() external {
        channels.revealRoot(_preimages());
        if (rootAt == 0) rootAt = uint64(block.timestamp);
    }

    function record(uint256 i) external {
        i %= PREIMAGES;
        bytes32[] memory row = new bytes32[](PREIMAGES);
        for (uint256 j = 0; j < PREIMAGES; ++j) {
            row[j] = keccak256(abi.encode(_hash(j)));
        }
        RevealedHash[] memory one = new RevealedHash[](1);
        one[0] = RevealedHash(_hash(i), i, PREIMAGES, TypedData.branch(row, i));
        (bool success,) = address(channels).call(abi.encodeCall(channels.recordRevealed, (one)));
        _expect(success == (rootAt != 0));
        if (success && (revealedAt[i] == 0 || rootAt < revealedAt[i])) revealedAt[i] = rootAt;
    }

    function warp(uint256 by) external {
        vm.warp(block.timestamp + _bound(by, 1, 8 hours));
    }

    // --- settling

    /// @dev Totals that both can sign: no more than either has free.
    function settle(uint256 which, uint128 moreA, uint128 moreB, uint8 toVault) external {
        Known storage one = _pickIn(which, Phase.Open);
        if (one.closed) return;
        Settle memory made = _settlement(one.id, uint64(one.settles.length + 1), 0, 0);
        made.totalOutA = channels.side(one.id, true).withdrawn + uint128(_bound(moreA, 0, _free(one, 0)));
        made.totalOutB = channels.side(one.id, false).withdrawn + uint128(_bound(moreB, 0, _free(one, 1)));
        (made.toVault, made.deadline) = (toVault, uint64(block.timestamp));
        bool isOpen = _isIn(one, Phase.Open);
        _expect(_post(one, made) == isOpen);
        if (isOpen) one.settles.push(made);
    }

    /// @dev No settle is taken twice, nor after a close.
    function replaySettle(uint256 which, uint256 settle_) external {
        Known storage one = _pick(which);
        if (one.settles.length == 0) return;
        Settle memory made = one.settles[settle_ % one.settles.length];
        uint256 time = block.timestamp;
        vm.warp(made.deadline);
        _expect(!_post(one, made));
        vm.warp(time);
    }

    /// @dev Both agree once no lock is left.
    function coopClose(uint256 which, uint8 toVault) external {
        Known storage one = _pickIn(which, Phase.Open);
        if (one.closed || one.locks[0].length + one.locks[1].length != 0) return;
        uint256 outA = one.funded[0] + _transferred(one, 1) - _transferred(one, 0);
        CoopClose memory made = _coop(one.id, uint128(outA), uint128(one.funded[0] + one.funded[1] - outA));
        (made.toVault, made.deadline) = (toVault, uint64(block.timestamp));
        (Signature memory a, Signature memory b) = _both(_digest(made));
        bytes memory call = abi.encodeCall(channels.cooperativeClose, (made, a, b));
        _expect(_call(one, STRANGER, call));
        (one.closed, one.agreed) = (true, true);
        _expect(!_call(one, STRANGER, call));
    }

    // --- disputes

    /// @dev A party closes with any proof that it ever got.
    function close(uint256 which, bool byA, uint256 proof_) external {
        Known storage one = _pickIn(which, Phase.Open);
        uint256 x = byA ? 1 : 0;
        uint256 at = one.proofs[x].length == 0 ? 0 : proof_ % (one.proofs[x].length + 1);
        Proof memory proof;
        Signature memory signature;
        if (at != 0) {
            proof = one.proofs[x][at - 1].proof;
            signature = _signed(proof);
        }
        bool isOpen = _isIn(one, Phase.Open);
        _expect(_call(one, _party(1 - x), abi.encodeCall(channels.close, (one.id, proof, signature))) == isOpen);
        if (!isOpen) return;
        one.closeAt = uint64(block.timestamp) + CHALLENGE;
        one.posted[x] = at;
    }

    /// @dev Anybody shows any proof that was ever signed. Its payee may, others none.
    function counter(uint256 which, uint256 x, uint256 proof_, uint256 caller_) external {
        Known storage one = _pickIn(which, Phase.Closing);
        if (one.proofs[x %= 2].length == 0) return;
        uint256 at = proof_ % one.proofs[x].length + 1;
        Proof memory proof = one.proofs[x][at - 1].proof;
        address caller = [_party(1 - x), _party(x), WATCHER, _party(1 - x)][caller_ % 4];
        bytes memory call = abi.encodeCall(channels.counter, (proof, _signed(proof)));
        bool isRight = caller == _party(1 - x) && _isChallenged(one) && at > one.posted[x];
        _expect(_call(one, caller, call) == isRight);
        if (isRight) one.posted[x] = at;
    }

    /// @dev Anybody shows a proof with its acknowledgement, or with one that is none.
    function counterFor(uint256 which, uint256 x, uint256 proof_, bool forged) external {
        Known storage one = _pickIn(which, Phase.Closing);
        if (one.proofs[x %= 2].length == 0) return;
        uint256 at = proof_ % one.proofs[x].length + 1;
        Signed storage shown = one.proofs[x][at - 1];
        Proof memory ack = shown.acknowledged && !forged ? shown.ack : _ack(shown.proof);
        // The payer signs in the payee's place.
        Signature memory ackSignature = forged ? _sign(x == 0 ? secretA : secretB, _digest(ack)) : _signed(ack);
        if (!shown.acknowledged && !forged) return;
        bytes memory call = abi.encodeCall(channels.counterFor, (shown.proof, _signed(shown.proof), ack, ackSignature));
        bool isRight = !forged && _isChallenged(one) && at > one.posted[x];
        _expect(_call(one, WATCHER, call) == isRight);
        if (isRight) one.posted[x] = at;
    }

    /// @dev A party does its duty: it posts the newest proof to it and the newest of its own that was acknowledged.
    function defend(uint256 which, uint256 x) external {
        Known storage one = _pickIn(which, Phase.Closing);
        if (!_isChallenged(one)) return;
        uint256 newest = one.proofs[1 - (x %= 2)].length;
        if (newest > one.posted[1 - x]) {
            Proof memory proof = _newest(one, 1 - x).proof;
            _expect(_call(one, _party(x), abi.encodeCall(channels.counter, (proof, _signed(proof)))));
            one.posted[1 - x] = newest;
        }
        for (uint256 at = one.proofs[x].length; at > one.posted[x]; --at) {
            Signed storage own = one.proofs[x][at - 1];
            if (!own.acknowledged) continue;
            (Signature memory first, Signature memory second) = (_signed(own.proof), _signed(own.ack));
            _expect(_call(one, _party(x), abi.encodeCall(channels.counterFor, (own.proof, first, own.ack, second))));
            one.posted[x] = at;
        }
    }

    /// @dev The payouts are those of the formula, with the model's own times and sums.
    function finalise(uint256 which, bool late) external {
        Known storage one = _pickIn(which, Phase.Closing);
        if (late && _isIn(one, Phase.Closing) && block.timestamp <= one.closeAt) vm.warp(one.closeAt + 1);
        bytes memory call = abi.encodeCall(channels.finalise, (one.id, _shown(one, 0), _shown(one, 1)));
        bool isRight = _isIn(one, Phase.Closing) && block.timestamp > one.closeAt;
        int256 wanted = int256(one.funded[0] + _spent(one, 1)) - int256(_spent(one, 0) + one.paid[0]);
        uint256 pot = one.funded[0] + one.funded[1] - one.paid[0] - one.paid[1];
        uint256 before = one.paid[0];
        _expect(_call(one, STRANGER, call) == isRight);
        if (!isRight) return;
        one.closed = true;
        uint256 share = wanted < 0 ? 0 : uint256(wanted) > pot ? pot : uint256(wanted);
        _expect(one.paid[0] - before == share);
        _expect(!_call(one, STRANGER, call));
    }

    // --- parts

    function _lock(Known storage one, uint256 x, uint128 amount, uint256 random) private {
        uint64 expiry = uint64(block.timestamp + _bound(random, 1, 2 * CHALLENGE));
        one.locks[x].push(Lock(nextLock++, amount, expiry, random % PREIMAGES));
    }

    function _post(Known storage one, Settle memory made) private returns (bool) {
        (Signature memory a, Signature memory b) = _both(_digest(made));
        return _call(one, STRANGER, abi.encodeCall(channels.settle, (made, a, b)));
    }

    function _shown(Known storage one, uint256 x) private view returns (Direction memory) {
        if (one.posted[x] == 0) return _nothing();
        Signed storage shown = one.proofs[x][one.posted[x] - 1];
        return _direction(shown.proof.transferred, shown.leaves);
    }

    function _isChallenged(Known storage one) private view returns (bool) {
        return _isIn(one, Phase.Closing) && block.timestamp <= one.closeAt;
    }

    function _preimages() private pure returns (bytes32[] memory preimages) {
        preimages = new bytes32[](PREIMAGES);
        for (uint256 i = 0; i < PREIMAGES; ++i) {
            preimages[i] = _preimage(i);
        }
    }
}
