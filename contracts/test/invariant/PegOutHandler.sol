// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Bridge} from "../../src/Bridge.sol";
import {BlockClaims, DepositState} from "../../src/types/BridgeTypes.sol";
import {CustodyProof, CustodyRecord} from "../../src/types/CustodyTypes.sol";
import {Redemption} from "../../src/types/PegOutTypes.sol";
import {Bitcoin} from "../utils/Bitcoin.sol";
import {CustodyFixture} from "../utils/CustodyFixture.sol";

/// @notice Drives one bridge at random through deposits, redemptions, custody transactions, reorganisations and all
/// that repairs what they break. Its Bitcoin is consistent: what is mined spends what the best chain has, once.
contract PegOutHandler is CustodyFixture {
    /// @notice A deposit that was mined at least once, in whatever branch, with the proof of the last time.
    struct Mined {
        bytes32 id;
        bytes outpoint;
        bytes32 blockHash;
        uint32 height;
        /// The block that was claimed last: the contract knows no other.
        bytes32 claimedHash;
        uint32 claimedHeight;
        uint64 amount;
        bytes proof;
        uint256 mints;
    }

    /// @notice A spend of the custody outpoint: its block and its proof, then its record.
    struct Spend {
        bytes32 blockHash;
        uint32 height;
        bytes data;
    }

    Mined[] private _deposits;
    Redemption[] private _redemptions;
    /// @dev Proven spends, the newest last, and the one that is mined only.
    Spend[] private _lineage;
    Spend private _pending;

    /// @notice Fees that redemptions left to the surplus.
    uint256 public fees;
    /// @notice Calls that succeeded against a rule.
    uint256 public breaches;

    /// @dev Starts with two minted deposits, so that there is something to redeem.
    function setUp() public override {
        super.setUp();
        for (uint256 i = 0; i < 2; ++i) {
            mineDeposit(3_000_000, 8);
            claim(i);
        }
    }

    function mine(uint256 count) external {
        _extend(_bound(count, 1, 8));
    }

    function mineDeposit(uint64 amount, uint256 above) public {
        amount = uint64(_bound(amount, 30_000, 3_000_000));
        (BlockClaims memory claims, bytes memory outpoint) = _unclaimed(_deposits.length, amount, _bound(above, 3, 8));
        Mined storage mined = _deposits.push();
        mined.id = _idOf(outpoint);
        mined.outpoint = outpoint;
        mined.blockHash = Bitcoin.sha256d(claims.header);
        mined.height = CHECKPOINT_HEIGHT + uint32(firstOf[claims.segmentIndex] + claims.position);
        mined.amount = amount;
        mined.proof = abi.encode(claims);
    }

    /// @dev A claim may mint, restore or be refused; it never mints twice, nor while more is owed than held.
    function claim(uint256 which) public {
        if (_deposits.length == 0) return;
        Mined storage mined = _deposits[_bound(which, 0, _deposits.length - 1)];
        uint256 supply = token.totalSupply();
        BlockClaims memory claims = abi.decode(mined.proof, (BlockClaims));
        (bool success,) = address(bridge).call(abi.encodeCall(bridge.claim, (_single(claims))));
        if (!success) return;
        (mined.claimedHash, mined.claimedHeight) = (mined.blockHash, mined.height);
        if (!_isBest(mined.blockHash, mined.height)) ++breaches;
        uint256 minted = token.totalSupply() - supply;
        if (minted == 0) return;
        if (minted != mined.amount || ++mined.mints != 1 || !isSolvent()) ++breaches;
    }

    function request(uint64 amount, uint64 maxFee) external {
        uint256 balance = token.balanceOf(REQUESTER);
        if (balance < 20_000) return;
        amount = uint64(_bound(amount, 20_000, balance < 500_000 ? balance : 500_000));
        maxFee = uint64(_bound(maxFee, 500, 3000));
        bytes memory script = _script(_redemptions.length);
        bool solvent = isSolvent();
        vm.prank(REQUESTER);
        (bool success,) = address(bridge).call(abi.encodeCall(bridge.requestRedemption, (amount, maxFee, script)));
        if (success != solvent) ++breaches;
        if (!success) return;
        fees += REDEMPTION_FEE;
        _redemptions.push(
            Redemption({
                id: uint64(_redemptions.length + 1),
                amount: amount - REDEMPTION_FEE,
                maxFee: maxFee,
                requestedAt: clock,
                requester: REQUESTER,
                script: script
            })
        );
    }

    function raiseMaxFee(uint256 which, uint64 by) external {
        if (_redemptions.length == 0) return;
        Redemption storage made = _redemptions[_bound(which, 0, _redemptions.length - 1)];
        uint64 maxFee = made.maxFee + uint64(_bound(by, 1, 100));
        vm.prank(REQUESTER);
        (bool success,) = address(bridge).call(abi.encodeCall(bridge.raiseMaxFee, (made, maxFee)));
        if (success != (bridge.redemption(made.id) != 0)) ++breaches;
        if (success) made.maxFee = maxFee;
    }

    /// @dev Mines a custody transaction that pays and sweeps what `choice` selects.
    function spend(uint256 choice, uint256 above) external {
        if (_isBest(_pending.blockHash, _pending.height) || !_isLineageBest()) return;
        if (bridge.custody().value == 0) return;
        Plan memory plan = _plan(_chosenRedemptions(choice), _chosenDeposits(choice >> 128));
        plan.custodyValue = _valueOf(plan);
        CustodyProof memory proof = _mined(plan, 2, _bound(above, 3, 8));
        _pending.blockHash = Bitcoin.sha256d(proof.block_.header);
        _pending.height = CHECKPOINT_HEIGHT + uint32(firstOf[proof.block_.segmentIndex]);
        _pending.data = abi.encode(proof);
    }

    function prove() external {
        if (_pending.blockHash == 0) return;
        CustodyProof memory proof = abi.decode(_pending.data, (CustodyProof));
        bool expected = _isBest(_pending.blockHash, _pending.height) && _tipHeight() >= _pending.height + 5;
        vm.recordLogs();
        (bool success,) = address(bridge).call(abi.encodeCall(bridge.proveCustody, (proof)));
        // A raised fee makes the proof's preimage stale; nothing else does.
        if (success && !expected) ++breaches;
        if (success) _pushPending();
    }

    /// @dev It has the shape, so it is evidence only when it is deep.
    function report() external {
        if (_pending.blockHash == 0) return;
        CustodyProof memory proof = abi.decode(_pending.data, (CustodyProof));
        bool expected = _isBest(_pending.blockHash, _pending.height) && _tipHeight() >= _pending.height + 35;
        vm.recordLogs();
        (bool success,) = address(bridge).call(abi.encodeCall(bridge.reportNonConforming, (proof)));
        if (success != expected) ++breaches;
        if (!success) return;
        _pushPending();
        vm.prank(GOVERNANCE);
        bridge.unpause();
    }

    function undo() external {
        if (_lineage.length == 0) return;
        Spend storage newest = _lineage[_lineage.length - 1];
        if (newest.height > _tipHeight()) return;
        CustodyRecord memory record = abi.decode(newest.data, (CustodyRecord));
        bool expected = !_isBest(newest.blockHash, newest.height);
        (bool success,) = address(bridge).call(abi.encodeCall(bridge.undoCustody, (record, _blockProof(newest.height))));
        if (success != expected) ++breaches;
        if (success) _lineage.pop();
    }

    function disown(uint256 which) external {
        if (_deposits.length == 0) return;
        Mined storage mined = _deposits[_bound(which, 0, _deposits.length - 1)];
        (bytes32 blockHash, uint32 height) = (mined.claimedHash, mined.claimedHeight);
        if (blockHash == 0 || height > _tipHeight()) return;
        bool expected = bridge.deposit(mined.id).state == DepositState.Minted && !_isBest(blockHash, height);
        (bool success,) = address(bridge).call(abi.encodeCall(bridge.disown, (mined.id, _blockProof(height))));
        if (success != expected) ++breaches;
    }

    /// @dev Replaces up to three segments by a longer branch.
    function reorganise(uint256 depth, uint256 salt) external {
        uint256 deepest = segments.length - 1;
        if (deepest == 0) return;
        uint256 parent = deepest - _bound(depth, 1, deepest < 3 ? deepest : 3);
        uint256 first = firstOf[parent + 1];
        _append(parent, _mineOn(chain[first - 1], _fillerRoots(chain.length - first + 1, salt)));
    }

    /// @dev Deposits whose blocks left the best chain are mined anew.
    function remine(uint256 which) external {
        if (_deposits.length == 0) return;
        which = _bound(which, 0, _deposits.length - 1);
        Mined storage mined = _deposits[which];
        if (_isBest(mined.blockHash, mined.height)) return;
        (BlockClaims memory claims,) = _unclaimed(which, mined.amount, 6);
        mined.blockHash = Bitcoin.sha256d(claims.header);
        mined.height = CHECKPOINT_HEIGHT + uint32(firstOf[claims.segmentIndex] + claims.position);
        mined.proof = abi.encode(claims);
    }

    // --- what the invariants read

    function bridgeUnderTest() external view returns (Bridge) {
        return bridge;
    }

    function isSolvent() public view returns (bool) {
        (uint256 left, uint256 right) = _balance();
        return left <= right;
    }

    /// @dev Sum of the deposits in a state.
    function sumIn(DepositState state) external view returns (uint256 sum) {
        for (uint256 i = 0; i < _deposits.length; ++i) {
            if (bridge.deposit(_deposits[i].id).state == state) sum += _deposits[i].amount;
        }
    }

    function redemptions() external view returns (Redemption[] memory) {
        return _redemptions;
    }

    function lineage() external view returns (CustodyRecord[] memory records) {
        records = new CustodyRecord[](_lineage.length);
        for (uint256 i = 0; i < records.length; ++i) {
            records[i] = abi.decode(_lineage[i].data, (CustodyRecord));
        }
    }

    // --- the model's parts

    function _balance() private view returns (uint256 left, uint256 right) {
        left = uint256(bridge.reserves().supply) + bridge.reserves().unpaid;
        right = uint256(bridge.reserves().custody) + bridge.reserves().unswept;
    }

    function _isBest(bytes32 blockHash, uint32 height) private view returns (bool) {
        if (blockHash == 0) return false;
        uint256 offset = height - CHECKPOINT_HEIGHT;
        return offset < chain.length && Bitcoin.sha256d(chain[offset]) == blockHash;
    }

    function _isLineageBest() private view returns (bool) {
        if (_lineage.length == 0) return true;
        Spend storage newest = _lineage[_lineage.length - 1];
        return _isBest(newest.blockHash, newest.height);
    }

    function _pushPending() private {
        _lineage.push(
            Spend({blockHash: _pending.blockHash, height: _pending.height, data: abi.encode(_recordedRecord())})
        );
        delete _pending;
    }

    /// @dev Unpaid redemptions whose bit is set, as long as custody can pay them.
    function _chosenRedemptions(uint256 choice) private view returns (Redemption[] memory chosen) {
        chosen = new Redemption[](_redemptions.length);
        uint256 count = 0;
        uint256 left = bridge.custody().value;
        for (uint256 i = 0; i < _redemptions.length; ++i) {
            Redemption memory made = _redemptions[i];
            bool taken = choice >> (i % 128) & 1 == 1 && made.amount < left && bridge.redemption(made.id) != 0;
            if (!taken) continue;
            chosen[count++] = made;
            left -= made.amount;
        }
        assembly ("memory-safe") {
            mstore(chosen, count)
        }
    }

    /// @dev Deposits of the best chain that no proven spend has swept, whether minted or not, whose bit is set.
    function _chosenDeposits(uint256 choice) private view returns (bytes[] memory chosen) {
        chosen = new bytes[](_deposits.length);
        uint256 count = 0;
        for (uint256 i = 0; i < _deposits.length; ++i) {
            DepositState state = bridge.deposit(_deposits[i].id).state;
            bool swept = state == DepositState.Swept || state == DepositState.SweptUnminted;
            if (swept || choice >> (i % 128) & 1 == 0) continue;
            if (!_isBest(_deposits[i].blockHash, _deposits[i].height)) continue;
            chosen[count++] = _deposits[i].outpoint;
        }
        assembly ("memory-safe") {
            mstore(chosen, count)
        }
    }

    /// @dev Custody after a plan: unlike the contract this counts every input.
    function _valueOf(Plan memory plan) private view returns (uint64 value) {
        value = bridge.custody().value;
        for (uint256 i = 1; i < plan.inputs.length; ++i) {
            for (uint256 j = 0; j < _deposits.length; ++j) {
                if (_deposits[j].id == _idOf(plan.inputs[i])) value += _deposits[j].amount;
            }
        }
        for (uint256 i = 0; i < plan.redemptions.length; ++i) {
            value -= plan.redemptions[i].amount;
        }
    }
}
