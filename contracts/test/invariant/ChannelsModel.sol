// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {ChannelFixture} from "../utils/ChannelFixture.sol";
import {HostileToken} from "../utils/HostileToken.sol";
import {CoopClose, Phase, Proof, Refill, Settle, Signature} from "../../src/types/ChannelTypes.sol";

/// @notice What two parties know of their channels off chain, and what has gone into and out of each.
abstract contract ChannelsModel is ChannelFixture {
    struct Lock {
        uint64 lockId;
        uint128 amount;
        uint64 expiry;
        /// Number of its preimage.
        uint256 preimage;
    }

    /// @notice A signed proof, its leaves, and the payee's proof that acknowledges it, if there is one.
    struct Signed {
        Proof proof;
        bytes leaves;
        bool acknowledged;
        Proof ack;
    }

    struct Known {
        bytes32 id;
        bytes32 salt;
        address token;
        /// All ever funded, and all ever paid out or credited; A's first.
        uint256[2] funded;
        uint256[2] paid;
        /// Proofs of both directions, oldest first, named by who pays; A's first.
        Signed[][2] proofs;
        Lock[][2] locks;
        /// Greatest sum of transferred and locked that each party ever signed.
        uint256[2] greatest;
        /// Position of the posted proof of each direction, from 1.
        uint256[2] posted;
        uint64 closeAt;
        Settle[] settles;
        bool closed;
        /// True when both agreed how to close it.
        bool agreed;
    }

    uint256 internal constant PREIMAGES = 4;
    uint256 internal constant CHANNELS = 4;

    Known[] internal known;
    HostileToken internal hostile;
    uint64 internal nextLock;
    /// @dev Earliest time at which the contract knows of each preimage by its hash, and by a root.
    uint64[PREIMAGES] internal revealedAt;
    uint64 internal rootAt;
    CoopClose[] internal coops;
    Refill[] internal refills;
    bool[] internal refillOfA;

    /// @notice Calls that succeeded or failed against a rule.
    uint256 public breaches;

    function setUp() public virtual override {
        super.setUp();
        hostile = new HostileToken();
        hostile.mint(partyA, WEALTH);
        hostile.mint(partyB, WEALTH);
        _allow(address(hostile));
    }

    // --- what the invariants read

    function count() external view returns (uint256) {
        return known.length;
    }

    function channelAt(uint256 i) external view returns (bytes32 id, uint256[2] memory funded, uint256[2] memory paid) {
        return (known[i].id, known[i].funded, known[i].paid);
    }

    function isClosed(uint256 i) external view returns (bool) {
        return known[i].closed;
    }

    /// @notice Least that each party is due of a closed channel: its funding less the most it ever signed away, and
    /// what the newest proof to it transfers when that one was posted.
    function due(uint256 i) external view returns (uint256[2] memory least) {
        Known storage one = known[i];
        for (uint256 x = 0; x < 2; ++x) {
            uint256 gained = _transferred(one, 1 - x);
            bool isKept = one.agreed || one.posted[1 - x] == one.proofs[1 - x].length;
            uint256 sum = one.funded[x] + (isKept ? gained : 0);
            least[x] = sum > one.greatest[x] ? sum - one.greatest[x] : 0;
        }
    }

    /// @notice What the contract should hold of a token at least.
    function held(address token_) external view returns (uint256 sum) {
        for (uint256 i = 0; i < known.length; ++i) {
            Known storage one = known[i];
            if (one.token == token_) sum += one.funded[0] + one.funded[1] - one.paid[0] - one.paid[1];
        }
        sum += channels.vault(partyA, token_) + channels.vault(partyB, token_);
    }

    function tokens() external view returns (address, address) {
        return (address(token), address(hostile));
    }

    function underTest() external view returns (address) {
        return address(channels);
    }

    // --- parts of the model

    function _party(uint256 x) internal view returns (address) {
        return x == 0 ? partyA : partyB;
    }

    function _pick(uint256 which) internal view returns (Known storage) {
        return known[_bound(which, 0, known.length - 1)];
    }

    /// @dev A channel in this phase, unless there is none or any other is asked for, as one time in four.
    function _pickIn(uint256 which, Phase phase) internal view returns (Known storage) {
        for (uint256 i = 0; i < known.length && which % 4 != 0; ++i) {
            Known storage one = known[(which / 4 + i) % known.length];
            if (_isIn(one, phase)) return one;
        }
        return known[(which / 4) % known.length];
    }

    function _isIn(Known storage one, Phase phase) internal view returns (bool) {
        return channels.channel(one.id).phase == phase;
    }

    /// @dev A party's tokens in hand and in the vault.
    function _wealth(address token_, uint256 x) internal view returns (uint256) {
        uint256 balance = token_ == address(token) ? token.balanceOf(_party(x)) : hostile.balanceOf(_party(x));
        return balance + channels.vault(_party(x), token_);
    }

    /// @dev Calls the channels and books what the parties got under this channel.
    function _call(Known storage one, address caller, bytes memory call) internal returns (bool success) {
        uint256[2] memory before = [_wealth(one.token, 0), _wealth(one.token, 1)];
        vm.prank(caller);
        (success,) = address(channels).call(call);
        for (uint256 x = 0; x < 2; ++x) {
            one.paid[x] += _wealth(one.token, x) - before[x];
        }
    }

    function _newest(Known storage one, uint256 x) internal view returns (Signed storage) {
        return one.proofs[x][one.proofs[x].length - 1];
    }

    function _transferred(Known storage one, uint256 x) internal view returns (uint256) {
        return one.proofs[x].length == 0 ? 0 : _newest(one, x).proof.transferred;
    }

    function _locked(Known storage one, uint256 x) internal view returns (uint256 sum) {
        for (uint256 i = 0; i < one.locks[x].length; ++i) {
            sum += one.locks[x][i].amount;
        }
    }

    /// @dev What party `x` could still pay or be settled, by the newest proofs of both.
    function _free(Known storage one, uint256 x) internal view returns (uint256) {
        uint256 withdrawn = channels.side(one.id, x == 0).withdrawn;
        uint256 has = one.funded[x] + _transferred(one, 1 - x);
        return has - _transferred(one, x) - _locked(one, x) - withdrawn;
    }

    function _leavesOf(Known storage one, uint256 x) internal view returns (bytes memory leaves) {
        for (uint256 i = 0; i < one.locks[x].length; ++i) {
            Lock storage lock = one.locks[x][i];
            leaves = bytes.concat(leaves, _leaf(lock.lockId, lock.amount, lock.expiry, _hash(lock.preimage)));
        }
    }

    /// @dev Signs the next proof of party `x` with its locks as they are.
    function _signNext(Known storage one, uint256 x, uint256 transferred, bytes32 ackHash) internal {
        bytes memory leaves = _leavesOf(one, x);
        uint64 nonce = uint64(one.proofs[x].length + 1);
        Signed storage made = one.proofs[x].push();
        Proof memory proof = _proof(one.id, x == 0, nonce, uint128(transferred), leaves);
        proof.locked = uint128(_locked(one, x));
        proof.ackHash = ackHash;
        (made.proof, made.leaves) = (proof, leaves);
        uint256 most = transferred + proof.locked;
        if (most > one.greatest[x]) one.greatest[x] = most;
    }

    function _removeLock(Known storage one, uint256 x, uint256 at) internal returns (uint256 amount) {
        Lock[] storage locks = one.locks[x];
        amount = locks[at].amount;
        for (uint256 i = at; i + 1 < locks.length; ++i) {
            locks[i] = locks[i + 1];
        }
        locks.pop();
    }

    /// @dev What a posted proof makes party `x` owe, read from its leaves by the model's own times.
    function _spent(Known storage one, uint256 x) internal view returns (uint256 sum) {
        if (one.posted[x] == 0) return 0;
        Signed storage shown = one.proofs[x][one.posted[x] - 1];
        sum = shown.proof.transferred;
        bytes memory leaves = shown.leaves;
        for (uint256 at = 0; at < leaves.length; at += 64) {
            (uint256 head, bytes32 hash) = _words(leaves, at);
            for (uint256 i = 0; i < PREIMAGES; ++i) {
                if (_hash(i) != hash || revealedAt[i] == 0) continue;
                if (revealedAt[i] <= uint64(head) && revealedAt[i] <= one.closeAt) sum += uint128(head >> 64);
            }
        }
    }

    function _words(bytes memory leaves, uint256 at) private pure returns (uint256 head, bytes32 hash) {
        assembly ("memory-safe") {
            head := mload(add(add(leaves, 0x20), at))
            hash := mload(add(add(leaves, 0x40), at))
        }
    }

    function _both(bytes32 digest) internal view returns (Signature memory, Signature memory) {
        return (_sign(secretA, digest), _sign(secretB, digest));
    }

    function _expect(bool isRight) internal {
        if (!isRight) ++breaches;
    }
}
