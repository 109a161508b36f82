// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Bridge} from "../../src/Bridge.sol";
import {BlockClaims} from "../../src/types/BridgeTypes.sol";
import {Bitcoin} from "../utils/Bitcoin.sol";
import {BridgeFixture} from "../utils/BridgeFixture.sol";
import {Descriptor} from "../utils/Deposits.sol";

/// @notice Drives one bridge at random: blocks, deposits, claims, reorganisations, pauses. Remembers what it saw.
contract BridgeHandler is BridgeFixture {
    /// @notice A deposit that was mined once, in whatever branch, with the proof of then.
    struct Mined {
        bytes32 id;
        bytes32 blockHash;
        uint32 height;
        uint64 amount;
        bytes proof;
    }

    Mined[] private _mined;
    bytes32[] private _minted;
    mapping(bytes32 id => uint256 count) private _mints;
    mapping(address account => bool known) private _known;
    address[] private _holders;

    /// @notice Sum of the deposits that were minted.
    uint256 public mintedSum;
    /// @notice Mints that broke a rule which only the moment of the mint can show, and tips that lost work.
    uint256 public breaches;
    /// @notice Greatest work that the tip ever had.
    uint256 public greatestWork;

    function mine(uint256 count) external {
        _extend(_bound(count, 1, 12));
        _noteWork();
    }

    function mineDeposit(uint64 amount, uint64 carrierFee, address recipient) external {
        Descriptor memory descriptor = _descriptor(_mined.length);
        descriptor.recipient = recipient == address(0) ? RECIPIENT : recipient;
        amount = uint64(_bound(amount, 30_000, 300_000_000));
        descriptor.carrierFee = uint64(_bound(carrierFee, 0, amount));
        TestClaim memory one = _payment(descriptor, amount);
        (BlockClaims memory claims, uint32 height) = _provenDepositIn(one, 3, 0);
        _mined.push(
            Mined({
                id: _depositId(one.transaction, 0),
                blockHash: Bitcoin.sha256d(claims.header),
                height: height,
                amount: amount,
                proof: abi.encode(claims)
            })
        );
        _keepHolder(descriptor.recipient);
        _noteWork();
    }

    /// @dev Claims a deposit that may be too shallow, in a stale block or minted already.
    function claim(uint256 which, address sender) external {
        if (_mined.length == 0) return;
        Mined memory mined = _mined[_bound(which, 0, _mined.length - 1)];
        if (sender == address(0)) sender = CARRIER;
        BlockClaims memory claims = abi.decode(mined.proof, (BlockClaims));
        bool isPaused = bridge.pausedUntil() > clock;
        vm.prank(sender);
        (bool success,) = address(bridge).call(abi.encodeCall(bridge.claim, (_single(claims))));
        if (!success) return;
        _keepHolder(sender);
        if (isPaused || !_isInBestChain(mined) || !_isConfirmed(mined)) ++breaches;
        if (_mints[mined.id]++ == 0) _minted.push(mined.id);
        mintedSum += mined.amount;
    }

    /// @dev Replaces the newest segments by a longer branch.
    function reorganise(uint256 depth, uint256 salt) external {
        uint256 deepest = segments.length - 1;
        if (deepest == 0) return;
        uint256 parent = deepest - _bound(depth, 1, deepest < 4 ? deepest : 4);
        uint256 first = firstOf[parent + 1];
        _append(parent, _mineOn(chain[first - 1], _fillerRoots(chain.length - first + 1, salt)));
        _noteWork();
    }

    /// @dev One time in four: a paused bridge shows little.
    function pause(uint256 chance) external {
        if (chance % 4 != 0) return;
        vm.prank(GUARDIAN);
        bridge.pause();
    }

    function unpause() external {
        vm.prank(GOVERNANCE);
        bridge.unpause();
    }

    // --- what the invariants read

    function bridgeUnderTest() external view returns (Bridge) {
        return bridge;
    }

    function mintedIds() external view returns (bytes32[] memory) {
        return _minted;
    }

    function mintsOf(bytes32 id) external view returns (uint256) {
        return _mints[id];
    }

    function holders() external view returns (address[] memory) {
        return _holders;
    }

    function segmentCount() external view returns (uint256) {
        return segments.length;
    }

    function modelCommitment(uint256 index) external view returns (bytes32) {
        bytes32 stateHash = keccak256(abi.encode(segments[index].state));
        return keccak256(abi.encode(segments[index].root, segments[index].meta, stateHash));
    }

    /// @dev Every regtest header adds two to the work.
    function modelTip() external view returns (uint256 height, uint256 work) {
        return (_tipHeight(), 2 * chain.length);
    }

    function _isInBestChain(Mined memory mined) private view returns (bool) {
        uint256 offset = mined.height - CHECKPOINT_HEIGHT;
        return offset < chain.length && Bitcoin.sha256d(chain[offset]) == mined.blockHash;
    }

    function _isConfirmed(Mined memory mined) private view returns (bool) {
        return _tipHeight() - mined.height + 1 >= bridge.confirmationsNeeded(mined.amount);
    }

    function _noteWork() private {
        uint256 work = bridge.tip().work;
        if (work <= greatestWork) ++breaches;
        greatestWork = work;
    }

    function _keepHolder(address holder) private {
        if (_known[holder]) return;
        _known[holder] = true;
        _holders.push(holder);
    }
}
